"""How large the values of a type are, as far as the type tells."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm import ComputeCost, Federation, Pipeline, Yield
from dfm.compiler import compile_pipeline
from dfm.types import ANYTHING, Array, Type, estimate_size
from dfm.wire import Codecs


@pytest.mark.parametrize(
    ("type_", "size"),
    [
        (Type.of("numpy.ndarray", dtype="float32", shape=[10, 20]), 800),
        (Type.of("numpy.ndarray", "null", dtype="float32", shape=[10, 20]), 800),
        (Type.of("numpy.ndarray", dtype="datetime64[ns]", shape=[3]), 24),
        (Type.of("numpy.ndarray", dtype="float32", shape=[]), 4),
        (Type.of("object", size=1_000_000), 1_000_000),
        (Type.of("number"), 8),
        (Type.of("integer", "boolean"), 8),
        (Type.of("array", items={"type": "number"}, minItems=3, maxItems=3), 25),
        (Type.of("numpy.ndarray", dtype="float32", shape=[None, 20]), None),
        (Type.of("numpy.ndarray", dtype="floating", shape=[20]), None),
        (Type.of("numpy.ndarray", shape=[20]), None),
        (Type.of("numpy.ndarray", dtype="float32"), None),
        (Type.of("array", items={"type": "number"}, maxItems=3), None),
        (Type.of("integer", "string"), None),
        (Type.of("stream", items={"type": "integer"}), None),
        (ANYTHING, None),
    ],
    ids=str,
)
def test_a_type_tells_how_large_its_values_are(type_: Type, size: int | None) -> None:
    assert type_.estimated_bytes() == size


@given(
    st.lists(st.integers(0, 5), max_size=3),
    st.sampled_from(["float32", "int8", "complex128", "M8[s]"]),
)
def test_the_size_that_a_type_tells_is_that_of_the_value(shape: list[int], dtype: str) -> None:
    value: Any = np.zeros(shape, dtype)

    told = Type.of("numpy.ndarray", dtype=dtype, shape=shape).estimated_bytes()

    assert told == estimate_size(value)


Field = Annotated[np.ndarray, Array(dtype="float32", shape=(100, 100))]


@pytest.mark.parametrize(
    ("cost", "size"),
    [
        (None, 40_000),
        (ComputeCost(fixed_time=1.0), 40_000),
        (ComputeCost(fixed_size=70_000), 70_000),
    ],
    ids=["no cost", "a cost that says no size", "a cost that says the size"],
)
def test_a_plan_takes_sizes_from_types_where_no_cost_says_them(
    cost: ComputeCost | None, size: int
) -> None:
    fed = Federation("fields")
    home, far = fed.site("home"), fed.site("far")

    @far.operation("m.Load", cost=cost)
    def load() -> Field: ...

    @home.operation("m.Use")
    def use(field: Field) -> bool: ...

    with Pipeline(name="p") as p:
        Yield(value=fed.operations.m.Use(field=fed.operations.m.Load()))

    report = compile_pipeline(p, fed.spec, homesite="home", codecs=Codecs()).report

    assert [(t.bytes, t.assumed) for t in report.transfers] == [(size, False)]
    assert [s.bytes_out for s in report.steps] == [size, 1]
