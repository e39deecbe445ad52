"""The codec of cftime dates: dates of the calendars that climate models use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cftime

from dfm.errors import CorruptMessage
from dfm.wire.reader import Reader, expect, numbers, row
from dfm.wire.registry import Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

_KINDS = {
    cls.__name__: cls
    for cls in (
        cftime.datetime,
        cftime.DatetimeNoLeap,
        cftime.DatetimeAllLeap,
        cftime.Datetime360Day,
        cftime.DatetimeJulian,
        cftime.DatetimeGregorian,
        cftime.DatetimeProlepticGregorian,
    )
}


def kind_of(value: Any) -> list[Any]:
    """Return what the dates of one axis have in common: class, calendar, whether there is a year 0.

    Raises:
        Unsuited: a class that is not cftime's own.
    """
    if _KINDS.get(type(value).__name__) is not type(value):
        raise Unsuited("is of a class that is not cftime's own")
    return [type(value).__name__, value.calendar, bool(value.has_year_zero)]


def is_date(value: object) -> bool:
    """Whether a value is a date of cftime."""
    return isinstance(value, cftime.datetime)


def numbers_of(v: Any) -> list[int]:
    """Return a date as numbers, years first, microseconds last."""
    return [v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond]


def make_date(kind: Any, given: list[int]) -> Any:
    """Return the date of a kind and numbers.

    Raises:
        CorruptMessage: there is no such kind.
    """
    name, calendar, year_zero = row(kind, 3)
    cls = _KINDS.get(expect(name, str))
    if cls is None:
        raise CorruptMessage(f"cftime has no class {name[:40]!r}")
    options: dict[str, Any] = {"has_year_zero": expect(year_zero, bool)}
    if cls is cftime.datetime:
        options["calendar"] = expect(calendar, str)
    return cls(*row(given, 7), **options)


def _pack(value: Any, writer: Writer) -> Any:
    return [kind_of(value), numbers_of(value)]


def _unpack(data: Any, reader: Reader) -> Any:
    kind, given = row(data, 2)
    return make_date(kind, numbers(given))


add(cftime.datetime, Codec("cftime.datetime", _pack, _unpack), family=True)
