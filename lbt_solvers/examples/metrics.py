"""F1 and accuracy of predictions.

    >>> task = ExampleTask("fallacy", "", ("Yes", "No"), positive="Yes")
    >>> measure(["Yes", "Yes", "No"], [Prediction("Yes"), Prediction(None), Prediction("Yes")], task, "f1")
    0.5

A reply that names no label misses its row and is no false positive of another. Unusable replies are left out.
"""

from collections.abc import Sequence
from statistics import fmean
from typing import Literal, TypeAlias, get_args

from lbt_solvers.examples.types import ExampleTask, Prediction

Measure: TypeAlias = Literal["f1", "accuracy"]
MEASURES: tuple[str, ...] = get_args(Measure)


def measure(golds: Sequence[str], predictions: Sequence[Prediction], task: ExampleTask, by: Measure = "f1") -> float:
    """Accuracy, or F1 of the positive label, or macro F1 where the task has none; in [0, 1].

    F1 is zero where nothing was predicted or nothing is positive. Open answers have no F1: theirs is the accuracy.
    """
    pairs = [(gold, each.label) for gold, each in zip(golds, predictions, strict=True) if each.usable]
    if not pairs:
        return 0.0
    if by == "accuracy" or not task.labels:
        return sum(gold == label for gold, label in pairs) / len(pairs)
    counted = [task.positive] if task.positive else task.labels
    return fmean(_f1(pairs, label) for label in counted)


def _f1(pairs: Sequence[tuple[str, str | None]], label: str) -> float:
    golds, answered = sum(gold == label for gold, _ in pairs), sum(answer == label for _, answer in pairs)
    return 2 * sum(gold == answer == label for gold, answer in pairs) / (golds + answered) if golds + answered else 0.0
