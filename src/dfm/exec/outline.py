"""The outline of a net: its scopes, and by name what they want of each other.

The first half of making a `Program`: numbers come later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dfm.net.loops import Ended, Gather, Give, Last, Loop, Transition, read_values

Entry = Transition | Give
"""What a scope has to do; what a loop gives stands after it, as an entry of its own."""


Capture = tuple[str, bool]
"""A place from around, and whether its value is read."""


@dataclass(slots=True)
class Outline:
    """A scope by name.

    `captured` are the places from around that are wanted here, each with whether its value is
    read; one that some read and others only await is there twice, for a stream is not the same
    to both. `place` numbers these, and then the scope's own places.
    """

    index: int
    around: int
    number: int
    loop: Loop | None
    own: tuple[str, ...]
    entries: tuple[Entry, ...]
    first: int = 0
    captured: tuple[Capture, ...] = ()
    inner: list[Outline] = field(default_factory=list)
    place: dict[str | Capture, int] = field(default_factory=dict)

    def number_of(self, name: str, *, is_read: bool) -> int:
        """Return the number of a place for somebody who reads it, or only waits for it."""
        own = self.place.get(name)
        return self.place[name, is_read] if own is None else own

    @property
    def gives(self) -> Iterator[tuple[int, Give]]:
        """What the loop gives, with the numbers of the entries in the scope around."""
        if self.loop is not None:
            yield from enumerate(self.loop.gives, self.number + 1)


def outlines_of(transitions: tuple[Transition, ...], own: tuple[str, ...]) -> list[Outline]:
    """Return all scopes, each before those in it. A list, not recursion, for nets nest deeply."""
    found = [_outline(0, -1, 0, None, own, transitions)]
    for outline in found:
        for number, entry in enumerate(outline.entries):
            if isinstance(entry, Loop):
                item = () if entry.source is None else (entry.item,)
                received = (*item, *(r.place for r in entry.receives))
                index = len(found)
                inner = _outline(index, outline.index, number, entry, received, entry.body)
                outline.inner.append(inner)
                found.append(inner)
    first = 0
    for outline in found:
        outline.first = first
        first += len(outline.entries)
    for outline in reversed(found):
        outline.captured = _captured(outline)
        places: tuple[str | Capture, ...] = (*outline.captured, *outline.own)
        outline.place = {place: number for number, place in enumerate(places)}
    return found


def _outline(
    index: int,
    around: int,
    number: int,
    loop: Loop | None,
    own: tuple[str, ...],
    transitions: Iterable[Transition],
) -> Outline:
    entries: list[Entry] = []
    for transition in transitions:
        entries.append(transition)
        if isinstance(transition, Loop):
            entries += transition.gives
    made = (place for entry in entries for place in outputs_of(entry))
    names = tuple(dict.fromkeys((*own, *made)))
    return Outline(index, around, number, loop, names, tuple(entries))


def _captured(outline: Outline) -> tuple[Capture, ...]:
    """Return what a body wants of the scopes around it; that of the loops in it is known."""
    own = set(outline.own)
    captured: dict[Capture, None] = {}
    for entry in outline.entries:
        reads = set(reads_of(entry))
        captured |= {(name, name in reads): None for name in waits_of(entry)}
    for inner in outline.inner:
        captured |= dict.fromkeys(inner.captured)
    return tuple(capture for capture in captured if capture[0] not in own)


def outputs_of(entry: Entry) -> tuple[str, ...]:
    """Return the places of its own scope that an entry fills; a loop's gives are entries too."""
    match entry:
        case Gather() | Last() | Ended():
            return (entry.output,)
        case Loop():
            return () if entry.source is None else (entry.count,)
    return entry.outputs


def waits_of(entry: Entry) -> tuple[str, ...]:
    """Return the places an entry waits for in its own scope before it begins."""
    match entry:
        case Loop():
            return entry.starts_on
        case Last():
            return (entry.initial,)
        case Gather() | Ended():
            return ()
    return entry.inputs


def reads_of(entry: Entry) -> tuple[str, ...]:
    """Return those of the places it waits for whose value it reads."""
    match entry:
        case Loop():
            return (entry.count,) if entry.source is None else (entry.source.place,)
        case Gather() | Last() | Ended():
            return waits_of(entry)
    return read_values(entry)


def given_of(give: Give) -> tuple[str, ...]:
    """Return the places of the body that a loop gives something of."""
    return give.places if isinstance(give, Ended) else (give.place,)
