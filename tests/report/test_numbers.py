"""What a report counts: problems, families, comparisons, and what a limit left open.

Invariants:
 1. Equal epochs change no interval and no test; families of problems widen both.
 2. Tests are corrected for being several, nothing is tested against the oracle, and the sentence follows the corrected
    interval.
 3. A rule that is known of some problems only does not stand beside the others, and says of how many it is known.
"""

from collections.abc import Sequence
from math import nan

import pytest

from lbt_solvers.families import families
from lbt_solvers.scorer import columns
from lbt_tasks.cli import main
from lbt_tasks.report.details import TaughtProblem, TaughtRationale
from lbt_tasks.report.figures import Figure
from lbt_tasks.report.page import verdict
from lbt_tasks.report.render import partial_lines, sureness
from lbt_tasks.report.sections import by_group, calibration, within_problems
from lbt_tasks.report.summary import Run, summarise
from tests.synthetic.running import record, toy_task

from click.testing import CliRunner  # isort: skip


def run_of(won: int, lost: int, both: int, epochs: int = 1, family: str = "", **more: list[float]) -> Run:
    total = won + lost + both
    rows = {"maj": [0.0] * won + [1.0] * (lost + both), "sum": [1.0] * won + [0.0] * lost + [1.0] * both, **more}
    problems = [f"p{i}" for i in range(total)]
    values = {name: tuple(rows.get(name, [nan] * total)) * epochs for name in columns()}
    alike = {name: f"f{i // 4}" for i, name in enumerate(problems)} if family else {}
    return Run("l", "t", "success", tuple(problems) * epochs, values, (nan,) * total * epochs, {}, families=alike)


def test_equal_epochs_change_nothing() -> None:
    once, often = (summarise(run_of(3, 0, 9, epochs)).rules["sum"] for epochs in (1, 4))
    assert once == often and once.test == (3, 0, 0.25) and once.n == 12


def test_families_widen_what_problems_alone_would_say() -> None:
    alone, alike = (summarise(run_of(8, 0, 24, family=name)).rules["sum"] for name in ("", "type"))
    assert alone.test and alike.test and alone.test.p < 0.01 and alike.test.p == 0.5  # two families won, none lost
    assert alone.difference and alike.difference and alike.difference.low < alone.difference.low


def test_families_are_told_by_metadata() -> None:
    ids = [f"p{i}" for i in range(12)]
    assert families([{"type": str(i // 2)} for i in range(12)], ids) == ("type", [str(i // 2) for i in range(12)])
    assert families([{"type": "one"} for _ in ids], ids).name == ""
    assert families([{"variant_of": f"v{i // 2}" if i else None} for i in range(12)], ids).name == "variant_of"
    assert families([{} for _ in ids], ids) == ("", ids)


def test_comparisons_are_corrected_and_the_oracle_is_not_one() -> None:
    row, maj = [1.0] * 6 + [0.0] * 34, [0.0] * 40
    summary = summarise(run_of(6, 0, 34, greedy=row, max=row, avg=row, oracle=row, maj=maj, sum=row))
    assert summary.rules["sum"].test and summary.rules["sum"].test.p == 0.03125
    assert summary.rules["sum"].p == 4 * 0.03125 and summary.rules["oracle"].test is None
    assert verdict(summary).startswith("No clear difference") and "p = 0.1250" in verdict(summary)
    alone = summarise(run_of(6, 0, 34))
    assert alone.rules["sum"].p == 0.03125 and verdict(alone).startswith("Choosing by exam scores")


def test_rules_of_some_problems_do_not_stand_beside_the_others() -> None:
    summary = summarise(run_of(6, 0, 18, max=[1.0, 1.0, 0.0, 0.0, 0.0] + [nan] * 19))
    assert summary.shown("max") is None and summary.shown("sum") and summary.rules["max"].n == 5
    [line] = partial_lines(summary)
    assert line.startswith("MAX is known of 5 of 24 problems, so not in the table: 40.0 [")
    assert line.endswith("%, MAJ 0.0 % on the same ones")


def test_what_so_many_problems_can_show() -> None:
    [few] = sureness(run_of(1, 1, 3))
    assert few.startswith("fewer than 30 problems")
    [enough] = sureness(run_of(10, 10, 161))
    assert enough.startswith("181 problems, of which two rules answer 20 % differently, show a difference of 9.")


def test_a_limit_that_cuts_exams_is_said_everywhere(run) -> None:
    log = run(toy_task(6, max_replies=6))
    kept = record(log)
    assert "sum" not in kept["budget"]["decides"]
    assert any("cut short at 6 replies, so that the choice of SUM is a guess" in note for note in kept["notes"])
    printed = CliRunner().invoke(main, ["report", log.location]).output
    assert "the limit cut 6 of the exams short, in which the choice of SUM is a guess" in printed
    assert "toy, n = 6" in printed and not [line for line in printed.splitlines() if line.startswith("MAX: best")]


@pytest.mark.parametrize("epochs", [1, 3])
def test_epochs_in_a_log(run, epochs: int) -> None:
    printed = CliRunner().invoke(main, ["report", run(toy_task(5), epochs=epochs).location]).output
    assert "5 problems, status" in printed if epochs == 1 else "5 problems in 15 samples" in printed
    assert "5:0" in printed


def taught(number: int, scores: list[float], right: list[float]) -> TaughtProblem:
    """A problem of which rationales have these scores; MAJ wrong and SUM right on even ones."""
    rationales = [TaughtRationale("", "", 0, score, good, 6) for score, good in zip(scores, right, strict=True)]
    values: dict[str, float | None] = {"maj": 0.0, "sum": float(number % 2 == 0)}
    level = "easy" if number < 12 else "hard"
    return TaughtProblem(f"p{number}", "", "", "", level, rationales, {}, 6, {}, [], values)


def numbers(figure: Figure | None) -> Sequence[Sequence[str]]:
    assert figure and any(any(character.isdigit() for character in cell) for row in figure.rows for cell in row)
    return figure.rows


def test_epochs_narrow_no_figure() -> None:
    run = run_of(12, 0, 12)
    once = [taught(i, [0.2, 0.9], [float(i % 3 == 0), float(i % 4 > 0)]) for i in range(24)]
    assert numbers(by_group(run, once * 4, "level", 0)) == numbers(by_group(run, once, "level", 0))
    assert numbers(calibration(run, once * 4, 0)) == numbers(calibration(run, once, 0))


def test_problems_and_not_rationales_are_drawn_in_calibration() -> None:
    run = run_of(12, 0, 12)
    few = [taught(i, [0.2, 0.9], [float(i % 3 == 0), float(i % 4 > 0)]) for i in range(24)]
    many = [taught(i, [0.2, 0.9] * 8, [float(i % 3 == 0), float(i % 4 > 0)] * 8) for i in range(24)]
    assert numbers(calibration(run, many, 0)) == numbers(calibration(run, few, 0))


def test_scores_are_compared_within_problems_only() -> None:
    # Easy problems have right rationales and high scores; within each problem scores say nothing.
    easy = [taught(i, [0.9, 0.9], [1.0, 0.0]) for i in range(12)]
    hard = [taught(i, [0.1, 0.1], [0.0, 0.0]) for i in range(12, 24)]
    assert "50.0" in within_problems(run_of(12, 0, 12), [*easy, *hard])
