"""The statements every federation has: yields, branches, loops, caches. And `Operation`."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from dfm.api.expressions import BooleanExpression, Operand, read_operand, written_operand
from dfm.api.lazy import LazyValue
from dfm.api.literals import Argument, decode
from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.names import check_place_name
from dfm.api.nodes import NodeId, NodeRef
from dfm.api.scope import current_scope
from dfm.api.signatures import keyword
from dfm.api.statement import After, Block, Expression, NodeParam, Statement
from dfm.api.visitor import ApiVisitor
from dfm.errors import StructureError
from dfm.types import describe

ANY_SITE = BestOf()


class Located(BaseModel, ABC):
    """Something that runs at a site: a named one, the best of some, or the best of all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str | BestOf | Advise = ANY_SITE
    provider: str | None = None


class Operation(Expression, Located, ABC):
    """A call of one of the federation's operations. Its fields are the operation's parameters.

        load = federation.operation("climate.LoadField")

        with Pipeline() as p:
            field = load(scenario="A1B", first=1990, site="institute_a")

    Every operation takes `site` (a name, or `BestOf(...)`; otherwise the cheapest is chosen),
    `provider`, and `dfm_after` (what must be done before). `help(load)` lists the others.
    """

    dfm_class_name: str = ""

    __api_name__: ClassVar[str] = ""

    @classmethod
    def dfm_title(cls) -> str:
        """Return the operation's public name."""
        return cls.__api_name__ or cls.__name__

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        if cls is Operation:
            raise StructureError("Operation is abstract", hint="an operation of a federation")

    @classmethod
    def _read(cls, data: dict[str, Any], context: Any) -> dict[str, Any]:
        if "site" in data:
            data = {**data, "site": decode(data["site"])}
        return super()._read(data, context)

    def dfm_arguments(self) -> dict[str, Any]:
        """Return the arguments that were given, and declared defaults for those that were not.

        A parameter that is not in it is absent: the adapter's own default stands.
        """
        return {
            name: value
            for name, value in super().dfm_values().items()
            if name not in _OF_LOCATED and (value is not None or name in self.model_fields_set)
        }

    def dfm_values(self) -> dict[str, Any]:
        """Return the arguments; see `dfm_arguments`."""
        return self.dfm_arguments()

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield from super().__repr_args__()
        if self.site != ANY_SITE:
            yield "site", self.site
        if self.provider is not None:
            yield "provider", self.provider

    def dfm_check_sources(self, statements: Mapping[NodeId, Statement]) -> None:
        """Refuse references to results that can not be what this operation wants.

        Raises:
            ArgumentError: naming both operations; only operations of a federation know types.
        """

    def _dump(self, inner: Any, info: Any) -> Any:
        data = super()._dump(inner, info)
        given = self.dfm_arguments()
        return {
            name: value
            for name, value in data.items()
            if name in given or name in Operation.model_fields
        }

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_operation`."""
        return visitor.visit_operation(self)


_OF_LOCATED = frozenset(Located.model_fields)


class Yield(Statement):
    """Hand a value to the application, under the name of a place.

        with Pipeline() as p:
            Yield(value=LoadField(scenario="A1B", first=1990), place="field")

        session.execute(p).result()     # {"field": ...}

    The value may hold results of operations at any depth: `value={"mean": mean, "n": 3}`. Several
    yields may have one place if each says `multiuse=True`; the place then gets a list.
    """

    dfm_class_name: Literal["dfm.api.Yield"] = "dfm.api.Yield"
    place: str = "yield"
    value: Argument
    multiuse: bool = False

    _good_name = field_validator("place")(check_place_name)

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_yield`."""
        return visitor.visit_yield(self)


Yield.__signature__ = inspect.Signature(
    [
        keyword("value", "Any", inspect.Parameter.empty),
        keyword("place", "str", "yield"),
        keyword("multiuse", "bool", False),
        keyword("dfm_after", "Statement | NodeId | None", None),
        keyword("dfm_node_id", "NodeId"),
    ]
)


class If(Statement, Block):
    """Run the block when the condition is true."""

    dfm_class_name: Literal["dfm.api.If"] = "dfm.api.If"
    cond: Operand

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            cond: BooleanExpression,
            dfm_node_id: NodeId = ...,
            dfm_after: After = None,
        ) -> None: ...

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


class ForEach(LazyValue, Statement, Block):
    """Run the block once for each item. `with ForEach(seq=...) as item:` names the item."""

    dfm_class_name: Literal["dfm.api.ForEach"] = "dfm.api.ForEach"
    seq: Argument

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            seq: NodeParam | PlaceParam | list[Any] | tuple[Any, ...],
            dfm_node_id: NodeId = ...,
            dfm_after: After = None,
        ) -> None: ...

    @field_validator("seq")
    @classmethod
    def _can_be_gone_through(cls, seq: Any) -> Any:
        if isinstance(seq, (NodeRef, PlaceParam, list, tuple)):
            return seq
        raise StructureError(
            f"ForEach goes through a node's value, a PlaceParam or a list, not {describe(seq)}",
            hint="ForEach(seq=operation)",
        )

    def dfm_reference(self) -> NodeRef:
        """Return a reference to the item of the iteration."""
        return self._own_id().to_ref()

    def fieldref(self, selector: int | str, issubs: bool | None = None) -> NodeRef:
        """Return a reference to a part of the item."""
        return self._own_id().to_ref(selector, issubs)

    def __getitem__(self, key: int | str) -> NodeRef:
        return self.dfm_reference()[key]

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_for_each`."""
        return visitor.visit_for_each(self)

    __hash__ = Statement.__hash__


class WriteToCache(Statement):
    """Store a value in the site's cache under a key."""

    dfm_class_name: Literal["dfm.api.WriteToCache"] = "dfm.api.WriteToCache"
    key: Argument
    value: Argument

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_write_to_cache`."""
        return visitor.visit_write_to_cache(self)


class TryFromCache(LazyValue, Statement, Block):
    """Take the value stored under a key; run the block when there is none.

    The block stores one with `cache`. The statement stands for the value.
    """

    dfm_class_name: Literal["dfm.api.TryFromCache"] = "dfm.api.TryFromCache"
    key: Argument

    def cache(self, value: Any) -> WriteToCache:
        """Store the value under the same key."""
        return WriteToCache(key=self.key, value=value)

    def dfm_reference(self) -> NodeRef:
        """Return a reference to the value, found or stored."""
        return self._own_id().to_ref()

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_try_from_cache`."""
        return visitor.visit_try_from_cache(self)

    __hash__ = Statement.__hash__
