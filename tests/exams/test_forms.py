"""Exam makers of one's own: asynchronous, with the models of the run, and with exams that are no written answers."""

from collections.abc import Sequence
from dataclasses import replace

import anyio
import anyio.lowlevel
import pytest

from lbt_solvers.exam_bank import ExamContext, NoExamError, exam_without_models
from lbt_solvers.exam_forms import Student
from lbt_solvers.exams import label_free, variants
from lbt_solvers.prompts import Demonstration
from lbt_solvers.types import Exam, GradedReply, Problem
from tests.synthetic import world
from tests.synthetic.running import record, toy_task, values

BANK = world.bank(world.problems(2))


class LengthOfDemonstration:
    """A student that is never asked: its score is how long it was taught, which no grader could know."""

    async def sit(
        self, student: Student, shown: Sequence[Demonstration], item: Problem, repetitions: int, key: str
    ) -> list[GradedReply]:
        score = min(1.0, sum(len(each.rationale) for each in shown) / 1000)
        return [GradedReply(None, score, tokens=7)] * repetitions


async def unasked(taught: Problem, context: ExamContext, /) -> Exam:
    await anyio.lowlevel.checkpoint()  # exam makers may wait
    context.notes.append(f"An exam for {taught.id}")
    return replace(await variants(BANK, items=1, repetitions=2)(taught, context), form=LengthOfDemonstration())


def test_a_form_of_ones_own_scores_sittings_without_a_reply(run) -> None:
    log = run(toy_task(2, exam=unasked, budget="full"))
    kept = record(log)
    assert not any(role.startswith("student") and spent["calls"] for role, spent in kept["usage"].items())
    assert any("An exam for" in note for note in kept["notes"])
    assert values(log)["control"] == 0  # nobody was shown anything


def test_exams_that_wait_or_ask_models_are_refused_outside_a_run() -> None:
    with pytest.raises(NoExamError, match="in a run alone"):
        exam_without_models(unasked, world.problems(1)[0])
    with pytest.raises(NoExamError, match="set by models"):
        exam_without_models(label_free(), world.problems(1)[0])
