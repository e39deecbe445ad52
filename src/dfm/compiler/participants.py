"""Find out which sites take part in each loop, and tell them how often it goes round."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from dfm.compiler.cost import SIGNAL_BYTES
from dfm.compiler.crossings import Crossing
from dfm.compiler.lines import Scope
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan


def join_loops(plan: Plan) -> Plan:
    """Give each loop its followers: the sites beside its own that have a part of its body.

    A site with a part of a loop in a loop has a part of both. The count of the items crosses to
    each follower, in the scope around the loop.

    Needs: each line has a site, and what crosses is known (`cut_crossings` has run).
    """
    sites: defaultdict[str, set[str]] = defaultdict(set)
    for line in plan.all_lines:
        if not isinstance(line, Scope):
            sites[line.of if isinstance(line, Glue) and line.of else line.scope].add(line.site)
    for scope in reversed(plan.scopes):
        sites[scope.item].add(scope.site)
        sites[scope.scope] |= sites[scope.item]
    order = tuple(plan.federation.sites)
    joined = {
        scope.item: scope.replace(
            followers=tuple(s for s in order if s in sites[scope.item] and s != scope.site),
        )
        for scope in plan.scopes
    }
    counts = [
        Crossing(scope.count, scope.site, site, SIGNAL_BYTES, scope.scope)
        for scope in joined.values()
        for site in scope.followers
    ]
    return replace(
        plan,
        lines=tuple(joined[line.item] if isinstance(line, Scope) else line for line in plan.lines),
        crossings=(*plan.crossings, *counts),
    )
