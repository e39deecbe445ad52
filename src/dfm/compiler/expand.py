"""Find the sites where each step could run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan, Step
from dfm.errors import DfmError, PlacementError, UnknownName

Question = tuple[str, str | None, tuple[str, ...] | None]
"""What decides where a step can run: its operation, its provider, the sites it asks for."""


def expand_candidates(plan: Plan) -> Plan:
    """Give each step the sites that may run it and offer its operation.

    Candidates stand in the order in which ties are decided: the homesite first, then as the
    federation declares them.

    Leaves: each step has at least one candidate.

    Raises:
        PlacementError: naming the operation, the sites asked, and the sites that offer it.
        UnknownName: for a site or provider that is not there.
    """
    mistakes = Mistakes(plan.pipeline_name)
    found: dict[Question, tuple[str, ...]] = {}
    steps = []
    for step in plan.steps:
        question = (step.operation, step.provider, step.asked)
        if question not in found:
            found[question] = _candidates(step, plan)
        candidates = found[question]
        for mistake in _mistakes(step, candidates, plan):
            mistakes.add(mistake)
        steps.append(replace(step, candidates=candidates))
    mistakes.raise_any()
    return replace(plan, steps=tuple(steps))


def _candidates(step: Step, plan: Plan) -> tuple[str, ...]:
    offering = plan.federation.sites_offering(step.operation, step.provider)
    allowed = plan.allowed if step.asked is None else set(plan.allowed) & set(step.asked)
    candidates = (site for site in offering if site in allowed)
    return tuple(sorted(candidates, key=lambda site: site != plan.homesite))


def _mistakes(step: Step, candidates: tuple[str, ...], plan: Plan) -> Iterator[DfmError]:
    federation = plan.federation
    unknown = [site for site in step.asked or () if site not in federation.sites]
    for site in unknown:
        yield UnknownName("site", site, federation.sites, at=step.at)
    if not candidates and not unknown:
        yield _refusal(step, plan)


def _refusal(step: Step, plan: Plan) -> DfmError:
    """Return why a step has no candidates."""
    federation = plan.federation
    offering = federation.sites_offering(step.operation, step.provider)
    providers = {name for site in federation.sites.values() for name in site.providers}
    if step.provider is not None and step.provider not in providers:
        return UnknownName("provider", step.provider, providers, at=step.at)
    what = step.operation + (f" of provider {step.provider!r}" if step.provider else "")
    if not offering:
        return PlacementError(
            f"no site offers {what}", at=step.at, hint="declare it in the interface of a site"
        )
    offered = _listed(offering)
    if step.asked is not None and not set(step.asked) & set(offering):
        return PlacementError(
            f"{what} is asked of {_listed(step.asked)}, but offered by {offered}",
            at=step.at,
            hint=f"site={offering[0]!r}, or no site at all",
        )
    asked = f" and is asked of {_listed(step.asked)}" if step.asked is not None else ""
    return PlacementError(
        f"{what} is offered by {offered}{asked},"
        f" but the pipeline is restricted to {_listed(plan.allowed) or 'no site'}",
        at=step.at,
        hint=f"restrict_to_sites with {offering[0]!r} in it",
    )


def _listed(sites: tuple[str, ...]) -> str:
    return ", ".join(map(repr, sites))
