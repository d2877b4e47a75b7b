r"""What stands where an answer should and is none: the prompt's own words, sent back.

>>> is_placeholder("<your answer>"), is_placeholder("\\boxed{answer}"), is_placeholder("<5>")
(True, True, False)
"""

import re

_FILLER = frozenset(
    "your the a an my our final correct right answer answers result value number numeric numerical integer expression"
    " letter option choice solution here goes insert enter write put fill in as is only of to question problem this"
    " form line placeholder text string single word phrase or and has have with on own its alone after begins wrapped"
    " dollar signs letters amount total sum".split()
)
_TELLING = frozenset("answer answers placeholder insert wrapped alone".split())
_BRACKETED = frozenset(
    "number result value letter letters option choice solution integer expression text here amount total".split()
)
_BARE = frozenset("number result value expression".split())
_BARE_BEGINS = frozenset("the your final numeric numerical insert enter".split())
_OPTION = re.compile(r"\b(?:option|choice|letter|answer)\s+[A-Z]\b", re.IGNORECASE)
_VARIABLE = re.compile(r"\$[A-Z_]{3,}")
_BRACKETS = r"[<\[{][^<>\[\]{}]*[>\]}]"
_WITH_UNIT = re.compile(rf"\$(?P<money>{_BRACKETS})|\$?(?P<slot>{_BRACKETS}) ?[A-Za-z%][A-Za-z ]*")
_SHELL = re.compile(r"\\(?:boxed|fbox|text(?:bf|it|rm|tt)?|math(?:bf|rm|it))\s*\{|[\s,<>\[\]{}()$*_`\"'.:|\\-]+")
_WORD = re.compile(r"[a-z]+")
_SLOT = re.compile(r"[<\[{][a-z][a-z '_-]*[>\]}]")
"""A phrase in brackets and nothing else; with a comma it is a list, with a digit a value."""
_BLANK = re.compile(r"[\s_.?#%\u20ac\u00a3\u2026\u25a1-]*|[xX]{2,}|[nN]/[aA]|[tT][bB][dD]")
MAX_LENGTH = 80


def is_placeholder(written: str) -> bool:
    """Whether this is the prompt's placeholder, a blank to be filled in, or nothing."""
    if len(written) > MAX_LENGTH:
        return False
    bare = _SHELL.sub(" ", written).strip()
    if _BLANK.fullmatch(written.strip("$*` <>[]{}()")):
        return True
    if with_unit := _WITH_UNIT.fullmatch(written.strip("*` .")):
        return is_placeholder(with_unit["slot"] or with_unit["money"])
    words = bare.lower().split()
    if not words:
        return "\\{" not in written  # the empty set; else an opened bracket or box, and nothing in it
    if any(word not in _FILLER for word in words):
        return len(words) > 1 and _is_slot(written, words)
    is_bracketed = written.strip("$*` .")[:1] in ("<", "[", "{", "(", "\\") or _VARIABLE.fullmatch(written.strip())
    named = set(words)
    if _OPTION.search(bare) and bare[-1:].isupper():
        return False  # `[Option A]`: an article is no capital at the end
    if _TELLING & named or (is_bracketed and _BRACKETED & named):
        return True
    return len(words) > 1 and words[0] in _BARE_BEGINS and bool(_BARE & named)


def _is_slot(written: str, words: list[str]) -> bool:
    """Whether this says what is to be written, such as `<number of apples>`; `<x, y>` and `[prime number]` do not."""
    slot = written.strip("$*` .").lower()
    if not _SLOT.fullmatch(slot):
        return False
    names = [word for word in words if word not in _FILLER]
    return all(len(word) > 1 for word in names) and (slot[0] == "<" or words[0] in _FILLER)
