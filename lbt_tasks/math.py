"""MATH: the problems and exams of the paper's main experiment (section 3.2, table 2), and the same on all of MATH-500.

    inspect eval lbt_tasks/math --model-role teacher=openai/gpt-4o --model-role student=openai/gpt-4o-mini --limit 5
    inspect eval lbt_tasks/math -T subset=500 -T exam=similar -T rationales=16 --model openai/gpt-4o-mini
    inspect eval lbt_tasks/math -T split=train -T rationales=32 -T budget=full --model openai/gpt-4o-mini
    inspect eval --run-config "$(lbt configs paper_table2/gpt4o_teaches_gpt4o_mini)" --limit 5

The third runs the problems from which method M2 learns, the fourth a row of table 2 with the paper's prompt and its 256
rationales; docs/paper.md says in what the defaults differ from the paper. The data are downloaded once, or read
from the folder in `-T data_dir=FOLDER`; see docs/data.md.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from inspect_ai import Task, task

from lbt_solvers.checks import one_of
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
    split: str = "test",
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

    Teacher and students sample at the paper's temperature of 0.7. Not the paper's are the plain chat prompt without
    demonstrations (the paper's is `prompt=paper_math`), the 16 rationales, and exams that stop once every winner is
    proved; the run-configs `paper_table2/...` have the paper's settings.

    Args:
        data_dir: Folder with the data files; downloaded without it.
        subset: 181 (those of MATH-500 that have functional variants) or 500 (all of MATH-500).
        split: `test`, the problems to measure with, or `train`: the 1,564 other problems of MATH's test set that have
            functional variants, from which the paper's method M2 learns.
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
        sizes = {"items": items, "repetitions": repetitions}
        taught, maker = math_exams(
            data_dir, subset, exam, checksum, split, bank=bank, exam_options=exam_options, **sizes
        )
    return lbt_task(taught, maker, name="math", rationales=rationales, **options)


def math_exams(
    data_dir: str | None = None,
    subset: str | int = 181,
    exam: str = "variants",
    checksum: bool = True,
    split: str = "test",
    **options: Any,
) -> tuple[list[Problem], ExamMaker]:
    """The taught problems and the exam maker of `math`, whose arguments these are, and those of `exam_over`.

    Raises:
        ValueError: an option that cannot be, or data that cannot be had.
    """
    _check_part(str(subset), split)
    questions = (options.get("exam_options") or {}).get("questions", "") if exam == "label_free" else exam
    if questions == "variants" and str(subset) == "500" and not options.get("bank"):
        raise ValueError("Only 181 of the 500 problems have functional variants: subset=181, or exam=similar.")
    learns = split == "train"
    whole = str(subset) == "500"
    variants = [] if whole else load_variants(data_dir, checksum, from_archives=learns)
    rest = partial(load_math_rest, data_dir, checksum)
    problems = rest() if learns else load_math500(data_dir, checksum)
    taught = problems if whole else teaching_problems(problems, variants)
    taught = [replace(problem, metadata={**problem.metadata, "split": split}) for problem in taught]

    def own_bank() -> list[Problem]:
        return variants if questions == "variants" else [each for each in rest() if each.id.startswith("train/")]

    return taught, exam_over(exam, own_bank, **options)


def _check_part(subset: str, split: str) -> None:
    one_of("split", split, ("test", "train"))
    if subset not in ("181", "500"):
        raise ValueError(f"subset is 181 (with functional variants) or 500 (all of MATH-500), found {subset}.")
    if split == "train" and subset == "500":
        raise ValueError("subset=500 is MATH-500, which is there to measure with: leave it out with split=train.")
