"""The kinds of exams by name, and those that are sat beside the one that chooses.

exam_kind("likelihood", {"silver": 0})
further_kinds(["likelihood"])
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

from lbt_solvers.checks import at_least
from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exam_kinds.base import ExamKind, Need
from lbt_solvers.exam_kinds.blank import by_blank
from lbt_solvers.exam_kinds.dialogue import Leak, by_dialogue
from lbt_solvers.exam_kinds.handoff import by_handoff
from lbt_solvers.exam_kinds.judge import REASONED, TRUE, Reasoned, TrueOrFalse, by_judges, template_of
from lbt_solvers.exam_kinds.likelihood import by_likelihood
from lbt_solvers.exam_kinds.surprisal import RankSurprisal
from lbt_solvers.exam_kinds.universal import Universal
from lbt_solvers.near_match import check_known, no_such

GENERATIVE = "generative"


def generative() -> ExamKind:
    """A student solves the question, and its answer is graded (paper, section 3.1)."""
    return ExamKind(GENERATIVE, frozenset({"generate", "gold_answer"}), _as_it_is)


def likelihood(silver: int = 4) -> ExamKind:
    """How much likelier the rationale makes the question's solution; see `lbt_solvers.exam_kinds.likelihood`.

    Args:
        silver: Replies of each model to a question without a solution, until one is right.
    """
    at_least(0, silver=silver)
    needs: frozenset[Need] = frozenset({"prompt_logprobs", "gold_answer", "gold_solution"})
    return ExamKind("likelihood", needs, partial(by_likelihood, silver=silver))


def ptrue(rubric: str | None = None) -> ExamKind:
    """How likely a student calls the rationale's answer right, by one token; see `lbt_solvers.exam_kinds.judge`.

    Args:
        rubric: A file with the request.
    """
    form = TrueOrFalse(template_of(rubric, TRUE))
    needs: frozenset[Need] = frozenset({"logprobs"})
    return ExamKind("ptrue", needs, partial(by_judges, form=form, votes=1, repeats=False), control=False)


def judge(rubric: str | None = None, votes: int = 4) -> ExamKind:
    """How often a student that reasons first calls it right.

    Args:
        rubric: A file with the request.
        votes: Verdicts of each student on a rationale.
    """
    at_least(1, votes=votes)
    form = Reasoned(template_of(rubric, REASONED))
    return ExamKind("judge", frozenset({"generate"}), partial(by_judges, form=form, votes=votes), control=False)


def rsr() -> ExamKind:
    """How a rationale's tokens rank for how surprising they are; see `lbt_solvers.exam_kinds.surprisal`."""
    asked = "How does the rationale's wording rank for how surprising it is?"
    of = partial(by_judges, form=RankSurprisal(), votes=1, asked=asked, repeats=False)
    needs: frozenset[Need] = frozenset({"prompt_logprobs", "prompt_ranks"})
    return ExamKind("rsr", needs, of, control=False)


def usc(votes: int = 1) -> ExamKind:
    """Which of all rationales a student finds most consistent with the others; see `lbt_solvers.exam_kinds.universal`.

    Args:
        votes: Replies of each student.
    """
    at_least(1, votes=votes)
    of = partial(by_judges, form=Universal(), votes=votes, asked="Which is most consistent with the others?")
    return ExamKind("usc", frozenset({"generate"}), of, control=False, among=True)


def dialogue(turns: int = 3, solutions: int = 1, leak: Leak = "judge", penalty: float = 1.0) -> ExamKind:
    """A student asks its teacher before it solves the question; see `lbt_solvers.exam_kinds.dialogue`.

    Args:
        turns: Questions that it may ask.
        solutions: How often it then solves the exam question.
        leak: Who says whether the teacher told the answer: a `judge`, or whether the gold `answer` stands in its words.
        penalty: What a sitting loses where the teacher told.
    """
    at_least(1, turns=turns, solutions=solutions)
    if leak not in get_args(Leak):
        raise ValueError(f"leak: {' or '.join(get_args(Leak))} was needed, found {leak!r}.")
    if penalty < 0:
        raise ValueError(f"penalty: at least 0 was needed, found {penalty}.")
    of = partial(by_dialogue, turns=turns, solutions=solutions, leak=leak, penalty=penalty)
    return ExamKind("dialogue", frozenset({"generate", "teacher", "gold_answer"}), of)


def handoff(shares: Sequence[float] = (0.25, 0.5, 0.75), repetitions: int = 1) -> ExamKind:
    """A student finishes the rationale, cut after those shares; see `lbt_solvers.exam_kinds.handoff`.

    Args:
        shares: How much of it the student is given.
        repetitions: How often it finishes each.
    """
    at_least(1, repetitions=repetitions)
    given: list[Any] = list(shares)  # from a command line
    if not given or not all(isinstance(share, int | float) and 0 < share <= 1 for share in given):
        raise ValueError(f"shares: numbers above 0 and up to 1 were needed, found {given}.")
    needs: frozenset[Need] = frozenset({"generate", "continues", "gold_of_taught"})
    return ExamKind("handoff", needs, partial(by_handoff, shares=tuple(shares), repetitions=repetitions))


def blank() -> ExamKind:
    """Which option of a multiple-choice question a rationale makes likeliest; see `lbt_solvers.exam_kinds.blank`."""
    return ExamKind("blank", frozenset({"prompt_logprobs", "gold_answer"}), by_blank)


EXAM_KINDS: Mapping[str, Callable[..., ExamKind]] = {
    GENERATIVE: generative,
    "likelihood": likelihood,
    "ptrue": ptrue,
    "judge": judge,
    "rsr": rsr,
    "usc": usc,
    "dialogue": dialogue,
    "handoff": handoff,
    "blank": blank,
}
"""Each takes its options."""


def exam_kind(given: ExamKind | str, options: Mapping[str, Any] | None = None) -> ExamKind:
    """The kind itself, or the one of that name.

    Raises:
        UsageError: no such kind, or an option that it does not have.
    """
    if isinstance(given, ExamKind):
        return given
    with usage_errors():
        if given not in EXAM_KINDS:
            raise ValueError(no_such("kind of exam", given, EXAM_KINDS))
        known = list(inspect.signature(EXAM_KINDS[given]).parameters)
        check_known(list(options or {}), known, f"exam_kind={given}")
        return EXAM_KINDS[given](**(options or {}))


def further_kinds(given: str | Sequence[ExamKind | str] | None, main: ExamKind) -> list[ExamKind]:
    """The kinds that are sat beside the one that chooses, each once.

    Raises:
        UsageError: no such kind, one that stands twice, or the one that chooses.
    """
    names = [part.strip() for part in given.split(",")] if isinstance(given, str) else list(given or [])
    kinds = [exam_kind(name) for name in names if name]
    seen = {main.name}
    with usage_errors():
        for kind in kinds:
            if kind.name in seen:
                raise ValueError(f"also_examine: {kind.name} is sat once; exam_kind={main.name} chooses.")
            seen.add(kind.name)
    return kinds


def _as_it_is(maker: ExamMaker) -> ExamMaker:
    return maker
