"""Which sites let the application call an operation, or use their cache, by their policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dfm.compiler.lines import Step
from dfm.compiler.made import Glue
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.errors import PolicyError
from dfm.federation.policies import Policy, Verdict, may_call, may_keep
from dfm.net.transitions import Lookup, Store


def why_not_called(plan: Plan, operation: str, site: str) -> str | None:
    """Return why a site does not let the application call an operation; None if it does."""
    policy = plan.federation.sites[site].policy if plan.enforce_policy else None
    if policy is None:
        return None
    verdict = may_call(policy, operation, plan.homesite)
    if verdict.allowed:
        return None
    return _said(verdict, policy, site)


def check_caches(plan: Plan) -> Plan:
    """Refuse the use of caches of sites at which the application may call nothing.

    Needs: caches have their sites (`place_glue` has run).

    Raises:
        PolicyError: naming each cache, and the rule.
    """
    mistakes = Mistakes(plan.pipeline_name)
    for line in plan.lines:
        policy = plan.federation.sites[line.site].policy if plan.enforce_policy else None
        if policy is None or not isinstance(line, Glue):
            continue
        # The stores of a lookup are where that is.
        if isinstance(line.does, Lookup) or (isinstance(line.does, Store) and not line.does.lookup):
            verdict = may_keep(policy, plan.homesite)
            if not verdict.allowed:
                mistakes.add(_not_kept(plan, line, _said(verdict, policy, line.site)))
    mistakes.raise_any()
    return plan


def _not_kept(plan: Plan, line: Glue, why: str) -> PolicyError:
    others = [
        site.name
        for site in plan.federation.sites.values()
        if site.policy is None or may_keep(site.policy, plan.homesite).allowed
    ]
    ways = [f"site={others[0]!r}, for the cache of that site"] if others else []
    return PolicyError(
        f"{line.title}: an application at {plan.homesite!r} may not use the cache of"
        f" {line.site!r}: {why}",
        at=line.at,
        hint="; or ".join([*ways, f"asking the owner of {line.site!r} for a rule"]),
    )


def _said(verdict: Verdict, policy: Policy, site: str) -> str:
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
