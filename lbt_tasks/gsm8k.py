"""GSM8K: teach test problems, with exams of similar training problems.

    inspect eval lbt_tasks/gsm8k --limit 20 --model openai/gpt-4o-mini
    inspect eval lbt_tasks/gsm8k -T exam=metadata -T 'exam_options={where: {steps: "="}}' --limit 20
    inspect eval lbt_tasks/gsm8k -T split=train -T budget=full --limit 500 --model openai/gpt-4o-mini  # to learn from

Not an experiment of the paper; exams of similar questions are its figure 4 (right). The data are downloaded once, or
read from the folder in `-T data_dir=FOLDER`.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from inspect_ai import Task, task

from lbt_solvers.checks import one_of
from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.types import Problem
from lbt_tasks._task import check_options, lbt_task
from lbt_tasks.data import load_gsm8k
from lbt_tasks.data.exam_bank import exam_over


@task
def gsm8k(
    data_dir: str | None = None,
    exam: str = "similar",
    split: str = "test",
    items: int | None = None,
    repetitions: int | None = None,
    bank: str | None = None,
    exam_options: dict[str, Any] | None = None,
    checksum: bool = True,
    **options: Any,
) -> Task:
    """Teach GSM8K's 1,319 test problems, or its 7,473 training problems.

    Args:
        data_dir: Folder with `train.jsonl` and `test.jsonl`; downloaded without it.
        exam: `similar`, `metadata` (each problem has `steps`), `random` or `fixed`, over the 7,473 training problems;
            or `label_free`, where the teacher writes the questions.
        split: `test`, the problems to measure with, or `train`, those that preference pairs may be made of. A taught
            problem is never in its own exam.
        items: Questions an exam; by default those of the exam maker (similar: 2).
        repetitions: Sittings of each question by each student; by default those of the exam maker (similar: 8).
        bank: JSONL file with exam questions of your own (`id`, `question`, `answer`, `metadata`).
        exam_options: Further options of the exam maker, such as `{minimum: 0.3}`.
        checksum: Compare files in `data_dir` with the published ones.
        **options: Options of `lbt_solvers/learn_by_teaching`, such as `rationales`.
    """
    check_options(gsm8k, options)
    with usage_errors():
        taught, maker = gsm8k_exams(
            data_dir, exam, checksum, split, items=items, repetitions=repetitions, bank=bank, exam_options=exam_options
        )
    return lbt_task(taught, maker, name="gsm8k", **options)


def gsm8k_exams(
    data_dir: str | None = None, exam: str = "similar", checksum: bool = True, split: str = "test", **options: Any
) -> tuple[list[Problem], ExamMaker]:
    """The taught problems and the exam maker of `gsm8k`, whose arguments these are, and those of `exam_over`.

    Raises:
        ValueError: an option that cannot be, or data that cannot be had.
    """
    one_of("split", split, ("test", "train"))
    if exam == "variants" and not options.get("bank"):
        raise ValueError("GSM8K has no functional variants: exam=similar, or bank=FILE.jsonl with variants.")
    own_bank = partial(load_gsm8k, "train", data_dir, checksum)
    taught = load_gsm8k("train" if split == "train" else "test", data_dir, checksum)
    return [replace(each, metadata={**each.metadata, "split": split}) for each in taught], exam_over(
        exam, own_bank, **options
    )
