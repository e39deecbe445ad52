"""What may be connected, and what two declarations of one thing may leave unsaid."""

from __future__ import annotations

import collections.abc
import enum
from typing import Annotated, Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.ids import shown

from dfm import Federation, Pipeline
from dfm.errors import ArgumentError
from dfm.types import ANYTHING, Array, Type


class Station(enum.StrEnum):
    OSLO = "oslo"


ARRAY = "numpy.ndarray"
STATION = f"{__name__}.Station"


def t(*kinds: str, **limits: Any) -> Type:
    return Type.of(*kinds, **limits)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (ANYTHING, t("integer")),
        (t("integer"), ANYTHING),
        (t("integer"), t("number")),
        (t("number"), t("integer", "string")),
        (t("array"), t("array", items={"type": "integer"})),
        (t("array", items={"type": "integer"}), t("array", items={"type": ["null", "number"]})),
        (t("array"), t("collections.abc.Sequence")),
        (t(STATION), t("string")),
        (t("stream", items={"type": "integer"}), t("array", "stream")),
        (t("stream"), t("object")),
        (t(ARRAY, dtype="float32"), t(ARRAY)),
        (t(ARRAY, dtype="float32"), t(ARRAY, dtype="floating", units="K")),
        (t(ARRAY, shape=[None, 3]), t(ARRAY, shape=[5, None])),
        (t(ARRAY, dims=["x"]), t("object", dims=["x"])),
        (t("xarray.Dataset", dims=["time", "lat"]), t("xarray.Dataset", dims=["lat"])),
        (t(ARRAY, "null"), t("null")),
        (t("somewhere.Unknown"), t(ARRAY)),
    ],
    ids=str,
)
def test_what_may_fit_may_be_connected(given: Type, wanted: Type) -> None:
    assert given.may_feed(wanted)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (t("integer"), t("string")),
        (t("string"), t("array")),
        (t("array", items={"type": "integer"}), t("array", items={"type": "string"})),
        (t("object", additionalProperties={"type": "integer"}),
         t("object", additionalProperties={"type": "string"})),
        (t("stream", items={"type": "integer"}), t("stream", items={"type": "string"})),
        (t("stream"), t("array")),
        (t("array"), t("stream")),
        (t("stream"), t("integer")),
        (t(ARRAY, dtype="float32"), t(ARRAY, dtype="float64")),
        (t(ARRAY, dtype="int8"), t(ARRAY, dtype="floating")),
        (t(ARRAY, dims=["time", "lat"]), t(ARRAY, dims=["lat", "time"])),
        (t(ARRAY, dims=["lat"]), t(ARRAY, shape=[3, 3])),
        (t(ARRAY, shape=[3]), t(ARRAY, shape=[4])),
        (t(ARRAY, units="K"), t(ARRAY, units="degC")),
        (t("xarray.Dataset", dims=["lat"]), t("xarray.Dataset", dims=["time", "lat"])),
        (t("xarray.Dataset", dims=["x"], shape=[2]), t("xarray.Dataset", dims=["x"], shape=[3])),
        (t("xarray.DataArray"), t("xarray.Dataset")),
        (t(ARRAY), t("array")),
    ],
    ids=str,
)  # fmt: skip
def test_what_can_not_fit_may_not(given: Type, wanted: Type) -> None:
    assert not given.may_feed(wanted)


# -- laws ------------------------------------------------------------------------------------

FACETS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["float32", "float64", "int8", "floating", "integer"]),
        "dims": st.sampled_from([["lat"], ["lat", "lon"], ["lon", "lat"]]),
        "units": st.sampled_from(["K", "m"]),
    },
)
PLAIN = st.lists(
    st.sampled_from(["string", "integer", "number", "boolean", "null", STATION]),
    min_size=1, max_size=2,
).map(lambda kinds: t(*kinds))  # fmt: skip
LEAVES = (
    PLAIN | st.builds(lambda facets: t("xarray.DataArray", **facets), FACETS) | st.just(ANYTHING)
)
TYPES = st.recursive(
    LEAVES,
    lambda inner: (
        inner.map(lambda item: t("array", items=item.schema()))
        | inner.map(lambda item: t("object", additionalProperties=item.schema()))
    ),
    max_leaves=3,
)


@st.composite
def values_of(draw: st.DrawFn, of: Type) -> Any:
    """A value of a type, and no empty list: that is of every type of lists."""
    kind = draw(st.sampled_from(of.kinds or ("integer", "string")))
    match kind:
        case "array":
            return draw(st.lists(values_of(of.part("items")), min_size=1, max_size=2))
        case "object":
            return {"a": draw(values_of(of.part("additionalProperties")))}
        case "xarray.DataArray":
            return draw(arrays(of.keywords))
    return draw(
        {
            "string": st.text(max_size=2), "integer": st.integers(),
            "number": st.floats() | st.integers(), "boolean": st.booleans(),
            "null": st.none(), STATION: st.just(Station.OSLO),
        }[kind]
    )  # fmt: skip


@st.composite
def arrays(draw: st.DrawFn, facets: Any) -> xr.DataArray:
    """An array that tells all of its facets."""
    dtypes = {"floating": ["float32", "float64"], "integer": ["int8"]}
    declared = facets.get("dtype", "int8")
    dtype = draw(st.sampled_from(dtypes.get(declared, [declared])))
    dims = facets.get("dims") or draw(st.sampled_from([["lat"], ["lat", "lon"]]))
    units = facets.get("units") or draw(st.sampled_from(["K", "m"]))
    return xr.DataArray(np.zeros((1,) * len(dims), dtype), dims=dims, attrs={"units": units})


@given(TYPES)
def test_a_type_may_feed_itself(one: Type) -> None:
    assert one.may_feed(one)


@given(TYPES, TYPES)
def test_whether_two_types_meet_does_not_depend_on_the_direction(one: Type, other: Type) -> None:
    assert one.may_feed(other) is other.may_feed(one)


@given(st.data(), TYPES)
def test_a_value_made_for_a_type_is_of_it(data: st.DataObject, one: Type) -> None:
    assert one.refusal(data.draw(values_of(one))) == ""


@given(st.data(), TYPES, TYPES)
def test_nothing_is_refused_to_be_connected_that_would_have_fitted(
    data: st.DataObject, given: Type, wanted: Type
) -> None:
    assume(not given.may_feed(wanted))

    value = data.draw(values_of(given))

    assert wanted.refusal(value) != ""


@given(TYPES)
def test_a_type_agrees_with_itself_and_with_its_schema(one: Type) -> None:
    assert one.agrees_with(one)
    assert Type.of_schema(one.schema()) == one


# -- two declarations of one thing -------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        (t("array"), t("array", items={"type": "integer"}), True),
        (t("array", items={"type": "string"}), t("array", items={"type": "integer"}), False),
        (t(ARRAY), t(ARRAY, dtype="float32", shape=[3]), True),
        (t(ARRAY, dtype="float64"), t(ARRAY, dtype="float32"), False),
        (t("xarray.DataArray"), t("xarray.core.dataarray.DataArray"), True),
        (t("integer"), t("integer", minimum=1), False),
        (t("integer"), t("integer", "null"), False),
        (t("stream", items={"type": "integer"}), t("integer"), True),
        (t("stream", items={"type": "integer"}), t("string"), False),
    ],
    ids=str,
)
def test_declarations_agree_that_differ_in_what_one_leaves_unsaid(
    one: Type, other: Type, agree: bool
) -> None:
    assert one.agrees_with(other) is agree
    assert other.agrees_with(one) is agree


@pytest.mark.parametrize(
    ("declared", "item"),
    [
        (t("stream", items={"type": "integer"}), t("integer")),
        (t("array", items={"type": "integer"}), t("integer")),
        (t("array"), ANYTHING),
        (t("integer"), t("integer")),
        (ANYTHING, ANYTHING),
    ],
    ids=str,
)
def test_the_items_of_what_arrives_as_a_stream_have_a_type(declared: Type, item: Type) -> None:
    assert declared.streamed == item


@pytest.mark.parametrize(
    ("value", "is_stream"),
    [(iter([1]), True), ((n for n in [1]), True), ([1], False), ("ab", False), (range(3), False)],
    ids=shown,
)
def test_a_stream_is_what_gives_its_items_once(value: object, is_stream: bool) -> None:
    assert (t("stream").refusal(value) == "") is is_stream
    assert isinstance(value, collections.abc.Iterator) is is_stream


# -- as an author meets it ---------------------------------------------------------------------


def test_a_mistaken_connection_names_both_ends_with_all_that_is_declared() -> None:
    fed = Federation("maps")
    site = fed.site("site")

    @site.operation("m.Load")
    def load() -> Annotated[
        np.ndarray, Array(dtype="float64", dims=("time", "lat", "lon"), units="K")
    ]: ...

    @site.operation("m.Plot")
    def plot(
        field: Annotated[np.ndarray, Array(dtype="float32", dims=("lat", "lon"), units="K")],
    ) -> str: ...

    with pytest.raises(ArgumentError) as refusal, Pipeline():
        fed.operations.m.Plot(field=fed.operations.m.Load())

    message = refusal.value.message
    assert message.startswith(
        "argument 'field' of m.Plot: expected numpy.ndarray of float32 (lat, lon) in K,"
        " but m.Load ("
    )
    assert message.endswith(") returns numpy.ndarray of float64 (time, lat, lon) in K")
    assert "test_feeds.py:" in message
