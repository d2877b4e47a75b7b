"""Problem types about whole numbers: multiples, fence posts, rounding, clocks, years. Data only.

A type such as "multiples" reads: the multiples of 7 from 1 to 28 are four, and who leaves 28 out counts three. Where 7
does not divide n the misconception is right, so an example in the statement need not show it.
"""

from lbt_tasks.classroom.programs.inputs import beyond, near_multiples, whole
from lbt_tasks.classroom.programs.problem_types import ProblemType, method

NUMBER_TYPES = (
    ProblemType(
        name="multiples",
        family="multiples",
        phrasings=(
            "Count the multiples of {a} from 1 to n, n included.",
            "How many of the numbers 1 to n does {a} divide? n counts.",
        ),
        function="countMultiples",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(3, 60)},
        draw=near_multiples("a"),
        truth=lambda n, a: sum(x % a == 0 for x in range(1, n + 1)),
        right=method("right", "Range: n is in it. Groups: one in {a}", "return n // {a}"),
        wrong=(
            (method("n left out", "Range: ends before n. Groups: one in {a}", "return (n - 1) // {a}"), 0.75),
            (method("zero counted", "Range: starts at 0. Groups: one in {a}", "return n // {a} + 1"), 0.25),
        ),
        right_share=0.36,
    ),
    ProblemType(
        name="posts",
        family="fence posts",
        phrasings=(
            "A post stands every {a} m along n m of road, the first at 0. A post costs {b}. Total cost?",
            "A road of n m has a post at 0 and then every {a} m, {b} each. What do they cost?",
        ),
        function="costOfPosts",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(3, 20), "b": range(2, 30)},
        draw=near_multiples("a"),
        truth=lambda n, a, b: b * len(range(0, n + 1, a)),
        right=method("right", "Gaps: n by {a}. Posts: one more", "posts = n // {a} + 1\nreturn posts * {b}"),
        wrong=(
            (method("rounded up", "Posts: n by {a}, rounded up", "posts = -(-n // {a})\nreturn posts * {b}"), 0.7),
            (method("gaps", "Posts: n by {a}", "posts = n // {a}\nreturn posts * {b}"), 0.3),
        ),
        right_share=0.34,
    ),
    ProblemType(
        name="below",
        family="multiples",
        phrasings=(
            "Sum the multiples of {a} that are below n.",
            "Add up all positive multiples of {a} less than n.",
        ),
        function="sumBelow",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(3, 60)},
        draw=near_multiples("a"),
        truth=lambda n, a: sum(x for x in range(n) if x % a == 0),
        right=method("right", "Steps: {a} at a time. Stop: before n", "return sum(range({a}, n, {a}))"),
        wrong=((method("n counted", "Steps: {a} at a time. Stop: at n", "return sum(range({a}, n + 1, {a}))"), 1.0),),
        right_share=0.6,
    ),
    ProblemType(
        name="boxes",
        family="rounding",
        phrasings=(
            "A box holds {a} eggs and costs {b}. What do the boxes for n eggs cost?",
            "Boxes of {a} cost {b} each. All of n eggs go into boxes. Cost?",
        ),
        function="costOfBoxes",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(3, 20), "b": range(2, 30)},
        draw=near_multiples("a"),
        truth=lambda n, a, b: b * len(range(0, n, a)),
        right=method("right", "Boxes: round up", "boxes = (n + {a} - 1) // {a}\nreturn boxes * {b}"),
        wrong=(
            (method("down", "Boxes: round down", "boxes = n // {a}\nreturn boxes * {b}"), 0.6),
            (method("one more", "Boxes: full ones and one more", "boxes = n // {a} + 1\nreturn boxes * {b}"), 0.4),
        ),
        right_share=0.33,
    ),
    ProblemType(
        name="clock",
        family="remainders",
        phrasings=(
            "A dial shows the hours 1 to {a}. It shows h. What does it show n hours later?",
            "After {a} a dial goes on with 1. Now it is h. What is it in n hours?",
        ),
        function="laterHour",
        parameters=("h: int", "n: int"),
        returns="int",
        constants={"a": range(6, 60)},
        draw=lambda rng, c: (h := rng.randint(1, c["a"]), rng.choice((rng.randint(1, 40), c["a"] - h, 2 * c["a"] - h))),
        truth=lambda h, n, a: [*range(1, a + 1)][(h - 1 + n) % a],
        right=method("right", "Dial: from 1. Shift: by one and back", "return (h + n - 1) % {a} + 1"),
        wrong=((method("from zero", "Dial: from 0. Turn: rest by {a}", "return (h + n) % {a}"), 1.0),),
        right_share=0.37,
    ),
    ProblemType(
        name="odds",
        family="counting",
        phrasings=(
            "Add the odd numbers from {a} to n, both included.",
            "What is the sum of all odd numbers from {a} up to and with n?",
        ),
        function="sumOdds",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(1, 90)},
        draw=beyond("a", 30),
        truth=lambda n, a: sum(x for x in range(a, n + 1) if x % 2 == 1),
        right=method("right", "Range: {a} to n. Odd: rest 1", "return sum(x for x in range({a}, n + 1) if x % 2)"),
        wrong=(
            (
                method(
                    "n left out", "Range: {a} to n - 1. Odd: rest 1", "return sum(x for x in range({a}, n) if x % 2)"
                ),
                1.0,
            ),
        ),
        right_share=0.54,
    ),
    ProblemType(
        name="fare",
        family="rates",
        phrasings=(
            "The first {a} km are free, each further km costs {b}. Cost of n km?",
            "Each km beyond {a} km costs {b}. What do n km cost?",
        ),
        function="fare",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(5, 40), "b": range(2, 30)},
        draw=lambda rng, c: (max(0, c["a"] + rng.randint(-9, 15)),),
        truth=lambda n, a, b: sum(b for km in range(1, n + 1) if km > a),
        right=method("right", "Paid: n less {a}, never below 0", "paid = max(0, n - {a})\nreturn paid * {b}"),
        wrong=(
            (method("below zero", "Paid: n less {a}", "paid = n - {a}\nreturn paid * {b}"), 0.75),
            (method("all paid", "Paid: all beyond {a}", "paid = n if n > {a} else 0\nreturn paid * {b}"), 0.25),
        ),
        right_share=0.38,
        seen_by_students=False,
    ),
    ProblemType(
        name="leap",
        family="calendar",
        phrasings=("Count the leap years from {a} to n.", "How many leap years are in {a} to n, both counted?"),
        function="leapYears",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(1801, 1897)},
        draw=beyond("a", 130, 5),
        truth=lambda n, a: sum((y % 4 == 0 and y % 100 != 0) or y % 400 == 0 for y in range(a, n + 1)),
        right=method(
            "right",
            "Leap: by 4. Except: by 100, not by 400",
            "years = range({a}, n + 1)\nreturn sum(y % 4 == 0 and (y % 100 > 0 or y % 400 == 0) for y in years)",
        ),
        wrong=(
            (method("fours", "Leap: by 4", "years = range({a}, n + 1)\nreturn sum(y % 4 == 0 for y in years)"), 1.0),
        ),
        right_share=0.52,
    ),
    ProblemType(
        name="digits",
        family="digits",
        phrasings=(
            "Add the digits of n and multiply the sum by {a}.",
            "Return {a} times the sum of the digits of n.",
        ),
        function="digitSum",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(2, 60)},
        draw=lambda rng, constants: (rng.choice((rng.randint(10, 99), rng.randint(100, 999))),),
        truth=lambda n, a: a * sum(map(int, str(n))),
        right=method("right", "Digits: all of n", "total = sum(int(d) for d in str(n))\nreturn total * {a}"),
        wrong=(
            (method("last two", "Digits: tens and ones", "total = n // 10 % 10 + n % 10\nreturn total * {a}"), 1.0),
        ),
        right_share=0.5,
    ),
    ProblemType(
        name="drop",
        family="rounding",
        phrasings=(
            "Divide n by {a} and drop the fraction, also where n is negative.",
            "Return n / {a} cut to a whole number towards 0.",
        ),
        function="cutQuotient",
        parameters=("n: int",),
        returns="int",
        constants={"a": range(3, 60)},
        draw=whole(-120, 120),
        truth=lambda n, a: n // a if n >= 0 else -(-n // a),
        right=method("right", "Cut: towards 0", "return int(n / {a})"),
        wrong=((method("floor", "Cut: whole division", "return n // {a}"), 1.0),),
        right_share=0.35,
    ),
)
