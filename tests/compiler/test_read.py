"""Each kind of statement becomes lines that say what it does with places."""

from __future__ import annotations

import pytest
from tests.compiler.plans import Make, Use, compiled, plan_after, shown, written

from dfm.api import (
    And,
    Else,
    Equal,
    ForEach,
    GreaterThan,
    If,
    Not,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
    well_known_id,
)
from dfm.errors import StructureError


def read(pipeline: Pipeline) -> list[str]:
    return shown(plan_after("read_statements", pipeline))


def test_a_loop_has_places_for_its_item_and_its_count() -> None:
    with written() as p:
        made = Make()
        with ForEach(seq=made["k"], max_in_flight=3, ordered=True, dim="time") as loop:
            Use(v=[loop["part"], made])
        with ForEach(seq=PlaceParam("x")) as other:
            Yield(value=other)

    plan = plan_after("read_statements", p)

    assert shown(plan) == [
        "node0 = m.Make() @ anywhere",
        'loop node1 of node0["k"] along time at most 3 ordered',
        'node2 = m.Use(v=[node1["part"], node0]) in node1 @ anywhere',
        "loop node3 of $x",
        "yield yield0 'yield' = node3 in node3",
    ]
    assert [scope.count for scope in plan.scopes] == ["node1_count", "node3_count"]


def test_a_composed_sequence_gets_a_place() -> None:
    with written() as p:
        made = Make()
        with ForEach(seq=[made, (1, made["k"])]) as loop:
            Use(v=loop)

    assert read(p)[1:3] == [
        'node1_seq = let [node0, (1, node0["k"])]',
        "loop node1 of node1_seq",
    ]


def test_what_is_collected_gets_a_place_in_the_loop_if_it_has_none() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            made = Make()
        loop.collect(made)
        loop.collect([made[0], loop])
        loop.collect(loop)

    assert read(p)[3:] == [
        "node2 = list node1 of node0",
        "node3_value = let [node1[0], node0] in node0",
        "node3 = list node3_value of node0",
        "node4 = list node0 of node0",
    ]


def test_a_reduction_hands_on_what_there_is_from_step_to_step() -> None:
    with written() as p:
        start = Make()
        with ForEach(seq=[1]) as loop:
            made = Make(v=loop)
        Yield(value=loop.reduce(Use, made, initial=[start], site="b"))

    assert read(p)[4:] == [
        "node3_initial = let [node0]",
        "node4 = m.Use(v=node3_before, w=node2) in node1 @ b",
        "node3_before = previous node3_each else node3_initial in node1",
        "node3_each = join node4, node3_before in node1",
        "node3 = last node3_each else node3_initial of node1",
        "yield yield0 'yield' = node3",
    ]


def test_branches_have_gates() -> None:
    with written() as p:
        made = Make()
        with If(cond=And(exp=[GreaterThan(left=made, right=1), Not(exp=PlaceParam("x"))])):
            one = Use(v=1)
            with If(cond=Equal(left=one, right=[1, "a"])):
                Yield(value=one)
        with Else():
            other = Use(v=2)
        If.join(one, other["k"])

    assert read(p) == [
        "node0 = m.Make() @ anywhere",
        "node1, node1_else = if (node0 > 1 and not $x)",
        "node2 = m.Use(v=1) when node1 @ anywhere",
        'node3, node3_else = if node2 == [1, "a"] when node1',
        "node6 = m.Use(v=2) when node1_else @ anywhere",
        'node7_1 = let node6["k"]',
        "node7 = join node2, node7_1",
        "yield yield0 'yield' = node2 when node3",
    ]


def test_a_gate_is_of_the_same_loop_as_what_stands_behind_it() -> None:
    with written() as p, If(cond=1), ForEach(seq=[1]) as loop:
        Use(v=loop)
        with If(cond=loop):
            Use(v=2)

    assert read(p)[1:] == [
        "node1_seq = let [1] when node0",
        "loop node1 of node1_seq when node0",
        "node2 = m.Use(v=node1) in node1 @ anywhere",
        "node3, node3_else = if node1 in node1",
        "node4 = m.Use(v=2) when node3 in node1 @ anywhere",
    ]


def test_joins_and_lists_behind_a_gate_are_there_only_with_it() -> None:
    with written() as p:
        one, other = Make(), Make()
        with If(cond=1), ForEach(seq=[1]) as loop:
            Use(v=loop)
        loop.collect(loop)
        with If(cond=2):
            If.join(one, other)

    assert read(p)[6:] == [
        "node5_list = list node3 of node3",
        "node5 = let node5_list",
        "node6, node6_else = if 2",
        "node7_first = join node0, node1",
        "node7 = let node7_first when node6",
    ]


def test_a_cache_has_a_value_for_a_hit_and_a_gate_for_a_miss() -> None:
    with written() as p:
        key = Make()
        with TryFromCache(key=["k", key], site="b") as cached:
            made = Use(v=1)
            with If(cond=made):
                cached.cache(made)
            with Else():
                cached.cache([made])
        WriteToCache(key="other", value=cached)

    assert read(p) == [
        "node0 = m.Make() @ anywhere",
        'node1_hit, node1_miss = lookup ["k", node0]',
        "node2 = m.Use(v=1) when node1_miss @ anywhere",
        "node3, node3_else = if node2 when node1_miss",
        'node4 = store ["k", node0] = node2 for node1_hit when node3',
        'node6 = store ["k", node0] = [node2] for node1_hit when node3_else',
        "node1 = join node1_hit, node4, node6",
        'node7 = store "other" = node1',
    ]


def test_places_beside_a_statement_are_nobody_elses() -> None:
    with written() as p:
        Make(dfm_node_id=well_known_id("node1_else"))
        with If(cond=1):
            Make()
        with ForEach(seq=[1], dfm_node_id=well_known_id("node1_else_2")) as loop:
            Use(v=loop)

    names = [place for line in plan_after("read_statements", p).lines for place in line.outputs]

    assert len(names) == len(set(names))


def test_blocks_in_a_loaded_pipeline_are_checked_too() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            made = Use(v=loop)
        Yield(value=loop.collect(made))
    text = p.model_dump_json()
    value = '"value":{"id":{"tag":"@dfm-node","ident":'
    assert text.count(f"{value}2}}") == 1

    with pytest.raises(StructureError, match="collect"):
        compiled(Pipeline.model_validate_json(text.replace(f"{value}2}}", f"{value}1}}")))


def test_values_of_a_loop_are_not_read_outside_however_the_pipeline_was_made() -> None:
    with written() as p:
        with ForEach(seq=[1]) as loop:
            Use(v=loop)
        outside = Yield(value=1)
    inside = p.dfm_body[0].dfm_body[0]
    read = Yield.model_validate(
        outside.model_dump() | {"value": inside.dfm_node_id.to_ref().model_dump()}
    )
    p.dfm_body[1] = read

    with pytest.raises(StructureError) as refusal:
        compiled(p)

    assert "m.Use" in refusal.value.message
    assert "ForEach" in refusal.value.message
    assert "collect" in refusal.value.hint
