"""Check what can be checked before looking at where things run."""

from __future__ import annotations

from dfm.api import Operation, Pipeline, Yield
from dfm.api.rules import check_flow, check_ids, check_places
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.errors import DeclarationError, StructureError, UnknownName
from dfm.federation.models import FederationSpec


def check_pipeline(plan: Plan) -> Plan:
    """Refuse a pipeline that is not for this federation, or does not hold together.

    Leaves: operations and yields only, with unique ids; the homesite is a site.

    Raises:
        DeclarationError: for one mistake, or one that lists all of them.
    """
    pipeline, federation = plan.pipeline, plan.federation
    mistakes = Mistakes(plan.pipeline_name)
    with mistakes.noted():
        check_version(pipeline, federation)
    if plan.homesite not in federation.sites:
        mistakes.add(UnknownName("site", plan.homesite, federation.sites, at="homesite"))
    for check in (check_ids, check_places, check_flow, _check_statements):
        with mistakes.noted():
            check(pipeline)
    for unsupported in _unsupported(pipeline):
        mistakes.add(unsupported)
    for operation in pipeline.dfm_body:
        name = operation.dfm_title()
        if isinstance(operation, Operation) and name not in federation.operations:
            at = operation.dfm_location
            mistakes.add(UnknownName("operation", name, federation.operations, at=at))
    mistakes.raise_any()
    return plan


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


def _check_statements(pipeline: Pipeline) -> None:
    if not pipeline.dfm_body:
        raise StructureError(
            f"pipeline {pipeline.name!r} has nothing to do",
            hint="write operations and yields inside `with Pipeline() as p:`",
        )
    if pipeline.mode != "execute":
        raise StructureError(
            f"mode={pipeline.mode!r} is not supported yet", hint='Pipeline(mode="execute")'
        )


def _unsupported(pipeline: Pipeline) -> list[DeclarationError]:
    return [
        StructureError(
            f"{statement.dfm_title()} is not supported yet",
            at=statement.dfm_location,
            hint="decide, loop and keep results inside an operation for now",
        )
        for statement in pipeline.dfm_body
        if not isinstance(statement, (Operation, Yield))
    ]
