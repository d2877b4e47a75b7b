r"""Text of untrusted programs, made safe to show: nothing in it moves a cursor, hides or reorders what people read.

    >>> visible("red: \x1b[31m")
    'red: \\x1b[31m'

Control characters but tab and newline, escape sequences, lone surrogates, and the characters that set the direction of
writing become their escapes as Python writes them. Everything else stays, so that the text is valid UTF-8.
"""

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """The text with an escape for every character that a terminal would obey or that has no place in UTF-8."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
