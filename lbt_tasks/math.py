"""MATH: the paper's main experiment (section 3.2, table 2), and the same on all of MATH-500.

    inspect eval lbt_tasks/math --model-role teacher=openai/gpt-4o --model-role student=openai/gpt-4o-mini --limit 5
    inspect eval lbt_tasks/math -T problems=500 -T exam=similar -T rationales=16 --model openai/gpt-4o-mini

The data are downloaded once, or read from the folder in `-T data=FOLDER`; see docs/data.md.
"""

from typing import Any

from inspect_ai import Task, task

from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.types import Problem
from lbt_tasks._task import lbt_task
from lbt_tasks.data import load_math500, load_math_rest, load_variants, teaching_problems
from lbt_tasks.data.exam_bank import exam_over

PAPER_RATIONALES = 256


@task
def math(
    data: str | None = None,
    problems: str | int = 181,
    exam: str = "variants",
    items: int | None = None,
    repetitions: int | None = None,
    bank: str | None = None,
    exam_options: dict[str, Any] | None = None,
    rationales: int = PAPER_RATIONALES,
    checksum: bool = True,
    **options: Any,
) -> Task:
    """Teach MATH problems; the defaults are the paper's (section 3.2 and appendix A.1).

    256 rationales at temperature 0.7 and one greedy answer per problem; exams of 3 functional variants x 3 repetitions.

    Args:
        data: Folder with the data files; downloaded without it.
        problems: 181 (those of MATH-500 that have functional variants) or 500 (all of MATH-500).
        exam: `variants`, `similar`, `metadata`, `random` or `fixed`. Exam questions other than variants are from MATH's
            7,500 training problems. `label_free`: the teacher writes them; with `{questions: variants}` in
            `exam_options` they are the functional variants, whose answers nobody looks at.
        items: Questions an exam; by default the paper's (variants 3, similar 2).
        repetitions: Sittings of each question by each student; by default the paper's (variants 3, similar 8).
        bank: JSONL file with exam questions of your own (`id`, `question`, `answer`, `metadata`).
        exam_options: Further options of the exam maker, such as `{where: {subject: "=", level: "<"}}`.
        rationales: Teacher samples per problem.
        checksum: Compare files in `data` with the published ones.
        **options: Options of `lbt_solvers/learn_by_teaching`.
    """
    with usage_errors():
        taught, maker = math_exams(data, problems, exam, items, repetitions, bank, exam_options, checksum)
    return lbt_task(taught, maker, name="math", rationales=rationales, **options)


def math_exams(
    data: str | None = None,
    problems: str | int = 181,
    exam: str = "variants",
    items: int | None = None,
    repetitions: int | None = None,
    bank: str | None = None,
    exam_options: dict[str, Any] | None = None,
    checksum: bool = True,
) -> tuple[list[Problem], ExamMaker]:
    """The taught problems and the exam maker of `math`, whose arguments these are.

    Raises:
        ValueError: an option that cannot be, or data that cannot be had.
    """
    if str(problems) not in ("181", "500"):
        raise ValueError(f"problems is 181 (with functional variants) or 500 (all of MATH-500), found {problems}.")
    questions = (exam_options or {}).get("questions", "") if exam == "label_free" else exam
    if questions == "variants" and str(problems) == "500" and bank is None:
        raise ValueError("Only 181 of the 500 problems have functional variants: problems=181, or exam=similar.")
    taught = load_math500(data, checksum)
    variants = load_variants(data, checksum) if str(problems) == "181" else []
    if str(problems) == "181":
        taught = teaching_problems(taught, variants)

    def own_bank() -> list[Problem]:
        if questions == "variants":
            return variants
        return [problem for problem in load_math_rest(data, checksum) if problem.id.startswith("train/")]

    return taught, exam_over(exam, own_bank, bank, items, repetitions, exam_options)
