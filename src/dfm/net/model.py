"""The net: what one site is told to do, and nothing about how.

A *place* is a named slot. For each frame of its scope it receives exactly one token: a value,
an absence, or an error. A *transition* waits for a token in each of its input places and then
fills its output places, or sends a token away. Because every place of every frame gets its token
whatever happens, "finished" is counting: a frame is finished at a site when each transition of
the scope has fired once for it.

    places     where tokens come from                 transitions
    --------   -------------------------------------  -----------------------------------------
    params     the application, one per call          Call    runs an operation
    receives   another site's Send of the same place  Ask     asks an adapter for advice
    outputs    transitions, the others                Let     a part of a value, or a composed one
                                                      Signal  says that a value is there
                                                      Send    copies a token to another site
    Branch     evaluates a condition, fills gates     Yield   hands a value to the application
    Join       the one that is not absent             Lookup  asks the site's cache
    Loop       a body, once for each item             Store   puts a value into the cache
    Previous   a token of the iteration before

Place names are node names (`node3`), parameters with a dollar (`$first`), and the bare
dollar `$`, which holds one token per call and starts what needs no other input. A value
keeps its place's name when it crosses to another site, and no two scopes of a net have a place
of the same name.

A transition whose gate (`when`) is absent is not done, and its outputs are absent. Else, one
that reads an error or an absence does not run: errors first, then absence, pass through to its
outputs. An error in `after` counts, an absence there does not. Nets are values: frozen,
comparable, printable (`text.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from dfm.net.loops import (
    IN_FLIGHT,
    Ended,
    Gather,
    Give,
    Last,
    Loop,
    Previous,
    Receive,
    Transition,
    outputs_of,
    walk,
    yields_in,
)
from dfm.net.transitions import (
    ONCE,
    START,
    Ask,
    Branch,
    Call,
    Join,
    Let,
    Lookup,
    Options,
    Send,
    Signal,
    Store,
    Yield,
)

__all__ = [
    "DISCOVERY_PLACE_NAME",
    "IN_FLIGHT",
    "ONCE",
    "START",
    "STATUS_PLACE_NAME",
    "Ask",
    "BoundNetIR",
    "Branch",
    "Call",
    "Ended",
    "Gather",
    "Give",
    "Join",
    "Last",
    "Let",
    "Lookup",
    "Loop",
    "NetIR",
    "Options",
    "Previous",
    "Receive",
    "Send",
    "Signal",
    "Store",
    "Transition",
    "Yield",
]

STATUS_PLACE_NAME = "_dfm_status_"
DISCOVERY_PLACE_NAME = "_dfm_discovery_"


@dataclass(frozen=True)
class NetIR:
    """The net of one site. `params` are the places the application fills, `$` among them."""

    pipeline_name: str
    site: str
    params: tuple[str, ...] = (START,)
    receives: tuple[Receive, ...] = ()
    transitions: tuple[Transition, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the text form: equal nets, and only they, have equal fingerprints."""
        return sha256(str(self).encode()).hexdigest()

    @property
    def places(self) -> tuple[str, ...]:
        """Every place of the outermost scope, in the order in which something can fill it."""
        filled = outputs_of(self.transitions)
        return (*self.params, *(r.place for r in self.receives), *filled)

    @property
    def yields(self) -> tuple[Yield, ...]:
        """The transitions that hand values to the application, in loops too."""
        return tuple(yields_in(self.transitions))

    def walk(self) -> Iterator[Transition]:
        """Yield every transition, each loop before its body."""
        return walk(self.transitions)

    def __str__(self) -> str:
        from dfm.net.text import format_net

        return format_net(self)


@dataclass(frozen=True, slots=True)
class BoundNetIR:
    """A net and the parameter sets of its calls: `(number of the call, {param place: value})`."""

    net: NetIR
    parameter_sets: tuple[tuple[int, dict[str, Any]], ...] = ()

    @property
    def site(self) -> str:
        """The site the net is for."""
        return self.net.site
