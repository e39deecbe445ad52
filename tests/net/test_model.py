"""What a net is made of, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import dfm.net
from dfm.net import (
    START,
    And,
    Ask,
    Branch,
    Call,
    Compare,
    Join,
    Let,
    Lookup,
    Loop,
    Previous,
    Ref,
    Send,
    Signal,
    Store,
    Transition,
    Yield,
    parse_net,
)
from dfm.net.loops import calls_in, read_values, sends_in
from dfm.net.transitions import gate_of, whole


@pytest.mark.parametrize(
    ("transition", "inputs"),
    [
        (
            Call("x", "m.A", arguments=(("p", [Ref("b"), Ref("a")]),), after=("c", "b")),
            ("b", "a", "c"),
        ),
        (Call("x", "m.A"), ()),
        (Call("x", "m.A", after=("c",), when="g"), ("c", "g")),
        (Ask("x", "m.A", arguments=(("p", 1),)), (START,)),
        (Let("x", Ref("a")), ("a",)),
        (Let("x", [Ref("b"), Ref("a")], ("c",), "g"), ("b", "a", "c", "g")),
        (Let("x", 1), (START,)),
        (Let("x", 1, when="g"), ("g",)),
        (Signal("x", "a"), ("a",)),
        (Send("a", "there"), ("a",)),
        (Yield("y", "out", [Ref("a"), Ref("a")], after=("b",)), ("a", "b")),
        (Yield("y", "out", 1), (START,)),
        (Yield("y", "out", 1, after=("b",), when="g"), ("b", "g")),
        (
            Branch("t", "e", And((Compare("<", Ref("a"), 1), Ref("b"))), ("c",), "g"),
            ("a", "b", "c", "g"),
        ),
        (Branch("t", "e", True), (START,)),
        (Join("x", ("b", "a", "b")), ("b", "a")),
        (Lookup("h", "m", ["k", Ref("a")], ("c",), "g"), ("a", "c", "g")),
        (Lookup("h", "m", "k"), (START,)),
        (Store("x", Ref("k"), Ref("v"), "h", ("c",), "g"), ("k", "v", "c", "g")),
        (Store("x", "k", "v"), (START,)),
        (Previous("x", "each", "initial"), ("initial",)),
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
        node1_0 = let node1[0]
        node1_done = signal node1
        send node1_0 to there
        yield yield0 "out" = node1
    """)

    assert net.places == ("$", "$first", "node0", "node1", "node1_0", "node1_done")
    assert [y.name for y in net.yields] == ["yield0"]


@pytest.mark.parametrize(
    ("transition", "outputs"),
    [
        (Let("x", 1), ("x",)),
        (Ask("x", "m.A"), ("x",)),
        (Send("a", "there"), ()),
        (Yield("y", "out", 1), ()),
        (Yield("y", "out", 1, said="s"), ("s",)),
        (Branch("t", "e", True), ("t", "e")),
        (Join("x", ("a",)), ("x",)),
        (Lookup("h", "m", "k"), ("h", "m")),
        (Store("x", "k", "v"), ("x",)),
        (Previous("x", "each", "initial"), ("x",)),
    ],
)
def test_a_transition_fills_the_places_it_names(
    transition: Transition, outputs: tuple[str, ...]
) -> None:
    assert transition.outputs == outputs


@pytest.mark.parametrize(
    ("transition", "values"),
    [
        (Call("x", "m.A", arguments=(("p", Ref("a")),), after=("b",), when="g"), ("a",)),
        (Branch("t", "e", Compare("<", Ref("a"), Ref("b")), after=("c",)), ("a", "b")),
        (Lookup("h", "m", Ref("k"), after=("a",)), ("k",)),
        (Store("x", Ref("k"), Ref("v"), "h"), ("k", "v")),
        (Join("x", ("a", "b")), ("a", "b")),
        (Signal("x", "a"), ()),
        (Send("a", "there"), ("a",)),
        (Previous("x", "each", "initial"), ("initial",)),
    ],
)
def test_what_is_only_awaited_is_not_read(transition: Transition, values: tuple[str, ...]) -> None:
    assert read_values(transition) == values


@pytest.mark.parametrize(
    ("transition", "gate"),
    [(Let("x", 1, when="g"), "g"), (Let("x", 1), None), (Send("a", "there"), None)],
)
def test_a_gate_is_what_a_transition_stands_behind(
    transition: Transition, gate: str | None
) -> None:
    assert gate_of(transition) == gate


def test_a_whole_value_is_told_from_a_part_of_one() -> None:
    templates = [Ref("a"), parse_net(LOOPS).transitions[1].source, [Ref("a")], 1]

    assert [whole(template) for template in templates] == ["a", None, None, None]


# -- loops -------------------------------------------------------------------------------------

LOOPS = """
    net "p" at here
    params $
    a = m.A() after $
    loop i of a[0] counting i_count with there after $
        receive r from there
        x = m.X(i=i, a=a)
        before = previous x else a
        loop j of x counting j_count
            y = m.Y(j=j, r=r, a=a)
            yield yield0 "out" = y after before
            send y to there
        gives ys = list y
        end
    gives all = list ys
    gives last = last x else z
    end
    z = let 1
"""


@pytest.fixture
def loops() -> tuple[Loop, Loop]:
    """The outer and the inner loop."""
    outer, inner = (t for t in parse_net(LOOPS).walk() if isinstance(t, Loop))
    return outer, inner


def test_a_loop_makes_what_its_body_and_others_fill_in_an_iteration(
    loops: tuple[Loop, Loop],
) -> None:
    outer, inner = loops

    assert outer.made == ("i", "r", "x", "before", "j_count", "ys")
    assert inner.made == ("j", "y")


def test_a_loop_captures_what_its_body_and_loops_in_it_read_of_what_is_around(
    loops: tuple[Loop, Loop],
) -> None:
    outer, inner = loops

    assert inner.captures == ("r", "a", "before")
    assert outer.captures == ("a",)


def test_a_loop_starts_on_its_sequence_and_is_over_when_all_it_waits_for_is_there(
    loops: tuple[Loop, Loop],
) -> None:
    outer, _ = loops

    assert outer.starts_on == ("a", "$")
    assert outer.inputs == ("a", "$", "z")
    assert read_values(outer) == ("a", "z")


def test_a_loop_fills_its_count_and_what_it_gives(loops: tuple[Loop, Loop]) -> None:
    outer, inner = loops

    assert outer.outputs == ("i_count", "all", "last")
    assert inner.outputs == ("j_count", "ys")


def test_a_follower_starts_on_the_count_that_it_is_sent() -> None:
    net = parse_net("""
        net "p" at there
        params $
        receive i_count from here
        loop i from here counting i_count
            receive x from here
            yield yield0 "out" = x
        gives over = end
        end
    """)
    [loop] = net.transitions

    assert isinstance(loop, Loop)
    assert loop.inputs == loop.starts_on == ("i_count",)
    assert (loop.made, loop.outputs) == (("x",), ("over",))


def test_what_is_in_loops_is_found() -> None:
    net = parse_net(LOOPS)

    assert [c.output for c in calls_in(net.transitions)] == ["a", "x", "y"]
    assert [s.place for s in sends_in(net.transitions)] == ["y"]
    assert [y.name for y in net.yields] == ["yield0"]
    assert net.places == ("$", "a", "i_count", "all", "last", "z")


# -- nets as values ----------------------------------------------------------------------------


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
