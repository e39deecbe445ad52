"""Codecs of dates and times, to the microsecond and the fold.

They travel as integers, which the constructor at the far side checks. (It takes the bytes that
pickle uses too, and does not check those.) A time zone is a value of its own: fixed offsets
here, named zones in `zones.py`, any other kind by its own codec if it has one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

from dfm.wire import codes
from dfm.wire.reader import Reader, expect, numbers, row
from dfm.wire.registry import Codec, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer


def _pack_datetime(v: datetime, writer: Writer) -> Any:
    zone = None if v.tzinfo is None else writer.part(v.tzinfo, ".tzinfo")
    return [v.year, v.month, v.day, v.hour, v.minute, v.second, v.microsecond, v.fold, zone]


def _unpack_datetime(data: Any, reader: Reader) -> datetime:
    *given, fold, zone = row(data, 9)
    return datetime(*numbers(given), fold=fold, tzinfo=zone)  # type: ignore[arg-type, misc]


def _pack_time(v: time, writer: Writer) -> Any:
    zone = None if v.tzinfo is None else writer.part(v.tzinfo, ".tzinfo")
    return [v.hour, v.minute, v.second, v.microsecond, v.fold, zone]


def _unpack_time(data: Any, reader: Reader) -> time:
    *given, fold, zone = row(data, 6)
    return time(*numbers(given), fold=fold, tzinfo=zone)  # type: ignore[arg-type, misc]


def _unpack_date(data: Any, reader: Reader) -> date:
    return date.fromordinal(expect(data, int))


def _unpack_timedelta(data: Any, reader: Reader) -> timedelta:
    return timedelta(*numbers(row(data, 3)))


def _pack_timezone(v: timezone, writer: Writer) -> Any:
    offset = v.utcoffset(None)
    named = v.tzname(None) != timezone(offset).tzname(None)
    name = writer.part(v.tzname(None), "") if named else None
    return [offset.days, offset.seconds, offset.microseconds, name]


def _unpack_timezone(data: Any, reader: Reader) -> timezone:
    *offset, name = row(data, 4)
    delta = _unpack_timedelta(offset, reader)
    return timezone(delta) if name is None else timezone(delta, expect(name, str))


add(datetime, Codec("datetime", _pack_datetime, _unpack_datetime, codes.DATETIME))
add(date, Codec("date", lambda v, w: v.toordinal(), _unpack_date, codes.DATE))
add(time, Codec("time", _pack_time, _unpack_time, codes.TIME))
add(
    timedelta,
    Codec(
        "timedelta",
        lambda v, w: [v.days, v.seconds, v.microseconds],
        _unpack_timedelta,
        codes.TIMEDELTA,
    ),
)
add(timezone, Codec("timezone", _pack_timezone, _unpack_timezone, codes.TIMEZONE))
