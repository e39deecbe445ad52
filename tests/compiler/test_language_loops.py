"""What loops do, wherever their operations are."""

from __future__ import annotations

import pytest
from tests.compiler.runs import (
    Add,
    At,
    Count,
    Fail,
    Items,
    everywhere,
)

from dfm.api import (
    Equal,
    ForEach,
    GreaterThan,
    If,
    Not,
    PlaceParam,
    Yield,
)


def test_a_loop_yields_for_each_item_in_its_frame() -> None:
    def program(at: At) -> None:
        with ForEach(seq=Items(to=3, site=at())) as item:
            Yield(value=Add(a=item, b=10, site=at()), place="out")

    assert everywhere(program) == {"out": [((0, 0), 10), ((0, 1), 11), ((0, 2), 12)]}


def test_outer_values_are_seen_inside() -> None:
    def program(at: At) -> None:
        outer = Add(a=5, site=at())
        with ForEach(seq=[1, 2]) as item:
            Yield(value=[Add(a=outer, b=item, site=at()), outer], place="out")

    assert everywhere(program) == {"out": [((0, 0), [6, 5]), ((0, 1), [7, 5])]}


@pytest.mark.parametrize("count", [0, 3])
def test_what_reads_nothing_of_the_iteration_is_done_in_each(count: int) -> None:
    def program(at: At) -> None:
        outer = Add(a=1, site=at())
        with ForEach(seq=Items(to=count, site=at())) as loop:
            made = Add(a=outer, site=at())
            Yield(value=7, place="seven")
        Yield(value=loop.collect(made), place="out")

    found = everywhere(program)

    assert found["out"] == [((0,), [1] * count)]
    assert len(found.get("seven", [])) == count


def test_loops_in_loops_have_longer_frames() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[1, 3]) as outer, ForEach(seq=Items(to=outer, site=at())) as inner:
            Yield(value=Add(a=outer, b=inner, site=at()), place="out")

    assert everywhere(program) == {
        "out": [((0, 0, 0), 1), ((0, 1, 0), 3), ((0, 1, 1), 4), ((0, 1, 2), 5)]
    }


def test_collect_lists_values_in_order_and_what_reads_them_is_anywhere() -> None:
    def program(at: At) -> None:
        with ForEach(seq=Items(to=3, site=at())) as item:
            made = Add(a=item, b=item, site=at())
        Yield(value=Add(a=item.collect(made), b=[9], site=at()), place="out")
        Yield(value=item.collect({"item": item, "made": [made]})[1], place="composed")

    assert everywhere(program) == {
        "composed": [((0,), {"item": 1, "made": [2]})],
        "out": [((0,), [0, 2, 4, 9])],
    }


def test_collecting_in_nested_loops() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[1, 2]) as outer:
            with ForEach(seq=[outer, 10]) as inner:
                made = Add(a=inner, b=outer, site=at())
            row = Add(a=inner.collect(made), b=[0], site=at())
        Yield(value=outer.collect(row), place="out")

    assert everywhere(program) == {"out": [((0,), [[2, 11, 0], [4, 12, 0]])]}


def test_what_is_absent_is_left_out_of_a_list() -> None:
    def program(at: At) -> None:
        with ForEach(seq=Items(to=4, site=at())) as item:
            with If(cond=GreaterThan(left=item, right=1)):
                large = Add(a=item, site=at())
            Yield(value=large, place="large")
        Yield(value=item.collect(large), place="out")

    assert everywhere(program) == {
        "large": [((0, 2), 2), ((0, 3), 3)],
        "out": [((0,), [2, 3])],
    }


@pytest.mark.parametrize(("count", "total"), [(0, 100), (4, 106)])
def test_reduce_goes_through_the_values_in_order(count: int, total: int) -> None:
    def program(at: At) -> None:
        with ForEach(seq=Items(to=count, site=at())) as item:
            made = Add(a=item, site=at())
        Yield(value=item.reduce(Add, made, initial=100, site=at()), place="out")

    assert everywhere(program) == {"out": [((0,), total)]}


def test_reduce_skips_what_is_absent_and_may_read_what_is_outside() -> None:
    def program(at: At) -> None:
        start = Add(a="s", b="", site=at())
        with ForEach(seq=["x", "y", "z"]) as item, If(cond=Not(exp=Equal(left=item, right="y"))):
            made = Add(a=item, b="-", site=at())
        Yield(value=item.reduce(Add, made, initial=start, site=at()), place="out")

    assert everywhere(program) == {"out": [((0,), "sx-z-")]}


def test_reduce_in_a_loop_starts_anew_in_each_iteration() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[10, 20]) as outer:
            with ForEach(seq=[1, 2, outer]) as inner:
                made = Add(a=inner, site=at())
            Yield(value=inner.reduce(Add, made, initial=outer, site=at()), place="out")

    assert everywhere(program) == {"out": [((0, 0), 23), ((0, 1), 43)]}


def test_an_error_of_an_iteration_is_the_error_of_its_list_and_not_of_others() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[0, 1]) as item:
            with If(cond=item):
                bad = Fail(say="bad", site=at())
            Yield(value=If.join(bad, 5), place="each")
        Yield(value=item.collect(bad), place="all")

    assert everywhere(program) == {
        "all": [((0,), "bad")],
        "each": [((0, 0), 5), ((0, 1), "bad")],
    }


def test_a_sequence_that_fails_fails_the_loop_once() -> None:
    def program(at: At) -> None:
        with ForEach(seq=Fail(say="none", site=at())) as item:
            made = Add(a=item, site=at())
            Yield(value=made, place="each")
        Yield(value=item.collect(made), place="all")
        Yield(value=item.reduce(Add, made, initial=0, site=at()), place="sum")

    once = [((0,), "none")]
    assert everywhere(program) == {"all": once, "each": once, "sum": once}


def test_a_loop_goes_through_a_parameter_a_stream_and_composed_values() -> None:
    def program(at: At) -> None:
        with ForEach(seq=PlaceParam("items")) as one:
            Yield(value=one, place="given")
        with ForEach(seq=Count(to=2, site=at())) as two:
            Yield(value=two, place="stream")
        with ForEach(seq=(Add(a=1, site=at()), [2, Add(a=3, site=at())])) as three:
            Yield(value=three, place="composed")

    assert everywhere(program, [{"items": "x"}, {"items": ["y"]}, {"items": {"k": 1}}]) == {
        "composed": [(f, v) for n in range(3) for f, v in (((n, 0), 1), ((n, 1), [2, 3]))],
        "given": [
            ((0,), "ForEach can not go through str ('x')"),
            ((1, 0), "y"),
            ((2, 0), ("k", 1)),
        ],
        "stream": [(f, v) for n in range(3) for f, v in (((n, 0), 0), ((n, 1), 1))],
    }
