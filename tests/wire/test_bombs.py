"""A small message is not answered with much memory."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from msgspec.msgpack import Ext
from tests.wire.hostile import CODECS, HERE, head, mark, named, refused

from dfm.errors import CorruptMessage
from dfm.wire import Packed, codes

# Too long to be written out unseen, and short enough that trying to does not fail at once.
LENGTH = 4_000_000
A_RANGE = mark(codes.RANGE, [0, LENGTH, 1])
PANDAS_RANGE = named("pandas.RangeIndex", [0, LENGTH, 1, None])
SCALAR = named("numpy.generic", ["<f8", b"x" * 8])
ZERO_D = named("numpy.ndarray", ["<f8", [], "C", b"x" * 8])
ONE = named("numpy.ndarray", ["<i8", [1], "C", b"\x00" * 8])

BOMBS: list[Any] = [
    mark(codes.TUPLE, A_RANGE),
    mark(codes.TUPLES, [A_RANGE]),
    mark(codes.SET, A_RANGE),
    mark(codes.PAIRS, A_RANGE),
    mark(codes.COUNTER, A_RANGE),
    mark(codes.DEQUE, [None, A_RANGE]),
    mark(codes.DATETIME, A_RANGE),
    mark(codes.TIMEDELTA, A_RANGE),
    mark(codes.RANGE, A_RANGE),
    mark(codes.FRACTION, A_RANGE),
    mark(codes.FRACTION, [mark(codes.BIG_INT, b"x" * 10**6), 3]),
    mark(codes.BYTEARRAY, 10**12),
    mark(codes.MEMORYVIEW, ["B", A_RANGE, False, b"x"]),
    mark(codes.MODEL, [f"{HERE}:Model", {"n": 1, "items": A_RANGE}, None, [], None]),
    mark(
        codes.MODEL, [f"{HERE}:Model", {"n": mark(codes.DECIMAL, "1E+999999999")}, None, [], None]
    ),
    mark(codes.NAMED_TUPLE, [f"{HERE}:Pair", A_RANGE]),
    named("numpy.ndarray", ["<f8", A_RANGE, "C", b""]),
    named("numpy.ndarray", ["O", [10**12], "C", A_RANGE]),
    named("numpy.ndarray", [{"item": "<i4", "shape": A_RANGE}, [1], "C", b"x"]),
    named("numpy.ma.MaskedArray", [A_RANGE, None, None, False]),
    named("numpy.ma.MaskedArray", [ONE, A_RANGE, 0, False]),
    named("pandas.Series", [SCALAR, PANDAS_RANGE, None, {}, True]),
    named("pandas.Series", [ZERO_D, PANDAS_RANGE, None, {}, True]),
    named("pandas.Series", [ONE, PANDAS_RANGE, None, {}, True]),
    named("pandas.Series", [PANDAS_RANGE, PANDAS_RANGE, None, {}, True]),
    named("pandas.DataFrame", [ONE, PANDAS_RANGE, PANDAS_RANGE, {}, True]),
    named("pandas.DataFrame", [[SCALAR], PANDAS_RANGE, PANDAS_RANGE, {}, True]),
    named("pandas.DataFrame", [[], PANDAS_RANGE, PANDAS_RANGE, {}, True]),
    named("pandas.Index", [PANDAS_RANGE, None, None]),
    named("pandas.Index", [A_RANGE, None, None]),
    named("pandas.DatetimeIndex", [PANDAS_RANGE, None, None]),
    named("pandas.CategoricalIndex", [A_RANGE, None, None]),
    named("pandas.Categorical", [ONE, PANDAS_RANGE, False]),
    named("pandas.Categorical", [A_RANGE, ONE, False]),
    named("pandas.MultiIndex", [[PANDAS_RANGE], [ONE], [None]]),
    named("pandas.MultiIndex", [A_RANGE, A_RANGE, A_RANGE]),
    named("pandas.IntervalArray", [PANDAS_RANGE, PANDAS_RANGE, "right"]),
    named("pandas.StringArray", ["python", True, A_RANGE]),
    named("pandas.IntegerArray", [PANDAS_RANGE, ONE]),
    named("pandas.DatetimeArray", [A_RANGE, None]),
    named("pandas.PeriodArray", ["D", A_RANGE]),
    named("xarray.Variable", [["x"], A_RANGE, {}]),
    named("xarray.Variable", [["x"], PANDAS_RANGE, {}]),
    named("xarray.Dataset", [[[], [], {}], {"a": mark(codes.TUPLE, ["x", A_RANGE])}, {}]),
    named("xarray.Dataset", [[["a"], [], {"a": A_RANGE}], {}, {}]),
    named("xarray.Dataset", [[["x"], [[False, "x", A_RANGE, None, {"x": {}}]], {}], {}, {}]),
    named("xarray.CFTimeIndex", [None, [A_RANGE], None]),
    named("xarray.CFTimeIndex", [None, A_RANGE, None]),
    named("cftime.datetime", [["datetime", "noleap", False], A_RANGE]),
    named("PIL.Image.Image", ["L", [10**6, 10**6], None, {}, b"x"]),
    named("PIL.Image.Image", ["L", [0, 10**10], None, {}, b""]),
    named("PIL.Image.Image", ["L", A_RANGE, None, {}, b""]),
]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda b: ascii(bytes(b.data))[:60])
def test_a_small_message_does_not_ask_for_much_memory(bomb: Ext) -> None:
    data = head(bomb)
    with suppress(CorruptMessage):
        CODECS.unpack(Packed(data))  # imports, and whatever else is done once

    tracemalloc.start()
    try:
        refused(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000 + 20 * len(data)


def test_a_lazy_range_arrives_as_lazily_as_it_was_sent() -> None:
    assert CODECS.unpack(Packed(head(A_RANGE))) == range(LENGTH)
    assert len(CODECS.unpack(Packed(head(PANDAS_RANGE)))) == LENGTH
