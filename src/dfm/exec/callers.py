"""Who may call operations at a site, as its owner's policy says.

A site knows an application by the site that its target says it is at, and believes that: who can
start sites, as the targets of one machine do, could tell them anything. A target that spans
machines has to prove it.
"""

from __future__ import annotations

from dfm.errors import CallDenied
from dfm.federation.models import SiteSpec
from dfm.federation.policies import may_call


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
        said = verdict.nearest or policy
        where = f" ({said.at})" if said.at else ""
        raise CallDenied(
            f"an application at {homesite!r} may not call {operation} at site {site.name!r}:"
            f" {verdict.why}{where}",
            site=site.name,
            operation=operation,
            hint=f"another site that offers it, or a rule of the owner of site {site.name!r} for"
            f" {homesite!r}",
        )
