"""Label-free exams in the tasks: the classroom hides its gold answers, wrapped tasks write, programs are refused."""

from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import choice, match
from inspect_ai.solver import generate, multiple_choice

from lbt_solvers.errors import UsageError
from lbt_solvers.exam_bank import exam_without_models
from lbt_solvers.label_free_exam import LabelFree
from lbt_tasks.classroom.arithmetic import world
from lbt_tasks.classroom.arithmetic.task import classroom_exams
from lbt_tasks.code.task import code
from lbt_tasks.data.exam_bank import exam_over
from lbt_tasks.wrap import scorer as wrap_scorer
from lbt_tasks.wrap import task as wrap_module
from tests.synthetic import world as toy
from tests.synthetic.running import record


def test_the_classroom_asks_the_same_questions_without_their_answers() -> None:
    taught = world.problems("held_out", 3, 0)
    labelled = classroom_exams(taught, "variants", 3, 1, 0, {})
    free = classroom_exams(taught, "label_free", 3, 1, 0, {})
    assert isinstance(free, LabelFree) and free.questions and free.minimum == 0.0
    for problem in taught:
        assert exam_without_models(free.questions, problem).items == exam_without_models(labelled, problem).items


@pytest.mark.parametrize(
    ("exam", "options", "message"),
    [("similar", {}, "there are variants, label_free"), ("variants", {"votes": 2}, "exam=label_free")],
)
def test_wrong_exams_of_the_classroom_are_refused(exam: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        classroom_exams(world.problems("held_out", 1, 0), exam, 3, 1, 0, options)


def test_a_teacher_that_writes_needs_no_bank() -> None:
    def own_bank() -> list[Any]:
        raise AssertionError("not to be loaded")

    exam = exam_over("label_free", own_bank, items=2)
    assert isinstance(exam, LabelFree) and (exam.items, exam.drafts, exam.questions) == (2, 4, None)


def wrapped(base: Task, monkeypatch: pytest.MonkeyPatch, **options: Any) -> Task:
    monkeypatch.setattr(wrap_scorer, "load_base", lambda *_: base)
    return wrap_module.wrap("given/task", exam="label_free", **options)


def test_a_wrapped_task_with_a_single_problem(run, monkeypatch: pytest.MonkeyPatch) -> None:
    [problem] = toy.problems(1)
    base = Task(MemoryDataset([Sample(problem.question, target=problem.answer)]), solver=generate(), scorer=match())
    options = {"rationales": 8, "items": 3, "exam_options": {"votes": 8}}
    log = run(wrapped(base, monkeypatch, **options), students=("wise a", "wise b"))
    found = {score.name: score.metrics for score in log.results.scores}
    assert log.status == "success" and found["sum"]["mean"].value == 1.0, log.error
    assert [draft["fate"] for draft in record(log)["drafts"]] == ["item", "copy", "too far", "item", "item"]


def test_answers_that_do_not_vote_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [Sample(f"Which? {at}", choices=["a", "b"], target="A") for at in range(3)]
    base = Task(MemoryDataset(samples), solver=multiple_choice(), scorer=choice())
    with pytest.raises(UsageError, match="end in an answer"):
        wrapped(base, monkeypatch)


def test_programs_are_refused() -> None:
    with pytest.raises(UsageError, match="not for programs"):
        code(exam="label_free", problems=2)
