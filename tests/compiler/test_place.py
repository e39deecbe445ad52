"""Steps go where the whole plan is cheapest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compiler.plans import (
    COMMON,
    FEDERATION,
    OFFERS,
    Costs,
    Join,
    Links,
    Make,
    Rare,
    Use,
    adapter,
    federation_of,
    plan_after,
    written,
)

from dfm.api import BestOf, Pipeline, Yield
from dfm.compiler import Plan, Step
from dfm.federation.models import ComputeCost, FederationSpec, SendCost


def steps_of(pipeline: Pipeline, federation: FederationSpec = FEDERATION) -> tuple[Step, ...]:
    return plan_after("choose_sites", pipeline, federation).steps


def sites_of(pipeline: Pipeline, federation: FederationSpec = FEDERATION) -> list[str]:
    return [step.site for step in steps_of(pipeline, federation)]


def seconds(time: float, **more: Any) -> ComputeCost:
    return ComputeCost(fixed_time=time, **more)


# -- single reasons ----------------------------------------------------------------------------


def test_without_any_costs_everything_runs_at_home() -> None:
    with written() as p:
        Yield(value=Use(v=Make()))

    assert sites_of(p) == ["home", "home"]


def test_of_equal_sites_the_one_declared_first_wins() -> None:
    with written() as p:
        Rare()

    assert sites_of(p) == ["a"]


def test_a_step_stays_with_its_data() -> None:
    with written() as p:
        Use(v=Make(site="b"))

    assert sites_of(p) == ["b", "b"]


def test_a_step_goes_where_it_is_so_much_faster_that_the_way_is_worth_it() -> None:
    def federation(gain: float) -> FederationSpec:
        there = {("a", "m.Use"): seconds(1.0), ("home", "m.Use"): seconds(1.0 + gain)}
        links = {link: SendCost(fixed_time=0.5) for link in (("home", "a"), ("a", "home"))}
        return federation_of({"home": COMMON, "a": COMMON}, there, links)

    with written() as p:
        Yield(value=Use(v=Make(site="home")))

    assert sites_of(p, federation(gain=0.9)) == ["home", "home"]
    assert sites_of(p, federation(gain=1.1)) == ["home", "a"]


def test_big_data_is_made_small_before_it_moves() -> None:
    costs = {(site, "m.Use"): ComputeCost(fixed_size=8) for site in OFFERS}
    costs["a", "m.Make"] = ComputeCost(fixed_size=10**9)
    with written() as p:
        Yield(value=Use(v=Make(site="a")))

    first, second = steps_of(p, federation_of(costs=costs))

    assert (second.site, first.bytes_out, second.bytes_out) == ("a", 10**9, 8)


def test_looking_ahead_beats_going_to_the_nearest_site() -> None:
    """Going to `b` for the second step is worth it only because the third must be there."""
    costs = {(site, "m.Use"): seconds(1.0) for site in OFFERS}
    links = {(a, b): SendCost(fixed_time=10.0) for a in OFFERS for b in OFFERS}
    links["a", "b"] = SendCost(fixed_time=0.1)
    with written() as p:
        Yield(value=Use(v=Use(v=Make(site="a")), site="b"))

    assert sites_of(p, federation_of(costs=costs, links=links)) == ["a", "a", "b"]


def test_reasons_are_given() -> None:
    with written() as p:
        Make(site="b")
        Use(v=1, provider="fast")
        Rare(site=BestOf(["b", "a"]))
        Make()
        Make(site=BestOf(["c"]))

    assert [step.reason for step in steps_of(p)] == [
        "fixed by the author",
        "only site that offers it",
        "cheapest of a, b",
        "cheapest of home, a, b, c",
        "only site that may run it",
    ]


def test_of_the_providers_of_a_site_the_fastest_runs_it() -> None:
    federation = federation_of()
    site = federation.sites["c"]
    fast = replace(site.providers["fast"], interface={"m.Use": adapter(seconds(0.001))})
    slow = replace(fast, name="slow", interface={"m.Use": adapter(seconds(1.0))})
    interface = site.interface | {"m.Use": adapter(seconds(0.5))}
    site = replace(site, interface=interface, providers={"slow": slow, "fast": fast})
    with written() as p:
        Use(v=1, site="c", provider=BestOf())

    [step] = steps_of(p, replace(federation, sites=dict(federation.sites) | {"c": site}))

    assert (step.site, step.provider) == ("c", "fast")
    assert step.reason == "cheapest of c, c.slow, c.fast"


def test_time_and_size_follow_from_the_declared_cost() -> None:
    costs = {
        ("home", "m.Make"): ComputeCost(fixed_time=1.0, fixed_size=1000),
        ("home", "m.Use"): ComputeCost(
            2.0, compute_throughput=100.0, fixed_size=5, output_factor=0.5
        ),
    }
    with written() as p:
        made = Make(site="home")
        Use(v=[made, made], site="home")

    make, use = steps_of(p, federation_of(costs=costs))

    assert (make.seconds, make.bytes_out) == (1.0, 1000)
    assert (use.seconds, use.bytes_out) == (2.0 + 1000 / 100.0, 505)


def test_a_size_is_known_wherever_one_site_declares_it() -> None:
    costs = {("b", "m.Make"): ComputeCost(fixed_size=77)}
    with written() as p:
        Make()

    assert steps_of(p, federation_of(costs=costs))[0].bytes_out == 77


def test_sizes_of_a_long_chain_of_growing_values_stay_finite() -> None:
    costs = {("home", "m.Use"): ComputeCost(output_factor=10.0, fixed_size=1)}
    with written() as p:
        value = Make()
        for _ in range(400):
            value = Use(v=value)

    [*_, last] = steps_of(p, federation_of(costs=costs))

    assert last.bytes_out == 2**60


# -- the law -----------------------------------------------------------------------------------

SITES = ("home", "a", "b")
OPERATIONS = ("m.Make", "m.Use", "m.Join")
TIMES = st.sampled_from([0.0, 0.01, 0.1, 0.5, 2.0])


@st.composite
def federations(draw: st.DrawFn) -> tuple[FederationSpec, Costs, Links]:
    """Three sites; an operation's value is as large at each, its time differs."""
    sizes = {name: draw(st.sampled_from([0, 1000, 10**7])) for name in OPERATIONS}
    costs = {
        (site, name): ComputeCost(fixed_time=draw(TIMES), fixed_size=sizes[name])
        for site in SITES
        for name in OPERATIONS
    }
    links = {(a, b): SendCost(draw(TIMES), bandwidth=1e8) for a in SITES for b in SITES}
    return federation_of(dict.fromkeys(SITES, COMMON), costs, links), costs, links


@st.composite
def pipelines(draw: st.DrawFn, most: int = 5) -> Pipeline:
    """Steps that read up to two earlier values, some yielded, some waiting, some at a site."""
    with written() as p:
        made: list[Any] = []
        for _ in range(draw(st.integers(1, most))):
            site = draw(st.sampled_from([BestOf(), BestOf(), "a", "b"]))
            reads = [draw(st.sampled_from(made)) for _ in range(draw(st.integers(0, 2))) if made]
            after = draw(st.sampled_from([None, *made]))
            match reads:
                case []:
                    made.append(Make(site=site, dfm_after=after))
                case [x]:
                    made.append(Use(v=x, site=site, dfm_after=after))
                case [x, y]:
                    made.append(Join(x=x, y=y, site=site, dfm_after=after))
            if draw(st.booleans()):
                Yield(value=made[-1], multiuse=True)
    return p


def cost_of(plan: Plan, sites: Mapping[str, str], costs: Costs, links: Links) -> float:
    """What a plan costs with its steps at these sites, worked out the slow way."""
    sent: dict[tuple[str, str], int] = {}
    size = {step.name: costs["home", step.operation].fixed_size for step in plan.steps}
    for step in plan.steps:
        sent |= {(ref.place, sites[step.name]): size[ref.place] for ref in step.refs}
    for delivery in plan.deliveries:
        sent |= {(ref.place, plan.homesite): size[ref.place] for ref in delivery.refs}
    waits = [
        (place, sites[step.name])
        for step in plan.steps
        for place in step.after
        if place not in [ref.place for ref in step.refs]
    ]
    total = sum(costs[sites[step.name], step.operation].fixed_time for step in plan.steps)
    for (place, target), amount in [*sent.items(), *((wait, 1) for wait in waits)]:
        if sites[place] != target:
            link = links[sites[place], target]
            total += link.fixed_time + amount / (link.bandwidth or 1.0)
    return total


@given(federations(), pipelines())
@settings(max_examples=60)
def test_nothing_is_cheaper(drawn: tuple[FederationSpec, Costs, Links], pipeline: Pipeline) -> None:
    federation, costs, links = drawn

    plan = plan_after("choose_sites", pipeline, federation)

    chosen = {step.name: step.site for step in plan.steps}
    best = min(
        cost_of(plan, dict(zip(chosen, sites, strict=True)), costs, links)
        for sites in product(*([c.site for c in step.candidates] for step in plan.steps))
    )
    assert cost_of(plan, chosen, costs, links) == pytest.approx(best)


def test_a_graph_too_dense_for_the_exact_way_is_placed_step_by_step() -> None:
    costs = {(site, name): seconds(0.001) for site in OFFERS for name in COMMON}
    costs["b", "m.Join"] = seconds(0.0)
    with written() as p:
        made = [Make() for _ in range(12)]
        joined = [Join(x=x, y=made) for x in made]
        Yield(value=joined)

    placed = steps_of(p, federation_of(costs=costs))

    assert {step.site for step in placed} <= set(OFFERS)
    assert all(step.reason == "cheapest of home, a, b, c" for step in placed)


def test_step_by_step_a_value_that_is_there_already_costs_nothing_more() -> None:
    """The first reader is worth sending the value to `a` for; then it is there for the others."""
    costs = {(site, "m.Join"): seconds(0.5) for site in OFFERS} | {("a", "m.Join"): seconds(0.0)}
    costs |= {(site, "m.Use"): seconds(0.2) for site in OFFERS} | {("a", "m.Use"): seconds(0.0)}
    links = {("c", site): SendCost(fixed_time=0.3) for site in OFFERS}
    with written() as p:
        made = Make(site="c")
        Join(x=made, y=1)
        for _ in range(30):
            Use(v=made)

    assert sites_of(p, federation_of(costs=costs, links=links)) == ["c"] + ["a"] * 31
