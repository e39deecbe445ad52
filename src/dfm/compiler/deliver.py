"""Choose the site that hands over each yield."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dfm.compiler.cost import costs_of
from dfm.compiler.lines import AnyLine, Delivery
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.net.template import Ref, Selector

Parts = Mapping[str, set[tuple[Selector, ...]]]
"""Which parts of which values are there."""


def deliver_yields(plan: Plan) -> Plan:
    """Hand each yield over where least has to move for it.

    That is the site that made the value. Values of several sites are handed over at the
    homesite if it has steps, else where most of them is. What is sent home anyway, for a step
    or another yield, is handed over there. What reads no value is handed over at the homesite
    if it has steps, else at the first site that has; in a loop where that is led.

    Needs: each other line has a site (`place_glue` has run).
    Leaves: each delivery has a site, where there are steps unless there are none at all.
    """
    places, sizes = Places(plan), costs_of(plan).bytes_out
    default = plan.default_site
    deliveries = [
        replace(delivery, site=_nearest(delivery, places, sizes, default, plan.homesite))
        for delivery in plan.deliveries
    ]
    at_home = _read_at(plan.homesite, (*plan.lines, *deliveries))
    return replace(
        plan,
        deliveries=tuple(
            replace(d, site=plan.homesite) if _are_there(d.refs, places, at_home) else d
            for d in deliveries
        ),
    )


def _nearest(
    delivery: Delivery, places: Places, sizes: Mapping[str, int], default: str, homesite: str
) -> str:
    """Return the site nearest to what a delivery reads."""
    held: dict[str, int] = {}
    for place in dict.fromkeys(ref.place for ref in delivery.refs if ref.place in places):
        site = places.site(place)
        held[site] = held.get(site, 0) + sizes[place]
    if not held and delivery.scope:
        return places.site(delivery.scope)
    if not held or (len(held) > 1 and default == homesite):
        return default
    return max(held, key=held.__getitem__)


def _read_at(site: str, lines: Iterable[AnyLine]) -> Parts:
    read: defaultdict[str, set[tuple[Selector, ...]]] = defaultdict(set)
    for line in lines:
        if line.site == site:
            for ref in line.refs:
                read[ref.place].add(ref.path)
    return read


def _are_there(refs: Iterable[Ref], places: Places, there: Parts) -> bool:
    """Whether all that is read of values is among these parts, or in one of them."""
    read = [ref for ref in refs if ref.place in places]
    return bool(read) and all(
        any(ref.path[:n] in there.get(ref.place, ()) for n in range(len(ref.path) + 1))
        for ref in read
    )
