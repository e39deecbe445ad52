"""Loops over several sites: who takes part, who is told what, and when they are over."""

from __future__ import annotations

from textwrap import dedent

from tests.compiler.plans import Make, Use, compiled, plan_after, shown, written

from dfm.api import ForEach, If, Pipeline, Yield
from dfm.net.loops import Loop, Previous


def ends(pipeline: Pipeline) -> list[str]:
    return [line for line in shown(plan_after("await_ends", pipeline)) if "_over" in line]


# -- waiting for the end -------------------------------------------------------------------------


def test_what_waits_from_outside_waits_for_the_end_of_the_loop() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            made = Make(site="b")
            Use(v=loop, site="a", dfm_after=made)
        Make(site="a", dfm_after=made)
        Yield(value=1, dfm_after=made)

    assert ends(p) == [
        "node3 = m.Make() after node0_over @ a",
        "node0_over = end after node1 of node0 @ b",
        "yield yield0 'yield' = 1 after node0_over @ home",
    ]


def test_the_end_of_a_loop_in_a_loop_ends_with_the_outer_one() -> None:
    with written() as p:
        with ForEach(seq=[1]) as outer:
            with ForEach(seq=[outer]):
                made = Make(site="a")
            Use(v=outer, site="b", dfm_after=made)
        Make(site="c", dfm_after=made)

    assert ends(p) == [
        "node3 = m.Use(v=node0) after node1_over in node0 @ b",
        "node4 = m.Make() after node0_over @ c",
        "node1_over = end after node2 of node1 in node0 @ a",
        "node0_over = end after node1_over of node0 @ a",
    ]


def test_a_whole_loop_ends_at_each_site() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            Make(site="a")
            Make(site="b")
        Make(site="c", dfm_after=loop)

    assert ends(p)[0] == "node0_all = let null after node0_over, node0_over_2 @ c"
    assert len(ends(p)) == 3


# -- knowing of iterations -------------------------------------------------------------------------


def iterations(pipeline: Pipeline) -> list[str]:
    return shown(plan_after("await_iterations", pipeline))


def test_what_reads_nothing_of_its_iteration_waits_for_the_item() -> None:
    with written() as p:
        made = Make(site="a")
        with ForEach(seq=[1]):
            inside = Use(v=made, site="b")
            Use(v=inside, site="b")
            Yield(value=2)

    assert iterations(p)[3:] == [
        "node2 = m.Use(v=node0) after node1 in node1 @ b",
        "node3 = m.Use(v=node2) in node1 @ b",
        "yield yield0 'yield' = 2 after node1 in node1 @ b",
    ]


def test_a_token_of_the_iteration_before_is_not_enough() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            Make(v=loop, site="a")
        loop.reduce(Use, 5, initial=0, site="b")

    assert "node3 = m.Use(v=node2_before, w=5) after node0 in node0 @ b" in iterations(p)


def test_every_body_of_every_net_waits_for_its_iteration() -> None:
    with written() as p:
        made = Make(site="a")
        with ForEach(seq=[1, 2]):
            with If(cond=made):
                Make(site="b")
            with ForEach(seq=[3]):
                Make(site="c")
            If.join(made, 3)

    for net in compiled(p).nets.values():
        for loop in (t for t in net.walk() if isinstance(t, Loop)):
            for transition in loop.body:
                is_told = any(place in loop.made for place in transition.inputs)
                assert is_told or isinstance(transition, Previous)


# -- taking part -----------------------------------------------------------------------------------


def test_each_site_with_a_part_of_the_body_takes_part_and_receives_the_count() -> None:
    with written() as p:
        with ForEach(seq=Make(site="a"), max_in_flight=2) as loop:
            Use(v=Use(v=loop, site="b"), site="c")

    plan = plan_after("join_loops", p)

    assert str(plan.scopes[0]) == "loop node1 of node0 at most 2 @ a with b, c"
    assert [str(c) for c in plan.crossings if c.place == "node1_count"] == [
        "node1_count: a -> b",
        "node1_count: a -> c",
    ]


def test_a_site_with_a_part_of_a_loop_in_a_loop_has_a_part_of_both() -> None:
    with written() as p:
        with ForEach(seq=Make(site="a")) as outer:
            with ForEach(seq=Use(v=outer, site="a")) as inner:
                Use(v=inner, site="b")

    plan = plan_after("join_loops", p)

    assert [scope.followers for scope in plan.scopes] == [("b",), ("b",)]
    assert [str(c) for c in plan.crossings if "count" in c.place] == [
        "node1_count: a -> b",
        "node3_count: a -> b in node1",
    ]


def test_a_site_without_a_part_takes_none() -> None:
    with written() as p:
        with ForEach(seq=Make(site="a")) as loop:
            made = Use(v=loop, site="a")
        Use(v=loop.collect(made), site="b")

    assert plan_after("join_loops", p).scopes[0].followers == ()


# -- nets ------------------------------------------------------------------------------------------


def test_a_loop_over_two_sites() -> None:
    with written() as p:
        outer = Make(site="b")
        with ForEach(seq=[1, 2]) as loop:
            here = Use(v=loop, site="a")
            there = Use(v=[here["k"], outer], site="b")
        Yield(value=loop.collect(there), place="out")

    assert "\n".join(map(str, compiled(p).nets.values())) == dedent("""\
        net "p" at a
        params $
        node1_seq = let [1, 2]
        loop node1 of node1_seq counting node1_count with b
            node2 = m.Use(v=node1)
            node2_k = let node2["k"]
            send node2_k to b
        end
        send node1_count to b

        net "p" at b
        params $
        receive node1_count from a
        node0 = m.Make() after $
        loop node1 from a counting node1_count
            receive node2_k from a
            node3 = m.Use(v=[node2_k, node0])
        gives node4 = list node3
        end
        yield yield0 "out" = node4 of 4
        """)


def test_a_value_from_outside_is_sent_once_and_not_in_each_iteration() -> None:
    with written() as p:
        outer = Make(site="a")
        with ForEach(seq=[1, 2]) as loop, ForEach(seq=[loop]) as inner:
            Use(v=[outer, inner], site="b")

    crossings = [str(c) for c in plan_after("cut_crossings", p).crossings]

    assert crossings == ["node0: a -> b"]


def test_a_gate_crosses_as_it_is() -> None:
    with written() as p:
        with If(cond=Make(site="a")):
            Make(site="b")

    plan = plan_after("cut_crossings", p)

    assert [str(c) for c in plan.crossings] == ["node1: a -> b"]
    assert plan.parts == ()
