r"""Answers that are compared in place, without math-verify: text, numbers, multiple choice, sets of labels, JSON.

    >>> ChoiceAnswers().extract("So it is C) 42.\n\nANSWER: C) 42").answer
    'C'
    >>> LabelAnswers().equal("red, blue", "[Blue, red]").equal
    True

Each is an `AnswerKind`; `kinds` gives them by name.
"""

import json
import re
from abc import abstractmethod
from ast import literal_eval
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lbt_solvers.answers._choices import last_named, letter_of, options_of_problem
from lbt_solvers.answers._compare import Equality, compare
from lbt_solvers.answers._rules import Rules
from lbt_solvers.answers._written import last_sentence, one_value
from lbt_solvers.answers.classes import answer_classes
from lbt_solvers.answers.extraction import Extracted, extract, with_answer
from lbt_solvers.answers.grades import ComparedAnswers, Grade
from lbt_solvers.answers.normalisation import normalise
from lbt_solvers.answers.thinking import split_thinking
from lbt_solvers.types import Problem, golds_of


class PlainAnswers(ComparedAnswers):
    """What those kinds share: a test of equality that takes no time."""

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The reasoning and the answer of a completion, see `extraction`; a marked sentence is all of the answer."""
        return extract(completion, truncated=truncated, sentences=False)

    @abstractmethod
    def equal(self, gold: str, answer: str) -> Equality:
        """Whether `answer` is `gold`; an empty one never is."""

    async def equal_many(self, pairs: Sequence[tuple[str, str]]) -> list[Equality]:
        """`equal` for every pair `(gold, answer)`, in their order."""
        return [self.equal(gold, answer) for gold, answer in pairs]

    async def classes(self, answers: Sequence[str | None], problem: Problem | None = None) -> list[int | None]:
        """Number of the class of each answer, see `classes`."""
        return answer_classes(answers, lambda known, answer: self.equal(known, answer).equal)


class TextAnswers(PlainAnswers):
    """Answers that are equal when their normalised texts are."""

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where the normalised texts are, and not empty."""
        return _by_text(normalise(gold) == normalise(answer) != "")


class NumberAnswers(PlainAnswers):
    """Rational numbers, with or without a unit: nothing is computed, and no other expression is equal to one."""

    def __init__(self, rules: Rules | None = None) -> None:
        self._rules = rules or Rules()

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The one number of the answer; without a marker, that of the last sentence, or of the result of its `=`."""
        found = extract(completion, truncated=truncated)
        if found.answer is not None and found.marker != "last line":
            return with_answer(found, one_value(found.answer) or found.answer, found.marker)
        if found.answer is not None and (value := one_value(found.answer)):
            return with_answer(found, value, found.marker)
        line = found.rationale.rpartition("\n")[2]
        sentence = "" if truncated else last_sentence(line)
        value = one_value(sentence) or (one_value(sentence.partition("=")[2]) if sentence.count("=") == 1 else "")
        return with_answer(found, value or None, "number")

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where the numbers are, by the rules of tolerance, percent and units."""
        return compare(
            gold, answer, lambda one, other: Equality(False, "different", "not both are numbers"), self._rules
        )


class ChoiceAnswers(PlainAnswers):
    """Letters of options: `C`, `(C)`, `option C`, `C) 42`, or the option's own text where the question has it."""

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The letter; the answer as it was written where it names no option."""
        options = options_of_problem(problem)
        found = extract(completion, truncated=truncated, sentences=False)
        named = letter_of(found.answer, options) if found.answer else None
        if named is None and not truncated and found.marker in ("last line", "none"):
            named = last_named(f"{found.rationale.rpartition(PARAGRAPH)[2]}\n{found.answer or ''}", options)
        return with_answer(found, named or found.answer, "option" if found.marker == "none" else found.marker)

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where both name one option, or their texts are the same."""
        letters = letter_of(gold, {}), letter_of(answer, {})
        if letters[0] and letters[1]:
            return _by_text(letters[0] == letters[1])
        return _by_text(normalise(gold) == normalise(answer) != "")

    def gold_of(self, problem: Problem) -> str:
        """The letter of the gold option, which may be given by its text; as it was given where it names none."""
        return letter_of(problem.answer, options_of_problem(problem)) or problem.answer

    async def grade(self, problem: Problem, answers: Sequence[str]) -> list[Grade]:
        """1 for answers that name the gold option, else 0."""
        options = options_of_problem(problem)
        first, *others = [self.gold_of(replace(problem, answer=gold)) for gold in golds_of(problem)]
        named = replace(problem, answer=first, alternatives=tuple(others))
        given = [letter_of(answer, options) or answer for answer in answers]
        return await super().grade(named, given)


class LabelAnswers(PlainAnswers):
    """Sets of labels in any order and case: `red, blue`, `[Blue, red]`, `red and blue`; `none` is the empty set."""

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where the sets are; nothing written is no set."""
        sets = labels_of(gold), labels_of(answer)
        return _by_text(sets[0] is not None and sets[0] == sets[1])


class JsonAnswers(PlainAnswers):
    """JSON values: equal whatever the order of keys, the blanks and the spelling of numbers."""

    def extract(self, completion: str, truncated: bool = False, problem: Problem | None = None) -> Extracted:
        """The last whole JSON object or list of a completion; else a marked value."""
        visible, thinking, _ = split_thinking(completion)
        last = next(_json_spans(visible), None)
        if last is None:
            found = extract(completion, truncated=truncated, sentences=False)
            return found if found.answer and _parsed(found.answer) is not None else with_answer(found, None, "none")
        start, end = last
        rest = re.sub(r"```(?:json)?\s*```", "", visible[:start] + visible[end:])
        return Extracted(rest.strip(), visible[start:end], "json", thinking)

    def equal(self, gold: str, answer: str) -> Equality:
        """Equal where the values are; a text that is no JSON equals nothing."""
        values = _parsed(gold), _parsed(answer)
        return _by_text(values[0] is not None and values[0] == values[1])


def labels_of(text: str) -> frozenset[str] | None:
    """The labels of an answer, in lower case; `None` where nothing is written."""
    inside = text.strip().strip("`*$ .").strip()
    if inside[:1] + inside[-1:] in ("[]", "{}", "()"):
        inside = inside[1:-1]
    parts = re.split(r"[,;|\n]|(?<=\s)(?:and|&)(?=\s)", inside)
    labels = frozenset(" ".join(part.strip(" \t\"'`*-\u2022.").lower().split()) for part in parts) - {""}
    if labels <= {"none", "no label", "no labels", "empty"}:
        return frozenset() if labels or text.strip() in ("[]", "{}", "()") else None
    return labels


def _by_text(equal: bool) -> Equality:
    return Equality(equal, "same text" if equal else "different")


MAX_UNFINISHED = 200
"""Brackets of a completion that may open no JSON: each of them is read to where it fails, which can be the end."""
PARAGRAPH = "\n\n"


def _json_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where whole objects and lists stand, the last first; what stands inside another is none of them."""
    decoder, spans, at, unfinished = json.JSONDecoder(), list[tuple[int, int]](), 0, 0
    for opening in re.finditer(r"[{\[]", text):
        if opening.start() < at:
            continue
        if unfinished > MAX_UNFINISHED:
            break
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            unfinished += 1
            continue
        at = end
        if isinstance(value, dict | list):
            spans.append((opening.start(), end))
    yield from reversed(spans)


def _parsed(text: str) -> tuple[str, Any] | None:
    """The value in one form; `None` where it is no JSON, nor a Python literal as models like to write it."""
    bare = re.sub(r"^```(?:json)?\s*|\s*```$", "", text.strip())
    for read in (json.loads, literal_eval):
        try:
            return ("value", _canonical(read(bare)))
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
    return None


def _canonical(value: Any) -> Any:
    """Told apart by type, so that `true` is not 1; numbers by value, so that `1.0` is 1."""
    if isinstance(value, dict):
        return ("object", tuple(sorted((str(key), _canonical(each)) for key, each in value.items())))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return ("list", tuple(_canonical(each) for each in value))  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, bool) or value is None:
        return ("word", str(value))
    return ("number", value) if isinstance(value, int | float) else ("text", str(value))
