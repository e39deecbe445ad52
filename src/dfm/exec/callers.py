"""Who may call operations at a site, as its owner's policy says.

A site knows an application by the site that its target says it is at, and believes that: who can
start sites, as the targets of one machine do, could tell them anything. A target that spans
machines has to prove it.
"""

from __future__ import annotations

from dfm.errors import CallDenied
from dfm.federation.models import SiteSpec
from dfm.federation.policies import Policy, Verdict, may_call, may_keep


def check_caller(site: SiteSpec, homesite: str, introduced: str) -> None:
    """Refuse a job of an application at another site than the target has introduced.

    It would be judged by where it says that values go, and they would go elsewhere.

    Raises:
        CallDenied: where there are policies at all.
    """
    if site.policies and homesite != introduced:
        raise CallDenied(
            f"a pipeline that was prepared for an application at {homesite!r} was started by one"
            f" at {introduced!r}",
            site=site.name,
            hint=f"preparing it in a session with homesite={introduced!r}",
        )


def check_call(site: SiteSpec, operation: str, homesite: str) -> None:
    """Refuse a call, or a question about one, that the site's owner does not allow.

    Raises:
        CallDenied: naming the rule that comes nearest.
    """
    policy = site.policies.get(site.name)
    if policy is None:
        return
    verdict = may_call(policy, operation, homesite)
    if not verdict.allowed:
        raise CallDenied(
            f"an application at {homesite!r} may not call {operation} at site {site.name!r}:"
            f" {_said(verdict, policy)}",
            site=site.name,
            operation=operation,
            hint=f"another site that offers it, or a rule of the owner of site {site.name!r} for"
            f" {homesite!r}",
        )


def check_cache(site: SiteSpec, homesite: str) -> None:
    """Refuse the use of the cache to pipelines of applications that may call nothing here.

    Raises:
        CallDenied: naming the policy.
    """
    policy = site.policies.get(site.name)
    if policy is None:
        return
    verdict = may_keep(policy, homesite)
    if not verdict.allowed:
        raise CallDenied(
            f"an application at {homesite!r} may not use the cache of site {site.name!r}:"
            f" {_said(verdict, policy)}",
            site=site.name,
            hint=f"the cache of another site, or a rule of the owner of site {site.name!r} for"
            f" {homesite!r}",
        )


def cache_of(site: SiteSpec, homesite: str) -> str:
    """Return whose values pipelines find in the cache of a site: '' for those of everybody.

    Where the owner says who may call what, nobody gets or changes by a key what an application at
    another site, which may call other operations, has kept for it.
    """
    policy = site.policies.get(site.name)
    return "" if policy is None or policy.callers is None else homesite


def _said(verdict: Verdict, policy: Policy) -> str:
    said = verdict.nearest or policy
    return verdict.why + (f" ({said.at})" if said.at else "")
