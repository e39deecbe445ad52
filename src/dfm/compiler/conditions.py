"""Conditions: from what an author wrote to what a net can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dfm import api
from dfm.compiler.arguments import to_template
from dfm.net.condition import And, Compare, Not, Or


def to_condition(expression: Any) -> Any:
    """Return a condition with places in it; an atom is a template."""
    match expression:
        case api.And():
            return And(tuple(map(to_condition, expression.exp)))
        case api.Or():
            return Or(tuple(map(to_condition, expression.exp)))
        case api.Not():
            return Not(to_condition(expression.exp))
        case api.Equal() | api.NotEqual() | api.LessThan() | api.LessThanOrEqual():
            return _compare(expression)
        case api.GreaterThan() | api.GreaterThanOrEqual():
            return _compare(expression)
    return to_template(expression)


def _compare(expression: Any) -> Compare:
    left, right = to_condition(expression.left), to_condition(expression.right)
    return Compare(expression.operator, left, right)


def with_operands(condition: Any, change: Callable[[Any], Any]) -> Any:
    """Return a condition with its operands changed.

    >>> with_operands(And((Compare(">", 1, 2), Not(3))), str)
    And(parts=(Compare(operator='>', left='1', right='2'), Not(part='3')))
    """
    match condition:
        case Compare(sign, left, right):
            return Compare(sign, with_operands(left, change), with_operands(right, change))
        case And(parts):
            return And(tuple(with_operands(part, change) for part in parts))
        case Or(parts):
            return Or(tuple(with_operands(part, change) for part in parts))
        case Not(part):
            return Not(with_operands(part, change))
    return change(condition)
