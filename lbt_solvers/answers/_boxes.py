r"""Boxes of LaTeX in a completion, and several boxes that are one answer.

    >>> box_groups("The radii are \\boxed{5} and \\boxed{8}.")[-1].answer
    '5, 8'

Boxes are one answer where nothing stands between them but a comma, `and`, `or`, a name as in `x=`, or the unit of the
first. In `\boxed{5} = \boxed{5}`, and in sentences of their own, the last one is the answer.
"""

import re
from typing import NamedTuple

_BRACES = re.compile(r"\\(?P<box>boxed|fbox)\s{0,4}\{|\\.|[{}]", re.DOTALL)
_BARE_BOX = re.compile(r"\\boxed[ ]{1,4}(?P<answer>[^\s{}$]{1,200})")
_JOINT = re.compile(
    r"(?:\s|\$|\\[()\[\],;:! ]|\\q?quad|~)*(?:\\text\{)?\s*"
    r"(?:(?:[a-z]{1,12}[ ]?){1,2}|\\%|%|\^\\circ|\xb0)?\s*"  # the unit of the first
    r"(?:,\s*(?:\\text\{\s*)?(?:and|or|und|oder|et|ou|y|o)\b|[,;&]|\b(?:and|or|und|oder|et|ou)\b)"
    r"(?:\s|\}|\$|\\[()\[\],;:! ]|\\q?quad|~)*(?:[A-Za-z](?:_\{?\w{1,4}\}?)?\s*=\s*)?(?:\s|\$|\\\(|\\\[)*"
)
_SPACING_ONLY = re.compile(r"(?:[ \t]|\$|\\[()\[\],;:! ]|\\q?quad|~)+")
MAX_JOINT = 60
"""Characters between two boxes that are one answer."""


class Box(NamedTuple):
    r"""`text[start:end]` is `\boxed{...}`, `text[inside:inside_end]` what stands between its braces."""

    start: int
    inside: int
    inside_end: int
    end: int


class BoxGroup(NamedTuple):
    """Boxes that are one answer: `text[start:end]` runs from the first to the last."""

    start: int
    end: int
    answer: str
    kept: str
    """The same stretch without the boxes around what they hold."""


def boxes(text: str) -> list[Box]:
    """Every outermost closed box from left to right; a box that is never closed is none."""
    first = min((at for at in (text.find("\\boxed"), text.find("\\fbox")) if at >= 0), default=None)
    if first is None:
        return []
    while first and text[first - 1] == "\\":  # `\\\\boxed` is a line break before a word
        first -= 1
    open_braces: list[re.Match[str]] = []
    bare = [Box(each.start(), *each.span("answer"), each.end()) for each in _BARE_BOX.finditer(text)]
    closed: list[Box] = []
    for token in _BRACES.finditer(text, first):
        if token["box"] or token[0] == "{":
            open_braces.append(token)
        elif token[0] == "}" and open_braces:
            opened = open_braces.pop()
            if opened["box"]:
                while closed and closed[-1].start > opened.start():
                    closed.pop()
                closed.append(Box(opened.start(), opened.end(), token.start(), token.end()))
    return sorted(bare + closed)


def box_groups(text: str) -> list[BoxGroup]:
    """Every answer in boxes, from left to right."""
    groups: list[list[Box]] = []
    for box in boxes(text):
        if groups and _are_one_answer(text[groups[-1][-1].end : box.start]):
            groups[-1].append(box)
        else:
            groups.append([box])
    return [_group(text, group) for group in groups]


def _are_one_answer(between: str) -> bool:
    if len(between) > MAX_JOINT or "\n\n" in between:
        return False
    return bool(_JOINT.fullmatch(between) or _SPACING_ONLY.fullmatch(between))


def _group(text: str, group: list[Box]) -> BoxGroup:
    held = [text[box.inside : box.inside_end] for box in group]
    kept, at = "", group[0].start
    for box in group:
        kept += text[at : box.start] + text[box.inside : box.inside_end]
        at = box.end
    answer = ", ".join(dict.fromkeys(each.strip() for each in held if each.strip()))
    return BoxGroup(group[0].start, group[-1].end, answer, kept)
