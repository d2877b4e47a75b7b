"""What is fitted: on other problems alone, and to the parameter and the weights that are best there.

Invariants:
 1. A problem's own answers change neither its parameter nor its stacked scores; nor do those of its family.
 2. The fitted parameter is the one of the grid with the best accuracy on the other folds.
 3. The stacked column learns which way a column points, and is a probability: its mean is the share that is right.
 4. Without other problems, or with the same ones, that is said in one line.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, pstdev

import pytest
from click.testing import CliRunner

from lbt_solvers.selectors import Selector, selector_of
from lbt_tasks.cli import main
from lbt_tasks.selectors.columns import Column, ScoredSample
from lbt_tasks.selectors.compare import compare, curve
from lbt_tasks.selectors.fitting import GRID, accuracy_of, features_of, fitted, folds_of, with_stacked
from tests.exams.test_likelihood import READERS, toy


def problem(number: int, rng: random.Random) -> ScoredSample:
    """Six rationales with three answers; `upside` is low for right ones, `noise` says nothing."""
    classes = [0, 0, 0, 1, 1, 2]
    right = rng.choice([0, 1, 2])
    correct = [float(of == right) for of in classes]
    upside = Column([rng.gauss(-2 * is_right, 1) for is_right in correct], gold="answers", costs=[7.0] * 6)
    upside = replace(upside, examined_as=range(6))
    noise = Column([rng.gauss(0, 1) for _ in classes])
    columns = {"vote": Column([1.0] * 6), "upside": upside, "noise": noise}
    return ScoredSample(f"p{number}", f"f{number // 2}", classes, correct, 5.0, columns)


def problems(number: int = 60, seed: int = 0) -> list[ScoredSample]:
    rng = random.Random(seed)
    return [problem(each, rng) for each in range(number)]


def wrong_everywhere(found: Sequence[ScoredSample], family: str) -> list[ScoredSample]:
    return [replace(each, correct=[0.0] * 6) if each.family == family else each for each in found]


def test_folds_keep_families_together() -> None:
    found = problems()
    folds = folds_of(found)
    assert len(set(folds)) == 5
    assert len({(each.family, fold) for each, fold in zip(found, folds, strict=True)}) == 30


def test_a_problems_own_answers_have_no_part_in_what_is_fitted() -> None:
    found, fit = problems(), Selector("noise", "softmax", fit=True)
    for family in ("f0", "f7"):
        changed = wrong_everywhere(found, family)
        for number, each in enumerate(found):
            if each.family == family:
                assert fitted(changed, fit)[number] == fitted(found, fit)[number]
                own, other = (with_stacked(of)[number].columns["stacked"].scores for of in (found, changed))
                assert list(own) == list(other)


@pytest.mark.parametrize("aggregator", ["softmax", "borda"])
def test_the_parameter_is_the_best_one_on_the_other_folds(aggregator: str) -> None:
    found = problems()
    folds = folds_of(found)
    for fold, own in dict(zip(folds, fitted(found, Selector("upside", aggregator, fit=True)), strict=True)).items():
        others = [each for each, of in zip(found, folds, strict=True) if of != fold]
        deviations = [pstdev(score or 0.0 for score in each.columns["upside"].scores) for each in others]
        unit = fmean(deviations) if aggregator == "softmax" else 1.0
        tried = {
            factor * unit: accuracy(others, f"upside:{aggregator}({factor * unit:.12g})") for factor in GRID[aggregator]
        }
        nearest = min(tried, key=lambda parameter: abs(parameter - (own.parameter or 0.0)))
        assert own.parameter == pytest.approx(nearest) and tried[nearest] == max(tried.values())


def test_stacking_learns_which_way_a_column_points() -> None:
    found = with_stacked(problems(120))
    rows = {row.selector: row for row in compare(found, [selector_of(n) for n in ("stacked:max", "upside:max", "maj")])}
    assert rows["stacked:max"].accuracy.mean > 0.6 > rows["vote:sum"].accuracy.mean > rows["upside:max"].accuracy.mean
    scores = [score or 0.0 for each in found for score in each.columns["stacked"].scores]
    assert all(0 <= score <= 1 for score in scores)
    assert fmean(scores) == pytest.approx(fmean(right for each in found for right in each.correct), abs=0.05)
    assert rows["stacked:max"].gold == "answers of other problems; answers"
    assert rows["stacked:max"].cost == 6 * 5 + 6 * 7  # everything that it is made of is paid
    assert features_of(found[0], free=True) == ["noise"]
    assert found[0].columns["stacked.free"].gold == "answers of other problems"
    assert [point.rationales for point in curve(found, selector_of("stacked:max"), [1, 2, 6])] == [6]


def test_on_other_problems_that_are_given() -> None:
    others = problems(60, seed=1)
    found = with_stacked(problems(), others)
    assert accuracy(found, "stacked:max") > 0.6
    assert len(set(fitted(found, selector_of("noise:softmax(fit)"), others))) == 1


def accuracy(found: Sequence[ScoredSample], name: str) -> float:
    return fmean(accuracy_of(each, selector_of(name)) for each in found)


def test_without_other_problems() -> None:
    with pytest.raises(ValueError, match="at least 2 that are not made alike were needed"):
        fitted(problems(2), selector_of("noise:borda(fit)"))
    with pytest.raises(ValueError, match="a number was needed in brackets"):
        selector_of("noise:borda(fit)").choose([0], [1.0])
    assert "stacked" not in with_stacked(problems(2))[0].columns


def test_the_command(run) -> None:
    location = run(toy(budget="full", also_examine="likelihood"), students=READERS).location
    asked = ["report", location, "--selectors"]
    said = CliRunner().invoke(main, asked)
    assert said.exit_code == 0 and "stacked:max" in said.output and "likelihood.raw:softmax(fit)" in said.output
    again = CliRunner().invoke(main, [*asked, "--fit-on", location])
    assert again.exit_code == 1 and "--fit-on: other problems were needed, found 4 of the same" in again.output
