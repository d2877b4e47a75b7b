"""Overload, quotas and failures of our own: never a verdict, always the status that clients repeat; a gentle end."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lbt_sandbox import InternalError, Problem, Report, Sandbox, SandboxUnavailable
from lbt_sandbox.service.app import ENDPOINTS
from lbt_sandbox.service.endpoints import Endpoint
from lbt_sandbox.service.tenants import Tenant, Tenants
from lbt_sandbox.types import Job, Outcome

from .running import ADD, GOOD, Running, serving

RUN = {"code": "print(1)", "language": "python"}
PAIRS = [{"input": "a", "output": "a"}]
CONFIG = {
    "dataset_type": "CommonOJDataset",
    "provided_data": {"test": [{"input": {"stdin": "1"}, "output": {"stdout": "1"}}]},
}
BODIES: dict[str, Any] = {
    "/v1/grade": {"problem": ADD, "program": GOOD},
    "/v1/run": {"program": "print(1)"},
    "/run_code": RUN,
    "/submit": {"dataset": "d", "id": 1, "completion": "print(1)", "config": CONFIG},
    "/test_program": {"program": GOOD, "tests": ["assert add(1, 2) == 3"]},
    "/test_program_stdio": {"program": "print(input())", "tests": PAIRS},
    "/api/v2/execute": {"language": "python", "version": "*", "files": [{"content": "print(1)"}]},
    "/judge": {"type": "python", "solution": "print(1)", "expected_output": "1"},
    "/run": {"type": "python", "solution": "print(1)"},
    "/remote_rm": {"response": GOOD, "label": ADD},
    "/remote_rm/fraction": {"query": [GOOD] * 3, "prompts": [""] * 3, "labels": [ADD] * 3},
}


class Broken(Sandbox):
    """One that fails once it has started, as where its engine has gone."""

    error: Exception | None = None

    async def run(self, job: Job) -> list[Outcome]:
        if self.error is not None:
            raise self.error
        return await super().run(job)

    async def grade(self, problem: Problem, code: str | bytes) -> Report:
        if self.error is not None:
            raise self.error
        return await super().grade(problem, code)


@pytest.fixture(scope="module")
def broken() -> Any:
    """A service whose sandbox can be made to fail."""
    with serving(sandbox=lambda: Broken("process", workers=1)) as running:
        yield running


def failing(running: Running, error: Exception) -> None:
    assert isinstance(running.service.sandbox, Broken)
    running.service.sandbox.error = error


SINGLE = [endpoint for endpoint in ENDPOINTS if endpoint.path in BODIES]


@pytest.mark.parametrize("error", [InternalError("it failed"), SandboxUnavailable("no engine"), KeyError("a mistake")])
@pytest.mark.parametrize("endpoint", SINGLE, ids=[endpoint.path for endpoint in SINGLE])
def test_our_own_failure_is_no_verdict(broken: Running, endpoint: Endpoint, error: Exception) -> None:
    failing(broken, error)
    status, reply, headers = broken.send(endpoint.path, json.dumps(BODIES[endpoint.path]).encode())
    assert status == (504 if endpoint.path in ("/run_code", "/submit") else 503)
    assert int(headers["retry-after"]) >= 1
    assert "no verdict" in json.loads(reply)["detail"]


def test_batches_say_which_lines_have_no_verdict(broken: Running) -> None:
    failing(broken, InternalError("it failed"))
    line = json.dumps({"problem": ADD, "program": GOOD}).encode()
    _, reply, _ = broken.send("/v1/grade/batch", line + b"\n" + line)
    assert [json.loads(row)["verdict"] for row in reply.splitlines()] == ["IE", "IE"]
    batch = {"type": "batch", "submissions": [{"type": "python", "solution": "print(1)"}]}
    _, answer = broken.post("/run/long-batch", batch)
    assert [each["reason"] for each in answer["results"]] == ["queue_timeout"]


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_a_full_queue_refuses_and_the_others_get_their_verdicts() -> None:
    slow = {"code": "import time\ntime.sleep(0.8)\nprint(7)", "language": "python"}
    with serving(max_waiting=1) as service:
        replies = at_once([lambda: service.post("/run_code", slow)] * 8)
        fine = [reply for status, reply in replies if status == 200]
        assert all(reply["run_result"]["stdout"] == "7\n" for reply in fine)
        assert sorted({status for status, _ in replies}) == [200, 504]
        assert len(fine) >= 3  # two in the sandbox, one waits
        assert 'reason="overload"' in service.get("/metrics")[1]
        assert service.service.gate.queue.running == service.service.gate.queue.waiting == 0


def test_who_waits_longer_than_a_client_would_is_sent_back() -> None:
    slow = {"code": "import time\ntime.sleep(1.5)", "language": "python", "compile_timeout": 0.1}
    with serving() as service:
        service.service.sandbox.pool.patience = 1
        from lbt_sandbox.service import sandbox_fusion

        kept, sandbox_fusion.CLIENTS_SLACK = sandbox_fusion.CLIENTS_SLACK, 0.2
        try:
            replies = at_once([lambda: service.post("/run_code", slow)] * 4)
        finally:
            sandbox_fusion.CLIENTS_SLACK = kept
        assert sorted(status for status, _ in replies) == [200, 200, 504, 504]


def test_waiting_is_not_the_program_s_time() -> None:
    """Six programs of half a second each, one after the other, within a limit of one second."""
    body = {"code": "import time\ntime.sleep(0.5)", "language": "python", "run_timeout": 1}
    with serving() as service:
        replies = at_once([lambda: service.post("/run_code", body)] * 6)
        assert [reply["run_result"]["status"] for _, reply in replies] == ["Finished"] * 6


def test_tokens_and_quotas() -> None:
    from hashlib import sha256

    tenants = Tenants({sha256(b"t").hexdigest(): Tenant("alice", per_minute=2, running=1)})
    with serving(tenants=tenants) as service:
        body = json.dumps(RUN).encode()
        status, _, headers = service.send("/run_code", body)
        assert (status, headers["www-authenticate"]) == (401, 'Basic realm="grader"')
        allowed = {"Authorization": "Bearer t"}
        assert [service.send("/run_code", body, allowed)[0] for _ in range(3)] == [200, 200, 429]
        _, _, headers = service.send("/run_code", body, {**allowed, "X-Request-ID": "once-more"})
        assert int(headers["retry-after"]) >= 1
        assert service.get("/health")[0] == 200  # for balancers, without a token
        assert service.line("once-more")["tenant"] == "alice"


def test_who_goes_away_leaves_the_worker_as_it_was() -> None:
    import socket

    body = json.dumps({"program": "import time\ntime.sleep(1)"}).encode()
    with serving() as service:
        host, port = service.url.removeprefix("http://").split(":")
        for _ in range(3):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(b"POST /v1/run HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                time.sleep(0.1)
        assert service.post("/v1/run", {"program": "print(1)"})[1]["stdout"] == "1\n"
        assert service.service.sandbox.pool.started == 1


def test_a_worker_that_is_killed_costs_nobody_a_verdict() -> None:
    body = {"program": "import time\ntime.sleep(0.5)\nprint(1)"}
    with serving() as service:
        guest: Any = service.service.sandbox.pool._workers[0].guest
        threading.Timer(0.7, guest.process.kill).start()
        replies = at_once([lambda: service.post("/v1/run", body)] * 4)
        assert [(status, reply["stdout"]) for status, reply in replies] == [(200, "1\n")] * 4
        assert service.service.sandbox.pool.started == 2


def test_at_sigterm_what_runs_is_answered_and_the_process_ends_well() -> None:
    command = [sys.executable, "-m", "lbt_sandbox", "grade-server", "--engine", "process", "--workers", "1", "--port"]
    environment = {**os.environ, "LBT_SERVER_DRAIN_DELAY": "0.5"}
    with subprocess.Popen(
        [*command, "18099"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stderr is not None
        address = re.search(rb"http://[\d.:]+", process.stderr.readline())
        assert address is not None
        url = address[0].decode()
        replies: list[Any] = []

        def ask() -> None:
            request = urllib.request.Request(f"{url}/v1/run", b'{"program": "import time; time.sleep(1.2); print(5)"}')
            with urllib.request.urlopen(request, timeout=60) as reply:
                replies.append(json.loads(reply.read())["stdout"])

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        output, _ = process.communicate(timeout=60)
    assert replies == ["5\n"] * 3
    assert process.returncode == 0
    assert all(json.loads(line)["status"] == 200 for line in output.splitlines())
