"""Scores that a log lacks, worked out from what the solver left there: no model is called and nothing is written.

    sample = with_score(sample)        # as `inspect score` with lbt_solvers/selection_accuracy would leave it

A task with a scorer of its own under `--solver lbt_solvers/learn_by_teaching`, and a run with `--no-score`, leave a
record without a score of the selection rules. Where the record's answers are of a kind that has a name, and the sample
has a target, that score follows from both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from inspect_ai.model import ChatMessageUser, ModelName
from inspect_ai.scorer import Score, Target
from inspect_ai.solver import TaskState
from pydantic import ValidationError

from lbt_solvers.answers.kinds import AUTO, KINDS
from lbt_solvers.background import run_in_background
from lbt_solvers.scorer import selection_accuracy
from lbt_tasks.code_columns import SCORER as CODE_SCORER
from lbt_tasks.logs import LoggedSample

_RECORD = "TeachingRecord:"
_SCORERS = (selection_accuracy.__name__, CODE_SCORER, "teaching_gain")


def with_score(sample: LoggedSample) -> LoggedSample:
    """The sample with the score of the selection rules; as it is where it has one, or where none follows."""
    stored: Mapping[str, Any] = sample.values.get("store") or {}
    settings: Mapping[str, Any] = stored.get(f"{_RECORD}settings") or {}
    derivable = settings.get("answers", AUTO) in (AUTO, *KINDS) and sample.target.strip() and not sample.error
    if not (stored.get(f"{_RECORD}rationales") and derivable) or any(map(sample.score, _SCORERS)):
        return sample
    try:
        score = run_in_background(partial(_score, sample, dict(stored), settings))
    except ValidationError:  # an older record, of which whoever reads it says so
        return sample
    scores = {**(sample.values.get("scores") or {}), selection_accuracy.__name__: score.model_dump()}
    return replace(sample, values={**sample.values, "scores": scores})


async def _score(sample: LoggedSample, stored: dict[str, Any], settings: Mapping[str, Any]) -> Score:
    given: str | Sequence[str] = sample.values["target"]
    targets = [given] if isinstance(given, str) else list(given)
    state = TaskState(
        model=ModelName("none/none"),
        sample_id=sample.id,
        epoch=sample.epoch,
        input=sample.question,
        messages=[ChatMessageUser(content=sample.question)],
        metadata=dict(sample.metadata),
        store=stored,
    )
    # Several right options of one question are one answer; several targets are each right.
    target = Target([", ".join(targets)] if settings.get("answers") == "labels" else targets)
    found = await selection_accuracy()(state, target)
    assert found is not None
    return found
