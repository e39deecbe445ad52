"""Glue: the lines of a plan that run no operation but fill places.

What they do is said by a transition of the net, so that there is one vocabulary for both; only
are the values in its templates as they were written, and not sealed yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dfm.compiler.record import Record
from dfm.compiler.show import show, show_place
from dfm.net.loops import Ended, Gather, Last, Previous
from dfm.net.template import Ref, references
from dfm.net.transitions import Branch, Join, Let, Lookup, Store, gate_of

Made = Let | Branch | Join | Lookup | Store | Previous | Gather | Last | Ended
"""What glue can be."""


class Glue(Record, frozen=True):
    """A transition that runs no operation, with values still as they are in its templates.

    What a loop gives when it is over has its places in the scope around that loop, `of`. `near`
    is a place at whose site it must be, if that is given, and `asked` the site that the author
    asked for. `likelihood` is that of the first gate of a branch, if the author says it. `title` is
    what messages call it.
    """

    does: Made
    scope: str = ""
    of: str = ""
    near: str = ""
    asked: str | None = None
    likelihood: float | None = None
    title: str = ""
    at: str = ""
    refs: tuple[Ref, ...] = ()
    site: str = ""

    @property
    def name(self) -> str:
        """The first place that it fills."""
        return self.does.output if not isinstance(self.does, _WITH_GATES) else self.outputs[0]

    key = name

    @property
    def outputs(self) -> tuple[str, ...]:
        """The places that it fills."""
        return self.does.outputs if not isinstance(self.does, _GIVEN) else (self.does.output,)

    @property
    def after(self) -> tuple[str, ...]:
        """The places that it waits for without reading them."""
        if isinstance(self.does, Ended):
            return self.does.places
        after: tuple[str, ...] = getattr(self.does, "after", ())
        return after

    @property
    def when(self) -> str | None:
        """The gate it stands behind."""
        return gate_of(self.does)

    @property
    def is_end(self) -> bool:
        """Whether it only says that other things are over, such as all that is in a block."""
        match self.does:
            case Let(value=None, after=after, when=None):
                return bool(after)
        return False

    @property
    def is_bare(self) -> bool:
        """Whether its tokens say that something is so, and carry no value."""
        match self.does:
            case Branch() | Ended():
                return True
            case Let(value=value):
                return value is None
        return False

    def __str__(self) -> str:
        where = f" @ {self.site}" if self.site else ""
        return f"{_doing(self.does)}{show_place(self, self.of)}{where}"


_WITH_GATES = (Branch, Lookup)
_GIVEN = (Gather, Last, Ended)


def _doing(does: Made) -> str:
    match does:
        case Let(output, value):
            return f"{output} = let {show(value)}"
        case Branch(then, otherwise, condition):
            return f"{then}, {otherwise} = if {show(condition)}"
        case Join(output, sources):
            return f"{output} = join {', '.join(sources)}"
        case Lookup(hit, miss, key):
            return f"{hit}, {miss} = lookup {show(key)}"
        case Store(output, key, value, lookup):
            return f"{output} = store {show(key)} = {show(value)}" + (
                f" for {lookup}" if lookup is not None else ""
            )
        case Previous(output, place, initial):
            return f"{output} = previous {place} else {initial}"
        case Gather(output, place):
            return f"{output} = list {place}"
        case Last(output, place, initial):
            return f"{output} = last {place} else {initial}"
        case Ended(output):
            return f"{output} = end"


def glue(does: Made, **more: Any) -> Glue:
    """Return the line of a transition, with the references that it has."""
    return Glue(does, refs=tuple(_read(does)), **more)


def _read(does: Made) -> Iterator[Ref]:
    match does:
        case Let(value=template) | Branch(condition=template) | Lookup(key=template):
            yield from references(template)
        case Store(key=key, value=value):
            yield from references([key, value])
        case Join(sources=places):
            yield from map(Ref, places)
        case Previous(initial=place) | Gather(place=place):
            yield Ref(place)
        case Last(place=place, initial=initial):
            yield from (Ref(place), Ref(initial))
