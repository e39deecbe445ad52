"""In an ordered loop each yield has its turn."""

from __future__ import annotations

from tests.compiler.plans import Make, Use, plan_after, written

from dfm.api import ForEach, Pipeline, Yield


def turns(pipeline: Pipeline) -> list[str]:
    """The lines that have to do with turns."""
    plan = plan_after("order_yields", pipeline)
    return [
        *(str(line) for line in plan.lines if "_turn" in str(line) or "_over" in str(line)),
        *map(str, plan.deliveries),
    ]


def test_without_order_there_are_no_turns() -> None:
    with written() as p, ForEach(seq=[1]) as loop:
        Yield(value=loop)

    assert turns(p) == ["yield yield0 'yield' = node0 in node0 @ home"]


def test_one_yield_waits_for_the_one_before_and_the_first_for_the_iteration_before() -> None:
    with written() as p, ForEach(seq=[1], ordered=True) as loop:
        Yield(value=loop, place="x")
        Yield(value=2, place="y")

    assert turns(p) == [
        "node0_turn = previous yield1_said else $ in node0 @ home",
        "yield yield0 'x' = node0 after node0_turn in node0 said yield0_said @ home",
        "yield yield1 'y' = 2 after yield0_said in node0 said yield1_said @ home",
    ]


def test_each_site_has_turns_of_its_own() -> None:
    with written() as p, ForEach(seq=Make(site="a"), ordered=True) as loop:
        Yield(value=Use(v=loop, site="b"), place="x")
        Yield(value=loop, place="y")

    assert turns(p) == [
        "node1_turn = previous yield0_said else $ in node1 @ b",
        "node1_turn_2 = previous yield1_said else $ in node1 @ a",
        "yield yield0 'x' = node2 after node1_turn in node1 said yield0_said @ b",
        "yield yield1 'y' = node1 after node1_turn_2 in node1 said yield1_said @ a",
    ]


def test_a_loop_in_the_loop_has_one_turn_and_passes_it_on_when_it_is_over() -> None:
    with written() as p, ForEach(seq=[1], ordered=True) as outer:
        with ForEach(seq=[outer]) as inner, ForEach(seq=[inner]) as innermost:
            Yield(value=innermost, place="in")
        Yield(value=outer, place="out")

    assert turns(p) == [
        "node1_over = end of node1 in node0 @ home",
        "node0_turn = previous yield1_said else $ in node0 @ home",
        "yield yield0 'in' = node2 after node0_turn in node2 @ home",
        "yield yield1 'out' = node0 after node1_over in node0 said yield1_said @ home",
    ]


def test_an_ordered_loop_in_an_ordered_loop_begins_with_its_turn() -> None:
    with written() as p, ForEach(seq=[1], ordered=True) as outer:
        Yield(value=outer, place="out")
        with ForEach(seq=[outer], ordered=True) as inner:
            Yield(value=inner, place="in")

    assert turns(p) == [
        "node2_turn = previous yield1_said else yield0_said in node2 @ home",
        "node2_over = end of node2 in node0 @ home",
        "node0_turn = previous node2_over else $ in node0 @ home",
        "yield yield0 'out' = node0 after node0_turn in node0 said yield0_said @ home",
        "yield yield1 'in' = node2 after node2_turn in node2 said yield1_said @ home",
    ]


def test_turns_follow_the_order_in_which_things_can_be_done() -> None:
    """The first yield is written first, but waits for the loop; so the loop has its turn first."""
    from dfm.api import well_known_id

    later = well_known_id("later")
    with written() as p, ForEach(seq=[1], ordered=True) as outer:
        Yield(value=outer, place="out", dfm_after=later)
        with ForEach(seq=[outer], dfm_node_id=later) as inner:
            Yield(value=inner, place="in")

    lines = turns(p)

    assert "yield yield1 'in' = later after node0_turn in later @ home" in lines
    assert any("'out' = node0 after later_all, later_over" in line for line in lines)
