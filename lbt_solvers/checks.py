"""Values of options that cannot be, refused in one form.

>>> at_least(1, rationales=0)
Traceback (most recent call last):
ValueError: rationales: at least 1 was needed, found 0.
>>> one_of("engine", "dokcer", ["docker", "process"])
Traceback (most recent call last):
ValueError: No engine 'dokcer': there are docker, process. Did you mean 'docker'?
"""

from collections.abc import Iterable
from typing import Any

from lbt_solvers.near_match import no_such


def at_least(least: int, **given: Any) -> None:
    """Refuses a number below that.

    Raises:
        ValueError: names the first of them, also where it is no number; `None` is left out.
    """
    for name, value in given.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):  # from a command line
            raise ValueError(f"{name}: a whole number was needed, found {value!r}.")
        if value is not None and value < least:
            raise ValueError(f"{name}: at least {least} was needed, found {value}.")


def needed(**given: object) -> None:
    """Refuses an option without a value.

    Raises:
        ValueError: names the first of them.
    """
    for name, value in given.items():
        if value is None:
            raise ValueError(f"{name}: a value was needed, found none.")


def share(**given: float) -> None:
    """Refuses what is no share.

    Raises:
        ValueError: names the first that is outside [0, 1].
    """
    for name, value in given.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name}: a number in [0, 1] was needed, found {value}.")


def one_of(name: str, value: str, known: Iterable[str]) -> None:
    """Refuses an unknown name.

    Raises:
        ValueError: lists the known ones, and which was probably meant.
    """
    names = list(known)
    if value not in names:
        raise ValueError(no_such(name, value, names))
