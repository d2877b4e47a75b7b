"""Chat messages as the core knows them: text, with whatever is no text, such as images, in its place.

    >>> joined("user", [Turn("user", "Compute 2+3."), Turn("user", "Compute 4+4.")], " ")
    Turn(role='user', text='Compute 2+3. Compute 4+4.')

Nothing here looks into what is no text: the harness that brought it gets it back as it was.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any, Literal, NamedTuple


class Turn(NamedTuple):
    """One chat message."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str
    parts: tuple[Any, ...] = ()
    """Text and, between it, what is none, such as images; empty where `text` is all."""
    message: Any = None
    """The harness's own message, where more than its parts counts: the call of a tool, a thought."""

    def __repr__(self) -> str:
        more = "".join(f", {name}=..." for name in ("parts", "message") if getattr(self, name))
        return f"Turn(role={self.role!r}, text={self.text!r}{more})"

    @property
    def attachments(self) -> tuple[Any, ...]:
        """Those of its parts that are no text."""
        return tuple(part for part in self.parts if not isinstance(part, str) and not hasattr(part, "text"))


def placed(before: str, turn: Turn, after: str = "") -> Turn:
    """That turn with text before and after it."""
    if not turn.parts:
        return turn._replace(text=before + turn.text + after)
    parts = tuple(part for part in (before, *turn.parts, after) if part != "")
    return turn._replace(text=before + turn.text + after, parts=parts)


def joined(role: Literal["system", "user"], turns: Sequence[Turn], separator: str) -> Turn:
    """One turn that says what these say."""
    text = separator.join(turn.text for turn in turns)
    if not any(turn.parts for turn in turns):
        return Turn(role, text)
    parts: list[Any] = []
    for number, turn in enumerate(turns):
        parts += [separator] if number and separator else []
        parts += turn.parts or (turn.text,)
    return Turn(role, text, tuple(parts))


def common_beginning(conversations: Sequence[Sequence[Turn]]) -> list[Turn]:
    """The turns with which all of these begin."""
    same = takewhile(lambda each: all(turn == each[0] for turn in each), zip(*conversations, strict=False))
    return [each[0] for each in same]
