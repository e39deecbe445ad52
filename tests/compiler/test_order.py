"""Lines are put in an order in which they could be done; what has none is refused, named."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from tests.compiler.plans import Make, Use, compiled, plan_after, shown, written

from dfm.api import (
    Else,
    ForEach,
    If,
    Pipeline,
    TryFromCache,
    WriteToCache,
    Yield,
    well_known_id,
)
from dfm.errors import StructureError

LAST = well_known_id("last")


def ordered(pipeline: Pipeline) -> list[str]:
    return shown(plan_after("order_lines", pipeline))


def test_what_waits_for_a_block_waits_for_all_that_is_in_it() -> None:
    with written() as p:
        with If(cond=1) as branch:
            Make(v=1)
            with ForEach(seq=[1]) as loop:
                Yield(value=loop)
        Make(v=2, dfm_after=branch)

    assert ordered(p) == [
        "node0, node0_else = if 1",
        "node1 = m.Make(v=1) when node0 @ anywhere",
        "node2_seq = let [1] when node0",
        "loop node2 of node2_seq when node0",
        "node0_all = let null after node0, node1, node2_seq, node2",
        "node4 = m.Make(v=2) after node0_all @ anywhere",
        "yield yield0 'yield' = node2 in node2",
    ]


def test_a_block_that_waits_lets_nothing_in_it_begin() -> None:
    with written() as p:
        first = Make(v=1)
        with If(cond=1, dfm_after=first):
            Make(v=2)
        with Else(dfm_after=LAST):
            Make(v=3)
        with ForEach(seq=[1], dfm_after=first) as loop:
            Use(v=loop)
        with TryFromCache(key=1, dfm_after=first) as cached:
            cached.cache(2)
        Make(v=4, dfm_node_id=LAST)

    lines = ordered(p)

    assert "node1, node1_else = if 1 after node0" in lines
    assert "node3_gate = let null after last when node1_else" in lines
    assert "node4 = m.Make(v=3) when node3_gate @ anywhere" in lines
    assert "loop node5 of node5_seq after node0" in lines
    assert "node7_hit, node7_miss = lookup 1 after node0" in lines
    assert lines.index("last = m.Make(v=4) @ anywhere") < lines.index(
        "node3_gate = let null after last when node1_else"
    )


def test_waiting_for_many_yields_in_a_row_stays_short() -> None:
    with written() as p:
        made, said = [Make(v=n) for n in range(40)], None
        for value in made:
            said = Yield(value=value, multiuse=True, dfm_after=said)
        Make(v="last", dfm_after=said)

    assert max(len(line.after) for line in plan_after("order_lines", p).all_lines) < 10


# -- circles -----------------------------------------------------------------------------------


def by_values() -> None:
    first = Make(dfm_after=LAST)
    second = Use(v=first)
    Make(v=second, dfm_node_id=LAST)


def by_a_yield() -> None:
    first = Make(dfm_after=LAST)
    Yield(value=first, dfm_node_id=LAST)


def on_itself() -> None:
    Make(dfm_after=LAST, dfm_node_id=LAST)


def between_blocks() -> None:
    with If(cond=1, dfm_after=LAST) as branch:
        Make()
    with ForEach(seq=[1], dfm_node_id=LAST):
        Make(dfm_after=branch)


def through_a_list() -> None:
    with ForEach(seq=[1]) as loop:
        made = Use(v=loop)
        Make(dfm_after=LAST)
    Make(v=loop.collect(made), dfm_node_id=LAST)


def through_a_reduction() -> None:
    with ForEach(seq=[1]) as loop:
        made = Use(v=loop, dfm_after=LAST)
    Make(v=loop.reduce(Use, made, initial=1), dfm_node_id=LAST)


def through_a_join() -> None:
    with If(cond=1):
        one = Make(dfm_after=LAST)
    with Else():
        other = Make()
    Make(v=If.join(one, other), dfm_node_id=LAST)


def through_a_cache() -> None:
    with TryFromCache(key=1, dfm_after=LAST) as cached:
        cached.cache(Make())
    WriteToCache(key=2, value=cached, dfm_node_id=LAST)


def through_one_in_a_loop() -> None:
    """What is after one step of a loop is after the loop, so nothing in it can wait for it."""
    with ForEach(seq=[1]) as loop:
        made = Use(v=loop)
        Make(dfm_after=LAST)
    Make(dfm_after=made, dfm_node_id=LAST)


@pytest.mark.parametrize(
    "circle",
    [
        by_values,
        by_a_yield,
        on_itself,
        between_blocks,
        through_a_list,
        through_a_reduction,
        through_a_join,
        through_a_cache,
        through_one_in_a_loop,
    ],
)
def test_what_waits_for_itself_is_refused_and_each_line_of_the_circle_named(
    circle: Callable[[], None],
) -> None:
    with written() as p:
        circle()

    with pytest.raises(StructureError) as refusal:
        compiled(p)

    way = refusal.value.message.removeprefix("these statements wait for each other: ")
    lines = way.split(" before ")
    assert len(lines) > 1
    assert lines[0] == lines[-1]
    assert all(re.fullmatch(r"\S+test_order\.py:\d+", line) for line in lines)
    first = circle.__code__.co_firstlineno
    written_at = {int(line.rpartition(":")[2]) for line in lines}
    assert all(first < at < first + 9 for at in written_at)


def test_waiting_for_a_block_from_inside_is_refused_with_both_lines() -> None:
    with pytest.raises(StructureError) as refusal, written(), If(cond=1, dfm_node_id=LAST):
        Make(dfm_after=LAST)

    assert len(re.findall(r"test_order\.py:\d+", refusal.value.message)) == 2


def test_a_circle_of_values_names_all_of_it() -> None:
    with written() as p:
        by_values()

    with pytest.raises(StructureError) as refusal:
        compiled(p)

    first = by_values.__code__.co_firstlineno
    at = {int(n) - first for n in re.findall(r":(\d+)", refusal.value.message)}
    assert at == {1, 2, 3}


def test_without_lines_a_circle_is_named_by_statements() -> None:
    with written() as p:
        by_values()
    read = Pipeline.model_validate_json(p.model_dump_json())

    with pytest.raises(StructureError) as refusal:
        compiled(read)

    assert set(re.findall(r"node\d|last", refusal.value.message)) == {"node0", "node1", "last"}
