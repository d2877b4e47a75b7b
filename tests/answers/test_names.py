"""Announcements are searched only in lines that have their words; what is found is what a search of all would find."""

import re
import sys

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers._boxes import boxes
from lbt_solvers.answers._names import FOREIGN, HEADING, LINE, SENTENCE, announcements, first_line, folded

PIECES = [
    *"\n \\{}*#:=.1\r\u2028",
    *(
        "Answer: 5",
        "ANSWER",
        "an\u017fwer",
        "the answer is ",
        "\\text",
        "\\BOXED",
        "## ",
        "**",
        "Final answer",
        "so the ",
    ),
    *("Antwort: 7", "R\u00c9PONSE:", "yan\u0131t: ", "YANIT ", "\u0391\u03a0\u0391\u039d\u03a4\u0397\u03a3\u0397: "),
    *(
        "\u7b54\u6848\u662f",
        "\uc815\ub2f5:",
        "la respuesta es ",
        "\u0130",
        "\\\\boxed{",
        "\\boxed{3}",
        "\\fbox{",
        "\n{",
    ),
]
replies = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)


def spans(found: list[re.Match[str]]) -> list[tuple[int, int]]:
    return [match.span() for match in found]


@given(replies)
def test_the_lines_that_are_searched_hold_every_announcement(text: str):
    every = [match for pattern in (LINE, HEADING, SENTENCE, FOREIGN) for match in pattern.finditer(text)]
    assert spans(announcements(text)) == spans(every)
    first = LINE.search(text)
    assert spans([first] if first else []) == spans([found] if (found := first_line(text)) else [])


def test_folding_keeps_the_length_and_joins_what_a_search_without_case_joins():
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    lower = folded(every)
    assert len(lower) == len(every)
    letters = set("".join(re.findall(r"\w", FOREIGN.pattern + LINE.pattern)))
    for letter in letters | {each.upper() for each in letters if len(each.upper()) == 1}:
        same = {every[found.start()] for found in re.finditer(re.escape(letter), every, re.IGNORECASE)}
        assert {folded(each) for each in same} == {folded(letter)}


@given(
    st.lists(st.sampled_from(["\\", "\\\\", "{", "}", "\\boxed{", "\\fbox {", "\\boxed 5", "x", "\\{", " "])).map(
        "".join
    )
)
def test_boxes_are_the_same_behind_any_formula(text: str):
    before = "a {b} \\{ \\frac{1}{2}\\\\ } "
    assert [(box.start - len(before), box.end - len(before)) for box in boxes(before + text)] == [
        (box.start, box.end) for box in boxes(text)
    ]
