"""Trees of advice: walked, chosen from, shown; and what of them leads nowhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dfm.api.discovery import (
    ANYTHING,
    BranchFieldAdvice,
    EdgeT,
    ErrorFieldAdvice,
    FieldAdvice,
    PartialError,
    PartialFieldAdvice,
    SingleFieldAdvice,
)
from dfm.errors import ArgumentError
from dfm.net.advice import changed

YEARS = SingleFieldAdvice("year", [1990, 1991], kind="one of")
ARCHIVE = BranchFieldAdvice(
    "scenario",
    [
        ("A1B", YEARS),
        ("E1", ErrorFieldAdvice("nothing is kept of E1", "year")),
        ("A2", ErrorFieldAdvice("A2 is not public")),
        ("B1", PartialFieldAdvice()),
    ],
)


def test_iterating_a_branch_skips_values_that_lead_to_errors_only() -> None:
    assert list(ARCHIVE) == ["A1B", "B1"]


def test_a_branch_is_good_if_any_of_its_values_is() -> None:
    bad = BranchFieldAdvice("x", [(1, ErrorFieldAdvice("no")), (2, ErrorFieldAdvice("no"))])

    assert ARCHIVE.has_good_options()
    assert not bad.has_good_options()
    assert not BranchFieldAdvice("y", [(0, bad)]).has_good_options()


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ([1, 2], [1, 2]),
        ("text", ["text"]),
        (b"bytes", [b"bytes"]),
        (7, [7]),
        (None, [None]),
        ({"startdate": 1, "enddate": 2}, ["startdate", "enddate"]),
        (ANYTHING, []),
    ],
)
def test_iterating_a_single_gives_its_members_or_the_value_itself(
    value: Any, members: list[Any]
) -> None:
    assert list(SingleFieldAdvice("x", value)) == members


def test_iterating_with_an_error_behind_gives_nothing() -> None:
    advice = SingleFieldAdvice("x", [1, 2], ErrorFieldAdvice("no"))

    assert list(iter(advice)) == []
    assert list(ErrorFieldAdvice("no")) == list(PartialFieldAdvice()) == []


def test_selecting_follows_the_value() -> None:
    advice = ARCHIVE.select("A1B")

    assert advice == YEARS
    assert isinstance(advice, FieldAdvice)
    assert advice.select(1990) is None


def test_a_single_follows_whatever_is_selected() -> None:
    assert SingleFieldAdvice("x", [1], YEARS).select("something else") is YEARS


def test_selecting_an_unknown_value_says_which_are_near() -> None:
    with pytest.raises(ArgumentError, match="'A1b' is not among the values") as raised:
        ARCHIVE.select("A1b")

    assert raised.value.hint == "'A1B', which is there and spelled almost the same"


@pytest.mark.parametrize(
    ("branches", "hint"),
    [
        ([], "another argument: no value is advised here"),
        ([(1, None), ([2], None)], "one of 1, [2]"),
        ([(n, None) for n in range(10)], "one of 0, 1, 2, 3, 4, 5, 6, 7 and 2 more"),
    ],
)
def test_selecting_what_is_far_from_all_values_lists_them(branches: Any, hint: str) -> None:
    with pytest.raises(ArgumentError) as raised:
        BranchFieldAdvice("x", branches).select(17)

    assert raised.value.hint == hint


def test_selecting_a_value_that_leads_to_an_error_raises_it() -> None:
    with pytest.raises(ValueError, match="A2 is not public"):
        ARCHIVE.select("A2")
    with pytest.raises(ArgumentError, match="no"):
        ErrorFieldAdvice("no", "x").select(1)


def test_selecting_where_nobody_has_looked_is_an_error_of_its_own() -> None:
    with pytest.raises(PartialError, match="partial"):
        ARCHIVE.select("B1")
    with pytest.raises(PartialError):
        PartialFieldAdvice().select(1)
    assert issubclass(PartialError, ValueError)


def test_values_that_are_arrays_can_be_selected() -> None:
    advice = BranchFieldAdvice("grid", [(np.arange(3), None), (np.zeros(2), YEARS)])

    assert advice.select(np.zeros(2)) is YEARS
    with pytest.raises(ArgumentError, match="not among"):
        advice.select(0.0)


def test_a_value_that_can_not_be_compared_is_not_found() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("do not compare me")

        __hash__ = None  # type: ignore[assignment]

    with pytest.raises(ArgumentError, match="not among"):
        BranchFieldAdvice("x", [(Odd(), None)]).select(1)


def test_messages_are_collected_by_argument() -> None:
    advice = BranchFieldAdvice(
        "site",
        [
            ("a", SingleFieldAdvice("year", 3, ErrorFieldAdvice("too early"))),
            ("b", SingleFieldAdvice("year", 4, ErrorFieldAdvice("too late"))),
            ("c", ErrorFieldAdvice("no licence")),
            ("d", ErrorFieldAdvice("no levels", "level")),
            ("e", None),
        ],
    )

    assert advice.collect_error_messages() == {
        "year": {"too early", "too late"},
        "site": {"no licence"},
        "level": {"no levels"},
    }
    assert ErrorFieldAdvice("broken").collect_error_messages() == {"": {"broken"}}
    assert YEARS.collect_error_messages() == PartialFieldAdvice().collect_error_messages() == {}


def test_trees_are_values() -> None:
    again = BranchFieldAdvice("scenario", list(ARCHIVE.branches))

    assert again == ARCHIVE
    with pytest.raises(AttributeError):
        YEARS.field = "month"  # type: ignore[misc]


@pytest.mark.parametrize(
    "make",
    [
        lambda: SingleFieldAdvice("x", 1, "an edge"),  # type: ignore[arg-type]
        lambda: BranchFieldAdvice("x", [(1, "an edge")]),  # type: ignore[list-item]
        lambda: BranchFieldAdvice("x", [(1, None, None)]),  # type: ignore[list-item]
    ],
)
def test_what_is_no_tree_is_refused(make: Any) -> None:
    with pytest.raises(ArgumentError):
        make()


def test_a_tree_is_shown_indented() -> None:
    assert (
        str(ARCHIVE)
        == repr(ARCHIVE)
        == (
            "scenario:\n"
            "  'A1B'\n"
            "    year: one of 1990, 1991\n"
            "  'E1'\n"
            "    year: error: nothing is kept of E1\n"
            "  'A2': error: A2 is not public\n"
            "  'B1' ..."
        )
    )


@pytest.mark.parametrize(
    ("advice", "text"),
    [
        (SingleFieldAdvice("x", "a"), "x: 'a'"),
        (SingleFieldAdvice("x", ANYTHING), "x: anything"),
        (SingleFieldAdvice("x", [1, 2]), "x: [1, 2]"),
        (SingleFieldAdvice("x", list(range(15)), kind="some of"),
         "x: some of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more"),
        (SingleFieldAdvice("x", {"startdate": "1990", "enddate": None}, kind="dates"),
         "x: dates from 1990"),
        (SingleFieldAdvice("x", {"startdate": None, "enddate": None}, kind="dates"), "x: dates"),
        (SingleFieldAdvice("x", 1, PartialFieldAdvice()), "x: 1 ..."),
        (SingleFieldAdvice("x", 1, PartialFieldAdvice("too many")), "x: 1 ... (too many)"),
        (SingleFieldAdvice("x", 1, ErrorFieldAdvice("no")), "x: 1: error: no"),
        (SingleFieldAdvice("x", 1, SingleFieldAdvice("y", 2)), "x: 1\ny: 2"),
        (SingleFieldAdvice("x", "a\nb" * 60).edge, "None"),
    ],
)  # fmt: skip
def test_what_is_shown_of_a_part(advice: EdgeT, text: str) -> None:
    assert str(advice) == text


def test_a_broad_tree_is_shown_in_part() -> None:
    lines = str(BranchFieldAdvice("n", [(n, None) for n in range(100)])).splitlines()

    assert lines[-1] == "  and 88 more"
    assert len(lines) == 14


def test_long_and_unshowable_values_do_not_break_the_text() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError("not me")

    shown = str(SingleFieldAdvice("x", [Shy(), "a" * 500], kind="one of"))

    assert shown.startswith("x: one of <Shy>, 'aaa")
    assert len(shown) < 120


def test_values_and_texts_of_a_tree_can_be_exchanged() -> None:
    def text_to(text: str) -> str:
        return text.replace("E1", "it")

    other = changed(ARCHIVE, lambda value: [value], text_to)

    assert isinstance(other, BranchFieldAdvice)
    assert [value for value, _ in other.branches] == [["A1B"], ["E1"], ["A2"], ["B1"]]
    assert other.collect_error_messages()["year"] == {"nothing is kept of it"}
    assert changed(None, repr, repr) is None
