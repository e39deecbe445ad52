"""Steps go where the whole plan is cheapest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import (
    COMMON,
    FEDERATION,
    OFFERS,
    Join,
    Make,
    Rare,
    Use,
    adapter,
    compiled,
    federation_of,
    plan_after,
    written,
)

from dfm.api import BestOf, Else, ForEach, GreaterThan, If, Pipeline, PlaceParam, Yield
from dfm.compiler import Step
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


# -- what else there is to a choice ------------------------------------------------------------


def test_for_the_makespan_every_chain_counts_by_itself() -> None:
    """To send the value is worth it for three together, though each of them is over later."""
    costs = {("home", "m.Use"): seconds(1.0), ("a", "m.Use"): seconds(0.9)}
    links = {("home", "a"): SendCost(0.2)}
    federation = federation_of(dict.fromkeys(("home", "a"), COMMON), costs, links)
    with written() as p:
        made = Make(site="home")
        for _ in range(3):
            Use(v=made)

    assert sites_of(p, federation) == ["home", "a", "a", "a"]
    plan = plan_after("choose_sites", p, federation, objective="makespan")
    assert [step.site for step in plan.steps] == ["home"] * 4


def test_for_the_makespan_a_branch_lasts_as_long_as_if_it_were_taken() -> None:
    costs = {("home", "m.Make"): seconds(1.0), ("home", "m.Use"): seconds(1.0)}
    with written() as p:
        made = Make(site="home")
        with If(cond=GreaterThan(left=made, right=0), likelihood=0.25):
            much = Use(v=made)
        with Else():
            little = Use(v=1)
        Use(v=If.join(much, little))

    federation = federation_of({"home": COMMON}, costs, {})
    report = compiled(p, federation, objective="makespan").report

    assert report.seconds == pytest.approx(3.0)
    assert [step.times for step in report.steps] == [1.0, 0.25, 0.75, 1.0]


def test_a_branch_that_is_hardly_ever_taken_does_not_decide() -> None:
    def federation() -> FederationSpec:
        costs = {(site, "m.Use"): seconds(1.0) for site in OFFERS}
        costs |= {("a", "m.Join"): seconds(0.0), ("home", "m.Join"): seconds(5.0)}
        links = {(a, b): SendCost(1.0) for a in OFFERS for b in OFFERS}
        return federation_of({"home": COMMON, "a": COMMON}, costs, links)

    def pipeline(likelihood: float) -> Pipeline:
        with written() as p:
            made = Make(site="home")
            with If(cond=PlaceParam("x"), likelihood=likelihood):
                Use(v=made, site="home")
                Join(x=made, y=1)
        return p

    assert sites_of(pipeline(0.1), federation())[-1] == "home"
    assert sites_of(pipeline(0.9), federation())[-1] == "a"


def test_a_loop_stays_with_its_items() -> None:
    """Once the list is sent, once; item by item, ten times."""
    links = {(a, b): SendCost(0.1) for a in OFFERS for b in OFFERS}
    costs = {("b", "m.Use"): seconds(0.0)} | {(s, "m.Use"): seconds(0.05) for s in ("a", "home")}
    with written() as p:
        with ForEach(seq=Make(site="a")) as item:
            Use(v=item)

    federation = federation_of(dict.fromkeys(("home", "a", "b"), COMMON), costs, links)
    assert sites_of(p, federation) == ["a", "a"]


def test_who_waits_goes_where_it_need_not_be_told() -> None:
    links = {(a, b): SendCost(0.1) for a in OFFERS for b in OFFERS}
    with written() as p:
        made = Make(site="b")
        Make(dfm_after=made)

    assert sites_of(p, federation_of(links=links)) == ["b", "b"]


def test_a_link_class_decides_like_any_cost() -> None:
    federation = federation_of(dict.fromkeys(("home", "a", "b"), COMMON))
    classes = {"wan": SendCost(1.0), "lan": SendCost(0.001)}
    class_of = {"home": "lan", "a": "wan", "b": "lan"}
    sites = {s.name: replace(s, link_class=class_of[s.name]) for s in federation.sites.values()}
    with written() as p:
        Yield(value=Make(site=BestOf(["a", "b"])))

    assert sites_of(p, replace(federation, sites=sites, link_classes=classes)) == ["b"]


def test_costs_of_years_are_still_no_reason_to_say_that_all_is_forbidden() -> None:
    costs = {(site, name): seconds(1e300) for site in OFFERS for name in COMMON}
    with written() as p:
        value = Make()
        for _ in range(20):
            value = Use(v=value)
        Yield(value=value)

    assert set(sites_of(p, federation_of(costs=costs))) == {"home"}


def test_a_value_that_is_there_already_costs_nothing_more() -> None:
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
