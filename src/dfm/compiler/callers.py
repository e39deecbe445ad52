"""Which sites let the application call an operation, by their policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dfm.compiler.lines import Step
from dfm.compiler.plan import Plan
from dfm.errors import PolicyError
from dfm.federation.policies import may_call


def why_not_called(plan: Plan, operation: str, site: str) -> str | None:
    """Return why a site does not let the application call an operation; None if it does."""
    policy = plan.federation.sites[site].policy if plan.enforce_policy else None
    if policy is None:
        return None
    verdict = may_call(policy, operation, plan.homesite)
    if verdict.allowed:
        return None
    at = policy.at if verdict.nearest is None else verdict.nearest.at
    return f"by the policy of {site!r}, {verdict.why}" + (f" ({at})" if at else "")


def not_called(plan: Plan, step: Step, what: str, sites: Sequence[str]) -> PolicyError:
    """Return the refusal of what is offered only by sites that do not let it be called."""
    reasons = [why_not_called(plan, step.operation, site) or "" for site in sites]
    homes = [
        home
        for home in plan.federation.sites
        for elsewhere in [replace(plan, homesite=home)]
        if any(why_not_called(elsewhere, step.operation, site) is None for site in sites)
    ]
    owners = " or ".join(map(repr, sites))
    ways = [f"an application at {' or '.join(map(repr, homes))}"] if homes else []
    return PolicyError(
        f"an application at {plan.homesite!r} may not call {what}: {'; '.join(reasons)}",
        at=step.at,
        hint="; or ".join([*ways, f"asking the owner of {owners} for a rule"]),
    )
