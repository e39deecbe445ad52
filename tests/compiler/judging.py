"""A judge of policies that knows nothing of the compiler: it reads nets, as slowly as it likes.

It follows what values are made of as `dfm/federation/policies.py` says in its first lines, from
place to place and from site to site, until nothing is added any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from dfm.federation.models import FederationSpec
from dfm.federation.policies import EgressRule
from dfm.net import NetIR
from dfm.net.loops import Ended, Gather, Last, Loop, Previous, sends_in
from dfm.net.template import references
from dfm.net.transitions import Call, Send, Signal, Store, Yield, gate_of, value_places

Made = set[tuple[str, str]]
Places = defaultdict[tuple[str, str], Made]
"""What is in each place of each site: sites and operations."""


def denied(nets: Mapping[str, NetIR], federation: FederationSpec, homesite: str) -> list[str]:
    """What leaves a site although no rule lets it."""
    places = made_of(nets, federation)
    found = []
    for site, net in nets.items():
        for send in sends_in(net.transitions):
            found += _refused(federation, send.place, places[site, send.place], site, send.to)
        for leaving in net.yields if site != homesite else ():
            made = _union(places, site, (*value_places(leaving), *_gates(leaving)))
            found += _refused(federation, leaving.name, made, site, homesite)
    return found


def made_of(nets: Mapping[str, NetIR], federation: FederationSpec) -> Places:
    """What each place of each site is made of."""
    places: Places = defaultdict(set)
    before = -1
    while before != (before := sum(map(len, places.values()))):
        for site, net in nets.items():
            for transition in net.walk():
                for place, made in _fills(transition, places, site, federation):
                    places[site, place] |= made
    return places


def _fills(
    transition: object, places: Places, site: str, federation: FederationSpec
) -> Iterator[tuple[str, Made]]:
    match transition:
        case Call():
            read = _union(places, site, value_places(transition))
            made = {i for i in read if not _releases(federation, i[0], transition.operation)}
            if _leaves(federation, site) is not None:
                made.add((site, transition.operation))
            yield transition.output, made | _union(places, site, _gates(transition))
        case Send(place, to):
            places[to, place] |= places[site, place]
        case Previous(output, place, initial):
            yield output, places[site, place] | places[site, initial]
        case Loop():
            if transition.source is not None:
                made = _union(places, site, (transition.source.place, *_gates(transition)))
                yield transition.item, made
                yield transition.count, made
            for give in transition.gives:
                match give:
                    case Gather(output, place):
                        yield output, _union(places, site, (place, *_gates(transition)))
                    case Last(output, place, initial):
                        yield output, _union(places, site, (place, initial, *_gates(transition)))
        case Store(output, _, value):
            stored = [ref.place for ref in references(value)]
            made = _union(places, site, (*stored, *_gates(transition)))
            yield output, made
            if transition.lookup is not None:
                yield transition.lookup, made
        case Signal() | Yield() | Ended():
            return
        case _:
            made = _union(places, site, (*value_places(transition), *_gates(transition)))  # type: ignore[arg-type]
            for output in transition.outputs:  # type: ignore[attr-defined]
                yield output, made


def _union(places: Places, site: str, names: tuple[str, ...]) -> Made:
    return set().union(*(places[site, name] for name in names))


def _gates(transition: object) -> tuple[str, ...]:
    gate = gate_of(transition)
    return () if gate is None else (gate,)


def _refused(
    federation: FederationSpec, what: str, made: Made, source: str, to: str
) -> Iterator[str]:
    for site, operation in sorted(made):
        rules = _leaves(federation, site)
        if site != to and not any(_allows(rule, operation, to) for rule in rules or ()):
            yield f"{what}, made of {operation} at {site}, goes from {source} to {to}"


def _allows(rule: EgressRule, operation: str, to: str) -> bool:
    """Whether a rule may let something go, as far as can be told without its type and size."""
    by_operation = any(fnmatchcase(operation, pattern) for pattern in rule.operations)
    return by_operation and any(fnmatchcase(to, pattern) for pattern in rule.to)


def _leaves(federation: FederationSpec, site: str) -> tuple[EgressRule, ...] | None:
    policy = federation.sites[site].policy
    return None if policy is None else policy.leaves


def _releases(federation: FederationSpec, site: str, operation: str) -> bool:
    policy = federation.sites[site].policy
    return policy is not None and any(fnmatchcase(operation, p) for p in policy.releases)
