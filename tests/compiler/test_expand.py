"""Candidates are the sites that may run a step and offer its operation.

What can not be is refused when it is written, so these pipelines are written for another
federation than the one they are compiled for, as happens when a federation changes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import SIGNATURES, adapter, compiled, federation_of, plan_after, written

from dfm.api import BestOf, Pipeline, operation_class
from dfm.errors import ArgumentError, DeclarationError, DfmError, PlacementError, UnknownName
from dfm.federation.models import ProviderSpec

EVERYTHING = federation_of(dict.fromkeys(("a", "b", "c", "home", "hom"), SIGNATURES))
INTERFACE = {name: adapter() for name in SIGNATURES}
PROVIDERS = {name: ProviderSpec(name, INTERFACE) for name in ("fast", "fist")}
BEFORE = replace(
    EVERYTHING,
    sites={name: replace(site, providers=PROVIDERS) for name, site in EVERYTHING.sites.items()},
)
Make, Use, _, Rare, Nowhere = (operation_class(s, BEFORE) for s in BEFORE.operations.values())


def one(operation: Any, **given: Any) -> Pipeline:
    with written() as p:
        operation(**given)
    return p


def candidates(pipeline: Pipeline, **options: Any) -> tuple[str, ...]:
    """The candidates of the first step, as `site` or `site.provider`."""
    [step, *_] = plan_after("expand_candidates", pipeline, **options).steps
    return tuple(map(str, step.candidates))


def refusal_of(pipeline: Pipeline, **options: Any) -> DfmError:
    with pytest.raises(DfmError) as refusal:
        compiled(pipeline, **options)
    return refusal.value


def test_any_site_that_offers_it_will_do_the_homesite_first() -> None:
    assert candidates(one(Make)) == ("home", "a", "b", "c")
    assert candidates(one(Rare)) == ("a", "b")


def test_a_site_by_name_is_the_only_one() -> None:
    assert candidates(one(Make, site="b")) == ("b",)


def test_the_best_of_some_is_one_of_those_that_offer_it() -> None:
    assert candidates(one(Make, site=BestOf(["c", "a"]))) == ("a", "c")
    assert candidates(one(Rare, site=BestOf(["c", "a"]))) == ("a",)


def test_a_provider_must_be_at_the_site() -> None:
    assert candidates(one(Use, v=1, provider="fast")) == ("c.fast",)


def test_any_provider_will_do_or_none() -> None:
    assert candidates(one(Use, v=1, provider=BestOf())) == ("home", "a", "b", "c", "c.fast")


def test_the_best_of_some_providers_is_one_of_those_that_offer_it() -> None:
    assert candidates(one(Use, v=1, provider=BestOf(providers=["fast"]))) == ("c.fast",)
    assert candidates(one(Use, v=1, site="c", provider=BestOf())) == ("c", "c.fast")


def test_a_restriction_leaves_out_other_sites() -> None:
    assert candidates(one(Make), allowed=("c", "b")) == ("b", "c")


def test_an_operation_that_nobody_offers_is_refused() -> None:
    error = refusal_of(one(Nowhere))

    assert isinstance(error, PlacementError)
    assert error.message == "no site offers m.Nowhere"
    assert re.search(r"test_expand\.py:\d+$", error.at)


def test_a_site_that_does_not_offer_it_is_refused_with_those_that_do() -> None:
    error = refusal_of(one(Rare, site="c"))

    assert isinstance(error, PlacementError)
    assert error.message == "m.Rare is asked of 'c', but offered by 'a', 'b'"
    assert error.hint == "site='a', or no site at all"


def test_what_only_a_provider_offers_is_refused_with_the_way_to_have_it() -> None:
    federation = federation_of(offers={"c": ["m.Make"], "home": ["m.Make"]})

    error = refusal_of(one(Use, v=1), federation=federation)

    assert error.message == (
        "no site offers m.Use itself; it is offered by 'c' by its provider 'fast'"
    )
    assert error.hint == "provider='fast', or provider=BestOf()"


def test_a_provider_that_does_not_offer_it_is_refused() -> None:
    error = refusal_of(one(Make, provider="fast"))

    assert error.message == "no site offers m.Make of provider 'fast'"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"site": "hom"}, "there is no site 'hom'"),
        ({"site": BestOf(["hom", "a"])}, "there is no site 'hom'"),
        ({"provider": "fist"}, "there is no provider 'fist'"),
        ({"provider": BestOf(providers=["fist"])}, "there is no provider 'fist'"),
    ],
)
def test_a_name_that_is_not_there_is_refused(given: dict[str, Any], message: str) -> None:
    error = refusal_of(one(Make, **given))

    assert isinstance(error, UnknownName)
    assert error.message == message


def test_a_restriction_can_leave_no_site() -> None:
    error = refusal_of(one(Rare, site=BestOf(["a", "b"])), restrict_to_sites=["c", "home"])

    assert isinstance(error, PlacementError)
    assert error.message == (
        "m.Rare is offered by 'a', 'b' and is asked of 'a', 'b',"
        " but the pipeline is restricted to 'c', 'home'"
    )


def test_a_restriction_that_leaves_out_the_site_asked_for_is_told_to_have_it_in_it() -> None:
    error = refusal_of(one(Make, site="c"), restrict_to_sites=["a", "home"])

    assert error.hint == "restrict_to_sites with 'c' in it"


@pytest.mark.parametrize("given", [5, ["a", 5], [["a"]], {"a": 1}.values()])
def test_a_restriction_that_is_no_names_is_refused(given: Any) -> None:
    error = refusal_of(one(Make), restrict_to_sites=given)

    assert isinstance(error, ArgumentError)
    assert "must be names of sites" in error.message


def test_a_restriction_may_be_an_iterator() -> None:
    assert compiled(one(Make), restrict_to_sites=iter("b")).get_participating_sites() == ["b"]


def test_a_restriction_to_nothing_is_not_a_restriction_to_everything() -> None:
    with pytest.raises(PlacementError, match="names no sites"):
        compiled(one(Make), restrict_to_sites=[])


def test_a_restriction_names_sites_that_are_there() -> None:
    with pytest.raises(UnknownName, match="there is no site 'x'"):
        compiled(one(Make), restrict_to_sites=["a", "x"])


def test_a_restriction_to_the_homesite_runs_everything_there() -> None:
    assert compiled(one(Make), restrict_to_sites="homesite").get_participating_sites() == ["home"]


def test_results_reach_a_homesite_that_may_run_nothing() -> None:
    from dfm.api import Yield

    with written() as p:
        Yield(value=Make())

    prepared = compiled(p, restrict_to_sites=["b"])

    assert prepared.get_participating_sites() == ["b"]
    assert prepared.homesite == "home"


def test_all_steps_without_a_site_are_listed() -> None:
    with written() as p:
        Nowhere()
        Rare(site="c")
    with pytest.raises(PlacementError) as only_placement:
        compiled(p)
    with p:
        Make(site="hom")
    with pytest.raises(DeclarationError) as mixed:
        compiled(p)

    assert only_placement.value.message == "pipeline 'p' has 2 mistakes"
    assert mixed.value.message == "pipeline 'p' has 3 mistakes"
