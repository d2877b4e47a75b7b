"""F1 and accuracy of predictions, by scikit-learn.

    >>> task = DemoTask("fallacy", "", ("Yes", "No"), positive="Yes")
    >>> measure(["Yes", "Yes", "No"], [Prediction("Yes"), Prediction(None), Prediction("Yes")], task, "f1")
    0.5

A reply that names no label misses its row and is no false positive of another. Unusable replies are left out.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Literal, TypeAlias, get_args

from lbt_solvers.demos.types import DemoTask, Prediction

Measure: TypeAlias = Literal["f1", "accuracy"]
MEASURES: tuple[str, ...] = get_args(Measure)
_NO_LABEL = "\0no label"


def measure(golds: Sequence[str], predictions: Sequence[Prediction], task: DemoTask, by: Measure = "f1") -> float:
    """Accuracy, or F1 of the positive label, or macro F1 where the task has none; in [0, 1].

    F1 is zero where nothing was predicted or nothing is positive. Open answers have no F1: theirs is the accuracy.
    """
    pairs = [(gold, each.label) for gold, each in zip(golds, predictions, strict=True) if each.usable]
    if not pairs:
        return 0.0
    if by == "accuracy" or not task.labels:
        return sum(gold == label for gold, label in pairs) / len(pairs)
    sklearn: Any = import_module("sklearn.metrics")
    counted = [task.positive] if task.positive else list(task.labels)
    predicted = [_NO_LABEL if label is None else label for _, label in pairs]
    return float(
        sklearn.f1_score([gold for gold, _ in pairs], predicted, labels=counted, average="macro", zero_division=0.0)
    )
