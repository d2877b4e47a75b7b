"""Scorer for any task whose output is code: runs the code in the sandbox against the sample's tests.

    Task(dataset=..., scorer=code_verdict())                      # tests stand in the samples' metadata
    Task(dataset=..., scorer=code_verdict(problems="p.jsonl"))    # or in a file, by sample id

A sample's metadata, or its line in the file, has the columns of this project's own format, HumanEval, MBPP or
LeetCodeDataset. Needs a Docker Engine, or `engine="process"`. For logs that are there already:
`inspect score LOG --scorer lbt_tasks/code_verdict`.
"""

from functools import cache
from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, accuracy, mean, scorer, stderr
from inspect_ai.solver import TaskState
from lbt_sandbox import Kind, Problem, Report, Verdict
from lbt_sandbox.code_extraction import complete_program, extract_code
from lbt_sandbox.loaders import DataError, load_problems, parse_problem

from lbt_solvers.errors import usage_errors
from lbt_tasks.shared_sandbox import ENGINES, check_engine, shared_sandbox

SHOWN_TESTS = 20


@scorer(metrics={"accepted": [accuracy(), stderr()], "v_score": [mean(), stderr()]})
def code_verdict(
    problems: str | None = None,
    format: str | None = None,
    engine: str = ENGINES[0],
    workers: int | None = None,
    unsafe: bool = False,
    image: str = "default",
    python: str | None = None,
) -> Scorer:
    """Grade the code in the model's output: `accepted` (all tests, 0 or 1) and `v_score` (the fraction passed).

    The grader's own failure is an error of the sample, never a score.

    Args:
        problems: A JSONL file of problems whose task ids are the sample ids; None to read the samples' metadata.
        format: The format of the problems; None to tell by the columns.
        engine: "docker", "process" for isolation without a container, or a grading service's address.
        workers: Submissions at a time; by default the CPUs.
        unsafe: Let the process engine run although the kernel lacks a layer.
        image: What programs can import: "default", "scientific" (pandas, scipy, sympy), or an image of your own.
        python: The version of Python for programs, as "3.13"; for the process engine the path of an interpreter.
    """
    with usage_errors():
        check_engine(engine, ENGINES)

    async def score(state: TaskState, target: Target) -> Score:
        problem = _problem(state, target, problems, format)
        reply = state.output.completion
        code = program_in(reply, problem)
        report = await shared_sandbox(engine, workers, unsafe, image, python).grade(problem, code)
        return _score(report, code)

    return score


def program_in(reply: str, problem: Problem) -> str:
    """The whole program in a model's reply to a problem."""
    if problem.kind is Kind.STDIO:
        return extract_code(reply)
    code = extract_code(reply, problem.entry_point)
    return complete_program(code, problem.prompt, problem.entry_point, problem.preamble)


def _problem(state: TaskState, target: Target, path: str | None, format_name: str | None) -> Problem:
    name = str(state.sample_id)
    if path is None:
        columns: dict[str, Any] = {"task_id": name, **(state.metadata or {})}
        return parse_problem(columns, format_name)
    loaded = _file(path, format_name)
    wanted = str((state.metadata or {}).get("task_id", name))
    if wanted not in loaded:
        raise DataError(f"{path} has no problem '{wanted}', which is the id of a sample.")
    return loaded[wanted]


@cache
def _file(path: str, format_name: str | None) -> dict[str, Problem]:
    return load_problems(path, format_name).problems


def _score(report: Report, code: str) -> Score:
    tests = [
        {"verdict": test.verdict.value, "input": test.input, "expected": test.expected, "got": test.got}
        for test in report.tests
        if test.verdict is not Verdict.AC
    ]
    return Score(
        value={"accepted": float(report.verdict is Verdict.AC), "v_score": report.v_score},
        answer=code,
        explanation=report.message or f"all {report.total} tests accepted",
        metadata={
            "verdict": report.verdict.value,
            "passed": report.passed,
            "total": report.total,
            "failed_tests": tests[:SHOWN_TESTS],
        },
    )
