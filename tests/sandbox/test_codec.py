"""What travels arrives as it was and compares as it did; what is no value is refused, whatever it is."""

import datetime as dt
import json
import math
import subprocess
import sys
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lbt_sandbox.codec import MAX_DEPTH, CodecError, Opaque, TooManyEntriesError, decode, encode
from lbt_sandbox.codec_types import EXTRAS


class Point(NamedTuple):
    x: int
    y: int


class Single(NamedTuple):
    x: int


NOON = dt.datetime(2024, 7, 1, 12)  # noqa: DTZ001 - one without a zone
zones = st.none() | st.timedeltas(dt.timedelta(hours=-23), dt.timedelta(hours=23)).map(dt.timezone)
hashable = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.fractions()
    | st.decimals(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.dates()
    | st.datetimes(timezones=zones)
    | st.times(timezones=zones)
    | st.timedeltas()
    | st.sampled_from([range(3), range(9, 0, -2), int, type(None), 10**4200, memoryview(b"ab")])
)
values = st.recursive(
    hashable | st.binary().map(bytearray) | st.lists(st.integers(-9, 9)).map(lambda items: array("i", items)),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.lists(inner).map(deque)
        | st.frozensets(hashable)
        | st.sets(hashable)
        | st.dictionaries(hashable, inner)
        | st.dictionaries(hashable, inner).map(OrderedDict)
        | st.dictionaries(hashable, inner).map(lambda items: defaultdict(list, items))
        | st.dictionaries(hashable, st.integers()).map(Counter)
        | st.dictionaries(hashable, inner).map(lambda items: items.keys())
    ),
    max_leaves=8,
)


@given(value=values)
def test_what_travels_arrives_equal_and_of_its_type(value: Any) -> None:
    arrived = decode(encode(value))
    assert arrived == value
    assert type(arrived) is type(value)


@given(one=values, other=values)
def test_values_compare_after_the_journey_as_before(one: Any, other: Any) -> None:
    assert (decode(encode(one)) == other) == (one == other)


@pytest.mark.parametrize(
    ("sent", "same", "different"),
    [
        (Decimal("0.5"), 0.5, Decimal("0.25")),
        (Fraction(1, 2), 0.5, Fraction(1, 3)),
        ({1: 2}.keys(), {1}, [1]),
        ({1: 2}.items(), {(1, 2)}, {1: 2}),
        (bytearray(b"a"), b"a", "a"),
        (memoryview(b"a"), b"a", [97]),
        (memoryview(array("i", [7])), array("i", [7]), [7]),
        (array("i", [1]), array("d", [1.0]), [1]),
        (deque([1]), deque([1], maxlen=3), [1]),
        (range(3), range(0, 3), [0, 1, 2]),
        (Counter(a=1, b=0), Counter(a=1), {"a": 1}),
        (Counter(a=1), {"a": 1}, {"a": 2}),
        (OrderedDict([(1, 2), (3, 4)]), {3: 4, 1: 2}, OrderedDict([(3, 4), (1, 2)])),
        (defaultdict(int, {1: 2}), {1: 2}, {1: 3}),
        (Point(1, 2), (1, 2), [1, 2]),
        (IntEnum("E", "A B").B, 2, 1),
        (dt.datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")), dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC), 0),
        (NOON, NOON, NOON.date()),
        (bool, bool, int),
    ],
)  # fmt: skip
def test_equal_here_is_equal_there(sent: Any, same: Any, different: Any) -> None:
    arrived = decode(encode([sent]))[0]
    assert arrived == same
    assert arrived != different


@pytest.mark.parametrize(
    "value",
    [object(), len, (i for i in "a"), iter([]), math.nan, Decimal("sNaN"), {1: 2}.values(), dt.tzinfo(), Opaque],
)
def test_what_equals_nothing_and_what_does_not_travel_equals_nothing(value: Any) -> None:
    assert decode(encode(value)) != value


def test_values_views_are_sequences_and_equal_nothing() -> None:
    arrived = decode(encode({1: "a", 2: ["b"]}.values()))
    assert (list(arrived), len(arrived)) == (["a", ["b"]], 2)


def test_a_default_of_a_known_type_travels() -> None:
    arrived = decode(encode(defaultdict(list, {1: [2]})))
    arrived[3].append(4)
    assert arrived == {1: [2], 3: [4]}
    assert decode(encode(defaultdict(lambda: 1, {1: 2}))) != {1: 2}  # without its factory it would be another value


NESTERS: list[Callable[[Any], Any]] = [
    lambda v: [v],
    lambda v: (v,),
    lambda v: {"a": v},
    lambda v: frozenset([v]),
    lambda v: deque([v]),
    lambda v: OrderedDict(a=v),
]


@pytest.mark.parametrize("nest", NESTERS)
def test_what_can_be_encoded_can_be_decoded_up_to_the_deepest(nest: Callable[[Any], Any]) -> None:
    value: Any = 1
    deepest = 0
    for depth in range(1, MAX_DEPTH + 2):
        value = nest(value)
        try:
            data = encode(value)
        except CodecError:
            break
        assert decode(data) == value
        deepest = depth
    assert MAX_DEPTH // 2 <= deepest <= MAX_DEPTH


def test_cycles_and_sizes_are_refused() -> None:
    cyclic: list[Any] = []
    cyclic.append(cyclic)
    for value in (cyclic, 1 << (1 << 23), Fraction(1, 1 << 70_000)):
        with pytest.raises(CodecError):
            encode(value)
    with pytest.raises(CodecError, match="more than 3"):
        encode("abcd", limit=3)
    with pytest.raises(CodecError, match="more than 3"):
        decode(b"[1,2]", limit=3)


class Loud(Exception):  # noqa: N818 - not an error of ours
    """A method of a solution's class ran."""


def loud(*_: Any) -> Any:
    raise Loud


NAMES = (
    "__iter__ __len__ __getitem__ __eq__ __hash__ __str__ __repr__ __int__ __float__ __index__ __bool__ __reduce__ "
    "items keys values tolist hex real imag year month utcoffset numerator denominator __getattribute__"
).split()
BASES = [3, 2.5, "a", (1,), [1], {1: 2}, {1}, frozenset([1]), b"a", bytearray(b"a"), 1j, Decimal(1), deque([1]),
         dt.date(2024, 1, 1), NOON, OrderedDict(a=1), Counter(a=1)]  # fmt: skip


@pytest.mark.parametrize("value", BASES, ids=lambda value: type(value).__name__)
def test_no_method_of_a_subclass_runs(value: Any) -> None:
    hostile = type("Hostile", (type(value),), {name: loud for name in NAMES} | {"__hash__": lambda self: 1})
    if isinstance(value, dt.date):
        made = hostile(*value.timetuple()[: 6 if isinstance(value, dt.datetime) else 3])
    elif isinstance(value, Counter):
        made: Any = dict.__new__(hostile)  # pyright: ignore[reportArgumentType]
        dict.update(made, value)
    else:
        made = hostile(value)
    assert decode(encode([made])) == [value]


def test_a_metaclass_does_not_run() -> None:
    meta = type("Meta", (type,), {"__name__": property(loud), "__mro__": property(loud), "__subclasscheck__": loud})
    hostile = meta("Hostile", (), {})
    assert repr(decode(encode(hostile()))) == "<Hostile>"


def test_references_are_given_for_what_does_not_travel() -> None:
    seen: list[Any] = []

    def refer(value: Any) -> str | None:
        seen.append(value)
        return f"#{len(seen)}" if callable(value) else None

    data = encode([len, {"k": print}, object(), True, (1,), IntEnum("E", "A").A], refer=refer)
    assert [type(value).__name__ for value in seen] == ["builtin_function_or_method"] * 2 + ["object"]
    assert decode(data, resolve=lambda name: name)[:2] == ["#1", {"k": "#2"}]
    with pytest.raises(CodecError, match="no place"):
        decode(data)
    with pytest.raises(CodecError):
        decode(data, resolve={}.__getitem__)


def test_references_to_instances_of_subclasses_where_asked() -> None:
    point = Single(1)
    assert encode(point, refer=lambda value: "p", subclasses=True) == b'{"r":"p"}'
    assert encode(point, refer=lambda value: None, subclasses=True) == b'{"t":[1]}'
    assert encode((1,), refer=lambda value: "p", subclasses=True) == b'{"t":[1]}'


def test_entries_of_tables_are_counted_together() -> None:
    data = encode([{1, 2}, {3: 4}, Counter("a"), frozenset([5])])
    assert decode(data, entries=5) == decode(data)
    with pytest.raises(TooManyEntriesError):
        decode(data, entries=4)


trees: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.sampled_from(["int", "b", "1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*"tsfdbicro", *(extra.tag for extra in EXTRAS)]), inner, max_size=2)
    ),
    max_leaves=12,
)


@settings(max_examples=500)
@given(tree=trees)
def test_any_json_is_a_value_or_refused(tree: Any) -> None:
    try:
        value = decode(json.dumps(tree).encode())
    except CodecError:
        return
    decode(encode(value))


@given(data=st.binary(max_size=40))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    try:
        decode(data)
    except CodecError:
        pass


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"d":' * 100_000,
        b'{"i":"0x' + b"f" * (2 << 20) + b'"}',
        b"9" * 5000,
        b'{"D":"1e99999999999999999999999"}',
        b'{"D":"sNaN"}',
        b'{"q":[1,0]}',
        b'{"range":[0,1,0]}',
        b'{"array":["b",[300]]}',
        b'{"array":["i",[1.5]]}',
        b'{"array":["u",["a"]]}',
        b'{"delta":[9999999999,0,0]}',
        b'{"datetime":[[2024,1,1,0,0,0,0,0],86400000000]}',
        b'{"datetime":[[2024,1,1],null]}',
        b'{"date":[2024,13,1]}',
        b'{"default":["object",[]]}',
        b'{"type":"Popen"}',
        b'{"view":["i",{"b":"00"}]}',
        b'{"s":[[]]}',
        b'{"c":[1,2]}',
        b'{"t":[],"s":[]}',
        b"{}",
        b"\xff",
    ],
)
def test_malformed_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode(data)


def test_ints_beyond_the_digits_of_this_side_travel_from_a_program_without_that_limit() -> None:
    code = "import sys; sys.set_int_max_str_digits(0); from lbt_sandbox.codec import encode; "
    code += "sys.stdout.buffer.write(encode([10**6000, [1, -10**6000]]))"
    data = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert decode(data) == [10**6000, [1, -(10**6000)]]
