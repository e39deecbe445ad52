"""The second opinion on what programs mean, on a few programs that can be read at a glance."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.lines import (
    Cached,
    Choice,
    Collected,
    Compared,
    Joined,
    Keep,
    Line,
    Loop,
    Node,
    Op,
    Out,
    Param,
    Reduced,
)
from tests.reference import meaning


def told(*lines: Line, **given: Any) -> list[tuple[str, tuple[int, ...], str]]:
    """What a program delivers in one call."""
    return sorted(meaning(lines, [given]).elements())


def test_a_loop_delivers_in_frames_of_its_own_and_its_error_around_them() -> None:
    assert told(
        Op("v0", "m.CountAndFail", {"to": 2}),
        Loop("v1", Node("v0"), (Out("v2", "out", Node("v1")),)),
    ) == [
        ("out", (0,), "errors [('ValueError', 'no more than 2', 'm.CountAndFail')]"),
        ("out", (0, 0), "0"),
        ("out", (0, 1), "1"),
    ]


def test_only_the_branch_taken_is_done_and_a_join_is_the_value_of_it() -> None:
    lines = (
        Choice(
            "v0",
            Compared(">", Param("p"), 3),
            (Op("v1", "m.Total", {"of": 1}),),
            (Op("v2", "m.Fail", {"say": 2}),),
        ),
        Joined("v3", (Node("v1"), Node("v2"))),
        Out("v4", "then", Node("v1")),
        Out("v5", "joined", Node("v3")),
    )

    assert told(*lines, p=4) == [("joined", (0,), "1"), ("then", (0,), "1")]
    assert told(*lines, p=2) == [("joined", (0,), "errors [('ValueError', 'no 2', 'm.Fail')]")]


def test_collecting_leaves_out_what_was_not_made_and_reducing_passes_it_over() -> None:
    body = (
        Choice("v1", Compared("!=", Node("v0"), 2), (Op("v2", "m.Total", {"of": Node("v0")}),)),
    )

    assert told(
        Loop("v0", [1, 2, 3], body),
        Collected("v3", "v0", Node("v2")),
        Reduced("v4", "v0", "m.Add", Node("v2"), 10, {"c": 0}),
        Out("v5", "list", Node("v3")),
        Out("v6", "sum", Node("v4")),
    ) == [("list", (0,), "[1, 3]"), ("sum", (0,), "14")]


def test_a_cache_gives_what_its_body_keeps() -> None:
    assert told(Cached("v0", (Keep("v1", 5),)), Out("v2", "out", Node("v0"))) == [
        ("out", (0,), "5")
    ]


def test_what_waits_for_an_error_fails_and_what_waits_for_nothing_goes_on() -> None:
    lines = (
        Choice("v0", Param("p"), (Op("v1", "m.Fail", {"say": 1}),)),
        Out("v2", "out", 1, after=("v1",)),
    )

    assert told(*lines, p=0) == [("out", (0,), "1")]
    assert told(*lines, p=1) == [("out", (0,), "errors [('ValueError', 'no 1', 'm.Fail')]")]


def test_every_call_is_told_apart() -> None:
    assert meaning((Out("v0", "out", Param("p")),), [{"p": 1}, {"p": 2}]) == Counter(
        {("out", (0,), "1"): 1, ("out", (1,), "2"): 1}
    )
