"""What advisors may answer: which values each answer takes, and which branches it opens."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from dfm.errors import ArgumentError
from dfm.exec.discovery import (
    ANYTHING,
    AdvisedDateRange,
    AdvisedDict,
    AdvisedError,
    AdvisedLiteral,
    AdvisedOneOf,
    AdvisedSubsetOf,
    AdvisedValue,
    Okay,
)
from dfm.exec.discovery.dates import span_of

NEW_YEAR = dt.datetime(1990, 1, 1)
GRID = np.arange(4)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (AdvisedLiteral("A1B"), "A1B"),
        (AdvisedLiteral([1, 2]), [1, 2]),
        (AdvisedLiteral(GRID), GRID.copy()),
        (AdvisedOneOf(["A1B", "E1"]), "E1"),
        (AdvisedOneOf(n for n in range(3)), 2),
        (AdvisedOneOf([AdvisedDict({"level": 1}), 7]), {"level": 1}),
        (AdvisedOneOf([AdvisedDateRange("1990", "1999")]), "1995-03-01"),
        (AdvisedSubsetOf(["u", "v"]), ["v"]),
        (AdvisedSubsetOf(["u", "v"]), ()),
        (AdvisedSubsetOf(["u", "v"]), {"u", "v"}),
        (AdvisedSubsetOf([AdvisedOneOf([1, 2]), "u"]), [2, "u", 1]),
        (AdvisedDict({"a": 1, "b": [2]}), {"b": [2], "a": 1}),
        (AdvisedDict({"a": 1}, allow_extras=True), {"a": 1, "z": 0}),
        (AdvisedDict({"a": AdvisedOneOf([1, 2])}), {"a": 2}),
        (AdvisedDict({"a": AdvisedDict({"b": AdvisedSubsetOf(["x"])})}), {"a": {"b": []}}),
        (AdvisedDict({}), {}),
        (AdvisedDateRange(), "2024-02-29"),
        (Okay(), object()),
    ],
)  # fmt: skip
def test_a_good_value_is_taken(answer: AdvisedValue, value: Any) -> None:
    assert answer.validate(value) is None


@pytest.mark.parametrize(
    ("answer", "value", "why"),
    [
        (AdvisedLiteral("A1B"), "E1", "'E1' is not 'A1B'"),
        (AdvisedOneOf(["A1B", "E1"]), "A1b",
         "'A1b' is not good; try 'A1B', which is there and spelled almost the same"),
        (AdvisedOneOf(["A1B", "E1"]), 3, "3 is not good; try one of 'A1B', 'E1'"),
        (AdvisedOneOf([1, "x"]), "other", "'other' is not good; try one of 1, 'x'"),
        (AdvisedOneOf([]), 3, "3 is not good; try no value at all"),
        (AdvisedSubsetOf(["u", "v"]), ["u", "w"],
         "'w' is not good; try one of 'u', 'v'"),
        (AdvisedSubsetOf(["u", "v"]), "u", "'u' is not a list"),
        (AdvisedSubsetOf(["u", "v"]), 3, "3 is not a list"),
        (AdvisedSubsetOf([AdvisedDict({"a": 1})]), [{"a": 2}],
         "{'a': 2} is not good; try one of {'a': 1}"),
        (AdvisedDict({"a": 1}), 1, "1 is not a dict"),
        (AdvisedDict({"a": 1, "b": 2}), {"a": 1}, "'b' is missing"),
        (AdvisedDict({"a": 1}), {"a": 1, "b": 2}, "'b' is not expected; there are 'a'"),
        (AdvisedDict({"a": 1}), {"a": 2}, "['a']: 2 is not 1"),
        (AdvisedDict({"a": AdvisedOneOf([1, 2])}), {"a": 3},
         "['a']: 3 is not good; try one of 1, 2"),
        (AdvisedDict({"a": 1}, allow_extras=True), {"b": 1}, "'a' is missing"),
        (AdvisedError("closed"), "anything", "closed"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_good_is_refused_in_words(
    answer: AdvisedValue, value: Any, why: str
) -> None:
    assert answer.validate(value) == why


# -- dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "1990-01-01", "1999-12-31", "1999-12-31T23:59:59", dt.date(1999, 12, 31), NEW_YEAR,
        dt.datetime(1999, 12, 31, 23), "1995", "1995-06", "19950101", "1995-06-01T12:00:00Z",
        dt.datetime(1995, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5))),
        np.datetime64("1995-01-01"), np.datetime64("1995-01-01T00:00:00.123456789"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "answer",
    [
        AdvisedDateRange("1990-01-01", "1999-12-31"),
        AdvisedDateRange(NEW_YEAR, dt.date(1999, 12, 31)),
        AdvisedDateRange("1990", "1999-12"),
        AdvisedDateRange(end="1999-12-31"),
        AdvisedDateRange("1990"),
    ],
)
def test_a_date_inside_is_good_however_it_is_written(answer: AdvisedDateRange, value: Any) -> None:
    assert answer.validate(value) is None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("1989-12-31", "1989-12-31 is before 1990-01-01"),
        (dt.date(2000, 1, 1), "2000-01-01 is after 1999-12-31"),
        ("2000", "2000 is after 1999-12-31"),
        # Its text is between those of the two ends, and it is no date.
        ("1995-13-45", "'1995-13-45' is not a date"),
        ("soon", "'soon' is not a date"),
        (1995, "1995 is not a date"),
        # The instant is in 1989 in Greenwich.
        ("1990-01-01T02:00:00+05:00", "1990-01-01T02:00:00+05:00 is before 1990-01-01"),
    ],
)
def test_a_date_outside_is_refused(value: Any, why: str) -> None:
    answer = AdvisedDateRange("1990-01-01", "1999-12-31")

    assert answer.validate(value) == why
    assert answer.validate(np.datetime64("NaT")) is not None


def test_dates_are_compared_as_dates_not_as_texts() -> None:
    assert AdvisedDateRange("19900101", "19991231").validate("1995-01-01") is None
    assert AdvisedDateRange("1990-01-01", "1990-01-01").validate("1990-01-01T18:00") is None


@pytest.mark.parametrize("limits", [("soon", None), (None, "late"), ("2000-01-01", "1990-01-01")])
def test_a_range_without_dates_in_it_is_refused(limits: tuple[Any, Any]) -> None:
    with pytest.raises(ArgumentError):
        AdvisedDateRange(*limits)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("9999-12", "9999-12-01", "9999-12-31"),
        ("0001", "0001-01-01", "0001-12-31"),
    ],
)
def test_a_month_is_all_of_its_days(text: str, first: str, last: str) -> None:
    start, end = span_of(text)

    assert start.date().isoformat() == first
    assert end.date().isoformat() == last
    assert end.time() == dt.time.max


def test_a_date_of_another_calendar_is_read_by_its_text() -> None:
    cftime = pytest.importorskip("cftime")

    assert AdvisedDateRange("1990", "1999").validate(cftime.DatetimeNoLeap(1995, 2, 28)) is None


# -- branches -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (AdvisedLiteral(5), 5),
        (AdvisedOneOf((1, 2)), [1, 2]),
        (AdvisedSubsetOf({3}), [3]),
        (AdvisedOneOf([AdvisedDateRange("1990", "1999"), AdvisedLiteral(4)]),
         [{"startdate": "1990", "enddate": "1999"}, 4]),
        (AdvisedDict({"a": AdvisedOneOf([1]), "b": Okay()}), {"a": [1], "b": ANYTHING}),
        (AdvisedDateRange("1990", None), {"startdate": "1990", "enddate": None}),
        (AdvisedError("closed"), "closed"),
        (Okay(), ANYTHING),
    ],
)  # fmt: skip
def test_what_stands_in_the_tree_is_plain(answer: AdvisedValue, shown: Any) -> None:
    assert answer.shown() == shown


def test_an_answer_opens_one_branch_or_one_for_each_value() -> None:
    nested = AdvisedDateRange("1990", "1999")
    whole = AdvisedOneOf([1, 2])
    split = AdvisedSubsetOf([1, nested], break_on_advice=True, split_on_advice=True)

    assert list(whole.iterate_advice_branches()) == [whole]
    assert list(split.iterate_advice_branches()) == [AdvisedLiteral(1, True), nested]


def test_answers_share_no_list_with_the_advisor_that_made_them() -> None:
    known = ["A1B"]
    answer = AdvisedOneOf(known)

    known.append("E1")
    answer.shown().append("A2")

    assert answer.shown() == ["A1B"]


@pytest.mark.parametrize("kind", [AdvisedOneOf, AdvisedSubsetOf])
def test_a_text_is_no_list_of_values(kind: Any) -> None:
    with pytest.raises(ArgumentError, match="needs a list of values, not the text 'A1B'"):
        kind("A1B")
