"""What limits refuse, and how they say so."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError
from tests.ids import shown
from typing_extensions import Annotated  # noqa: UP035  (pydantic reads either)

from dfm.errors import DeclarationError
from dfm.types import Type

ROWS = Type.of(
    "array",
    items={
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 3}},
        "additionalProperties": {"type": "number"},
        "required": ["name"],
    },
)


@pytest.mark.parametrize(
    ("wanted", "value", "why"),
    [
        (Type.of("integer", minimum=2), 1, "should be greater than or equal to 2, got int (1)"),
        (Type.of("number", exclusiveMaximum=1), 1.0, "Input should be less than 1, got"),
        (Type.of("number", maximum=1), float("nan"), "less than or equal to 1, got float (nan)"),
        (Type.of("integer", multipleOf=5), 7, "a multiple of 5, got int (7)"),
        (Type.of("number", multipleOf=0.5), float("inf"), "a multiple of 0.5"),
        (Type.of("string", minLength=2), "a", "String should have at least 2 characters, got"),
        (Type.of("string", maxLength=1), "ab", "String should have at most 1 character, got"),
        (Type.of("string", pattern="^a+$"), "aab", "String should match pattern '^a+$', got"),
        (Type.of("string", pattern="^a+$"), "aa\n", "String should match pattern '^a+$', got"),
        (Type.of("array", minItems=1), [], "List should have at least 1 item, got list ([])"),
        (Type.of("array", maxItems=1), (1, 2), "List should have at most 1 item, got tuple"),
        (Type.of("array", uniqueItems=True), [1, 1], "List should have no item twice"),
        (Type.of("array", uniqueItems=True), [[1], [1]], "List should have no item twice"),
        (Type.of("array", items={"type": "integer"}), [1, 2, "x"],
         "expected integer at [2], got str ('x')"),
        (Type.of("array", items={"type": "integer", "minimum": 1}), [1, 0],
         "Input should be greater than or equal to 1 at [1], got int (0)"),
        (Type.of("object", maxProperties=0), {"a": 1}, "Object should have at most 0 keys"),
        (Type.of("object", properties={"a": {}}, additionalProperties=False), {"b": 1},
         "'b' is not one of the keys 'a'"),
        (ROWS, [{"name": "a"}, {}], "'name' is missing at [1], got dict ({})"),
        (ROWS, [{"name": "long"}], "at most 3 characters at [0]['name'], got str ('long')"),
        (ROWS, [{"name": "a", "x": "1"}], "expected number at [0]['x'], got str ('1')"),
        (Type.of("integer", enum=[1, 2]), True, "expected one of 1, 2, got bool (True)"),
        (Type.of("array", enum=[[1]]), [True], "expected one of [1], got list ([True])"),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_beyond_a_limit_is_refused(wanted: Type, value: object, why: str) -> None:
    assert why in wanted.refusal(value)


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (ROWS, [{"name": "abc", "x": 1, "y": 2.5}]),
        (Type.of("number", multipleOf=0.1), 0.3),
        (Type.of("number", multipleOf=0.5), 10**400),
        (Type.of("string", pattern="^a"), "ab"),
        (Type.of("string", pattern=r"^\p{L}+$"), "größe"),
        (Type.of("string", pattern="(?m)^a$"), "a\nb"),
        (Type.of("string", pattern=r"^[$]\$$"), "$$"),
        (Type.of("integer", "string", minimum=3), "below 3 in no sense"),
        (Type.of("array", enum=[[1, {"a": 2}]]), (1, {"a": 2})),
        (Type.of("array", uniqueItems=True), [1, True, "1"]),
        (Type.of("array", items=True), [1]),
        (Type.of("array", items={"type": "number"}), [1, 2.5, np.float32(1)]),
    ],
    ids=str,
)
def test_a_value_within_the_limits_is_taken(wanted: Type, value: object) -> None:
    assert wanted.refusal(value) == ""


NUMBERS = st.integers(-20, 20) | st.floats(-20, 20, allow_nan=False)
BOUNDS = st.fixed_dictionaries(
    {},
    optional={
        "minimum": st.integers(-9, 9),
        "maximum": st.integers(-9, 9),
        "exclusiveMinimum": st.floats(-9, 9, allow_nan=False),
        "exclusiveMaximum": st.floats(-9, 9, allow_nan=False),
        "multipleOf": st.sampled_from([1, 2, 0.5, 0.25]),
    },
)
IN_PYDANTIC = {
    "minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
}  # fmt: skip


@given(BOUNDS, NUMBERS)
def test_bounds_mean_what_they_mean_to_pydantic(bounds: dict[str, Any], number: float) -> None:
    field = Field(**{IN_PYDANTIC[name]: bound for name, bound in bounds.items()})
    adapter = TypeAdapter(Annotated[int | float, field])

    ours = Type.of("number", **bounds).refusal(number)

    try:
        adapter.validate_python(number, strict=True)
    except ValidationError:
        assert ours != ""
    else:
        assert ours == ""


@pytest.mark.parametrize(
    "limits",
    [
        {"minimum": "x"}, {"minimum": True}, {"maximum": float("nan")}, {"multipleOf": 0},
        {"minItems": -1}, {"maxLength": 2.5}, {"size": -1}, {"enum": []}, {"items": 3},
        {"properties": {"a": 3}}, {"required": "a"}, {"enum": [object()]},
    ],
    ids=shown,
)  # fmt: skip
def test_limits_that_make_no_sense_are_refused_when_they_are_made(limits: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match="make no sense"):
        Type.of("number", **limits)


@pytest.mark.parametrize("text", ["{", "3", '{"minimum":"x"}', "[" * 100_000])
def test_limits_that_came_as_text_are_checked_too(text: str) -> None:
    with pytest.raises(DeclarationError, match="make no sense"):
        Type(("number",), text)


def test_a_pattern_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(DeclarationError, match="no regular expression"):
        Type.of("string", pattern="(")


def test_pydantic_is_not_loaded_to_hold_a_value_against_limits() -> None:
    program = (
        "import sys; from dfm.types import Type\n"
        "row = Type.of('object', properties={'a': {'type': 'integer', 'minimum': 1}})\n"
        "Type.of('array', items=row.schema(), maxItems=3).refusal([{'a': 0}])\n"
        "Type.of('string', pattern='^a', enum=['a']).refusal('b')\n"
        "Type.of('numpy.ndarray', dtype='float32', dims=['x']).refusal({})\n"
        "print([m for m in ('numpy', 'pydantic', 'pydantic_core') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
