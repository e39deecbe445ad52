"""What a net is made of, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import dfm.net
from dfm.net import START, Call, Ref, Select, Send, Signal, Transition, Yield, parse_net


@pytest.mark.parametrize(
    ("transition", "inputs"),
    [
        (
            Call("x", "m.A", arguments=(("p", [Ref("b"), Ref("a")]),), after=("c", "b")),
            ("b", "a", "c"),
        ),
        (Call("x", "m.A"), ()),
        (Select("x", Ref("a")), ("a",)),
        (Signal("x", "a"), ("a",)),
        (Send("a", "there"), ("a",)),
        (Yield("y", "out", [Ref("a"), Ref("a")], after=("b",)), ("a", "b")),
        (Yield("y", "out", 1), (START,)),
        (Yield("y", "out", 1, after=("b",)), ("b",)),
    ],
)
def test_a_transition_waits_for_what_it_reads_then_for_what_it_comes_after(
    transition: Transition, inputs: tuple[str, ...]
) -> None:
    assert transition.inputs == inputs


def test_places_are_listed_as_they_can_be_filled() -> None:
    net = parse_net("""
        net "p" at here
        params $, $first
        receive node0 from there
        node1 = m.A(v=node0)
        node1_0 = select node1[0]
        node1_done = signal node1
        send node1_0 to there
        yield yield0 "out" = node1
    """)

    assert net.places == ("$", "$first", "node0", "node1", "node1_0", "node1_done")
    assert [y.name for y in net.yields] == ["yield0"]


def test_a_net_prints_as_its_text() -> None:
    text = 'net "p" at here\nparams $\n'

    assert str(parse_net(text)) == text


def test_every_public_name_is_there() -> None:
    assert all(hasattr(dfm.net, name) for name in dfm.net.__all__)


def test_nets_are_cheap_to_import() -> None:
    program = "import sys, dfm.net; print(*sys.modules)"
    heavy = {"pydantic", "numpy", "rich", "click", "yaml", "asyncio", "msgspec"}

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert heavy.isdisjoint(done.stdout.split())
