"""The Inspect scorer that shows every selection rule side by side, from the stored record alone.

    inspect score logs/my.eval --scorer lbt_solvers/selection_accuracy --action append

Values per sample: `greedy`, every rule (`maj`, `max`, `sum`, `avg`) and `oracle` are 1 where that choice is right, else
0; `control` is the exam accuracy in [0, 1] of students who saw no demonstration, against which an LbT score is read. A
value is absent (NaN) where the run left that part out. With `label_controls` there are `few_shot`, the vote of the
teacher that was shown the exam's gold answers, and `solved_question`, the exam accuracy in [0, 1] of students who were
shown another question with its gold answer. No model is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, mean, stderr
from inspect_ai.solver import TaskState

from lbt_solvers._naming import scorer
from lbt_solvers.answers import UNDECIDED, AnswerKind
from lbt_solvers.answers.kinds import AUTO, KINDS, answer_kind
from lbt_solvers.errors import LbtError, usage_errors
from lbt_solvers.explanation import explain
from lbt_solvers.options import problem_of
from lbt_solvers.record import TeachingRecord
from lbt_solvers.rules import answer_rules
from lbt_solvers.selection import Choice, choose, select
from lbt_solvers.types import Problem, Scored

LABEL_CONTROLS = ("few_shot", "solved_question")
"""Keys that a score has beside `columns` where the run had these controls."""


def columns() -> tuple[str, ...]:
    """The keys of the score's value, in the order in which reports show them."""
    return ("greedy", *answer_rules(), "oracle", "control")


@scorer(metrics={"*": [mean(), stderr()]})
def selection_accuracy(answers: AnswerKind | str | None = None, answer_options: dict[str, Any] | None = None) -> Scorer:
    """Every rule's choice, graded against the target.

    Args:
        answers: How answers are compared, as in the solver; by default as the log says that they were.
        answer_options: Rules of that kind.

    Raises:
        UsageError: no kind of that name, or options that it does not have.
    """
    with usage_errors():
        given = answer_kind(answers, answer_options)

    async def score(state: TaskState, target: Target) -> Score:
        record = state.store_as(TeachingRecord)
        if not record.rationales:
            raise LbtError(str(state.sample_id), "the log has no Learning-by-Teaching record; run the solver first.")
        recorded = record.settings.get("answers")
        kind = given
        if answers in (None, AUTO) and not answer_options:
            named = recorded if recorded in KINDS else AUTO
            kind = answer_kind(named, record.settings.get("answer_options"), [target.text])
        scored = record.scored()
        choices = {rule: select(scored, rule) for rule in answer_rules() if record.chooses(rule)}
        chosen = choices.get(record.settings.get("rule", ""), choices.get("sum"))
        problem = replace(problem_of(state), answer=target.text)
        correct, greedy, undecided = await _grade(record, problem, kind)
        return Score(
            value=_values(record, choices, correct, greedy) | await _controls(record, problem, kind),
            answer=_answer(chosen, scored),
            explanation=explain(record, scored, choices, correct, target.text),
            metadata={
                "correct": correct,
                "lbt_scores": [candidate.score for candidate in scored],
                "chosen": {rule: choice.rationale if choice else None for rule, choice in choices.items()},
                "undecided": undecided,
            },
        )

    return score


async def _grade(record: TeachingRecord, problem: Problem, kind: AnswerKind) -> tuple[list[bool], bool | None, int]:
    """Per rationale whether its answer is right; the same for greedy; how many comparisons stayed undecided."""
    given = [rationale.answer for rationale in record.rationales]
    if record.greedy:
        given.append(record.greedy.answer)
    graded = await kind.grade(problem, [answer for answer in given if answer is not None])
    grades = iter(graded)
    correct = [next(grades).score == 1 if answer is not None else False for answer in given]
    greedy = correct.pop() if record.greedy else None
    return correct, greedy, sum(grade.how == UNDECIDED for grade in graded)


async def _controls(record: TeachingRecord, problem: Problem, kind: AnswerKind) -> dict[str, float]:
    """What the label controls came to; nothing where they were not asked for."""
    controls = record.controls
    if not controls.few_shot:
        return {}
    vote = choose(controls.few_shot_classes, [0.0] * len(controls.few_shot), "maj")
    chosen = controls.few_shot[vote.rationale].answer if vote else None
    right = chosen is not None and (await kind.grade(problem, [chosen]))[0].score == 1
    solved = controls.solved_question
    return {"few_shot": float(right), "solved_question": nan if solved is None else solved}


def _values(
    record: TeachingRecord, choices: Mapping[str, Choice | None], correct: Sequence[bool], greedy: bool | None
) -> dict[str, Any]:
    control = record.control_accuracy()
    return {
        "greedy": nan if greedy is None else float(greedy),
        **dict.fromkeys(answer_rules(), nan),  # those that a budget leaves open
        **{rule: float(choice is not None and correct[choice.rationale]) for rule, choice in choices.items()},
        "oracle": float(any(correct)),
        "control": nan if control is None else control,
    }


def _answer(choice: Choice | None, scored: Sequence[Scored]) -> str:
    return scored[choice.rationale].rationale.answer or "" if choice else ""
