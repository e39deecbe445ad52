"""Codecs of pandas: series, frames, every kind of index, extension arrays and scalars.

Each is taken apart into numpy arrays and names by pandas' public attributes, and made again
by its public constructors, which check what they are given. A frame of one numpy dtype
travels as one array. `attrs`, names and missing values are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from dfm.errors import CorruptMessage
from dfm.wire.reader import Reader, expect, row
from dfm.wire.registry import Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer


def _add(
    cls: type, pack: Callable[[Any, Writer], Any], unpack: Callable[[Any, Reader], Any]
) -> None:
    add(cls, Codec(f"pandas.{cls.__name__}", pack, unpack))


def frequency_text(offset: Any) -> str | None:
    """Return the name of a frequency.

    Raises:
        Unsuited: the name does not say all of it (a calendar with holidays of its own).
    """
    if offset is None:
        return None
    text: str = offset.freqstr
    if to_offset(text) != offset:
        raise Unsuited(f"has the frequency {text!r}, whose name does not say all of it")
    return text


def _offset(text: object) -> Any:
    return None if text is None else to_offset(expect(text, str))


# -- extension arrays -----------------------------------------------------------------------


def _pack_datetimes(array: Any, writer: Writer) -> Any:
    utc = array if array.tz is None else array.tz_convert("UTC").tz_localize(None)
    return [writer.part(np.asarray(utc), ""), writer.part(array.tz, ".tz")]


def _unpack_datetimes(data: Any, reader: Reader) -> Any:
    values, zone = row(data, 2)
    index = pd.DatetimeIndex(expect(values, np.ndarray))
    return (index if zone is None else index.tz_localize("UTC").tz_convert(zone)).array


def _unpack_durations(data: Any, reader: Reader) -> Any:
    return pd.TimedeltaIndex(expect(data, np.ndarray)).array


def _pack_periods(array: Any, writer: Writer) -> Any:
    return [array.freqstr, writer.part(array.asi8, "")]


def _unpack_periods(data: Any, reader: Reader) -> Any:
    frequency, ordinals = row(data, 2)
    dtype = pd.PeriodDtype(expect(frequency, str))
    return pd.arrays.PeriodArray(expect(ordinals, np.ndarray), dtype=dtype)


def _pack_intervals(array: Any, writer: Writer) -> Any:
    left, right = _values(array.left), _values(array.right)
    return [writer.part(left, ".left"), writer.part(right, ".right"), array.closed]


def _unpack_intervals(data: Any, reader: Reader) -> Any:
    left, right, closed = row(data, 3)
    return pd.arrays.IntervalArray.from_arrays(_array(left), _array(right), closed=closed)


def _pack_categories(array: Any, writer: Writer) -> Any:
    codes = writer.part(array.codes, ".codes")
    return [codes, writer.part(_unranged(array.categories), ".categories"), array.ordered]


def _unpack_categories(data: Any, reader: Reader) -> Any:
    codes, categories, ordered = row(data, 3)
    known = _unranged(categories, refuse=True)
    return pd.Categorical.from_codes(_array(codes), categories=known, ordered=ordered)


def _add_nullable(cls: Any) -> None:
    def pack(array: Any, writer: Writer) -> Any:
        return [writer.part(array._data, ""), writer.part(array._mask, "")]

    def unpack(data: Any, reader: Reader) -> Any:
        values, mask = row(data, 2)
        return cls(expect(values, np.ndarray), expect(mask, np.ndarray))

    _add(cls, pack, unpack)


def _pack_strings(array: Any, writer: Writer) -> Any:
    if array.dtype.storage not in _STORAGES:
        raise Unsuited(f"has its text in {array.dtype.storage!r}")
    texts = np.array(array, dtype=object)
    texts[array.isna()] = None
    nan = isinstance(array.dtype.na_value, float)
    return [array.dtype.storage, nan, writer.items(texts.tolist())]


def _unpack_strings(data: Any, reader: Reader) -> Any:
    storage, nan, texts = row(data, 3)
    if storage not in _STORAGES:
        raise CorruptMessage(f"pandas has no text in {storage!r:.40}")
    if storage == "pyarrow" and find_spec("pyarrow") is None:
        storage = "python"
    dtype = pd.StringDtype(storage, na_value=np.nan) if nan else pd.StringDtype(storage)
    return pd.array(expect(texts, list), dtype=dtype)


_STORAGES = ("python", "pyarrow")


# -- indexes --------------------------------------------------------------------------------


def _values(column: Any) -> Any:
    """Return what a series or index holds: a numpy array, or an extension array."""
    array = column.array
    return array.to_numpy() if isinstance(column.dtype, np.dtype) else array


def _array(values: Any) -> Any:
    """Return the values, which must be an array: pandas repeats anything else to any length."""
    if isinstance(values, (np.ndarray, pd.api.extensions.ExtensionArray)) and values.ndim == 1:
        return values
    raise CorruptMessage(f"the message holds {type(values).__name__} where an array belongs")


def _unranged(index: Any, *, refuse: bool = False) -> Any:
    """Return an index with its values written out, since pandas may do that to a range any time."""
    if not isinstance(index, pd.Index) or (refuse and isinstance(index, pd.RangeIndex)):
        raise CorruptMessage(f"the message holds {type(index).__name__} where an index belongs")
    return (
        pd.Index(index.to_numpy(), name=index.name) if isinstance(index, pd.RangeIndex) else index
    )


def _pack_index(index: Any, writer: Writer) -> Any:
    frequency = frequency_text(getattr(index, "freq", None))
    return [writer.part(_values(index), ""), writer.part(index.name, ".name"), frequency]


def _unpack_index(data: Any, reader: Reader) -> Any:
    values, name, _ = row(data, 3)
    _array(values)
    return pd.Index(values, dtype=values.dtype, name=name, copy=False, tupleize_cols=False)


def _unpack_timed(cls: Any) -> Callable[[Any, Reader], Any]:
    def unpack(data: Any, reader: Reader) -> Any:
        values, name, frequency = row(data, 3)
        return cls(_array(values), name=name, freq=_offset(frequency))

    return unpack


def _unpack_kind(cls: Any) -> Callable[[Any, Reader], Any]:
    def unpack(data: Any, reader: Reader) -> Any:
        values, name, _ = row(data, 3)
        return cls(_array(values), name=name)

    return unpack


def _pack_range(index: Any, writer: Writer) -> Any:
    return [index.start, index.stop, index.step, writer.part(index.name, ".name")]


def _unpack_range(data: Any, reader: Reader) -> Any:
    start, stop, step, name = row(data, 4)
    return pd.RangeIndex(expect(start, int), expect(stop, int), expect(step, int), name=name)


def _pack_multi(index: Any, writer: Writer) -> Any:
    return [
        [writer.part(_unranged(level), f".levels[{i}]") for i, level in enumerate(index.levels)],
        [writer.part(codes, f".codes[{i}]") for i, codes in enumerate(index.codes)],
        writer.items(list(index.names)),
    ]


def _unpack_multi(data: Any, reader: Reader) -> Any:
    levels, codes, names = row(data, 3)
    known = [_unranged(level, refuse=True) for level in expect(levels, list)]
    return pd.MultiIndex(known, [_array(c) for c in expect(codes, list)], names=expect(names, list))


# -- series and frames ----------------------------------------------------------------------


def _pack_series(series: Any, writer: Writer) -> Any:
    return [
        writer.part(_values(series), ".values"),
        writer.part(series.index, ".index"),
        writer.part(series.name, ".name"),
        *_pack_extras(series, writer),
    ]


def _unpack_series(data: Any, reader: Reader) -> Any:
    values, index, name, *extras = row(data, 5)
    series = _series(values, index)
    series.name = name
    return _with_extras(series, extras)


def _series(values: Any, index: Any) -> Any:
    if not isinstance(index, pd.Index) or len(_array(values)) != len(index):
        raise CorruptMessage("a column and its index are not of the same length")
    return pd.Series(values, index=index, dtype=values.dtype, copy=False)


def _pack_frame(frame: Any, writer: Writer) -> Any:
    dtypes = set(frame.dtypes)
    uniform = len(dtypes) == 1 and isinstance(first := dtypes.pop(), np.dtype) and first.kind != "O"
    return [
        writer.part(frame.to_numpy(), ".values")
        if uniform
        else [writer.item(_values(c), n) for n, c in frame.items()],
        writer.part(frame.index, ".index"),
        writer.part(frame.columns, ".columns"),
        *_pack_extras(frame, writer),
    ]


def _unpack_frame(data: Any, reader: Reader) -> Any:
    values, index, columns, *extras = row(data, 5)
    if isinstance(values, list):
        series = (_series(v, index) for v in values)
        frame = pd.DataFrame(dict(enumerate(series)), index=index, copy=False)
    elif expect(values, np.ndarray).shape == (len(index), len(columns)):
        frame = pd.DataFrame(values, index=index, copy=False)
    else:
        raise CorruptMessage(f"a frame of {len(index)} rows has values of shape {values.shape}")
    frame.columns = columns
    return _with_extras(frame, extras)


def _pack_extras(holder: Any, writer: Writer) -> list[Any]:
    return [writer.part(holder.attrs, ".attrs"), holder.flags.allows_duplicate_labels]


def _with_extras(holder: Any, extras: list[Any]) -> Any:
    attrs, duplicates = row(extras, 2)
    holder.attrs = expect(attrs, dict)
    if not duplicates:
        holder.flags.allows_duplicate_labels = False
    return holder


# -- scalars --------------------------------------------------------------------------------


def _pack_timestamp(value: Any, writer: Writer) -> Any:
    return [writer.part(value.asm8, ""), writer.part(value.tz, ".tz")]


def _unpack_timestamp(data: Any, reader: Reader) -> Any:
    moment, zone = row(data, 2)
    naive = pd.Timestamp(expect(moment, np.datetime64))
    return naive if zone is None else naive.tz_localize("UTC").tz_convert(zone)


def _unpack_period(data: Any, reader: Reader) -> Any:
    ordinal, frequency = row(data, 2)
    return pd.Period(ordinal=expect(ordinal, int), freq=expect(frequency, str))


def _pack_interval(value: Any, writer: Writer) -> Any:
    return [writer.part(value.left, ".left"), writer.part(value.right, ".right"), value.closed]


def _unpack_interval(data: Any, reader: Reader) -> Any:
    left, right, closed = row(data, 3)
    return pd.Interval(left, right, closed=closed)


# -- the table ------------------------------------------------------------------------------

_add(pd.arrays.NumpyExtensionArray, lambda v, w: w.part(v.to_numpy(), ""),
     lambda d, r: pd.arrays.NumpyExtensionArray(expect(d, np.ndarray)))  # fmt: skip
_add(pd.arrays.DatetimeArray, _pack_datetimes, _unpack_datetimes)
_add(pd.arrays.TimedeltaArray, lambda v, w: w.part(np.asarray(v), ""), _unpack_durations)
_add(pd.arrays.PeriodArray, _pack_periods, _unpack_periods)
_add(pd.arrays.IntervalArray, _pack_intervals, _unpack_intervals)
_add(pd.Categorical, _pack_categories, _unpack_categories)
_cls: Any
for _cls in (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray):
    _add_nullable(_cls)
for _cls in (pd.arrays.StringArray, pd.arrays.ArrowStringArray):
    _add(_cls, _pack_strings, _unpack_strings)

_add(pd.Index, _pack_index, _unpack_index)
_add(pd.RangeIndex, _pack_range, _unpack_range)
_add(pd.MultiIndex, _pack_multi, _unpack_multi)
for _cls in (pd.DatetimeIndex, pd.TimedeltaIndex):
    _add(_cls, _pack_index, _unpack_timed(_cls))
for _cls in (pd.PeriodIndex, pd.IntervalIndex, pd.CategoricalIndex):
    _add(_cls, _pack_index, _unpack_kind(_cls))

_add(pd.Series, _pack_series, _unpack_series)
_add(pd.DataFrame, _pack_frame, _unpack_frame)

_add(type(pd.NaT), lambda v, w: None, lambda d, r: pd.NaT)
_add(type(pd.NA), lambda v, w: None, lambda d, r: pd.NA)
_add(pd.Timestamp, _pack_timestamp, _unpack_timestamp)
_add(pd.Timedelta, lambda v, w: w.part(v.asm8, ""),
     lambda d, r: pd.Timedelta(expect(d, np.timedelta64)))  # fmt: skip
_add(pd.Period, lambda v, w: [v.ordinal, v.freqstr], _unpack_period)
_add(pd.Interval, _pack_interval, _unpack_interval)
add(
    pd.offsets.BaseOffset,
    Codec("pandas.offset", lambda v, w: frequency_text(v), lambda d, r: _offset(d)),
    family=True,
)
