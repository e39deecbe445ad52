"""A condition holds exactly when Python says so of the same expression over the same values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.errors import SelectionFailed
from dfm.net import And, Compare, Condition, Item, Not, Or, Ref, Sealed
from dfm.net.condition import OPERATORS, evaluate, holds
from dfm.net.text import format_condition

A, B, C = Ref("a"), Ref("b"), Ref("c")
VALUES = {"a": 2, "b": [], "c": {"k": "x"}}


def value_of(ref: Ref) -> Any:
    return ref.of(VALUES[ref.place])


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (Compare("==", A, 2), True),
        (Compare("!=", A, 2), False),
        (Compare("<", A, 3), True),
        (Compare("<=", 2, A), True),
        (Compare(">", A, 2), False),
        (Compare(">=", A, 2.5), False),
        (Compare("==", Ref("c", (Item("k"),)), "x"), True),
        (Compare("==", [A, {"v": B}], [2, {"v": []}]), True),
        (Compare("==", Compare("<", A, 3), True), True),
        (And((A, Not(B))), True),
        (And((A, B)), False),
        (Or((B, A)), True),
        (Or((B, Not(A))), False),
        (And(()), True),
        (Or(()), False),
        (A, 2),
        (B, []),
    ],
    ids=str,
)
def test_a_condition_is_evaluated_as_python_would(condition: Any, value: Any) -> None:
    assert evaluate(condition, value_of) == value
    assert holds(condition, value_of) is bool(value)


OPERANDS = st.sampled_from([A, B, 0, 1, 2, True, None, "x"])
COMPARISONS = st.builds(Compare, st.sampled_from(["==", "!="]), OPERANDS, OPERANDS)


def compounds(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    """Conditions over others; `and` and `or`, whose value here is a bool, are not compared."""
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, inner)


@given(st.recursive(OPERANDS | COMPARISONS, compounds, max_leaves=8))
def test_the_text_of_a_condition_says_to_python_what_it_says_here(condition: Any) -> None:
    constants = {"true": True, "null": None}

    expected = bool(eval(format_condition(condition), {}, constants | VALUES))  # noqa: S307

    assert holds(condition, value_of) is expected


@pytest.mark.parametrize("condition", [And((B, Ref("missing"))), Or((A, Ref("missing")))])
def test_what_is_decided_looks_no_further(condition: Condition) -> None:
    assert holds(condition, value_of) is isinstance(condition, Or)


@pytest.mark.parametrize(
    ("condition", "error"),
    [(Compare("<", A, "x"), TypeError), (And((A, Ref("c", (Item("q"),)))), SelectionFailed)],
)
def test_what_python_can_not_compare_is_its_error(condition: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        holds(condition, value_of)


def test_sealed_operands_are_opened() -> None:
    condition = Compare("==", Sealed(b"s", (A,)), (2, 1))

    assert holds(condition, value_of, {b"s": (A, 1)}.__getitem__)


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_comparisons_are_those_of_python(operator: str) -> None:
    assert Compare(operator, 1, 2).operator == operator


@pytest.mark.parametrize("operator", ["=", "in", "<>", "is", ""])
def test_other_comparisons_are_refused(operator: str) -> None:
    with pytest.raises(ValueError, match="is no comparison: ==, !=, <, <=, >, >="):
        Compare(operator, 1, 2)
