"""The compiler and the sites say the same of what things are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.program_strategies import programs
from tests.programs import Program

from dfm.compiler import Plan, compile_pipeline
from dfm.compiler.egress import Egress
from dfm.exec.made_of import MadeOf
from dfm.federation.models import FederationSpec
from dfm.federation.policies import Ingredients, Policy
from dfm.net import NetIR
from dfm.net.transitions import Send, Yield
from dfm.wire import Codecs

POLICIES = st.builds(
    Policy,
    leaves=st.just(()),
    releases=st.sampled_from([(), ("m.Total",), ("m.A*", "m.T*")]),
)


class Sites:
    """All sites that run nets, telling each other what is in what they send."""

    def __init__(self, nets: Mapping[str, NetIR], federation: FederationSpec) -> None:
        self._of = {
            name: MadeOf(net, federation.introduced(name).policies) for name, net in nets.items()
        }
        while self._tell():
            pass

    def _tell(self) -> bool:
        before = sum(of.version for of in self._of.values())
        for of in self._of.values():
            for made in of.all:
                if isinstance(made.by, Send):
                    self._of[made.by.to].learn(made.by.place, of.made_by(made.making))
        return before != sum(of.version for of in self._of.values())

    def leaving(self) -> dict[tuple[str, str, str], Ingredients]:
        """What leaves each site for another, and for the application at home."""
        found = {}
        for site, of in self._of.items():
            for made in of.all:
                if isinstance(made.by, Send):
                    found[site, made.by.place, made.by.to] = of.made_by(made.making)
                elif isinstance(made.by, Yield):
                    found[site, made.by.name, "application"] = of.made_by(made.making)
        return found


def expected(plan: Plan) -> dict[tuple[str, str, str], Ingredients]:
    """What the compiler says of that."""
    contents = Egress(plan).contents
    crossing = {(c.source, c.place, c.target): contents.made_of(c.place) for c in plan.crossings}
    yielded = {
        (d.site, d.name, "application"): contents.of_delivery(d).made_of for d in plan.deliveries
    }
    return crossing | yielded


@settings(max_examples=100)
@given(programs(max_lines=12), st.dictionaries(st.sampled_from("abcd"), POLICIES, min_size=1))
def test_what_leaves_is_made_of_the_same_for_the_compiler_and_for_the_sites(
    program: Program, policies: Mapping[str, Policy]
) -> None:
    found = program.federation
    sites = {n: replace(site, policy=policies.get(n)) for n, site in found.sites.items()}
    federation = replace(found, sites=sites)
    plans: list[Plan] = []

    prepared = compile_pipeline(
        program.pipeline(),
        federation,
        homesite=program.homesite,
        enforce_policy=False,
        codecs=Codecs(),
        watch=lambda _, plan: plans.append(plan),
    )

    assert Sites(prepared.nets, federation).leaving() == expected(plans[-1])
