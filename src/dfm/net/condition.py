"""Conditions: what a branch asks of values. Evaluated at a site, from left to right, as in Python.

An operand is another condition or a template. `and` and `or` stop at the first part that
decides; whatever is compared must compare as Python's operators do.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dfm.net.template import Ref, fill

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands, compared."""

    operator: str
    left: Any
    right: Any

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise ValueError(f"{self.operator!r} is no comparison: {', '.join(OPERATORS)}")


@dataclass(frozen=True, slots=True)
class And:
    """Whether all parts hold."""

    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Whether one of the parts holds."""

    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Whether the part does not hold."""

    part: Any


Condition = Compare | And | Or | Not
ValueOf = Callable[[Ref], Any]
Unseal = Callable[[bytes], Any]


def evaluate(condition: Any, value_of: ValueOf, *unseal: Unseal) -> Any:
    """Return the value of an operand; that of a condition is a bool.

    >>> evaluate(And((Compare(">", Ref("a"), 1), Not(Ref("b")))), {Ref("a"): 2, Ref("b"): 0}.get)
    True
    """
    match condition:
        case Compare(sign, left, right):
            first = evaluate(left, value_of, *unseal)
            return bool(OPERATORS[sign](first, evaluate(right, value_of, *unseal)))
        case And(parts):
            return all(evaluate(part, value_of, *unseal) for part in parts)
        case Or(parts):
            return any(evaluate(part, value_of, *unseal) for part in parts)
        case Not(part):
            return not evaluate(part, value_of, *unseal)
    return fill(condition, value_of, *unseal)


def holds(condition: Any, value_of: ValueOf, *unseal: Unseal) -> bool:
    """Return whether a condition holds; a value holds if Python says that it is true."""
    return bool(evaluate(condition, value_of, *unseal))
