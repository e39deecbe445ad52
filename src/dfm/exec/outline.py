"""The outline of a net: its scopes, and by name what they want of each other.

The first half of making a `Program`: numbers come later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dfm.net.loops import Ended, Gather, Give, Last, Loop, Transition, read_values

Entry = Transition | Give
"""What a scope has to do; what a loop gives stands after it, as an entry of its own."""


@dataclass(slots=True)
class Outline:
    """A scope by name. `captured` says of each place from around whether its value is read."""

    index: int
    around: int
    number: int
    loop: Loop | None
    own: tuple[str, ...]
    entries: tuple[Entry, ...]
    first: int = 0
    captured: dict[str, bool] = field(default_factory=dict)
    inner: list[Outline] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)

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
        names = (*outline.captured, *outline.own)
        outline.place = {name: number for number, name in enumerate(names)}
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


def _captured(outline: Outline) -> dict[str, bool]:
    """Return what a body wants of the scopes around it; that of the loops in it is known."""
    own = set(outline.own)
    captured: dict[str, bool] = {}
    for entry in outline.entries:
        reads = reads_of(entry)
        for name in waits_of(entry):
            captured[name] = captured.get(name, False) or name in reads
    for inner in outline.inner:
        for name, is_read in inner.captured.items():
            captured[name] = captured.get(name, False) or is_read
    return {name: is_read for name, is_read in captured.items() if name not in own}


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
