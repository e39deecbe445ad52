"""What is left of a loop after it: the list of a value in all iterations, or their sum."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.climate import Anything, Difference, Handmade, Mean, Pair

from dfm.api import (
    Collect,
    Equal,
    ForEach,
    If,
    Pipeline,
    PlaceParam,
    Reduce,
    TryFromCache,
    Yield,
)
from dfm.errors import ArgumentError, StructureError

# -- collect ---------------------------------------------------------------------------------------


def test_collect_is_a_value_after_the_loop() -> None:
    with Pipeline() as p:
        with ForEach(seq=[1, 2]) as item:
            made = Anything(value=item)
        made_of = item.collect({"item": item, "made": [made, made["x"]]})
        Yield(value=[item.collect(made), item.collect(item), made_of[0]["item"]])

    assert isinstance(made_of, Collect)
    assert made_of.loop == item.dfm_node_id
    assert made_of.value == {
        "item": item.dfm_node_id.to_ref(),
        "made": [made.dfm_node_id.to_ref(), made.dfm_node_id.to_ref()["x"]],
    }
    assert "test_loop_ends.py:" in made_of.dfm_location
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_what_an_inner_loop_collects_can_be_collected_again() -> None:
    with Pipeline() as p:
        with ForEach(seq=PlaceParam("rows")) as row:
            with ForEach(seq=row) as cell:
                made = Pair(left=row, right=cell)
            cells = cell.collect(made)
        Yield(value=row.collect(cells))

    assert [s.dfm_title() for s in p.dfm_body] == ["ForEach", "Collect", "Yield"]


def test_a_value_of_a_branch_in_the_loop_can_be_collected() -> None:
    with Pipeline() as p:
        with ForEach(seq=[1, 2]) as item, If(cond=Equal(left=item, right=1)):
            made = Anything(value=item)
        Yield(value=item.collect(made))

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_loop_in_a_branch_can_be_collected_after_the_branch() -> None:
    with Pipeline() as p:
        with If(cond=PlaceParam("flag")), ForEach(seq=[1, 2]) as item:
            Anything(value=item)
        Yield(value=item.collect(item))

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


WAYS: dict[str, Callable[[Any, Any], object]] = {
    "collect": lambda loop, value: loop.collect(value),
    "reduce": lambda loop, value: loop.reduce(Pair, value, initial=0),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_loop_is_not_over_inside_its_block(way: str) -> None:
    with Pipeline(), ForEach(seq=[1]) as item:
        made = Anything(value=item)

        with pytest.raises(StructureError, match=f"{way} is written inside the block") as refusal:
            WAYS[way](item, made)
        with If(cond=True):
            with pytest.raises(StructureError, match=f"{way} is written inside the block"):
                WAYS[way](item, made)
            Anything()

    assert refusal.value.hint == f"loop.{way}(...) after the block"
    assert item.dfm_location in refusal.value.message


@pytest.mark.parametrize(
    ("way", "block"),
    [
        ("collect", lambda: ForEach(seq=[2])),
        ("reduce", lambda: ForEach(seq=[2])),
        ("reduce", lambda: If(cond=True)),
    ],
)
def test_the_end_of_a_loop_stands_where_the_loop_does(block: Callable[[], Any], way: str) -> None:
    with Pipeline():
        with ForEach(seq=[1]) as item:
            made = Anything(value=item)
        with block():
            with pytest.raises(StructureError, match="and its loop ForEach") as refusal:
                WAYS[way](item, made)
            Anything()

    assert f"loop.{way}(...) right after the loop" in refusal.value.hint


def test_a_list_can_be_collected_in_a_branch_after_the_loop() -> None:
    with Pipeline() as p:
        with ForEach(seq=[1]) as item:
            made = Anything(value=item)
        with If(cond=PlaceParam("flag")), TryFromCache(key="k") as cached:
            cached.cache(item.collect(made))

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("way", WAYS)
def test_a_loop_in_a_loop_ends_in_it(way: str) -> None:
    with Pipeline():
        with ForEach(seq=[1]) as outer, ForEach(seq=[2]) as inner:
            Pair(left=outer, right=inner)

        with pytest.raises(StructureError, match=f"{way} is written outside ForEach") as refusal:
            WAYS[way](inner, 1)

    assert "in the same block" in refusal.value.hint
    assert outer.dfm_location in refusal.value.message


@pytest.mark.parametrize("way", WAYS)
def test_a_loop_of_another_pipeline_is_refused(way: str) -> None:
    with Pipeline(), ForEach(seq=[1]) as item:
        made = Anything(value=item)

    with Pipeline(), pytest.raises(StructureError, match="not part of the open pipeline"):
        WAYS[way](item, made)
    with pytest.raises(StructureError, match="outside a pipeline"):
        WAYS[way](item, 1)


def test_what_is_not_made_in_the_loop_is_not_collected() -> None:
    with Pipeline():
        outside = Anything()
        with ForEach(seq=[1]) as item:
            Pair(left=item, right=outside)

        with pytest.raises(StructureError, match="is not made in ForEach") as refusal:
            item.collect([outside])
        with pytest.raises(StructureError, match="the value is not made in ForEach"):
            item.collect(3)

    assert outside.dfm_location in refusal.value.message
    assert item.dfm_location in refusal.value.message


def test_a_loop_collects_nothing_of_a_loop_inside_it() -> None:
    with Pipeline():
        with ForEach(seq=[1]) as outer, ForEach(seq=[2]) as inner:
            made = Pair(left=outer, right=inner)

        with pytest.raises(StructureError, match="outside that loop") as refusal:
            outer.collect(made)

    assert inner.dfm_location in refusal.value.message


# -- reduce ----------------------------------------------------------------------------------------


def test_reduce_is_one_operation_that_reads_what_there_is_so_far() -> None:
    with Pipeline() as p:
        with ForEach(seq=PlaceParam("fields")) as item:
            made = Mean(field=item)
        total = item.reduce(Difference, made, initial=0.0, site="hub", retries=2)
        Yield(value=total)

    step: Any = total.dfm_body[0]
    assert isinstance(total, Reduce)
    assert (total.loop, total.initial) == (item.dfm_node_id, 0.0)
    assert step.dfm_arguments() == {
        "a": total.dfm_node_id.to_ref(),
        "b": made.dfm_node_id.to_ref(),
    }
    assert (step.site, step.dfm_options) == ("hub", {"retries": 2})
    assert [s.dfm_title() for s in p.dfm_walk()][-3:] == ["Reduce", "climate.Difference", "Yield"]
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_reduce_takes_the_first_two_parameters_as_they_were_declared() -> None:
    with Pipeline():
        with ForEach(seq=[1, 2]) as item:
            Anything(value=item)
        of_mesh = item.reduce(Pair, item, initial=PlaceParam("start"), dfm_timeout=3)
        by_hand = item.reduce(Handmade, item, initial=1)

    assert list(of_mesh.dfm_body[0].dfm_values()) == ["left", "right"]
    assert by_hand.dfm_body[0].many == item.dfm_node_id.to_ref()  # type: ignore[attr-defined]


def test_reduce_can_begin_with_a_result_and_count_with_a_literal() -> None:
    with Pipeline() as p:
        start = Anything()
        with ForEach(seq=[1, 2]) as item:
            Anything(value=item)
        Yield(value=item.reduce(Pair, 1, initial=[start]))

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize(
    ("op", "why"),
    [
        (Anything, "lab.Anything has value"),
        (lambda a, b: a, "the class of an operation"),
        (max, "the class of an operation"),
        (Yield, "the class of an operation"),
        ("lab.Pair", "the class of an operation"),
        (None, "the class of an operation"),
    ],
)
def test_reduce_needs_an_operation_of_two_parameters(op: Any, why: str) -> None:
    with Pipeline() as p:
        with ForEach(seq=[1]) as item:
            Anything(value=item)
        with pytest.raises(ArgumentError, match=why) as refusal:
            item.reduce(op, item, initial=0)

    assert "test_loop_ends.py:" in refusal.value.at
    assert len(p.dfm_body) == 1


@pytest.mark.parametrize("taken", [{"left": 1}, {"right": 1}])
def test_what_reduce_gives_itself_is_not_given_twice(taken: dict[str, Any]) -> None:
    with Pipeline():
        with ForEach(seq=[1]) as item:
            Anything(value=item)
        with pytest.raises(ArgumentError, match=r"reduce gives lab\.Pair the argument"):
            item.reduce(Pair, item, initial=0, **taken)


def test_a_call_in_place_of_an_operation_is_told_apart() -> None:
    with Pipeline():
        with ForEach(seq=[1]) as item:
            made = Pair(left=item, right=1)
        with pytest.raises(ArgumentError, match=r"got a call of lab\.Pair"):
            item.reduce(made, item, initial=0)  # type: ignore[arg-type]


def test_the_step_of_a_reduce_is_no_value_outside_it() -> None:
    with Pipeline():
        with ForEach(seq=[1]) as item:
            Anything(value=item)
        total = item.reduce(Pair, item, initial=0)

        with pytest.raises(StructureError, match="outside that loop"):
            Yield(value=total.dfm_body[0])


def test_a_reduce_is_not_entered() -> None:
    with Pipeline():
        with ForEach(seq=[1]) as item:
            Anything(value=item)
        total = item.reduce(Pair, item, initial=0)

        with pytest.raises(StructureError, match="in: with"), total:
            pass
