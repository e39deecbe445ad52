"""Where statements stand, and so which values each can read.

What is made inside a loop is made anew in each iteration. Inside the loop it can be read, and
what is made outside can be read too; after the loop there is no one value of it, only what
`collect` and `reduce` make of all of them. Branches and caches hide nothing: what reads a value
that was not made is not done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dfm.api.branches import Join
from dfm.api.caches import TryFromCache
from dfm.api.loops import Collect, ForEach, Reduce
from dfm.api.outline import Outline
from dfm.api.references import references_in
from dfm.api.statement import Block, Statement
from dfm.errors import StructureError

if TYPE_CHECKING:
    from dfm.api.nodes import NodeId, NodeRef

Loops = tuple["NodeId", ...]
"""Loops, each inside the one before it."""


def loops_around(ident: NodeId, outline: Outline) -> Loops:
    """Return the loops in whose iterations a statement is done."""
    return tuple(
        block.dfm_node_id if isinstance(block, ForEach) else block.loop
        for block in outline.around[ident]
        if isinstance(block, (ForEach, Reduce))
    )


def loops_of_value(ident: NodeId, outline: Outline) -> Loops:
    """Return the loops in whose iterations a statement's value is one value."""
    loops = loops_around(ident, outline)
    return (*loops, ident) if isinstance(outline.statements[ident], ForEach) else loops


def check_scopes(pipeline: Block, outline: Outline | None = None) -> None:
    """Refuse values that are read where they are not one value.

    Raises:
        StructureError: naming both statements.
    """
    outline = outline or Outline.of(pipeline)
    for statement in outline.statements.values():
        check_reads(statement, outline)


def check_reads(statement: Statement, outline: Outline) -> None:
    """Refuse a statement that reads what it can not from where it stands.

    References to nothing are left to the compiler, which knows what comes first.

    Raises:
        StructureError: naming both statements.
    """
    if isinstance(statement, (Collect, Reduce)):
        check_loop_end(statement, outline)
    _check_order(statement, outline)
    for ref, loops in _reads(statement, outline):
        source = outline.statements.get(ref.id)
        if source is None:
            continue
        if isinstance(source, TryFromCache) and _is_inside(statement, source, outline):
            raise StructureError(
                f"{_named(statement)} reads what {_named(source)} gives, inside its block",
                at=statement.dfm_location,
                hint="the value that is given to cache(...), or this line after the block",
            )
        made_in = loops_of_value(ref.id, outline)
        if made_in != loops[: len(made_in)]:
            raise _out_of_reach(statement, source, made_in, loops, outline)


def _check_order(statement: Statement, outline: Outline) -> None:
    """Refuse a statement that waits for the end of a block in which it stands."""
    for ident in statement.dfm_after_ids:
        block: Any = outline.statements.get(ident)
        if isinstance(block, Block) and _is_inside(statement, block, outline):
            raise StructureError(
                f"{_named(statement)} waits for all of {_named(block)}, inside its block",
                at=statement.dfm_location,
                hint="dfm_after= of what comes earlier in the block",
            )


def _reads(statement: Statement, outline: Outline) -> Iterator[tuple[NodeRef, Loops]]:
    """Yield what a statement reads, and the loops in whose iterations it does."""
    loops = loops_around(statement.dfm_node_id, outline)
    if isinstance(statement, Collect):
        loops = (*loops, statement.loop)
    for ref in outline.leaves(statement).references:
        yield ref, loops


def _out_of_reach(
    statement: Statement, source: Statement, made_in: Loops, loops: Loops, outline: Outline
) -> StructureError:
    common = next((n for n, loop in enumerate(made_in) if loop not in loops[n : n + 1]), 0)
    loop = outline.statements.get(made_in[common], source)
    hint = "loop.collect(value) after the loop for the list of all, or loop.reduce(...)"
    if isinstance(statement, Join):
        hint = "value = If.join(...) inside the loop, and loop.collect(value) after it"
    what = "the item of" if source is loop else f"{_named(source)}, made in each iteration of"
    return StructureError(
        f"{_named(statement)} reads {what} {_named(loop)}, outside that loop",
        at=statement.dfm_location,
        hint=hint,
    )


def check_loop_end(statement: Collect | Reduce, outline: Outline) -> None:
    """Refuse a collect or reduce that does not stand after a loop, in the same loops as it.

    Raises:
        StructureError: naming the statement and the loop.
    """
    way = "reduce" if isinstance(statement, Reduce) else "collect"
    loop = outline.statements.get(statement.loop)
    if not isinstance(loop, ForEach):
        raise StructureError(
            f"{statement.loop} is no loop of this pipeline, so there is nothing to {way}",
            at=statement.dfm_location,
            hint=f"loop.{way}(...) after `with ForEach(seq=...) as loop:`",
        )
    if _is_inside(statement, loop, outline):
        raise StructureError(
            f"{way} is written inside the block of {_named(loop)}, which is not over there",
            at=statement.dfm_location,
            hint=f"loop.{way}(...) after the block",
        )
    _check_beside(statement, loop, outline, way)
    if isinstance(statement, Collect):
        _check_made_inside(statement, loop, outline)


def _check_beside(statement: Collect | Reduce, loop: ForEach, outline: Outline, way: str) -> None:
    """Refuse a collect or reduce that does not stand in the same loops as its loop."""
    around, around_loop = outline.around[statement.dfm_node_id], outline.around[loop.dfm_node_id]
    # A list can wait for a branch, but a step runs in the loop, which may come before the branch.
    kinds = ForEach if isinstance(statement, Collect) else Block
    if block := next(_those_of(kinds, around, around_loop), None):
        raise StructureError(
            f"{way} is written in {_named(block[0])}, and its loop {_named(loop)} is not",
            at=statement.dfm_location,
            hint=f"loop.{way}(...) right after the loop, and what it returns in the block",
        )
    if block := next(_those_of(ForEach, around_loop, around), None):
        raise StructureError(
            f"{way} is written outside {_named(block[0])}, in which its loop {_named(loop)} is",
            at=statement.dfm_location,
            hint=f"loop.{way}(...) right after the loop, in the same block",
        )


def _those_of(
    kind: type, blocks: tuple[Block, ...], others: tuple[Block, ...]
) -> Iterator[tuple[Block]]:
    """Yield the blocks of a kind that are not among others; in tuples, as blocks have no truth."""
    for block in blocks:
        if isinstance(block, kind) and all(block is not other for other in others):
            yield (block,)


def _check_made_inside(statement: Collect, loop: ForEach, outline: Outline) -> None:
    sources = [r.id for r in references_in(statement.value) if r.id in outline.statements]
    if any(loop.dfm_node_id in loops_of_value(ident, outline) for ident in sources):
        return
    what = " and ".join(_named(outline.statements[ident]) for ident in sources) or "the value"
    raise StructureError(
        f"{what} is not made in {_named(loop)}, so there is nothing to collect",
        at=statement.dfm_location,
        hint="a value of the loop's block, or the item itself",
    )


def _is_inside(statement: Statement, block: Block, outline: Outline) -> bool:
    return any(around is block for around in outline.around[statement.dfm_node_id])


def _named(statement: Statement | Block) -> str:
    """Name a statement with its line, or with its id where there is no line."""
    where = getattr(statement, "dfm_location", "") or getattr(statement, "dfm_node_id", "")
    return f"{statement.dfm_title()} ({where})"
