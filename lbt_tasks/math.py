"""MATH: the paper's main experiment (section 3.2, table 2), and the same on all of MATH-500.

    inspect eval lbt_tasks/math --model-role teacher=openai/gpt-4o --model-role student=openai/gpt-4o-mini --limit 5
    inspect eval lbt_tasks/math -T subset=500 -T exam=similar -T rationales=16 --model openai/gpt-4o-mini

The data are downloaded once, or read from the folder in `-T data_dir=FOLDER`; see docs/data.md.
"""

from typing import Any

from inspect_ai import Task, task

from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.types import Problem
from lbt_solvers.vocabulary import RATIONALES
from lbt_tasks._task import check_options, lbt_task
from lbt_tasks.data import load_math500, load_math_rest, load_variants, teaching_problems
from lbt_tasks.data.exam_bank import exam_over


@task
def math(
    data_dir: str | None = None,
    subset: str | int = 181,
    exam: str = "variants",
    items: int | None = None,
    repetitions: int | None = None,
    bank: str | None = None,
    exam_options: dict[str, Any] | None = None,
    rationales: int = RATIONALES,
    checksum: bool = True,
    **options: Any,
) -> Task:
    """Teach MATH problems; exams are the paper's (section 3.2 and appendix A.1): 3 functional variants x 3 repetitions.

    Teacher and students sample at temperature 0.7. The paper takes 256 rationales a problem.

    Args:
        data_dir: Folder with the data files; downloaded without it.
        subset: 181 (those of MATH-500 that have functional variants) or 500 (all of MATH-500).
        exam: `variants`, `similar`, `metadata`, `random` or `fixed`. Exam questions other than variants are from MATH's
            7,500 training problems. `label_free`: the teacher writes them; with `{questions: variants}` in
            `exam_options` they are the functional variants, whose answers nobody looks at.
        items: Questions an exam; by default the paper's (variants 3, similar 2).
        repetitions: Sittings of each question by each student; by default the paper's (variants 3, similar 8).
        bank: JSONL file with exam questions of your own (`id`, `question`, `answer`, `metadata`).
        exam_options: Further options of the exam maker, such as `{where: {subject: "=", level: "<"}}`.
        rationales: Teacher samples per problem; the paper takes 256.
        checksum: Compare files in `data_dir` with the published ones.
        **options: Options of `lbt_solvers/learn_by_teaching`.
    """
    check_options(math, options)
    with usage_errors():
        taught, maker = math_exams(
            data_dir, subset, exam, checksum, items=items, repetitions=repetitions, bank=bank, exam_options=exam_options
        )
    return lbt_task(taught, maker, name="math", rationales=rationales, **options)


def math_exams(
    data_dir: str | None = None, subset: str | int = 181, exam: str = "variants", checksum: bool = True, **options: Any
) -> tuple[list[Problem], ExamMaker]:
    """The taught problems and the exam maker of `math`, whose arguments these are, and those of `exam_over`.

    Raises:
        ValueError: an option that cannot be, or data that cannot be had.
    """
    if str(subset) not in ("181", "500"):
        raise ValueError(f"subset is 181 (with functional variants) or 500 (all of MATH-500), found {subset}.")
    questions = (options.get("exam_options") or {}).get("questions", "") if exam == "label_free" else exam
    if questions == "variants" and str(subset) == "500" and not options.get("bank"):
        raise ValueError("Only 181 of the 500 problems have functional variants: subset=181, or exam=similar.")
    taught = load_math500(data_dir, checksum)
    variants = load_variants(data_dir, checksum) if str(subset) == "181" else []
    if str(subset) == "181":
        taught = teaching_problems(taught, variants)

    def own_bank() -> list[Problem]:
        if questions == "variants":
            return variants
        return [problem for problem in load_math_rest(data_dir, checksum) if problem.id.startswith("train/")]

    return taught, exam_over(exam, own_bank, **options)
