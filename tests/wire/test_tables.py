"""pandas: series, frames, indexes and scalars travel exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.wire.exactness import travelled

from dfm.errors import NoCodec
from dfm.wire import Codecs

MULTI = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["letter", ("n", 0)])
PARIS = pd.date_range("2020-10-24", periods=4, freq="D", tz="Europe/Paris")

INDEXES: list[Any] = [
    pd.RangeIndex(2, 20, 3, name="r"),
    pd.Index([1, 2], name=("a", 1)),
    pd.Index([1.5, None]),
    pd.Index(["a", None], name="s"),
    pd.Index(["a", 1, None], dtype=object),
    pd.Index([1, None], dtype="Int64"),
    pd.Index([True, False]),
    pd.Index([("a", 1), ("b", 2)], tupleize_cols=False),
    PARIS,
    PARIS[[0, 2, 1]],
    pd.date_range("2020", periods=3, freq="MS", name="t"),
    pd.DatetimeIndex(["2020-01-01", None]),
    pd.date_range("2020", periods=2, unit="s"),
    pd.to_timedelta([1, 2], "h"),
    pd.timedelta_range("1h", periods=3, freq="2h"),
    pd.period_range("2020", periods=3, freq="3D"),
    pd.PeriodIndex(["2020", "NaT"], freq="Y", name="p"),
    pd.interval_range(0, 3, closed="both"),
    pd.CategoricalIndex(["a", "b", None], ordered=True, name="c"),
    MULTI,
    MULTI[[3, 0]],
    pd.Index([]),
]

SERIES: list[Any] = [
    pd.Series([1.5, None], name="x"),
    pd.Series([1, None], dtype="Int64"),
    pd.Series([1.5, None], dtype="Float32"),
    pd.Series([True, None], dtype="boolean"),
    pd.Series(["a", None]),
    pd.Series(["a", None], dtype="string"),
    pd.Series(["a", 1, None, (2,), {"k": [1]}]),
    pd.Series(["a", "b"], dtype=object),
    pd.Series(PARIS),
    pd.Series(pd.to_timedelta([1, None], "s")),
    pd.Series(pd.period_range("2020", periods=2, freq="M")),
    pd.Series(["a", "b", "a"], dtype="category"),
    pd.Series(pd.interval_range(0, 3)),
    pd.Series([1, 2, 3, 4], index=MULTI),
    pd.Series([], dtype="f4"),
    pd.Series(np.array(["2020"], "M8[s]")),
    pd.Series([1, 2, 3, 4], index=PARIS, name=("a", 1)),
    pd.Series([1 + 2j]),
]


@pytest.mark.parametrize("index", INDEXES, ids=lambda i: f"{type(i).__name__}:{i.dtype}")
def test_an_index_comes_back_as_it_was(index: Any) -> None:
    back = travelled(index)

    pd.testing.assert_index_equal(back, index, exact=True, check_order=True)
    assert type(back) is type(index)
    assert back.names == index.names
    assert getattr(back, "freq", None) == getattr(index, "freq", None)
    assert [type(n) for n in back.names] == [type(n) for n in index.names]


def test_a_range_of_categories_or_levels_arrives_written_out() -> None:
    categorical = pd.CategoricalIndex(pd.Categorical.from_codes([1, 0], pd.RangeIndex(5)))
    levels = pd.MultiIndex([pd.RangeIndex(3)], [[2, 0]])

    pd.testing.assert_index_equal(travelled(categorical), categorical)
    pd.testing.assert_index_equal(travelled(levels), levels)


@pytest.mark.parametrize("series", SERIES, ids=lambda s: str(s.dtype))
def test_a_series_comes_back_as_it_was(series: Any) -> None:
    series = series.copy()
    series.attrs = {"units": "K", "bounds": (np.float32(1), None)}

    back = travelled(series)

    pd.testing.assert_series_equal(back, series, check_freq=True, check_flags=True, rtol=0, atol=0)
    assert (back.attrs, type(back.array), back.dtype) == (
        series.attrs,
        type(series.array),
        series.dtype,
    )


@pytest.mark.parametrize("series", SERIES, ids=lambda s: str(s.dtype))
def test_a_frame_with_such_a_column_comes_back_as_it_was(series: Any) -> None:
    frame = pd.DataFrame({"a": series, ("b", 1): range(len(series))})
    frame.attrs = {"title": "t"}

    back = travelled(frame)

    pd.testing.assert_frame_equal(back, frame, rtol=0, atol=0)
    assert back.attrs == frame.attrs
    assert [type(c) for c in back.columns] == [type(c) for c in frame.columns]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=["a", "b", "a"], index=MULTI),
        pd.DataFrame(
            np.ones((2, 2), "f4"), columns=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)])
        ),
        pd.DataFrame(np.array([["2020"]], "M8[s]")),
        pd.DataFrame(index=[1, 2]),
        pd.DataFrame(columns=["a"]),
        pd.DataFrame(),
        pd.DataFrame({"a": ["x"], "b": [None]}, dtype=object),
    ],
    ids=str,
)
def test_a_frame_comes_back_as_it_was(frame: pd.DataFrame) -> None:
    back = travelled(frame)

    pd.testing.assert_frame_equal(back, frame)


def test_the_flag_against_duplicate_labels_is_kept() -> None:
    frame = pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False)

    assert not travelled(frame).flags.allows_duplicate_labels


def test_a_frame_of_one_dtype_is_one_buffer_of_its_own_memory() -> None:
    frame = pd.DataFrame(np.ones((1000, 20)))

    packed = Codecs().pack(frame)

    assert len(packed.buffers) == 1
    assert np.shares_memory(np.frombuffer(packed.buffers[0]), frame.to_numpy())


def test_what_arrives_can_be_written_to() -> None:
    frame = travelled(pd.DataFrame({"a": np.ones(3), "b": ["x", "y", "z"]}))

    frame.loc[0, "a"] = 5.0
    frame.loc[0, "b"] = "w"

    assert frame.iloc[0].tolist() == [5.0, "w"]


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2020-10-25 00:30", tz="UTC").tz_convert("Europe/Paris"),
        pd.Timestamp("2020-10-25 01:30", tz="UTC").tz_convert("Europe/Paris"),
        pd.Timestamp("2020").as_unit("s"),
        pd.Timestamp("2020-01-01 00:00:00.123456789"),
        pd.NaT,
        pd.NA,
        pd.Timedelta(5, "h"),
        pd.Period("2020-01", freq="M"),
        pd.Interval(1, 2.5, "both"),
        pd.offsets.MonthEnd(2),
        pd.Categorical(["a", "b"]),
        pd.array([1, None]),
        pd.array(["a"]),
        pd.arrays.NumpyExtensionArray(np.arange(3)),
    ],
    ids=repr,
)
def test_a_scalar_or_array_comes_back_as_it_was(value: Any) -> None:
    back = travelled(value)

    assert type(back) is type(value)
    assert repr(back) == repr(value)
    assert getattr(back, "unit", None) == getattr(value, "unit", None)


def test_an_offset_whose_name_does_not_say_all_is_refused() -> None:
    with pytest.raises(NoCodec, match="does not say all"):
        Codecs().pack(pd.offsets.CustomBusinessDay(holidays=["2020-01-01"]))


def test_a_subclass_of_a_frame_is_not_taken_for_a_frame() -> None:
    class Special(pd.DataFrame):
        pass

    with pytest.raises(NoCodec, match="Special"):
        Codecs().pack(Special({"a": [1]}))
