"""Which type an annotation means."""

from __future__ import annotations

import datetime
import enum
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NewType, Optional, Protocol, TypedDict, TypeVar

import annotated_types as at
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import xarray as xr
from pydantic import BaseModel, Field

from dfm.errors import DeclarationError
from dfm.types import ANYTHING, Array, Type

HERE = __name__
Degrees = NewType("Degrees", float)
Text = TypeVar("Text", bound=str)


class Model(BaseModel):
    x: int = 1


@dataclass
class Record:
    x: int = 1


class Level(enum.Enum):
    LOW = 1


class Row(TypedDict, total=False):
    name: str
    values: list[int]


class HasArea(Protocol):
    def area(self) -> float: ...


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (list[int], "array of integer"),
        (list[list[int | None]], "array of array of (integer or null)"),
        (Sequence[float], "array of number or collections.abc.Sequence"),
        (tuple[int, ...], "array of integer"),
        (tuple[int, str], "array of (integer or string)"),
        (dict[str, float], "object of number"),
        (Mapping[str, float], "collections.abc.Mapping"),
        (Optional[list[str]], "array of string or null"),  # noqa: UP045
        (list[int] | list[str], "array"),
        (int | Any, "anything"),
        (bool | None, "boolean or null"),
        (Degrees, "number"),
        (Text, "string"),
        (TypeVar("Free"), "anything"),
        (complex, "builtins.complex or number"),
        (Final[int], "integer"),
        (Model, f"{HERE}.Model"),
        (Record, f"{HERE}.Record"),
        (Level, f"{HERE}.Level"),
        (Row, "object"),
        (HasArea, "anything"),
        (Callable[[int], int], "collections.abc.Callable"),
        (npt.NDArray[np.float32], "numpy.ndarray of float32"),
        (npt.NDArray[np.floating[Any]], "numpy.ndarray of floating"),
        (npt.NDArray[Any], "numpy.ndarray"),
        (np.ndarray[tuple[int, Literal[3]], np.dtype[np.int16]], "numpy.ndarray of int16 (?, 3)"),
        (npt.ArrayLike, "anything"),
        (xr.DataArray, "xarray.DataArray"),
        (xr.Dataset | None, "null or xarray.Dataset"),
        (pd.DataFrame, "pandas.DataFrame"),
        (Iterator[int], "stream of integer"),
        (AsyncIterator[str], "stream of string"),
        (Generator[int, None, None], "stream of integer"),
        (Iterator, "stream"),
        (Iterable[int], "array of integer or object or stream of integer"),
        (AsyncIterable, "array or object or stream"),
        ("a forward reference", "anything"),
        (3, "anything"),
        ([int], "anything"),
    ],
    ids=str,
)
def test_an_annotation_means_a_type(annotation: object, text: str) -> None:
    assert str(Type.of_annotation(annotation)) == text


@pytest.mark.parametrize(
    ("annotation", "type_"),
    [
        (tuple[int, int], Type.of("array", items={"type": "integer"}, minItems=2, maxItems=2)),
        (Literal["a", 1], Type.of("string", "integer", enum=["a", 1])),
        (Literal["a"] | None, Type.of("string", "null", enum=["a", None])),
        (Literal["a"] | int, Type.of("string", "integer")),
        (Literal[Level.LOW], Type.of(f"{HERE}.Level")),
        (
            Row,
            Type.of(
                "object",
                properties={
                    "name": {"type": "string"},
                    "values": {"type": "array", "items": {"type": "integer"}},
                },
                required=[],
            ),
        ),
        (Annotated[int, Field(ge=1, lt=9)], Type.of("integer", minimum=1, exclusiveMaximum=9)),
        (Annotated[float, at.Interval(gt=0, le=1)],
         Type.of("number", exclusiveMinimum=0, maximum=1)),
        (Annotated[list[int], at.Len(1, 3)],
         Type.of("array", items={"type": "integer"}, minItems=1, maxItems=3)),
        (Annotated[str, Field(min_length=2, pattern="^a")],
         Type.of("string", minLength=2, pattern="^a")),
        (Annotated[int, Type.of("integer", minimum=1), "rows"], Type.of("integer", minimum=1)),
        (Annotated[datetime.date, at.Gt(datetime.date(2000, 1, 1))], Type.of("datetime.date")),
        (Annotated[int, 3, "why"], Type.of("integer")),
        (Annotated[int, Field(ge=1)] | None, Type.of("integer", "null", minimum=1)),
        (Annotated[int, Field(ge=1)] | float, Type.of("integer", "number")),
        (Any, ANYTHING),
        (object, ANYTHING),
    ],
    ids=str,
)  # fmt: skip
def test_limits_come_from_what_the_annotation_says(annotation: object, type_: Type) -> None:
    assert Type.of_annotation(annotation) == type_


def test_an_array_says_its_facets_beside_its_class() -> None:
    field = Annotated[xr.DataArray, Array(dtype=np.float32, dims=("lat", "lon"), units=" K ")]

    assert Type.of_annotation(field | None) == Type.of(
        "xarray.DataArray", "null", dtype="float32", dims=["lat", "lon"], units="K"
    )


def test_facets_that_two_members_of_a_union_have_otherwise_are_left_out() -> None:
    single = Annotated[np.ndarray, Array(dtype="float32", units="K")]
    double = Annotated[xr.DataArray, Array(dtype="float64", units="K")]

    assert Type.of_annotation(single | double) == Type.of(
        "numpy.ndarray", "xarray.DataArray", units="K"
    )


@pytest.mark.parametrize(
    ("facets", "said", "hint"),
    [
        ({"dtype": "flaot32"}, "there is no dtype 'flaot32'", "float32"),
        ({"dims": "lat"}, "dims must be a list of different names", "lat"),
        ({"dims": ["lat", "lat"]}, "dims must be a list of different names", "lat"),
        ({"shape": [-1]}, "shape must be a list of lengths", "null"),
        ({"shape": [1.0]}, "shape must be a list of lengths", "null"),
        ({"shape": 3}, "shape must be a list of lengths", "null"),
        ({"shape": [1, 2], "dims": ["lat"]}, "shape has 2 lengths for 1 dims", "a length for each"),
        ({"units": ""}, "units must be some text", "K"),
    ],
    ids=str,
)
def test_a_facet_that_makes_no_sense_is_refused_where_it_is_written(
    facets: dict[str, Any], said: str, hint: str
) -> None:
    with pytest.raises(DeclarationError) as refusal:
        Array(**facets)

    assert said in refusal.value.message
    assert hint in refusal.value.hint
