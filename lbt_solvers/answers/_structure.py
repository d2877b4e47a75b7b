r"""The outer structure of a normalised answer: a pair, an interval, a set, a list, a matrix, or one value.

    >>> structure("\\{1,2\\}")
    Structure(kind='set', parts=('1', '2'), brackets='')

`(1,2)` is ordered, `\{1,2\}` and the bare list `1,2` are not: MATH lists solutions in any order. `1\pm\sqrt{2}` is the
list of its two values.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lbt_solvers.answers._latex import brackets_match, split_top

Kind = Literal["value", "ordered", "set", "list", "union", "matrix", "ratio"]

_MATRIX = re.compile(
    r"\\begin\{(?P<name>[pbB]?matrix|smallmatrix|array)\}(?:\{[lcr|]*\})?(?P<body>(?:(?!\\(?:begin|end)\{).)*)\\end\{(?P=name)\}",
    re.DOTALL,
)
_JOIN = re.compile(r",?(?<![A-Za-z\\]) ?(?:and|or) ?(?![A-Za-z])|;")
_PLUS_MINUS = re.compile(r"\\pm(?![A-Za-z])")
_RATIO = re.compile(r"[\d.]+(?::[\d.]+)+")


@dataclass(frozen=True, slots=True)
class Structure:
    """What kind of answer, and its parts as keys; a value has itself as its only part."""

    kind: Kind
    parts: tuple[str, ...]
    brackets: str = ""
    """Of ordered parts, so that `(0,1]` is not `[0,1)`; of a matrix, the number of its rows."""

    @property
    def in_any_order(self) -> bool:
        """Whether the parts of this one may stand in any order."""
        return self.kind in ("set", "list", "union")


@lru_cache(maxsize=1 << 14)
def structure(key: str) -> Structure:
    """The outermost structure of a normalised answer."""
    if matrix := _MATRIX.fullmatch(key):
        return _matrix(matrix["body"])
    if len(parts := _parts(key, "\\cup")) > 1:
        return Structure("union", parts)
    if key[0] in "([" and key[-1] in ")]" and _is_one_bracket(key) and len(parts := _inner_parts(key[1:-1])) > 1:
        return Structure("ordered", parts, key[0] + key[-1])
    if key.startswith("\\langle") and key.endswith("\\rangle") and brackets_match(key[7:-7]):
        return Structure("ordered", _parts(key[7:-7], ","), "()")
    if key.startswith("\\{") and key.endswith("\\}") and brackets_match(key[2:-2]):
        return Structure("set", _with_signs(_parts(_JOIN.sub(",", key[2:-2]), ",")))
    if _RATIO.fullmatch(key):
        return Structure("ratio", tuple(key.split(":")))
    parts = _with_signs(_parts(_JOIN.sub(",", key), ","))
    return Structure("list", parts) if len(parts) > 1 and all(parts) else Structure("value", (key,))


def _parts(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in split_top(text, separator))


def _inner_parts(inside: str) -> tuple[str, ...]:
    """Between commas; between semicolons where there is no comma, as in `(1;2;3)`."""
    parts = _parts(inside, ",")
    return parts if len(parts) > 1 else _parts(inside, ";")


def _is_one_bracket(key: str) -> bool:
    """Whether the first and the last character belong together, as in `(0,1]` and not as in `(0,1)(2,3)`."""
    return brackets_match(key[1:-1])


def _with_signs(parts: tuple[str, ...]) -> tuple[str, ...]:
    r"""The parts, with the two values of one `\pm` in its place."""
    found: list[str] = []
    for part in parts:
        if len(_PLUS_MINUS.findall(part)) == 1 and "\\mp" not in part:
            found += [_PLUS_MINUS.sub("+", part).removeprefix("+").strip(), _PLUS_MINUS.sub("-", part)]
        else:
            found.append(part)
    return tuple(found)


def _matrix(body: str) -> Structure:
    """The cells row by row. One column is the ordered list of its cells: `(1,2,3)` is such a vector too."""
    rows = [_parts(row, "&") for row in _parts(body.removesuffix("\\\\"), "\\\\")]
    cells = tuple(cell for row in rows for cell in row)
    if all(len(row) == 1 for row in rows) and len(rows) > 1:
        return Structure("ordered", cells, "()")
    return Structure("matrix", cells, f"{len(rows)} rows")
