"""Branches: one block is done or the other, and a value may come from whichever was.

    with If(cond=GreaterThan(left=mean, right=280.0)):
        warm = Describe(field=field)
    with Else():
        cold = Name(text="cold")
    Yield(value=If.join(warm, cold))

Only the block that is done is done; what is made in the other is absent, which is no error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from dfm.api.expressions import BooleanExpression, Operand, read_operand, written_operand
from dfm.api.literals import Arguments
from dfm.api.nodes import NodeId
from dfm.api.scope import current_scope
from dfm.api.statement import After, Block, Expression, Statement
from dfm.api.visitor import ApiVisitor
from dfm.errors import ArgumentError, StructureError
from dfm.types import describe


class If(Statement, Block):
    """Run the block when the condition is true.

    A value of the block may be read after it: what reads it is not done if the block was not.
    `If.join(a, b)` is the value of whichever branch was taken. The `likelihood` that the condition
    is true only helps to choose where things run; without it, it is taken to be a half.
    """

    dfm_class_name: Literal["dfm.api.If"] = "dfm.api.If"
    cond: Operand
    likelihood: float | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cond: BooleanExpression,
            likelihood: float | None = None,
            dfm_node_id: NodeId = ...,
            dfm_after: After = None,
        ) -> None: ...

    @field_validator("likelihood", mode="before")
    @classmethod
    def _is_likelihood(cls, given: Any) -> Any:
        is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if given is None or (is_number and 0 <= given <= 1):
            return given
        raise ArgumentError(
            f"likelihood of If is a number from 0 to 1, got {describe(given)}",
            hint="likelihood=0.9 if the condition is true nine times out of ten",
        )

    def _dump(self, inner: Any, info: Any) -> Any:
        data = super()._dump(inner, info)
        if self.likelihood is None:  # older versions of dfm refuse a name they do not know
            data.pop("likelihood", None)
        return data

    @staticmethod
    def join(*values: Any) -> Join:
        """Return the first of the values that is there: of the branch that was taken."""
        return Join(values=list(values))

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        written_operand(data.get("cond"))

    @classmethod
    def _read(cls, data: dict[str, Any], context: Any) -> dict[str, Any]:
        return super()._read({**data, "cond": read_operand(data.get("cond"))}, context)

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_if`."""
        return visitor.visit_if(self)


class Else(Statement, Block):
    """Run the block when the condition of the `If` just before it is false.

    `branch` is the id of that `If`; an author does not write it.
    """

    dfm_class_name: Literal["dfm.api.Else"] = "dfm.api.Else"
    branch: NodeId

    if TYPE_CHECKING:

        def __init__(self, *, dfm_node_id: NodeId = ..., dfm_after: After = None) -> None: ...

    @classmethod
    def _complete(cls, data: dict[str, Any]) -> dict[str, Any]:
        if "branch" not in data:
            data["branch"] = _if_just_before().dfm_node_id
        return super()._complete(data)

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_else`."""
        return visitor.visit_else(self)


def _if_just_before() -> If:
    scope = current_scope()
    if scope is None:
        raise StructureError("Else is written outside a pipeline", hint="with Pipeline() as p:")
    written = scope.blocks[-1].dfm_body
    if written and isinstance(last := written[-1], If):
        return last
    raise StructureError(
        "an Else must come right after its If, in the same block",
        hint="with If(cond=...): ... and then with Else(): ...",
    )


class Join(Expression):
    """The first of some values that is there. Written `If.join(a, b)`.

    The value of a block that was not done is not there. A literal always is, so as the last one it
    is what to take when no branch was taken.
    """

    dfm_class_name: Literal["dfm.api.Join"] = "dfm.api.Join"
    values: Arguments = Field(description="at least two values, in a list")

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        values = data.get("values")
        if isinstance(values, (list, tuple)) and len(values) < 2:
            raise ArgumentError(
                f"a join takes at least two values, got {len(values)}", hint="If.join(a, b)"
            )

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_join`."""
        return visitor.visit_join(self)
