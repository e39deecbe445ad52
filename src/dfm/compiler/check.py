"""Check what can be checked before looking at where things run."""

from __future__ import annotations

from dataclasses import replace

from dfm.api import Operation, Pipeline, check_blocks, check_ids
from dfm.api.outline import Outline
from dfm.api.rules import OUTLINE_RULES
from dfm.api.scope import MAX_BLOCKS
from dfm.api.statement import Block
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.errors import LimitExceeded, StructureError, UnknownName
from dfm.federation.models import FederationSpec


def check_pipeline(plan: Plan) -> Plan:
    """Refuse a pipeline that is not for this federation, or does not hold together.

    Leaves: statements with unique ids, in blocks that are what they should be, whose values are
    read where they can be seen; their outline; the homesite is a site.

    Raises:
        DeclarationError: for one mistake, or one that lists all of them.
    """
    pipeline, federation = plan.pipeline, plan.federation
    check_depth(pipeline)
    mistakes = Mistakes(plan.pipeline_name)
    with mistakes.noted():
        check_version(pipeline, federation)
    if plan.homesite not in federation.sites:
        mistakes.add(UnknownName("site", plan.homesite, federation.sites, at="homesite"))
    for check in (_check_not_empty, check_ids, check_blocks):
        with mistakes.noted():
            check(pipeline)
    outline = Outline.of(pipeline)
    for rule in OUTLINE_RULES:
        with mistakes.noted():
            rule(pipeline, outline)
    for statement in pipeline.dfm_walk():
        name = statement.dfm_title()
        if isinstance(statement, Operation) and name not in federation.operations:
            at = statement.dfm_location
            mistakes.add(UnknownName("operation", name, federation.operations, at=at))
    mistakes.raise_any()
    return replace(plan, outline=outline)


def check_version(pipeline: Pipeline, federation: FederationSpec) -> None:
    """Refuse a pipeline written for another major version of the federation.

    Raises:
        StructureError: naming both versions.
    """
    wanted, offered = pipeline.api_version, federation.api_version
    if wanted and wanted.split(".")[0] != offered.split(".")[0]:
        raise StructureError(
            f"pipeline {pipeline.name!r} is written for version {wanted}, but"
            f" federation {federation.name!r} has version {offered}",
            hint=f'api_version="{offered}", after looking at what has changed',
        )


def check_depth(pipeline: Pipeline) -> None:
    """Refuse blocks that stand in blocks too deep to be read.

    Raises:
        LimitExceeded: naming the limit.
    """
    level: list[Block] = [pipeline]
    for _ in range(MAX_BLOCKS + 1):
        level = [s for block in level for s in block.dfm_body if isinstance(s, Block)]
    if level:
        raise LimitExceeded(
            f"blocks are nested more than {MAX_BLOCKS} deep",
            at=getattr(level[0], "dfm_location", ""),
            hint="an operation that does the inner part",
        )


def _check_not_empty(pipeline: Pipeline) -> None:
    if not pipeline.dfm_body:
        raise StructureError(
            f"pipeline {pipeline.name!r} has nothing to do",
            hint="write operations and yields inside `with Pipeline() as p:`",
        )
