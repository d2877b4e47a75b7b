"""Problem types about lists of numbers: limits, positions, duplicates, running totals. Data only.

A type such as "second" reads: the second largest different number of [9, 9, 4] is 4, and who only sorts says 9.
"""

from itertools import accumulate, pairwise

from lbt_tasks.classroom.programs.inputs import numbers, with_repeats
from lbt_tasks.classroom.programs.problem_types import ProblemType, method

LIST_TYPES = (
    ProblemType(
        name="between",
        family="limits",
        phrasings=(
            "How many numbers in nums lie between {a} and {b}, both counted?",
            "Count the numbers of nums from {a} to {b}, limits included.",
        ),
        function="countBetween",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(2, 15), "b": range(18, 35)},
        draw=numbers(0, 40, often=("a", "b")),
        truth=lambda nums, a, b: len([x for x in nums if x in range(a, b + 1)]),
        right=method("right", "Limits: both count", "return sum({a} <= x <= {b} for x in nums)"),
        wrong=(
            (method("inside", "Limits: none counts", "return sum({a} < x < {b} for x in nums)"), 0.75),
            (method("half", "Limits: only {a} counts", "return sum({a} <= x < {b} for x in nums)"), 0.25),
        ),
        right_share=0.37,
    ),
    ProblemType(
        name="atleast",
        family="limits",
        phrasings=("Sum the numbers of nums that are at least {a}.", "Add up the numbers of nums not below {a}."),
        function="sumAtLeast",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(2, 60)},
        draw=numbers(0, 70, often=("a",)),
        truth=lambda nums, a: sum(nums) - sum(x for x in nums if x < a),
        right=method("right", "Limit: {a} counts", "return sum(x for x in nums if x >= {a})"),
        wrong=((method("above", "Limit: more than {a}", "return sum(x for x in nums if x > {a})"), 1.0),),
        right_share=0.62,
    ),
    ProblemType(
        name="every",
        family="positions",
        phrasings=(
            "Of each {a} numbers of nums take the last. Return their sum plus {b}.",
            "nums comes in rows of {a}. Sum the last number of each full row and add {b}.",
        ),
        function="sumEvery",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(2, 5), "b": range(2, 60)},
        draw=lambda rng, c: rng.choice((numbers(0, 9, (5, 6, 7)), numbers(7, 7, (4, 6, 8))))(rng, c),
        truth=lambda nums, a, b: b + sum(x for place, x in enumerate(nums, 1) if place % a == 0),
        right=method("right", "Start: index {a} - 1. Step: {a}", "return sum(nums[{a} - 1::{a}]) + {b}"),
        wrong=(
            (method("from the first", "Start: index 0. Step: {a}", "return sum(nums[::{a}]) + {b}"), 0.65),
            (method("from index", "Start: index {a}. Step: {a}", "return sum(nums[{a}::{a}]) + {b}"), 0.35),
        ),
        right_share=0.35,
    ),
    ProblemType(
        name="last",
        family="positions",
        phrasings=(
            "Return the index of the last {a} in nums, or -1.",
            "Where does {a} come last in nums? -1: nowhere.",
        ),
        function="lastIndex",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(2, 60)},
        draw=numbers(0, 60, (4, 5, 6), often=("a",)),
        truth=lambda nums, a: max((i for i, x in enumerate(nums) if x == a), default=-1),
        right=method(
            "right",
            "Found: keep the last",
            "found = [i for i, x in enumerate(nums) if x == {a}]\nreturn found[-1] if found else -1",
        ),
        wrong=((method("first", "Found: take the first", "return nums.index({a}) if {a} in nums else -1"), 1.0),),
        right_share=0.63,
    ),
    ProblemType(
        name="second",
        family="duplicates",
        phrasings=(
            "Return the second largest different number of nums, or {a}.",
            "What is the largest number below the maximum of nums? {a} if none.",
        ),
        function="secondLargest",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(2, 60)},
        draw=with_repeats(numbers(0, 30)),
        truth=lambda nums, a: max((x for x in nums if x < max(nums)), default=a),
        right=method(
            "right", "Order: without repeats", "top = sorted(set(nums))\nreturn top[-2] if len(top) > 1 else {a}"
        ),
        wrong=((method("repeats", "Order: all", "top = sorted(nums)\nreturn top[-2] if len(top) > 1 else {a}"), 1.0),),
        right_share=0.35,
    ),
    ProblemType(
        name="gain",
        family="order",
        phrasings=(
            "Buy on one day of nums, sell on a later one, pay {a}. Best gain, or 0?",
            "nums has prices by day. Best gain of a purchase and a later sale, less {a}; at least 0?",
        ),
        function="bestGain",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(1, 50)},
        draw=numbers(0, 99, (3, 4, 5)),
        truth=lambda nums, a: max([0] + [y - x - a for i, x in enumerate(nums) for y in nums[i + 1 :]]),
        right=method(
            "right",
            "Buy: lowest so far. Sell: today",
            "best = 0\nfor i, x in enumerate(nums):\n    best = max(best, x - min(nums[:i + 1]) - {a})\nreturn best",
        ),
        wrong=(
            (
                method(
                    "any order", "Buy: lowest. Sell: highest", "best = max(nums) - min(nums)\nreturn max(0, best - {a})"
                ),
                1.0,
            ),
        ),
        right_share=0.55,
    ),
    ProblemType(
        name="days",
        family="running totals",
        phrasings=(
            "After how many days of nums is the running total at least {a}?",
            "Count the days after which the total of nums so far has reached {a}.",
        ),
        function="daysReached",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(10, 60)},
        draw=lambda rng, c: (
            [
                x := rng.randint(1, c["a"] - 1),
                rng.choice((c["a"] - x, rng.randint(1, 30))),
                *rng.choices(range(9), k=2),
            ],
        ),
        truth=lambda nums, a: sum(total >= a for total in accumulate(nums)),
        right=method(
            "right",
            "Totals: after each day. Reached: {a} counts",
            "totals = [sum(nums[:i + 1]) for i in range(len(nums))]\nreturn sum(t >= {a} for t in totals)",
        ),
        wrong=(
            (
                method(
                    "above",
                    "Totals: after each day. Reached: above {a}",
                    "totals = [sum(nums[:i + 1]) for i in range(len(nums))]\nreturn sum(t > {a} for t in totals)",
                ),
                0.6,
            ),
            (
                method(
                    "before",
                    "Totals: before each day. Reached: {a} counts",
                    "totals = [sum(nums[:i]) for i in range(len(nums))]\nreturn sum(t >= {a} for t in totals)",
                ),
                0.4,
            ),
        ),
        right_share=0.46,
    ),
    ProblemType(
        name="cap",
        family="limits",
        phrasings=(
            "Numbers of nums above {a} count as {a}. Return the sum.",
            "Sum nums, where no number counts for more than {a}.",
        ),
        function="cappedSum",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(5, 60)},
        draw=lambda rng, c: ([rng.randint(0, c["a"] + rng.choice((0, 20))) for _ in range(4)],),
        truth=lambda nums, a: sum(a if x > a else x for x in nums),
        right=method("right", "Large: count as {a}", "return sum(min(x, {a}) for x in nums)"),
        wrong=((method("dropped", "Large: left out", "return sum(x for x in nums if x <= {a})"), 1.0),),
        right_share=0.58,
    ),
    ProblemType(
        name="mean",
        family="averages",
        phrasings=(
            "Average of nums without the entries {a}, rounded down; {b} if none is left.",
            "Leave the entries {a} out of nums. Mean of the rest, rounded down, else {b}?",
        ),
        function="meanWithout",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(0, 12), "b": range(20, 60)},
        draw=numbers(13, 60, (3, 4), often=("a",)),
        truth=lambda nums, a, b: (sum(nums) - a * nums.count(a)) // (len(nums) - nums.count(a)),
        right=method(
            "right",
            "Kept: not {a}. Share: by those kept",
            "kept = [x for x in nums if x != {a}]\nreturn sum(kept) // len(kept) if kept else {b}",
        ),
        wrong=(
            (
                method(
                    "all",
                    "Kept: not {a}. Share: by all",
                    "kept = [x for x in nums if x != {a}]\nreturn sum(kept) // len(nums) if kept else {b}",
                ),
                1.0,
            ),
        ),
        right_share=0.36,
    ),
    ProblemType(
        name="neighbours",
        family="differences",
        phrasings=(
            "Count the neighbours in nums that differ by at most {a}.",
            "How many pairs of neighbours in nums are no more than {a} apart?",
        ),
        function="closePairs",
        parameters=("nums: list[int]",),
        returns="int",
        constants={"a": range(2, 60)},
        draw=lambda rng, c: (
            list(
                accumulate(
                    (rng.choice((c["a"], -c["a"], 1, 2 * c["a"], 3, -2 * c["a"])) for _ in range(4)), initial=150
                )
            ),
        ),
        truth=lambda nums, a: sum(y in range(x - a, x + a + 1) for x, y in pairwise(nums)),
        right=method("right", "Apart: either way", "return sum(abs(x - y) <= {a} for x, y in zip(nums, nums[1:]))"),
        wrong=((method("one way", "Apart: upwards", "return sum(y - x <= {a} for x, y in zip(nums, nums[1:]))"), 1.0),),
        right_share=0.4,
        seen_by_students=False,
    ),
)
