"""A task's scores as grades in [0, 1], by the task's own conversion: partial credit stays, a judge's silence is none.

    grades = TaskGrades("judge", scorer, metrics=None, key="quality", scale=(1, 5))
    grades.of(Score(value={"quality": 4, "length": 120}))   # 0.75

Inspect's metrics convert values to numbers by a function that a task may set (`accuracy(to_float=...)`). Words of which
that function knows nothing are worth what the task's first metric makes of them alone.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from math import isfinite, nan
from typing import Any, cast

from inspect_ai.scorer import SampleScore, Score, Scorer, value_to_float
from inspect_ai.util import registry_info

from lbt_solvers.errors import UsageError
from lbt_solvers.near_match import did_you_mean

_KNOWN_WORDS = frozenset({"c", "i", "p", "n", "yes", "no", "true", "false"})
_default = value_to_float()


class TaskGrades:
    """How one scorer's values become grades.

    Args:
        name: The scorer's, for messages.
        scorer: That scorer.
        metrics: The task's own metrics, which then stand for the scorer's.
        key: Which of several values counts.
        scale: The value that is wholly wrong and the one that is wholly right.

    Raises:
        UsageError: several values that are named by the metrics, and no key; or no scale.
    """

    def __init__(
        self, name: str, scorer: Scorer, metrics: Any = None, key: str | None = None, scale: Sequence[float] = (0, 1)
    ) -> None:
        self.name, self.key = name, key
        if len(scale) != 2 or not scale[0] < scale[1]:
            raise UsageError(f"grade_range={list(scale)}: a lowest and a highest grade were needed, such as [0, 10].")
        self.low, self.high = scale
        self._metrics = _by_key(metrics or registry_info(scorer).metadata.get("metrics"))
        named = [each for each in self._metrics if each != "*"]
        if len(named) > 1 and "*" not in self._metrics:
            self._check_key(named)

    def of(self, score: Score | None) -> float:
        """The grade in [0, 1]; nan where the scorer gave none.

        Raises:
            UsageError: several values and no key, no number, or one outside the scale.
        """
        if score is None:
            return nan
        value = self._single(score.value)
        if value is None or (isinstance(value, float) and not isfinite(value)):
            return nan
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise UsageError(
                f"{self.name} gave {value!r}, outside {self.low:g} to {self.high:g}: say what is wholly wrong and "
                "wholly right, such as -T 'grade_range=[0, 10]'."
            )
        return (number - self.low) / (self.high - self.low)

    def _single(self, value: Any) -> Any:
        while isinstance(value, Mapping | Sequence) and not isinstance(value, str):
            by_key = cast(Mapping[Any, Any], value if isinstance(value, Mapping) else dict(enumerate(value)))
            names = {str(name): each for name, each in by_key.items()}
            if not names:
                return None
            value = next(iter(names.values())) if len(names) == 1 else names[self._check_key(list(names))]
        return value

    def _check_key(self, names: Sequence[str]) -> str:
        """The key, where it is among the names; as messages write it, a number is one, too."""
        if self.key is not None and str(self.key) in names:
            return str(self.key)
        listed = ", ".join(names)
        if self.key is None:
            raise UsageError(
                f"{self.name} gives several values: {listed}. Say which grades, such as -T grade={names[0]}."
            )
        raise UsageError(
            f"grade={self.key}: {self.name} gives no such value, only {listed}.{did_you_mean(str(self.key), names)}"
        )

    def _number(self, value: Any) -> float:
        metrics = self._metrics.get(str(self.key)) or self._metrics.get("*") or []
        own = next((found for metric in metrics if (found := _to_float_of(metric))), None)
        if own is not None:
            return own(value)
        if not isinstance(value, str) or value.lower() in _KNOWN_WORDS or _is_number(value):
            return _default(value)
        alone = [number for metric in metrics if (number := _alone(metric, value)) is not None]
        if not alone:
            raise UsageError(
                f"{self.name} gave {value!r}, which is no number, and the task has no metric that makes it one. Name "
                "another of its scorers with -T scorer=NAME."
            )
        return alone[0]


def _by_key(metrics: Any) -> dict[str, list[Any]]:
    """Metrics by the value they are of; `*` is every other."""
    found: dict[str, list[Any]] = {}
    for each in [metrics] if isinstance(metrics, Mapping) else list(metrics or []):
        if isinstance(each, Mapping):
            found |= {str(name): list(some) for name, some in cast(Mapping[str, Any], each).items()}
        else:
            found.setdefault("*", []).append(each)
    return found


def _to_float_of(metric: Any) -> Callable[[Any], float] | None:
    """The conversion that a metric was made with; the default of Inspect's metrics, which all share, is none."""
    if not inspect.isfunction(metric):
        return None
    found = inspect.getclosurevars(metric).nonlocals.get("to_float")
    defaults = inspect.getclosurevars(found).nonlocals if inspect.isfunction(found) else {}
    standard = defaults.get("correct") == "C" and defaults.get("incorrect") == "I"
    return None if found is None or standard else found


def _alone(metric: Any, value: Any) -> float | None:
    """What a task's own metric makes of one sample with that value; `None` where that is no number.

    Inspect's metrics make 0 of every word that they do not know.
    """
    if registry_info(metric).name.startswith("inspect_ai/"):
        return None
    try:
        found = metric([SampleScore(score=Score(value=value), sample_id=0)])
    except Exception:  # another package's code, which may need more than one sample
        return None
    return float(found) if isinstance(found, int | float) and isfinite(found) else None


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
