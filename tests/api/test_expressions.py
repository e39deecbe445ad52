"""Conditions: how they are made, saved, visited and refused."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.api.climate import Anything, Mean

from dfm.api import (
    And,
    BooleanExpressionVisitor,
    ComparisonExpression,
    Equal,
    GreaterThan,
    GreaterThanOrEqual,
    If,
    LessThan,
    LessThanOrEqual,
    Not,
    NotEqual,
    Or,
    Pipeline,
    PlaceParam,
    make_auto_id,
)
from dfm.errors import DfmError, StructureError

COMPARISONS = [Equal, NotEqual, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual]
REF = make_auto_id(0).to_ref()

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=4)
    | st.lists(st.integers() | st.just(REF), max_size=2)
    | st.sampled_from([REF, REF[0], PlaceParam("p", multiuse=True), dt.date(2020, 1, 1)])
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(And, exp=st.lists(inner, min_size=2, max_size=3))
        | st.builds(Or, exp=st.lists(inner, min_size=2, max_size=3))
        | st.builds(Not, exp=inner)
        | st.one_of(*(st.builds(c, left=inner, right=inner) for c in COMPARISONS))
    ),
    max_leaves=6,
)


def shape(value: Any) -> Any:
    """Return something that tells 1 from True, at any depth."""
    if isinstance(value, (And, Or, Not, ComparisonExpression)):
        return type(value), [shape(getattr(value, name)) for name in type(value).model_fields]
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value), str(value)


@given(CONDITIONS)
def test_every_condition_comes_back_from_json(condition: Any) -> None:
    with Pipeline() as p:
        Anything()
        with If(cond=condition):
            Anything()

    again = Pipeline.model_validate_json(p.model_dump_json())

    assert again == p
    assert shape(again.dfm_body[1].cond) == shape(condition)  # type: ignore[attr-defined]


def test_statements_in_a_condition_become_references() -> None:
    with Pipeline() as p:
        mean = Mean(field=PlaceParam("f"))
        with If(
            cond=And(
                exp=[GreaterThan(left=mean, right=3), Not(exp=mean[0]), Equal(left=1, right=[mean])]
            )
        ) as branch:
            Anything()

    assert branch.cond == And(
        exp=[GreaterThan(left=REF, right=3), Not(exp=REF[0]), Equal(left=1, right=[REF])]
    )
    assert branch.dfm_references() == (REF, REF[0])
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_an_operation_alone_is_a_condition() -> None:
    with Pipeline(), If(cond=Anything()) as branch:
        Anything()

    assert branch.cond == REF


@pytest.mark.parametrize("exp", [[], [True]])
@pytest.mark.parametrize("kind", [And, Or])
def test_and_and_or_join_at_least_two(kind: type[And], exp: list[bool]) -> None:
    with pytest.raises(DfmError, match="at least 2"):
        kind(exp=exp)  # type: ignore[arg-type]


def test_none_is_an_operand() -> None:
    assert Not(exp=None).exp is None
    assert Equal(left=None, right=None).left is None


@pytest.mark.parametrize(
    "make",
    [lambda d: Equal(left=d, right=1), lambda d: And(exp=[d, 1]), lambda d: If(cond=d)],
)
@pytest.mark.parametrize("value", [{}, {"operator": "and"}, {"left": 1, "right": 2}])
def test_a_dict_is_no_operand(make: Any, value: dict[str, Any]) -> None:
    with Pipeline(), pytest.raises(StructureError, match="a dict can not stand in a condition"):
        make(value)


@pytest.mark.parametrize(
    "data",
    [
        {"operator": "xor", "exp": [1, 2]},
        {"operator": "and", "exp": [1]},
        {"operator": "==", "left": 1},
        {"operator": "==", "left": 1, "right": {"operator": "?"}},
        {"operator": "not", "exp": {"a": 1}},
        {"left": 1, "right": 2},
    ],
)
def test_a_damaged_condition_is_refused_when_read(data: dict[str, Any]) -> None:
    with Pipeline() as p, If(cond="here"):
        Anything()
    read = p.model_dump()
    read["dfm_body"][0]["cond"] = data

    with pytest.raises(DfmError):
        Pipeline.model_validate(read)


class InWords(BooleanExpressionVisitor):
    """Says a condition in words."""

    def visit_and(self, expression: And) -> str:
        return " and ".join(map(self.visit, expression.exp))

    def visit_or(self, expression: Or) -> str:
        return " or ".join(map(self.visit, expression.exp))

    def visit_not(self, expression: Not) -> str:
        return f"not {self.visit(expression.exp)}"

    def compare(self, expression: ComparisonExpression) -> str:
        return f"{self.visit(expression.left)} {expression.operator} {self.visit(expression.right)}"

    visit_equal = visit_not_equal = compare
    visit_greater_than = visit_greater_than_or_equal = compare
    visit_less_than = visit_less_than_or_equal = compare

    def visit_atom(self, expression: Any) -> str:
        return str(expression)


def test_a_visitor_sees_every_kind() -> None:
    comparisons = [c(left=REF, right=1) for c in COMPARISONS]

    said = InWords().visit(Or(exp=[And(exp=comparisons), Not(exp="x")]))

    assert said == "%0 == 1 and %0 != 1 and %0 > 1 and %0 >= 1 and %0 < 1 and %0 <= 1 or not x"


def test_a_comparison_can_be_told_from_other_conditions() -> None:
    assert isinstance(Equal(left=1, right=1), ComparisonExpression)
    assert not isinstance(Not(exp=1), ComparisonExpression)
