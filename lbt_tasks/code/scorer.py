"""The Inspect scorer that shows every way to choose a program side by side, on hidden and on visible tests.

    Task(..., solver=learn_by_teaching(answers=kind), scorer=code_accuracy(kind))
    inspect score logs/my.eval --scorer lbt_tasks/code_accuracy -S data=problems.jsonl --action append

Values per sample, each once as `s_...` (S-score: the fraction of hidden tests that the chosen program passes) and once
as `v_...` (V-score: visible tests, 1 where all pass, or their fraction): `greedy`, `first` sample, `mean` over samples,
`mean_v1` over those that pass all visible tests, every rule (`maj`, `max`, `sum`, `avg`, `max_v1`), and `oracle`, the
best sample. `control` is the exam accuracy of students who saw no demonstration. Where the teacher debugged its
programs, these are of the debugged ones, and `raw_...` of the programs as they were sampled. A value is absent (NaN)
where the run left that part out. Hidden tests are run here and nowhere else; no model is called.
"""

from collections.abc import Mapping, Sequence
from math import fsum, nan
from typing import Any

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from lbt_solvers.conversation import problem_of
from lbt_solvers.errors import LbtError, UsageError
from lbt_solvers.record import GRADING, SampledRationale, TeachingRecord
from lbt_solvers.rules import known_rules
from lbt_solvers.scorer import leading
from lbt_solvers.selection import Choice, passes_visible, select
from lbt_solvers.stopwatch import RUN, Stopwatch
from lbt_solvers.types import Problem, Scored
from lbt_tasks.code.answers import CodeAnswers, VScore
from lbt_tasks.code.data import load_code_problems
from lbt_tasks.code.explanation import explain_code
from lbt_tasks.code.problems import VISIBLE_BY_DEFAULT
from lbt_tasks.code_columns import columns
from lbt_tasks.shared_sandbox import AUTO


@scorer(metrics={"*": [mean(), stderr()]})
def code_accuracy(
    answers: CodeAnswers | None = None,
    data: str | None = None,
    format: str | None = None,
    visible: int = VISIBLE_BY_DEFAULT,
    v_score: VScore = "binary",
    engine: str = AUTO,
    workers: int | None = None,
    unsafe: bool = False,
) -> Scorer:
    """Every choice's program, graded by hidden tests.

    Args:
        answers: The problems and how they are graded, where a task has them.
        data: Else the file of the taught problems.
        format: Its format; None to tell by the columns.
        visible: Tests that are shown where the data do not say which.
        v_score: `binary` or `fraction`.
        engine: `auto`, `docker`, `process`, or a grading service's address.
        workers: Programs at a time; by default the CPUs.
        unsafe: Let the process engine run although the kernel lacks a layer.
    """
    if answers is None and data is None:
        raise UsageError("The scorer of programs needs their tests: -S data=FILE, the file of the taught problems.")
    kind = answers or CodeAnswers(
        load_code_problems(str(data), format, visible), v_score=v_score, engine=engine, workers=workers, unsafe=unsafe
    )

    async def score(state: TaskState, target: Target) -> Score:
        record = state.store_as(TeachingRecord)
        if not record.rationales:
            raise LbtError(str(state.sample_id), "the log has no Learning-by-Teaching record; run the solver first.")
        problem, scored, watch = problem_of(state), record.scored(), Stopwatch(parent=RUN)
        choices = choices_of(scored, record)
        with watch.grading():
            s_scores = await _s_scores(record.rationales, problem, kind)
            greedy, raw = await _greedy(record, problem, kind), await _raw(record, problem, kind)
        control = record.control_accuracy()
        value = {
            **_values(scored, choices, s_scores, kind.v_score),
            **greedy,
            "control": nan if control is None else control,
        }
        chosen = choices.get(record.settings.get("rule", ""), choices.get("max"))
        return Score(
            value=leading(
                {**{column: value[column] for column in columns()}, **raw},
                (f"s_{record.settings.get('rule', '')}", "s_mean", "s_maj"),
            ),
            answer=scored[chosen.rationale].rationale.answer or "" if chosen else "",
            explanation=explain_code(record, scored, choices, s_scores, chosen),
            metadata={
                "s_scores": s_scores,
                "v_scores": [candidate.visible for candidate in scored],
                "lbt_scores": [candidate.score for candidate in scored],
                "chosen": {rule: choice.rationale if choice else None for rule, choice in choices.items()},
                "fell_back": [rule for rule, choice in choices.items() if choice and choice.fell_back],
                GRADING: {**kind.counts, "waited": watch.waited},
            },
        )

    return score


def choices_of(scored: Sequence[Scored], record: TeachingRecord) -> dict[str, Choice | None]:
    """What each rule chooses that the exams decide; hidden tests have no part in it."""
    return {rule: select(scored, rule) for rule in known_rules() if record.chooses(rule)}


async def _s_scores(rationales: Sequence[SampledRationale], problem: Problem, kind: CodeAnswers) -> list[float]:
    programs = [rationale.answer for rationale in rationales if rationale.answer is not None]
    grades = iter(await kind.hidden_scores(problem, programs))
    return [0.0 if rationale.answer is None else next(grades).score for rationale in rationales]


def _values(
    scored: Sequence[Scored], choices: Mapping[str, Choice | None], s_scores: Sequence[float], v_score: VScore
) -> dict[str, float]:
    v_scores = [_v_score(candidate.visible or 0.0, v_score) for candidate in scored]
    passing = [index for index, candidate in enumerate(scored) if passes_visible(candidate)]
    values: dict[str, float] = {}
    for side, scores in (("s", s_scores), ("v", v_scores)):
        chosen = {rule: scores[choice.rationale] if choice else 0.0 for rule, choice in choices.items()}
        values |= {
            f"{side}_first": scores[0],
            f"{side}_mean": fsum(scores) / len(scores),
            f"{side}_mean_v1": fsum(scores[i] for i in passing) / len(passing) if passing else nan,
            **{f"{side}_{rule}": chosen.get(rule, nan) for rule in known_rules()},
            f"{side}_oracle": max(scores),
        }
    return values


async def _greedy(record: TeachingRecord, problem: Problem, kind: CodeAnswers) -> dict[str, float]:
    if record.greedy is None:
        return {"s_greedy": nan, "v_greedy": nan}
    [s_score] = await _s_scores([record.greedy], problem, kind)
    [check] = await kind.check(problem, [record.greedy.answer])
    return {"s_greedy": s_score, "v_greedy": _v_score(check.passed if check else 0.0, kind.v_score)}


async def _raw(record: TeachingRecord, problem: Problem, kind: CodeAnswers) -> dict[str, Any]:
    """The programs as they were sampled; without rules where students were taught the debugged ones."""
    if not record.debug:
        return {}
    scored = record.scored_undebugged()
    s_scores = await _s_scores(record.undebugged, problem, kind)
    values = _values(scored, choices_of(scored, record), s_scores, kind.v_score)
    # Students were taught the debugged programs, unless that came after the exams.
    examined = {name for name, rule in known_rules().items() if record.debug == "after" or rule.ignores_scores}
    examined |= {"first", "mean", "mean_v1", "oracle"}
    return {f"raw_{name}": value if name[2:] in examined else nan for name, value in values.items()}


def _v_score(passed: float, v_score: VScore) -> float:
    return passed if v_score == "fraction" else float(passed == 1)
