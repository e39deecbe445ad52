"""Transitions: what a site does when the tokens it waits for are there.

Every transition names places: those it waits for (`inputs`) and those it fills (`outputs`).
`after` are places to wait for without reading them; that one of them is absent does not matter.
`when` is a gate: a place that is absent if the branch it stands for is not taken, and then
nothing behind it is done. `node` is the author's id of the statement.

What loops are made of stands in `loops.py`.

Where the inputs have to be looked for in templates, that is done once: whoever makes, checks or
runs a net asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dfm.net.template import Ref, places_read

START = "$"


@dataclass(frozen=True, slots=True)
class Options:
    """How a call is made, when that is not once, for as long as it takes.

    It is repeated up to `retries` times if it fails with an error whose class has a name in
    `retry_on` (any, if there are none), first after `backoff` seconds, then after twice as many,
    and so on. An attempt that takes longer than `timeout` seconds has failed. With `cache` it is
    not made at all if the site remembers what it returned for the same arguments.
    """

    cache: bool = False
    retries: int = 0
    retry_on: tuple[str, ...] = ()
    backoff: float = 0.0
    timeout: float | None = None


ONCE = Options()


@dataclass(frozen=True)
class Call:
    """Run an operation and put what it returns into `output`.

    It names its operation and holds no code: the site that runs it looks the adapter up.
    `arguments` are templates by parameter name.
    """

    output: str
    operation: str
    provider: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()
    after: tuple[str, ...] = ()
    node: int | str | None = None
    when: str | None = None
    options: Options = ONCE

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for, each once."""
        return _waits(_arguments(self), self.after, self.when)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask an adapter which arguments would be good, and put its advice into `output`.

    `arguments` are what the author gave, as literals.
    """

    output: str
    operation: str
    provider: str | None = None
    arguments: tuple[tuple[str, Any], ...] = ()
    node: int | str | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The start of the call."""
        return (START,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


@dataclass(frozen=True)
class Let:
    """Put a part of a value, or a value made of several, into a place of its own."""

    output: str
    value: Any
    after: tuple[str, ...] = ()
    when: str | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for; a literal waits for the start of the call."""
        return _waits(self.value, self.after, self.when) or (START,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


@dataclass(frozen=True, slots=True)
class Signal:
    """Put None into a place once another has its token, so that order travels and no value does."""

    output: str
    source: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The place it waits for."""
        return (self.source,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


@dataclass(frozen=True, slots=True)
class Send:
    """Copy the token of a place to the same place at another site."""

    place: str
    to: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The place it waits for."""
        return (self.place,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """None here."""
        return ()


@dataclass(frozen=True)
class Yield:
    """Hand a value to the application under the name of an application place.

    `name` is unique in the pipeline; several yields may share one application `place`. A value
    that is a stream is handed over item by item, in frames one longer. `said`, if it is named, is
    a place that gets None once all is handed over, or there is nothing to hand over.
    """

    name: str
    place: str
    value: Any
    node: int | str | None = None
    after: tuple[str, ...] = ()
    when: str | None = None
    said: str | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for; a literal waits for the start of the call."""
        return _waits(self.value, self.after, self.when) or (START,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place that says that it is done, if there is one."""
        return (self.said,) if self.said is not None else ()


@dataclass(frozen=True)
class Branch:
    """Evaluate a condition (`condition.py`), and fill two gates: one with None, one with absence.

    `then` is absent if the condition is false, `otherwise` if it is true.
    """

    then: str
    otherwise: str
    condition: Any
    after: tuple[str, ...] = ()
    when: str | None = None
    node: int | str | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for; a literal waits for the start of the call."""
        return _waits(self.condition, self.after, self.when) or (START,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The two gates."""
        return (self.then, self.otherwise)


@dataclass(frozen=True, slots=True)
class Join:
    """Put the first token of `sources` that is not absent into a place."""

    output: str
    sources: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for, each once."""
        return tuple(dict.fromkeys(self.sources))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


@dataclass(frozen=True)
class Lookup:
    """Look into the site's cache for the value of a key.

    `hit` gets the value, and `miss`, which is a gate, absence; or `hit` absence and `miss` None.
    """

    hit: str
    miss: str
    key: Any
    after: tuple[str, ...] = ()
    when: str | None = None
    node: int | str | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for; a literal waits for the start of the call."""
        return _waits(self.key, self.after, self.when) or (START,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The value, and the gate of the work to do without it."""
        return (self.hit, self.miss)


@dataclass(frozen=True)
class Store:
    """Put a value into the site's cache, and into `output`.

    `lookup` is the `hit` of the lookup in the same scope that found nothing; others who look for
    the key wait until its stores are through, whether they stored something or not.
    """

    output: str
    key: Any
    value: Any
    lookup: str | None = None
    after: tuple[str, ...] = ()
    when: str | None = None
    node: int | str | None = None

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The places it waits for; literals wait for the start of the call."""
        return _waits([self.key, self.value], self.after, self.when) or (START,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


Step = Call | Ask | Let | Signal | Send | Yield | Branch | Join | Lookup | Store
"""A transition that happens once per frame, at one moment."""


def value_places(step: Step) -> tuple[str, ...]:
    """Return the places whose values a step reads, each once; it may wait for more."""
    match step:
        case Call():
            return places_read(_arguments(step))
        case Let() | Yield():
            return places_read(step.value)
        case Branch():
            return places_read(step.condition)
        case Lookup():
            return places_read(step.key)
        case Store():
            return places_read([step.key, step.value])
        case Send():
            return (step.place,)
        case Join():
            return step.inputs
        case Signal() | Ask():
            return ()


def gate_of(transition: Any) -> str | None:
    """Return the gate of a transition, if it stands behind one."""
    gate: str | None = getattr(transition, "when", None)
    return gate


def _arguments(call: Call) -> list[Any]:
    return [template for _, template in call.arguments]


def _waits(template: Any, after: Iterable[str], when: str | None) -> tuple[str, ...]:
    """Return the places that are read, then those that are waited for, each once."""
    gate = () if when is None else (when,)
    return tuple(dict.fromkeys((*places_read(template), *after, *gate)))


def whole(template: Any) -> str | None:
    """Return the place whose value a template is, or None if it is a part, or more."""
    return template.place if isinstance(template, Ref) and not template.path else None
