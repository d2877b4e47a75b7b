"""What the grading service is measured against: other applications on the same server.

python -m uvicorn benchmarks.service_peers:process_per_program --http httptools
"""

import json
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from lbt_sandbox import Case, Problem, Sandbox
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CASES = 20
PROGRAM = (
    "def primes(n):\n    sieve = [True] * (n + 1)\n    for i in range(2, int(n ** 0.5) + 1):\n        if sieve[i]:\n"
    "            sieve[i*i::i] = [False] * len(sieve[i*i::i])\n    return [i for i in range(2, n + 1) if sieve[i]]\n"
)


def expected(n: int) -> list[int]:
    """Primes up to n."""
    return [i for i in range(2, n + 1) if all(i % j for j in range(2, int(i**0.5) + 1))]


def cases() -> list[dict[str, Any]]:
    """Tests of about the size that HumanEval's have."""
    return [{"args": [100 * n], "expected": expected(100 * n)} for n in range(1, CASES + 1)]


def problem() -> Problem:
    """The problem of these tests."""
    return Problem("primes", "primes", tuple(Case(tuple(each["args"]), expected=each["expected"]) for each in cases()))


async def run_code(request: Request) -> Response:
    """As SandboxFusion does it by default: a temporary folder, the program in a file, a shell in a session of its own.

    Without what costs it more: FastAPI, a fork for `preexec_fn`, a search for processes left over, a log.
    """
    body = await request.json()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "main.py"
        path.write_text(body["code"], encoding="utf-8")
        with anyio.fail_after(body.get("run_timeout", 10)):
            command = ["/bin/bash", "-c", f"{sys.executable} {path}"]
            given = (body["stdin"] or "").encode()
            done = await anyio.run_process(command, input=given, check=False, cwd=folder, start_new_session=True)
    result = {"status": "Finished", "return_code": done.returncode, "stdout": done.stdout.decode(), "stderr": ""}
    return JSONResponse({"status": "Success" if done.returncode == 0 else "Failed", "run_result": result})


process_per_program = Starlette(routes=[Route("/run_code", run_code, methods=["POST"])])


async def empty(request: Request) -> Response:
    """Read the body, and say what is expected."""
    await request.body()
    return Response('{"verdict":"AC"}')


no_grader = Starlette(routes=[Route("/v1/grade", empty, methods=["POST"])])


@asynccontextmanager
async def _entered(app: Starlette) -> AsyncGenerator[None]:
    async with Sandbox("process", workers=1) as sandbox:
        app.state.sandbox, app.state.problem = sandbox, problem()
        yield


async def grade(request: Request) -> Response:
    """Nothing but the sandbox: one problem that is there already, no queue, no count, no log, no request's id."""
    body, state = json.loads(await request.body()), request.app.state
    report = await state.sandbox.grade(state.problem, body["program"])
    return Response(f'{{"verdict":"{report.verdict}"}}')


only_sandbox = Starlette(routes=[Route("/v1/grade", grade, methods=["POST"])], lifespan=_entered)
