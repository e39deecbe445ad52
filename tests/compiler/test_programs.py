"""The laws of compiling, over random programs with loops, branches, caches and errors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agreement import difference
from tests.program_strategies import SITES, programs
from tests.programs import Program
from tests.reference import meaning
from tests.shrinking import PHASES, check_program
from tests.told import AsText, delivered, fully, merely

from dfm.net import NetIR, Receive
from dfm.net.loops import Ended, Gather, Last, Loop, Previous, sends_in

PLACEMENTS = st.lists(st.sampled_from(SITES), min_size=1, max_size=8)


def moved(program: Program, sites: list[str]) -> Program:
    """The program with all that runs at those of these sites that there are."""
    return program.at([site for site in sites if site in program.offers] or ["a"])


def mistake(program: Program, as_text: AsText = fully) -> str:
    """Say where the nets of a program do not do what it says."""
    told = delivered(program.simulated(), as_text)
    return "\n".join(difference(told, meaning(program.lines, program.calls, as_text)))


@settings(max_examples=150, phases=PHASES)
@given(programs())
def test_nets_do_what_the_program_says(program: Program) -> None:
    check_program(program, mistake)


@settings(max_examples=80, phases=PHASES)
@given(programs(everywhere=True), PLACEMENTS)
def test_where_things_run_makes_no_difference(program: Program, sites: list[str]) -> None:
    check_program(moved(program, sites), mistake)


@settings(max_examples=30, phases=PHASES)
@given(programs(everywhere=True, wild=True, blocks=("loop",)), PLACEMENTS)
def test_where_things_run_makes_no_difference_to_what_fails(
    program: Program, sites: list[str]
) -> None:
    check_program(moved(program, sites), partial(mistake, as_text=merely))


@settings(max_examples=30)
@given(programs(everywhere=True), PLACEMENTS)
def test_no_value_crosses_twice_and_none_that_nobody_reads(
    program: Program, sites: list[str]
) -> None:
    nets = moved(program, sites).compiled().nets

    for net in nets.values():
        received = [receive.place for receive in receives_in(net)]
        assert len(received) == len(set(received))
        assert set(received) <= set(awaited_in(net))


def receives_in(net: NetIR) -> Iterator[Receive]:
    """What a site receives, in loops too."""
    yield from net.receives
    for transition in net.walk():
        if isinstance(transition, Loop):
            yield from transition.receives


def awaited_in(net: NetIR) -> Iterator[str]:
    """The places that something at a site waits for, in loops too."""
    for transition in net.walk():
        yield from transition.inputs
        match transition:
            case Previous(_, place):
                yield place
            case Loop(count=count, gives=gives):
                yield count
                for give in gives:
                    match give:
                        case Gather(_, place) | Last(_, place):
                            yield place
                        case Ended(_, places):
                            yield from places


@settings(max_examples=30)
@given(programs())
def test_the_report_tells_of_every_send_and_of_every_yield_away_from_home(
    program: Program,
) -> None:
    prepared = program.compiled()

    sends: set[tuple[str, str, str]] = set()
    for site, net in prepared.nets.items():
        sends |= {(send.place, site, send.to) for send in sends_in(net.transitions)}
    yields = {
        (y.place, site, program.homesite)
        for site, y in prepared.yields.values()
        if site != program.homesite
    }
    assert {(t.value, t.source, t.target) for t in prepared.report.transfers} == sends | yields
