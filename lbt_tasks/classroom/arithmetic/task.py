"""The classroom as an Inspect task: small real models that ship with the package, no download, no key, no GPU.

    inspect eval lbt_tasks/classroom
    inspect eval lbt_tasks/classroom --model-role student=hf-batch/classroom/inattentive   # the negative control
    inspect eval lbt_tasks/classroom -T exam=label_free                                    # exams without gold answers

The effect is built into this little world and far larger than with real language models: it shows that the method and
this software work, not how much Learning by Teaching gains on your problems. See docs/classroom.md.
"""

from collections.abc import Mapping
from typing import Any, Literal

from inspect_ai import Task, task
from inspect_ai.model import GenerateConfig

from lbt_solvers.bank import sized
from lbt_solvers.checks import one_of
from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exams import label_free, variants
from lbt_solvers.types import Problem
from lbt_solvers.vocabulary import RATIONALES
from lbt_tasks._task import ShippedModels, check_options, lbt_task
from lbt_tasks.classroom.arithmetic import world
from lbt_tasks.classroom.arithmetic.problem_types import Split, checked_split
from lbt_tasks.classroom.models import CLASSROOM_PROMPT

SHIPPED = ShippedModels(
    "hf-batch/classroom/teacher",
    ("hf-batch/classroom/student_a", "hf-batch/classroom/student_b"),
    GenerateConfig(max_tokens=96),  # the longest solution has about 60 tokens
)


@task
def classroom(
    problems: int = 104,
    rationales: int = RATIONALES,
    items: int = 3,
    repetitions: int = 1,
    exam: Literal["variants", "label_free"] = "variants",
    exam_options: dict[str, Any] | None = None,
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
        exam: `variants` with their true answers, or `label_free`: the same kind of variants (the shipped teacher cannot
            write), whose answers are what most models say.
        exam_options: Of `label_free`: `drafts`, `votes`, `agreement`.
        types: Problem types to draw from, or a group of them: `lucky` (a misconception is often right by luck) or
            `unseen` (no student was taught them); all by default.
        split: `held_out` numbers, which no shipped model was trained on, or those of the `train` split: what a teacher
            may learn from.
        luck: Share of the taught problems in which a misconception gives the right answer (exams have as much as it
            comes); the more, the less a right answer says about the method.
        world_seed: Seed of the problems and exams (`seed` is that of the models' sampling).
        **options: Options of `lbt_solvers/learn_by_teaching`. The default `prompt` is the one that the shipped models
            were trained on; for other models, name a preset.
    """
    check_options(classroom, options)
    names = [types] if isinstance(types, str) else types or []
    with usage_errors():
        taught = world.problems(checked_split(split), problems, world_seed, names, luck)
        exams = classroom_exams(taught, exam, items, repetitions, world_seed, exam_options or {})
    options = {"prompt": CLASSROOM_PROMPT, **options}
    return SHIPPED.play(lbt_task(taught, exams, name="classroom", rationales=rationales, **options))


def classroom_exams(
    taught: list[Problem], exam: str, items: int, repetitions: int, seed: int, options: Mapping[str, Any]
) -> ExamMaker:
    """Functional variants, with their true answers or without.

    Label-free exams have the questions of the others and as many: what they lose, they lose by their labels.
    """
    one_of("exam in the classroom", exam, ("variants", "label_free"))
    sized(options, items, repetitions)
    if exam == "variants" and options:
        raise ValueError(f"exam_options are those of exam=label_free, found {', '.join(options)}.")
    given: dict[str, Any] = {"drafts": items, "minimum": 0.0, "agreement": 0.0, "votes": 8, **options}
    count = max(items, int(given["drafts"]))
    bank = [variant for problem in taught for variant in world.variants(problem, count, seed)]
    if exam == "variants":
        return variants(bank, items=items, repetitions=repetitions)
    return label_free(bank, items=items, repetitions=repetitions, questions="variants", **given)
