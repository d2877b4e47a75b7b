"""lm-eval's names for what an exam is worth: aggregations `lbt_maj`, `lbt_max`, ... and the metrics of the same names.

    metric_list:
      - {metric: lbt_sum, aggregation: lbt_sum, higher_is_better: true}

Each aggregation gets every `Sitting` of the run. `lbt_equal` is a plain metric for any task: 1 where the answer in a
reply equals the reference by this project's rules (docs/answers.md).
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import lm_eval.api.metrics  # pyright: ignore[reportUnusedImport]  # noqa: F401  lm-eval fills empty registries only
from lm_eval.api.registry import register_aggregation, register_metric

from lbt_solvers.answers import MathAnswers
from lbt_solvers.selection import RULES
from lbt_tasks.lm_eval_plugin.exam_scores import Examined, accuracy, control, examined, mean_score, oracle

Aggregation = Callable[[Sequence[Sequence[object]]], float]


def _registered(name: str, value: Callable[[list[Examined]], float]) -> tuple[Aggregation, Callable[..., Any]]:
    """An aggregation and the metric that passes sittings on to it."""

    @register_aggregation(name)
    def aggregate(sittings: Sequence[Sequence[object]]) -> float:
        return value(examined(sittings))

    @register_metric(metric=name, aggregation=name, higher_is_better=True)
    def sitting(predictions: Sequence[Any], **_: Any) -> Any:
        return predictions[0]

    return aggregate, sitting


def _by_rule(rule: str) -> Callable[[list[Examined]], float]:
    return lambda problems: accuracy(problems, rule)


_MADE = {f"lbt_{rule}": _registered(f"lbt_{rule}", _by_rule(rule)) for rule in RULES}
lbt_maj, lbt_max, lbt_sum, lbt_avg = (_MADE[f"lbt_{rule}"][0] for rule in ("maj", "max", "sum", "avg"))
maj_metric, max_metric, sum_metric, avg_metric = (_MADE[f"lbt_{rule}"][1] for rule in ("maj", "max", "sum", "avg"))
lbt_oracle, oracle_metric = _registered("lbt_oracle", oracle)
lbt_control, control_metric = _registered("lbt_control", control)
lbt_score, score_metric = _registered("lbt_score", mean_score)


@cache
def _math() -> MathAnswers:
    return MathAnswers()


@register_metric(metric="lbt_equal", aggregation="mean", higher_is_better=True, output_type="generate_until")
def lbt_equal(references: Sequence[str], predictions: Sequence[str], **_: Any) -> float:
    """1 where the answer in the reply equals the reference, else 0."""
    answer = _math().extract(predictions[0]).answer
    return float(answer is not None and _math().equal(references[0], answer).equal)
