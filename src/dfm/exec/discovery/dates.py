"""Dates as they are written in arguments, on one scale so that they can be compared.

A date is the whole of its day, and `1990-04` the whole of its month. What has no time zone is
taken as UTC. Calendars other than the usual one are compared by their texts.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Any

from dfm.errors import ArgumentError

_YEAR_OR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?")

Span = tuple[dt.datetime, dt.datetime]
"""The first and the last moment that a date means."""


def span_of(value: Any) -> Span:
    """Return the moments a date means: a datetime, a date, or one of them as ISO text.

    >>> span_of("1990-04")[1].isoformat()
    '1990-04-30T23:59:59.999999+00:00'

    Raises:
        ArgumentError: the value is no date.
    """
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return moment, moment
    if isinstance(value, dt.date):
        return _days(value, value)
    text = _text(value)
    try:
        if found := _YEAR_OR_MONTH.fullmatch(text):
            return _year_or_month(int(found[1]), found[2])
        if len(text) <= len("1990-04-01"):
            day = dt.date.fromisoformat(text)
            return _days(day, day)
        return span_of(dt.datetime.fromisoformat(text))
    except (OverflowError, ValueError):
        raise ArgumentError(
            f"{value!r:.80} is not a date", hint="a date, a datetime, or text such as '1990-04-01'"
        ) from None


def _text(value: Any) -> str:
    """Return the text of a value that may be a date, of a library's own kind too."""
    if isinstance(value, str):
        return value.strip()
    if callable(write := getattr(value, "isoformat", None)):
        return str(write())
    return str(value) if type(value).__name__ == "datetime64" else ""


def _year_or_month(year: int, month: str | None) -> Span:
    last_month = int(month or 12)
    last_day = calendar.monthrange(year, last_month)[1]
    return _days(dt.date(year, int(month or 1), 1), dt.date(year, last_month, last_day))


def _days(first: dt.date, last: dt.date) -> Span:
    start = dt.datetime.combine(first, dt.time.min, dt.UTC)
    return start, dt.datetime.combine(last, dt.time.max, dt.UTC)
