"""References at any depth of an argument."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from tests.api.climate import Anything, Handmade, LoadField

from dfm.api import ForEach, NodeRef, Pipeline, PlaceParam, Yield, make_auto_id
from dfm.api.references import MAX_DEPTH, leaves, places_in, references_in
from dfm.errors import ArgumentError, LimitExceeded, StructureError

REF = make_auto_id(0).to_ref()
Pair = namedtuple("Pair", "left right")


@dataclass(frozen=True)
class Window:
    west: Any
    east: Any = 0


class Model(BaseModel):
    inner: Any
    plain: int = 1


def nest(value: Any, how: list[str]) -> Any:
    for way in how:
        match way:
            case "list":
                value = [1, value]
            case "tuple":
                value = (value, "x")
            case "dict":
                value = {"k": value, 3: None}
            case "dataclass":
                value = Window(value)
            case "model":
                value = Model(inner=value)
            case "named tuple":
                value = Pair(value, 1)
    return value


WAYS = st.lists(
    st.sampled_from(["list", "tuple", "dict", "dataclass", "model", "named tuple"]), max_size=6
)


@given(WAYS)
def test_a_statement_becomes_a_reference_at_any_depth(how: list[str]) -> None:
    with Pipeline():
        first = Anything()
        second = Anything(value=nest(first, how))

    assert second.value == nest(REF, how)  # type: ignore[attr-defined]
    assert references_in(second.dfm_arguments()) == (REF,)
    assert second.dfm_references() == (REF,)


def test_statements_in_sets_become_references() -> None:
    with Pipeline():
        first = Anything()
        second = Anything(value=frozenset({first, 1}))

    assert second.dfm_arguments() == {"value": frozenset({REF, 1})}


def test_a_statement_its_reference_and_a_part_of_it_are_stored_as_references() -> None:
    with Pipeline():
        first = Anything()
        stored = [
            Handmade(count=value).count
            for value in (first, first.dfm_node_id.to_ref(), first[0], first.fieldref("x"))
        ]

    assert stored == [REF, REF, REF[0], REF.fieldref("x")]


def test_an_argument_does_not_change_with_the_authors_list() -> None:
    numbers, table = [1], {"k": [2]}
    with Pipeline():
        written = Anything(value=[numbers, table])

    numbers.append(9)
    table["k"].append(9)

    assert written.dfm_arguments() == {"value": [[1], {"k": [2]}]}


def test_what_holds_no_reference_is_the_very_object_that_was_given() -> None:
    window, pair, ordered = Window(1), Pair(1, 2), OrderedDict(a=1)

    with Pipeline():
        values = [Anything(value=v).dfm_arguments()["value"] for v in (window, pair, ordered)]

    assert [a is b for a, b in zip(values, (window, pair, ordered), strict=True)] == [True] * 3


def test_the_item_of_a_loop_is_a_reference_to_the_loop() -> None:
    with Pipeline(), ForEach(seq=[1, 2]) as item:
        inside = Anything(value=[item, item["k"], item.fieldref("name")])

    assert inside.dfm_arguments()["value"] == [REF, REF["k"], REF.fieldref("name")]


def test_a_statement_without_a_value_can_not_be_one() -> None:
    with Pipeline():
        result = Yield(value=1)

        with pytest.raises(StructureError, match="Yield has no value"):
            Anything(value=result)


def test_a_class_in_place_of_a_statement_is_refused() -> None:
    with Pipeline(), pytest.raises(StructureError, match="LoadField is a class") as refusal:
        Anything(value=[LoadField])

    assert refusal.value.hint == "LoadField(...)"


@pytest.mark.parametrize("key", [REF, PlaceParam("p")])
def test_an_unknown_value_can_not_be_a_key(key: object) -> None:
    with Pipeline(), pytest.raises(StructureError, match="key of a dict"):
        Anything(value={key: 1})


def test_values_nested_without_end_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with Pipeline(), pytest.raises(LimitExceeded, match=f"more than {MAX_DEPTH} levels"):
        Anything(value=endless)


def test_a_typed_field_takes_a_reference_only_where_its_type_does() -> None:
    with Pipeline():
        first = Anything()
        Handmade(count=1, many=first)

        with pytest.raises(ArgumentError, match=r"argument 'many' of lab\.Handmade"):
            Handmade(count=1, many=[first])


def test_leaves_come_in_reading_order() -> None:
    param = PlaceParam("p")
    value = [REF[1], {"k": (param, REF)}, param]

    assert leaves(value) == (REF[1], param, REF, param)
    assert places_in(value) == (param, param)
    assert references_in([REF, REF]) == (REF,)


def test_a_users_dictionary_is_never_a_marker() -> None:
    for look_alike in ({"advise": "Field"}, {"sites": None}, {"place": "x"}, {"ident": 0}, {}):
        with Pipeline():
            written = Anything(value=look_alike)

        assert written.dfm_arguments() == {"value": look_alike}
        with Pipeline(), pytest.raises(ArgumentError):
            Handmade(count=look_alike)
        with Pipeline(), pytest.raises(ArgumentError, match="'site'"):
            Anything(site=look_alike)


def test_the_fields_set_to_a_reference_or_parameter_are_told() -> None:
    with Pipeline():
        first = Anything()
        second = Handmade(count=first, many=PlaceParam("p"), anything=[first])

    found = second.get_noderef_and_placeparam_pydantic_fields()

    assert found == [("count", REF), ("many", PlaceParam("p"))]
    assert isinstance(found[0][1], NodeRef)
