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


def containers(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@given(containers(scalars | containers(scalars)))
def test_of_a_small_value_every_part_counts(value: Any) -> None:
    def size(part: Any) -> int:
        match part:
            case None | bool():
                return 1
            case int() | float():
                return 8
            case str():
                return len(part)
            case dict():
                return 1 + sum(size(k) + size(v) for k, v in part.items())
        return 1 + sum(size(v) for v in part)

    assert estimate_size(value) == size(value)


@pytest.mark.parametrize(
    ("kind", "each"),
    [(list, 8), (tuple, 8), (set, 8), (dict.fromkeys, 9)],
    ids=["list", "tuple", "set", "dict"],
)
@given(count=st.integers(0, 10_000))
def test_of_a_large_value_of_like_parts_the_size_is_known_all_the_same(
    kind: Any, each: int, count: int
) -> None:
    assert estimate_size(kind(range(count))) == 1 + each * count


def test_a_value_that_is_a_part_of_itself_has_a_size() -> None:
    value: list[Any] = [1, 2]
    value.append(value)

    assert estimate_size(value) > 0


def test_a_value_that_answers_to_any_name_is_not_asked() -> None:
    class Remote:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"asked for {name}")

    assert estimate_size(Remote()) == 16


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

    assert [t.bytes for t in report.transfers] == [size]
    assert [t.size_from for t in report.transfers] == ["declared" if size > 40_000 else "type"]
    assert [s.bytes_out for s in report.steps] == [size, 1]
