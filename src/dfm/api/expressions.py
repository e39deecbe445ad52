"""Conditions: comparisons of values that are not known yet, joined by and, or, not.

An operand is another condition, a reference, a parameter or a literal. Dicts are no operands,
because in JSON they could not be told from conditions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union

from pydantic import (
    BaseModel,
    Field,
    JsonValue,
    PlainSerializer,
    SerializationInfo,
    model_validator,
)

from dfm.api.lazy import UnknownTruth
from dfm.api.literals import decode, encode
from dfm.api.markers import PlaceParam
from dfm.api.nodes import NodeRef
from dfm.api.pydantic import StrictModel, Written
from dfm.api.references import with_references
from dfm.api.statement import Valued
from dfm.errors import StructureError, UnknownName


def written_operand(value: Any) -> Any:
    """Return what an author wrote in a condition, with references for statements.

    Raises:
        StructureError: for a dict.
    """
    if isinstance(value, dict):
        raise StructureError(
            "a dict can not stand in a condition",
            hint="an operation that compares it and returns a boolean",
        )
    return with_references(value)


def read_operand(data: Any) -> Any:
    """Return the condition or atom that saved data is.

    Raises:
        UnknownName: for an operator that does not exist.
        StructureError: for damaged data.
    """
    if isinstance(data, dict) and isinstance(operator := data.get("operator"), str):
        if operator not in _BY_OPERATOR:
            raise UnknownName("operator", operator, _BY_OPERATOR)
        return _BY_OPERATOR[operator].model_validate(data)
    return written_operand(decode(data))


def _dump_operand(value: Any, info: SerializationInfo) -> Any:
    if isinstance(value, (And, Or, Not, BinaryOp)):
        return value.model_dump(mode=info.mode)
    return encode(value, keep_unknown=info.mode == "python")


Atom: TypeAlias = Union[  # noqa: UP007  (JsonValue takes no part in `|` at run time)
    Valued, NodeRef, PlaceParam, list[JsonValue], str, bool, int, float, None
]
"""What a condition is made of in the end."""

BooleanExpression: TypeAlias = Union[
    Atom,
    "And",
    "Or",
    "Not",
    "Equal",
    "NotEqual",
    "GreaterThan",
    "GreaterThanOrEqual",
    "LessThan",
    "LessThanOrEqual",
]
"""A condition, or what a condition is made of."""

if TYPE_CHECKING:
    Operand: TypeAlias = BooleanExpression
else:
    Operand = Annotated[Any, PlainSerializer(_dump_operand)]


class BooleanExpressionVisitor(ABC):
    """One method for each kind of condition; `visit` calls the right one."""

    def visit(self, expression: Any) -> Any:
        """Visit a condition or an atom."""
        if isinstance(expression, Condition):
            return expression.accept(self)
        return self.visit_atom(expression)

    @abstractmethod
    def visit_and(self, expression: And) -> Any:
        """Visit `And`."""

    @abstractmethod
    def visit_or(self, expression: Or) -> Any:
        """Visit `Or`."""

    @abstractmethod
    def visit_not(self, expression: Not) -> Any:
        """Visit `Not`."""

    @abstractmethod
    def visit_equal(self, expression: Equal) -> Any:
        """Visit `Equal`."""

    @abstractmethod
    def visit_not_equal(self, expression: NotEqual) -> Any:
        """Visit `NotEqual`."""

    @abstractmethod
    def visit_greater_than(self, expression: GreaterThan) -> Any:
        """Visit `GreaterThan`."""

    @abstractmethod
    def visit_greater_than_or_equal(self, expression: GreaterThanOrEqual) -> Any:
        """Visit `GreaterThanOrEqual`."""

    @abstractmethod
    def visit_less_than(self, expression: LessThan) -> Any:
        """Visit `LessThan`."""

    @abstractmethod
    def visit_less_than_or_equal(self, expression: LessThanOrEqual) -> Any:
        """Visit `LessThanOrEqual`."""

    @abstractmethod
    def visit_atom(self, expression: Any) -> Any:
        """Visit a reference, a parameter or a literal."""


class Condition(UnknownTruth, StrictModel, ABC):
    """What And, Or, Not and the comparisons have in common."""

    @model_validator(mode="before")
    @classmethod
    def _with_operands(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        convert = written_operand if isinstance(data, Written) else read_operand
        return {name: _each(convert, name, value) for name, value in data.items()}

    @abstractmethod
    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call the visitor's method for this kind of condition."""


def _each(convert: Callable[[Any], Any], name: str, value: Any) -> Any:
    if name == "exp" and isinstance(value, (list, tuple)):
        return [convert(one) for one in value]
    return value if name == "operator" else convert(value)


class And(Condition):
    """True when all of at least two conditions are."""

    operator: Literal["and"] = "and"
    exp: list[Operand] = Field(min_length=2)

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_and`."""
        return visitor.visit_and(self)


class Or(Condition):
    """True when one of at least two conditions is."""

    operator: Literal["or"] = "or"
    exp: list[Operand] = Field(min_length=2)

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_or`."""
        return visitor.visit_or(self)


class Not(Condition):
    """True when the condition is not."""

    operator: Literal["not"] = "not"
    exp: Operand

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_not`."""
        return visitor.visit_not(self)


class BinaryOp(Condition, ABC):
    """A comparison of two operands."""

    left: Operand
    right: Operand


class Equal(BinaryOp):
    """left == right."""

    operator: Literal["=="] = "=="

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_equal`."""
        return visitor.visit_equal(self)


class NotEqual(BinaryOp):
    """left != right."""

    operator: Literal["!="] = "!="

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_not_equal`."""
        return visitor.visit_not_equal(self)


class GreaterThan(BinaryOp):
    """left > right."""

    operator: Literal[">"] = ">"

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_greater_than`."""
        return visitor.visit_greater_than(self)


class GreaterThanOrEqual(BinaryOp):
    """left >= right."""

    operator: Literal[">="] = ">="

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_greater_than_or_equal`."""
        return visitor.visit_greater_than_or_equal(self)


class LessThan(BinaryOp):
    """left < right."""

    operator: Literal["<"] = "<"

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_less_than`."""
        return visitor.visit_less_than(self)


class LessThanOrEqual(BinaryOp):
    """left <= right."""

    operator: Literal["<="] = "<="

    def accept(self, visitor: BooleanExpressionVisitor) -> Any:
        """Call `visit_less_than_or_equal`."""
        return visitor.visit_less_than_or_equal(self)


ComparisonExpression: TypeAlias = (
    Equal | NotEqual | GreaterThan | GreaterThanOrEqual | LessThan | LessThanOrEqual
)
"""Any comparison; also good for isinstance."""

_BY_OPERATOR: dict[str, type[BaseModel]] = {
    "and": And,
    "or": Or,
    "not": Not,
    "==": Equal,
    "!=": NotEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
    "<": LessThan,
    "<=": LessThanOrEqual,
}
