"""The pipeline that is being written, and the block in it that new statements join.

The scope is a context variable: threads and asyncio tasks that write pipelines at the same
time do not see each other's. A task started inside a `with Pipeline()` writes into that
pipeline, with a block stack of its own. This module knows nothing of what statements mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dfm.api.location import where_written
from dfm.api.outline import Outline
from dfm.errors import LimitExceeded, StructureError

if TYPE_CHECKING:
    from dfm.api.nodes import NodeId
    from dfm.api.pipeline import Pipeline
    from dfm.api.statement import Block, Statement

MAX_BLOCKS = 32


@dataclass(slots=True)
class Draft:
    """A pipeline that is open for writing, and the statements it has so far."""

    pipeline: Pipeline
    outline: Outline = field(default_factory=Outline)
    next_number: int = 0
    is_open: bool = True
    has_blocks: bool = False

    @property
    def statements(self) -> dict[NodeId, Statement]:
        """The statements so far, by their ids."""
        return self.outline.statements

    def fresh_id(self) -> NodeId:
        """Return the next automatic id that no statement has."""
        from dfm.api.nodes import make_auto_id  # nodes need to know whether a pipeline is open

        while (fresh := make_auto_id(self.next_number)) in self.statements:
            self.next_number += 1
        self.next_number += 1
        return fresh

    def register(self, statement: Statement, around: tuple[Block, ...]) -> None:
        """Remember a statement by its id, and the blocks around it.

        Raises:
            StructureError: when another statement of the pipeline has the id.
        """
        other = self.statements.get(statement.dfm_node_id, statement)
        if other is not statement:
            raise StructureError(
                f"two statements have the id {statement.dfm_node_id}; the other one is"
                f" {other.dfm_title()} at {other.dfm_location or 'an unknown line'}",
                at=statement.dfm_location,
                hint="another name in well_known_id(...), or no dfm_node_id at all",
            )
        self.outline.add(statement, around)
        self.has_blocks = self.has_blocks or bool(around)


@dataclass(frozen=True, slots=True)
class Scope:
    """A draft, and the blocks that are open in it, outermost first: the pipeline itself."""

    draft: Draft
    blocks: tuple[Block, ...]

    @property
    def around(self) -> tuple[Block, ...]:
        """The blocks around a statement that is written now, without the pipeline."""
        return self.blocks[1:]


_SCOPE: ContextVar[Scope | None] = ContextVar("dfm_pipeline_scope", default=None)
_READING: ContextVar[str | None] = ContextVar("dfm_mode_being_read", default=None)


def current_scope() -> Scope | None:
    """Return the open scope of this context, or None."""
    scope = _SCOPE.get()
    return scope if scope is not None and scope.draft.is_open else None


def is_authoring() -> bool:
    """Whether a pipeline is open in this context."""
    return current_scope() is not None


@contextmanager
def reading_mode(mode: str) -> Iterator[None]:
    """Say of which mode the pipeline is that is read inside the block."""
    token = _READING.set(mode)
    try:
        yield
    finally:
        _READING.reset(token)


def is_discovering() -> bool:
    """Whether the pipeline that is read here, or else written, only asks for advice."""
    if (read := _READING.get()) is not None:
        return read == "discovery"
    scope = current_scope()
    return scope is not None and scope.draft.pipeline.mode == "discovery"


def outside_pipeline(title: str) -> StructureError:
    """Return the error for what only has a meaning inside a pipeline."""
    return StructureError(
        f"{title} is outside a pipeline",
        at=str(where_written()),
        hint="write it inside `with Pipeline() as p:`",
    )


def add_statement(statement: Statement) -> None:
    """Append a new statement to the innermost open block; outside a pipeline, do nothing."""
    if scope := current_scope():
        scope.draft.register(statement, scope.around)
        scope.blocks[-1].dfm_body.append(statement)


def withdraw_statement(statement: Statement) -> None:
    """Take back the statement that was added last to the innermost open block."""
    scope = current_scope()
    body = scope.blocks[-1].dfm_body if scope else []
    if scope and body and body[-1] is statement:
        del body[-1]
        scope.draft.outline.forget(statement)


def _check_entered(block: Any, scope: Scope) -> None:
    """Refuse a block that is entered elsewhere than where it was written, or too deep."""
    if all(statement is not block for statement in reversed(scope.blocks[-1].dfm_body)):
        raise StructureError(
            f"{block.dfm_title()} is entered where it is not written:"
            f" it was written at {getattr(block, 'dfm_location', '') or 'some other place'}",
            at=str(where_written()),
            hint=f"with {block.dfm_title()}(...): in one line",
        )
    if len(scope.blocks) > MAX_BLOCKS:
        raise LimitExceeded(
            f"blocks are nested more than {MAX_BLOCKS} deep",
            at=str(where_written()),
            hint="an operation that does the inner part",
        )


class PipelineBuildHelper:
    """The build scope by the names that users of the earlier system know."""

    @classmethod
    def build_helper_active(cls) -> bool:
        """Whether a pipeline is open in this context."""
        return is_authoring()

    @classmethod
    def enter_pipeline(cls, pipeline: Pipeline) -> None:
        """Open a pipeline for writing; one that has statements goes on counting after them.

        Raises:
            StructureError: when a pipeline is open already.
        """
        if scope := current_scope():
            raise StructureError(
                "can only enter one Pipeline context at a time:"
                f" pipeline {scope.draft.pipeline.name!r} is still open",
                at=str(where_written()),
                hint="leave the first `with Pipeline()` block before the second one begins",
            )
        draft = Draft(pipeline)
        for statement, around in pipeline.dfm_walk_nested():
            draft.register(statement, around)
            if isinstance(ident := statement.dfm_node_id.ident, int):
                draft.next_number = max(draft.next_number, ident + 1)
        _SCOPE.set(Scope(draft, (pipeline,)))

    @classmethod
    def exit_pipeline(cls, pipeline: Pipeline) -> None:
        """Close the pipeline.

        Raises:
            StructureError: when it is not the open one, or a block in it is still open.
        """
        scope = cls._scope("the end of a pipeline")
        if scope.draft.pipeline is not pipeline:
            raise StructureError(
                f"pipeline {pipeline.name!r} is not the open one,"
                f" which is {scope.draft.pipeline.name!r}",
                at=str(where_written()),
                hint="leave the pipelines in the order in which they were entered",
            )
        if len(scope.blocks) != 1:
            raise StructureError(
                f"{scope.blocks[-1].dfm_title()} is still open",
                at=str(where_written()),
                hint="leave every block before the pipeline ends",
            )
        cls.abandon_pipeline()

    @classmethod
    def abandon_pipeline(cls) -> None:
        """Close whatever is open, also half way through a block."""
        if scope := _SCOPE.get():
            scope.draft.is_open = False
        _SCOPE.set(None)

    @classmethod
    def get_fresh_node_id(cls) -> NodeId:
        """Return the next automatic id of the open pipeline.

        Raises:
            StructureError: when no pipeline is open.
        """
        return cls._scope("a statement").draft.fresh_id()

    @classmethod
    def push_block(cls, block: Block) -> None:
        """Make a block the one that new statements join.

        Raises:
            StructureError: when no pipeline is open, or the block stands somewhere else.
            LimitExceeded: when too many blocks are open.
        """
        scope = cls._scope(block.dfm_title())
        _check_entered(block, scope)
        _SCOPE.set(Scope(scope.draft, (*scope.blocks, block)))

    @classmethod
    def pop_block(cls, block: Block) -> None:
        """Leave a block.

        Raises:
            StructureError: when it is not the innermost open one.
        """
        scope = cls._scope(block.dfm_title())
        if len(scope.blocks) < 2 or scope.blocks[-1] is not block:
            raise StructureError(
                f"{block.dfm_title()} is left, but the innermost open block is"
                f" {scope.blocks[-1].dfm_title()}",
                at=str(where_written()),
                hint="leave blocks in the opposite order in which they were entered",
            )
        _SCOPE.set(Scope(scope.draft, scope.blocks[:-1]))

    @classmethod
    def is_innermost(cls, block: Block) -> bool:
        """Whether a block is the one that new statements join."""
        scope = current_scope()
        return scope is not None and scope.blocks[-1] is block

    @classmethod
    def get_current_block(cls) -> Block:
        """Return the block that new statements join.

        Raises:
            StructureError: when no pipeline is open.
        """
        return cls._scope("a block").blocks[-1]

    @classmethod
    def _scope(cls, title: str) -> Scope:
        scope = current_scope()
        if scope is None:
            raise outside_pipeline(title)
        return scope
