"""What a value can be: which types, or which literals, come by which statements.

A join can be any of its values, a reduce what it begins with and what its operation returns. A
part of a value can be anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dfm.api.branches import Join
from dfm.api.caches import TryFromCache, WriteToCache
from dfm.api.loops import Collect, ForEach, Reduce
from dfm.api.markers import Advise, PlaceParam
from dfm.api.nodes import NodeId, NodeRef
from dfm.api.outline import Outline
from dfm.api.references import leaves
from dfm.api.statement import Statement
from dfm.api.statements import Operation, Yield
from dfm.errors import DfmError, StructureError
from dfm.types import ANYTHING, STREAM, Type

if TYPE_CHECKING:
    from dfm.api.statement import Block

Statements: TypeAlias = Mapping[NodeId, Statement]
_MOST_ITEMS = 100
_MOST_READERS = 8


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value can come from: a statement, and the types or literals that it gives.

    `by` are the statements on the way, as they read one another.
    """

    statement: Statement
    type: Type = ANYTHING
    literals: tuple[Any, ...] = ()
    by: tuple[Statement, ...] = ()

    def refusal(self, wanted: Type) -> str:
        """Say why nothing from here is of a type, or return '' if something may be."""
        if self.literals:
            # The items of a list may be told apart by a branch, so one that fits is enough.
            refusals = [wanted.refusal(literal) for literal in self.literals[:_MOST_ITEMS]]
            return f"{refusals[0]} from {named(self.statement)}" if all(refusals) else ""
        if self.type.may_feed(wanted):
            return ""
        verb = "returns" if isinstance(self.statement, Operation) else "gives"
        return f"expected {wanted}, but {named(self.statement)} {verb} {self.type}"


def sources_of(ref: NodeRef, statements: Statements) -> Iterator[Source]:
    """Yield where a referenced value can come from, as far as that is known, each source once."""
    seen: set[NodeId] = set()
    waiting: list[tuple[Any, tuple[Statement, ...]]] = [(ref, ())]
    while waiting:
        value, by = waiting.pop()
        if not isinstance(value, NodeRef):
            if by and not isinstance(value, (PlaceParam, Advise)) and not leaves(value):
                yield Source(by[-1], literals=(value,), by=by[:-1])
            continue
        statement = statements.get(value.id)
        if statement is not None and value.sel is None and value.id not in seen:
            seen.add(value.id)
            if (source := _known(statement, statements, by)) is not None:
                yield source
            readers = (*by[:_MOST_READERS], statement)
            waiting += [(v, readers) for v in reversed(_passed_on(statement, statements))]


def _known(
    statement: Statement, statements: Statements, by: tuple[Statement, ...]
) -> Source | None:
    """Return what a statement itself says of its value."""
    match statement:
        case Operation():
            return Source(statement, _returned(statement), by=by)
        case Collect():
            return Source(statement, _array_of(_of_operation(statement.value, statements)), by=by)
        case ForEach(seq=list() | tuple() as items) if items and not leaves(items):
            return Source(statement, literals=tuple(items), by=by)
        case ForEach():
            return Source(statement, _item_of(_of_operation(statement.seq, statements)), by=by)
    return None


def _passed_on(statement: Statement, statements: Statements) -> list[Any]:
    """Return the values of which one is the value of a statement."""
    match statement:
        case Join():
            return statement.values
        case Reduce():
            return [statement.initial, *(step.dfm_node_id.to_ref() for step in statement.dfm_body)]
        case WriteToCache():
            return [statement.value]
        case TryFromCache():
            stores = (s for s in statement.dfm_walk() if isinstance(s, WriteToCache))
            return [s.value for s in stores if s.lookup == statement.dfm_node_id]
        case ForEach(seq=NodeRef(sel=None) as seq):
            sequence = statements.get(seq.id)
            return [sequence.value] if isinstance(sequence, Collect) else []
    return []


def _of_operation(value: Any, statements: Statements) -> Type:
    """Return the type of a value that is all that one operation returns; else anything."""
    if not isinstance(value, NodeRef) or value.sel is not None:
        return ANYTHING
    statement = statements.get(value.id)
    return _returned(statement) if isinstance(statement, Operation) else ANYTHING


def _item_of(sequence: Type) -> Type:
    """Return the type of the items of what is certainly a sequence; anything otherwise."""
    is_sequence = sequence.kinds and {*sequence.kinds} <= {"array", STREAM}
    return sequence.part("items") if is_sequence else ANYTHING


def _array_of(item: Type) -> Type:
    return Type.of("array", items=item.schema()) if item.kinds else Type.of("array")


def _returned(operation: Operation) -> Type:
    """Return what an operation returns, as far as its federation is known."""
    form: Any = getattr(type(operation), "dfm_form", None)
    return ANYTHING if form is None else form.spec.returns


def named(statement: Statement) -> str:
    """Name a statement, with its line if it has one."""
    where = f" ({statement.dfm_location})" if statement.dfm_location else ""
    return f"{statement.dfm_title()}{where}"


def check_whole_streams(statement: Statement, outline: Outline) -> None:
    """Refuse a part of a stream, and a yielded value with a stream in it.

    Raises:
        StructureError: naming both statements.
    """
    composed = isinstance(statement, Yield) and not isinstance(statement.value, NodeRef)
    for ref in outline.leaves(statement).references:
        source = outline.statements.get(ref.id)
        if not isinstance(source, Operation) or _returned(source).kinds != (STREAM,):
            continue
        if ref.sel is not None:
            raise StructureError(
                f"{named(statement)} selects from a stream, which {named(source)} returns",
                at=statement.dfm_location,
                hint="`with ForEach(seq=...) as item:` for its items, and item[...] in the block",
            )
        if composed:
            raise StructureError(
                f"{named(statement)} has a stream as a part, which {named(source)} returns",
                at=statement.dfm_location,
                hint="yielding the stream alone, to a place of its own",
            )


def check_flow(pipeline: Block, outline: Outline | None = None) -> None:
    """Refuse results that can not be what the operation reading them wants.

    Raises:
        ArgumentError: naming both operations and both types.
        StructureError: for a stream that is not passed on whole.
    """
    outline = outline or Outline.of(pipeline)
    statements = outline.statements
    for statement in statements.values():
        check_whole_streams(statement, outline)
        if isinstance(statement, Operation):
            try:
                statement.dfm_check_sources(statements)
            except DfmError as error:
                error.at = error.at or statement.dfm_location
                raise
