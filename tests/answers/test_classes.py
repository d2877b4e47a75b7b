"""Classes of answers: the stated rule, against brute force and under permutation."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers import answer_classes

LETTERS = "abcdef"
answer_lists = st.lists(st.sampled_from([*LETTERS, "", None]), max_size=24)
relations = st.sets(st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)))


def identity(answer: str) -> str:
    return answer


def partition(answers: list[str | None], classes: list[int | None]) -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for answer, number in zip(answers, classes, strict=True):
        if number is not None and answer:
            members.setdefault(number, set()).add(answer)
    return {frozenset(group) for group in members.values()}


def test_missing_and_empty_answers_have_no_class():
    assert answer_classes([None, "", "  ", "$$", "1"], equal=lambda a, b: True) == [None, None, None, None, 0]


def test_numbers_follow_the_first_appearance():
    assert answer_classes(["c", "a", "a", "b", "c"], equal=lambda a, b: a == b) == [0, 1, 1, 2, 0]


def test_votes_are_not_split_by_spelling():
    """Defect 4: the original keyed votes before it stripped the spelling."""
    votes = ["\\dfrac34", "\\frac{3}{4}", "$\\frac 34$", "0.5"]
    assert answer_classes(votes, equal=lambda a, b: False) == [0, 0, 0, 1]


def test_classes_are_anchored_not_chained():
    """`5 cm` is `5`, `5` is `5 m`, but `5 cm` is not `5 m`."""

    def equal(known: str, answer: str) -> bool:
        return known == answer or "5" in (known, answer)

    assert answer_classes(["5 cm", "5 m", "5 m", "5"], equal) == [0, 1, 1, 1]
    assert answer_classes(["5 cm", "5", "5 m", "5"], equal) == [0, 0, 0, 0], "the most frequent anchors"
    assert answer_classes(["5 cm", "5 m", "5"], equal) == [0, 1, 0], "ties: the longest anchors, then by the alphabet"
    assert answer_classes(["5 m", "5", "5 cm"], equal) == [0, 1, 1], "in whatever order"


@given(answer_lists, st.dictionaries(st.sampled_from(LETTERS), st.integers(0, 2)))
def test_an_equivalence_gives_its_own_classes(answers: list[str | None], label: dict[str, int]):
    """Brute force: two answers share a class exactly where they are equivalent."""

    def labelled(answer: str) -> int | str:
        return label.get(answer, answer)

    classes = answer_classes(answers, lambda a, b: labelled(a) == labelled(b), key=identity)
    for one, number in zip(answers, classes, strict=True):
        for other, other_number in zip(answers, classes, strict=True):
            if one and other:
                assert (number == other_number) == (labelled(one) == labelled(other))
    seen = list(dict.fromkeys(number for number in classes if number is not None))
    assert seen == list(range(len(seen)))


@given(answer_lists, relations)
def test_every_member_equals_its_representative(answers: list[str | None], related: set[tuple[str, str]]):
    """Brute force of the rule for any relation, also one that is neither symmetric nor transitive."""

    def equal(known: str, answer: str) -> bool:
        return known == answer or (known, answer) in related

    frequency = Counter(answer for answer in answers if answer)
    ranked = sorted(frequency, key=lambda answer: (-frequency[answer], -len(answer), answer))
    anchors: dict[str, str] = {}
    for answer in ranked:
        anchors[answer] = next((a for a in ranked if anchors.get(a) == a and equal(a, answer)), answer)
    expected = {frozenset(a for a in ranked if anchors[a] == anchor) for anchor in anchors.values()}
    assert partition(answers, answer_classes(answers, equal, key=identity)) == expected


@given(st.data(), answer_lists, relations)
def test_order_never_matters(data: st.DataObject, answers: list[str | None], related: set[tuple[str, str]]):
    """Whatever the relation: not symmetric, not transitive, with ties."""
    shuffled = data.draw(st.permutations(answers))

    def equal(known: str, answer: str) -> bool:
        return (known, answer) in related

    before = partition(answers, answer_classes(answers, equal, key=identity))
    assert partition(shuffled, answer_classes(shuffled, equal, key=identity)) == before
