r"""What a model thinks, set apart from what it says.

    >>> split_thinking("Trying gives \\boxed{31}.\n</think>\n\nThere are **37** tilings.")
    Thought(visible='There are **37** tilings.', thinking='Trying gives \\boxed{31}.', cut=False)

Every route splits here: replies of Inspect's models in `lbt_solvers.generation`, those of lm-eval, of GRPO and of
files in `extraction`, those of local weights in their provider. What is thought is neither answer nor vote.

1. Marks are `<think>`, `<thinking>`, `<thought>` with or without a name space, `[THINK]`, `<|begin_of_thought|>`, and
   the channels `analysis` and `final` of gpt-oss. Marks in backquotes are text, and `<reasoning>` is what it says:
   models write it where they were asked for a rationale.
2. A closing mark without an opening one ends a thought that the prompt began: all before it is thought.
3. An opening mark without a closing one begins a thought that was cut off: all after it is thought.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

_NAMES = r"(?:[a-z]{1,12}:)?(?:think(?:ing)?|thoughts?)"
_MARK = re.compile(
    rf"(?:<(?<!`<)(?:(?P<close>/)?{_NAMES}(?:\s[^<>\n]{{0,200}})?>|\|(?P<edge>begin|end)_of_thought\|>)"
    r"|\[(?<!`\[)(?P<close2>/)?THINK(?:ING)?\]|\u25c1(?<!`\u25c1)(?P<close3>/)?think\u25b7)(?!`)",
    re.IGNORECASE,
)
_CHANNEL = re.compile(
    r"(?:<\|start\|>\s*assistant)?<\|channel\|>\s*(?P<name>analysis|commentary|final)[^<]{0,80}<\|message\|>"
)
_CHANNEL_END = re.compile(r"<\|(?:end|return|call)\|>(?:<\|start\|>\s*assistant)?")
_SOLUTION = re.compile(r"<\|(?:begin|end)_of_solution\|>")


class Thought(NamedTuple):
    """A reply in two parts; without marks all of it is visible, unchanged."""

    visible: str
    thinking: str
    """Empty where the reply has no marks of thinking."""
    cut: bool = False
    """The last thought was never ended, so that the end of the reply concludes nothing."""


def split_thinking(reply: str) -> Thought:
    """What a reply says, and what it thought before, in time linear in its length."""
    channels = list(_CHANNEL.finditer(reply)) if "<|channel|>" in reply else []
    if channels:
        return _by_channels(reply, channels)
    marks = list(_MARK.finditer(reply))
    if not marks:
        return Thought(reply, "")
    visible: list[str] = []
    thought: list[str] = []
    depth, at = 0, 0
    for mark in marks:
        piece, at = reply[at : mark.start()], mark.end()
        closes = bool(mark["close"] or mark["close2"] or mark["close3"] or mark["edge"] in ("end", "END"))
        if closes and not depth:  # the prompt began this thought
            thought, visible = [*visible, *thought, piece], []
        else:
            (thought if depth else visible).append(piece)
        depth = max(0, depth - 1) if closes else depth + 1
    (thought if depth else visible).append(reply[at:])
    return Thought(_SOLUTION.sub("", _joined(visible)).strip(), _joined(thought), depth > 0)


def begins_thinking(prompt: str) -> str:
    """The mark with which a prompt ends, so that the reply begins in a thought; empty where it does not."""
    found = list(_MARK.finditer(prompt, max(0, len(prompt.rstrip()) - 64)))
    last = found[-1] if found else None
    if last is None or prompt[last.end() :].strip() or last["close"] or last["close2"] or last["close3"]:
        return ""
    return "" if last["edge"] == "end" else last[0]


def thought_marks(tokens: Mapping[int, str]) -> frozenset[int]:
    """Those of a model's special tokens that are marks: without them its thoughts could not be told apart."""
    channels = ("<|channel|>", "<|message|>", "<|start|>") if "<|channel|>" in tokens.values() else ()
    return frozenset(token for token, text in tokens.items() if _MARK.fullmatch(text.strip()) or text in channels)


def thought_length(count: int, beginning: Callable[[int], str]) -> int:
    """How many of a reply's tokens come before the end of what it thought, marks included; 0 where it thought nothing.

    Args:
        count: The reply's tokens.
        beginning: The text of so many of them.
    """

    def has_ended(tokens: int) -> bool:
        found = split_thinking(beginning(tokens))
        return bool(found.thinking) and not found.cut

    if not split_thinking(beginning(count)).thinking:
        return 0
    return bisect_left(range(count), True, key=has_ended)


def shown(rationale: str, thinking: str, show_thinking: bool) -> str:
    """What students are shown of a reply: what it says, after what it thought where that is asked for."""
    return _joined([thinking, rationale]) if show_thinking else rationale


def _by_channels(reply: str, channels: Sequence[re.Match[str]]) -> Thought:
    parts: dict[bool, list[str]] = {True: [], False: [reply[: channels[0].start()]]}
    ends = [*(channel.start() for channel in channels[1:]), len(reply)]
    for channel, end in zip(channels, ends, strict=True):
        body = reply[channel.end() : end]
        closed = _CHANNEL_END.search(body)
        parts[channel["name"] != "final"].append(body[: closed.start()] if closed else body)
    return Thought(_joined(parts[False]), _joined(parts[True]), channels[-1]["name"] != "final")


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())
