"""The laws that a set of nets must keep, checked before any of them runs.

1. Every place is filled exactly once per frame: by the application, by another site, or by one
   transition.
2. Every place that is read exists at the site that reads it.
3. Every `Receive` has exactly one `Send` of the same place at the site it names, and every
   `Send` has its `Receive`.
4. Nothing waits for itself, around however many sites.
5. Every transition has an input. With 1 to 4 this means that each fires exactly once per frame.
6. Names of yields are unique.

A net that breaks a law is a bug in whatever made it, so it is an `InternalError`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from dfm.errors import InternalError
from dfm.net.model import START, Call, NetIR, Select, Send, Signal, Transition, Yield
from dfm.net.text import format_transition

Node = tuple[str, str]
"""A place at a site."""


def verify(nets: Mapping[str, NetIR]) -> None:
    """Refuse nets that break a law.

    Raises:
        InternalError: naming the law's subject, with the net as a note.
    """
    for site, net in nets.items():
        _verify_site(site, net)
    _verify_links(nets)
    _verify_yields(nets)
    _verify_order(nets)


def _verify_site(site: str, net: NetIR) -> None:
    if net.site != site:
        raise _broken(f"the net of {net.site!r} is filed under {site!r}", net)
    for param in net.params:
        if not param.startswith(START):
            raise _broken(f"the parameter {param!r} does not begin with a dollar", net)
    if twice := _first_repeated(net.places):
        raise _broken(f"place {twice!r} at {site!r} is filled twice", net)
    places = set(net.places)
    for transition in net.transitions:
        if not transition.inputs:
            raise _broken(f"nothing starts {format_transition(transition)!r} at {site!r}", net)
        for place in transition.inputs:
            if place not in places:
                raise _broken(f"place {place!r} is read at {site!r} and nothing fills it", net)


def _verify_links(nets: Mapping[str, NetIR]) -> None:
    received = {(r.site, r.place, site) for site, net in nets.items() for r in net.receives}
    sent = set()
    for site, net in nets.items():
        for transition in net.transitions:
            if not isinstance(transition, Send):
                continue
            link = (site, transition.place, transition.to)
            if link in sent:
                raise _broken(f"{site!r} sends {transition.place!r} twice", net)
            if link not in received:
                message = f"{site!r} sends {transition.place!r} to {transition.to!r}"
                raise _broken(f"{message}, which does not receive it from there", net)
            sent.add(link)
    for site, place, target in sorted(received - sent):
        message = f"{target!r} receives {place!r} from {site!r}, which does not send it"
        raise _broken(message, nets[target])


def _verify_yields(nets: Mapping[str, NetIR]) -> None:
    names = [y.name for net in nets.values() for y in net.yields]
    if twice := _first_repeated(names):
        net = next(n for n in nets.values() if twice in [y.name for y in n.yields])
        raise _broken(f"there are two yields {twice!r}", net)


def _verify_order(nets: Mapping[str, NetIR]) -> None:
    waits_for: dict[Node, list[Node]] = {}
    for site, net in nets.items():
        for receive in net.receives:
            waits_for[site, receive.place] = [(receive.site, receive.place)]
        for transition in net.transitions:
            if (output := _output(transition)) is not None:
                waits_for[site, output] = [(site, place) for place in transition.inputs]
    try:
        TopologicalSorter(waits_for).prepare()
    except CycleError as error:
        # The last node is the first again, and each is waited for by the next.
        cycle: list[Node] = error.args[1]
        way = " -> ".join(f"{place}@{site}" for site, place in cycle)
        raise _broken(f"these places wait for each other: {way}", nets[cycle[0][0]]) from None


def _output(transition: Transition) -> str | None:
    match transition:
        case Call() | Select() | Signal():
            return transition.output
        case Send() | Yield():
            return None


def _first_repeated(names: Sequence[str]) -> str | None:
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _broken(message: str, net: NetIR) -> InternalError:
    error = InternalError(message, at=f"pipeline {net.pipeline_name!r}")
    error.add_note(str(net))
    return error
