"""What `lbt grade` does between its two files: pair solutions with problems, grade, write, count.

    summary = await grade_file(sandbox, work, results)
    print(summary.verdicts["AC"])

A solution whose task is unknown is named and left out; a problem that cannot be graded is named in its line, without
a verdict; the grader's own failure ends the run, which can be started again to go on where it stopped.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lbt_sandbox.client import Sandbox
from lbt_sandbox.code_extraction import complete_program, extract_code
from lbt_sandbox.image.recipes import DEFAULT
from lbt_sandbox.loaders import BrokenLine, Solution, load_problems, load_solutions
from lbt_sandbox.pass_at_k import PassAtK, estimate
from lbt_sandbox.results import ResultFile, result_row
from lbt_sandbox.types import InternalError, Kind, Problem, ProblemError, Report, SandboxError

_FORMAT_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Options:
    """What changes the lines of the result file, besides the two input files."""

    format_name: str | None = None
    engine: str = "docker"
    image: str = DEFAULT
    python: str | None = None
    extract: bool = False
    """Completions are replies of a model, from which the code is to be taken."""
    timings: bool = False
    cpu: float | None = None
    """CPU seconds for a test, instead of the problem's own limit."""
    time_factor: float | None = None
    """Time limits as a multiple of the reference solution's time, measured first."""


@dataclass(frozen=True, slots=True)
class Work:
    """The submissions of a run, in order, and what had to be left out."""

    problems: dict[str, Problem]
    solutions: Sequence[Solution]
    left_out: Sequence[str]
    key: str
    options: Options


@dataclass(slots=True)
class Summary:
    """Counts over a finished result file."""

    verdicts: Counter[str] = field(default_factory=Counter[str])
    ungraded: int = 0
    outcomes: dict[str, list[bool]] = field(default_factory=dict[str, list[bool]])
    """For each task, whether each graded submission was accepted."""


def read_work(problems: Path, solutions: Path, options: Options) -> Work:
    """Load both files.

    Raises:
        DataError: One of them is missing or holds nothing that can be used.
    """
    loaded, submitted = load_problems(problems, options.format_name), load_solutions(solutions)
    left_out = [*_named(problems, loaded.broken), *_named(solutions, submitted.broken)]
    usable: list[Solution] = []
    for solution in submitted.solutions:
        if solution.task_id in loaded.problems:
            usable.append(solution)
        else:
            left_out.append(f"{solutions}, line {solution.line}: {problems} has no task '{solution.task_id}'")
    digest = hashlib.sha256(f"{_FORMAT_VERSION} {options!r}".encode())
    for path in (problems, solutions):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return Work(loaded.problems, usable, left_out, digest.hexdigest(), options)


def _named(path: Path, broken: Sequence[BrokenLine]) -> Iterator[str]:
    return (f"{path}, line {line.line}: {line.reason}" for line in broken)


def program_of(problem: Problem, completion: str, extract: bool = False) -> str:
    """The whole program that a completion stands for; see `code_extraction`."""
    if problem.kind is Kind.STDIO:
        return extract_code(completion) if extract else completion
    code = extract_code(completion, problem.entry_point) if extract else completion
    return complete_program(code, problem.prompt, problem.entry_point, problem.preamble)


async def grade_file(
    sandbox: Sandbox, work: Work, results: ResultFile, progress: Callable[[int], None] = lambda count: None
) -> None:
    """Grade what `results` does not have yet and write a line for each, in order.

    Args:
        sandbox: Entered.
        work: From `read_work`.
        results: Opened with `work.key`.
        progress: Called with the number of finished lines after each.

    Raises:
        InternalError: The grader failed twice on one submission; the lines before it are written.
    """
    waiting = work.solutions[results.done :]
    problems = await _limited(sandbox, work, {solution.task_id for solution in waiting})
    pairs = (
        (problems[one.task_id], program_of(problems[one.task_id], one.completion, work.options.extract))
        for one in waiting
    )
    done = results.done
    tasks = iter(waiting)
    async for graded in sandbox.grade_many(pairs, return_errors=True):
        results.append(_row(next(tasks), graded, work.options.timings))
        done += 1
        progress(done)


def _row(solution: Solution, graded: Report | SandboxError, timings: bool) -> dict[str, Any]:
    if isinstance(graded, Report):
        return result_row(graded, timings)
    if isinstance(graded, ProblemError):
        return {
            "task_id": solution.task_id,
            "verdict": None,
            "passed": 0,
            "total": 0,
            "tests": [],
            "message": str(graded),
        }
    raise graded


async def _limited(sandbox: Sandbox, work: Work, needed: set[str]) -> dict[str, Problem]:
    """The problems with the run's own time limits."""
    options, problems = work.options, work.problems
    if options.time_factor is not None:
        return {
            name: await _calibrated(sandbox, problem, options.time_factor) if name in needed else problem
            for name, problem in problems.items()
        }
    if options.cpu is None:
        return problems
    return {name: _with_cpu(problem, options.cpu) for name, problem in problems.items()}


async def _calibrated(sandbox: Sandbox, problem: Problem, factor: float) -> Problem:
    try:
        return await sandbox.calibrated(problem, factor)
    except InternalError:
        raise
    except ProblemError:
        return problem  # without a usable reference its own limits stay


def _with_cpu(problem: Problem, cpu: float) -> Problem:
    limits, tests = problem.limits, len(problem.cases)
    total = max(limits.total_cpu, cpu * tests)
    return replace(
        problem,
        limits=replace(
            limits, cpu=cpu, wall=2 * cpu + 1, total_cpu=total, total_wall=max(limits.total_wall, 2 * total)
        ),
    )


def summarise(results: ResultFile) -> Summary:
    """Count the lines of a result file."""
    summary = Summary()
    for row in results.rows():
        if row["verdict"] is None:
            summary.ungraded += 1
            continue
        summary.verdicts[row["verdict"]] += 1
        summary.outcomes.setdefault(row["task_id"], []).append(row["verdict"] == "AC")
    return summary


def pass_rates(summary: Summary, ks: Sequence[int]) -> Iterator[PassAtK | str]:
    """pass@k for every k, or why there is none."""
    for k in ks:
        short = [task for task, outcomes in summary.outcomes.items() if len(outcomes) < k]
        if short or not summary.outcomes:
            yield f"pass@{k} needs {k} solutions of every task; {len(short)} tasks have fewer, such as {short[:1]}"
        else:
            yield estimate(summary.outcomes, k)
