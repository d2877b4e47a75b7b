"""Bodies that will not do: a 4xx that names the field, quickly, and the service goes on as before."""

import base64
import hashlib
import json
import pickle
import socket
import time
import zlib
from typing import Any

import pytest
from lbt_sandbox.service.app import ENDPOINTS, resident_bytes
from lbt_sandbox.service.tenants import Tenant, Tenants

from .running import ADD, GOOD, Running, serving

RUN = {"code": "print(1)", "language": "python"}
EXECUTE = {"language": "python", "version": "*", "files": [{"content": "print(1)"}]}
COMMON = {"dataset_type": "CommonOJDataset", "provided_data": {"test": [{"input": {}, "output": {}}]}}


class Exploding:
    def __reduce__(self) -> Any:
        return print, ("a pickle was loaded",)


PICKLED = base64.b64encode(zlib.compress(pickle.dumps(Exploding()))).decode()
BOMB = base64.b64encode(zlib.compress(b"[" + b" " * (65 << 20) + b"]")).decode()
WRONG: list[tuple[str, dict[str, Any], int, str]] = [
    ("/run_code", {**RUN, "run_timeout": -1}, 422, "run_timeout"),
    ("/run_code", {**RUN, "run_timeout": 10**9}, 422, "run_timeout"),
    ("/run_code", {**RUN, "memory_limit_MB": -2}, 422, "memory_limit_MB"),
    ("/run_code", {**RUN, "language": "cobol"}, 422, "language: 'cobol' is not served; known are python"),
    ("/run_code", {"language": "python"}, 422, "code"),
    ("/run_code", {**RUN, "code": 3}, 422, "code"),
    ("/run_code", {**RUN, "files": {"../x": ""}}, 422, "files"),
    ("/run_code", {**RUN, "files": {"/etc/x": ""}}, 422, "files"),
    ("/run_code", {**RUN, "files": {"x": "%%"}}, 422, "files.x"),
    ("/run_code", {**RUN, "fetch_files": ["x"]}, 422, "fetch_files"),
    ("/submit", {"dataset": "d", "id": 1, "completion": "", "config": {**COMMON, "dataset_type": "HumanEval"}}, 422,
     "known are CommonOJDataset"),
    ("/submit", {"dataset": "d", "id": 1, "completion": "", "config": {**COMMON, "run_timeout": 0}}, 422,
     "run_timeout"),
    ("/submit", {"dataset": "d", "id": 1, "completion": "", "config": {**COMMON, "provided_data": {"test": []}}}, 422,
     "provided_data"),
    ("/test_program", {"program": "", "tests": []}, 422, "tests"),
    ("/test_program", {"program": "", "tests": [1]}, 422, "tests.0"),
    ("/test_program", {"program": "", "tests": ["assert 1"], "max_execution_time": -1}, 422, "max_execution_time"),
    ("/test_program", {"program": "", "tests": PICKLED}, 422, "pickle"),
    ("/test_program", {"program": "", "tests": BOMB}, 413, "tests"),
    ("/test_program", {"program": "", "tests": "%%"}, 422, "tests"),
    ("/test_program_stdio", {"program": "", "tests": [{"input": "a"}]}, 422, "tests.0.output"),
    ("/api/v2/execute", {**EXECUTE, "files": []}, 400, "files"),
    ("/api/v2/execute", {**EXECUTE, "language": "cobol"}, 400, "known are python"),
    ("/api/v2/execute", {**EXECUTE, "version": "2.7"}, 400, "version"),
    ("/api/v2/execute", {**EXECUTE, "run_timeout": -5}, 400, "run_timeout"),
    ("/api/v2/execute", {**EXECUTE, "files": [{"content": "%", "encoding": "base64"}]}, 400, "files.0.content"),
    ("/api/v2/execute", {**EXECUTE, "files": [{"content": "x"}, {"name": "../x", "content": ""}]}, 400, "files"),
    ("/judge", {"type": "cpp", "solution": ""}, 422, "type"),
    ("/judge/batch", {"submissions": [{"type": "python"}]}, 422, "submissions.0.solution"),
    ("/remote_rm", {"response": "", "label": "none"}, 404, "label"),
    ("/remote_rm", {"query": ["a"], "prompts": [], "labels": []}, 422, "labels"),
    ("/v1/grade", {"program": ""}, 422, "problem"),
    ("/v1/grade", {"problem": ADD}, 422, "program"),
    ("/v1/grade", {"problem": ADD, "program": "", "completion": ""}, 422, "program"),
    ("/v1/grade", {"problem": {**ADD, "tests": 1}, "program": ""}, 422, "problem"),
    ("/v1/grade", {"problem": {**ADD, "limits": {"cpu": -1}}, "program": ""}, 422, "cpu"),
    ("/v1/grade", {"problem": {"cases": []}, "program": ""}, 422, "problem"),
    ("/v1/grade", {"task_id": "none", "program": ""}, 404, "task_id"),
    ("/v1/grade", {"problem": ADD, "progam": ""}, 422, "progam"),
    ("/v1/run", {"program": "", "limits": {"seconds": -1}}, 422, "limits.seconds"),
    ("/v1/run", {"program": "", "limits": {"memory": 0}}, 422, "limits.memory"),
    ("/v1/run", {"program": "", "language": "cobol"}, 422, "language"),
    ("/v1/run", {"job": {}}, 422, "job"),
    ("/v1/run", {}, 422, "program"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "status", "named"), WRONG)
def test_what_is_wrong_is_named(service: Running, path: str, body: dict[str, Any], status: int, named: str) -> None:
    found, reply = service.post(path, body)
    assert (found, named in json.dumps(reply)) == (status, True), reply


NO_JSON = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"\xff\xfe",
    b'{"code": "\xff"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"NaN",
]


@pytest.mark.parametrize("path", [endpoint.path for endpoint in ENDPOINTS if endpoint.path != "/v1/grade/batch"])
def test_what_is_no_json_object_is_a_4xx_everywhere(service: Running, path: str) -> None:
    for body in NO_JSON:
        status, reply, _ = service.send(path, body)
        assert status in (400, 422), (body[:20], reply)
        assert isinstance(json.loads(reply), dict)


def test_a_thousand_tests_are_graded(service: Running) -> None:
    tests = [{"args": [n, 1], "expected": n + 1} for n in range(1000)]
    _, row = service.post("/v1/grade", {"problem": {**ADD, "tests": tests}, "program": GOOD})
    assert (row["verdict"], row["passed"]) == ("AC", 1000)


def test_unknown_paths_and_methods(service: Running) -> None:
    assert service.get("/nothing")[0] == 404
    assert service.get("/run_code")[0] == 405


def raw(service: Running, *parts: bytes, pause: float = 0.0) -> bytes:
    """What comes back on a connection of one's own."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for part in parts:
            try:
                connection.sendall(part)
            except OSError:
                break
            time.sleep(pause)
        answer = b""
        try:
            while b"\r\n\r\n" not in answer and (more := connection.recv(4096)):
                answer += more
        except ConnectionResetError:
            pass
        return answer


def test_large_and_slow_bodies_are_sent_back_and_leave_nothing() -> None:
    with serving(max_body=1, max_held=1, body_timeout=0.5) as small:
        before = resident_bytes()
        head = b"POST /run_code HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        assert b" 413 " in raw(small, head % (2 << 20))
        chunked = b"POST /run_code HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 413 " in raw(small, chunked, *[b"40000\r\n" + b" " * 0x40000 + b"\r\n"] * 6)
        assert b" 408 " in raw(small, head % 100, b"{", b"}", pause=0.4)
        assert b" 413 " in raw(small, head % (1 << 20), b"[" * (1 << 20))
        assert small.service.gate.bodies.used == 0
        assert small.post("/run_code", RUN)[0] == 200
        assert resident_bytes() - before < 64 << 20


def test_a_refusal_reaches_a_client_that_still_sends() -> None:
    """Without a reset, whatever the reason, so that the client can tell its mistake from a lost connection."""
    tenants = Tenants({hashlib.sha256(b"known").hexdigest(): Tenant("alice")})
    body = b" " * (6 << 20)
    with serving(max_body=1, tenants=tenants) as small:
        for token, status in [("known", 413), ("unknown", 401)] * 3:
            assert small.send("/run_code", body, {"Authorization": f"Bearer {token}"})[0] == status
        assert small.service.gate.bodies.used == 0


def test_a_batch_of_too_many_lines(service: Running) -> None:
    status, reply, _ = service.send("/v1/grade/batch", b"{}\n" * 10_001)
    assert (status, b"lines" in reply) == (413, True)
