"""Any value as JSON or as a line."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from dfm.view.values import one_line, to_json

ATOMS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JSON_VALUES = st.recursive(
    ATOMS | st.floats(allow_nan=False, allow_infinity=False),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=4), v, max_size=4),
    max_leaves=12,
)


@dataclass
class Point:
    x: int
    y: object = None


class Model(BaseModel):
    name: str


class Colour(Enum):
    RED = "red"


@given(JSON_VALUES)
def test_a_json_value_stays_as_it_is(value: Any) -> None:
    assert to_json(value) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ((1, 2), [1, 2]),
        ({2, 1}, [1, 2]),
        ({1860: 280.5}, {"1860": 280.5}),
        (Point(1), {"x": 1, "y": None}),
        (Model(name="a"), {"name": "a"}),
        (Colour.RED, "red"),
        (datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01T00:00:00+00:00"),
        (np.float32(0.5), 0.5),
        (np.array(3), 3),
        (float("nan"), {"summary": "nan"}),
        (np.zeros((2, 3)), {"summary": "numpy.ndarray, shape 2×3, float64, 48 B"}),
        (Point(0, b"ab"), {"x": 0, "y": {"summary": "bytes, 2 B"}}),
        (object(), {"summary": "object"}),
    ],
)
def test_other_values_are_shown_as_json_can(value: object, shown: object) -> None:
    assert to_json(value) == shown


@pytest.mark.parametrize(
    "value", [pd.DataFrame({"a": [1]}), {("a", 1): {b"x"}}, [float("inf"), object()], Point(1, len)]
)
def test_whatever_the_value_the_json_is_strict(value: object) -> None:
    assert json.dumps(to_json(value), allow_nan=False)


def test_a_value_that_holds_itself_ends() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert json.dumps(to_json(endless))


@given(JSON_VALUES | st.binary() | st.text())
def test_a_line_is_one_line_and_not_too_long(value: object) -> None:
    line = one_line(value, longest=40)

    assert "\n" not in line
    assert len(line) < 70


def test_a_dataset_is_summarised_and_not_taken_apart() -> None:
    dataset = xr.Dataset({"t": ("x", [1.0, 2.0])}, coords={"x": [10, 20]}, attrs={"unit": "K"})

    (shown,) = to_json([dataset])

    assert shown.keys() == {"summary"}
    assert shown["summary"].startswith("xarray.")
    assert "Dimensions: (x: 2)" in shown["summary"]
    assert one_line(dataset) == shown["summary"]


def test_a_mapping_of_any_other_kind_is_an_object() -> None:
    assert to_json(MappingProxyType({"attrs": 1})) == {"attrs": 1}
