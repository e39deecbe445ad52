"""References to what is not there: to nothing, or to what comes later.

A value is there after its statement, or after its block; the item of a loop is there inside it.
What is seen from inside and outside of loops is a rule of the pipeline (`api/reach.py`).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from dfm.api import NodeId, NodeRef, Statement
from dfm.api.statement import Valued
from dfm.errors import StructureError, nearest

Statements = Mapping[str, Statement]
"""The statements of a pipeline by the identifier of their node."""


def false_references(
    statement: Statement,
    reads: Iterable[NodeRef],
    statements: Statements,
    there: Container[str],
) -> Iterator[StructureError]:
    """Yield what is wrong with what a statement reads and waits for.

    `there` are the values that have been made before it.
    """
    for ref in reads:
        if ref.id.as_identifier() not in there:
            yield _false_reference(statement, ref, statements)
    for ident in statement.dfm_after_ids:
        if ident.as_identifier() not in statements:
            yield StructureError(
                f"{statement.dfm_title()} is to run after {ident},"
                " which is no statement of this pipeline",
                at=statement.dfm_location,
                hint=_nearest_named(ident, statements),
            )


def _nearest_named(ident: NodeId, statements: Statements) -> str:
    """Say which id may be meant; numbers are no names that anybody wrote."""
    names = [name for name, s in statements.items() if isinstance(s.dfm_node_id.ident, str)]
    unnamed = f"dfm_node_id=well_known_id({ident.ident!r}) at the statement that is meant"
    return nearest(ident.as_identifier(), names) or unnamed


def _false_reference(statement: Statement, ref: NodeRef, statements: Statements) -> StructureError:
    source = statements.get(ref.id.as_identifier())
    title, hint = statement.dfm_title(), "the operation whose value is meant"
    if source is None:
        message = f"{title} reads {ref!s}, which is no statement of this pipeline"
        hint = _nearest_named(ref.id, statements)
    elif not isinstance(source, Valued):
        message = f"{title} reads {ref!s}, a {source.dfm_title()}, which has no value"
    elif source is statement:
        message = f"{title} reads its own value"
    else:
        message = f"{title} reads {ref!s}, a {source.dfm_title()} that comes later"
        hint = f"move {source.dfm_location or source.dfm_title()} before it"
    return StructureError(message, at=statement.dfm_location, hint=hint)
