"""When the teacher may stop: the vote among its samples is certain, or certain enough.

    certainty_of_vote([0, 0, 1, 0, 0], planned=8)   # 1.0: three more samples cannot change the winner
    samples_needed([0, 0, 0, 0, 1, 2], planned=6, certainty=0.95)   # 4

Certainty below 1 is that of adaptive consistency (Aggarwal et al., 2023): the posterior probability that the leading
answer is more frequent than the second, P(p1 > p2 | v1, v2) = 1 - I_0.5(v1 + 1, v2 + 1). Stopping is exact for the
majority vote at certainty 1; SUM and MAX may prefer an answer that the missing samples would have brought.
"""

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from typing import Any


def certainty_of_vote(classes: Sequence[int | None], planned: int) -> float:
    """Probability in [0, 1] that the leading answer stays in the lead; 1 where the missing samples cannot change it.

    Args:
        classes: Answer class of each sample so far; `None` does not vote.
        planned: Samples in all.

    Raises:
        ValueError: more samples than planned.
    """
    if len(classes) > planned:
        raise ValueError(f"{planned} samples were planned, found {len(classes)}.")
    votes = Counter(number for number in classes if number is not None)
    if not votes:
        return 0.0
    (_, first), *others = votes.most_common(2)
    second = others[0][1] if others else 0
    # With equally many the one seen first wins, which a late-comer is not but the second may be: a lead is needed.
    if first - second > planned - len(classes) or len(classes) == planned:
        return 1.0
    special: Any = import_module("scipy.special")
    return 1.0 - float(special.betainc(first + 1, second + 1, 0.5))


def samples_needed(classes: Sequence[int | None], planned: int, certainty: float, chunk: int = 1) -> int:
    """After how many of these samples a teacher that stops at that certainty would have stopped.

    Args:
        classes: Answer class of every sample, in the order in which they were drawn.
        planned: Samples in all; at most this many are needed.
        certainty: In (0.5, 1]; 1 stops only when the vote cannot change.
        chunk: Samples that are drawn at a time.
    """
    for count in range(chunk, min(planned, len(classes)), chunk):
        if certainty_of_vote(classes[:count], planned) >= certainty:
            return count
    return min(planned, len(classes))
