"""What all exam makers share: no copies, a stable order, rules on metadata, and reasons for what is missing.

    >>> from lbt_solvers.types import Problem
    >>> taught = Problem("p1", "Compute 2+3.", "5")
    >>> bank = [Problem("p2", "compute  2+3.", "5"), Problem("p3", "Compute 4+4.", "8")]
    >>> exam_size(items=2, repetitions=1).exam(taught, bank, "questions of the bank", searched=2).note
    '1 of 2 questions of the bank; copies left out: p2 (of p1)'

The exam makers themselves are in `lbt_solvers.exams`.
"""

import hashlib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, Protocol

from lbt_solvers.answers import AnswerKind, TextAnswers
from lbt_solvers.exam_forms import Student
from lbt_solvers.near_match import did_you_mean
from lbt_solvers.turns import Turn
from lbt_solvers.types import Exam, Problem

Pick = Literal["first", "random"]


class NoExamError(ValueError):
    """The bank has no exam question for a taught problem."""


class ExamContext(Protocol):
    """What an exam maker may use besides its bank: the models of the run."""

    answers: AnswerKind
    """How answers are extracted and compared."""
    notes: list[str]
    """What a reader of the numbers should know about the exam; the maker adds to it."""

    def writer(self, role: str) -> Student:
        """The teacher, asked for something other than a solution; `role` is what its calls are counted under.

        Raises:
            NoExamError: there are no models.
        """
        ...

    def solvers(self, role: str) -> Sequence[Student]:
        """The teacher and every student that is another model, counted under `role: NAME`.

        Raises:
            NoExamError: there are no models.
        """
        ...


class ExamMaker(Protocol):
    """Chooses the exam for one taught problem."""

    async def __call__(self, taught: Problem, context: ExamContext, /) -> Exam:
        """The exam for that problem.

        Raises:
            NoExamError: there is no question for it.
        """
        ...


def without_models(choose: Callable[[Problem], Exam]) -> ExamMaker:
    """An exam maker of a function that needs the taught problem alone."""

    async def make(taught: Problem, context: ExamContext, /) -> Exam:
        return choose(taught)

    return make


class _NoModels:
    """The context outside a run."""

    def __init__(self, answers: AnswerKind | None = None) -> None:
        self.answers: AnswerKind = answers or TextAnswers()
        self.notes: list[str] = []

    def writer(self, role: str) -> Student:
        """Refused."""
        raise NoExamError(
            "This exam is set by models, in a run of lbt_solvers/learn_by_teaching alone; take another exam maker here."
        )

    def solvers(self, role: str) -> Sequence[Student]:
        """Refused."""
        return [self.writer(role)]


def exam_without_models(maker: ExamMaker, taught: Problem, answers: AnswerKind | None = None) -> Exam:
    """The exam of a maker that asks no model, for whoever has none: checks of data, lm-eval, rewards.

    Args:
        maker: The maker.
        taught: The taught problem.
        answers: How a form of its own reads and grades answers; as text by default.

    Raises:
        NoExamError: there is no question for the problem, or models set this exam.
    """
    made = maker(taught, _NoModels(answers))
    try:
        made.send(None)
    except StopIteration as done:
        return done.value
    except RuntimeError as error:  # it looked for the event loop
        raise NoExamError(f"This exam is set in a run alone ({error}); take another exam maker here.") from error
    made.close()
    raise NoExamError("This exam is set in a run alone, since it waits; take another exam maker here.")


class ExamSize(NamedTuple):
    """How large an exam is to be."""

    items: int | None
    repetitions: int

    def exam(self, taught: Problem, candidates: Iterable[Problem], needed: str, searched: int) -> Exam:
        """The first candidates that are neither the taught problem nor a copy of it or of an earlier one.

        Args:
            taught: the taught problem.
            candidates: questions, best first.
            needed: what was looked for, for the note and the error.
            searched: number of questions in the bank.

        Raises:
            NoExamError: nothing is left.
        """
        kept: list[Problem] = []
        copies: list[str] = []
        for candidate, original in _with_originals(taught, candidates):
            if original:
                copies.append(f"{candidate.id} (of {original})")
            else:
                kept.append(candidate)
            if len(kept) == self.items:
                return Exam(tuple(kept), self.repetitions)
        left_out = f"; copies left out: {', '.join(copies)}" if copies else ""
        if not kept:
            raise NoExamError(
                f"No exam for problem '{taught.id}': needed {needed}, found none among {searched} questions{left_out}. "
                "Give a bank that has some, leave this problem out, or use another exam maker."
            )
        enough = self.items is None and not copies
        note = "" if enough else f"{len(kept)} of {self.items or 'all'} {needed}{left_out}"
        return Exam(tuple(kept), self.repetitions, note)


def exam_size(items: int | None, repetitions: int) -> ExamSize:
    """That size.

    Raises:
        ValueError: fewer than one item or repetition.
    """
    if repetitions < 1 or (items is not None and items < 1):
        raise ValueError(f"An exam needs items >= 1 (or None for all) and repetitions >= 1: {items=}, {repetitions=}.")
    return ExamSize(items, repetitions)


def exam_of(bank: Iterable[Problem], items: int | None, repetitions: int) -> ExamSize:
    """That size, of exams over questions of which an id names no two.

    Raises:
        ValueError: fewer than one item or repetition, or one id of two questions.
    """
    texts: dict[str, str] = {}
    for each in bank:
        earlier = texts.setdefault(each.id, each.question)
        if question_key(earlier) != question_key(each.question):
            raise ValueError(
                f"Exam questions need ids of their own: '{each.id}' is that of '{shortened(earlier)}' and of "
                f"'{shortened(each.question)}'."
            )
    return exam_size(items, repetitions)


def shortened(text: str, most: int = 40) -> str:
    """A text of at most so many characters, as messages and transcripts name a question or an answer."""
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def in_place_of_question(taught: Problem, text: str) -> tuple[Turn, ...]:
    """Turns that ask for that text where the taught problem asks its question, after what stands before it."""
    return (*taught.turns[:-1], Turn("user", text)) if len(taught.turns) > 1 else ()


def under_its_system(taught: Problem, item: Problem) -> Problem:
    """A plain question of a bank, asked after the system messages of the taught problem."""
    before = tuple(turn for turn in taught.turns if turn.role == "system")
    return replace(item, turns=(*before, Turn("user", item.question))) if before and not item.turns else item


def is_copy(one: Problem, other: Problem) -> bool:
    """Whether two questions with one text are asked alike, as far as more than their text is known of both."""
    if not one.turns or not other.turns:
        return True
    keys = [[(turn.role, question_key(turn.text), turn.attachments) for turn in each.turns] for each in (one, other)]
    return keys[0] == keys[1]


def question_key(question: str) -> str:
    """What copies of one question have in common: the text without regard to case and white space."""
    return " ".join(question.split()).casefold()


def ordered(candidates: Sequence[Problem], pick: Pick, seed: int, taught: Problem) -> Sequence[Problem]:
    """In the bank's order, or in that of a hash: the same in every process and for every order of the bank."""
    if pick == "first":
        return candidates

    def rank(candidate: Problem) -> bytes:
        return hashlib.sha256("\0".join([str(seed), taught.id, candidate.id]).encode()).digest()

    return sorted(candidates, key=rank)


def question_at(bank: Sequence[Problem], which: str | int) -> Problem:
    """The question with that id, or at that index from 0.

    Raises:
        ValueError: there is none.
    """
    if isinstance(which, int):
        if 0 <= which < len(bank):
            return bank[which]
        raise ValueError(f"No question {which} in the bank: its indexes are 0 to {len(bank) - 1}.")
    for candidate in bank:
        if candidate.id == which:
            return candidate
    near = did_you_mean(which, [each.id for each in bank])
    raise ValueError(f"No question '{which}' in the bank of {len(bank)}.{near}")


def _shares(theirs: Any, taught: Any) -> bool:
    return not set(theirs).isdisjoint(taught)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "shares": _shares,
}


def meets(candidate: Problem, taught: Problem, key: str, rule: Any) -> bool:
    """Whether the candidate's metadata `key` meets a rule of `lbt_solvers.exams.by_metadata`."""
    if key not in candidate.metadata:
        return False
    value = candidate.metadata[key]
    if _is_relative(rule):
        return _COMPARE[rule](value, taught.metadata[key])
    return value == rule or (isinstance(value, list | tuple | set | frozenset) and rule in value)


def check_comparable(where: Mapping[str, Any], taught: Problem) -> None:
    """Refuses a taught problem that lacks what a rule compares with.

    Raises:
        NoExamError: it lacks a key.
    """
    for key, rule in where.items():
        if _is_relative(rule) and key not in taught.metadata:
            raise NoExamError(
                f"No exam for problem '{taught.id}': the rule '{key}: {rule}' needs its metadata '{key}', "
                f"found {sorted(taught.metadata)}. Set it, or give a value instead of '{rule}'."
            )


def _is_relative(rule: Any) -> bool:
    return isinstance(rule, str) and rule in _COMPARE


def _with_originals(taught: Problem, candidates: Iterable[Problem]) -> Iterator[tuple[Problem, str]]:
    """Every candidate but the taught problem, with the id of the earlier question that it copies, or ''."""
    ids = {taught.id}
    by_question = {question_key(taught.question): [taught]}
    for candidate in candidates:
        if candidate.id == taught.id:
            continue
        alike = by_question.setdefault(question_key(candidate.question), [])
        copied = next((other.id for other in alike if is_copy(other, candidate)), "")
        original = candidate.id if candidate.id in ids else copied
        if not original:
            ids.add(candidate.id)
            alike.append(candidate)
        yield candidate, original
