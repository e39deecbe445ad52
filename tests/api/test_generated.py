"""Operations bound to a place, of which the packages of `dfm fed gen code` are made."""

from __future__ import annotations

import inspect

import pytest
from pydantic import BaseModel
from tests.api.climate import Anything, LoadField

from dfm.api import Operation, Pipeline
from dfm.api.generated import operation_at
from dfm.errors import ArgumentError, StructureError, UnknownName


def test_the_class_of_an_operation_at_a_place_is_always_the_same() -> None:
    here = operation_at(LoadField, "institute_b")

    assert operation_at(LoadField, "institute_b") is here
    assert operation_at(LoadField, "institute_b", "archive") is not here
    assert issubclass(here, LoadField)


def test_it_says_the_same_as_its_operation_with_that_site() -> None:
    here = operation_at(LoadField, "institute_b")

    with Pipeline() as p:
        here(scenario="E1", first=1900, unit="celsius")
    with Pipeline() as q:
        LoadField(scenario="E1", first=1900, unit="celsius", site="institute_b")
    with Pipeline() as r:
        LoadField(scenario="E1", first=1900)

    assert p == q
    assert p != r


def test_two_operations_with_the_same_arguments_are_not_the_same() -> None:
    with Pipeline() as p:
        one = Anything()
    with Pipeline():
        other = LoadField(scenario="E1", first=1900)

    assert p.dfm_body[0] == one
    assert one != other


def test_its_signature_shows_the_place_and_what_is_exposed_there() -> None:
    parameters = inspect.signature(operation_at(LoadField, "institute_b", "archive")).parameters

    assert str(parameters["site"]) == "site: Literal['institute_b'] = 'institute_b'"
    assert str(parameters["provider"]) == "provider: Literal['archive'] = 'archive'"
    assert "unit" in parameters


@pytest.mark.parametrize("place", [{"site": "institute_a"}, {"provider": "archive"}])
def test_it_refuses_every_other_place(place: dict[str, str]) -> None:
    here = operation_at(LoadField, "institute_b")

    with Pipeline(), pytest.raises(ArgumentError, match="is for "):
        here(scenario="E1", first=1900, **place)


def test_a_place_that_does_not_offer_it_is_refused() -> None:
    with pytest.raises(UnknownName, match=r"institute_a\.archive") as caught:
        operation_at(LoadField, "institute_a", "archive")

    assert "institute_b.archive" in caught.value.hint


def test_a_class_of_no_federation_is_refused() -> None:
    class Mine(Operation):
        pass

    with pytest.raises(StructureError, match="Mine is of no federation"):
        operation_at(Mine, "institute_a")


def test_a_model_of_a_schema_is_saved_as_its_data() -> None:
    class Box(BaseModel):
        __dfm_schema__ = "geo.Box"
        west: float
        label: str | None = None

    with Pipeline() as p:
        Anything(value=[Box(west=1)])
    text = p.model_dump_json()

    assert '[{"west":1.0}]' in text


def test_a_model_of_somebody_else_is_not_saved_as_something_else() -> None:
    class Box(BaseModel):
        west: float = 1.0

    with Pipeline() as p:
        Anything(value=Box())

    with pytest.raises(ArgumentError, match="has no JSON form"):
        p.model_dump_json()
