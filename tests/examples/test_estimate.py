"""`estimate=true` of M3: bounds from the options, lengths from a few calls, held against the run.

Invariants:
 1. What a run takes lies within its estimate, role by role, with every evaluator and with `max_calls`.
 2. One run of each arm is measured with a handful of calls; nothing is scored.
"""

from collections import Counter
from typing import Any

import pytest
from inspect_ai.log import EvalLog

from lbt_solvers.errors import UsageError
from lbt_solvers.estimate.projection import Estimate, projected
from lbt_solvers.estimate.record import MeasuredProblem
from lbt_solvers.estimate.table import measured_of
from lbt_solvers.examples.options import EVALUATORS
from lbt_tasks.examples.record import ExamplesRecord
from tests.examples.world import keywords

ABOUT = {"description": "Is it general?"}


def estimated(log: EvalLog) -> Estimate:
    assert log.status == "success", log.error
    samples = [sample.store_as(MeasuredProblem) for sample in log.samples or []]
    return projected(measured_of(samples), len(samples))


def used(log: EvalLog) -> dict[str, Counter[str]]:
    found = dict[str, Counter[str]]()
    for sample in log.samples or []:
        for role, usage in sample.store_as(ExamplesRecord).usage.items():
            spent = Counter(calls=usage.calls, read=usage.input_tokens, written=usage.output_tokens)
            found.setdefault(role, Counter()).update(spent)
    return found


@pytest.mark.parametrize(
    "options",
    [{"evaluator": name, "seeds": 2} for name in EVALUATORS]
    + [{"rounds": 0}, {"rounds": 1, "init": "train"}, {"max_calls": 90}, {"reasons_per_reflection": 2, "rounds": 3}],
    ids=lambda options: ",".join(f"{name}={value}" for name, value in options.items()),
)
def test_1_runs_take_what_was_estimated(optimised, reviews, options: dict[str, Any]) -> None:
    shares = estimated(optimised(task=reviews, **ABOUT, **options, estimate=True)).budgets[""]
    for role, spent in used(optimised(task=reviews, **ABOUT, **options)).items():
        for what, amount in spent.items():
            low, high = getattr(shares[role], what)
            assert low <= amount <= high, (role, what, amount, shares[role])
    if most := options.get("max_calls"):
        assert all(share.replies.high <= 3 * most for role, share in shares.items() if role not in ("test", "all"))


def test_2_a_handful_of_calls_and_no_score(optimised, reviews, capsys: pytest.CaptureFixture[str]) -> None:
    teacher = keywords("teacher")
    log = optimised(task=reviews, **ABOUT, teacher=teacher, seeds=4, estimate=True)
    assert log.results is None or not log.results.scores
    estimate, said = estimated(log), capsys.readouterr().out
    assert (estimate.problems, estimate.measured) == (12, 3) and estimate.calls < 40
    assert "12 runs, 2 rounds of 20 rows, 42 training and 18 test rows" in said and "calls for 3 runs" in said
    assert "By role" in said and "By budget" not in said and "student: keywords/picky" in said


def test_2_the_classroom_tells_what_its_reflections_take(optimised) -> None:
    small = {"type_count": 4, "train_rows": 8, "test_rows": 4, "minibatch": 4, "rounds": 1, "arms": "one_student"}
    rows = {"evaluation_budget": 8, "beam_size": 1, "examples": 4, "seeds": 1}
    log = optimised(task="classroom", students=(), teacher=None, estimate=True, **small, **rows)
    shares = estimated(log).budgets[""]
    assert shares["teacher: first set"].calls.low == 4 and shares["teacher: first set"].calls.high >= 12
    assert shares["test"].calls == (4, 8)


def test_2_a_number_is_refused(optimised, reviews) -> None:
    with pytest.raises(UsageError, match="one run of each arm is measured"):
        optimised(task=reviews, **ABOUT, estimate=3)
