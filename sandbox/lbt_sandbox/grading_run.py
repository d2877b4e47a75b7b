"""What `lbt-sandbox grade` does between its two files: pair solutions with problems, grade, write, count.

    summary = await grade_file(sandbox, work, results)
    print(summary.verdicts["AC"])

A solution whose task is unknown is named and left out; a problem that cannot be graded is named in its line, without
a verdict; where the grader itself fails, the line has IE and the reason, and the run goes on. A run that is started
again goes on where it stopped, and grades the IE lines again.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lbt_sandbox.code_extraction import complete_program, extract_code
from lbt_sandbox.grader_methods import GraderMethods
from lbt_sandbox.image.recipes import DEFAULT
from lbt_sandbox.loaders import BrokenLine, Solution, load_problems, load_solutions
from lbt_sandbox.pass_at_k import PassAtK, estimate
from lbt_sandbox.results import FAILED, ResultFile, result_row, row_without_verdict
from lbt_sandbox.self_check import refused_problems
from lbt_sandbox.types import InternalError, Kind, Problem, ProblemError, Report, SandboxError

_FORMAT_VERSION = "2"
HOPELESS = 20
"""Submissions in a row on which the grader fails before it gives up."""


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
    self_check: bool = True
    """Leave out problems whose tests also accept an empty or a constant solution."""


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
    """Submissions whose problems cannot be graded."""
    failed: int = 0
    """Submissions on which the grader failed."""
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
    sandbox: GraderMethods, work: Work, results: ResultFile, progress: Callable[[int], None] = lambda count: None
) -> None:
    """Grade what `results` does not have yet, or has as IE, and write a line for each, in order.

    Args:
        sandbox: Entered.
        work: From `read_work`.
        results: Opened with `work.key`.
        progress: Called with the number of finished lines after each.

    Raises:
        SandboxUnavailable: The engine has gone; the lines before are written.
        InternalError: The grader failed on `HOPELESS` submissions in a row.
    """
    before = results.done
    waiting = [*results.failed, *range(before, len(work.solutions))]
    needed = {work.solutions[number].task_id for number in waiting}
    problems = await _limited(sandbox, work, needed)
    refused = await _refused(sandbox, work, needed)
    unread: dict[int, str] = {}
    pairs = (
        (problems[task], "") if (task := work.solutions[number].task_id) in refused
        else _submission(work, problems, number, unread)
        for number in waiting
    )  # fmt: skip
    numbers = iter(waiting)
    in_a_row = 0
    async for graded in sandbox.grade_many(pairs, return_errors=True):
        number = next(numbers)
        if (task := work.solutions[number].task_id) in refused:
            graded = ProblemError(f"the problem {task!r} is left out: {refused[task]} (--no-self-check grades it)")
        elif number in unread:
            graded = InternalError(unread[number])
        row = _row(work.solutions[number], graded, work.options.timings)
        results.replace(number, row) if number < before else results.append(row)
        progress(max(before, number + 1))
        in_a_row = in_a_row + 1 if isinstance(graded, InternalError) else 0
        if in_a_row == HOPELESS:
            raise InternalError(f"the grader failed on {HOPELESS} submissions in a row, the last time so: {graded}")


async def _refused(sandbox: GraderMethods, work: Work, needed: set[str]) -> dict[str, str]:
    """The problems whose tests accept everything, unless nobody asks for that."""
    if not work.options.self_check:
        return {}
    return await refused_problems((work.problems[name] for name in sorted(needed)), sandbox.grade, sandbox.workers)


def _submission(
    work: Work, problems: Mapping[str, Problem], number: int, unread: dict[int, str]
) -> tuple[Problem, str]:
    """Problem and program; a completion that our own code cannot read is noted, and stands for no program."""
    solution = work.solutions[number]
    problem = problems[solution.task_id]
    try:
        return problem, program_of(problem, solution.completion, work.options.extract)
    except Exception as error:
        unread[number] = f"reading the completion failed: {type(error).__name__}: {error}"
        return problem, ""


def _row(solution: Solution, graded: Report | SandboxError, timings: bool) -> dict[str, Any]:
    if isinstance(graded, Report):
        return result_row(graded, timings)
    if isinstance(graded, ProblemError):
        return row_without_verdict(solution.task_id, None, str(graded))
    if isinstance(graded, InternalError):
        return row_without_verdict(solution.task_id, FAILED, str(graded))
    raise graded


async def _limited(sandbox: GraderMethods, work: Work, needed: set[str]) -> dict[str, Problem]:
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


async def _calibrated(sandbox: GraderMethods, problem: Problem, factor: float) -> Problem:
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
        if row["verdict"] in (None, FAILED):
            summary.ungraded += row["verdict"] is None
            summary.failed += row["verdict"] == FAILED
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
