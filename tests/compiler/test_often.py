"""How often things are done: as loops go round, as branches are taken."""

from __future__ import annotations

import pytest
from tests.compiler.plans import Join, Make, Use, plan_after, written

from dfm.api import Else, ForEach, If, Pipeline, PlaceParam, TryFromCache, Yield
from dfm.compiler.often import MOST_TIMES, Often, Rate


def often(pipeline: Pipeline) -> list[Rate]:
    """How often each operation is done."""
    plan = plan_after("order_lines", pipeline)
    found = Often(plan)
    assert [found.of(step) for step in plan.steps] == [found[step.name] for step in plan.steps]
    return [found[step.name] for step in plan.steps]


def test_what_is_in_no_block_is_done_once() -> None:
    with written() as p:
        Use(v=Make())

    assert often(p) == [Rate(1.0), Rate(1.0)]


def test_a_loop_goes_round_as_often_as_its_list_is_long_and_else_ten_times() -> None:
    with written() as p:
        with ForEach(seq=[1, 2, 3]) as outer:
            Use(v=outer)
            with ForEach(seq=PlaceParam("x")) as inner:
                Use(v=inner)
        Use(v=outer.collect(outer))

    assert often(p) == [Rate(3.0), Rate(30.0, is_guess=True), Rate(1.0)]


def test_a_branch_is_done_as_likely_as_it_says_and_the_other_the_rest_of_the_time() -> None:
    with written() as p:
        with If(cond=PlaceParam("x"), likelihood=0.75):
            Make()
            with If(cond=PlaceParam("y"), likelihood=0.5):
                Make()
            with Else():
                Make()
        with Else():
            Make()

    assert often(p) == [Rate(0.75), Rate(0.375), Rate(0.375), Rate(0.25)]


def test_half_is_a_guess() -> None:
    with written() as p:
        with If(cond=PlaceParam("x")):
            Make()
        with Else():
            with If(cond=PlaceParam("y"), likelihood=0.5):
                Make()

    assert often(p) == [Rate(0.5, is_guess=True), Rate(0.25, is_guess=True)]


def test_what_a_cache_does_not_know_is_made_half_the_time() -> None:
    with written() as p:
        with TryFromCache(key=1) as cached:
            cached.cache(Make())
        Use(v=cached)

    assert often(p) == [Rate(0.5, is_guess=True), Rate(1.0)]


def test_a_loop_in_a_branch_in_a_loop_multiplies() -> None:
    with written() as p:
        with ForEach(seq=[1, 2]) as outer, If(cond=outer, likelihood=0.25):
            with ForEach(seq=[1, 2, 3, 4]) as inner, If(cond=inner, likelihood=0.5):
                Make()

    assert often(p) == [Rate(2 * 0.25 * 4 * 0.5)]


def test_what_reads_a_value_of_a_branch_is_done_as_often_as_the_value_is_there() -> None:
    with written() as p:
        with If(cond=PlaceParam("x"), likelihood=0.25):
            one = Make()
        with Else():
            other = Make()
        Use(v=one)
        Use(v=If.join(one, other))
        Use(v=If.join(one, 5))
        Join(x=one, y=other)

    assert [rate.times for rate in often(p)[2:]] == [0.25, 1.0, 1.0, 0.25]


def test_a_join_that_always_gets_something_is_no_guess() -> None:
    with written() as p:
        with If(cond=PlaceParam("x")):
            one = Make()
        with Else():
            with If(cond=PlaceParam("y"), likelihood=0.9):
                other = Make()
            with Else():
                third = Make()
        Use(v=If.join(one, other, third))

    assert often(p)[-1] == Rate(1.0)


def test_counting_stops_somewhere() -> None:
    with written() as p:
        with ForEach(seq=list(range(2000))), ForEach(seq=list(range(2000))):
            Make()

    assert often(p) == [Rate(MOST_TIMES)]


@pytest.mark.parametrize("likelihood", [0, 1])
def test_a_branch_may_be_never_taken_or_always(likelihood: float) -> None:
    with written() as p:
        with If(cond=PlaceParam("x"), likelihood=likelihood):
            Yield(value=Make())
        with Else():
            Make()

    assert often(p) == [Rate(float(likelihood)), Rate(1.0 - likelihood)]
