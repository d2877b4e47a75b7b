"""The Inspect scorer that shows every selection rule side by side, from the stored record alone.

    inspect score logs/my.eval --scorer lbt_solvers/selection_accuracy --action append

Values per sample: `greedy`, every rule (`maj`, `max`, `sum`, `avg`) and `oracle` say how right that choice is, in
[0, 1]; `control` is the exam accuracy in [0, 1] of students who saw no demonstration, against which an LbT score is
read. A value is absent (NaN) where the run left that part out, or whoever grades gave no grade. With `label_controls`
there are `few_shot`, the vote of the teacher that was shown the exam's gold answers, and `solved_question`, the exam
accuracy in [0, 1] of students who were shown another question with its gold answer. No model is called.
"""

import json
from collections.abc import Mapping, Sequence
from math import isnan, nan
from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, mean, stderr
from inspect_ai.solver import TaskState
from inspect_ai.util import registry_create

from lbt_solvers._naming import scorer
from lbt_solvers.answers import UNDECIDED, AnswerKind
from lbt_solvers.answers.kinds import AUTO, KINDS, answer_kind
from lbt_solvers.conversation import gold_problem
from lbt_solvers.errors import LbtError, UsageError, usage_errors
from lbt_solvers.explanation import explain
from lbt_solvers.record import TeachingRecord
from lbt_solvers.rules import answer_rules
from lbt_solvers.selection import Choice, choose, select
from lbt_solvers.types import Problem, Scored, golds_of

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
    own = _OwnScorers()

    async def score(state: TaskState, target: Target) -> Score | None:
        record = state.store_as(TeachingRecord)
        if not record.rationales:
            raise LbtError(str(state.sample_id), "the log has no Learning-by-Teaching record; run the solver first.")
        problem = gold_problem(state, target)
        recorded = record.settings.get("answers")
        kind = given
        if answers in (None, AUTO) and not answer_options:
            if recorded not in (None, *KINDS):
                return await own.of(state, record)(state, target)
            named = recorded if recorded in KINDS else AUTO
            kind = answer_kind(named, record.settings.get("answer_options"), golds_of(problem))
        scored = record.scored()
        choices = {rule: select(scored, rule) for rule in answer_rules() if record.chooses(rule)}
        chosen = choices.get(record.settings.get("rule", ""), choices.get("sum"))
        correct, greedy, undecided = await _grade(record, problem, kind)
        return Score(
            value=leading(
                _values(record, choices, correct, greedy) | await _controls(record, problem, kind),
                (record.settings.get("rule", ""), "maj"),
            ),
            answer=_answer(chosen, scored),
            explanation=explain(record, scored, choices, correct, " or ".join(golds_of(problem))),
            metadata={
                "correct": correct,
                "lbt_scores": [candidate.score for candidate in scored],
                "chosen": {rule: choice.rationale if choice else None for rule, choice in choices.items()},
                "undecided": undecided,
            },
        )

    return score


def leading(value: Mapping[str, float], first: Sequence[str]) -> dict[str, Any]:
    """The same value with these keys first: of many, Inspect's viewer shows the first three above a log."""
    return {key: value[key] for key in dict.fromkeys((*first, *value)) if key in value}


class _OwnScorers:
    """Scorers of records whose answers no named kind can compare, by what the record says of them."""

    def __init__(self) -> None:
        self._made: dict[str, Scorer] = {}

    def of(self, state: TaskState, record: TeachingRecord) -> Scorer:
        """The scorer that graded the record, made again.

        Raises:
            UsageError: the record does not say which.
        """
        graded_by: Any = record.settings.get("graded_by")
        if not graded_by:
            raise UsageError(
                f"Sample {state.sample_id}: its answers are {record.settings.get('answers')}, which "
                f"{selection_accuracy.__name__} cannot compare. Name the scorer of the task that made the log, such as "
                "lbt_tasks/code_accuracy."
            )
        key = json.dumps(graded_by, sort_keys=True)
        if key not in self._made:
            self._made[key] = registry_create("scorer", graded_by["scorer"], **graded_by["args"])
        return self._made[key]


async def _grade(record: TeachingRecord, problem: Problem, kind: AnswerKind) -> tuple[list[float], float | None, int]:
    """Per rationale how right its answer is; the same for greedy; how many comparisons stayed undecided."""
    given = [rationale.answer for rationale in record.rationales]
    if record.greedy:
        given.append(record.greedy.answer)
    graded = await kind.grade(problem, [answer for answer in given if answer is not None])
    grades = iter(graded)
    correct = [next(grades).score if answer is not None else 0.0 for answer in given]
    greedy = correct.pop() if record.greedy else None
    return correct, greedy, sum(grade.how == UNDECIDED for grade in graded)


async def _controls(record: TeachingRecord, problem: Problem, kind: AnswerKind) -> dict[str, float]:
    """What the label controls came to; nothing where they were not asked for."""
    controls = record.controls
    if not controls.few_shot:
        return {}
    vote = choose(controls.few_shot_classes, [0.0] * len(controls.few_shot), "maj")
    chosen = controls.few_shot[vote.rationale].answer if vote else None
    right = 0.0 if chosen is None else (await kind.grade(problem, [chosen]))[0].score
    solved = controls.solved_question
    return {"few_shot": right, "solved_question": nan if solved is None else solved}


def _values(
    record: TeachingRecord, choices: Mapping[str, Choice | None], correct: Sequence[float], greedy: float | None
) -> dict[str, Any]:
    control = record.control_accuracy()
    return {
        "greedy": nan if greedy is None else greedy,
        **dict.fromkeys(answer_rules(), nan),  # those that a budget leaves open
        **{rule: 0.0 if choice is None else correct[choice.rationale] for rule, choice in choices.items()},
        "oracle": max((grade for grade in correct if not isnan(grade)), default=nan),
        "control": nan if control is None else control,
    }


def _answer(choice: Choice | None, scored: Sequence[Scored]) -> str:
    return scored[choice.rationale].rationale.answer or "" if choice else ""
