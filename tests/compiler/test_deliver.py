"""Yields are handed over where least has to move."""

from __future__ import annotations

from collections.abc import Iterable

from tests.compiler.plans import OFFERS, Join, Make, Use, federation_of, plan_after, written

from dfm.api import Pipeline, PlaceParam, Yield
from dfm.federation.models import ComputeCost


def sites_of(pipeline: Pipeline, allowed: Iterable[str] = OFFERS, **sizes: int) -> list[str]:
    """The sites of the yields; `sizes` are what m.Make makes, by site."""
    costs = {(site, "m.Make"): ComputeCost(fixed_size=sizes.get(site, 1)) for site in OFFERS}
    plan = plan_after("deliver_yields", pipeline, federation_of(costs=costs), allowed=allowed)
    return [delivery.site for delivery in plan.deliveries]


def test_a_value_is_handed_over_where_it_was_made() -> None:
    with written() as p:
        Make(site="home")
        made = Make(site="b")
        Yield(value=[made[0], made[1], 3, PlaceParam("x")])

    assert sites_of(p) == ["b"]


def test_what_is_sent_home_anyway_is_handed_over_there() -> None:
    with written() as p:
        made, other = Make(site="b"), Make(site="b")
        Use(v=[made["k"], other], site="home")
        Yield(value=made["k"]["deep"], multiuse=True)
        Yield(value=[other, made["k"]], multiuse=True)
        Yield(value=made, multiuse=True)

    assert sites_of(p) == ["home", "home", "home"]


def test_what_needs_something_at_home_is_handed_over_there_and_all_that_needs_the_rest() -> None:
    with written() as p:
        made, other, apart = Make(site="b"), Make(site="b"), Make(site="b")
        Use(v=made, site="home")
        Yield(value=[made, other], multiuse=True)
        Yield(value=other["k"], multiuse=True)
        Yield(value=apart, multiuse=True)

    assert sites_of(p) == ["home", "home", "b"]


def test_what_is_yielded_twice_is_sent_home_once() -> None:
    with written() as p:
        made = Make(site="b")
        Yield(value=made["k"], multiuse=True)
        Yield(value=[1, made["k"]["deep"]], multiuse=True)

    assert sites_of(p) == ["home", "home"]


def test_parts_of_a_value_are_handed_over_where_it_was_made() -> None:
    with written() as p:
        made = Make(site="b")
        Yield(value=made["k"], multiuse=True)
        Yield(value=[made["l"], made["l"][0]], multiuse=True)

    assert sites_of(p) == ["b", "b"]


def test_values_of_several_sites_meet_at_home() -> None:
    with written() as p:
        first, second = Make(site="a"), Make(site="b")
        Yield(value=[first, second])

    assert sites_of(p) == ["home"]


def test_a_value_that_meets_others_at_home_is_handed_over_there_too() -> None:
    with written() as p:
        first, second = Make(site="a"), Make(site="b")
        Make(site="home")
        Yield(value=second, multiuse=True)
        Yield(value=[first, second], multiuse=True)

    assert sites_of(p) == ["home", "home"]


def test_values_of_several_sites_meet_where_most_of_them_is_if_home_may_not_be_used() -> None:
    with written() as p:
        first, second = Make(site="a"), Make(site="b")
        Yield(value=[first, second])

    assert sites_of(p, ["a", "b"], a=5, b=10) == ["b"]
    assert sites_of(p, ["a", "b"], a=10, b=5) == ["a"]
    assert sites_of(p, ["a", "b"], a=5, b=5) == ["a"]


def test_what_reads_no_value_is_handed_over_at_home_if_it_has_steps() -> None:
    with written() as p:
        Make(site="b")
        Make(site="home")
        Yield(value=1, multiuse=True)
        Yield(value=PlaceParam("x"), multiuse=True)

    assert sites_of(p) == ["home", "home"]


def test_what_reads_no_value_of_a_site_goes_to_none() -> None:
    with written() as p:
        Join(x=Make(site="c"), y=1, site="b")
        Yield(value=1, multiuse=True)
        Yield(value=PlaceParam("x"), multiuse=True)

    assert sites_of(p) == ["home", "home"]


def test_a_pipeline_of_yields_runs_at_home() -> None:
    with written() as p:
        Yield(value=1)

    assert sites_of(p) == ["home"]
