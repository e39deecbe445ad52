"""Types of arrays and streams in the federation file."""

from __future__ import annotations

import pytest

from dfm.errors import FederationError
from dfm.federation import parse_federation
from dfm.federation.models import OperationSpec
from dfm.types import ANYTHING, Type


def operation(parameter: str = "{}", returns: str = "object") -> OperationSpec:
    spec = parse_federation(f"""
dfm: 1.0.0
info: {{api-version: 1.0.0, code-package: fed}}
schemas:
  m.Field: {{type: xarray.DataArray, dims: [lat, lon], units: K}}
operations: {{a.B: {{parameters: {{p: {parameter} }}, returns: {returns} }}}}
sites: {{hub: {{interface: {{"#/operations/a.B": {{adapter: m.B, args: from-operation}}}}}}}}
""")
    return spec.operations["a.B"]


ARRAY = "numpy.ndarray"
TEXTS = [
    (
        "{type: numpy.ndarray, dtype: <f4, shape: [null, 64], dims: [time, lat], units: K}",
        Type.of(ARRAY, dtype="float32", shape=[None, 64], dims=["time", "lat"], units="K"),
    ),
    ("{type: numpy.ndarray, unit: K, dtype: ~}", Type.of(ARRAY, units="K")),
    ("{type: [numpy.ndarray, 'null'], units: m}", Type.of(ARRAY, "null", units="m")),
    ("{$ref: '#/schemas/m.Field'}", Type.of("xarray.DataArray", dims=["lat", "lon"], units="K")),
    ("{type: object, size: 1e6}", Type.of("object", size=1_000_000)),
    ("{type: stream, items: {type: integer}}", Type.of("stream", items={"type": "integer"})),
    ("{type: array, items: {type: numpy.ndarray, dtype: i2}}",
     Type.of("array", items={"type": ARRAY, "dtype": "int16"})),
    ("{type: number, units: K, dims: 3, shape: round, dtype: any}", Type.of("number")),
    ("{type: number, unit: K}", Type.of("number")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "type_"), TEXTS)
def test_a_parameter_may_say_what_an_array_is_like(text: str, type_: Type) -> None:
    assert operation(parameter=text).parameters[0].type == type_


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        *TEXTS,
        ("stream", Type.of("stream")),
        ("{type: object}", Type.of("object")),
        ("{}", ANYTHING),
    ],
)
def test_what_is_returned_may_be_a_schema(text: str, type_: Type) -> None:
    assert operation(returns=text).returns == type_


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("{type: numpy.ndarray, dtype: flaot32}", "there is no dtype 'flaot32'", "'float32'"),
        ("{type: numpy.ndarray, dtype: 32}", "dtype must be text", "quotes"),
        ("{type: numpy.ndarray, dims: lat}", "dims must be a list of names", "[lat]"),
        ("{type: numpy.ndarray, dims: [x, x]}", "dims must be a list of different names", "lat"),
        ("{type: numpy.ndarray, shape: [-1]}", "shape must be a list of lengths", "null"),
        (
            "{type: numpy.ndarray, shape: [1], dims: [x, y]}",
            "shape has 1 lengths for 2 dims",
            "any",
        ),
        ("{type: numpy.ndarray, units: 3}", "units must be text", "quotes"),
        ("{type: numpy.ndarray, dtpye: f4}", "no key 'dtpye'", "'dtype'"),
        ("{type: object, size: -1}", "size must be from 0", ""),
        ("{type: streem}", "there is no type 'streem'", "'stream'"),
    ],
)
def test_what_makes_no_sense_is_reported_where_it_stands(text: str, said: str, hint: str) -> None:
    with pytest.raises(FederationError) as refusal:
        operation(parameter=text)

    (problem,) = refusal.value.problems
    assert said in problem.message
    assert hint in problem.hint
    assert ":6:" in problem.at
