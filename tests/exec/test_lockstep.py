"""Net runners of several sites, their steps in any order, do what nets mean."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exec.lockstep import Lockstep
from tests.operations import run as run_operation
from tests.program_strategies import programs
from tests.programs import Program
from tests.reference import meaning
from tests.told import delivered

from dfm.net.condition import Compare
from dfm.net.loops import Ended, Gather, Last, Loop, Previous
from dfm.net.model import START, NetIR, Receive
from dfm.net.simulate import simulate
from dfm.net.template import Ref
from dfm.net.transitions import Branch, Call, Join, Let, Send, Yield
from dfm.wire import Codecs

pytestmark = pytest.mark.deadline(600)
"""Making a failing program smaller takes its time."""

FUNCTIONS: dict[str, Any] = {
    "m.Items": lambda n: list(range(n)),
    "m.Add": lambda a, b: a + b,
    "m.Negate": lambda a: -a,
    "m.Odd": lambda a: iter([a] * (a % 3)),
}


def run(site: str, call: Any, given: dict[str, Any]) -> Any:
    return FUNCTIONS[call.operation](**given)


def call(output: str, operation: str, when: str | None = None, **arguments: Any) -> Call:
    return Call(output, operation, arguments=tuple(arguments.items()), when=when)


HERE = NetIR(
    "p",
    "here",
    params=(START, "$n"),
    receives=(Receive("total", "there"),),
    transitions=(
        call("s", "m.Items", n=Ref("$n")),
        Loop(
            "e",
            "n",
            "here",
            Ref("s"),
            followers=("there",),
            at_most=2,
            after=("k",),
            receives=(Receive("sum", "there"),),
            body=(
                Send("e", "there"),
                call("odd", "m.Odd", a=Ref("sum")),
                Yield("y0", "stream", Ref("odd")),
            ),
            gives=(Ended("over", ("odd",)),),
        ),
        Let("k", 10, after=(START,)),
        Send("n", "there"),
        Send("k", "there"),
        Yield("y1", "out", Ref("total"), after=("over",)),
    ),
)
THERE = NetIR(
    "p",
    "there",
    receives=(Receive("n", "here"), Receive("k", "here")),
    transitions=(
        Loop(
            "e",
            "n",
            "here",
            at_most=2,
            receives=(Receive("e", "here"),),
            body=(
                Branch("g", "h", Compare(">", Ref("e"), 1)),
                call("neg", "m.Negate", when="g", a=Ref("e")),
                Join("each", ("neg", "e")),
                Previous("before", "sum", "k"),
                call("sum", "m.Add", a=Ref("before"), b=Ref("each")),
                Send("sum", "here"),
                Loop(
                    "f",
                    "m",
                    "there",
                    Ref("made"),
                    body=(Yield("y2", "inner", [Ref("f"), Ref("k")]),),
                ),
                call("made", "m.Items", n=Ref("e")),
            ),
            gives=(Last("total", "sum", "k"), Gather("all", "sum")),
        ),
        Send("total", "here"),
        Yield("y3", "all", Ref("all")),
    ),
)
NETS = {"here": HERE, "there": THERE}


@given(st.integers(0, 5), st.randoms(use_true_random=False))
def test_any_order_of_steps_delivers_what_the_nets_mean(n: int, random: Any) -> None:
    calls = [{"n": n}, {"n": 2}]
    world = Lockstep(NETS, run, random.randrange)

    delivered = world.play(calls)

    meant = simulate(NETS, calls, run)
    assert sorted(delivered, key=repr) == sorted(meant, key=repr)
    assert sorted(world.done) == [(site, (c,)) for site in NETS for c in (0, 1)]
    assert all(site.runner.frames_in_flight == 0 for site in world.sites.values())


def test_the_first_sum_is_the_one_computed_by_hand() -> None:
    meant = simulate(NETS, [{"n": 4}], run)

    assert [y.token for y in meant if y.place == "all"] == [[10, 11, 9, 6]]
    assert [y.token for y in meant if y.place == "out"] == [6]
    assert [y.frame for y in meant if y.place == "inner"] == [
        *[(0, 1, 0)],
        *[(0, 2, 0), (0, 2, 1)],
        *[(0, 3, 0), (0, 3, 1), (0, 3, 2)],
    ]


@settings(max_examples=200)
@given(programs(everywhere=True), st.randoms(use_true_random=False))
def test_whoever_is_first_a_program_delivers_what_it_means(program: Program, random: Any) -> None:
    world = Lockstep(program.compiled().nets, run_operation, random.randrange, Codecs().unseal)

    arrived = world.play(program.calls)

    assert delivered(arrived) == meaning(program.lines, program.calls)
    assert all(site.runner.frames_in_flight == 0 for site in world.sites.values())


@given(st.randoms(use_true_random=False))
def test_a_stream_that_is_collected_is_one_mistake_however_it_ends(random: Any) -> None:
    body = (
        call("made", "m.CountAndFail", to=Ref("item")),
        Yield("y0", "seen", Ref("made")),
        call("other", "m.Add", x=Ref("item"), y=1),
    )
    loop = Loop("item", "n", "here", Ref("$of"), body=body, gives=(Gather("all", "made"),))
    net = NetIR("p", "here", (START, "$of"), transitions=(loop, Yield("y1", "all", Ref("all"))))
    calls = [{"of": [0, 2]}]
    world = Lockstep({"here": net}, run_operation, random.randrange)

    told = delivered(world.play(calls))

    assert told == delivered(simulate({"here": net}, calls, run_operation))
