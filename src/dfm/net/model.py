"""The net: what one site is told to do, and nothing about how.

A *place* is a named slot. For each frame it receives exactly one token: a value, an
absence, or an error. A *transition* waits for a token in each of its input places and
then puts one into its output place, or sends it away. Because every place of every frame
gets its token whatever happens, "finished" is counting: a frame is finished at a site when
each transition of the net has fired once for it.

    net        where tokens come from                 transitions
    --------   -------------------------------------  -----------------------------------------
    params     the application, one per call          Call    runs an operation, fills its place
    receives   another site's Send of the same place  Select  takes a part of a value
                                                      Signal  says that a value is there
                                                      Send    copies a token to another site
                                                      Yield   hands a value to the application

Place names are node names (`node3`), parameters with a dollar (`$first`), and the bare
dollar `$`, which holds one token per call and starts what needs no other input. A value
keeps its place's name when it crosses to another site.

A transition that reads an error or an absence does not run: errors first, then absence,
pass through to its output. Nets are values: frozen, comparable, printable (`text.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from dfm.net.template import Ref, references

START = "$"
STATUS_PLACE_NAME = "_dfm_status_"
DISCOVERY_PLACE_NAME = "_dfm_discovery_"


@dataclass(frozen=True, slots=True)
class Receive:
    """A place that another site's `Send` fills."""

    place: str
    site: str


@dataclass(frozen=True, slots=True)
class Call:
    """Run an operation and put what it returns into `output`.

    It names its operation and holds no code: the site that runs it looks the adapter up.
    `arguments` are templates by parameter name. `after` are places to wait for without
    reading them. `node` is the author's id of the statement.
    """

    output: str
    operation: str
    provider: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()
    after: tuple[str, ...] = ()
    node: int | str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for, each once."""
        read = (r.place for _, template in self.arguments for r in references(template))
        return tuple(dict.fromkeys((*read, *self.after)))


@dataclass(frozen=True, slots=True)
class Select:
    """Put a part of a value into a place of its own, so that only the part travels."""

    output: str
    source: Ref

    @property
    def inputs(self) -> tuple[str, ...]:
        """The place it waits for."""
        return (self.source.place,)


@dataclass(frozen=True, slots=True)
class Signal:
    """Put None into a place once another has its token, so that order travels and no value does."""

    output: str
    source: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The place it waits for."""
        return (self.source,)


@dataclass(frozen=True, slots=True)
class Send:
    """Copy the token of a place to the same place at another site."""

    place: str
    to: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The place it waits for."""
        return (self.place,)


@dataclass(frozen=True, slots=True)
class Yield:
    """Hand a value to the application under the name of an application place.

    `name` is unique in the pipeline; several yields may share one application `place`. A value
    that is a stream is handed over item by item, in frames one longer. `after` are places to
    wait for without reading them.
    """

    name: str
    place: str
    value: Any
    node: int | str | None = None
    after: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for; a literal waits for the start of the call."""
        read = (r.place for r in references(self.value))
        return tuple(dict.fromkeys((*read, *self.after))) or (START,)


Transition = Call | Select | Signal | Send | Yield


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
        """Every place of the net, in the order in which something can fill it."""
        filled = (t.output for t in self.transitions if isinstance(t, (Call, Select, Signal)))
        return (*self.params, *(r.place for r in self.receives), *filled)

    @property
    def yields(self) -> tuple[Yield, ...]:
        """The transitions that hand values to the application."""
        return tuple(t for t in self.transitions if isinstance(t, Yield))

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
