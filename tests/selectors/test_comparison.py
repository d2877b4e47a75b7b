"""Selectors at equal cost: numbers known beforehand, and those of a log against the log's own scores and usage.

Invariants:
 1. Accuracies by the old names are those that the run's scorer gave.
 2. The cost of an exam is what its calls took, by the log's usage; equal rationales that share one are paid once, and a
    control that scores are made of is part of it.
 3. A vote of as many tokens is the vote of the recorded rationales, or of draws of them, in expectation.
 4. Any selector is tested against any other; a problem with several samples is one value, whatever their number.
 5. Logs on a budget, unknown columns and selectors are refused with one line.
"""

import json
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lbt_solvers.errors import UsageError
from lbt_solvers.generation import RoleUsage
from lbt_solvers.selectors import selector_of
from lbt_solvers.sittings import Sitting
from lbt_tasks.cli import main
from lbt_tasks.selectors.columns import Column, Prices, ScoredSample, exam_columns, read_candidates
from lbt_tasks.selectors.compare import compare, curve, parsed, vote_of
from tests.exams.test_likelihood import READERS, toy
from tests.synthetic.running import record, values

PRICES = Prices(cached=0.1, written=5.0)


def made(problem: str, classes: list[int | None], correct: list[float], scores: list[float], **of: Any) -> ScoredSample:
    column = Column(scores, costs=[10.0 for _ in scores], examined_as=range(len(scores)), **of)
    vote = Column([1.0 for _ in scores])
    return ScoredSample(problem, problem, classes, correct, 5.0, {"vote": vote, "good": column})


PROBLEMS = [
    made(f"p{number}", [0, 0, 1, None], [0, 0, 1, 0], [0.1, 0.1, 0.9 if number % 2 else 0.0, 0.5])
    for number in range(8)
]


def test_numbers_that_are_known_beforehand() -> None:
    maj, best = compare(PROBLEMS, [selector_of("maj"), selector_of("good:max")])
    assert (maj.accuracy.mean, maj.cost, maj.votes, maj.vote, maj.oracle_gap) == (0, 20, 4, 0, 0)
    assert (best.accuracy.mean, best.cost, best.votes, best.oracle_gap) == (0.5, 60, 12, 0.5)
    assert (best.test.only_a, best.test.only_b) == (4, 0) and best.p == best.test.p
    assert best.above_vote.mean == pytest.approx(0.5 - best.vote)


def test_tests_are_corrected_for_all_selectors_but_the_vote() -> None:
    rows = compare(PROBLEMS, [selector_of(name) for name in ("maj", "good:max", "good:mean", "good:softmax(0.1)")])
    assert [row.p for row in rows[1:]] == [pytest.approx(min(1, 3 * rows[1].test.p))] * 3


def test_against_another_selector() -> None:
    names = [selector_of(name) for name in ("maj", "good:max", "good:mean")]
    best = selector_of("good:max")
    maj, same, mean = compare(PROBLEMS, names, against=best)
    assert maj.over.mean == -0.5 and (maj.test.only_a, maj.test.only_b) == (0, 4)
    assert same.over.mean == 0 and isnan(same.p) and not isnan(maj.p) and not isnan(mean.p)
    assert maj.oracle_gap == 0 and same.oracle_gap == 0.5  # whose way begins at MAJ all the same


def test_a_problem_is_one_value_however_often_it_was_sampled() -> None:
    """Runs with other seeds add samples and no problems: what is the same in each has the same interval."""
    names = [selector_of(name) for name in ("maj", "good:max")]
    for once, thrice in zip(compare(PROBLEMS, names), compare(PROBLEMS * 3, names), strict=True):
        assert tuple(thrice.accuracy) == pytest.approx(tuple(once.accuracy))
        assert tuple(thrice.above_vote) == pytest.approx(tuple(once.above_vote)) and thrice.test == once.test
    other = made("p0", [0, 0, 1, None], [0, 0, 1, 0], [0.1, 0.1, 0.9, 0.5])
    [_, best] = compare([*PROBLEMS, other], names)
    assert best.accuracy.mean == pytest.approx(4.5 / 8) and best.test.only_a == 5


def test_a_vote_of_as_many_tokens_in_expectation() -> None:
    """Of two rationales with one right answer, which was sampled first and so wins their tie."""
    pair = made("p", [0, 1], [1, 0], [0.0, 0.0])
    assert vote_of(pair, 2) == 1.0
    assert vote_of(pair, 1, draws=4000) == pytest.approx(0.5, abs=0.05)
    assert vote_of(pair, 3, draws=4000) == pytest.approx(0.5, abs=0.05)


def test_equal_rationales_are_paid_once_and_the_control_once_a_problem() -> None:
    column = Column([0.5, 0.5, 0.7], costs=[10.0, 0.0, 20.0], examined_as=[0, 0, 2], once=3.0)
    assert column.cost([0, 1]) == column.cost([1]) == 13 and column.cost([0, 1, 2]) == 33


def test_a_curve_ends_at_all_rationales() -> None:
    found = curve(PROBLEMS, selector_of("good:max"), [1, 2, 4], draws=3)
    assert [(point.rationales, point.cost) for point in found] == [(1, 15), (2, 30), (4, 60)]
    assert found[-1].accuracy == 0.5


def spent(usage: dict[str, Any], begins: str) -> float:
    roles = [RoleUsage.model_validate(used) for role, used in usage.items() if role.startswith(begins)]
    return sum(
        PRICES.of(each.input_tokens + each.output_tokens, each.output_tokens, each.cached_tokens) for each in roles
    )


def test_a_log_of_two_exams(run) -> None:
    log = run(toy(budget="full", also_examine="likelihood"), students=READERS)
    candidates = read_candidates([log.location], PRICES)
    rows = {row.selector: row for row in compare(candidates, parsed(["maj", "max", "sum", "avg"], candidates))}
    named = {"vote:sum": "maj", "lbt:max": "max", "lbt:sum": "sum", "lbt:mean": "avg"}
    assert {named[name]: row.accuracy.mean for name, row in rows.items()} == {
        rule: value for rule, value in values(log).items() if rule in named.values()
    }
    first, usage = candidates[0], record(log)["usage"]
    everyone = range(len(first.classes))
    assert first.columns["likelihood"].cost(everyone) == pytest.approx(spent(usage, "likelihood: "))
    assert len({*first.columns["likelihood"].examined_as}) < len(everyone)
    control = 2 * 3 * (10 + 2 * 5 * PRICES.written)  # two students, three items of 10 read and two replies of 5 tokens
    assert first.columns["generative"].cost(everyone) == pytest.approx(spent(usage, "student: ") - control)
    assert first.sample_cost == pytest.approx(spent(usage, "teacher") / (len(everyone) + 1))
    assert first.columns["likelihood"].gold == "solutions of exam questions"
    assert first.columns["lbt"].gold == "answers of exam questions"


def test_an_older_log_tells_what_was_written_by_its_usage_alone() -> None:
    rows: dict[int | None, list[Sitting]] = {0: [Sitting(0, 0, 0, 0, "7", 1.0, tokens=30.0)]}
    rows |= {1: [Sitting(1, 0, 0, 0, "8", 0.0, tokens=10.0)]}
    usage = [RoleUsage(calls=2, input_tokens=30, output_tokens=10)]
    column, raw = exam_columns("generative", "", rows, [0, 1], usage, PRICES)
    assert list(column.costs) == [22.5 + 7.5 * 5, 7.5 + 2.5 * 5] and list(column.scores) == [1, 0] and raw is None


def test_the_command(run, tmp_path: Path) -> None:
    location = run(toy(budget="full", also_examine="likelihood"), students=READERS).location
    asked = ["report", location, "--selectors"]
    said = CliRunner().invoke(main, asked)
    assert said.exit_code == 0 and "likelihood.raw:softmax(1)" in said.output and "4 problems with 8" in said.output
    again = run(toy(budget="full", also_examine="likelihood", seed=1), students=READERS).location
    beside = CliRunner().invoke(main, [*asked, again, "--against", "generative:sum"])
    assert "4 problems with 8" in beside.output and "of 8 samples have right and wrong ones" in beside.output
    assert "with the mean over its samples" in beside.output and "with the mean" not in said.output
    assert (
        json.loads(CliRunner().invoke(main, [*asked, "--json", "--against", "lbt:max"]).stdout)["against"] == "lbt:max"
    )
    figures = tmp_path / "figures"
    told = CliRunner().invoke(
        main, [*asked, "--json", "--selector", "maj", "--selector", "lbt:sum", "--svg", str(figures)]
    )
    found = json.loads(told.stdout)
    assert [row["selector"] for row in found["selectors"]] == ["vote:sum", "lbt:sum"]
    assert found["selectors"][1]["curve"][-1]["accuracy"] == found["selectors"][1]["accuracy"]
    assert (figures / "selectors.svg").read_text(encoding="utf-8").count("<svg") == 1
    wrong = CliRunner().invoke(main, [*asked, "--selector", "likelihod:sum"])
    assert wrong.exit_code == 1 and "Did you mean 'likelihood'" in wrong.output


def test_curves_of_one_recording(run, tmp_path: Path) -> None:
    location = run(toy(budget="full", also_examine="likelihood"), students=READERS).location
    asked = ["replay", location, "--selector", "maj", "--selector", "likelihood:sum"]
    found = json.loads(CliRunner().invoke(main, [*asked, "--json", "--pdf", str(tmp_path)]).stdout)["points"]
    assert [(row["selector"], row["rationales"]) for row in found] == [
        (name, number) for name in ("vote:sum", "likelihood:sum") for number in (1, 2, 4, 8)
    ]
    for name in ("vote:sum", "likelihood:sum"):
        costs = [row["cost"] for row in found if row["selector"] == name]
        assert costs == sorted(costs) and costs[0] < costs[-1]
    rows = compare(read_candidates([location], PRICES), [selector_of("likelihood:sum")])
    assert (found[-1]["accuracy"], found[-1]["cost"]) == (rows[0].accuracy.mean, pytest.approx(rows[0].cost))
    assert (tmp_path / "selectors.pdf").read_bytes().startswith(b"%PDF")
    page = tmp_path / "page.html"
    assert CliRunner().invoke(main, ["report", location, "--html", str(page)]).exit_code == 0
    assert "Accuracy over cost" in page.read_text(encoding="utf-8")


def test_logs_on_a_budget_are_refused(run) -> None:
    log = run(toy(exam_kind="likelihood"), students=READERS)
    with pytest.raises(UsageError, match="comparisons of selectors need"):
        read_candidates([log.location], PRICES)
