"""The values of parameter places are checked against what they are for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.api.climate import FEDERATION, Anything, Difference, LoadField, Mean
from tests.compiler.plans import compiled

from dfm.api import Pipeline, PlaceParam, Yield
from dfm.errors import ParameterSetError
from dfm.net import Frame, PreparedPipeline
from dfm.types import Type
from dfm.wire import Codecs


def prepared() -> PreparedPipeline:
    """A pipeline with parameters of several types."""
    with Pipeline(name="p") as p:
        field = LoadField(
            scenario=PlaceParam("scenario"),
            first=PlaceParam("year", multiuse=True),
            last=PlaceParam("year", multiuse=True),
            unit=PlaceParam("unit"),
            site="institute_b",
        )
        Mean(field=field, weight=PlaceParam("weight"))
        Anything(value=PlaceParam("anything"))
        Anything(value=[PlaceParam("inside")])
        Yield(value=PlaceParam("yielded"), place="out")
    return compiled(p, FEDERATION, homesite="desk")


GOOD = {
    "scenario": "A1B", "year": 1990, "unit": "kelvin", "weight": 0.5, "anything": object(),
    "inside": object(), "yielded": object(),
}  # fmt: skip


def check(**changed: Any) -> None:
    prepared().check_input_params([(Frame([0]), GOOD), (Frame([1]), GOOD | changed)])


@pytest.mark.parametrize(
    "changed",
    [{}, {"weight": None}, {"weight": 1}, {"weight": np.float32(1)}, {"year": np.int64(1900)}],
    ids=repr,
)
def test_values_of_the_declared_types_are_accepted(changed: dict[str, Any]) -> None:
    check(**changed)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"scenario": 3}, "'scenario' of climate.LoadField: expected one of 'A1B', 'E1', got int"),
        ({"scenario": "A2"}, "expected one of 'A1B', 'E1', got str ('A2')"),
        ({"year": "1990"}, "'first' of climate.LoadField: expected integer, got str ('1990')"),
        ({"year": 1600}, "'first' of climate.LoadField: Input should be greater than or equal"),
        ({"year": None}, "'first' of climate.LoadField: expected integer, got NoneType"),
        ({"unit": 3}, "'unit' of climate.LoadField: expected string, got int (3)"),
        ({"weight": "much"}, "'weight' of climate.Mean: expected number, got str ('much')"),
    ],
)
def test_a_value_of_another_type_is_refused_where_it_is_used(
    changed: dict[str, Any], why: str
) -> None:
    with pytest.raises(ParameterSetError) as refusal:
        check(**changed)

    assert refusal.value.message.startswith(f"parameter set 1, {next(iter(changed))!r}: argument")
    assert why in refusal.value.message
    assert "test_uses.py:" in refusal.value.at


def test_only_what_can_be_refused_is_noted_and_that_once() -> None:
    with Pipeline() as p:
        for _ in range(3):
            LoadField(scenario="E1", first=PlaceParam("year", multiuse=True))
        Anything(value=PlaceParam("anything"))

    checks = compiled(p, FEDERATION, homesite="desk").param_checks

    assert {place: [use.type for use in uses] for place, uses in checks.items()} == {
        "year": [Type.of("integer", minimum=1860)]
    }


def test_a_result_in_place_of_a_parameter_needs_no_check() -> None:
    with Pipeline() as p:
        Difference(a=Mean(field=LoadField(scenario="E1", first=1990)), b=1)

    assert compiled(p, FEDERATION, homesite="desk").param_checks == {}


def test_what_is_noted_travels_with_the_pipeline() -> None:
    codecs = Codecs()

    assert codecs.unpack(codecs.pack(prepared())) == prepared()
