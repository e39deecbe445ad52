"""Loops: a block that is run once for each item, and what is left of it afterwards.

    with ForEach(seq=years) as year:
        mean = Mean(field=LoadField(scenario="A1B", first=year))
        Yield(value=mean, place="means")
    Yield(value=year.collect(mean), place="all")
    Yield(value=year.reduce(Add, mean, initial=0.0), place="sum")

What is made in the block is made anew in each iteration, so after it there is no one value of
it: `collect` gives the list of them, `reduce` what an operation makes of them one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import field_validator, model_validator

from dfm.api.lazy import LazyValue
from dfm.api.literals import Argument
from dfm.api.location import where_written
from dfm.api.markers import PlaceParam
from dfm.api.nodes import NodeId, NodeRef
from dfm.api.scope import PipelineBuildHelper, withdraw_statement
from dfm.api.statement import (
    After,
    Block,
    Expression,
    OtherId,
    Statement,
    Valued,
)
from dfm.api.statements import Operation
from dfm.api.visitor import ApiVisitor
from dfm.errors import ArgumentError, DfmError, StructureError
from dfm.types import describe

MOST_IN_FLIGHT = 1_000_000


class ForEach(LazyValue, Valued, Block):
    """Run the block once for each item. `with ForEach(seq=...) as item:` names the item.

    `seq` is a list, the result of an operation or a PlaceParam; `dim` the dimension to go along in
    labelled arrays. At most `max_in_flight` iterations are under way at a time. What they yield
    is delivered as it is made, or with `ordered=True` in the order of the items.
    """

    dfm_class_name: Literal["dfm.api.ForEach"] = "dfm.api.ForEach"
    seq: Argument
    max_in_flight: int | None = None
    ordered: bool = False
    dim: str | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            seq: Valued | NodeRef | PlaceParam | list[Any] | tuple[Any, ...],
            max_in_flight: int | None = None,
            ordered: bool = False,
            dim: str | None = None,
            dfm_node_id: NodeId = ...,
            dfm_after: After = None,
        ) -> None: ...

    @field_validator("seq")
    @classmethod
    def _can_be_gone_through(cls, seq: Any) -> Any:
        if isinstance(seq, (NodeRef, PlaceParam, list, tuple)):
            return seq
        raise StructureError(
            "ForEach goes through the result of an operation, a PlaceParam or a list,"
            f" not {describe(seq)}",
            hint=_as_list(seq),
        )

    @field_validator("max_in_flight", mode="before")
    @classmethod
    def _lets_one_begin(cls, given: Any) -> Any:
        if given is None or (type(given) is int and 1 <= given <= MOST_IN_FLIGHT):
            return given
        raise ArgumentError(
            "max_in_flight of ForEach is a whole number from 1 to"
            f" {MOST_IN_FLIGHT}, got {describe(given)}",
            hint="max_in_flight=1 for one iteration at a time",
        )

    @model_validator(mode="after")
    def _has_dimensions(self) -> Self:
        if self.dim is not None and isinstance(self.seq, (list, tuple)):
            raise StructureError(
                f"ForEach goes along the dimension {self.dim!r}, but a list has none",
                hint="a labelled array, or no dim",
            )
        return self

    def _called(self) -> str:
        where = f" ({self.dfm_location})" if self.dfm_location else ""
        return f"the item of ForEach{where}"

    def collect(self, value: Any) -> Collect:
        """Return the list of a value's tokens in all iterations, in the order of the items.

        Write it after the block. The value may be composed: `{"year": year, "mean": mean}`.
        """
        return Collect(loop=self._own_id(), value=value)

    def reduce(self, op: type[Operation], value: Any, *, initial: Any, **more: Any) -> Reduce:
        """Return what an operation makes of a value's tokens, one after another, in order.

        Write it after the block. The operation gets what there is so far as its first argument,
        in the beginning `initial`, and the value as its second; `more` are its others.

        Raises:
            ArgumentError: for what is no operation of two parameters.
        """
        first, second = two_parameters(op)
        for name in {first, second} & more.keys():
            raise ArgumentError(
                f"reduce gives {op.dfm_title()} the argument {name!r} itself",
                at=str(where_written()),
                hint=f"leaving out {name}=...",
            )
        made = Reduce(loop=self._own_id(), initial=initial)
        try:
            PipelineBuildHelper.push_block(made)
            try:
                step = op(**{first: made, second: value, **more})
            finally:
                PipelineBuildHelper.pop_block(made)
            try:
                step.dfm_check_written()
            except DfmError as error:
                error.at = error.at or step.dfm_location
                raise
        except BaseException:
            withdraw_statement(made)
            raise
        return made

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_for_each`."""
        return visitor.visit_for_each(self)

    __hash__ = Statement.__hash__


class Collect(Expression):
    """The list of what a loop makes. Written `loop.collect(value)`, after the loop."""

    dfm_class_name: Literal["dfm.api.Collect"] = "dfm.api.Collect"
    loop: OtherId
    value: Argument

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_collect`."""
        return visitor.visit_collect(self)


class Reduce(Expression, Block):
    """What a loop adds up to. Written `loop.reduce(op, value, initial=...)`, after the loop.

    `dfm_body` is the one operation that is called for each item, which reads this statement as
    what there is so far. After an empty sequence the value is `initial`.
    """

    dfm_class_name: Literal["dfm.api.Reduce"] = "dfm.api.Reduce"
    loop: OtherId
    initial: Argument

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_reduce`."""
        return visitor.visit_reduce(self)


def _as_list(seq: Any) -> str:
    """Say how to go through what is no list."""
    if isinstance(seq, Mapping):
        return "seq=list(the_dict.items())"
    if isinstance(seq, Iterable) and not isinstance(seq, (str, bytes)):
        return "seq=list(...) of it; or seq=PlaceParam(...), and the value when it is executed"
    return "seq=[...]; or the operation that returns the sequence"


def two_parameters(op: Any) -> tuple[str, str]:
    """Return the first two parameters of an operation, in declared order.

    Raises:
        ArgumentError: for what is no operation, or has fewer.
    """
    if not (isinstance(op, type) and issubclass(op, Operation)):
        given = describe(op) if not isinstance(op, Operation) else f"a call of {op.dfm_title()}"
        raise ArgumentError(
            f"reduce takes the class of an operation, got {given}",
            at=str(where_written()),
            hint="loop.reduce(Add, value, initial=0)",
        )
    names = op.dfm_parameter_names()
    if len(names) < 2:
        raise ArgumentError(
            f"reduce needs an operation of two parameters, and {op.dfm_title()} has"
            f" {', '.join(names) or 'none'}",
            at=str(where_written()),
            hint="an operation that takes what there is so far, and one item more",
        )
    return names[0], names[1]
