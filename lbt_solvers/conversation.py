"""A sample's messages as turns of the core, and back, so that images, system messages and earlier turns stay.

    problem_of(state).turns        # () where one user message of text is all
    message_of(Turn("user", "Compute 2+3*4."))

Options of a multiple-choice sample that its messages do not show are shown as Inspect shows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageTool,
    ChatMessageUser,
    ContentText,
)
from inspect_ai.scorer import Target
from inspect_ai.solver import TaskState

from lbt_solvers.answers import LETTERS, labels_of, letter_of
from lbt_solvers.turns import Turn, placed
from lbt_solvers.types import Problem

_MESSAGES = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
    "tool": ChatMessageTool,
}


def problem_of(state: TaskState) -> Problem:
    """The sample as a problem, without its target: nothing before scoring may look at the gold answer."""
    turns = asked_turns(state.messages)
    if not turns:
        return Problem(str(state.sample_id), state.input_text, answer="", metadata=dict(state.metadata))
    options = _options(state, turns)
    turns = [*turns[:-1], placed("", turns[-1], options)]
    common = sum(1 for _ in takewhile(lambda turn: turn.role == "system", turns))
    return problem_from(str(state.sample_id), turns, common, metadata=dict(state.metadata))


def gold_problem(state: TaskState, target: Target) -> Problem:
    """The sample as a problem with its gold answers, for graders. Where options are to be chosen, all of them are."""
    first, *others = gold_answers(state, target) or [""]
    return replace(problem_of(state), answer=first, alternatives=tuple(others))


def gold_answers(state: TaskState, target: Target) -> list[str]:
    """The targets, each of which is right; of a multiple-choice sample one answer that names all right options."""
    given = [text for text in target if text.strip()]
    return [", ".join(given)] if asks_for_several(state, target) else given


def asks_for_several(state: TaskState, target: Target) -> bool:
    """Whether a multiple-choice sample has several right options."""
    return bool(state.choices) and len(target) > 1


def mark_choices(state: TaskState, answer: str | None) -> None:
    """Marks the options that an answer names, as a task's own solver would, for its scorers."""
    options = dict(zip(LETTERS, (choice.value for choice in state.choices), strict=False))
    letter = letter_of(answer, options) if answer else None
    several = {name.upper() for name in (labels_of(answer) if answer else None) or ()}
    named = {letter} if letter else several if several <= set(options) else set[str]()
    for at, name in enumerate(options):
        state.choices.mark_choice(at, name in named)


def problem_from(
    identifier: str, turns: Sequence[Turn], common: int, answer: str = "", metadata: Mapping[str, Any] | None = None
) -> Problem:
    """A problem that is asked by these turns, of which it shares the first `common` with others."""
    question = "\n\n".join(turn.text for turn in turns[common:] if turn.text)
    plain = len(turns) == 1 and not turns[0].parts
    return Problem(identifier, question, answer, metadata or {}, turns=() if plain else tuple(turns))


def asked_turns(messages: Sequence[ChatMessage]) -> list[Turn]:
    """The messages up to the last of the user; what a model has replied to it is left out."""
    last = max((number for number, message in enumerate(messages) if message.role == "user"), default=-1)
    return [turn_of(message) for message in messages[: last + 1]]


def turn_of(message: ChatMessage) -> Turn:
    """That message, without its id; whole where it is not the user's or the system's."""
    parts = () if isinstance(message.content, str) else tuple(message.content)
    whole = None if message.role in ("user", "system") else message.model_copy(update={"id": None})
    return Turn(message.role, message.text, parts, whole)


def message_of(turn: Turn) -> ChatMessage:
    """That turn as a message."""
    if turn.message is not None:
        return turn.message
    if not turn.parts:
        return _MESSAGES[turn.role](content=turn.text)
    content = [ContentText(text=part) if isinstance(part, str) else part for part in turn.parts]
    return _MESSAGES[turn.role](content=content)


def _options(state: TaskState, turns: Sequence[Turn]) -> str:
    question = "\n".join(turn.text for turn in turns)
    if not state.choices or all(choice.value in question for choice in state.choices):
        return ""
    return "\n\n" + state.choices.prompt("", "{choices}")
