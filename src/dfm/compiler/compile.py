"""Compiling: the passes in order, and the loop that runs them.

A pipeline and a federation go in, the nets of the sites that take part come out. Nothing is
contacted and nothing is run, and the same input gives the same nets on any machine. `watch` is
shown the plan after each pass; explaining, timing and the tests of the passes all use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, get_args

from dfm.api import Pipeline
from dfm.compiler.absences import note_optional_yields
from dfm.compiler.callers import check_caches
from dfm.compiler.check import check_pipeline
from dfm.compiler.cut import cut_crossings
from dfm.compiler.deliver import deliver_yields
from dfm.compiler.ends import await_ends
from dfm.compiler.expand import expand_candidates
from dfm.compiler.glue import place_glue
from dfm.compiler.iterations import await_iterations
from dfm.compiler.learned import Learned
from dfm.compiler.lower import lower_to_nets
from dfm.compiler.options import settle_options
from dfm.compiler.order import order_lines
from dfm.compiler.participants import join_loops
from dfm.compiler.pause import collection_paused
from dfm.compiler.place import choose_sites
from dfm.compiler.placing.problem import Objective
from dfm.compiler.plan import Pass, Plan, Watcher
from dfm.compiler.policy import check_policy
from dfm.compiler.read import read_statements
from dfm.compiler.report import report_plan
from dfm.compiler.turns import order_yields
from dfm.compiler.uses import note_param_uses
from dfm.errors import ArgumentError, PlacementError, UnknownName
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.net.verify import verify
from dfm.types import describe

if TYPE_CHECKING:
    from dfm.wire import Codecs

READING: tuple[Pass, ...] = (
    check_pipeline,
    read_statements,
    order_lines,
    expand_candidates,
)
"""What is done to any pipeline."""

PASSES: tuple[Pass, ...] = (
    *READING,
    choose_sites,
    settle_options,
    place_glue,
    check_caches,
    deliver_yields,
    order_yields,
    await_ends,
    await_iterations,
    cut_crossings,
    join_loops,
    check_policy,
    lower_to_nets,
)
"""What is done to a pipeline that is to be executed."""

Restriction = Sequence[str] | Literal["homesite"] | None


@collection_paused()
def compile_pipeline(
    pipeline: Pipeline,
    federation: FederationSpec,
    *,
    homesite: str,
    restrict_to_sites: Restriction = None,
    objective: Objective = "total",
    learned: Learned | None = None,
    explain: bool = False,
    enforce_policy: bool = True,
    codecs: Codecs,
    watch: Watcher | None = None,
) -> PreparedPipeline:
    """Return the nets of a pipeline, ready to run any number of times.

    Only the sites in `restrict_to_sites` run operations; None means all, and "homesite" only
    that one. Results arrive at the homesite in any case. Costs that are `learned` go before
    declared ones. With `explain` the report says of each site why it does not run an operation.
    Without `enforce_policy` policies are left to the sites, which refuse by themselves.

    Raises:
        ArgumentError: for what is no pipeline, or no federation.
        DeclarationError: when the pipeline is wrong, or not for this federation.
        PlacementError: when no site can run one of its operations.
        PolicyError: when every plan would break the policy of a site.
    """
    _check_kinds(pipeline, federation, objective)
    allowed = _allowed(restrict_to_sites, homesite, federation)
    plan = Plan(
        pipeline,
        federation,
        homesite,
        allowed,
        codecs,
        objective=objective,
        learned=learned,
        enforce_policy=enforce_policy,
    )
    for run in PASSES if pipeline.mode == "execute" else _discovery():
        plan = run(plan)
        if watch is not None:
            watch(run.__name__, plan)
    verify(plan.nets)
    return PreparedPipeline(
        pipeline_name=plan.pipeline_name,
        federation_name=federation.name,
        api_version=federation.api_version,
        homesite=homesite,
        nets=plan.nets,
        locations={s.dfm_node_id.ident: at for s in pipeline.dfm_walk() if (at := s.dfm_location)},
        report=report_plan(plan, with_rejected=explain),
        param_checks=note_param_uses(plan),
        optional_yields=note_optional_yields(plan),
    )


def _discovery() -> tuple[Pass, ...]:
    """Return what is done to a pipeline that asks sites for advice."""
    from dfm.compiler.advise import advise_nets  # needed by few

    return (*READING, advise_nets)


def _check_kinds(pipeline: object, federation: object, objective: object) -> None:
    if not isinstance(pipeline, Pipeline):
        raise ArgumentError(
            f"a pipeline is expected, got {describe(pipeline)}",
            hint="the `p` of `with Pipeline() as p:`"
            + (", which the function may return: call it" if callable(pipeline) else ""),
        )
    if not isinstance(federation, FederationSpec):
        raise ArgumentError(
            f"a federation is expected, got {describe(federation)}",
            hint="federation.spec, of what Federation.load(...) returns",
        )
    if objective not in get_args(Objective):
        raise ArgumentError(
            f"there is no objective {objective!r:.60}",
            hint=" or ".join(f"objective={each!r}" for each in get_args(Objective)),
        )


def _allowed(
    restriction: Restriction, homesite: str, federation: FederationSpec
) -> tuple[str, ...]:
    if restriction is None:
        return tuple(federation.sites)
    if restriction == "homesite":
        return (homesite,)
    named = (restriction,) if isinstance(restriction, str) else restriction
    sites = tuple(named) if isinstance(named, Iterable) else (named,)
    if not all(isinstance(site, str) for site in sites):
        raise ArgumentError(
            f"restrict_to_sites must be names of sites, not {restriction!r:.60}",
            hint="restrict_to_sites=None for all sites",
        )
    sites = tuple(dict.fromkeys(sites))
    for site in sites:
        if site not in federation.sites:
            raise UnknownName("site", site, federation.sites, at="restrict_to_sites")
    if not sites:
        raise PlacementError(
            "restrict_to_sites names no sites, so nothing can run anywhere",
            hint="restrict_to_sites=None for all sites",
        )
    return sites
