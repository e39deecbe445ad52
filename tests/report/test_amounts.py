"""Bytes and seconds in words."""

from hypothesis import given
from hypothesis import strategies as st

from dfm.report.amounts import format_bytes, format_seconds

POWERS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}


@given(st.integers(min_value=0, max_value=10**17))
def test_bytes_are_right_to_three_figures(count: int) -> None:
    number, unit = format_bytes(count).split()

    told = float(number) * POWERS[unit]
    assert abs(told - count) <= count * 0.0051


@given(st.integers(min_value=0, max_value=10**16))
def test_bytes_never_need_more_than_three_digits_before_the_unit(count: int) -> None:
    number, unit = format_bytes(count).split()

    assert unit == "PB" or len(number.split(".")[0]) <= 3


@given(st.floats(min_value=1e-5, max_value=0.99))
def test_less_than_a_second_is_told_in_milliseconds(seconds: float) -> None:
    number, unit = format_seconds(seconds).split()

    assert unit == "ms"
    assert abs(float(number) / 1000 - seconds) <= max(seconds * 0.0051, 5.1e-6)


def test_long_spans_are_told_in_minutes_and_hours() -> None:
    assert format_seconds(59.99) == "1 min 0 s"
    assert format_seconds(3_600 * 30 + 61) == "30 h 1 min"
