"""Find the sites, and the providers there, that could run each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dfm.compiler.callers import not_called, why_not_called
from dfm.compiler.lines import Candidate, Line, Step
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.errors import DfmError, PlacementError, UnknownName
from dfm.federation.models import FederationSpec

Question = tuple[str, tuple[str | None, ...] | None, tuple[str, ...] | None]
"""What decides where a step can run: its operation, the providers and the sites it asks for."""


def expand_candidates(plan: Plan) -> Plan:
    """Give each step the sites, with providers, that may run it and offer its operation.

    A site whose policy does not let applications at the homesite call an operation is left out.
    Candidates stand in the order in which ties are decided: the homesite first, then as the
    federation declares them, a site itself before its providers.

    Leaves: each step has at least one candidate.

    Raises:
        PlacementError: naming the operation, the sites asked, and the sites that offer it.
        PolicyError: when only sites offer it that do not let the application call it.
        UnknownName: for a site or provider that is not there.
    """
    mistakes = Mistakes(plan.pipeline_name)
    found: dict[Question, tuple[Candidate, ...]] = {}
    lines: list[Line] = []
    for line in plan.lines:
        if isinstance(line, Step):
            question = (line.operation, line.providers, line.asked)
            if question not in found:
                found[question] = _candidates(line, plan)
            for mistake in _mistakes(line, found[question], plan):
                mistakes.add(mistake)
            line = line.replace(candidates=found[question])
        lines.append(line)
    mistakes.raise_any()
    return replace(plan, lines=tuple(lines))


def _candidates(step: Step, plan: Plan) -> tuple[Candidate, ...]:
    allowed = plan.allowed if step.asked is None else set(plan.allowed) & set(step.asked)
    offering = (c for c in _offering(step, plan) if c.site in allowed)
    candidates = (c for c in offering if why_not_called(plan, step.operation, c.site) is None)
    return tuple(sorted(candidates, key=lambda candidate: candidate.site != plan.homesite))


def _offering(step: Step, plan: Plan) -> Iterator[Candidate]:
    """Yield all that offer the operation of a step, of the providers it asks for."""
    for site in plan.federation.sites.values():
        for provider in (None, *site.providers):
            is_asked = step.providers is None or provider in step.providers
            if is_asked and site.adapter(step.operation, provider):
                yield Candidate(site.name, provider)


def _mistakes(step: Step, candidates: tuple[Candidate, ...], plan: Plan) -> Iterator[DfmError]:
    federation = plan.federation
    unknown = [site for site in step.asked or () if site not in federation.sites]
    for site in unknown:
        yield UnknownName("site", site, federation.sites, at=step.at)
    if not candidates and not unknown:
        yield _refusal(step, plan)


def _refusal(step: Step, plan: Plan) -> DfmError:
    """Return why a step has no candidates."""
    federation = plan.federation
    offering = tuple(dict.fromkeys(c.site for c in _offering(step, plan)))
    providers = {name for site in federation.sites.values() for name in site.providers}
    named = [name for name in step.providers or () if name is not None]
    for name in named:
        if name not in providers:
            return UnknownName("provider", name, providers, at=step.at)
    what = step.operation + (f" of provider {' or '.join(map(repr, named))}" if named else "")
    if not offering:
        return _nobody(step, what, federation)
    offered = _listed(offering)
    if step.asked is not None and not set(step.asked) & set(offering):
        return PlacementError(
            f"{what} is asked of {_listed(step.asked)}, but offered by {offered}",
            at=step.at,
            hint=f"site={offering[0]!r}, or no site at all",
        )
    asked_of = offering if step.asked is None else step.asked
    if closed := tuple(s for s in offering if s in asked_of and s in plan.allowed):
        return not_called(plan, step, what, closed)
    asked = f" and is asked of {_listed(step.asked)}" if step.asked is not None else ""
    lacking = next(site for site in offering if site in asked_of)
    return PlacementError(
        f"{what} is offered by {offered}{asked},"
        f" but the pipeline is restricted to {_listed(plan.allowed) or 'no site'}",
        at=step.at,
        hint=f"restrict_to_sites with {lacking!r} in it",
    )


def _nobody(step: Step, what: str, federation: FederationSpec) -> PlacementError:
    """Return the refusal of what nobody offers, unless somebody does by a provider."""
    by = [
        (site.name, provider)
        for site in federation.sites.values()
        for provider in site.providers
        if site.adapter(step.operation, provider)
    ]
    if not by or any(step.providers or ()):
        hint = "declare it in the interface of a site"
        return PlacementError(f"no site offers {what}", at=step.at, hint=hint)
    offered = ", ".join(f"{site!r} by its provider {provider!r}" for site, provider in by)
    return PlacementError(
        f"no site offers {what} itself; it is offered by {offered}",
        at=step.at,
        hint=f"provider={by[0][1]!r}, or provider=BestOf()",
    )


def _listed(sites: tuple[str, ...]) -> str:
    return ", ".join(map(repr, sites))
