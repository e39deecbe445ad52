"""What must stand in a block: something; after an If its Else; in a TryFromCache its value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from dfm.api.branches import Else, If
from dfm.api.caches import TryFromCache, WriteToCache, stored_in_loop
from dfm.api.literals import encode
from dfm.api.loops import ForEach, Reduce
from dfm.api.nodes import NodeId
from dfm.api.statement import Block, Statement
from dfm.api.statements import Operation
from dfm.errors import StructureError


def check_blocks(pipeline: Block) -> None:
    """Refuse blocks that are empty, or do not hold together.

    Raises:
        StructureError: naming the block.
    """
    _check_members(pipeline)
    for statement, around in pipeline.dfm_walk_nested():
        if isinstance(statement, Block):
            check_block(statement)
        if isinstance(statement, WriteToCache) and statement.lookup is not None:
            _check_lookup(statement, around)


def check_block(block: Block) -> None:
    """Refuse a block that is empty, or does not hold together.

    Raises:
        StructureError: naming the block.
    """
    _check_not_empty(block)
    _check_members(block)
    if isinstance(block, TryFromCache):
        _check_cache(block)
    if isinstance(block, Reduce):
        _check_step(block)


def _check_not_empty(block: Block) -> None:
    if not block.dfm_body:
        raise StructureError(
            f"nothing is written in the block of {block.dfm_title()}",
            at=_line(block),
            hint=f"with {block.dfm_title()}(...): and what is to be done",
        )


def _check_members(block: Block) -> None:
    """Refuse an Else that is not right after its If."""
    for before, statement in pairwise([None, *block.dfm_body]):
        if not isinstance(statement, Else):
            continue
        if not isinstance(before, If) or statement.branch != before.dfm_node_id:
            raise StructureError(
                f"an Else ({_line(statement)}) must come right after its If, in the same block",
                at=_line(statement),
                hint="with If(cond=...): ... and then with Else(): ...",
            )


def _check_cache(block: TryFromCache) -> None:
    """Refuse a look into the cache that stores nothing, or more than once."""
    ident = block.dfm_node_id
    if next(_stores(block, ident), None) is None:
        raise StructureError(
            "the block of TryFromCache stores nothing",
            at=_line(block),
            hint="cached.cache(value) in `with TryFromCache(key=...) as cached:`",
        )
    loops = (loop for loop in block.dfm_walk() if isinstance(loop, ForEach))
    for loop in loops:
        for store in _stores(loop, ident):
            raise stored_in_loop(loop, _line(store))
    _check_one_store(block)


def _check_one_store(block: TryFromCache) -> None:
    """Refuse two stores of which one is done whenever the other is: which is the value, then?"""
    before: list[tuple[WriteToCache, list[NodeId]]] = []
    for statement, around in block.dfm_walk_nested():
        if not isinstance(statement, WriteToCache) or statement.lookup != block.dfm_node_id:
            continue
        path = [b.dfm_node_id for b in around if isinstance(b, Statement)]
        for other, its in before:
            if path[: len(its)] == its or its[: len(path)] == path:
                raise StructureError(
                    f"a TryFromCache stores one value, but {_line(other)} and {_line(statement)}"
                    " both store one",
                    at=_line(statement),
                    hint="cached.cache(value) once; or once in an If, and once in its Else",
                )
        before.append((statement, path))


def _check_lookup(store: WriteToCache, around: tuple[Block, ...]) -> None:
    """Refuse a store for a lookup that it is not inside of, or that has another key."""
    for block in around:
        if isinstance(block, TryFromCache) and block.dfm_node_id == store.lookup:
            if block.site == store.site and _is_same(block.key, store.key):
                return
            break
    raise StructureError(
        f"WriteToCache ({_line(store)}) does not store what {store.lookup} looks for",
        at=_line(store),
        hint="cached.cache(value) in `with TryFromCache(key=...) as cached:`",
    )


def _is_same(one: Any, other: Any) -> bool:
    """Whether two keys are one, also if there is something in them that equals nothing."""
    return bool(encode(one, keep_unknown=True) == encode(other, keep_unknown=True))


def _stores(block: Block, lookup: NodeId) -> Iterator[WriteToCache]:
    for statement in block.dfm_walk():
        if isinstance(statement, WriteToCache) and statement.lookup == lookup:
            yield statement


def _check_step(block: Reduce) -> None:
    if len(block.dfm_body) != 1 or not isinstance(block.dfm_body[0], Operation):
        raise StructureError(
            f"a reduce has one operation in it, not {len(block.dfm_body)} statements",
            at=_line(block),
            hint="loop.reduce(operation, value, initial=...)",
        )


def _line(statement: Statement | Block) -> str:
    if not isinstance(statement, Statement):
        return ""
    return statement.dfm_location or str(statement.dfm_node_id)
