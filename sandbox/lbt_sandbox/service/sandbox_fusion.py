"""SandboxFusion's protocol, which verl, tinker-cookbook, ROLL, SkyRL and its own SDK speak.

    POST /run_code   {"code": "print(input())", "language": "python", "stdin": "hi", "run_timeout": 5}
    POST /submit     {"dataset": "any", "id": 1, "completion": "```python ...```", "config": {"dataset_type":
                     "CommonOJDataset", "language": "python", "provided_data": {"test": [{"input": {"stdin": "1"},
                     "output": {"stdout": "2"}}]}}}

`/submit` keeps expected values apart from the program. `/run_code` runs a program that says itself how it went; forms
of it whose tests can be told from the solution are graded as data (`recognised`), and the reply's `message` says so.
Our own failure and overload are a 504, the one status that verl sends again; never a `SandboxError`, which it scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field

from lbt_sandbox.code_extraction import extract_code
from lbt_sandbox.compare import Checker
from lbt_sandbox.decisions import decide
from lbt_sandbox.prepared import prepare
from lbt_sandbox.service import recognised
from lbt_sandbox.service.endpoints import Context, Endpoint, Reply
from lbt_sandbox.service.programs import (
    DEFAULT_MEMORY,
    LONGEST_SECONDS,
    Program,
    Result,
    decoded_files,
    job_of,
    limits_of,
    need_python,
    result_of,
)
from lbt_sandbox.service.refusals import Refused, read
from lbt_sandbox.types import MIB, Case, Job, Kind, Outcome, Problem, Verdict

LANGUAGES = ("python",)
DATASETS = ("CommonOJDataset",)
SUBMIT_SECONDS = 20.0
CLIENTS_SLACK = 8.0
"""How long a request may wait: verl gives up 10 s after the sum of its two limits, and repeats a 504 alone."""
Seconds = Field(default=10.0, gt=0, le=LONGEST_SECONDS, allow_inf_nan=False)

Optional = Field(default=None, gt=0, le=LONGEST_SECONDS, allow_inf_nan=False)


class RunCode(BaseModel):
    """The body of `/run_code`."""

    code: str
    language: str
    stdin: str | None = None
    run_timeout: float = Seconds
    compile_timeout: float = Seconds
    memory_limit_MB: int = Field(default=-1, ge=-1)  # noqa: N815 - the protocol's name
    files: dict[str, str | None] = Field(default_factory=dict[str, str | None])
    fetch_files: list[str] = Field(default_factory=list[str])


class Streams(BaseModel):
    """One side of a test: `stdin` or `stdout`."""

    stdin: str = ""
    stdout: str | None = None


class StdioTest(BaseModel):
    """A test of CommonOJ."""

    input: Streams
    output: Streams


class Provided(BaseModel):
    """A problem of CommonOJ."""

    test: list[StdioTest] = Field(min_length=1)


class Extra(BaseModel):
    """Of a config."""

    run_all_cases: bool = False


class Config(BaseModel):
    """Of `/submit`."""

    dataset_type: str | None = None
    language: str | None = None
    run_timeout: float | None = Optional
    compile_timeout: float | None = Optional
    provided_data: Provided | list[Provided]
    custom_extract_logic: Literal[None] = None
    extra: Extra = Extra()


class Submit(BaseModel):
    """The body of `/submit`."""

    dataset: str
    id: int | str
    completion: str
    config: Config


async def run_code(body: bytes, context: Context) -> Reply:
    """`/run_code`."""
    request = read(RunCode, body)
    need_python(request.language, known=LANGUAGES)
    if request.fetch_files:
        raise Refused(422, "fetch_files: files that a program has written are not kept", "fetch_files")
    files = decoded_files(request.files)
    patience = request.compile_timeout + CLIENTS_SLACK
    memory = min(memory_of(request.memory_limit_MB), context.grader.most_memory)
    found = recognised.recognise(request.code, request.stdin or "", files, request.run_timeout, memory)
    if found is not None and (answered := await found.answer(context.grader, patience)) is not None:
        context.grader.metrics.add("lbt_recognised_total", form=found.form)
        return run_reply(answered, context.name, f"graded as data: {found.form}")
    program = Program(request.code, request.stdin or "", files, request.run_timeout, memory)
    (outcome,) = await context.grader.run(job_of(program), patience)
    return run_reply(result_of(outcome), context.name)


def memory_of(megabytes: int) -> int:
    """Bytes; -1 stands for the default."""
    return megabytes * MIB if megabytes > 0 else DEFAULT_MEMORY


def run_reply(result: Result, name: str = "", message: str = "") -> dict[str, Any]:
    """The shape of `RunCodeResponse`. Python has no compilation: a syntax error is the exit status 1."""
    return {
        "status": "Success" if result.verdict is None else "Failed",
        "message": message,
        "compile_result": None,
        "run_result": {
            "status": "TimeLimitExceeded" if result.verdict is Verdict.TLE else "Finished",
            "execution_time": result.wall,
            "return_code": result.exit_code,
            "stdout": result.stdout,
            "stderr": result.stderr,
        },
        "executor_pod_name": name or None,
        "files": {},
    }


async def submit(body: bytes, context: Context) -> Reply:
    """`/submit`, for CommonOJ."""
    request = read(Submit, body)
    if request.config.dataset_type not in DATASETS:
        found = request.config.dataset_type or request.dataset
        raise Refused(422, f"config.dataset_type: {found[:40]!r} is not served; known are {', '.join(DATASETS)}",
                      "config.dataset_type")  # fmt: skip
    need_python(request.config.language or "python", "config.language", LANGUAGES)
    code = extract_code(request.completion)
    problem = problem_of_request(request)
    job = Job.of(problem, code)
    patience = (request.config.compile_timeout or 10.0) + CLIENTS_SLACK
    outcomes = await context.grader.run(job, patience)
    verdicts = [each.verdict for each in await decide(problem, lower(outcomes), context.grader.run)]
    return submit_reply(request, code, outcomes, verdicts, context.name)


def problem_of_request(request: Submit) -> Problem:
    """Words of a line are compared in lower case, numbers within 1e-5."""
    tests = provided(request.config.provided_data)
    cases = tuple(Case((test.input.stdin,), expected=(test.output.stdout or "").lower()) for test in tests)
    limits = limits_of(request.config.run_timeout or SUBMIT_SECONDS, tests=len(cases))
    problem = Problem(
        str(request.id), "", cases, Kind.STDIO, checker=Checker("lines", rel_tol=1e-5, abs_tol=1e-5), limits=limits
    )
    return replace(problem, limits=prepare(problem).limits)


def provided(data: Provided | Sequence[Provided]) -> list[StdioTest]:
    """The tests of a problem, which may stand alone or in a list."""
    return data.test if isinstance(data, Provided) else [test for each in data for test in each.test]


def lower(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Outcomes whose printed text is in lower case."""
    return [
        replace(each, answer=each.answer.decode("utf-8", "replace").lower().encode()) if each.verdict is None else each
        for each in outcomes
    ]


def submit_reply(
    request: Submit, code: str, outcomes: Sequence[Outcome], verdicts: Sequence[Verdict], name: str = ""
) -> Mapping[str, Any]:
    """The shape of `EvalResult`; the tests up to the first that fails, unless all are asked for."""
    tests: list[dict[str, Any]] = []
    for test, outcome, verdict in zip(provided(request.config.provided_data), outcomes, verdicts, strict=True):
        info = {"input": {"stdin": test.input.stdin}, "output": {"stdout": test.output.stdout}}
        tests.append(
            {"passed": verdict is Verdict.AC, "exec_info": run_reply(result_of(outcome), name), "test_info": info}
        )
        if verdict is not Verdict.AC and not request.config.extra.run_all_cases:
            break
    return {
        "id": request.id,
        "accepted": all(verdict is Verdict.AC for verdict in verdicts),
        "extracted_code": code,
        "full_code": None,
        "test_code": None,
        "tests": tests,
        "extracted_type": None,
        "extra": None,
    }


ENDPOINTS = (Endpoint("/run_code", run_code, failure=504), Endpoint("/submit", submit, failure=504))
