"""Turn statements into steps and deliveries."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from dfm.api import BestOf, NodeRef, Operation, Statement, Yield
from dfm.api.references import references_in
from dfm.compiler.arguments import to_template
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Delivery, Plan, Step
from dfm.errors import DeclarationError, InternalError, StructureError, nearest
from dfm.net.model import START
from dfm.net.template import references

Statements = Mapping[str, Statement]
"""The statements of a pipeline by the identifier of their node."""


def read_statements(plan: Plan) -> Plan:
    """Turn each operation into a step, each yield into a delivery, in an order that can run.

    Needs: statements of these two kinds only, with unique ids (`check_pipeline` has run).
    Leaves: whatever is read, or waited for, is a step's value, and the step comes earlier.

    Raises:
        StructureError: for references to nothing, to what comes later, and in a circle.
    """
    statements = {s.dfm_node_id.as_identifier(): s for s in plan.pipeline.dfm_body}
    mistakes = Mistakes(plan.pipeline_name)
    lines: dict[str, Step | Delivery] = {}
    earlier: set[str] = set()
    for name, statement in statements.items():
        for mistake in _false_references(statement, statements, earlier):
            mistakes.add(mistake)
        if isinstance(statement, Operation):
            earlier.add(name)
        try:
            lines[name] = _line(name, statement)
        except DeclarationError as mistake:
            mistake.at = mistake.at or statement.dfm_location
            mistakes.add(mistake)
    mistakes.raise_any()
    order = _order(lines)
    lines = _waiting_for_steps({name: lines[name] for name in order})
    written = (lines[name] for name in statements)
    deliveries = (line for line in written if isinstance(line, Delivery))
    return replace(
        plan,
        steps=tuple(line for line in lines.values() if isinstance(line, Step)),
        deliveries=tuple(replace(d, name=f"yield{n}") for n, d in enumerate(deliveries)),
    )


def _line(name: str, statement: Statement) -> Step | Delivery:
    after = tuple(ident.as_identifier() for ident in statement.dfm_after_ids)
    if isinstance(statement, Yield):
        return _delivery(name, statement, after)
    if isinstance(statement, Operation):
        return _step(name, statement, after)
    raise InternalError(f"{statement.dfm_title()} is neither an operation nor a yield")


def _step(name: str, operation: Operation, after: tuple[str, ...]) -> Step:
    arguments = tuple((n, to_template(value)) for n, value in operation.dfm_arguments().items())
    asked: tuple[str, ...] | None = None
    match operation.site:
        case str(site):
            asked = (site,)
        case BestOf(sites=list(sites)):
            asked = tuple(dict.fromkeys(sites))
    return Step(
        name=name,
        node=operation.dfm_node_id.ident,
        operation=operation.dfm_title(),
        provider=operation.provider,
        arguments=arguments,
        refs=references([template for _, template in arguments]),
        after=after,
        asked=asked,
        is_pinned=isinstance(operation.site, str),
        at=operation.dfm_location,
    )


def _delivery(name: str, statement: Yield, after: tuple[str, ...]) -> Delivery:
    sources = references_in(statement.value)
    value = to_template(statement.value)
    return Delivery(
        name=name,
        place=statement.place,
        value=value,
        refs=references(value),
        after=after,
        node=sources[0].id.ident if sources else None,
        at=statement.dfm_location,
    )


# -- references -----------------------------------------------------------------------------


def _false_references(
    statement: Statement, statements: Statements, earlier: Container[str]
) -> Iterator[StructureError]:
    """Yield what is wrong with the references of a statement."""
    for ref in statement.dfm_references():
        if ref.id.as_identifier() not in earlier:
            yield _false_reference(statement, ref, statements)
    for ident in statement.dfm_after_ids:
        if ident.as_identifier() not in statements:
            yield StructureError(
                f"{statement.dfm_title()} is to run after {ident},"
                " which is no statement of this pipeline",
                at=statement.dfm_location,
                hint=nearest(ident.as_identifier(), statements),
            )


def _false_reference(statement: Statement, ref: NodeRef, statements: Statements) -> StructureError:
    source = statements.get(ref.id.as_identifier())
    title, hint = statement.dfm_title(), "the operation whose value is meant"
    if source is None:
        message = f"{title} reads {ref!s}, which is no statement of this pipeline"
        hint = nearest(ref.id.as_identifier(), statements)
    elif not isinstance(source, Operation):
        message = f"{title} reads {ref!s}, a {source.dfm_title()}, which has no value"
    elif source is statement:
        message = f"{title} reads its own value"
    else:
        message = f"{title} reads {ref!s}, a {source.dfm_title()} that comes later"
        hint = f"move {source.dfm_location or source.dfm_title()} before it"
    return StructureError(message, at=statement.dfm_location, hint=hint)


# -- order ----------------------------------------------------------------------------------


def _order(lines: Mapping[str, Step | Delivery]) -> Iterator[str]:
    """Yield the lines so that each comes after what it waits for, else as they were written."""
    sorter = TopologicalSorter(
        {
            name: [*(r.place for r in line.refs if r.place in lines), *line.after]
            for name, line in lines.items()
        }
    )
    try:
        sorter.prepare()
    except CycleError as error:
        raise _circle(error.args[1], lines) from None
    number = {name: n for n, name in enumerate(lines)}
    ready: list[tuple[int, str]] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, (number[name], name))
        _, first = heapq.heappop(ready)
        yield first
        sorter.done(first)


def _circle(names: list[str], lines: Mapping[str, Step | Delivery]) -> StructureError:
    way = " before ".join(names)
    where = [lines[name].at for name in dict.fromkeys(names) if lines[name].at]
    return StructureError(
        f"these statements are to run one after the other in a circle: {way}",
        at=", ".join(where),
        hint="leave out one dfm_after",
    )


def _waiting_for_steps(lines: Mapping[str, Step | Delivery]) -> dict[str, Step | Delivery]:
    """Replace waiting for a yield by waiting for all that the yield waits for."""
    found: dict[str, Step | Delivery] = {}
    for name, line in lines.items():
        after: dict[str, None] = {}
        for other in line.after:
            awaited = found[other]
            if isinstance(awaited, Step):
                after[other] = None
            else:
                reads = (r.place for r in awaited.refs if not r.place.startswith(START))
                after |= dict.fromkeys((*reads, *awaited.after))
        found[name] = replace(line, after=tuple(after)) if line.after else line
    return found
