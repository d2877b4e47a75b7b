"""The classroom as an Inspect task: small real models that ship with the package, no download, no key, no GPU.

    inspect eval lbt_tasks/classroom
    inspect eval lbt_tasks/classroom --model-role student=hf-batch/classroom/inattentive   # the negative control

The effect is built into this little world and far larger than with real language models: it shows that the method and
this software work, not how much Learning by Teaching gains on your problems. See docs/classroom.md.
"""

from typing import Any

from inspect_ai import Task, task
from inspect_ai.model import GenerateConfig, Model, get_model, model_roles

from lbt_solvers.errors import usage_errors
from lbt_solvers.exams import variants
from lbt_tasks._task import lbt_task
from lbt_tasks.classroom import world
from lbt_tasks.classroom.problem_types import Split, checked_split

TEACHER = "hf-batch/classroom/teacher"
STUDENTS = ("hf-batch/classroom/student_a", "hf-batch/classroom/student_b")

# The longest solution has about 60 tokens; a model that does not stop should not hold up its batch.
SHORT = GenerateConfig(max_tokens=96)


@task
def classroom(
    problems: int = 104,
    rationales: int = 10,
    items: int = 3,
    repetitions: int = 1,
    types: str | list[str] | None = None,
    split: Split = "held_out",
    luck: float | None = None,
    world_seed: int = 0,
    **options: Any,
) -> Task:
    """Teach arithmetic word problems whose tempting wrong methods are common; examine with functional variants.

    Without `--model` the shipped teacher teaches; without `--model-role student=...` two shipped students learn.

    Args:
        problems: How many.
        rationales: Teacher samples per problem.
        items: Exam questions per problem: the same type with other numbers.
        repetitions: Sittings of each item by each student.
        types: Problem types to draw from, or a group of them: `lucky` (a misconception is often right by luck) or
            `unseen` (no student was taught them); all by default.
        split: `held_out` numbers, which no shipped model was trained on, or those of the `train` split: what a teacher
            may learn from.
        luck: Share of the taught problems in which a misconception gives the right answer (exams have as much as it
            comes); the more, the less a right answer says about the method.
        world_seed: Seed of the problems and exams (`seed` is that of the models' sampling).
        **options: Options of `lbt_solvers/learn_by_teaching`.
    """
    names = [types] if isinstance(types, str) else types or []
    with usage_errors():
        taught = world.problems(checked_split(split), problems, world_seed, names, luck)
        bank = [variant for problem in taught for variant in world.variants(problem, items, world_seed)]
        exam = variants(bank, items=items, repetitions=repetitions)
    made = lbt_task(taught, exam, name="classroom", rationales=rationales, **options)
    made.model = shipped_teacher()
    if "student" not in model_roles():
        roles: dict[str, Model | list[Model]] = {"student": [get_model(student, config=SHORT) for student in STUDENTS]}
        made.model_roles = roles
    return made


def shipped_teacher() -> Model | None:
    """The shipped teacher where the user named no model."""
    try:
        given = str(get_model())
    except ValueError:  # outside an evaluation there is no main model yet
        given = "none/none"
    return get_model(TEACHER, config=SHORT) if given == "none/none" else None
