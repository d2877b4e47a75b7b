"""Kinds of answers by name, and the one that suits a data set's gold answers.

    >>> kind_of_golds(["B", "D", "A"]), kind_of_golds(["12", "x+1"]), kind_of_golds(["Paris", "Rome"])
    ('choice', 'math', 'text')

`answers=NAME` names one in tasks, the solver, lm-eval and `lbt answers`; `auto` is the default.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from lbt_solvers.answers import AnswerKind
from lbt_solvers.answers._rules import Rules, rules_of
from lbt_solvers.answers.equivalence import MathAnswers
from lbt_solvers.answers.plain import (
    ChoiceAnswers,
    JsonAnswers,
    LabelAnswers,
    NumberAnswers,
    TextAnswers,
)
from lbt_solvers.near_match import no_such

AUTO = "auto"
Named = MathAnswers | TextAnswers | NumberAnswers | ChoiceAnswers | LabelAnswers | JsonAnswers
KINDS: Mapping[str, Callable[[Rules], Named]] = {
    "math": lambda rules: MathAnswers(rules=rules),
    "number": NumberAnswers,
    "choice": lambda rules: ChoiceAnswers(),
    "text": lambda rules: TextAnswers(),
    "labels": lambda rules: LabelAnswers(),
    "json": lambda rules: JsonAnswers(),
}
_LETTER = re.compile(r"\s*(?:\\text\{)?\(?[A-J]\)?\}?\.?\s*")
_WORDS = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'\u2019-])*")
_MATHEMATICAL = re.compile(r"\\[A-Za-z]|[\d=^_+*/<>{}$\\]")


def kind_of_golds(golds: Sequence[str]) -> str:
    """The name of the kind that suits them: `choice`, `json`, `text`, or `math` where none of these suits all."""
    given = [gold for gold in golds if gold.strip()]
    if not given:
        return "math"
    if all(_LETTER.fullmatch(gold) for gold in given):
        return "choice"
    if all(gold.strip()[:1] in "{[" and JsonAnswers().equal(gold, gold).equal and '"' in gold for gold in given):
        return "json"
    is_text = all(_WORDS.fullmatch(gold.strip()) and len(gold.strip()) > 1 or _is_prose(gold) for gold in given)
    return "text" if is_text else "math"


def answer_kind(
    given: "AnswerKind | str | None", options: Mapping[str, Any] | None = None, golds: Sequence[str] = ()
) -> AnswerKind:
    """The kind that is given, named, or chosen by the gold answers.

    Raises:
        ValueError: no kind of that name, or options that it does not have.
    """
    if given is not None and not isinstance(given, str):
        if options:
            raise ValueError("answer_options are those of a kind of answers that is named.")
        return given
    return named_kind(kind_of_golds(golds) if given in (None, AUTO) else given, options)


def named_kind(name: str, options: Mapping[str, Any] | None = None) -> Named:
    """The kind of that name; `auto` is `math` where there are no gold answers to look at.

    Raises:
        ValueError: no kind of that name, or options that it does not have.
    """
    check_kind_name(name)
    rules = rules_of(dict(options or {}))
    if options and name not in ("math", "number", AUTO):
        raise ValueError(f"answer_options: {', '.join(options)} are rules of math and number; answers={name} has none.")
    return _made("math" if name == AUTO else name, rules)


def check_kind_name(name: str) -> None:
    """Refuses an unknown name.

    Raises:
        ValueError: no kind of that name.
    """
    if name not in (AUTO, *KINDS):
        raise ValueError(no_such("kind of answers", name, [AUTO, *KINDS]))


def name_of(kind: AnswerKind) -> str:
    """The name under which a record says of which kind its answers are; of a kind without a name, its type."""
    return next((name for name in KINDS if type(kind) is _TYPES[name]), type(kind).__name__)


_TYPES: Mapping[str, type[Named]] = {
    "math": MathAnswers,
    "number": NumberAnswers,
    "choice": ChoiceAnswers,
    "text": TextAnswers,
    "labels": LabelAnswers,
    "json": JsonAnswers,
}


@lru_cache(maxsize=64)
def _made(name: str, rules: Rules) -> Named:
    """One object for all who name it, so that no pair is compared twice."""
    return KINDS[name](rules)


def _is_prose(gold: str) -> bool:
    return len(gold.split()) > 3 and not _MATHEMATICAL.search(gold)
