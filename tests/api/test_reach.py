"""What each statement can read, asked again of a pipeline that is read from a file."""

from typing import Any

import pytest
from tests.api.climate import Anything, Difference, Mean, Pair

from dfm.api import (
    ForEach,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    Yield,
    check_rules,
    check_scopes,
    make_auto_id,
)
from dfm.api.scope import MAX_BLOCKS
from dfm.errors import ArgumentError, DfmError, LimitExceeded, StructureError


def reference(number: int) -> dict[str, Any]:
    return make_auto_id(number).to_ref().model_dump()


def ident(number: int) -> dict[str, Any]:
    return make_auto_id(number).model_dump()


def saved() -> dict[str, Any]:
    """Return a saved pipeline: a loop (0) of a pair (1), its list (2), its sum (3, 4), a yield."""
    with Pipeline() as p:
        with ForEach(seq=[1, 2]) as item:
            made = Pair(left=item, right=1)
        listed = item.collect([made])
        summed = item.reduce(Pair, made, initial=0)
        Yield(value=[listed, summed])
    return p.model_dump()


def test_it_is_good_before_it_is_damaged() -> None:
    check_rules(Pipeline.model_validate(saved()))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ((3, "value"), reference(0), "Yield .* reads the item of ForEach"),
        ((3, "value"), reference(1), "reads lab.Pair .*made in each iteration of ForEach"),
        ((3, "value"), {"deep": [reference(4)]}, "outside that loop"),
        ((2, "initial"), reference(1), "outside that loop"),
        ((1, "value"), 3, "nothing to collect"),
        ((1, "value"), reference(3), "Reduce .*is not made in ForEach"),
        ((1, "loop"), ident(9), "%9 is no loop of this pipeline, so there is nothing to collect"),
        ((1, "loop"), ident(1), "%1 is no loop"),
        ((2, "loop"), ident(2), "%2 is no loop of this pipeline, so there is nothing to reduce"),
        ((2, "dfm_body"), [], "nothing is written in the block of Reduce"),
        ((0, "dfm_body"), [], "nothing is written in the block of ForEach"),
        ((0, "dfm_node_id"), ident(4), "two statements have the id %4|is no loop"),
    ],
)
def test_a_damaged_pipeline_is_refused(path: tuple[Any, ...], value: Any, message: str) -> None:
    data = saved()
    data["dfm_body"][path[0]][path[1]] = value

    with pytest.raises(StructureError, match=message):
        Pipeline.model_validate(data)


def test_a_step_of_no_loop_that_is_read_too_early_is_refused() -> None:
    data = saved()
    data["dfm_body"][2]["loop"] = ident(9)
    data["dfm_body"].insert(0, {**data["dfm_body"].pop(), "value": reference(4)})

    with pytest.raises(StructureError):
        Pipeline.model_validate(data)


def test_a_reduce_has_one_operation_in_it() -> None:
    data = saved()
    data["dfm_body"][2]["dfm_body"] = [data["dfm_body"].pop()]

    with pytest.raises(StructureError, match="a reduce has one operation in it"):
        Pipeline.model_validate(data)


def test_a_collect_inside_its_loop_is_refused() -> None:
    data = saved()
    data["dfm_body"][0]["dfm_body"].append(data["dfm_body"].pop(1))
    data["dfm_body"].pop()

    with pytest.raises(StructureError, match="collect is written inside the block"):
        Pipeline.model_validate(data)


def test_ids_are_unique_in_all_blocks() -> None:
    data = saved()
    data["dfm_body"][2]["dfm_body"][0]["dfm_node_id"] = ident(1)

    with pytest.raises(StructureError, match="two statements have the id %1"):
        Pipeline.model_validate(data)


def test_a_loop_can_not_read_what_is_made_in_its_own_iterations() -> None:
    data = saved()
    data["dfm_body"][0]["seq"] = reference(1)

    with pytest.raises(StructureError, match="outside that loop"):
        Pipeline.model_validate(data)


@pytest.mark.parametrize(
    "block", [lambda: ForEach(seq=[1]), lambda: If(cond=True), lambda: TryFromCache(key="k")]
)
def test_nothing_waits_for_the_end_of_the_block_it_stands_in(block: Any) -> None:
    with Pipeline(), block() as outer:
        with pytest.raises(StructureError, match="inside its block") as refusal:
            Anything(dfm_after=[outer])
        with If(cond=True):
            Anything()
            with pytest.raises(StructureError, match="inside its block"):
                Yield(value=1, dfm_after=outer.dfm_node_id)
        if isinstance(outer, TryFromCache):
            outer.cache(1)

    assert outer.dfm_location in refusal.value.message


def test_the_rule_can_be_asked_again() -> None:
    with Pipeline() as p:
        with ForEach(seq=[1]) as item:
            made = Anything(value=item)
        Anything()
    p.dfm_body[1] = p.dfm_body[1].model_copy(update={"value": made.dfm_node_id.to_ref()})

    with pytest.raises(StructureError, match="outside that loop") as refusal:
        check_scopes(p)

    assert refusal.value.message.count("test_reach.py:") == 3


def test_references_to_nothing_are_left_to_the_compiler() -> None:
    with Pipeline() as p, ForEach(seq=[1]) as item:
        Pair(left=make_auto_id(99).to_ref(), right=item)

    check_rules(p)


def nested(depth: int) -> dict[str, Any]:
    block: dict[str, Any] = {
        "dfm_class_name": "dfm.api.Yield",
        "value": 1,
        "dfm_node_id": ident(0),
    }
    for number in range(depth):
        block = {
            "dfm_class_name": "dfm.api.If",
            "cond": True,
            "dfm_node_id": ident(number + 1),
            "dfm_body": [block],
        }
    return {"dfm_body": [block]}


def test_blocks_nest_as_deeply_as_the_limit() -> None:
    p = Pipeline.model_validate(nested(MAX_BLOCKS))

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("depth", [MAX_BLOCKS + 1, 5000])
def test_blocks_that_are_nested_without_end_are_refused_when_read(depth: int) -> None:
    with pytest.raises(LimitExceeded, match=f"more than {MAX_BLOCKS} deep"):
        Pipeline.model_validate(nested(depth))


def test_blocks_that_are_nested_without_end_are_refused_when_written() -> None:
    def write(depth: int) -> None:
        with If(cond=True):
            Anything()
            write(depth - 1) if depth else None

    with Pipeline():
        write(MAX_BLOCKS - 1)
    with pytest.raises(LimitExceeded), Pipeline():
        write(MAX_BLOCKS)


@pytest.mark.parametrize("body", [None, 3, [None], [{"dfm_body": 3}], {"a": 1}])
def test_what_is_no_body_is_refused_with_one_error(body: Any) -> None:
    with pytest.raises(DfmError):
        Pipeline.model_validate({"dfm_body": body})


# -- types through loops ---------------------------------------------------------------------------


def test_a_list_of_all_is_an_array() -> None:
    with Pipeline():
        with ForEach(seq=[1, 2]) as item:
            made = Pair(left=item, right=1)
            number = Mean(field=made)
        with pytest.raises(ArgumentError) as refusal:
            Difference(a=item.collect(made), b=1)
        with pytest.raises(ArgumentError, match="gives array of number"):
            Mean(field=item.collect(number))

    assert "expected number, but Collect (" in refusal.value.message
    assert "gives array" in refusal.value.message


def test_the_items_of_a_collected_list_are_what_was_collected() -> None:
    with Pipeline():
        with ForEach(seq=PlaceParam("fields")) as field:
            mean = Mean(field=field)
        with ForEach(seq=field.collect(mean)) as each:
            Difference(a=each, b=1)
            with pytest.raises(ArgumentError, match=r"but climate\.Mean .* returns number, by"):
                Mean(field=each)


def test_an_item_of_a_written_list_must_be_one_that_can_fit() -> None:
    with Pipeline():
        with ForEach(seq=[1, "x"]) as item:
            Difference(a=item, b=1)
        with ForEach(seq=["x", "y"]) as item:
            Anything(value=item)
            with pytest.raises(ArgumentError, match=r"got str \('x'\) from ForEach") as refusal:
                Difference(a=item, b=1)

    assert item.dfm_location in refusal.value.message


def test_a_reduce_is_what_it_begins_with_or_what_its_operation_returns() -> None:
    with Pipeline():
        with ForEach(seq=[1, 2]) as item:
            Anything(value=item)
        with pytest.raises(ArgumentError, match=r"expected number, got str \('x'\) from Reduce"):
            item.reduce(Difference, item, initial="x")
        total = item.reduce(Difference, item, initial=PlaceParam("start"))
        with pytest.raises(ArgumentError, match=r"climate\.Difference .* returns number, by Reduc"):
            Mean(field=total)
        started = item.reduce(Pair, item, initial="x")
        with pytest.raises(ArgumentError, match=r"got str \('x'\) from Reduce"):
            Difference(a=started, b=1)


def test_types_are_asked_for_again_when_a_pipeline_is_read() -> None:
    with Pipeline() as p:
        with ForEach(seq=[1, 2]) as item:
            Anything(value=item)
        Difference(a=item.reduce(Difference, item, initial=0), b=1)
    text = p.model_dump_json().replace('"initial":0', '"initial":"x"')

    with pytest.raises(ArgumentError, match=r"got str \('x'\) from Reduce"):
        Pipeline.model_validate_json(text)
