"""Values of the standard library travel exactly; small ones as plain msgpack."""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stnp
from tests.wire.exactness import same, travelled

from dfm.wire import Codecs, Packed

PAYLOAD_NAN = struct.unpack("d", struct.pack("Q", 0xFFF8_0000_0000_BEEF))[0]

EXAMPLES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    2**64,
    2**64 + 1,
    -(2**63) - 1,
    7**1000,
    0.0,
    -0.0,
    float("nan"),
    PAYLOAD_NAN,
    float("inf"),
    float("-inf"),
    5e-324,
    "",
    "é",
    "\ud800",
    "a\x00b",
    "x" * 10_000,
    "\ud800" * 10_000,
    b"",
    b"\x00\xff",
    b"x" * 10_000,
    bytearray(b"ab"),
    bytearray(10_000),
    1j,
    complex(-0.0, float("nan")),
    Decimal("1.10"),
    Decimal("-0"),
    Decimal("NaN"),
    Decimal("1E+999999"),
    Fraction(-1, 3),
    [],
    [1, [2.5, ["x"]]],
    (),
    (1,),
    ((), [()]),
    [(1, 2.0), ("a", None)],
    [(1,), (2, (3,))],
    set(),
    {1, "a", None, 2.5},
    frozenset({(1, 2), frozenset()}),
    {},
    {"a": 1},
    {1: "a", 2.5: "b", None: "c", False: "d"},
    {(1, ("x",)): [1]},
    {b"k": {1: {2}}},
    {2**70: 2**71},
    {"\ud800": "\udfff"},
    {frozenset({1}): ...},
    {"b": 1, "a": 2},
    {"k" * 10_000: 1},
    OrderedDict([("b", 1), ("a", (2,))]),
    Counter("abba"),
    deque([1, (2,)], 3),
    deque(),
    defaultdict(list, {"a": [1]}),
    defaultdict(None, {1: 2}),
    range(3),
    range(10**30, 0, -7),
    slice(1, None),
    slice((1,), "a", ...),
    ...,
    datetime(2020, 1, 2, 3, 4, 5, 6),
    datetime.max,
    datetime(2020, 1, 2, tzinfo=UTC),
    datetime(2020, 1, 2, tzinfo=timezone(timedelta(hours=-3, seconds=1, microseconds=7), "X")),
    datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris")),
    date(1, 1, 1),
    time(1, 2, 3, 4, fold=1),
    time(1, tzinfo=UTC),
    timedelta.min,
    timedelta(0, 1, 2),
    timezone(timedelta(0)),
    timezone(timedelta(0), "UTC"),
    ZoneInfo("Asia/Tokyo"),
    UUID("12345678123456781234567812345678"),
    Path("/a/b.txt"),
    Path(),
    PurePosixPath("a/../b"),
    PureWindowsPath(r"C:\x"),
    Path("/\udcff"),
]


def shown(value: Any) -> str:
    """Return a name for a value that is the same in each process."""
    ordered = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
    return f"{type(value).__name__}:{ascii(ordered)[:30]}"


@pytest.mark.parametrize("value", EXAMPLES, ids=shown)
@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
def test_a_value_comes_back_as_it_was(value: Any, trusted: bool) -> None:
    codecs = Codecs(trusted=trusted)

    assert same(travelled(value, codecs), value)
    assert same(travelled([{"deep": (value,)}], codecs), [{"deep": (value,)}])
    assert same(codecs.unseal(codecs.seal(value)), value)


any_text = st.text(st.characters(exclude_categories=()), max_size=8)
any_scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**200), 2**200),
    st.floats(),
    any_text,
    st.binary(max_size=20),
    st.complex_numbers(),
    st.decimals(allow_nan=False),
    st.fractions(),
    st.datetimes(timezones=st.none() | st.timezones()),
    st.times(timezones=st.none() | st.just(UTC)),
    st.dates(),
    st.timedeltas(),
    st.uuids(),
    st.builds(PurePosixPath, any_text),
    st.builds(range, st.integers(), st.integers(), st.integers(min_value=1)),
)
# Deferred, since hypothesis writes out the other kind whenever a set draws an item twice.
scalars = st.deferred(lambda: any_scalar)
keys = st.deferred(
    lambda: scalars | st.tuples(scalars, st.tuples(scalars)) | st.frozensets(scalars, max_size=3)
)
values = st.recursive(
    scalars
    | st.decimals()
    | st.builds(bytearray, st.integers(4090, 4100))
    | stnp.arrays(stnp.scalar_dtypes(), stnp.array_shapes(min_dims=0, max_side=4))
    | st.builds(slice, st.integers(), any_text, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(keys, inner, max_size=5),
        st.dictionaries(any_text, inner, max_size=5).map(OrderedDict),
        st.sets(keys, max_size=4),
        st.lists(inner, max_size=3).map(deque),
    ),
    max_leaves=20,
)


@settings(max_examples=150)
@given(values)
def test_any_value_comes_back_as_it_was(value: Any) -> None:
    codecs = Codecs()

    packed = codecs.pack(value)

    assert same(codecs.unpack(packed), value)
    assert same(codecs.unseal(codecs.seal(value)), value)
    assert packed.nbytes == len(packed.head) + sum(memoryview(b).nbytes for b in packed.buffers)


@settings(max_examples=50)
@given(values)
def test_packing_leaves_the_value_alone(value: Any) -> None:
    before = Codecs().unseal(Codecs().seal(value))

    Codecs().pack(value)

    assert same(value, before)


@pytest.mark.parametrize("value", [5, "a", None, [1, 2.5], {"a": [1, {"b": None}], "c": "d"}])
def test_a_json_like_value_is_plain_msgpack(value: object) -> None:
    packed = Codecs().pack(value)

    assert packed == Packed(msgspec.msgpack.encode(value))


@given(values)
def test_a_sealed_value_is_equal_when_the_value_is(value: Any) -> None:
    again = travelled(value)

    assert Codecs().seal(again) == Codecs().seal(value)


def test_equal_sets_are_sealed_alike_whatever_their_history() -> None:
    up, down = set(range(0, 4096, 64)), set(range(4032, -1, -64))
    mixed, dexim = {1, "a", None, (2,)}, {(2,), None, "a", 1}

    assert Codecs().seal(up) == Codecs().seal(down)
    assert Codecs().seal(mixed) == Codecs().seal(dexim)


class Text(str):
    pass


class Number(int):
    pass


class Row(dict[str, int]):
    pass


class Level(IntEnum):
    LOW = 1


SUBCLASSES = [Text("a"), Number(1), Row(a=1), True, np.float64(1.5), np.str_("a\x00"), Level.LOW]


@pytest.mark.parametrize("value", SUBCLASSES, ids=lambda v: type(v).__name__)
def test_a_subclass_of_a_plain_type_stays_what_it_is(value: Any) -> None:
    codecs = Codecs(types=[Level], trusted=True)

    for whole in (value, [value], {"k": value}, (value,)):
        assert same(travelled(whole, codecs), whole)


def test_a_big_byte_string_travels_beside_the_head_without_a_copy() -> None:
    value = b"x" * 100_000
    codecs = Codecs()

    packed = codecs.pack({"data": value})

    assert packed.buffers[0] is value
    assert codecs.unpack(packed)["data"] is value


def test_a_memoryview_keeps_its_format_and_shape() -> None:
    whole = memoryview(bytearray(range(24))).cast("H", (3, 4))

    back = travelled(whole)

    assert (back.format, back.shape, back.readonly) == ("H", (3, 4), False)
    assert back == whole
    assert travelled(memoryview(b"ab" * 5000)).readonly
    assert travelled(memoryview(b"abcdef")[::2]).tobytes() == b"ace"
    assert travelled(memoryview(b"")).nbytes == 0


def test_what_is_unpacked_shares_nothing_with_what_was_packed() -> None:
    mine, array = bytearray(10_000), np.zeros(10_000)

    theirs, other = travelled([mine, array])
    theirs[0], other[0] = 1, 1

    assert mine[0] == 0
    assert array[0] == 0
