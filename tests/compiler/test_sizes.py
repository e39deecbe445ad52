"""How large values are expected to be, and which steps they come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compiler.plans import Join, Make, Rare, Use, federation_of, plan_after, written

from dfm.api import Else, ForEach, GreaterThan, If, Pipeline, PlaceParam
from dfm.compiler.cost import Costs
from dfm.compiler.flows import Part
from dfm.compiler.sizes import Sizes
from dfm.federation.models import ComputeCost

MADE = ComputeCost(fixed_size=1000)


def sizes_of(pipeline: Pipeline, make: ComputeCost = MADE, use: ComputeCost = MADE) -> Sizes:
    costs = {("a", "m.Make"): make, ("b", "m.Make"): make, ("a", "m.Use"): use}
    return Costs(plan_after("expand_candidates", pipeline, federation_of(costs=costs))).sizes


def test_the_first_site_that_declares_a_size_tells_it() -> None:
    costs = {("a", "m.Rare"): ComputeCost(1.0), ("b", "m.Rare"): ComputeCost(1.0, fixed_size=500)}
    with written() as p:
        Rare()

    sizes = Costs(plan_after("expand_candidates", p, federation_of(costs=costs))).sizes

    assert sizes.bytes_out["node0"] == 500


def test_the_items_of_a_loop_are_parts_of_its_sequence_and_its_list_is_all_of_them() -> None:
    with written() as p:
        with ForEach(seq=Make(site="a")) as loop:
            made = Use(v=loop, site="a")
        loop.collect(made)

    sizes = sizes_of(p)

    assert sizes.flows["node1"] == (Part("node0", 1.0, 100),)
    assert sizes.flows["node3"] == (Part("node2", 1.0, 10_000),)
    assert (sizes.bytes_out["node1"], sizes.bytes_out["node3"]) == (100, 10_000)
    assert sizes.told_by["node3"] == "guess"


def test_a_join_is_as_large_as_what_it_takes_and_comes_from_all_of_them_in_proportion() -> None:
    with written() as p:
        with If(cond=PlaceParam("x"), likelihood=0.75):
            one = Make(site="a")
        with Else():
            other = Use(v=1, site="a")
        If.join(one, other)

    sizes = sizes_of(p, use=ComputeCost(fixed_size=200))

    assert sizes.bytes_out["node4"] == 0.75 * 1000 + 0.25 * 200
    assert sizes.flows["node4"] == (Part("node1", 0.75, 1000), Part("node3", 0.25, 200))


def test_what_is_made_of_several_values_is_all_of_them_and_the_large_ones_count_more() -> None:
    with written() as p:
        one, other = Make(site="a"), Use(v=1, site="a")
        with If(cond=GreaterThan(left=one, right=other)):
            Make(site="a")
        If.join([one, other], 0)

    sizes = sizes_of(p, use=ComputeCost(fixed_size=3000))

    assert sizes.flows["node2"] == (Part("node0", 0.25, 1), Part("node1", 0.75, 1))
    assert sizes.flows["node4_0"] == (Part("node0", 0.25, 4000), Part("node1", 0.75, 4000))


def test_what_no_step_decides_is_where_the_first_step_in_it_is() -> None:
    with written() as p:
        with ForEach(seq=[1, 2]) as loop, If(cond=loop):
            first = Use(v=loop, site="a")
            Use(v=first, site="a")
        with If(cond=PlaceParam("x")):
            Make(site="a")

    sizes = sizes_of(p)

    assert sizes.flows["node0"] == (Part("node2", 1.0, 8, is_led=True),)
    assert sizes.flows["node1"] == (Part("node2", 1.0, 1, is_led=True),)
    assert sizes.flows["node4_else"] == (Part("node5", 1.0, 1, is_led=True),)
    assert sizes.made_by(["node0", "node2"]) == ("node2",)


def test_of_many_steps_the_first_few_are_said() -> None:
    with written() as p:
        If.join([Make(site="a") for _ in range(20)], 0)

    parts = sizes_of(p).flows["node20_0"]

    assert len(parts) == 4
    assert sum(part.share for part in parts) == pytest.approx(1.0)


AMOUNTS = st.integers(0, 10**9)
FACTORS = st.floats(0, 8)


@given(AMOUNTS, FACTORS, AMOUNTS, AMOUNTS)
def test_more_in_is_never_less_out_and_never_faster(
    fixed: int, factor: float, small: int, more: int
) -> None:
    cost = ComputeCost(1.0, compute_throughput=100.0, fixed_size=fixed, output_factor=factor)
    with written() as p:
        Use(v=Make(site="a"), site="a")
    out, time = [], []

    for size in (small, small + more):
        costs = {("a", "m.Make"): ComputeCost(fixed_size=size), ("a", "m.Use"): cost}
        plan = plan_after("choose_sites", p, federation_of(costs=costs))
        out.append(plan.steps[1].bytes_out)
        time.append(plan.steps[1].seconds)

    assert out[0] <= out[1]
    assert time[0] <= time[1]
    assert out[0] == int(fixed + factor * small)
    assert time[0] == 1.0 + small / 100.0


def test_a_value_read_twice_counts_once() -> None:
    with written() as p:
        made = Make(site="a")
        Join(x=made["k"], y=[made, b"123"], z=PlaceParam("p"))

    assert sizes_of(p).bytes_in["node1"] == 1000 + 1000  # and a parameter of a kilobyte
