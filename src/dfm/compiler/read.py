"""Turn statements into lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from dfm.api import (
    Advise,
    Collect,
    Else,
    ForEach,
    If,
    Join,
    Operation,
    Reduce,
    Statement,
    TryFromCache,
    WriteToCache,
    Yield,
)
from dfm.api.outline import Outline
from dfm.api.statement import Block, Valued
from dfm.compiler import written
from dfm.compiler.forward import false_references
from dfm.compiler.lines import Delivery, Line, Scope
from dfm.compiler.made import Glue
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.places import Names
from dfm.compiler.plan import Plan
from dfm.compiler.written import Own, Reduction, Where
from dfm.errors import InternalError, StructureError
from dfm.net.template import references
from dfm.net.transitions import Let, Store


def read_statements(plan: Plan) -> Plan:
    """Turn each statement into the lines that say what it does, loops and branches into places.

    Needs: statements with unique ids, in blocks that hold together (`check_pipeline` has run).
    Leaves: lines as they were written. They read places that are made before; they wait for
    statements by name, and for blocks by a place that is there once all in them is done.

    Raises:
        StructureError: for references to nothing and to what comes later, and for `Advise`.
    """
    reader = _Reader(plan)
    for statement, is_left in _steps_through(plan.pipeline):
        reader.leave(statement) if is_left else reader.enter(statement)
    reader.mistakes.raise_any()
    lines, deliveries = reader.read
    return replace(plan, lines=lines, deliveries=deliveries)


def _steps_through(pipeline: Block) -> Iterator[tuple[Statement, bool]]:
    """Yield each statement, and each block again once all in it has been yielded."""
    open_blocks: list[tuple[Iterator[Statement], Statement | None]] = [
        (iter(pipeline.dfm_body), None)
    ]
    while open_blocks:
        rest, block = open_blocks[-1]
        statement = next(rest, None)
        if statement is None:
            open_blocks.pop()
            if block is not None:
                yield block, True
            continue
        yield statement, False
        if isinstance(statement, Block):
            open_blocks.append((iter(statement.dfm_body), statement))


class _Reader:
    """What has been read so far, and where the next statement stands."""

    def __init__(self, plan: Plan) -> None:
        self.statements = {s.dfm_node_id.as_identifier(): s for s in plan.pipeline.dfm_walk()}
        self._outline = plan.outline or Outline.of(plan.pipeline)
        self.mistakes = Mistakes(plan.pipeline_name)
        self._may_advise = plan.pipeline.mode == "discovery"
        self._names = Names(self.statements)
        self._lines: list[Line] = []
        self._deliveries: list[Delivery] = []
        self._rank = 0
        self._where = [Where()]
        self._there: dict[str, str] = {}
        """The values that have been made, and the loop that each is in."""
        self._loops: dict[str, int] = {}
        """The numbers of the lines of loops; `_else` and `_lookups` are of branches and caches."""
        self._else: dict[str, str] = {}
        self._lookups: dict[str, int] = {}
        self._stores: defaultdict[str, list[Glue]] = defaultdict(list)
        self._reductions: dict[str, Reduction] = {}
        awaited = (i.as_identifier() for s in self.statements.values() for i in s.dfm_after_ids)
        blocks = [name for name in dict.fromkeys(awaited) if self._is_block(name)]
        self._inside: dict[str, list[str]] = {name: [] for name in blocks}
        """What stands in each block that somebody waits for."""
        self._over = {name: self._names.fresh(f"{name}_all") for name in blocks}

    @property
    def read(self) -> tuple[tuple[Line, ...], tuple[Delivery, ...]]:
        """The lines so far."""
        return tuple(self._lines), tuple(self._deliveries)

    def enter(self, statement: Statement) -> None:
        """Read a statement; what follows may stand in it."""
        name, where = statement.dfm_node_id.as_identifier(), self._where[-1]
        there = self._there if not where.instead else {**self._there, **where.instead}
        leaves = self._outline.leaves(statement)
        for mistake in false_references(statement, leaves.references, self.statements, there):
            self.mistakes.add(mistake)
        if not self._may_advise and (leaves.advice or _asks_for_a_site(statement)):
            self.mistakes.add(_no_advice(statement))
        try:
            inside = self._read(statement, self._own(statement))
        except StructureError as mistake:
            self.mistakes.add(mistake)
            self.mistakes.raise_any()
            raise
        if isinstance(statement, Block):
            blocks = (*where.blocks, name) if name in self._inside else where.blocks
            within = f"{statement.dfm_title()}, {statement.dfm_location}".removesuffix(", ")
            self._where.append(replace(inside, blocks=blocks, within=within))
        elif isinstance(statement, Valued):
            self._there[name] = where.scope

    def _own(self, statement: Statement) -> Own:
        waits = dict.fromkeys(ident.as_identifier() for ident in statement.dfm_after_ids)
        after = tuple(self._over.get(name, name) for name in waits)
        name = statement.dfm_node_id.as_identifier()
        return Own(name, statement.dfm_location, after, self._where[-1], self._names)

    def _read(self, statement: Statement, own: Own) -> Where:
        """Add the lines of a statement, and return where that stands which it holds."""
        match statement:
            case Operation():
                self._add(written.step(statement, own))
            case Yield():
                self._add(written.delivery(statement, own, f"yield{len(self._deliveries)}"))
            case If():
                branch = written.branch(statement, own)
                self._add(branch)
                self._else[own.name] = branch.outputs[1]
                return replace(own.where, gate=branch.outputs[0])
            case Else():
                return replace(own.where, gate=self._gate_of_else(statement, own))
            case Join():
                self._add(*written.join(statement, own, self._there))
            case ForEach():
                self._add(*written.loop(statement, own))
                self._loops[own.name] = len(self._lines) - 1
                self._there[own.name] = own.name
                return replace(own.where, scope=own.name, gate=None)
            case Collect():
                self._add(*written.collect(statement, own, self._loop(statement), self._there))
            case Reduce():
                begun = written.reduction(statement, own, self._loop(statement))
                self._reductions[own.name] = begun
                self._add(begun.initial)
                instead = {own.name: begun.before}
                return replace(own.where, scope=begun.scope.item, gate=None, instead=instead)
            case TryFromCache():
                lookup = written.lookup(statement, own)
                self._add(lookup)
                self._lookups[own.name] = len(self._lines) - 1
                return replace(own.where, gate=lookup.outputs[1])
            case WriteToCache():
                self._store(statement, own)
            case _:
                raise InternalError(f"no compiler pass knows {statement.dfm_title()}")
        return own.where

    def leave(self, block: Statement) -> None:
        """Go on after a block."""
        name, inside = block.dfm_node_id.as_identifier(), self._where.pop()
        own, head = self._own(block), name
        match block:
            case Else():
                head = str(inside.gate)
            case ForEach():
                self._end_loop(self._loops[name])
            case Reduce():
                self._add(*written.reduced(self._reductions[name]))
                self._there[name] = own.where.scope
            case TryFromCache():
                self._add(self._value_of_cache(name, own))
                self._there[name] = own.where.scope
        if name in self._inside:
            over = Let(self._over[name], None, (head, *self._inside[name]))
            self._add(Own(name, own.at, (), own.where, self._names).glue(over))

    def _add(self, *lines: Line | Delivery) -> None:
        where = self._where[-1]
        for line in lines:
            if isinstance(line, Delivery):
                self._deliveries.append(line.replace(rank=self._rank))
            else:
                self._lines.append(line)
            self._rank += 1
            # What stands before the gate of a block is waited for by what stands behind it.
            if line.when == where.gate or line.scope != where.scope:
                for block in where.blocks:
                    self._inside[block].append(line.key)

    # -- single kinds ------------------------------------------------------------------------

    def _is_block(self, name: str) -> bool:
        return isinstance(self.statements.get(name), (If, Else, ForEach, TryFromCache))

    def _end_loop(self, number: int) -> None:
        loop = self._lines[number]
        if isinstance(loop, Scope):
            self._lines[number] = loop.replace(rank=self._rank)
        self._rank += 1

    def _loop(self, statement: Collect | Reduce) -> Scope:
        """Return the loop of a collect or reduce, which stands outside of it."""
        name = statement.loop.as_identifier()
        loop = self._lines[self._loops[name]] if name in self._loops else None
        if not isinstance(loop, Scope):
            raise StructureError(
                f"{statement.dfm_title()} is written before its loop, {statement.loop}",
                at=statement.dfm_location,
                hint="move it after the loop",
            )
        if isinstance(statement, Reduce) and loop.scope != self._where[-1].scope:
            raise StructureError(
                f"a reduce must stand in the same loop as {loop.at or statement.loop},"
                " the loop whose values it reduces",
                at=statement.dfm_location,
                hint="loop.reduce(...) right after the block of the loop",
            )
        return loop

    def _gate_of_else(self, statement: Else, own: Own) -> str:
        gate = self._else[statement.branch.as_identifier()]
        if not own.after:
            return gate
        later = written.later_gate(own, gate)
        self._add(later)
        return later.name

    def _store(self, statement: WriteToCache, own: Own) -> None:
        if statement.lookup is None:
            self._add(written.store(statement, own, None))
            return
        name = statement.lookup.as_identifier()
        store = written.store(statement, own, self._lines[self._lookups[name]].outputs[0])
        self._add(store)
        self._stores[name].append(store)

    def _value_of_cache(self, name: str, own: Own) -> Glue:
        """Return the value of a cache, and put its lookup where the first value is made."""
        number, stores = self._lookups[name], self._stores[name]
        lookup = self._lines[number]
        first = stores[0].does
        if isinstance(lookup, Glue) and isinstance(first, Store):
            made = [ref.place for ref in references(first.value) if ref.place in self._there]
            self._lines[number] = lookup = lookup.replace(near=made[0] if made else "")
        stored = tuple(store.name for store in stores)
        return written.found_or_stored(own, lookup.outputs[0], stored)


def _asks_for_a_site(statement: Statement) -> bool:
    return isinstance(getattr(statement, "site", None), Advise)


def _no_advice(statement: Statement) -> StructureError:
    """Return the refusal of requests for advice in a pipeline that is to be executed."""
    return StructureError(
        "Advise() has no value when a pipeline is executed",
        at=statement.dfm_location,
        hint='a value, a PlaceParam, or Pipeline(mode="discovery")',
    )
