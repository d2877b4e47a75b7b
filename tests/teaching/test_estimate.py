"""`estimate=true` of the teaching benchmark, held against the run: the worked solution's exam is counted, too."""

from collections import Counter
from pathlib import Path

from inspect_ai.log import EvalLog

from lbt_solvers.estimate.projection import SHOWN_SOLUTION, UNTAUGHT, Share, projected
from lbt_solvers.estimate.record import MeasuredProblem
from lbt_solvers.estimate.table import measured_of
from lbt_solvers.record import TeachingRecord
from lbt_tasks.teaching.gold import GoldExam
from tests.synthetic.running import scripted
from tests.teaching.test_teaching import run

STUDENT = "student: scripted/student"


def shares(log: EvalLog) -> dict[str, Share]:
    samples = [sample.store_as(MeasuredProblem) for sample in log.samples or []]
    return projected(measured_of(samples), len(samples)).budgets["full"]


def test_the_run_takes_what_was_estimated(tmp_path: Path) -> None:
    estimated, log = run(tmp_path, scripted("teacher"), estimate=True), run(tmp_path, scripted("teacher"))
    assert estimated.status == "success" and (estimated.results is None or not estimated.results.scores)
    found, spent = shares(estimated), Counter[str]()
    for sample in log.samples or []:
        for role, usage in sample.store_as(TeachingRecord).usage.items():
            spent[role] += usage.output_tokens
        solved = sample.store_as(GoldExam).usage
        spent[STUDENT] += sum(usage.output_tokens for usage in solved.values())
    of_student = [found[STUDENT + shown].written for shown in ("", UNTAUGHT, SHOWN_SOLUTION)]
    assert found["teacher"].written.low <= spent["teacher"] <= found["teacher"].written.high
    assert sum(each.low for each in of_student) <= spent[STUDENT] <= sum(each.high for each in of_student)


def test_without_worked_solutions_nobody_sits_after_one(tmp_path: Path) -> None:
    found = shares(run(tmp_path, scripted("teacher"), estimate=1, solution=False))
    assert STUDENT + UNTAUGHT in found and STUDENT + SHOWN_SOLUTION not in found
