r"""What stands where an answer should and is none: the prompt's own words, sent back.

>>> is_placeholder("<your answer>"), is_placeholder("\\boxed{answer}"), is_placeholder("<5>")
(True, True, False)
"""

import re

_FILLER = frozenset(
    "your the a an my our final correct right answer answers result value number numeric numerical integer expression"
    " letter option choice solution here goes insert enter write put fill in as is only of to question problem this"
    " form line placeholder text string single word phrase or and has have with on own its alone after begins wrapped"
    " dollar signs".split()
)
_TELLING = frozenset("answer answers placeholder insert wrapped alone".split())
_BRACKETED = frozenset("number result value letter option choice solution integer expression text here".split())
_SHELL = re.compile(r"\\(?:boxed|fbox|text(?:bf|it|rm|tt)?|math(?:bf|rm|it))\s*\{|[\s,<>\[\]{}()$*_`\"'.:|\\-]+")
_WORD = re.compile(r"[a-z]+")
_SLOT = re.compile(r"[<\[{][a-z][a-z '_-]*[>\]}]")
"""A phrase in brackets and nothing else; with a comma it is a list, with a digit a value."""
_SLOT_BEGINS = frozenset("total amount sum".split())
_BLANK = re.compile(r"[\s_.?#\u2026\u25a1-]*|[xX]{2,}|[nN]/[aA]|[tT][bB][dD]")
MAX_LENGTH = 80


def is_placeholder(written: str) -> bool:
    """Whether this is the prompt's placeholder, a blank to be filled in, or nothing."""
    if len(written) > MAX_LENGTH:
        return False
    bare = _SHELL.sub(" ", written).strip()
    if _BLANK.fullmatch(written.strip("$*` <>[]{}()")):
        return True
    words = bare.lower().split()
    if not words:
        return "\\{" not in written  # the empty set; else an opened bracket or box, and nothing in it
    if any(word not in _FILLER for word in words):
        return len(words) > 1 and _is_slot(written, words)
    is_bracketed = written.strip("$*` .")[:1] in ("<", "[", "{", "(", "\\")
    return bool(_TELLING & set(words) or (is_bracketed and _BRACKETED & set(words)))


def _is_slot(written: str, words: list[str]) -> bool:
    """Whether this says what is to be written, such as `<number of apples>`; `<x, y>` and `[prime number]` do not."""
    slot = written.strip("$*` .").lower()
    if not _SLOT.fullmatch(slot):
        return False
    names = [word for word in words if word not in _FILLER]
    return all(len(word) > 1 for word in names) and (slot[0] == "<" or words[0] in _FILLER | _SLOT_BEGINS)
