"""Scoring and selection over a million recorded sittings, against a vectorised floor.

    python -m benchmarks.selection

434 problems x 256 rationales x 3 items x 3 repetitions. Ours builds LbT scores from frozen results and applies all four
rules; the floor does the same arithmetic for SUM alone on arrays that are in memory already (numpy), with no ties, no
unusable sittings and no types. A full exam of this size is a million model calls, so seconds here are nothing.
"""

import random
import time

import numpy as np

from lbt_solvers.rules import answer_rules
from lbt_solvers.scoring import lbt_score
from lbt_solvers.selection import select
from lbt_solvers.types import ExamResult, Rationale, Scored

PROBLEMS, RATIONALES, ITEMS, REPETITIONS, CLASSES = 434, 256, 3, 3, 12


def main() -> None:
    rng = random.Random(0)
    shape = (PROBLEMS, RATIONALES, ITEMS, REPETITIONS)
    sittings = np.random.default_rng(0).integers(0, 2, shape).astype(float)
    classes = [[rng.randrange(CLASSES) for _ in range(RATIONALES)] for _ in range(PROBLEMS)]
    rationale = Rationale("text", "answer")
    recorded = sittings.tolist()

    start = time.perf_counter()
    ours: list[int] = []
    for problem, numbers in zip(recorded, classes, strict=True):
        results = [(ExamResult("student", tuple(tuple(item) for item in scores)),) for scores in problem]
        scored = [Scored(rationale, c, r, lbt_score(r)) for c, r in zip(numbers, results, strict=True)]
        choices = {rule: select(scored, rule) for rule in answer_rules()}
        assert choices["sum"]
        ours.append(choices["sum"].answer_class)
    our_time = time.perf_counter() - start

    start = time.perf_counter()
    scores = sittings.mean(axis=(2, 3))
    sums = [np.bincount(np.array(c), weights=s, minlength=CLASSES) for c, s in zip(classes, scores, strict=True)]
    floor = [int(values.argmax()) for values in sums]
    floor_time = time.perf_counter() - start

    agreed = sum(a == b for a, b in zip(ours, floor, strict=True))
    print(f"{sittings.size:,} sittings, {PROBLEMS} problems, {RATIONALES} rationales each")
    print(f"ours, four rules   {our_time:6.2f} s   {sittings.size / our_time:12,.0f} sittings/s")
    print(f"numpy, SUM alone   {floor_time:6.2f} s   {sittings.size / floor_time:12,.0f} sittings/s")
    print(
        f"ratio {our_time / floor_time:.1f} x; same winner in {agreed} of {PROBLEMS} (the floor ignores the tie rule)"
    )


if __name__ == "__main__":
    main()
