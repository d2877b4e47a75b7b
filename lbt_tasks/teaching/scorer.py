"""The score of a teacher on one problem: exam accuracy after its explanations, between none and a perfect one.

Values in [0, 1]: `taught` (mean over rationales and students), `control` (no demonstration), `gold` (the worked
solution), and `gain` = taught - control in [-1, 1]. `gold` is NaN where the problem has no worked solution. The
metadata holds the same for every student. No model is called.
"""

from math import nan
from typing import Any, NamedTuple

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from lbt_solvers.errors import LbtError
from lbt_solvers.record import TeachingRecord
from lbt_solvers.scoring import accuracies
from lbt_tasks.teaching.gold import GoldExam

COLUMNS = ("gain", "taught", "control", "gold")


class ExamAccuracies(NamedTuple):
    """How one student did on one problem's exam; accuracies in [0, 1], NaN where it was not sat."""

    taught: float
    control: float
    gold: float


@scorer(metrics={column: [mean(), stderr()] for column in COLUMNS})
def teaching_gain() -> Scorer:
    """What the teacher's explanations of the problem were worth to the students."""

    async def score(state: TaskState, target: Target) -> Score:
        record, gold = state.store_as(TeachingRecord), state.store_as(GoldExam)
        if not record.plans:
            raise LbtError(str(state.sample_id), "no student was taught: the teacher gave no rationale with an answer.")
        results = accuracies_of(record, gold)
        whole = ExamAccuracies(*(_mean(list(values)) for values in zip(*results.values(), strict=True)))
        return Score(
            value={"gain": whole.taught - whole.control, **whole._asdict()},
            answer=f"{whole.taught:.2f} taught, {whole.control:.2f} control",
            metadata={
                "teacher": record.settings.get("teacher", ""),
                "subject": str(state.metadata.get("subject") or state.metadata.get("family") or ""),
                "students": {name: accuracies._asdict() for name, accuracies in results.items()},
            },
        )

    return score


def accuracies_of(record: TeachingRecord, gold: GoldExam) -> dict[str, ExamAccuracies]:
    """By student."""
    taught, control = record.taught_accuracies(), record.control_accuracies()
    solved = accuracies(record.results(gold.sittings))
    return {
        name: ExamAccuracies(taught.get(name, nan), control.get(name, nan), solved.get(name, nan))
        for name in record.students
    }


def _mean(values: list[Any]) -> float:
    known = [float(value) for value in values if value == value]
    return sum(known) / len(known) if known else nan
