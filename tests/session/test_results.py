"""Results: one dict per call, lists where there can be several values."""

from __future__ import annotations

from dfm.net.frame import Frame
from dfm.net.model import Yield
from dfm.net.template import Ref
from dfm.session.results import Results
from dfm.session.tokens import Token


def results(*yields: Yield) -> Results:
    return Results({y.name: ("a", y) for y in yields})


def token(place: str, frame: list[int], value: object, node: int | str | None = None) -> Token:
    return Token(place, Frame(frame), value, "a", node)


def test_a_place_with_one_yield_maps_to_its_value() -> None:
    got = results(Yield("y0", "out", Ref("n0"), 0))

    got.add(token("out", [0], "value", 0))

    assert got.of_call(0) == {"out": "value"}


def test_a_place_of_several_yields_maps_to_a_list_in_the_order_of_the_statements() -> None:
    got = results(Yield("y0", "out", Ref("n0"), 0), Yield("y1", "out", Ref("n1"), 1))

    got.add(token("out", [0], "second", 1))
    got.add(token("out", [0], "first", 0))

    assert got.of_call(0) == {"out": ["first", "second"]}


def test_a_stream_maps_to_a_list_in_the_order_of_its_frames() -> None:
    got = results(Yield("y0", "out", Ref("n0"), 0))

    got.add(token("out", [0, 1], "b", 0))
    got.add(token("out", [0, 0], "a", 0))
    got.stream("y0", (0,))

    assert got.of_call(0) == {"out": ["a", "b"]}


def test_a_place_whose_value_is_absent_is_not_there() -> None:
    got = results(Yield("y0", "out", Ref("n0"), 0), Yield("y1", "other", Ref("n1"), 1))

    got.add(token("other", [0], 1, 1))

    assert got.of_call(0) == {"other": 1}


def test_calls_are_kept_apart() -> None:
    got = results(Yield("y0", "out", Ref("n0"), 0))

    got.add(token("out", [1], "of 1", 0))

    assert got.of_call(0) == {}
    assert got.of_call(1) == {"out": "of 1"}
