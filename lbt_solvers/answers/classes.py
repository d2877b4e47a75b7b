r"""Which answers are the same answer: classes for votes, over any test of equality.

    >>> answer_classes(["1/2", None, "7", "1/2"], equal=lambda a, b: a == b)
    [0, None, 1, 0]

"Is equal to" is not transitive for answers: `5 cm` is `5` and `5` is `5 m`, but `5 cm` is not `5 m`. A class is
therefore anchored by one representative, and nothing is chained:

1. Answers with one key (the normalised text) are one candidate. Candidates are taken by how often they occur, most
   frequent first; among equally frequent ones the longest key first, which says most, then by the alphabet.
2. A candidate joins the first class whose representative it equals, `equal(representative, candidate)`; otherwise it
   becomes the representative of a new class.
3. Classes are numbered in the order in which they appear among the answers.

So the partition does not depend on the order of the answers, whatever `equal` is.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from lbt_solvers.answers.normalisation import normalise


def answer_classes(
    answers: Sequence[str | None],
    equal: Callable[[str, str], bool],
    key: Callable[[str], str] = normalise,
) -> list[int | None]:
    """Number of the class of each answer; `None` for a missing answer or one whose key is empty.

    Args:
        answers: in the order in which they were sampled.
        equal: called as `equal(representative, candidate)` with one answer of each key, always the same one.
        key: answers with equal keys are equal without a call of `equal`.
    """
    keys = [key(answer) if answer else "" for answer in answers]
    spelling: dict[str, str] = {}
    for found, answer in zip(keys, answers, strict=True):
        if found and answer:
            spelling[found] = min(spelling.get(found, answer), answer)
    frequency = Counter(found for found in keys if found)
    representative: dict[str, str] = {}
    anchors: list[str] = []
    for candidate in sorted(frequency, key=lambda each: (-frequency[each], -len(each), each)):
        anchor = next((known for known in anchors if equal(spelling[known], spelling[candidate])), None)
        if anchor is None:
            anchors.append(candidate)
        representative[candidate] = anchor or candidate
    number: dict[str, int] = {}
    for found in keys:
        if found:
            number.setdefault(representative[found], len(number))
    return [number[representative[found]] if found else None for found in keys]
