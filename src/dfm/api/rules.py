"""What must hold for a pipeline as a whole, whoever wrote or sent it.

An author meets these rules when the `with` block ends, a reader when a pipeline is loaded,
and the compiler may ask again. Each names both lines that do not fit together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dfm.api.blocks import check_blocks
from dfm.api.caches import WriteToCache
from dfm.api.flow import check_flow
from dfm.api.outline import Outline
from dfm.api.reach import check_scopes
from dfm.api.references import places_in
from dfm.api.statement import Block, Statement
from dfm.api.statements import Yield
from dfm.errors import StructureError

__all__ = [
    "OUTLINE_RULES",
    "check_blocks",
    "check_flow",
    "check_ids",
    "check_places",
    "check_rules",
    "check_scopes",
]

if TYPE_CHECKING:
    from dfm.api.markers import PlaceParam
    from dfm.api.nodes import NodeId


@dataclass(frozen=True, slots=True)
class _Use:
    place: str
    multiuse: bool
    by: Statement

    @property
    def at(self) -> str:
        return self.by.dfm_location or str(self.by.dfm_node_id)


def check_places(pipeline: Block, outline: Outline | None = None) -> None:
    """Refuse place names that are used twice, or both for results and for parameters.

    Raises:
        StructureError: naming the place and both lines.
    """
    yields = _first_uses("yield place", _yields(pipeline))
    params = _first_uses("parameter", _params(pipeline, outline or Outline.of(pipeline)))
    for place in sorted(yields.keys() & params.keys()):
        raise StructureError(
            f"{place!r} is the name of a parameter at {params[place].at}"
            f" and of a yield place at {yields[place].at}",
            at=yields[place].at,
            hint="two different names",
        )


def _first_uses(kind: str, uses: Iterator[_Use]) -> dict[str, _Use]:
    """Return the first use of each place, refusing others unless all say multiuse."""
    first: dict[str, _Use] = {}
    for use in uses:
        other = first.setdefault(use.place, use)
        if other is not use and not (other.multiuse and use.multiuse):
            raise StructureError(
                f"the {kind} {use.place!r} is used at {other.at} and again at {use.at}",
                at=use.at,
                hint="multiuse=True on every use, or two different names",
            )
    return first


def _yields(pipeline: Block) -> Iterator[_Use]:
    for statement in pipeline.dfm_walk():
        if isinstance(statement, Yield):
            yield _Use(statement.place, statement.multiuse, statement)


def _params(pipeline: Block, outline: Outline) -> Iterator[_Use]:
    for statement in pipeline.dfm_walk():
        for param in _own_params(statement, outline):
            yield _Use(param.place, param.multiuse, statement)


def _own_params(statement: Statement, outline: Outline) -> tuple[PlaceParam, ...]:
    """Return what a statement says itself: a store in a `TryFromCache` has the key of that."""
    if isinstance(statement, WriteToCache) and statement.lookup is not None:
        return places_in(statement.value)
    return outline.leaves(statement).places


def check_ids(pipeline: Block) -> None:
    """Refuse two statements with one id.

    Raises:
        StructureError: naming the id and both statements.
    """
    seen: dict[NodeId, Statement] = {}
    for statement in pipeline.dfm_walk():
        other = seen.setdefault(statement.dfm_node_id, statement)
        if other is not statement:
            raise StructureError(
                f"two statements have the id {statement.dfm_node_id}:"
                f" {other.dfm_title()} and {statement.dfm_title()}",
                at=statement.dfm_location,
                hint="an id of its own for each statement",
            )


OUTLINE_RULES = (check_scopes, check_places, check_flow)
"""The rules of what statements read, which are asked for once ids and blocks are as they should be.

Each takes the pipeline and its outline, so that the outline is made only once.
"""


def check_rules(pipeline: Block) -> None:
    """Refuse a pipeline that breaks one of the rules.

    Raises:
        DeclarationError: for the first mistake that is found.
    """
    check_ids(pipeline)
    check_blocks(pipeline)
    outline = Outline.of(pipeline)
    for rule in OUTLINE_RULES:
        rule(pipeline, outline)
