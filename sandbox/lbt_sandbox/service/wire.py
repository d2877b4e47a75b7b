"""Problems, jobs and what comes of them as JSON, without loss: what `RemoteSandbox` sends and reads. Pure.

    >>> problem = problem_of_row(problem_row(Problem("add", "add", (Case(args=(1, 2), expected=(3,)),))))
    >>> problem.cases[0].expected
    (3,)

Values travel as texts of the codec, so that tuples, sets, Decimals and the like arrive as they are. Rows of the files
that `lbt grade` reads are accepted in a problem's place as well; these are for people.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lbt_sandbox import codec
from lbt_sandbox.compare import Checker, CheckerName
from lbt_sandbox.loaders import DataError, parse_problem
from lbt_sandbox.types import (
    Case,
    CaseResult,
    Converter,
    Failure,
    Job,
    Kind,
    Limits,
    Outcome,
    Problem,
    ProblemError,
    Report,
    Verdict,
)

_TEXTS = ("task_id", "entry_point", "prompt", "preamble", "tests_source")


def problem_row(problem: Problem) -> dict[str, Any]:
    """A problem as JSON.

    Raises:
        ProblemError: One of its values does not travel.
    """
    return {
        **{name: getattr(problem, name) for name in _TEXTS},
        "kind": problem.kind.value,
        "cases": [[*(_value(problem, each) for each in _parts(case)), case.name] for case in problem.cases],
        "checker": asdict(problem.checker),
        "limits": asdict(problem.limits),
        "in_place": problem.in_place,
        "converters": dict(problem.converters),
        "reference": problem.reference,
        "threads": problem.threads,
        "files": _packed(problem.files),
    }


class _Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    cpu: float = Field(gt=0)
    wall: float = Field(gt=0)
    total_cpu: float = Field(gt=0)
    total_wall: float = Field(gt=0)
    memory: int = Field(gt=0)
    output: int = Field(gt=0)
    answer: int = Field(gt=0)
    total_answer: int = Field(gt=0)
    source: int = Field(gt=0)
    deadline: float | None = Field(gt=0)


class _Checker(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: CheckerName
    rel_tol: float
    abs_tol: float
    source: str
    entry_point: str


class _Common(BaseModel):
    """What problems and jobs share."""

    model_config = ConfigDict(extra="forbid")

    entry_point: str
    preamble: str
    limits: _Limits
    in_place: int | str
    converters: dict[str, Converter]
    tests_source: str
    threads: bool
    files: dict[str, str]


class _ProblemRow(_Common):
    task_id: str
    prompt: str
    kind: Kind
    cases: list[tuple[str, str, str, str]]
    checker: _Checker
    reference: str | None


class _JobRow(_Common):
    source: str
    kind: Kind | Literal["compare"]
    inputs: list[str]
    options: dict[str, Any]


def problem_of_row(row: Mapping[str, Any]) -> Problem:
    """The problem of a row: one of `problem_row`, or a line of a problem file.

    Raises:
        DataError: The row is neither.
    """
    if "cases" not in row:
        return parse_problem(row)
    try:
        read = _ProblemRow.model_validate(row)
        return Problem(
            cases=tuple(_case(*case) for case in read.cases),
            checker=Checker(**read.checker.model_dump()),
            limits=Limits(**read.limits.model_dump()),
            files=_unpacked(read.files),
            **read.model_dump(exclude={"cases", "checker", "limits", "files"}),
        )
    except ValueError as error:  # of pydantic, of the codec and of base64
        raise DataError(f"No problem that can be graded: {_first_line(error)}.") from None


def _first_line(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _parts(case: Case) -> tuple[Any, ...]:
    return list(case.args), dict(case.kwargs), case.expected


def _value(problem: Problem, value: Any) -> str:
    strange: list[str] = []
    try:
        encoded = codec.encode(value, refer=lambda each: strange.append(type(each).__name__))
    except codec.CodecError as error:
        raise ProblemError(f"problem {problem.task_id!r} has a value that does not travel: {error}") from error
    if strange:
        raise ProblemError(f"problem {problem.task_id!r} has a value of type {strange[0]}, which is no data")
    return encoded.decode()


def _case(args: str, kwargs: str, expected: str, name: str) -> Case:
    values, named, wanted = (codec.decode(each.encode()) for each in (args, kwargs, expected))
    if not isinstance(values, list) or not isinstance(named, dict) or not all(isinstance(key, str) for key in named):
        raise ValueError("a case needs a list of arguments and a dict of named ones")
    return Case(tuple(values), named, wanted, name)


def _packed(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(content).decode() for name, content in files.items()}


def packed(content: bytes) -> str:
    """Bytes as text."""
    return base64.b64encode(content).decode()


def _unpacked(files: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return {name: base64.b64decode(content, validate=True) for name, content in files.items()}
    except binascii.Error as error:
        raise ValueError(f"files must be base64: {error}") from None


def job_row(job: Job) -> dict[str, Any]:
    """A job as JSON."""
    texts = {
        each.name: getattr(job, each.name) for each in fields(Job) if each.name not in ("inputs", "limits", "files")
    }
    inputs = [base64.b64encode(each).decode() for each in job.inputs]
    return {**texts, "inputs": inputs, "limits": asdict(job.limits), "files": _packed(job.files)}


def job_of(row: Mapping[str, Any]) -> Job:
    """The job of such a row.

    Raises:
        DataError: It is none.
    """
    try:
        read = _JobRow.model_validate(row)
        return Job(
            inputs=tuple(base64.b64decode(each, validate=True) for each in read.inputs),
            limits=Limits(**read.limits.model_dump()),
            files=_unpacked(read.files),
            **read.model_dump(exclude={"inputs", "limits", "files"}),
        )
    except ValueError as error:
        raise DataError(f"No job that can be run: {_first_line(error)}.") from None


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON."""
    return {**asdict(outcome), "answer": base64.b64encode(outcome.answer).decode()}


def outcome_of(row: Mapping[str, Any]) -> Outcome:
    """The outcome of such a row."""
    rest: dict[str, Any] = {**_of_verdict(row), "answer": base64.b64decode(row["answer"])}
    return Outcome(**rest)


def report_row(report: Report) -> dict[str, Any]:
    """A report as JSON, with every text of every test."""
    return {"task_id": report.task_id, "message": report.message, "tests": [asdict(test) for test in report.tests]}


def report_of(row: Mapping[str, Any]) -> Report:
    """The report of such a row."""
    return Report(row["task_id"], tuple(CaseResult(**_of_verdict(test)) for test in row["tests"]), row["message"])


def _of_verdict(row: Mapping[str, Any]) -> dict[str, Any]:
    failure, verdict = row["failure"], row["verdict"]
    return {
        **row,
        "failure": Failure(**failure) if failure else None,
        "verdict": Verdict(verdict) if verdict else None,
    }
