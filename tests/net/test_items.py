"""What a loop goes through, for every kind of value there is."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import xarray as xr
from pydantic import BaseModel

from dfm.errors import ArgumentError
from dfm.net import items_of


def count_to(number: int) -> Iterator[int]:
    yield from range(number)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ([1, None], [1, None]),
        ((1, (2,)), [1, (2,)]),
        ([], []),
        ({"a": 1, "b": 2}, [("a", 1), ("b", 2)]),
        (OrderedDict(a=1), [("a", 1)]),
        ({"a": 1}.keys(), ["a"]),
        ({"a": 1}.values(), [1]),
        ({"a": 1}.items(), [("a", 1)]),
        (range(3), [0, 1, 2]),
        (deque([1, 2]), [1, 2]),
        (iter("ab"), ["a", "b"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_gone_through_in_its_order(value: Any, items: list[Any]) -> None:
    assert list(items_of(value)) == items


def test_a_generator_is_asked_for_one_item_at_a_time() -> None:
    source = count_to(3)

    first = next(items_of(source))

    assert (first, next(source)) == (0, 1)


def test_an_array_is_gone_through_along_its_first_axis() -> None:
    rows = list(items_of(np.arange(6).reshape(3, 2)))

    assert [row.tolist() for row in rows] == [[0, 1], [2, 3], [4, 5]]


FIELD = xr.DataArray(np.arange(6).reshape(3, 2), dims=("time", "x"), coords={"time": [7, 8, 9]})


@pytest.mark.parametrize(("dim", "count"), [(None, 3), ("time", 3), ("x", 2)])
def test_a_labelled_array_is_gone_through_along_the_dimension_named_or_the_first(
    dim: str | None, count: int
) -> None:
    slices = list(items_of(FIELD, dim))

    assert len(slices) == count
    assert slices[1].identical(FIELD.isel({dim or "time": 1}))


def test_a_dataset_is_gone_through_along_a_dimension() -> None:
    data = xr.Dataset({"a": FIELD})

    assert [int(d.time) for d in items_of(data, "time")] == [7, 8, 9]
    with pytest.raises(ArgumentError) as refusal:
        items_of(data)
    assert refusal.value.message == "ForEach over a dataset needs the dimension to go along"
    assert refusal.value.hint == "dim=, one of 'time', 'x'"


def test_a_dataset_with_one_dimension_needs_no_name() -> None:
    assert len(list(items_of(xr.Dataset({"a": ("x", [1, 2])})))) == 2


class Model(BaseModel):
    a: int = 1


@pytest.mark.parametrize(
    "value",
    ["text", b"bytes", bytearray(b"b"), {1, 2}, frozenset({1}), 7, None, Model(), np.array(1)],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_items_in_an_order_is_refused(value: Any) -> None:
    with pytest.raises(ArgumentError, match="ForEach can not go through") as refusal:
        items_of(value)

    assert refusal.value.hint


@pytest.mark.parametrize("dim", ["y", "times"])
def test_a_dimension_that_is_not_there_is_refused(dim: str) -> None:
    with pytest.raises(ArgumentError, match="but the value has 'time', 'x'"):
        items_of(FIELD, dim)


def test_an_array_without_dimensions_is_refused() -> None:
    with pytest.raises(ArgumentError, match="no dimension"):
        items_of(xr.DataArray(1))


@pytest.mark.parametrize("value", [[1], np.arange(3), {"time": 1}])
def test_only_what_has_dimensions_is_gone_through_along_one(value: Any) -> None:
    with pytest.raises(ArgumentError, match="goes along the dimension 'time', but got") as refusal:
        items_of(value, "time")

    assert refusal.value.hint == "an xarray object, or no dim"
