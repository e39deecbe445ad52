"""The laws of policies, over random federations, policies and pipelines.

What compiles sends nothing anywhere that no rule lets go; what could be placed by hand so that it
obeys is placed so, and as cheaply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compiler.judging import denied
from tests.compiler.plans import adapter, compiled, written
from tests.program_strategies import programs
from tests.programs import Program

from dfm.api import Pipeline, Yield, operation_class
from dfm.compiler import compile_pipeline
from dfm.errors import PlacementError, PolicyError
from dfm.federation.models import (
    AdapterSpec,
    ComputeCost,
    FederationSpec,
    OperationSpec,
    Parameter,
    SiteSpec,
)
from dfm.federation.policies import EgressRule, Policy
from dfm.net import PreparedPipeline
from dfm.types import Type
from dfm.wire import Codecs

SITES = ("home", "a", "b")
TWO = (Parameter("x"), Parameter("y", required=False))
OPERATIONS = {
    "m.Load": OperationSpec("m.Load", (), Type.of("array")),
    "m.Mean": OperationSpec("m.Mean", TWO, Type.of("number")),
    "m.Map": OperationSpec("m.Map", TWO, Type.of("array")),
    "m.Sum": OperationSpec("m.Sum", TWO),
}
PATTERNS = st.sampled_from([*((name,) for name in OPERATIONS), ("m.M*",), ("*",)])
RULES = st.builds(
    EgressRule,
    name=st.just("r"),
    operations=PATTERNS,
    types=st.sampled_from([(), (), (Type.of("number"),), (Type.of("array"), Type.of("number"))]),
    to=st.sampled_from([("home",), ("a",), ("b",), ("a", "b"), ("*",)]),
    at_most=st.sampled_from([None, None, None, 10, 1000]),
)
POLICIES = st.builds(
    Policy,
    leaves=st.lists(RULES, max_size=3).map(tuple),
    releases=st.sampled_from([(), (), ("m.Mean",)]),
)
SECONDS = st.sampled_from([0.0, 1.0, 2.0])
SIZES = st.sampled_from([0, 8, 100, 100_000_000])
"""A value is as large wherever it is made."""


@dataclass(frozen=True, repr=False)
class Plain:
    """A pipeline of operations only: what each is, which ones it reads, which are yielded."""

    federation: FederationSpec
    steps: tuple[tuple[str, tuple[int, ...]], ...]
    yielded: frozenset[int]

    def __repr__(self) -> str:
        sites = [
            f"{site.name} offers {', '.join(site.interface)}; {site.policy}"
            for site in self.federation.sites.values()
        ]
        steps = [f"{n} = {name}{reads}" for n, (name, reads) in enumerate(self.steps)]
        return "\n".join([*sites, *steps, f"yields {sorted(self.yielded)}"])

    def pipeline(self, sites: Sequence[str | None] = ()) -> Pipeline:
        """The pipeline, with its operations at these sites."""
        made: list[object] = []
        with written() as pipeline:
            for number, (name, reads) in enumerate(self.steps):
                cls = operation_class(OPERATIONS[name], self.federation)
                site = {"site": sites[number]} if sites else {}
                values = dict(zip("xy", (made[n] for n in reads), strict=False))
                made.append(cls(**values, **site))
            for number in self.yielded:
                Yield(place=f"out{number}", value=made[number])
        return pipeline

    def compiled(self, sites: Sequence[str | None] = ()) -> PreparedPipeline:
        return compiled(self.pipeline(sites), self.federation)

    def placements(self) -> Iterator[tuple[str, ...]]:
        """All choices of sites."""
        offering = (self.federation.sites_offering(name) for name, _ in self.steps)
        return product(*offering)


@st.composite
def plains(draw: st.DrawFn, most: int = 4) -> Plain:
    """Pipelines of operations over three sites with policies."""
    interfaces: dict[str, dict[str, AdapterSpec]] = {site: {} for site in SITES}
    for name in OPERATIONS:
        size = draw(SIZES)
        for site in draw(st.sampled_from([("a", "b"), ("a", "b"), ("a",), ("home", "b"), SITES])):
            interfaces[site][name] = adapter(ComputeCost(draw(SECONDS), fixed_size=size))
    open_sites = draw(st.sets(st.sampled_from(SITES), max_size=2))
    sites = {
        site: SiteSpec(site, given, policy=None if site in open_sites else draw(POLICIES))
        for site, given in interfaces.items()
    }
    steps: list[tuple[str, tuple[int, ...]]] = [("m.Load", ())]
    for number in range(1, draw(st.integers(1, most))):
        name = draw(st.sampled_from([*OPERATIONS]))
        before = st.lists(st.integers(0, number - 1), min_size=1, max_size=2, unique=True)
        steps.append((name, () if name == "m.Load" else tuple(draw(before))))
    ends = {len(steps) - 1} | draw(st.sets(st.integers(0, len(steps) - 1), max_size=1))
    federation = FederationSpec("laws", "1.0.0", operations=OPERATIONS, sites=sites)
    return Plain(federation, tuple(steps), frozenset(ends))


def obeying(plain: Plain) -> dict[tuple[str, ...], float]:
    """What each choice of sites costs that obeys the policies."""
    found = {}
    for sites in plain.placements():
        try:
            found[sites] = plain.compiled(sites).report.seconds
        except PolicyError:
            continue
    return found


def sites_of(prepared: PreparedPipeline) -> tuple[str, ...]:
    return tuple(step.site for step in prepared.report.steps)


@settings(max_examples=100)
@given(plains(most=7))
def test_what_compiles_sends_nothing_that_no_rule_lets_go(plain: Plain) -> None:
    try:
        nets = plain.compiled().nets
    except PolicyError:
        return

    assert denied(nets, plain.federation, "home") == []


@settings(max_examples=40)
@given(plains())
def test_what_could_be_placed_so_that_it_obeys_is_placed_so(plain: Plain) -> None:
    by_hand = obeying(plain)

    if by_hand:
        assert sites_of(plain.compiled()) in by_hand
    else:
        with pytest.raises(PolicyError):
            plain.compiled()


@settings(max_examples=40)
@given(plains())
def test_what_is_chosen_is_as_cheap_as_the_cheapest_that_obeys(plain: Plain) -> None:
    by_hand = obeying(plain)

    if by_hand:
        assert round(plain.compiled().report.seconds, 6) == round(min(by_hand.values()), 6)


def with_policies(program: Program, policies: Mapping[str, Policy | None]) -> FederationSpec:
    federation = program.federation
    sites = {
        name: replace(site, policy=policies.get(name)) for name, site in federation.sites.items()
    }
    return replace(federation, sites=sites)


ANY_RULE = st.builds(
    EgressRule,
    name=st.just("r"),
    operations=st.lists(st.sampled_from(["m.L*", "m.[A-M]*", "*"]), min_size=1).map(tuple),
    to=st.lists(st.sampled_from(["a", "b", "[ab]", "*"]), min_size=1).map(tuple),
)
ANY_POLICY = st.builds(
    Policy,
    leaves=st.none() | st.lists(ANY_RULE, max_size=2).map(tuple),
    releases=st.sampled_from([(), ("m.Total",), ("m.A*", "m.T*")]),
)


@settings(max_examples=100)
@given(programs(max_lines=12), st.dictionaries(st.sampled_from("abcd"), ANY_POLICY, min_size=1))
def test_that_holds_through_loops_branches_and_caches(
    program: Program, policies: Mapping[str, Policy]
) -> None:
    federation = with_policies(program, policies)

    try:
        prepared = compile_pipeline(
            program.pipeline(), federation, homesite=program.homesite, codecs=Codecs()
        )
    except PlacementError:
        return

    assert denied(prepared.nets, federation, program.homesite) == []
