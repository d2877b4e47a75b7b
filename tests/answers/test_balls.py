"""Values with a bound of the error: read as math-verify reads, and never the reason to part what is equal."""

import logging
import random
from pathlib import Path

import pytest
import sympy
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lbt_solvers.answers import Equality, normalise
from lbt_solvers.answers._balls import Ball, surely_differ, value
from lbt_solvers.answers._compare import compare
from lbt_solvers.answers._math_worker import parsed

EQUAL: dict[str, list[list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "equality.yaml").read_text(encoding="utf-8")
)["equal"]
LETTERS = "xyabcnkrRpfghimNSOQ"


def atom(draw: random.Random, depth: int) -> str:
    kind = draw.randrange(10 if depth else 6)
    if kind < 3:
        return draw.choice([str(draw.randint(1, 12)), f"{draw.randint(0, 9)}.{draw.randint(1, 99)}"])
    if kind < 6:
        return draw.choice([*LETTERS, "\\pi "])
    inside = [total(draw, depth - 1) for _ in range(2)]
    return [f"\\frac{{{inside[0]}}}{{{inside[1]}}}", f"\\sqrt{{{inside[0]}}}", f"({inside[0]})", "(2)"][kind - 6]


def product(draw: random.Random, depth: int) -> str:
    factors: list[str] = []
    for _ in range(draw.randint(1, 3)):
        power = draw.choice(["", "", "", "^2", "^{-1}", "^3"])
        factors.append((atom(draw, depth).rstrip() if power else atom(draw, depth)) + power)
    return draw.choice(["", "\\cdot "]).join(factors) + draw.choice(["", "", f"/{draw.randint(1, 9)}"])


def total(draw: random.Random, depth: int) -> str:
    summands = [product(draw, depth) for _ in range(draw.randint(1, 3))]
    return draw.choice(["", "-"]) + "".join(f"{draw.choice('+-')}{each}" for each in summands)[1:]


def test_a_ball_holds_the_value_of_the_expression_as_math_verify_reads_it():
    logging.disable()
    draw, read = random.Random(1), 0
    for _ in range(300):
        key = normalise(total(draw, draw.choice([0, 1, 1, 1, 2])))
        ball = value(key)
        expression = None if ball is None else parsed(key)
        if ball is None or expression is None:
            continue
        read += 1
        point = {each: sympy.Float(value(each.name).centre.real, 40) for each in expression.free_symbols}  # pyright: ignore[reportOptionalMemberAccess]
        exact = complex(expression.xreplace(point).evalf(30))
        assert abs(exact - ball.centre) <= ball.radius + 1e-15 * abs(exact), key
        assert ball.radius < 1e-6 * max(1.0, abs(exact)), "else it tells nothing apart"
    assert read > 60
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("pair", [pair for pairs in EQUAL.values() for pair in pairs], ids=str)
def test_what_is_equal_never_surely_differs(pair: list[str]):
    one, other = map(normalise, pair[:2])
    assert not surely_differ(one, other)
    assert not surely_differ(other, one)


@pytest.mark.parametrize(
    "pair",
    [
        ["x^2-1", "(x-1)(x+1)"],
        ["\\sqrt{12}", "2\\sqrt{3}"],
        ["\\frac{1}{\\sqrt{2}}", "\\frac{\\sqrt{2}}{2}"],
        ["3R^2", "3r^2"],
        ["(x+1)^{64}", "(1+x)^{64}"],
        ["10^{40}+x-10^{40}", "x"],
        ["\\frac{1}{x-x}", "2x"],
        ["\\sqrt{x^2}", "x"],
        ["\\sqrt{-4}", "2i"],
        ["10^{60}\\cdot 10^{60}\\cdot 10^{60}", "10^{61}\\cdot 10^{60}\\cdot 10^{60}"],
        ["[3,3]\\cup[3,3]", "3\\pi"],
        ["(-\\infty,\\infty)\\cup(a,b)", "3\\pi"],
    ],
)
def test_nothing_is_known_of(pair: list[str]):
    assert not surely_differ(*pair)
    assert not surely_differ(*reversed(pair))


@pytest.mark.parametrize(
    "key",
    ["e", "x(y)", "f^2(x)", "1\\frac{1}{2}", "x2", "(2)(3)", "2(\\frac{1}{2})", "2((3))", "2tr", "2or", "pi", "x/2y"]
    + ["2^{3^{4}}", "2^3^4", "x^{65}", "x^{2", "\\frac12", "\\sqrt[10]{2}", "x y", "\\cot x", "(1,2)", "x=2", "", "-"]
    + ["(" * 400 + "x" + ")" * 400, "9" * 500, "1" + "0" * 5_000 + "i", "2^{" + "9" * 5_000 + "}"],
    ids=lambda key: key[:20],
)
def test_what_is_read_in_two_ways_or_is_too_large_has_no_value(key: str):
    assert value(key) is None


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("12", "(0,9)\\cup(9,36)"),
        ("(-\\infty,2)\\cup(3,\\infty)", "2x"),
        ("\\frac{11+9a}{20}", "\\sqrt{51}"),
        ("1-12i", "1+12i"),
        ("3R^2", "6\\sqrt{2}"),
        ("2\\sqrt{5}", "4.4721359549"),
        ("10^{12}x+1", "10^{12}x"),
    ],
)
def test_these_differ_and_nobody_is_asked(gold: str, answer: str):
    def ask(one: str, other: str) -> Equality:
        raise AssertionError(f"asked about {one} and {other}")

    assert compare(gold, answer, ask) == compare(answer, gold, ask) == Equality(False, "different")


numbers = st.complex_numbers(max_magnitude=1e6, allow_subnormal=False)


@given(numbers, numbers, st.floats(0, 1), st.floats(0, 1), st.complex_numbers(max_magnitude=0.99))
def test_what_is_computed_from_balls_holds_what_is_computed_from_their_points(
    one: complex, other: complex, radius: float, second: float, towards: complex
):
    left, right = Ball(one, radius), Ball(other, second)
    points = one + towards * radius, other - towards * second
    assert holds(left.plus(right), sum(points))
    assert holds(left.times(right), points[0] * points[1])
    if abs(other) > 2 * second and abs(points[1]) > 1e-9:
        assert holds(right.inverse(), 1 / points[1])
    if other.real > 2 * second:
        assert holds(right.root(2), points[1] ** 0.5)
        assert holds(right.root(3), points[1] ** (1 / 3))


def holds(ball: Ball, point: complex) -> bool:
    return abs(point - ball.centre) <= ball.radius * (1 + 1e-12) + 1e-12 * abs(point)
