"""What a mistyped name was probably meant to be.

>>> did_you_mean("summ", ["maj", "max", "sum"])
" Did you mean 'sum'?"
>>> no_such("rule", "summ", ["maj", "max", "sum"])
"No rule 'summ': there are maj, max, sum. Did you mean 'sum'?"
"""

import difflib
from collections.abc import Iterable

from lbt_solvers.vocabulary import ELSEWHERE, FORMER


def nearest(name: str, known: Iterable[str], alike: float = 0.6) -> str:
    """The known name that this one was probably meant to be, or nothing; `alike`: how alike they must be, in [0, 1]."""
    names = list(known)
    near = [other for other in FORMER.get(name, ()) if other in names]
    near = near or _closest(name, names, alike) or _closest(name.lower(), names, alike)
    return near[0] if near else ""


def _closest(name: str, names: list[str], alike: float) -> list[str]:
    return difflib.get_close_matches(name, names, n=1, cutoff=alike)


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """The end of a message: the known name nearest to this one, or nothing; `prefix` stands before names."""
    near = nearest(name, known)
    return f" Did you mean '{prefix}{near}'?" if near else ""


def no_such(what: str, name: str, known: Iterable[str], otherwise: str = "") -> str:
    """The whole message: what there is, what else may be given, and what was probably meant."""
    names = list(known)
    return f"No {what} '{name}': there are {', '.join(names) or 'none'}{otherwise}.{did_you_mean(name, names)}"


def _all(names: Iterable[str], prefix: str) -> str:
    return f" Known are {', '.join(prefix + each for each in names)}."


def check_known(given: Iterable[str], known: Iterable[str], what: str, prefix: str = "") -> None:
    """Refuses options that nobody knows.

    Raises:
        ValueError: names the first of them, and the nearest known one or all of them.
    """
    names = list(known)
    for name in given:
        if name not in names:
            near = _closest(name, names, 0.85) or [each for each in FORMER.get(name, ()) if each in names]
            elsewhere = f" {ELSEWHERE[name]}" if name in ELSEWHERE and not near else ""
            hint = elsewhere or did_you_mean(name, names, prefix) or _all(names, prefix)
            raise ValueError(f"{what} has no option '{prefix}{name}'.{hint}")
