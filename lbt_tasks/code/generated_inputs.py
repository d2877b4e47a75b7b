"""More inputs than a statement shows, made from those that it shows: what programs do on them tells programs apart.

    >>> cases = (Case(args=([3, 1, 2], 2)), Case(args=([5, 4], 1)))
    >>> [case.args for case in generated_cases(cases, count=2, seed="top-k")]
    [([4], 1), ([5, 7, 4], 1)]

A pure function of its arguments. Inputs change little, so that they stay plausible: whole numbers keep their sign,
lists that are sorted or without duplicates in every test stay so, tables keep their shape, texts keep to their letters.
They have no expected values: nobody knows them.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lbt_sandbox import Case
from lbt_sandbox.codec import CodecError, encode

_TRIES_PER_CASE = 8


@dataclass(frozen=True, slots=True)
class _Habit:
    """What holds for one argument in every test, and is kept."""

    ascending: bool
    distinct: bool


def generated_cases(cases: Sequence[Case], count: int, seed: str) -> list[Case]:
    """Up to `count` cases without expected values, none of which is among `cases` or there twice.

    Args:
        cases: Tests of one problem that call a function.
        count: How many at most; there are fewer where arguments leave little to change.
        seed: The same seed gives the same cases.
    """
    rng = random.Random(seed)
    known = {_key(case) for case in cases}
    habits = {place: _habit([_at(case, place) for case in cases if _has(case, place)]) for place in _places(cases)}
    found: list[Case] = []
    for _ in range(count * _TRIES_PER_CASE if cases else 0):
        if len(found) == count:
            break
        case = _changed(rng.choice(cases), habits, rng)
        key = _key(case)
        if key not in known:
            known.add(key)
            found.append(case)
    return found


def _key(case: Case) -> bytes:
    try:
        return encode([list(case.args), dict(case.kwargs)])
    except CodecError:  # a problem that cannot be graded; whoever grades it says so
        return b""


def _places(cases: Sequence[Case]) -> list[int | str]:
    """Positions and names of the arguments."""
    longest = max((len(case.args) for case in cases), default=0)
    return [*range(longest), *dict.fromkeys(name for case in cases for name in case.kwargs)]


def _has(case: Case, place: int | str) -> bool:
    return place < len(case.args) if isinstance(place, int) else place in case.kwargs


def _at(case: Case, place: int | str) -> Any:
    return case.args[place] if isinstance(place, int) else case.kwargs[place]


def _habit(values: Sequence[Any]) -> _Habit:
    lists = [value for value in values if isinstance(value, list) and len(value) > 1]
    return _Habit(bool(lists) and all(map(_ascending, lists)), bool(lists) and all(map(_distinct, lists)))


def _ascending(values: list[Any]) -> bool:
    try:
        return all(before <= after for before, after in zip(values, values[1:], strict=False))
    except TypeError:
        return False


def _distinct(values: list[Any]) -> bool:
    return all(value not in values[:at] for at, value in enumerate(values))


def _changed(case: Case, habits: dict[int | str, _Habit], rng: random.Random) -> Case:
    """The case with one argument changed, or two."""
    args, kwargs = list(case.args), dict(case.kwargs)
    places = [place for place in habits if _has(case, place)]
    for place in rng.sample(places, min(len(places), rng.choice((1, 1, 2)))):
        value = _change(_at(case, place), rng, habits[place])
        if isinstance(place, int):
            args[place] = value
        else:
            kwargs[place] = value
    return Case(args=tuple(args), kwargs=kwargs)


def _change(value: Any, rng: random.Random, habit: _Habit = _Habit(False, False)) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return _change_int(value, rng)
    if isinstance(value, float):
        return value * rng.choice((0.5, 1.5, 2.0))
    if isinstance(value, str):
        return "".join(_change_items(list(value), rng, one=lambda letter: rng.choice(value)))
    if isinstance(value, list):
        return _change_list(value, rng, habit)
    if isinstance(value, tuple):
        return tuple(_change_one(list(value), rng))
    if isinstance(value, dict) and value:
        name = rng.choice(list(value))
        return {**value, name: _change(value[name], rng)}
    return value


def _change_int(value: int, rng: random.Random) -> int:
    """Near the value and of its sign; 0 becomes 1."""
    if value == 0:
        return 1
    size = abs(value)
    near = max(1, size + rng.choice((-2, -1, 1, 2, 3)))
    return near if value > 0 else -near


def _change_list(values: list[Any], rng: random.Random, habit: _Habit) -> list[Any]:
    if all(isinstance(value, list) for value in values):
        return _change_one(values, rng)  # a table, or pairs: lengths mean something
    changed = _change_items(values, rng, one=lambda value: _change(value, rng))
    if habit.ascending:
        changed = sorted(changed)
    return values if habit.distinct and not _distinct(changed) else changed


def _change_one(values: list[Any], rng: random.Random) -> list[Any]:
    """One item changed; the length, also of inner lists, stays."""
    changed = list(values)
    places = [at for at, value in enumerate(values) if value is not None and value != []]
    if places:
        at = rng.choice(places)
        inner = changed[at]
        changed[at] = _change_one(inner, rng) if isinstance(inner, list) else _change(inner, rng)
    return changed


def _change_items(values: list[Any], rng: random.Random, one: Any) -> list[Any]:
    """One item replaced, dropped, put in twice, or put in beside one like it, or two of them exchanged."""
    changed = list(values)
    places = [at for at, value in enumerate(values) if value is not None]
    if not places:
        return changed
    at, other = rng.choice(places), rng.choice(places)
    action = rng.choice(("replace", "drop", "repeat", "add", "exchange"))
    if action == "drop" and len(values) > 1:
        del changed[at]
    elif action == "repeat":
        changed.insert(at, changed[at])
    elif action == "add":
        changed.insert(at + 1, one(changed[at]))
    elif action == "exchange":
        changed[at], changed[other] = changed[other], changed[at]
    else:
        changed[at] = one(changed[at])
    return changed
