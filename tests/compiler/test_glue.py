"""What is no operation is done near what it reads, else near who reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import (
    FEDERATION,
    OFFERS,
    Join,
    Make,
    Use,
    compiled,
    federation_of,
    plan_after,
    written,
)

from dfm.api import (
    Else,
    ForEach,
    GreaterThan,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
)
from dfm.compiler.glue import place_glue
from dfm.errors import PlacementError, UnknownName
from dfm.federation.models import ComputeCost


def sites_of(pipeline: Pipeline, federation: Any = FEDERATION, **options: Any) -> dict[str, str]:
    """The sites of all lines but the yields."""
    plan = plan_after("place_glue", pipeline, federation, **options)
    return {line.key: line.site for line in plan.lines}


def test_a_loop_is_led_where_its_sequence_is() -> None:
    with written() as p:
        with ForEach(seq=Make(site="b")) as loop:
            Use(v=loop, site="c")

    assert sites_of(p)["node1"] == "b"


@pytest.mark.parametrize("seq", [[1, 2], PlaceParam("x")], ids=["literal", "parameter"])
def test_a_loop_over_what_is_everywhere_is_led_by_its_first_step(seq: Any) -> None:
    with written() as p:
        Make(site="home")
        with ForEach(seq=seq) as loop, If(cond=GreaterThan(left=loop, right=1)):
            Use(v=loop, site="c")

    sites = sites_of(p)

    assert sites["node1"] == "c"
    assert sites["node2"] == "c"


def test_a_condition_is_evaluated_where_most_of_what_it_asks_of_is() -> None:
    sizes = {"a": 10, "b": 1000}
    costs = {(site, "m.Make"): ComputeCost(fixed_size=sizes.get(site, 1)) for site in OFFERS}
    costs |= {("b", "m.Use"): ComputeCost(fixed_size=1000)}
    with written() as p:
        small, large = Make(site="a"), Use(v=1, site="b")
        with If(cond=GreaterThan(left=small, right=large)):
            Use(v=1, site="c")

    assert sites_of(p, federation_of(costs=costs))["node2"] == "b"


def test_a_condition_of_parameters_is_evaluated_by_the_first_step_behind_it() -> None:
    with written() as p:
        Make(site="home")
        with If(cond=PlaceParam("x")):
            with ForEach(seq=[1, 2]) as loop:
                Use(v=loop, site="c")
            Use(v=2, site="a")
        with Else():
            Use(v=3, site="a")

    assert sites_of(p)["node1"] == "c"


def test_what_is_at_one_site_is_joined_there_and_else_where_it_is_read() -> None:
    with written() as p:
        one, other, third = Make(site="a"), Make(site="a"), Make(site="b")
        near = If.join(one, other, 5)
        far = If.join(one, third)
        Use(v=[near, far], site="c")

    sites = sites_of(p)

    assert sites["node3"] == "a"
    assert sites["node3_2"] == "a"
    assert sites["node4"] == "c"


def test_what_is_joined_behind_a_gate_is_joined_where_it_is_read() -> None:
    with written() as p:
        one, other = Make(site="a"), Make(site="b")
        with If(cond=PlaceParam("x")):
            Use(v=If.join(one, other), site="c")
        Yield(value=If.join(one, other))

    sites = sites_of(p)

    assert sites["node3_first"] == sites["node3"] == "c"
    assert sites["node5"] == "home"


def test_what_policies_do_not_let_go_is_not_brought_together_there() -> None:
    with written() as p:
        small, large = Make(site="a"), Use(v=1, site="b")
        with If(cond=GreaterThan(left=small, right=large)):
            Use(v=1, site="c")
    costs = {("b", "m.Use"): ComputeCost(fixed_size=10**9)}
    plan = plan_after("choose_sites", p, federation_of(costs=costs))

    def site(**barred: set[str]) -> str:
        barring = replace(plan, barred={place: frozenset(to) for place, to in barred.items()})
        return next(line.site for line in place_glue(barring).lines if line.key == "node2")

    assert site() == "b"
    assert site(node0={"b"}) == "a"
    assert site(node0={"b"}, node1={"a"}) == "home"
    assert site(node0={"b", "home"}, node1={"a"}) == "b"


def test_a_list_is_gathered_where_its_values_are_and_a_sum_where_its_step_is() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            made = Use(v=loop, site="b")
        Use(v=loop.collect(made), site="c")
        Use(v=loop.reduce(Join, made, initial=0, site="a"), site="c")

    sites = sites_of(p)

    assert sites["node2"] == "b"
    reduced = {name: site for name, site in sites.items() if name.startswith("node4")}
    assert reduced == dict.fromkeys(reduced, "a")
    assert len(reduced) == 4


def test_a_cache_is_where_the_value_is_made_that_it_keeps() -> None:
    with written() as p:
        with TryFromCache(key=Make(site="a")) as cached:
            Use(v=1, site="c")
            cached.cache(Use(v=2, site="b"))
        Use(v=cached, site="c")

    sites = sites_of(p)

    assert [sites[name] for name in ("node1_hit", "node4", "node1")] == ["b", "b", "b"]


def test_a_cache_is_where_the_author_says() -> None:
    with written() as p:
        with TryFromCache(key=1, site="c") as cached:
            cached.cache(Use(v=2, site="b"))
        WriteToCache(key=1, value=cached, site="a")

    sites = sites_of(p)

    assert [sites[name] for name in ("node0_hit", "node2", "node0", "node3")] == list("ccca")


def test_a_cache_of_what_is_no_value_of_a_site_is_at_home() -> None:
    with written() as p:
        Make(site="b")
        with TryFromCache(key=PlaceParam("x")) as cached:
            cached.cache(5)
        WriteToCache(key=1, value=2)

    sites = sites_of(p)

    assert [sites[name] for name in ("node1_hit", "node2", "node1", "node3")] == ["home"] * 4


def test_a_cache_is_at_a_site_that_is_there_and_allowed() -> None:
    with written() as p, TryFromCache(key=1, site="d") as cached:
        cached.cache(Make())
    with written() as q:
        WriteToCache(key=1, value=Make(site="b"), site="c")

    with pytest.raises(UnknownName, match="there is no site 'd'"):
        compiled(p)
    with pytest.raises(PlacementError, match="is at 'c', but the pipeline is restricted to 'b'"):
        compiled(q, restrict_to_sites=["b"])


def test_a_pipeline_without_operations_is_at_home() -> None:
    with written() as p:
        with ForEach(seq=[1, 2]) as loop, If(cond=loop):
            joined = If.join(loop, 3)
        Yield(value=loop.collect(joined))

    assert set(sites_of(p).values()) == {"home"}


def test_a_restriction_holds_for_what_is_no_operation_too() -> None:
    with written() as p:
        made = Make()
        with ForEach(seq=[made, 2]) as loop, TryFromCache(key=loop) as cached:
            cached.cache(If.join(loop, 3))
        Yield(value=loop.collect(cached))
        Yield(value=1, place="one")

    assert compiled(p, restrict_to_sites=["b"]).get_participating_sites() == ["b"]
