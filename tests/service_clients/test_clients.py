"""Clients as they are published, against the service: right and wrong programs, cheats, what overload becomes.

make service-clients
"""

import importlib.util
import json
import sys
import threading
import types
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import anyio
import piston_rspy
import pytest
import sandbox_fusion
from prometheus_client.parser import text_string_to_metric_families


def module(package: str, path: str, **parents: Any) -> Any:
    """One module of a package that is installed without what it depends on."""
    file = Path(str(distribution(package).locate_file(path)))
    name = path.removesuffix(".py").replace("/", ".")
    parts = name.split(".")
    for end in range(1, len(parts)):
        parent = types.ModuleType(".".join(parts[:end]))
        parent.__path__ = [str(file.parents[len(parts) - 1 - end])]
        sys.modules.setdefault(parent.__name__, parent)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    loaded = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="session")
def verl() -> Any:
    """verl's own scoring function."""
    folder = "verl/utils/reward_score/sandbox_fusion"
    utils = module("verl", f"{folder}/utils.py")
    sys.modules["verl.utils.reward_score.sandbox_fusion"].utils = utils
    spec = importlib.util.spec_from_file_location(
        "verl.utils.reward_score.sandbox_fusion",
        str(distribution("verl").locate_file(f"{folder}/__init__.py")),
        submodule_search_locations=[str(distribution("verl").locate_file(folder))],
    )
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


FUNCTION = {"fn_name": "f", "inputs": [str(n) for n in range(5)], "outputs": [str(n + 1) for n in range(5)]}
STDIO = {"inputs": ["1\n", "2\n"], "outputs": ["2\n", "3\n"]}
ASSERTS = {"assert_case": ["assert f(1) == 2", "assert f(2) > 2"]}
RIGHT = {"function": "def f(x): return x + 1", "stdio": "print(int(input()) + 1)"}
LEAVES = "import os, sys\ndef f(x):\n    os._exit(0)\nsys.exit(0)"


def score(verl: Any, url: str, code: str, tests: dict[str, Any]) -> float:
    found, _ = verl.compute_score(f"{url}/run_code", None, 1024, f"```python\n{code}\n```", json.dumps(tests))
    return found


@pytest.mark.parametrize(
    ("tests", "right"), [(FUNCTION, RIGHT["function"]), (STDIO, RIGHT["stdio"]), (ASSERTS, RIGHT["function"])]
)
def test_verl(verl: Any, url: str, tests: dict[str, Any], right: str) -> None:
    assert score(verl, url, right, tests) == 1.0
    assert (
        score(
            verl,
            url,
            right.replace("+ 1", "+ 2"),
            {**tests, "assert_case": ["assert f(1) == 2"]} if tests is ASSERTS else tests,
        )
        == 0.0
    )
    assert score(verl, url, LEAVES, tests) == 0.0
    assert score(verl, url, "def f(x): return x +", tests) == 0.0


def counts(url: str) -> dict[str, float]:
    """Every sample of /metrics, as Prometheus' own parser reads it."""
    with urllib.request.urlopen(f"{url}/metrics") as reply:
        families = list(text_string_to_metric_families(reply.read().decode()))
    assert {family.name for family in families} >= {"lbt_requests", "lbt_wait_seconds", "lbt_queue_waiting"}
    return {
        sample.name + str(sample.labels.get("form", "")): sample.value for each in families for sample in each.samples
    }


def test_verl_s_forms_are_recognised(verl: Any, url: str) -> None:
    before = counts(url)
    score(verl, url, RIGHT["function"], FUNCTION)
    score(verl, url, RIGHT["function"], ASSERTS)
    after = counts(url)
    for form, count in (("verl function", 5), ("asserts", 2)):
        assert after[f"lbt_recognised_total{form}"] - before.get(f"lbt_recognised_total{form}", 0) == count


def test_tinker_cookbook(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = module("tinker-cookbook", "tinker_cookbook/sandbox/sandboxfusion.py")
    package = types.ModuleType("tinker_cookbook.sandbox")
    package.SandboxFusionClient = client.SandboxFusionClient  # type: ignore[attr-defined]
    package.SandboxBackend = types.SimpleNamespace(SANDBOXFUSION="sandboxfusion", MODAL="modal")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tinker_cookbook.sandbox", package)
    module("tinker-cookbook", "tinker_cookbook/recipes/code_rl/lcb_utils.py")
    grading = module("tinker-cookbook", "tinker_cookbook/recipes/code_rl/code_grading.py")
    monkeypatch.setenv("SANDBOX_URL", f"{url}/run_code")
    stdio = grading.taco_to_lcb_format(STDIO)
    function = grading.taco_to_lcb_format({**FUNCTION, "inputs": ["1", "[2]"], "outputs": ["2", "[2, 1]"]})
    solution = "class Solution:\n    def f(self, x):\n        return x + 1 if type(x) is int else x + [1]"

    async def check() -> list[bool]:
        cases = [(stdio, RIGHT["stdio"]), (stdio, "print(5)"), (stdio, LEAVES), (function, solution),
                 (function, solution.replace("+ [1]", "+ [2]")), (function, LEAVES)]  # fmt: skip
        found = [(await grading.sandbox_check_correctness(*case))[0] for case in cases]
        await grading._get_sandboxfusion_client().close()
        return found

    assert anyio.run(check) == [True, False, False, True, False, False]
    assert counts(url)["lbt_recognised_totallivecodebench"] >= 6


def test_the_sdk_of_sandbox_fusion(url: str) -> None:
    def run(code: str, **fields: Any) -> Any:
        return sandbox_fusion.run_code(sandbox_fusion.RunCodeRequest(code=code, language="python", **fields), url)

    assert run("print(input())", stdin="hi").run_result.stdout == "hi\n"
    failed = run("1 / 0")
    assert (failed.status, failed.run_result.return_code) == ("Failed", 1)
    assert run("while True: pass", run_timeout=0.3).run_result.status == "TimeLimitExceeded"
    assert run("print(open('a.txt').read())", files={"a.txt": "aGk="}).run_result.stdout == "hi\n"
    tests = [{"input": {"stdin": "1"}, "output": {"stdout": "2"}}]
    config = {"dataset_type": "CommonOJDataset", "language": "python", "provided_data": {"test": tests}}
    for code, accepted in ((RIGHT["stdio"], True), ("print(1)", False), (LEAVES, False)):
        request = sandbox_fusion.SubmitRequest(dataset="d", id=1, completion=f"```python\n{code}\n```", config=config)
        assert sandbox_fusion.submit(request, url).accepted is accepted


def test_piston_s_client(url: str) -> None:
    async def run(code: str) -> Any:
        client = piston_rspy.Client.with_url(f"{url}/api/v2")
        (runtime,) = await client.fetch_runtimes()
        assert runtime.language == "python"
        executor = piston_rspy.Executor().set_language("python").set_version("*").set_stdin("hi")
        return await client.execute(executor.add_file(piston_rspy.File(name="main.py", content=code)))

    good, bad = anyio.run(run, "print(input())"), anyio.run(run, "1 / 0")
    assert (good.is_ok(), good.run.stdout, good.run.code) == (True, "hi\n", 0)
    assert bad.run.code == 1
    assert "ZeroDivisionError" in bad.run.stderr


@contextmanager
def overloaded(url: str, times: int) -> Iterator[str]:
    """The service behind a door that says 504 so often, as it does itself when its queue is full."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal times
            body = self.rfile.read(int(self.headers["content-length"]))
            times -= 1
            if times >= 0:
                status, reply = 504, b'{"detail": "no verdict: 4096 submissions wait already"}'
            else:
                with urllib.request.urlopen(urllib.request.Request(url + self.path, body)) as answer:
                    status, reply = answer.status, answer.read()
            self.send_response(status)
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *arguments: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_overload_costs_no_verdict_where_the_client_asks_again(verl: Any, url: str) -> None:
    one = {"inputs": ["1\n"], "outputs": ["2\n"]}
    with overloaded(url, times=2) as door:
        assert score(verl, door, RIGHT["stdio"], one) == 1.0
    with overloaded(url, times=2) as door:
        request = sandbox_fusion.RunCodeRequest(code="print(1)", language="python")
        assert sandbox_fusion.run_code(request, door).run_result.stdout == "1\n"
