"""What never worked in the system that came before, by the number of the fault in its record.

Each is a few lines that compiled to nothing, crashed, or hung there.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.compiler.plans import compiled
from tests.compiler.runs import (
    FEDERATION,
    Add,
    At,
    Count,
    Items,
    delivered,
    everywhere,
    pipeline_of,
    prepared,
    runs_of,
)

from dfm.api import (
    Else,
    ForEach,
    GreaterThan,
    If,
    Not,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
    make_auto_id,
)


def if_alone(at: At) -> None:
    with If(cond=True):
        Yield(value=1, place="out")


def if_first(at: At) -> None:
    with If(cond=PlaceParam("x")):
        Yield(value=Add(a=1, site=at()), place="out")


def if_last(at: At) -> None:
    made = Add(a=1, site=at())
    with If(cond=GreaterThan(left=made, right=0)):
        Yield(value=Add(a=made, site=at()), place="out")


def if_with_else(at: At) -> None:
    made = Add(a=1, site=at())
    with If(cond=Not(exp=made)):
        Yield(value=Add(a=2, site=at()), place="other")
    with Else():
        Yield(value=made, place="out")


def if_then_more(at: At) -> None:
    made = Add(a=1, site=at())
    with If(cond=made):
        Add(a=made, site=at())
    Yield(value=Add(a=made, site=at()), place="out")


def if_in_if(at: At) -> None:
    made = Add(a=1, site=at())
    with If(cond=made), If(cond=Add(a=made, site=at())):
        Yield(value=Add(a=made, site=at()), place="out")


@pytest.mark.parametrize(
    "shape", [if_alone, if_first, if_last, if_with_else, if_then_more, if_in_if]
)
def test_w1_every_shape_of_if_compiles_and_runs(shape: Callable[[At], None]) -> None:
    given = dict.fromkeys(prepared(shape).param_places, 1)

    [(place, [(frame, _)])] = everywhere(shape, [given]).items()

    assert (place, frame) == ("out", (0,))


def test_w2_and_i1_loops_and_caches_and_what_is_in_them_are_done() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[1, 2]) as loop:
            Yield(value=Add(a=loop, site=at()), place="loop")
        with TryFromCache(key="k") as cached:
            cached.cache(Add(a=3, site=at()))
        Yield(value=cached, place="cache")
        Yield(value=WriteToCache(key="l", value=Add(a=4, site=at())), place="written")

    assert everywhere(program) == {
        "cache": [((0,), 3)],
        "loop": [((0, 0), 1), ((0, 1), 2)],
        "written": [((0,), 4)],
    }


def test_w3_two_sites_can_exchange_values() -> None:
    def program(at: At) -> None:
        one, other = Add(a=1, site="a"), Add(a=2, site="b")
        Yield(value=Add(a=one, b=other, site="a"), place="a")
        Yield(value=Add(a=other, b=one, site="b"), place="b")

    assert delivered(prepared(program)) == {"a": [((0,), 3)], "b": [((0,), 3)]}


@pytest.mark.parametrize("length", [2, 3, 4, 5, 20])
def test_w4_values_can_go_to_and_fro(length: int) -> None:
    def program(at: At) -> None:
        value = 0
        for _ in range(length):
            value = Add(a=value, b=1, site=at())
        Yield(value=value, place="out")

    assert delivered(prepared(program, ["a", "b"])) == {"out": [((0,), length)]}


def test_w12_what_a_generator_makes_is_read_at_other_sites() -> None:
    def program(at: At) -> None:
        stream = Count(to=3, site=at())
        with ForEach(seq=stream) as item:
            made = Add(a=item, b=1, site=at())
        Yield(value=item.collect(made), place="out")

    assert everywhere(program) == {"out": [((0,), [1, 2, 3])]}


def test_w13_constants_are_yielded_with_operations_and_without() -> None:
    def program(at: At) -> None:
        Yield(value=1, place="constant")
        Yield(value=Add(a=2, site=at()), place="made")

    def alone(at: At) -> None:
        Yield(value={"k": [1]}, place="constant")

    assert everywhere(program) == {"constant": [((0,), 1)], "made": [((0,), 2)]}
    assert delivered(prepared(alone)) == {"constant": [((0,), {"k": [1]})]}


def test_w16_and_w17_order_across_sites_by_statement_and_by_id() -> None:
    def program(at: At) -> None:
        first = Add(a="fi", b="rst", site=at())
        Add(a="thi", b="rd", site=at(), dfm_after=[first, make_auto_id(2)])
        Add(a="sec", b="ond", site=at(), dfm_after=first)

    for sites in (["a", "b", "home"], ["a", "a", "b"], ["a"]):
        assert runs_of(program, sites) == [
            "m.Add('fi', 'rst')",
            "m.Add('sec', 'ond')",
            "m.Add('thi', 'rd')",
        ]


def test_w19_values_and_parameters_stand_anywhere_in_arguments_and_yields() -> None:
    def program(at: At) -> None:
        made = Items(to=2, site=at())
        deep = Add(a=[[made, {"k": (made[1],)}]], b=[PlaceParam("x", multiuse=True)], site=at())
        Yield(value={"deep": deep, "x": [PlaceParam("x", multiuse=True)]}, place="out")
        Yield(value=PlaceParam("x", multiuse=True), place="plain")

    deep = [[[0, 1], {"k": (1,)}], 7]
    assert everywhere(program, [{"x": 7}]) == {
        "out": [((0,), {"deep": deep, "x": [7]})],
        "plain": [((0,), 7)],
    }


def test_w20_a_restriction_may_leave_out_the_homesite() -> None:
    def program(at: At) -> None:
        Yield(value=Add(a=1, site=at()), place="out")

    p = pipeline_of(program, ["b"])
    nets = compiled(p, FEDERATION, restrict_to_sites=["a", "b"])

    assert nets.get_participating_sites() == ["b"]
    assert delivered(nets) == {"out": [((0,), 1)]}
