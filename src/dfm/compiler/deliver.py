"""Choose the site that hands over each yield."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from dfm.compiler.cost import costs_of
from dfm.compiler.lines import Delivery
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.net.template import Selector

Path = tuple[Selector, ...]


def deliver_yields(plan: Plan) -> Plan:
    """Hand each yield over where least has to move for it.

    That is the site that made the value. Values of several sites meet at home, where they go
    anyway, so that no other site gets to see them. What is sent home anyway, for a step or another
    yield, is handed over there, and so is what several yields hand over the same part of. What
    reads no value of a site (literals, parameters) need not go anywhere; in a loop it is handed
    over where that is led.

    If the homesite may not be used, values meet where most of them is and policies allow it.

    Needs: each other line has a site (`place_glue` has run).
    Leaves: each delivery has a site.
    """
    places, sizes = Places(plan), costs_of(plan).bytes_out
    sites = {d.key: _nearest(d, plan, places, sizes) for d in plan.deliveries}
    if plan.homesite in plan.allowed:
        at_home = _sent_home_anyway(plan, places, sites)
        sites |= dict.fromkeys(at_home, plan.homesite)
    deliveries = (delivery.replace(site=sites[delivery.key]) for delivery in plan.deliveries)
    return replace(plan, deliveries=tuple(deliveries))


def _nearest(delivery: Delivery, plan: Plan, places: Places, sizes: Mapping[str, int]) -> str:
    """Return the site nearest to what a delivery reads."""
    read = {place: places.site(place) for place in _values(delivery, places)}
    held = Counter[str]()
    for place, site in read.items():
        held[site] += sizes.get(place, 0)
    is_home_allowed = plan.homesite in plan.allowed
    if not held and delivery.scope:
        return places.site(delivery.scope)
    if not held:
        return plan.homesite if is_home_allowed else plan.default_site
    home = [plan.homesite] if len(held) > 1 and is_home_allowed else []
    gate = {} if delivery.when is None else {delivery.when: places.site(delivery.when)}
    return plan.first_allowed((*home, *(site for site, _ in held.most_common())), read | gate)


def _values(delivery: Delivery, places: Places) -> list[str]:
    """Return the values of sites that a delivery reads."""
    return list(dict.fromkeys(ref.place for ref in delivery.refs if ref.place in places))


def _sent_home_anyway(plan: Plan, places: Places, sites: Mapping[str, str]) -> set[str]:
    """Return the keys of deliveries that read what goes home for something else, too."""
    home = plan.homesite
    readers: defaultdict[str, list[Delivery]] = defaultdict(list)
    for delivery in plan.deliveries:
        for place in _values(delivery, places):
            readers[place].append(delivery)
    sent = [ref.place for line in plan.lines if line.site == home for ref in line.refs]
    sent += [p for d in plan.deliveries if sites[d.key] == home for p in _values(d, places)]
    sent += [place for place, reading in readers.items() if _overlap(place, reading)]
    found: set[str] = set()
    while sent:
        for delivery in readers.pop(sent.pop(), ()):
            if delivery.key not in found and home not in plan.barred.get(delivery.when or "", ()):
                found.add(delivery.key)
                sent += _values(delivery, places)
    return found


def _overlap(place: str, deliveries: Iterable[Delivery]) -> bool:
    """Whether two deliveries read the same part of a value, or one a part of the other's."""
    seen: set[Path] = set()
    around: set[Path] = set()
    for delivery in deliveries:
        paths = [ref.path for ref in delivery.refs if ref.place == place]
        prefixes = {path[:n] for path in paths for n in range(len(path) + 1)}
        if prefixes & seen or around & {*paths}:
            return True
        seen.update(paths)
        around |= prefixes
    return False
