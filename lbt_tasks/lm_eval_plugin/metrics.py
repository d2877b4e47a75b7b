"""lm-eval's names for what an exam is worth: the aggregations `lbt_maj`, `lbt_max`, ..., and the metric `lbt_equal`.

    metric_list:
      - {metric: lbt_sum, aggregation: lbt_sum, higher_is_better: true}

Each aggregation gets every `AnsweredRow` of the run. `lbt_equal` is a plain metric for any task: 1 where the answer in
a reply equals the reference by this project's rules (docs/answers.md).
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import lm_eval.api.metrics  # pyright: ignore[reportUnusedImport]  # noqa: F401  lm-eval fills empty registries only
from lm_eval.api.registry import register_aggregation, register_metric

from lbt_solvers.answers import MathAnswers
from lbt_solvers.rules import answer_rules
from lbt_tasks.lm_eval_plugin.exam_scores import accuracy, control, examined, mean_score, oracle
from lbt_tasks.lm_eval_plugin.options import score_of

Sittings: TypeAlias = Sequence[Sequence[object]]


def exam_metrics() -> list[str]:
    """What an exam reports: every rule's accuracy, then the oracle, the control and the mean LbT score."""
    return [f"lbt_{name}" for name in (*answer_rules(), "oracle", "control", "score")]


def _rule_accuracy(rule: str) -> Callable[[Sittings], float]:
    def accuracy_of(sittings: Sittings) -> float:
        """Accuracy of the answer that the rule chooses."""
        return accuracy(examined(sittings), rule)

    return accuracy_of


for _rule in answer_rules():
    register_aggregation(f"lbt_{_rule}")(_rule_accuracy(_rule))


@register_aggregation("lbt_oracle")
def lbt_oracle(sittings: Sittings) -> float:
    """Share of problems with a right answer among the samples."""
    return oracle(examined(sittings))


@register_aggregation("lbt_control")
def lbt_control(sittings: Sittings) -> float:
    """Exam accuracy without a demonstration."""
    return control(examined(sittings))


@register_aggregation("lbt_score")
def lbt_score(sittings: Sittings) -> float:
    """Mean LbT score."""
    return mean_score(examined(sittings))


@cache
def _math() -> MathAnswers:
    return MathAnswers()


@register_metric(metric="lbt_equal", aggregation="mean", higher_is_better=True, output_type="generate_until")
def lbt_equal(references: Sequence[str], predictions: Sequence[str], **_: Any) -> float:
    """1 where the answer in the reply equals the reference, else 0."""
    return score_of(predictions[0], references[0], _math()) or 0.0
