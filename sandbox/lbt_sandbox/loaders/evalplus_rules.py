"""When evalplus calls an answer right. Standard library only: its source runs in the process with the tests.

    verify(candidate, reference, [[1, 2]], name="f", atol=0)   # AssertionError where the two differ

Source: evalplus 0.3.1, `evalplus/eval/__init__.py` and `_special_oracle.py` (rules, not code).
"""

import copy
import math
from collections.abc import Callable
from typing import Any

SETS_EQUAL = frozenset(
    "similar_elements find_char_long common_in_nested_lists extract_singly larg_nnum intersection_array "
    "find_dissimilar Diff".split()
)
"""Functions of MBPP whose answers are compared as sets."""
FOUND_OR_NOT = frozenset({"check_str", "text_match_three", "text_starta_endb"})
"""Functions of MBPP of which it only counts whether they find something."""
RELATIVE = 1e-7
FLOAT_ATOL = 1e-6


def load(source: str, name: str) -> Callable[..., Any]:
    """The reference solution."""
    namespace: dict[str, Any] = {"__name__": "reference"}
    exec(compile(source, "<reference>", "exec"), namespace)
    return namespace[name]


def verify(
    candidate: Callable[..., Any], reference: Callable[..., Any], args: list[Any], name: str = "", atol: float = 0
) -> None:
    """Compare the answers to one input; raises AssertionError where evalplus calls the candidate's wrong.

    Args:
        candidate: The solution.
        reference: The canonical solution.
        args: The input.
        name: Of the function, for those with rules of their own.
        atol: The problem's absolute tolerance.
    """
    expected = reference(*copy.deepcopy(args))
    out = candidate(*copy.deepcopy(args))
    if name == "find_zero":
        assert abs(sum(factor * math.pow(out, power) for power, factor in enumerate(args[0]))) <= atol, out
        return
    assert _special(name, args, out, expected) or _close(out, expected, atol), f"{out!r:.200} is not {expected!r:.200}"


def _special(name: str, args: list[Any], out: Any, expected: Any) -> bool:
    if name == "are_equivalent":
        return True
    if name == "sum_div" and isinstance(out, int) and out is not False and out == 0:
        return True
    if name in SETS_EQUAL:
        found: Any = out
        return set(found) == set(expected)
    if name in FOUND_OR_NOT:
        return out == (expected is not None) if isinstance(out, bool) else (expected is None) == (out is None)
    if name == "surface_Area":
        base, height = args
        slant = math.sqrt((base / 2) ** 2 + height**2)
        return _close(out, expected, 0) or out == round(base**2 + 4 * (base * slant) / 2)
    if name == "digit_distance_nums":
        texts = [str(number) for number in args]
        digits = [map(int, text.zfill(max(map(len, texts)))) for text in texts]
        return out == sum(abs(left - right) for left, right in zip(*digits, strict=True))
    return False


def _close(out: Any, expected: Any, atol: float) -> bool:
    """Equal; or of the same type and close, where floats were wanted or the problem has a tolerance."""
    if out == expected:
        return True
    atol = atol or (FLOAT_ATOL if _is_floats(expected) else 0)
    return atol > 0 and type(out) is type(expected) and _all_close(out, expected, atol)


def _is_floats(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float)


def _all_close(out: Any, expected: Any, atol: float) -> bool:
    if isinstance(expected, list | tuple):
        same = isinstance(out, list | tuple) and len(out) == len(expected)
        return same and all(map(lambda a, b: _all_close(a, b, atol), out, expected))
    return abs(out - expected) <= atol + RELATIVE * abs(expected)
