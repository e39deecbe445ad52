"""Sites that tell each other what places are made of know all that there is to know."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.exec.governed import CLOSED, governed
from tests.exec.naive_judge import NaiveJudge
from tests.exec.test_no_value_crosses import compiled
from tests.exec.travels import MOVED, POLICIES, Policies, travels
from tests.operations import federation_of
from tests.programs import Program

from dfm.exec.made_of import MadeOf
from dfm.federation.policies import Ingredient, Policy
from dfm.net import parse_net
from dfm.net.transitions import Send, Store

LOAD = frozenset({Ingredient("clinic", "m.Load")})
MEAN = frozenset({Ingredient("clinic", "m.Mean")})
RELEASES = {"clinic": Policy(leaves=(), releases=("m.Mean",))}


def made_of(net: str, site: str = "clinic") -> MadeOf:
    return MadeOf(parse_net(f'net "p" at {site}\nparams $\n{net}\n'), RELEASES)


def test_an_operation_releases_what_it_reads_and_not_what_decides() -> None:
    found = made_of("""
        load = m.Load() after $
        mean = m.Mean(of=load)
        if load > 3 then yes else no
        gated = m.Mean(of=load) when yes
        each = let [mean, load]
        """)

    assert found.place("mean") == MEAN
    assert found.place("gated") == MEAN | LOAD
    assert found.place("each") == MEAN | LOAD
    assert found.place("yes") == found.place("no") == LOAD


def test_what_only_waits_is_made_of_nothing() -> None:
    found = made_of("""
        load = m.Load() after $
        done = signal load
        later = let 1 after load
        """)

    assert found.places(["done", "later"]) == frozenset()


def test_what_is_learned_goes_round_a_loop() -> None:
    found = made_of(
        """
        receive zero from clinic
        three = let [1, 2, 3]
        loop item of three counting n
            before = previous sum else zero
            sum = m.Add(a=before, b=item)
        gives last = last sum else zero
        end
        """,
        site="hub",
    )

    found.learn("zero", LOAD)

    assert found.place("sum") == found.place("last") == LOAD
    assert found.places(["three", "item", "n"]) == frozenset()


def test_a_site_without_rules_adds_nothing_of_its_own() -> None:
    net = parse_net('net "p" at hub\nparams $\nload = m.Load() after $\n')

    assert MadeOf(net, {"clinic": CLOSED, "hub": Policy()}).place("load") == frozenset()


@pytest.mark.deadline(300)
@settings(max_examples=80)
@given(travels() | MOVED, POLICIES)
def test_sites_know_at_least_what_somebody_knows_who_sees_all_nets(
    program: Program, policies: Policies
) -> None:
    spec = governed(federation_of(program.offers), policies)
    nets = compiled(program, spec).nets
    found = {site: MadeOf(net, policies) for site, net in nets.items()}

    before = -1
    while before != (before := sum(made.version for made in found.values())):
        for site, net in nets.items():
            for transition in net.walk():
                match transition:
                    case Send(place, to):
                        found[to].learn(place, found[site].place(place))
                        for loop in found[site].loops_around.get(place, ()):
                            found[to].learn(loop.count, found[site].place(loop.count))
                    case Store(output=output, lookup=str(hit)):
                        found[site].learn(hit, found[site].place(output))

    naive = NaiveJudge(nets, spec, program.homesite)
    unknown = {node: i for node, i in naive.made.items() if not i <= found[node[0]].place(node[1])}
    assert unknown == {}
