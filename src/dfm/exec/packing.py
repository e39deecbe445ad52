"""Which values leave a site whole, and which are read there, passed on or not.

A value that leaves is packed where it is made, off the site's own loop, and kept as it is only if
something reads it. A token that is passed on as it is (by a join, or into a loop) makes where
it came from what its new place is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dfm.exec.outline import Outline, outputs_of, reads_of
from dfm.net.loops import Gather, Last, Previous
from dfm.net.transitions import Join, Send, Yield, whole

Node = tuple[int, str]
"""A place of a scope."""


def packed_and_kept(outlines: list[Outline]) -> tuple[set[Node], set[Node]]:
    """Return the places whose values are packed, and those whose values are kept."""
    packs: set[Node] = set()
    keeps: set[Node] = set()
    for outline in outlines:
        for entry in outline.entries:
            match entry:
                case Send():
                    packs.add((outline.index, entry.place))
                case Yield() if (name := whole(entry.value)) is not None:
                    packs.add((outline.index, name))
                case Join() | Previous() | Last():
                    pass
                case _:
                    keeps |= {(outline.index, name) for name in reads_of(entry)}
        given = (give.place for _, give in outline.gives if isinstance(give, Gather))
        keeps |= {(outline.index, name) for name in given}
    came_from: dict[Node, list[Node]] = {}
    for into, out_of in (pair for outline in outlines for pair in _passed_on(outline)):
        came_from.setdefault(into, []).append(out_of)
    return _spread(packs, came_from), _spread(keeps, came_from)


def _passed_on(outline: Outline) -> Iterator[tuple[Node, Node]]:
    """Yield (place, place that its token came from) for tokens that are passed on as they are."""
    here, around = outline.index, outline.around
    for entry in outline.entries:
        sources: tuple[str, ...] = ()
        if isinstance(entry, Join):
            sources = entry.sources
        elif isinstance(entry, Previous):
            sources = (entry.place, entry.initial)
        elif isinstance(entry, Last):
            sources = (entry.initial,)
        for name in sources:
            yield (here, outputs_of(entry)[0]), (here, name)
    for name, _ in outline.captured:
        yield (here, name), (around, name)
    for _, give in outline.gives:
        if isinstance(give, Last):
            yield (around, give.output), (here, give.place)


def _spread(marked: set[Node], came_from: Mapping[Node, list[Node]]) -> set[Node]:
    todo = list(marked)
    while todo:
        for node in came_from.get(todo.pop(), ()):
            if node not in marked:
                marked.add(node)
                todo.append(node)
    return marked
