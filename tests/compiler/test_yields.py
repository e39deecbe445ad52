"""A prepared pipeline knows its yields: which are in loops, and which may deliver nothing."""

from __future__ import annotations

import re

from tests.compiler.plans import FEDERATION, Join, Make, Use, compiled, written

from dfm.api import (
    Else,
    ForEach,
    If,
    PlaceParam,
    TryFromCache,
    Yield,
)
from dfm.net import Frame


def test_yields_in_loops_are_told_from_others() -> None:
    with written() as p:
        Yield(value=1, place="outside")
        with ForEach(seq=Make(site="a")) as outer:
            Yield(value=outer, place="inside")
            with ForEach(seq=[outer]) as inner:
                Yield(value=Use(v=inner, site="b"), place="deep")
        Yield(value=outer.collect(outer), place="after")

    prepared = compiled(p)

    assert [y.place for _, y in prepared.yields.values()] == ["outside", "inside", "deep", "after"]
    assert prepared.looped_yields == {"yield1", "yield2"}
    assert prepared.optional_yields == frozenset()
    assert prepared.yield_places == ("outside", "inside", "deep", "after")


def test_yields_that_need_a_branch_may_deliver_nothing() -> None:
    with written() as p:
        made = Make(site="a")
        with If(cond=made):
            one = Use(v=1, site="b")
            Yield(value=2, place="in_branch")
            with If(cond=one):
                deep = Use(v=3)
        with Else():
            other = Use(v=4, site="c")
        Yield(value=[one, made], place="of_branch")
        Yield(value=one["k"], place="of_part", dfm_after=other)
        Yield(value=If.join(one, other), place="joined")
        Yield(value=If.join(deep, other), place="joined_too_deep")
        Yield(value=If.join(deep, 5), place="with_default")
        Yield(value=made, place="after", dfm_after=one)

    prepared = compiled(p)

    assert {prepared.yields[name][1].place for name in prepared.optional_yields} == {
        "in_branch",
        "of_branch",
        "of_part",
        "joined_too_deep",
    }


def test_a_cache_always_has_its_value_if_its_block_always_stores_one() -> None:
    with written() as p:
        with TryFromCache(key=1) as always:
            always.cache(Make())
        with TryFromCache(key=2) as perhaps, If(cond=PlaceParam("x")):
            perhaps.cache(Make())
        with TryFromCache(key=3) as either:
            with If(cond=always):
                either.cache(1)
            with Else():
                either.cache(2)
        for name, value in {"always": always, "perhaps": perhaps, "either": either}.items():
            Yield(value=value, place=name)

    prepared = compiled(p)

    optional = {prepared.yields[name][1].place for name in prepared.optional_yields}
    assert "always" not in optional
    assert "perhaps" in optional


def test_lists_and_sums_are_there_though_their_values_may_not_be() -> None:
    with written() as p:
        with ForEach(seq=[0, 1]) as loop, If(cond=loop):
            made = Use(v=loop)
        Yield(value=loop.collect(made), place="list")
        Yield(value=loop.reduce(Join, made, initial=0), place="sum")
        with If(cond=PlaceParam("x")), ForEach(seq=[1]) as other:
            Use(v=other)
        Yield(value=other.collect(other), place="in_branch")

    assert compiled(p).optional_yields == {"yield2"}


def test_the_report_says_where_steps_stand_and_counts_what_crosses_in_loops() -> None:
    with written() as p:
        with ForEach(seq=[b"x" * 10, b"y" * 10, b"z" * 10]) as loop:
            first = Use(v=loop, site="a")
            with If(cond=loop):
                Use(v=[loop, first["k"]], site="b")
        with ForEach(seq=PlaceParam("x")) as other:
            Use(v=other, site="c")

    report = compiled(p).report

    within = [re.sub(r" \S*test_yields\.py:\d+", " here", step.within) for step in report.steps]
    assert within == ["ForEach, here", "If, here", "ForEach, here"]
    assert "(in If, " in " ".join(str(report).split())
    item = next(t for t in report.transfers if t.value == "node0")
    assert item.bytes == 30
    assert item.size_from == "declared"


def test_parameters_in_blocks_are_checked_like_others() -> None:
    from tests.api.climate import FEDERATION as climate
    from tests.api.climate import LoadField

    with written() as p:
        with ForEach(seq=[1990]) as year, If(cond=year):
            LoadField(scenario=PlaceParam("scenario"), first=year)
        Yield(value=1)

    prepared = compiled(p, climate, homesite="desk")

    assert list(prepared.param_checks) == ["scenario"]
    prepared.check_input_params([(Frame([0]), {"scenario": "E1"})])
    assert FEDERATION is not climate


def test_lines_in_blocks_have_locations() -> None:
    with written() as p, ForEach(seq=[1]) as loop, If(cond=loop):
        Use(v=loop)

    assert list(compiled(p).locations) == [0, 1, 2]
