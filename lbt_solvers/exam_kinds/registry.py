"""The kinds of exams by name, and those that are sat beside the one that chooses.

exam_kind("likelihood", {"silver": 0})
further_kinds(["likelihood"])
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from lbt_solvers.checks import at_least
from lbt_solvers.errors import usage_errors
from lbt_solvers.exam_bank import ExamMaker
from lbt_solvers.exam_kinds.base import ExamKind, Need
from lbt_solvers.exam_kinds.judge import REASONED, TRUE, Reasoned, TrueOrFalse, by_judges, template_of
from lbt_solvers.exam_kinds.likelihood import by_likelihood
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
    return ExamKind("ptrue", needs, partial(by_judges, form=form, votes=1), control=False)


def judge(rubric: str | None = None, votes: int = 4) -> ExamKind:
    """How often a student that reasons first calls it right.

    Args:
        rubric: A file with the request.
        votes: Verdicts of each student on a rationale.
    """
    at_least(1, votes=votes)
    form = Reasoned(template_of(rubric, REASONED))
    return ExamKind("judge", frozenset({"generate"}), partial(by_judges, form=form, votes=votes), control=False)


EXAM_KINDS: Mapping[str, Callable[..., ExamKind]] = {
    GENERATIVE: generative,
    "likelihood": likelihood,
    "ptrue": ptrue,
    "judge": judge,
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
