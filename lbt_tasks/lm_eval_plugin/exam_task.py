r"""The tasks `lbt_teach_*` (a teacher's samples) and `lbt_exam_*` (students after each of them), as lm-eval sees them.

    lm_eval run --include_path "$(lbt lm-eval-path)" --tasks lbt_exam_math --model hf --model_args pretrained=STUDENT \
        --metadata lbt_data=problems.jsonl lbt_rationale_file=rationales.jsonl

The YAML files in `tasks/` name the functions here. A demonstration is a few-shot example that belongs to its row, so
`--apply_chat_template` makes it an earlier turn of the conversation, as the Inspect route does.
"""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from datasets import Dataset
from lm_eval.api.samplers import ContextSampler
from lm_eval.api.task import ConfigurableTask

from lbt_solvers.answers.kinds import Named, name_of, named_kind
from lbt_solvers.bank import load_problems
from lbt_solvers.errors import PrerequisiteError, one_line
from lbt_solvers.prompts import PromptFormat, read_reply
from lbt_solvers.types import Problem
from lbt_tasks.lm_eval_plugin import register
from lbt_tasks.lm_eval_plugin.exam_rows import earlier_turns, exam_rows
from lbt_tasks.lm_eval_plugin.exam_scores import AnsweredRow
from lbt_tasks.lm_eval_plugin.metrics import exam_metrics
from lbt_tasks.lm_eval_plugin.options import ExamOptions, exam_options, kind_for, score_of
from lbt_tasks.lm_eval_plugin.rationales import read_rationales

register()  # lm-eval imports this module for a task's functions, before it looks up filters, metrics and aggregations


class RowTask(ConfigurableTask):
    """A task whose rows bring their own demonstrations, however many few-shot examples the command line asks for."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config={key: value for key, value in config.items() if key != "class"})

    def fewshot_context(self, doc: dict[str, Any], num_fewshot: int, *args: Any, **kwargs: Any) -> Any:
        """The row's demonstrations and its question."""
        return super().fewshot_context(doc, 1, *args, **kwargs)


class ExamTask(RowTask):
    """An exam: every selection rule is one of its metrics."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        metrics = [{"metric": name, "aggregation": name, "higher_is_better": True} for name in exam_metrics()]
        super().__init__({**config, "metric_list": metrics})


class OwnDemonstrations(ContextSampler):
    """The few-shot examples of a row are those that the row itself holds."""

    def sample(
        self, n: int, eval_doc: dict[str, Any] | None = None, df: Sequence[dict[str, Any]] | None = None, **kwargs: Any
    ) -> Sequence[dict[str, Any]]:
        """The row's earlier turns: none for the control."""
        return list((eval_doc or {})["shown"])


def exam_dataset(**metadata: Any) -> dict[str, Dataset]:
    """The rows of the exam under `test`."""
    with _one_line():
        options = exam_options(metadata)
        problems = load_problems(options.data)
        kind = kind_for(options.answers, options.answer_options, [problem.answer for problem in problems])
        sampled = read_rationales(
            options.rationale_file, problems, kind, options.show_thinking, options.prompt_format.read
        )
        rows = list(exam_rows(problems, sampled, options.exam_maker, options.prompt_format, kind))
    return {"test": Dataset.from_list([{**row, **_read_by(kind, options)} for row in rows])}


def teach_dataset(**metadata: Any) -> dict[str, Dataset]:
    """The problems under `test`, as the teacher is asked them."""
    with _one_line():
        options = exam_options(metadata)
        prompt, problems = options.prompt_format, load_problems(options.data)
        kind = kind_for(options.answers, options.answer_options, [problem.answer for problem in problems])
    read = _read_by(kind, options)
    return {"test": Dataset.from_list([{**_teach_row(problem, prompt), **read} for problem in problems])}


def exam_results(doc: dict[str, Any], results: Sequence[str]) -> dict[str, AnsweredRow]:
    """The sitting that a reply is, under every metric: the aggregations put sittings together."""
    score = _score(doc, results[0])
    sitting = AnsweredRow(doc["problem"], doc["rationale"], doc["answer_class"], doc["correct"], score, doc["rows"])
    return dict.fromkeys(exam_metrics(), sitting)


def teach_results(doc: dict[str, Any], results: Sequence[str | Sequence[str]]) -> dict[str, float]:
    """Whether the reply that a filter left is right."""
    first = results[0]
    reply = first if isinstance(first, str) else first[0]
    return {"lbt_equal": _score(doc, reply) or 0.0}


def _score(doc: Mapping[str, Any], reply: str) -> float | None:
    kind = named_kind(doc["answers"], json.loads(doc.get("answer_options", "{}")))
    return score_of(read_reply(reply, doc.get("marker", "last")), doc["target"], kind, doc["text"])


def _teach_row(problem: Problem, prompt: PromptFormat) -> dict[str, Any]:
    *shown, asked = prompt.messages(problem.question)
    return {
        "id": problem.id,
        "question": problem.question,
        "shown": earlier_turns(shown),
        "text": asked.text,
        "prefill": prompt.prefill,
        "system": prompt.system,
        "target": problem.answer,
    }


def _read_by(kind: Named, options: ExamOptions) -> dict[str, str]:
    """How the answers of a row are read: a column of text, so that rows have one schema."""
    rules, marker = json.dumps(dict(options.answer_options)), options.prompt_format.marker
    return {"answers": name_of(kind), "answer_options": rules, "marker": marker}


@contextmanager
def _one_line() -> Generator[None]:
    """A user's mistake ends lm-eval with its line instead of a stack trace."""
    try:
        yield
    except (PrerequisiteError, ValueError) as error:
        raise SystemExit(f"Learning by Teaching: {one_line(error) or error}") from None
