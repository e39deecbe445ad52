"""What is declared of arrays, held against arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from dfm.types import Type
from dfm.types.dtypes import dtype_bytes, dtype_name, dtypes_meet

FIELD = Type.of("xarray.DataArray", dtype="float32", dims=["lat", "lon"], units="K")


def field(
    dims: tuple[str, ...] = ("lat", "lon"), dtype: str = "float32", **attributes: Any
) -> xr.DataArray:
    return xr.DataArray(np.zeros((2,) * len(dims), dtype), dims=dims, attrs=attributes)


def test_an_array_that_is_what_was_declared_is_taken() -> None:
    assert FIELD.refusal(field(units="K")) == ""


@pytest.mark.parametrize("attributes", [{}, {"units": " K "}, {"units": None}], ids=str)
def test_an_array_is_refused_only_for_what_it_tells(attributes: dict[str, Any]) -> None:
    assert FIELD.refusal(field(**attributes)) == ""


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (field(units="degC"), "xarray.DataArray of float32 (lat: 2, lon: 2) in degC"),
        (field(dtype="float64"), "xarray.DataArray of float64 (lat: 2, lon: 2)"),
        (field(("lon", "lat")), "xarray.DataArray of float32 (lon: 2, lat: 2)"),
        (field(("t", "lat", "lon")), "xarray.DataArray of float32 (t: 2, lat: 2, lon: 2)"),
        (np.zeros(2), "numpy.ndarray"),
        (3, "int (3)"),
    ],
    ids=["units", "dtype", "order", "rank", "class", "plain"],
)
def test_another_array_is_refused_with_all_that_it_tells(value: object, got: str) -> None:
    why = FIELD.refusal(value)

    assert why == f"expected xarray.DataArray of float32 (lat, lon) in K, got {got}"


@pytest.mark.parametrize(
    ("facets", "value", "taken"),
    [
        ({"shape": [None, 3]}, np.zeros((5, 3)), True),
        ({"shape": [None, 3]}, np.zeros((5, 4)), False),
        ({"shape": [None, 3]}, np.zeros(3), False),
        ({"dims": ["x", "y"]}, np.zeros((2, 2)), True),
        ({"dims": ["x", "y"]}, np.zeros(2), False),
        ({"units": "K"}, np.zeros(2), True),
        ({"dtype": "floating"}, np.zeros(2, "f4"), True),
        ({"dtype": "floating"}, np.zeros(2, "i4"), False),
        ({"dtype": "str"}, np.array(["abc"]), True),
        ({"dtype": "float32"}, np.zeros(2, ">f4"), True),
        ({"dtype": "datetime64"}, np.zeros(2, "M8[s]"), True),
        ({"dtype": "datetime64[ns]"}, np.zeros(2, "M8[s]"), False),
        ({"dtype": "float32"}, np.zeros(2, [("a", "f4")]), False),
    ],
    ids=str,
)
def test_an_array_of_numpy_has_the_declared_shape_and_dtype(
    facets: dict[str, Any], value: object, taken: bool
) -> None:
    assert (Type.of("numpy.ndarray", **facets).refusal(value) == "") is taken


DATASET = xr.Dataset({"tas": field(units="K"), "pr": field(("t", "lat", "lon"), units="K")})


@pytest.mark.parametrize(
    ("facets", "got"),
    [
        ({"dims": ["lon", "lat"], "dtype": "float32", "units": "K"}, ""),
        ({"dims": ["t"], "shape": [2]}, ""),
        ({"dims": ["t"], "shape": [3]}, "xarray.Dataset (lat: 2, lon: 2, t: 2)"),
        ({"dims": ["time"]}, "xarray.Dataset (lat: 2, lon: 2, t: 2)"),
        ({"dtype": "float64"}, "xarray.Dataset with 'tas' of float32"),
        ({"units": "degC"}, "xarray.Dataset with 'tas' in K"),
    ],
    ids=str,
)
def test_a_dataset_has_at_least_the_dims_and_its_variables_the_rest(
    facets: dict[str, Any], got: str
) -> None:
    assert Type.of("xarray.Dataset", **facets).refusal(DATASET).partition("got ")[2] == got


def test_a_table_has_the_dtype_in_each_column_whatever_their_names() -> None:
    table = pd.DataFrame({"dtype": [1.0], "sizes": [2.0]})
    wanted = Type.of("pandas.DataFrame", dtype="float64", shape=[None, 2])

    assert wanted.refusal(table) == ""
    assert "pandas.DataFrame with 'n' of int64" in wanted.refusal(table.assign(n=1)[["n", "sizes"]])
    assert "(1, 3)" in wanted.refusal(table.assign(n=1.0))


def test_nothing_is_computed_to_check_an_array() -> None:
    class Lazy:
        dtype = np.dtype("float32")
        shape = (10**9, 10**9)

        def __array__(self) -> None:
            raise AssertionError("computed")

    assert Type.of("object", dtype="float32", shape=[None, 10**9]).refusal(Lazy()) == ""
    assert Type.of("object", dtype="int8").refusal(Lazy()) != ""


NUMBERS = [*"bBhHiIlLqQefdgFDG"]
DTYPES = [*NUMBERS, *"?OUSMm"]


@pytest.mark.parametrize("code", DTYPES)
def test_every_dtype_of_numpy_has_one_name(code: str) -> None:
    dtype = np.dtype(code)

    names = {
        dtype_name(dtype),
        dtype_name(dtype.type),
        dtype_name(dtype.str),
        dtype_name(dtype.name),
    }

    assert len(names) == 1
    assert dtype_bytes(names.pop()) == (dtype.itemsize if code not in "OUS" else None)


ABSTRACT = ("number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating",
            "complexfloating")  # fmt: skip


@given(st.sampled_from([*NUMBERS, "?"]), st.sampled_from(ABSTRACT))
def test_an_abstract_dtype_has_the_members_that_it_has_in_numpy(code: str, abstract: str) -> None:
    concrete = np.dtype(code)

    meets = dtypes_meet(dtype_name(concrete), abstract)

    assert meets is np.issubdtype(concrete, getattr(np, abstract))
    assert meets is dtypes_meet(abstract, dtype_name(concrete))
