"""One comparison takes at most its limit, with the real math-verify process: hostile answers, hangs, restarts.

The slow test compares 10,000 mutated answers: `pytest -m slow tests/answers/test_limit.py`.
"""

import random
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml

from lbt_solvers.answers import Equality, MathAnswers
from lbt_solvers.answers._worker_process import shared_worker

EQUALITY: dict[str, dict[str, list[list[str]]]] = yaml.safe_load(
    (Path(__file__).parent / "equality.yaml").read_text(encoding="utf-8")
)
ANSWERS = [text for table in EQUALITY.values() for pairs in table.values() for pair in pairs for text in pair]
LIMIT = 1.0
SLACK = 30.0
"""For a machine that is busy with other work: without the limit these comparisons take hours."""
PATIENCE = 60.0
HANG = [
    "\\sum_{k=1}^{99999} k^{99999}",
    "\\sum_{n=2}^{99998} (n+1)^{99997}",
    "x+\\sum_{k=2}^{99997} (k+2)^{99996}",
]
"""Each of them takes math-verify longer than any limit, in a way that only killing the process ends."""
TOO_LARGE = ["9^{9^{9^9}}", "9^{9^{9^{9}}}+x", "100000000!", "(9!)!", "\\binom{1000000}{5}", "10^{99999999}\\pi"]
TOO_LONG = [piece * (10**6 // len(piece)) for piece in ("x", "1", "\\", "{", "$", "\\frac", "1,", "-", "\\boxed{", "^")]
BRACKETS = [
    "{",
    "[",
    "(",
    "\\{",
    "\\left(",
    "\\sqrt{",
    "\\frac{",
    "\\begin{",
    "\\boxed{",
    "|",
    "^{",
    "_{",
    "$",
    "\\text{",
]
SHAPES = [
    *("+".join(["x^2"] * many) for many in (10, 60)),
    *(",".join(["x+y"] * many) for many in (5, 31)),
    *("\\begin{pmatrix}" + "\\\\".join(["&".join("x" * wide)] * wide) + "\\end{pmatrix}" for wide in (2, 9)),
    *("1" + "0" * many for many in (30, 990)),
    *("\\pm" * many for many in (3, 300)),
    *("x<" * many + "x" for many in (3, 400)),
    *("\\cup".join(["(0,1)"] * many) for many in (3, 31)),
    *("\ud800", "x\x00y", "\u202e2x", "\U0001f600" * 900, "\\frac{0}{0}", "0^0", "\\infty^\\infty", "\\frac{1}{0}x"),
    *("99999!", "\\sqrt[99999]{2}", "\\lfloor\\pi^{9999}\\rfloor", "\\zeta(3)", "\\det", "\\mod", "'" * 900, "%" * 900),
]


def hostile() -> list[str]:
    """A few hundred texts that no answer should be, the same on every run."""
    draw = random.Random(0)
    nested = [opening * deep + "x" for opening in BRACKETS for deep in (1, 7, 300)]
    return [*TOO_LARGE, *TOO_LONG, *nested, *SHAPES, *(mutated(draw) for _ in range(150))]


def mutated(draw: random.Random) -> str:
    """An answer of the table of equality with something put in or taken out."""
    text = list(draw.choice(ANSWERS))
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(text) + 1)
        text[at : at + draw.randint(0, 3)] = draw.choice(
            [*BRACKETS, *"}])=^_!&<,;'", "\\pi", *draw.choice(ANSWERS)[:3]]
        )
    return "".join(text)


def within_its_limit(answers: MathAnswers, gold: str, answer: str) -> Equality:
    """The comparison, which neither raises nor goes on."""
    start = time.monotonic()
    found = answers.equal(gold, answer)
    took = time.monotonic() - start
    assert took < answers.seconds + SLACK, f"{took:.1f} s for {gold[:60]!r} and {answer[:60]!r}: {found}"
    return found


def test_hostile_answers_keep_the_limit():
    answers, draw, found = MathAnswers(LIMIT), random.Random(1), Counter[str]()
    texts = hostile()
    for text in texts:
        other = draw.choice(["\\cot x", "7", draw.choice(ANSWERS)])
        found[within_its_limit(answers, *draw.choice([(text, other), (other, text)])).how] += 1
    assert len(texts) > 200
    assert found["different"] > 100, "most are judged, not given up"


@pytest.mark.parametrize("text", TOO_LARGE)
def test_what_is_too_large_is_undecided_without_math_verify(text: str):
    found = MathAnswers(LIMIT).equal(text, "\\cot x")
    assert (found.how, found.reason) == ("undecided", "a number too large to compute")


def test_a_comparison_that_hangs_ends_at_the_limit_and_the_next_one_has_a_new_process():
    worker, pids = shared_worker(), set[int | None]()
    for text in HANG:
        assert MathAnswers(PATIENCE, worker).equal("2x", "x+x").equal, "restarted"
        pids.add(worker.pid)
        found = within_its_limit(MathAnswers(LIMIT, worker), text, "\\cot x")
        assert (found.how, found.reason) == ("undecided", f"no verdict within {LIMIT:g} s")
    assert len(pids) == len(HANG), "each of them was killed"


def test_parts_that_hang_share_the_limit_and_the_restart_is_in_it():
    """Of two sets of 12: without a common limit these are 144 comparisons."""
    sets = ["\\{" + ",".join(f"{text}+{n}" for n in range(12)) + "\\}" for text in (HANG[0], "\\cot x")]
    assert MathAnswers(PATIENCE).equal("2x", "x+x").equal, "the process is there"
    found = within_its_limit(MathAnswers(LIMIT), *sets)
    assert (found.how, found.reason) == ("undecided", f"no verdict within {LIMIT:g} s")


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_mutated_answers_keep_the_limit():
    answers, draw, found = MathAnswers(LIMIT), random.Random(2), Counter[str]()
    for _ in range(10_000):
        found[within_its_limit(answers, draw.choice(ANSWERS), mutated(draw)).how] += 1
    assert found["math-verify"] + found["different"] > 5_000
