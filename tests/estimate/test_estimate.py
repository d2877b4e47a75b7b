"""`estimate=true`: a handful of calls, and the whole run from them, held against that run."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from inspect_ai.log import EvalLog
from inspect_ai.model import ModelCost, ModelInfo, ModelOutput, set_model_info
from inspect_ai.model._model_info import _custom_models

from lbt_solvers.errors import UsageError
from lbt_solvers.estimate.projection import UNTAUGHT, Estimate, Share, projected
from lbt_solvers.estimate.ranges import Range, total
from lbt_solvers.estimate.record import MeasuredProblem
from lbt_solvers.record import TeachingRecord
from lbt_tasks.classroom.arithmetic.task import classroom
from lbt_tasks.cli import main
from tests.conftest import Run
from tests.synthetic.running import reasons, scripted, toy_task
from tests.synthetic.world import Scripted

PROBLEMS = 12


def estimated(log: EvalLog) -> Estimate:
    assert log.status == "success", log.error or reasons(log)
    samples = [sample.store_as(MeasuredProblem) for sample in log.samples or []]
    return projected([problem for problem in samples if problem.calls], len(samples))


def used(log: EvalLog) -> dict[str, Counter[str]]:
    """Calls and tokens by role, of the whole run; and the students' replies."""
    found = dict[str, Counter[str]]()
    for sample in log.samples or []:
        record = sample.store_as(TeachingRecord)
        for role, usage in record.usage.items():
            found.setdefault(role, Counter())
            found[role].update(calls=usage.calls, read=usage.input_tokens, written=usage.output_tokens)
        for row in record.sittings:
            found[f"student: {record.students[row.student]}"]["replies"] += 1
    return found


def of_role(shares: dict[str, Share], role: str, what: str) -> Range:
    """Of students, taught or not."""
    own = [share for name, share in shares.items() if name in (role, role + UNTAUGHT)]
    return total(getattr(share, what) for share in own)


def within(value: float, range: Range) -> bool:
    return range.low <= value <= range.high


@pytest.mark.parametrize("budget", ["lossless", "full", "thompson"])
def test_the_run_takes_what_was_estimated(run: Run, budget: str) -> None:
    estimate = estimated(run(toy_task(PROBLEMS, budget=budget, estimate=True)))
    assert estimate.problems == PROBLEMS and estimate.measured == 2
    shares, taken = estimate.budgets[budget], used(run(toy_task(PROBLEMS, budget=budget)))
    assert shares["teacher"].replies == (9 * PROBLEMS, 9 * PROBLEMS)
    for role, spent in taken.items():
        assert within(spent["read"], of_role(shares, role, "read")), (role, spent, shares[role])
        assert within(spent["written"], of_role(shares, role, "written")), (role, spent, shares[role])
    students = [role for role in taken if role.startswith("student")]
    assert (
        all(within(taken[role]["replies"], of_role(shares, role, "replies")) for role in students)
        and len(students) == 2
    )
    whole = estimate.budgets["full"]["all"].replies
    assert estimate.budgets["thompson"]["all"].replies.high < whole.low and list(estimate.budgets) == [
        "full",
        "lossless",
        "thompson",
    ]


def test_it_makes_a_handful_of_calls_and_scores_nothing(run: Run) -> None:
    teacher, student = scripted("teacher"), scripted("a")
    log = run(toy_task(PROBLEMS, estimate=True), teacher=teacher, students=[student], epochs=2)
    assert log.results is None or not log.results.scores
    assert teacher.api.calls == 1 + 2 * 2 and student.api.calls == 1 + 2 * 3  # to warm up, and the measured ones
    assert estimated(log).problems == 2 * PROBLEMS and estimated(log).calls == 10


def test_more_problems_are_measured_where_that_is_asked_for(run: Run) -> None:
    assert estimated(run(toy_task(PROBLEMS, estimate=5))).measured == 5
    assert estimated(run(toy_task(PROBLEMS, estimate=1), limit=3)).measured == 1
    assert estimated(run(toy_task(PROBLEMS, estimate=9), limit=3)).measured == 3
    with pytest.raises(UsageError, match="number of problems to measure was needed, found -1"):
        toy_task(estimate=-1)


def test_a_provider_of_one_completion_a_call_is_asked_as_often_as_there_are_replies(run: Run) -> None:
    task = toy_task(PROBLEMS, budget="full", estimate=True)
    several, one = (
        estimated(run(task, teacher=scripted("teacher", ignores_n=each))).budgets["full"]["teacher"]
        for each in (False, True)
    )
    assert one.calls == one.replies and several.calls.high < one.calls.low / 4


def test_everything_that_is_asked_of_models_is_counted(run: Run) -> None:
    options: dict[str, Any] = {"budget": "full", "label_controls": True, "re_examine": True}
    shares = estimated(run(toy_task(PROBLEMS, estimate=True, **options))).budgets["full"]
    taken = used(run(toy_task(PROBLEMS, **options)))
    for role, spent in taken.items():
        assert within(spent["read"], of_role(shares, role, "read")), role
        assert within(spent["written"], of_role(shares, role, "written")), role
    assert "few-shot control: teacher" in taken


def test_models_that_set_the_exam_are_counted(run: Run) -> None:
    options: dict[str, Any] = {"exam": "label_free", "budget": "full"}
    shares = estimated(run(toy_task(6, estimate=True, **options))).budgets["full"]
    taken = used(run(toy_task(6, **options)))
    assert taken.keys() == {role.removesuffix(UNTAUGHT) for role in shares} - {"all"} and len(taken) > 3
    for role in taken.keys() - {"teacher"}:
        assert within(taken[role]["written"], of_role(shares, role, "written")), role


def test_replies_without_answers_are_told_of(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    vague = scripted("teacher", text="I do not know, and nobody does, as far as one can tell.")
    shares = estimated(run(toy_task(PROBLEMS, estimate=True), teacher=vague, students=["a"])).budgets["full"]
    assert shares.keys() == {"teacher", "student: scripted/a, untaught", "all"}
    assert "Seen on the way: 4 of 4 rationales without an answer" in capsys.readouterr().out
    assert estimated(run(toy_task(PROBLEMS, estimate=True, control=False), teacher=vague)).budgets["full"]


def test_the_price_is_that_which_inspect_knows(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    cost = ModelCost(input=1.0, output=10.0, input_cache_write=1.0, input_cache_read=1.0)
    set_model_info("scripted/teacher", ModelInfo(cost=cost))
    try:
        estimate = estimated(run(toy_task(PROBLEMS, estimate=True), students=[]))
    finally:
        _custom_models.clear()
    share = estimate.budgets["lossless"]["teacher"]
    assert share.cost and share.cost.low == pytest.approx(share.read.low / 1e6 + share.written.low / 1e5)
    assert "$0.0" in capsys.readouterr().out
    run(toy_task(PROBLEMS, estimate=True))
    assert "no price known" in (said := capsys.readouterr().out) and "--model-cost-config" in said


def test_the_table_is_printed_at_the_end_and_again_from_the_log(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    log = run(toy_task(PROBLEMS, estimate=True), students=["a"])
    said = capsys.readouterr().out
    assert "Estimate of toy: 12 problems, 8 rationales, exams of 3 questions x 2 sittings by 1 student" in said
    assert "It rests on 10 calls for 2 problems" in said and "Nothing was scored" in said
    assert "lossless (this run)" in said and "student: scripted/a" in said and "thompson" in said
    again = CliRunner().invoke(main, ["estimate", log.location])
    assert again.exit_code == 0 and again.output.strip() == said.strip()
    rows = json.loads(CliRunner().invoke(main, ["estimate", log.location, "--json"]).output)
    assert {row["role"] for row in rows} == {"teacher", "student: scripted/a", "student: scripted/a, untaught", "all"}
    assert [row["replies"] for row in rows if row["role"] == "teacher"] == [[108, 108]] * 3
    assert {row["problems"] for row in rows} == {12}


def test_a_log_of_another_run_is_one_line(run: Run) -> None:
    log = run(toy_task(2))
    found = CliRunner().invoke(main, ["estimate", log.location])
    assert found.exit_code == 1 and "nothing was measured there. Run the task with -T estimate=true" in found.output


def test_runs_after_an_estimate_print_none(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run(toy_task(2, estimate=True))
    capsys.readouterr()
    assert run(toy_task(2)).results and "Estimate of" not in capsys.readouterr().out


def test_a_provider_that_tells_no_tokens_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = Scripted.generate

    async def silent(*args: Any, **kwargs: Any) -> ModelOutput:
        return (await spoken(*args, **kwargs)).model_copy(update={"usage": None})

    monkeypatch.setattr(Scripted, "generate", silent)
    log = run(toy_task(2, estimate=True))
    assert log.status == "error" and "does not tell the tokens of a call" in (str(log.error) + reasons(log))


def test_the_estimate_replays_no_cached_reply(run: Run) -> None:
    teacher = scripted("teacher")
    run(toy_task(2, estimate=True), teacher=teacher, students=["a"])
    before = teacher.api.calls
    run(toy_task(2, estimate=True), teacher=teacher, students=["a"])
    assert teacher.api.calls == 2 * before


def test_tasks_take_it(run: Run) -> None:
    estimate = estimated(run(classroom(problems=5, prompt="chat", estimate=True), students=["a"]))
    assert estimate.problems == 5 and estimate.budgets["lossless"]["teacher"].replies == (85, 85)
