"""Whether all values of one type are of another; whoever is not sure says no."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.types import ANYTHING, Type


def t(*kinds: str, **limits: Any) -> Type:
    return Type.of(*kinds, **limits)


NUMBERS, INTEGERS = {"type": "number"}, {"type": "integer"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (t("number"), ANYTHING),
        (ANYTHING, ANYTHING),
        (t("integer"), t("number")),
        (t("number"), t("number", "null")),
        (t("integer", minimum=2), t("number", minimum=1)),
        (t("integer", minimum=2, maximum=3), t("number", maximum=3)),
        (t("array", maxItems=5), t("array", maxItems=10)),
        (t("array", items=INTEGERS), t("array", items=NUMBERS)),
        (t("array", items=INTEGERS, maxItems=2), t("array")),
        (t("stream", items=INTEGERS), t("stream", "array", items=INTEGERS)),
        (t("string", enum=["a", "b"]), t("string", enum=["a", "b"])),
        (t("a.B"), t("a.B", "a.C")),
        (t("a.B", dtype="f4"), t("a.B", dtype="float32")),
    ],
)
def test_a_type_that_is_narrower_is_within(given: Type, wanted: Type) -> None:
    assert given.is_within(wanted)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (ANYTHING, t("number")),
        (t("number"), t("integer")),
        (t("number", "null"), t("number")),
        (t("integer"), t("number", minimum=1)),
        (t("integer", minimum=1), t("number", minimum=2)),
        (t("integer", exclusiveMinimum=2), t("number", minimum=2)),
        (t("array"), t("array", items=NUMBERS)),
        (t("array", items=NUMBERS), t("array", items=INTEGERS)),
        (t("array", items=INTEGERS), t("array", items=False)),
        (t("stream", items=INTEGERS), t("integer")),
        (t("a.B"), t("object")),
        (t("a.B"), t("a.C")),
        (t("a.B"), t("a.B", dtype="float32")),
        (t("integer"), Type.of(minimum=1)),
        (
            t("object", additionalProperties=False, properties={"a": NUMBERS}),
            t("object", additionalProperties=False),
        ),
    ],
)
def test_what_may_be_something_else_is_not(given: Type, wanted: Type) -> None:
    assert not given.is_within(wanted)


PLAIN = st.sampled_from(["number", "integer", "string", "null", "boolean"])
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "minimum": st.integers(-3, 3),
        "exclusiveMaximum": st.integers(-3, 3),
        "maxLength": st.integers(0, 3),
        "enum": st.sampled_from([[1, "a"], [1]]),
    },
)
SIMPLE = st.builds(lambda kinds, limits: t(*kinds, **limits), st.sets(PLAIN, max_size=3), LIMITS)
LISTS = st.builds(
    lambda items, limits: t("array", items=items.schema(), **limits),
    SIMPLE,
    st.fixed_dictionaries({}, optional={"maxItems": st.integers(0, 2), "minItems": st.just(1)}),
)
MEMBERS = st.dictionaries(st.sampled_from("ab"), SIMPLE.map(Type.schema), max_size=2)
DICTS = st.builds(
    lambda members, others: t("object", properties=members, additionalProperties=others),
    MEMBERS,
    st.booleans() | SIMPLE.map(Type.schema),
)
TYPES = SIMPLE | LISTS | DICTS
ATOMS = st.none() | st.booleans() | st.integers(-4, 4) | st.floats(-4, 4) | st.sampled_from("abcde")
VALUES = (
    ATOMS | st.lists(ATOMS, max_size=3) | st.dictionaries(st.sampled_from("abc"), ATOMS, max_size=2)
)


def with_more(one: Type, limits: dict[str, Any]) -> Type:
    """A type with other limits: often, but not always, within the first one."""
    return t(*one.kinds, **{**one.keywords, **limits})


@given(TYPES, LIMITS | st.builds(lambda members: {"properties": members}, MEMBERS), st.data())
def test_every_value_of_a_type_within_another_is_of_that(
    wide: Type, limits: dict[str, Any], data: st.DataObject
) -> None:
    narrow = data.draw(st.just(with_more(wide, limits)) | TYPES)
    values = data.draw(st.lists(VALUES, max_size=20))

    if narrow.is_within(wide):
        assert [v for v in values if not narrow.refusal(v) and wide.refusal(v)] == []


@given(TYPES)
def test_every_type_is_within_itself_and_within_anything(one: Type) -> None:
    assert one.is_within(one)
    assert one.is_within(ANYTHING)


@given(TYPES, TYPES, TYPES)
def test_within_carries_over(a: Type, b: Type, c: Type) -> None:
    if a.is_within(b) and b.is_within(c):
        assert a.is_within(c)
