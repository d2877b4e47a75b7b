r"""Learning by Teaching for lm-eval: tasks, a filter, metrics, and the models `lbt` and `lbt-recorded`.

    lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model hf --model_args pretrained=STUDENT \
        --metadata lbt_data=problems.jsonl lbt_rationale_file=rationales.jsonl
    lbt lm-eval run --model lbt --model_args "teacher=hf:pretrained=BIG,students=hf:pretrained=SMALL,answer=answer" ...

The tasks work under lm-eval's own command; the models need `lbt lm-eval`, because lm-eval makes its model before it
reads any task. Importing this package imports neither lm_eval nor torch. How to use it: docs/lm-eval.md.
"""

from pathlib import Path

TASKS = Path(__file__).parent / "tasks"
"""The folder for `--include_path`."""


def register() -> None:
    """Makes the filter, metrics, aggregations and models known to lm-eval.

    Raises:
        ImportError: lm-eval is not installed.
    """
    # lm-eval fills its list of models only while that list is empty, so its own have to come first.
    import lm_eval.models  # pyright: ignore[reportUnusedImport]  # noqa: F401

    from lbt_tasks.lm_eval_plugin import metrics, model, recorded, weighted_vote

    del metrics, model, recorded, weighted_vote
