"""Loops: how they are written, and what may be done with what is made in them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.api.climate import Anything, Difference, Pair

from dfm.api import (
    Else,
    Equal,
    ForEach,
    If,
    Pipeline,
    PlaceParam,
    Yield,
    make_auto_id,
)
from dfm.errors import ArgumentError, DfmError, StructureError

ITEM = make_auto_id(0).to_ref()


@pytest.mark.parametrize(
    "make",
    [
        lambda: [1, 2],
        lambda: (1, 2),
        list,
        Anything,
        lambda: Anything()["years"],
        lambda: [Anything(), {"deep": Anything()}],
        lambda: PlaceParam("years"),
        lambda: [PlaceParam("first"), 3],
    ],
)
def test_a_loop_goes_through_lists_results_and_parameters(make: Callable[[], Any]) -> None:
    with Pipeline() as p, ForEach(seq=make()) as item:
        Yield(value=item)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_loop_may_be_limited_ordered_and_along_a_dimension() -> None:
    with Pipeline() as p, ForEach(seq=PlaceParam("x"), max_in_flight=4, ordered=True, dim="time"):
        Anything()

    loop: Any = Pipeline.model_validate_json(p.model_dump_json()).dfm_body[0]
    assert (loop.max_in_flight, loop.ordered, loop.dim) == (4, True, "time")


def test_a_loop_is_not_limited_or_ordered_unless_that_is_said() -> None:
    with Pipeline(), ForEach(seq=[1]) as loop:
        Anything()

    assert (loop.max_in_flight, loop.ordered, loop.dim) == (None, False, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_in_flight": 0},
        {"max_in_flight": -1},
        {"max_in_flight": True},
        {"max_in_flight": 2.0},
        {"max_in_flight": "3"},
        {"max_in_flight": 10**9},
        {"dim": "time"},
        {"ordered": "perhaps"},
        {"dim": 3},
        {"limit": 3},
    ],
)
def test_a_wrong_field_of_a_loop_is_named(wrong: dict[str, Any]) -> None:
    with Pipeline(), pytest.raises(DfmError) as refusal:
        ForEach(seq=[1], **wrong)

    assert next(iter(wrong)) in refusal.value.message
    assert "test_loops.py:" in refusal.value.at


@pytest.mark.parametrize(
    ("seq", "instead"),
    [
        (range(3), "seq=list(...)"),
        (np.arange(3), "seq=list(...)"),
        ({1, 2}, "seq=list(...)"),
        ({"a": 1}, ".items()"),
        ("abc", "seq=[...]"),
        (None, "seq=[...]"),
    ],
)
def test_what_can_not_be_gone_through_comes_with_how_it_could_be(seq: Any, instead: str) -> None:
    with Pipeline(), pytest.raises(StructureError, match="ForEach goes through") as refusal:
        ForEach(seq=seq)

    assert instead in refusal.value.hint
    assert "test_loops.py:" in refusal.value.at


def test_the_item_and_its_parts_are_references_to_the_loop() -> None:
    with Pipeline(), ForEach(seq=PlaceParam("days")) as day:
        made = Anything(value=[day, day["x"], day[0], day.fieldref("y"), day["x"][1]])

    assert made.dfm_arguments()["value"] == [
        *(ITEM, ITEM["x"], ITEM[0], ITEM.fieldref("y"), ITEM["x"][1])
    ]


def test_the_loop_and_its_item_are_one_object() -> None:
    with Pipeline():
        loop = ForEach(seq=[1])
        with loop as item:
            Anything(value=item)

    assert item is loop


def test_values_from_outside_can_be_read_inside_at_any_depth() -> None:
    with Pipeline() as p:
        outside = Anything()
        with ForEach(seq=[1]) as a:
            between = Pair(left=a, right=outside)
            with ForEach(seq=between) as b, If(cond=Equal(left=b, right=a)):
                Anything(value=[outside, a, between, b])

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_one_yield_in_a_loop_needs_no_multiuse() -> None:
    with Pipeline() as p, ForEach(seq=[1, 2, 3]) as item:
        Yield(value=item, place="each")

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


# -- what is made inside can not be read outside ---------------------------------------------------


def refused_outside(use: Callable[[Any, Any], object]) -> StructureError:
    """Return the refusal of a use of the loop and of a value made in it, after the loop."""
    with Pipeline():
        with ForEach(seq=[1, 2]) as item:
            made = Anything(value=item)
        with pytest.raises(StructureError) as refusal:
            use(item, made)
        return refusal.value


@pytest.mark.parametrize(
    "use",
    [
        lambda item, made: Yield(value=made),
        lambda item, made: Anything(value=[{"deep": made}]),
        lambda item, made: Anything(value=made["part"]),
        lambda item, made: Anything(value=made.dfm_node_id.to_ref()),
        lambda item, made: If(cond=Equal(left=made, right=1)),
        lambda item, made: ForEach(seq=made),
        lambda item, made: If.join(made, 3),
        lambda item, made: item.reduce(Pair, 1, initial=made),
    ],
)
def test_what_is_made_in_a_loop_can_not_be_read_after_it(use: Callable[[Any, Any], object]) -> None:
    refusal = refused_outside(use)

    assert "lab.Anything (" in refusal.message
    assert "made in each iteration of ForEach (" in refusal.message
    assert refusal.message.count("test_loops.py:") == 3
    assert "loop.collect(value)" in refusal.hint
    assert "test_loops.py:" in refusal.at


@pytest.mark.parametrize(
    "use",
    [
        lambda item, made: Yield(value=item),
        lambda item, made: Anything(value=item["x"]),
        lambda item, made: Anything(value=[item.fieldref("x")]),
    ],
)
def test_a_loop_is_no_value_after_its_block(use: Callable[[Any, Any], object]) -> None:
    refusal = refused_outside(use)

    assert "reads the item of ForEach (" in refusal.message
    assert "loop.collect(value)" in refusal.hint


def test_a_join_after_the_loop_is_told_to_go_inside() -> None:
    refusal = refused_outside(lambda item, made: item.collect(If.join(made, 3)))

    assert refusal.hint.startswith("value = If.join(...) inside the loop")


def test_a_loop_that_is_not_entered_is_no_value_either() -> None:
    with pytest.raises(DfmError), Pipeline():
        loop = ForEach(seq=[1])
        Yield(value=loop)


def test_another_loop_can_not_read_it_either() -> None:
    with Pipeline():
        with ForEach(seq=[1]) as first:
            made = Anything(value=first)
        with ForEach(seq=[2]) as second:
            with pytest.raises(StructureError, match="made in each iteration of ForEach"):
                Pair(left=second, right=made)
            Anything(value=second)


def test_a_value_of_an_inner_loop_can_not_be_read_in_the_outer_one() -> None:
    with Pipeline(), ForEach(seq=[1]) as outer:
        with ForEach(seq=[2], dfm_node_id=make_auto_id(50)) as inner:
            made = Pair(left=outer, right=inner)

        with pytest.raises(StructureError, match="made in each iteration of ForEach") as refusal:
            Yield(value=made)

    assert inner.dfm_location in refusal.value.message
    assert outer.dfm_location not in refusal.value.message


def test_a_refused_statement_leaves_nothing_behind() -> None:
    with Pipeline() as p:
        with ForEach(seq=[1]) as item:
            made = Anything(value=item)
        with pytest.raises(StructureError):
            Yield(value=made)
        with pytest.raises(ArgumentError):
            item.reduce(Anything, made, initial=0)
        with pytest.raises(ArgumentError):
            item.reduce(Difference, made, initial="no number")

    assert [s.dfm_title() for s in p.dfm_walk()] == ["ForEach", "lab.Anything"]


# -- blocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block", [lambda: ForEach(seq=[1]), lambda: If(cond=True)], ids=["ForEach", "If"]
)
def test_an_empty_block_is_refused_at_its_line(block: Callable[[], Any]) -> None:
    with pytest.raises(StructureError, match="nothing is written in the block") as refusal:
        with Pipeline(), block():
            pass
    assert "test_loops.py:" in refusal.value.at

    with pytest.raises(StructureError, match="nothing is written in the block"), Pipeline():
        block()


def test_an_empty_else_is_refused() -> None:
    with pytest.raises(StructureError, match="nothing is written in the block of Else"):
        with Pipeline():
            with If(cond=True):
                Anything()
            with Else():
                pass


def test_a_block_is_entered_where_it_is_written() -> None:
    with Pipeline(), ForEach(seq=[1]) as outer:
        loop = ForEach(seq=[2])
        with If(cond=True):
            Anything(value=outer)
            with pytest.raises(StructureError, match="entered where it is not written"), loop:
                pass
        with loop:
            Anything()
