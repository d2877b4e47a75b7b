"""`RemoteSandbox` beside `Sandbox`: the same reports, also from the command line, and failures that stay failures."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import anyio
import lbt_sandbox
import pytest
from click.testing import CliRunner
from lbt_sandbox import (
    Case,
    InternalError,
    Kind,
    Limits,
    Problem,
    ProblemError,
    Report,
    SandboxError,
    SandboxUnavailable,
    Verdict,
    blocking_sandbox,
    open_sandbox,
)
from lbt_sandbox.__main__ import main
from lbt_sandbox.attack_suite import load_attacks, run_attack
from lbt_sandbox.attack_types import Status
from lbt_sandbox.loaders import load_problems
from lbt_sandbox.remote import RemoteSandbox
from lbt_sandbox.types import Job

from .running import BAD, GOOD, Running, serving

SAMPLES = Path(lbt_sandbox.__file__).parent / "samples" / "problems.jsonl"
ADD = Problem("add", "add", (Case((1, 2), expected=3), Case((3, 4), expected=7)))


def timeless(report: Report | SandboxError) -> Report:
    assert isinstance(report, Report)
    return replace(report, tests=tuple(replace(test, cpu=0.0, wall=0.0, memory=0) for test in report.tests))


def test_reports_are_those_of_a_sandbox_in_process(service: Running) -> None:
    problems = list(load_problems(SAMPLES).problems.values())
    programs = [(problem, problem.reference or "") for problem in problems]
    programs += [(ADD, BAD), (ADD, "x = ("), (ADD, b"\xff"), (ADD, "\ud800"), (ADD, "def add(a, b): 1 / 0")]
    with blocking_sandbox(engine="process", workers=1) as here, blocking_sandbox(server=service.url) as there:
        ours, theirs = (list(each.grade_many(programs)) for each in (here, there))
        assert [timeless(each) for each in theirs] == [timeless(each) for each in ours]
        assert len(theirs) == len(programs)
        job = Job("print(input())", "", Kind.STDIO, (b"a", b"b"), Limits())
        assert [each.answer for each in there.run(job)] == [each.answer for each in here.run(job)] == [b"a\n", b"b\n"]
        assert there.self_check(ADD) == here.self_check(ADD) == ""
        fast = there.calibrated(replace(ADD, reference=GOOD))
        assert 0.5 <= fast.limits.cpu < 5


async def grade(url: str, problem: Problem = ADD, code: str = GOOD, **options: Any) -> Verdict:
    async with open_sandbox(server=url, **options) as sandbox:
        return (await sandbox.grade(problem, code)).verdict


def test_a_program_that_is_longer_than_a_body_may_be_is_a_compile_error() -> None:
    with serving(max_body=1) as small:
        assert anyio.run(grade, small.url, ADD, "x = 1\n" * (1 << 20)) is Verdict.CE


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_it_works_on_both_event_loops(service: Running, backend: str) -> None:
    assert anyio.run(grade, service.url, backend=backend) is Verdict.AC


def test_a_problem_that_cannot_be_graded_is_the_caller_s_own(service: Running) -> None:
    with pytest.raises(ProblemError, match="checker"):
        broken = replace(ADD, checker=lbt_sandbox.Checker("code", source="def check(:"))
        anyio.run(grade, service.url, broken)


def test_nobody_at_the_address() -> None:
    with pytest.raises(SandboxUnavailable, match="lbt-sandbox grade-server"):
        anyio.run(grade, "http://127.0.0.1:9")
    with pytest.raises(SandboxError, match="the address of a service was needed"):
        RemoteSandbox("ftp://x")


class Flaky(BaseHTTPRequestHandler):
    """Answers with the statuses of a list, then as a grader would; None breaks the connection."""

    statuses: list[int | None]

    def do_GET(self) -> None:
        self.reply(200, b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            self.close_connection = True
            return
        row = {"task_id": "add", "message": "", "tests": []}
        self.reply(status, json.dumps(row if status == 200 else {"detail": "busy"}).encode())

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None: ...


def ask_flaky(statuses: list[int | None], **options: Any) -> Verdict:
    handler = type("Handler", (Flaky,), {"statuses": statuses})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            return anyio.run(lambda: grade(f"http://127.0.0.1:{server.server_port}", **options))
        finally:
            server.shutdown()
            thread.join()


def test_what_is_busy_is_asked_again() -> None:
    assert ask_flaky([503, None, 429, 504]) is Verdict.AC


def test_what_never_answers_is_no_verdict() -> None:
    with pytest.raises(InternalError, match="no verdict .* after 2 attempts: 503: busy"):
        ask_flaky([503, 503], attempts=2)
    with pytest.raises(SandboxError, match="401"):
        ask_flaky([401])


def test_grade_with_a_server_writes_the_same_file(service: Running, tmp_path: Path) -> None:
    problems = load_problems(SAMPLES).problems
    solutions = tmp_path / "s.jsonl"
    lines = [json.dumps({"task_id": name, "completion": problem.reference}) for name, problem in problems.items()]
    solutions.write_text("\n".join([*lines, json.dumps({"task_id": next(iter(problems)), "completion": "x"})]))
    files = []
    for number, options in enumerate([["--server", service.url], ["--engine", "process", "--workers", "1"]]):
        out = tmp_path / f"{number}.jsonl"
        arguments = ["grade", "--problems", str(SAMPLES), "--solutions", str(solutions), "--out", str(out)]
        result = CliRunner().invoke(main, [*arguments, *options])
        assert result.exit_code == 0, result.output
        files.append(out.read_text())
    assert files[0] == files[1]


def test_a_token_stands_in_the_address_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from hashlib import sha256

    from lbt_sandbox.service.tenants import Tenant, Tenants

    with serving(tenants=Tenants({sha256(b"t").hexdigest(): Tenant("alice")})) as service:
        with pytest.raises(SandboxError, match="refuses: 401"):
            anyio.run(grade, service.url)
        assert anyio.run(grade, service.url.replace("://", "://any:t@")) is Verdict.AC
        monkeypatch.setenv("LBT_SERVER_TOKEN", "t")
        assert anyio.run(grade, service.url) is Verdict.AC


SOME = ("exit-is-no-pass", "expected-values-outside", "no-forged-results", "no-writes", "tests-as-code-stay-apart")
ONE_OF_EACH = list({each.enforced: each for each in reversed(load_attacks()) if each.enforced in SOME}.values())


@pytest.mark.parametrize("attack", ONE_OF_EACH, ids=lambda attack: attack.name)
def test_attacks_come_to_nothing_over_http(service: Running, attack: Any) -> None:
    """Some of them; `make service-attacks` runs all."""

    async def run() -> Any:
        async with RemoteSandbox(service.url, workers=1) as sandbox:
            return await run_attack(sandbox, attack)

    result = anyio.run(run)
    assert result.status in (Status.HELD, Status.STALLED), result.reason  # the clock of this side counts its own work
