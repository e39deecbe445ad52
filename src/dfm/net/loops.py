"""Loops: a part of a net that is done once for each item of a sequence.

The body of a loop is a scope: its places get one token per iteration, in frames one longer than
those of the scope around it. A loop stands in the net of each site that has a part of the body.
One of them, the leader, goes through the sequence; the others receive how many items there were.

    leader     loop node3 of node0[...]  fills `item` in the body for each item, and `count`
    follower   loop node3 from leader    is told of iterations by what it receives in them

A body may read places of the scopes around it: the loop captures them, and lets them go when it
is over. After the last iteration a loop *gives*: lists, last values, the news that it is over.

The leader has at most `at_most` iterations in flight that some site has not finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dfm.net.template import Ref
from dfm.net.transitions import (
    Ask,
    Branch,
    Call,
    Lookup,
    Send,
    Step,
    Store,
    Yield,
    value_places,
)

IN_FLIGHT = 128
"""Iterations in flight, when the author did not say how many."""


@dataclass(frozen=True, slots=True)
class Receive:
    """A place that another site's `Send` fills."""

    place: str
    site: str


@dataclass(frozen=True, slots=True)
class Previous:
    """In a body: the token that `place` had in the iteration before; in the first, `initial`'s.

    `initial` is a place of the scope around the loop.
    """

    output: str
    place: str
    initial: str

    @property
    def inputs(self) -> tuple[str, ...]:
        """The place around the loop; `place` is awaited in another frame."""
        return (self.initial,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place it fills."""
        return (self.output,)


@dataclass(frozen=True, slots=True)
class Gather:
    """A list of the tokens of `place`, in the order of the iterations, without the absent ones."""

    output: str
    place: str


@dataclass(frozen=True, slots=True)
class Last:
    """The token of `place` in the last iteration; of `initial`, outside, if there was none."""

    output: str
    place: str
    initial: str


@dataclass(frozen=True, slots=True)
class Ended:
    """None once all iterations are over; an error if any of `places` had one in any of them.

    An error of the sequence counts for every place. Without places no error does.
    """

    output: str
    places: tuple[str, ...] = ()


Give = Gather | Last | Ended


@dataclass(frozen=True, slots=True)
class Loop:
    """Do `body` once for each item. `item` names the loop, and the place of its items.

    At the leader, `source` is the sequence (`dim` the dimension to go along, for labelled arrays)
    and `followers` are the other sites that have a part of the body. At a follower `source` is
    None, and `count` is received from the `leader` in the scope around the loop.
    """

    item: str
    count: str
    leader: str
    source: Ref | None = None
    followers: tuple[str, ...] = ()
    at_most: int = IN_FLIGHT
    dim: str | None = None
    receives: tuple[Receive, ...] = ()
    body: tuple[Transition, ...] = ()
    gives: tuple[Give, ...] = ()
    after: tuple[str, ...] = ()
    when: str | None = None
    node: int | str | None = None

    @property
    def starts_on(self) -> tuple[str, ...]:
        """The places it waits for before it begins; at a follower, before it can end."""
        if self.source is None:
            return (self.count,)
        gate = () if self.when is None else (self.when,)
        return tuple(dict.fromkeys((self.source.place, *self.after, *gate)))

    @property
    def made(self) -> tuple[str, ...]:
        """The places of the body's own scope, in the order in which something can fill them."""
        item = () if self.source is None else (self.item,)
        return (*item, *(r.place for r in self.receives), *outputs_of(self.body))

    @property
    def captures(self) -> tuple[str, ...]:
        """The places of the scopes around it that the body reads or waits for, each once."""
        made = set(self.made)
        return tuple(dict.fromkeys(p for p in _read_in(self.body) if p not in made))

    @property
    def inputs(self) -> tuple[str, ...]:
        """All it waits for before it is over, each once."""
        initial = (g.initial for g in self.gives if isinstance(g, Last))
        return tuple(dict.fromkeys((*self.starts_on, *self.captures, *initial)))

    @property
    def outputs(self) -> tuple[str, ...]:
        """The places it fills in the scope around it."""
        count = () if self.source is None else (self.count,)
        return (*count, *(give.output for give in self.gives))


Transition = Step | Previous | Loop


def outputs_of(transitions: Iterable[Transition]) -> Iterator[str]:
    """Yield the places that transitions fill in their own scope."""
    for transition in transitions:
        yield from transition.outputs


def walk(transitions: Iterable[Transition]) -> Iterator[Transition]:
    """Yield transitions and those in the bodies of loops, each loop before its body."""
    for transition in transitions:
        yield transition
        if isinstance(transition, Loop):
            yield from walk(transition.body)


def yields_in(transitions: Iterable[Transition]) -> Iterator[Yield]:
    """Yield what hands values to the application, in loops too."""
    return (t for t in walk(transitions) if isinstance(t, Yield))


def calls_in(transitions: Iterable[Transition]) -> Iterator[Call]:
    """Yield the calls of operations, in loops too."""
    return (t for t in walk(transitions) if isinstance(t, Call))


def _read_in(body: Iterable[Transition]) -> Iterator[str]:
    for transition in body:
        yield from transition.inputs


def read_values(transition: Transition) -> tuple[str, ...]:
    """Return the places of a transition's own scope whose values it reads, each once.

    A loop reads what its body reads of the scopes around it; what it only awaits is not here.
    """
    match transition:
        case Previous():
            return (transition.initial,)
        case Loop():
            made = set(transition.made)
            inner = (p for t in transition.body for p in read_values(t) if p not in made)
            source = () if transition.source is None else (transition.source.place,)
            initial = (g.initial for g in transition.gives if isinstance(g, Last))
            return tuple(dict.fromkeys((*source, *inner, *initial)))
    return value_places(transition)


def title_of(transition: Transition) -> str:
    """Return what an author knows a transition by: an operation, or a statement; '' for others."""
    match transition:
        case Call() | Ask():
            return transition.operation
        case Branch():
            return "If"
        case Loop():
            return "ForEach"
        case Lookup():
            return "TryFromCache"
        case Store():
            return "WriteToCache"
    return ""


def sends_in(transitions: Iterable[Transition]) -> Iterator[Send]:
    """Yield what is sent to other sites, in loops too."""
    return (t for t in walk(transitions) if isinstance(t, Send))
