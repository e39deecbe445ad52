"""Which values a type takes, and what it says of those that it does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.types import ANYTHING, Type

INTEGER, NUMBER, BOOLEAN = Type.of("integer"), Type.of("number"), Type.of("boolean")


class Season(Enum):
    WINTER = "DJF"
    SUMMER = "JJA"


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (INTEGER, np.int64(3)),
        (INTEGER, np.uint8(3)),
        (NUMBER, np.int32(3)),
        (NUMBER, np.float64(2.5)),
        (NUMBER, np.float32(2.5)),
        (BOOLEAN, np.bool_(True)),
        (Type.of("integer", "null"), np.int64(3)),
        (Type.of("object"), np.arange(3)),
    ],
    ids=repr,
)
def test_a_number_of_numpy_is_a_number(wanted: Type, value: object) -> None:
    assert wanted.refusal(value) == ""


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (INTEGER, np.float64(3.0)),
        (INTEGER, np.bool_(True)),
        (INTEGER, True),
        (NUMBER, np.bool_(True)),
        (NUMBER, True),
        (NUMBER, np.complex128(1)),
        (NUMBER, Decimal("1.5")),
        (NUMBER, np.arange(1)),
        (BOOLEAN, np.int64(1)),
        (BOOLEAN, 1),
        (Type.of("string"), np.int64(1)),
    ],
    ids=repr,
)
def test_what_is_not_of_the_type_is_named_with_its_own_type(wanted: Type, value: object) -> None:
    why = wanted.refusal(value)

    assert why.startswith(f"expected {wanted}, got ")
    assert type(value).__name__ in why


@pytest.mark.parametrize("make", [int, np.int16, np.int64], ids=lambda make: make.__name__)
def test_limits_hold_for_whoever_made_the_number(make: Any) -> None:
    years = Type.of("integer", minimum=1860, maximum=2100)

    assert years.refusal(make(1990)) == ""
    assert "greater than or equal to 1860" in years.refusal(make(1859))


@given(st.floats(-10, 10, width=32))
def test_a_float_of_numpy_meets_the_same_limits_as_one_of_python(number: float) -> None:
    wanted = Type.of("number", exclusiveMinimum=-1, maximum=2.5)

    verdicts = {bool(wanted.refusal(make(number))) for make in (float, np.float32, np.float64)}

    assert len(verdicts) == 1


@pytest.mark.parametrize("many", [[np.int64(1), 2], (np.int64(1), 2)], ids=["list", "tuple"])
def test_limits_hold_for_numbers_in_an_array(many: Sequence[object]) -> None:
    assert Type.of("array", items={"type": "integer", "minimum": 1}).refusal(many) == ""
    assert Type.of("array", items={"type": "integer", "minimum": 2}).refusal(many) != ""


@pytest.mark.parametrize("value", ["A2", 3, None, np.int64(3)], ids=repr)
def test_the_refusal_of_a_choice_names_the_choices(value: object) -> None:
    why = Type.of_annotation(Literal["A1B", "E1"]).refusal(value)

    assert why.startswith("expected one of 'A1B', 'E1', got ")


def test_a_number_of_numpy_can_be_chosen() -> None:
    assert Type.of_annotation(Literal[1, 2]).refusal(np.int64(2)) == ""


def test_the_refusal_of_an_enumeration_names_its_members() -> None:
    wanted = Type.of_annotation(Season)

    assert wanted.refusal(Season.WINTER) == ""
    assert "(Season.WINTER, Season.SUMMER), got str ('DJF')" in wanted.refusal("DJF")


def test_long_choices_are_cut_short() -> None:
    why = Type.of("integer", enum=list(range(100))).refusal("x")

    assert why.endswith("18, 19 and 80 more, got str ('x')")


def test_anything_takes_everything() -> None:
    assert ANYTHING.refusal(object()) == ""


def test_neither_numpy_nor_pydantic_is_loaded_for_a_type() -> None:
    program = (
        "import sys; from dfm.types import Type; Type.of('number').refusal('x');"
        "print([m for m in ('numpy', 'pydantic') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
