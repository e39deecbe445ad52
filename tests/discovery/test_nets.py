"""What a pipeline becomes when advice is wanted: questions to everyone who could run a step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import FEDERATION, Make, Rare, Use, compiled

from dfm.api import (
    Advise,
    BestOf,
    Else,
    ForEach,
    GreaterThan,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    Yield,
    operation_class,
)
from dfm.errors import ArgumentError, PlacementError, StructureError
from dfm.federation.models import AdapterSpec, Const, Construct, Exposed
from dfm.net import Ask, NetIR, simulate, verify
from dfm.net.advice import SingleFieldAdvice, Wanted
from dfm.wire import Codecs

CODECS = Codecs()


def asking() -> Pipeline:
    """A pipeline to ask with."""
    return Pipeline(name="p", mode="discovery")


def asks_of(net: NetIR) -> list[Ask]:
    return [t for t in net.transitions if isinstance(t, Ask)]


def given_at(pipeline: Pipeline, site: str = "a", **options: Any) -> list[dict[str, Any]]:
    """The arguments that a site is asked about, by operation."""
    asks = asks_of(compiled(pipeline, **options).nets[site])
    return [dict(ask.arguments) for ask in asks]


def test_every_site_and_provider_that_could_run_an_operation_is_asked() -> None:
    with asking() as p:
        Use(v=1, provider=BestOf())

    nets = compiled(p).nets

    asked = {s: [(a.operation, a.provider) for a in asks_of(net)] for s, net in nets.items()}
    assert asked == {
        "a": [("m.Use", None)],
        "b": [("m.Use", None)],
        "c": [("m.Use", None), ("m.Use", "fast")],
        "home": [("m.Use", None)],
    }


def test_a_net_of_questions_reads_like_this() -> None:
    with asking() as p:
        Use(v=1, site="c", provider="fast")
        Make(v="x", site="c")

    assert str(compiled(p).nets["c"]) == (
        'net "p" at c\n'
        "params $\n"
        "node0_fast_advice = ask fast/m.Use(v=1) of 0\n"
        'node1_advice = ask m.Make(v="x") of 1\n'
        'advice = let [[0, "fast", node0_fast_advice], [1, null, node1_advice]]\n'
        'yield advice_c "_dfm_discovery_" = advice\n'
    )


def test_sites_without_operations_take_no_part() -> None:
    with asking() as p:
        Rare(site=BestOf(["a", "b"]))

    assert list(compiled(p).nets) == ["a", "b"]
    assert list(compiled(p, restrict_to_sites=["b", "c"]).nets) == ["b"]


def test_the_site_may_be_in_question() -> None:
    with asking() as p:
        Rare(site=Advise())

    assert list(compiled(p).nets) == ["a", "b"]


def test_operations_in_blocks_are_asked_about() -> None:
    with asking() as p:
        n = Make(v=0, site="a")
        with If(cond=GreaterThan(left=n, right=0)):
            Make(v=1, site="a")
        with Else():
            Make(v=2, site="a")
        with ForEach(seq=n) as item:
            Use(v=item, w=3, site="a")
        with TryFromCache(key="k") as kept:
            kept.cache(Make(v=4, site="a"))

    given = given_at(p)

    assert given == [{"v": 0}, {"v": 1}, {"v": 2}, {"w": 3}, {"v": 4}]


def test_only_literals_are_given() -> None:
    with asking() as p:
        one = Make(v=None, w=[1, (2,)], site="a")
        Use(v=one, w=PlaceParam("soon"), site="a")
        Use(v=Advise(), w=[1, one], site="a")
        Use(v={"deep": [PlaceParam("later")]}, w={"deep": Advise()}, site="a")
        Use(site="a")

    first, *others = given_at(p)

    assert first["v"] is None
    assert CODECS.unseal(first["w"].data) == [1, (2,)]
    assert others == [{}, {}, {}, {}]


def test_no_parameters_are_needed() -> None:
    with asking() as p:
        Use(v=PlaceParam("later"))
        Yield(value=PlaceParam("other"))

    prepared = compiled(p)

    assert prepared.param_places == ()
    assert prepared.yield_places == ("_dfm_discovery_",)


def test_what_internal_fields_say_is_no_argument() -> None:
    with asking() as p:
        one = Make(v=1, site="a", retries=1)
        Use(v=2, site="a", dfm_after=one)

    again = Pipeline.model_validate_json(p.model_dump_json())

    assert given_at(again) == given_at(p) == [{"v": 1}, {"v": 2}]


def test_a_field_that_a_site_exposes_can_be_in_question() -> None:
    binding = {"depth": Const(3, exposed=Exposed("depth"))}
    adapter = AdapterSpec(Construct("adapters.Adapter"), arguments=binding)
    site = replace(FEDERATION.sites["a"], interface={"m.Make": adapter})
    federation = replace(FEDERATION, sites={**FEDERATION.sites, "a": site})
    make = operation_class(federation.operations["m.Make"], federation)
    with asking() as p:
        make(site="a", depth=Advise())
        make(site="a")

    first, second = given_at(p, federation=federation)

    assert CODECS.unseal(first["depth"].data) is Wanted.ADVICE
    assert second == {}


def test_the_answers_are_yielded_as_one_list() -> None:
    with asking() as p:
        Make(v=1, site="a")
        Use(v=2, site="a")
        Rare(site="b")
    nets = compiled(p).nets

    delivered = simulate(
        nets, [{}], lambda site, ask, given: SingleFieldAdvice("v", given.get("v"))
    )

    verify(nets)
    assert [(y.place, y.frame, y.token) for y in delivered] == [
        (
            "_dfm_discovery_",
            (0,),
            [[0, None, SingleFieldAdvice("v", 1)], [1, None, SingleFieldAdvice("v", 2)]],
        ),
        ("_dfm_discovery_", (0,), [[2, None, SingleFieldAdvice("v", None)]]),
    ]


def test_there_must_be_something_to_ask_about() -> None:
    with asking() as p:
        Yield(value=1)

    with pytest.raises(StructureError, match="no operation to ask about"):
        compiled(p)


def test_a_literal_that_can_not_travel_is_refused() -> None:
    with asking() as p:
        Make(v=object(), site="a")

    with pytest.raises(ArgumentError, match="'v' of m\\.Make can not travel"):
        compiled(p)


def test_an_operation_that_nobody_may_run_is_refused() -> None:
    with asking() as p:
        Rare()

    with pytest.raises(PlacementError):
        compiled(p, restrict_to_sites=["c"])
