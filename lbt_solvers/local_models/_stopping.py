"""Stop strings: whether a row has just written one, and what its text is then.

    if has_stopped(tokens, stop, decode): ...
    count, text = cut_at_stop(tokens, stop, raw, plain)

Whether to go on is looked at after every token, in the last few of them; what the text is, once, in all of them.
"""

import bisect
from collections.abc import Callable, Sequence

Decode = Callable[[Sequence[int]], str]

SPARE_TOKENS = 4
"""Tokens looked at beyond the stop string's bytes: decoders treat the first token of a text in their own ways."""


def cut_at_stop(tokens: Sequence[int], stop: Sequence[str], raw: Decode, plain: Decode) -> tuple[int, str] | None:
    """Where the first stop string is complete: number of tokens up to there, and the text before it.

    Args:
        tokens: what was generated.
        stop: stop strings, none of them empty.
        raw: text of first tokens, special tokens included: a stop string may be one.
        plain: the same without special tokens, as the reply has it.

    Returns:
        `None` where no stop string occurs.
    """
    if not stop or first_stop(raw(tokens), stop) is None:
        return None
    count = bisect.bisect_left(range(len(tokens)), True, key=lambda n: first_stop(raw(tokens[:n]), stop) is not None)
    text = plain(tokens[:count])
    if (start := first_stop(text, stop)) is not None:
        return count, text[:start]
    # The stop string holds special tokens: the text is that of the tokens before it.
    start = first_stop(raw(tokens[:count]), stop) or 0
    before = bisect.bisect_right(range(count), start, key=lambda n: len(raw(tokens[:n]))) - 1
    return count, plain(tokens[:before])


def first_stop(text: str, stop: Sequence[str]) -> int | None:
    """Where the first of the stop strings begins."""
    return min((text.index(string) for string in stop if string in text), default=None)


def has_stopped(tokens: Sequence[int], stop: Sequence[str], decode: Decode) -> bool:
    """Whether the last of `tokens` completed one of the stop strings."""
    if not stop:
        return False
    window = SPARE_TOKENS + max(len(string.encode()) for string in stop)
    return first_stop(decode(tokens[-window:]), stop) is not None
