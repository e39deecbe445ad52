"""The laws of compiling, over random programs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.programs import Program, has_failed, meaning, outcome
from tests.strategies import SITES, programs

from dfm.net import Send

PLACEMENTS = st.lists(st.sampled_from(SITES), min_size=1, max_size=8)


def moved(program: Program, sites: list[str]) -> Program:
    """The program with its operations at those of these sites that there are."""
    return program.at([site for site in sites if site in program.offers] or ["a"])


@given(programs())
def test_nets_do_what_the_program_says(program: Program) -> None:
    assert outcome(program.simulated()) == outcome(meaning(program))


@given(programs(everywhere=True), PLACEMENTS)
def test_where_things_run_makes_no_difference(program: Program, sites: list[str]) -> None:
    assert outcome(moved(program, sites).simulated()) == outcome(meaning(program))


@settings(max_examples=50)
@given(programs(everywhere=True, wild=True), PLACEMENTS)
def test_where_things_run_makes_no_difference_to_what_fails(
    program: Program, sites: list[str]
) -> None:
    at_one_site = has_failed(program.at(["a"]).simulated())

    assert has_failed(moved(program, sites).simulated()) == at_one_site


@settings(max_examples=50)
@given(programs(everywhere=True), PLACEMENTS)
def test_no_value_crosses_twice_and_none_that_nobody_reads(
    program: Program, sites: list[str]
) -> None:
    nets = moved(program, sites).compiled().nets

    for net in nets.values():
        read = {place for t in net.transitions for place in t.inputs}
        received = [r.place for r in net.receives]
        assert len(received) == len(set(received))
        assert set(received) <= read


@settings(max_examples=50)
@given(programs())
def test_the_report_tells_of_every_send_and_of_every_yield_away_from_home(
    program: Program,
) -> None:
    prepared = program.compiled()

    sends = {
        (t.place, site, t.to)
        for site, net in prepared.nets.items()
        for t in net.transitions
        if isinstance(t, Send)
    }
    yields = {
        (y.place, site, program.homesite)
        for site, y in prepared.yields.values()
        if site != program.homesite
    }
    assert {(t.value, t.source, t.target) for t in prepared.report.transfers} == sends | yields
