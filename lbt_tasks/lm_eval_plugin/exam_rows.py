"""The rows of an exam: every rationale of every problem with every exam question, made by the project's core.

    rows = list(exam_rows(problems, sampled, variants(bank), load_prompt("chat"), MathAnswers()))
    rows[0]["shown"], rows[0]["text"]          # the demonstration, as earlier turns, and the exam question

A row is what the student is asked in one request, and what its answer counts for. Rows of one rationale stand together,
so that a serving engine can reuse their common beginning; the last rows of a problem are the control, asked without a
demonstration. Rationales without an answer are not taught: they can never win.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from lbt_solvers.answers.kinds import Named
from lbt_solvers.exam_bank import ExamMaker, exam_without_models
from lbt_solvers.exam_forms import asked_in
from lbt_solvers.prompts import Demonstration, PromptFormat, Turn
from lbt_solvers.types import Exam, Problem
from lbt_tasks.lm_eval_plugin.options import classes_of, is_right
from lbt_tasks.lm_eval_plugin.rationales import ParsedRationale

ExamRow: TypeAlias = dict[str, Any]

CONTROL = -1
"""`rationale` of a row without a demonstration."""
NO_CLASS = -1
"""`answer_class` of a row without a demonstration."""


def exam_rows(
    problems: Sequence[Problem],
    sampled: Mapping[str, Sequence[ParsedRationale]],
    exam: ExamMaker,
    prompt: PromptFormat,
    kind: Named,
) -> Iterator[ExamRow]:
    """The rows of all problems, in their order.

    Raises:
        NoExamError: the bank has no question for a problem.
    """
    for problem in problems:
        chosen, samples = exam_without_models(exam, problem), sampled[problem.id]
        classes = classes_of([each.answer for each in samples], kind)
        taught = [index for index, number in enumerate(classes) if number is not None]
        common = {
            "problem": problem.id,
            "question": problem.question,
            "split": str(problem.metadata.get("split", "")),
            "rows": (len(taught) + 1) * chosen.sittings,
            "prefill": prompt.prefill,
            "system": prompt.system,
        }
        for index in taught:
            about = _about(problem, samples[index], kind) | {"rationale": index, "answer_class": classes[index]}
            demo = Demonstration(problem.question, samples[index].rationale, samples[index].answer or "")
            yield from ({**common, **about, **asked} for asked in _asked(chosen, prompt, [demo]))
        control = _about(problem, ParsedRationale("", None), kind) | {"rationale": CONTROL, "answer_class": NO_CLASS}
        yield from ({**common, **control, **asked} for asked in _asked(chosen, prompt, []))


def _about(problem: Problem, sampled: ParsedRationale, kind: Named) -> ExamRow:
    """The rationale's own columns. Whether it is right is for the report alone."""
    return {
        "rationale_text": sampled.rationale,
        "answer": sampled.answer or "",
        "completion": sampled.completion,
        "doc_hash": sampled.doc_hash,
        "correct": is_right(sampled.answer, problem, kind),
    }


def _asked(exam: Exam, prompt: PromptFormat, demonstrations: Sequence[Demonstration]) -> Iterator[ExamRow]:
    for _, item, turns in asked_in(exam, prompt, demonstrations):
        *shown, asked = turns
        for repetition in range(exam.repetitions):
            yield {
                "item": item.id,
                "repetition": repetition,
                "shown": earlier_turns(shown),
                "text": asked.text,
                "target": item.answer,
            }


def earlier_turns(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Earlier turns as question and answer, lm-eval's few-shot examples; the system message is its description."""
    sampled = [turn for turn in turns if turn.role != "system"]
    return [
        {"text": user.text, "target": assistant.text}
        for user, assistant in zip(sampled[::2], sampled[1::2], strict=True)
    ]
