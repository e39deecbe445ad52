"""The outline of a pipeline: its statements, which blocks are around each, and what each reads.

It grows while a pipeline is written, and is made at once of one that is read. It knows nothing
of what statements mean; see `reach.py` for that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from dfm.api.nodes import NodeId
    from dfm.api.references import Leaves
    from dfm.api.statement import Block, Statement


@dataclass(slots=True)
class Outline:
    """Statements by their ids, and the blocks around each, outermost first."""

    statements: dict[NodeId, Statement] = field(default_factory=dict)
    around: dict[NodeId, tuple[Block, ...]] = field(default_factory=dict)
    _leaves: dict[int, Leaves] = field(default_factory=dict)
    """By the identity of statements, because two of them may have one id, by mistake."""

    @classmethod
    def of(cls, pipeline: Block) -> Self:
        """Return the outline of a pipeline."""
        outline = cls()
        for statement, around in pipeline.dfm_walk_nested():
            outline.add(statement, around)
        return outline

    def add(self, statement: Statement, around: tuple[Block, ...]) -> None:
        """Add a statement that stands in some blocks."""
        self.statements[statement.dfm_node_id] = statement
        self.around[statement.dfm_node_id] = around

    def forget(self, statement: Statement) -> None:
        """Take a statement out again."""
        del self.statements[statement.dfm_node_id], self.around[statement.dfm_node_id]
        self._leaves.pop(id(statement), None)

    def leaves(self, statement: Statement) -> Leaves:
        """Return what is not known yet in a statement's own values; it is looked for only once."""
        found = self._leaves.get(id(statement))
        if found is None:
            found = self._leaves[id(statement)] = statement.dfm_leaves()
        return found
