"""The lines of a plan: what is to be done, in which loop, behind which gate, and later where.

    Step      an operation                         Scope     a loop, which is a scope of its own
    Glue      what is none, but fills places       Delivery  a yield
              (`made.py`)

Each names the places whose values it reads (`refs`), those it only waits for (`after`), the gate
it stands behind (`when`), and the loop it is in (`scope`, '' outside of all). Each prints as one
line of text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from dfm.compiler.made import Glue
from dfm.compiler.record import Record
from dfm.compiler.show import show, show_place
from dfm.net.loops import Ended
from dfm.net.template import Ref
from dfm.net.transitions import ONCE, Options

Arguments = tuple[tuple[str, Any], ...]
"""Templates by parameter name. Unlike in a net, a template may hold any value."""


class Candidate(NamedTuple):
    """Who could run a step: a site, or a provider of it."""

    site: str
    provider: str | None = None

    def __str__(self) -> str:
        return self.site if self.provider is None else f"{self.site}.{self.provider}"


class Step(Record, frozen=True):
    """One operation: what is to be done, then where it could be done, then where it will be.

    `name` is the place of its value. `asked` are the sites that the author named, `providers` the
    providers (None is the site itself); None for any. `is_pinned` says that it was one site by
    name. `at` is where it was written, and `within` what it stands in, for people. `time_from` and
    `size_from` say who told what is expected of it.
    """

    name: str
    node: int | str
    operation: str
    provider: str | None = None
    arguments: Arguments = ()
    refs: tuple[Ref, ...] = ()
    after: tuple[str, ...] = ()
    when: str | None = None
    scope: str = ""
    asked: tuple[str, ...] | None = None
    providers: tuple[str | None, ...] | None = (None,)
    is_pinned: bool = False
    given: tuple[tuple[str, Any], ...] = ()
    at: str = ""
    within: str = ""
    candidates: tuple[Candidate, ...] = ()
    site: str = ""
    reason: str = ""
    options: Options = ONCE
    seconds: float = 0.0
    bytes_out: int = 0
    time_from: str = ""
    size_from: str = ""

    @property
    def key(self) -> str:
        """What no other line is called."""
        return self.name

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place of its value."""
        return (self.name,)

    def __str__(self) -> str:
        at = f"{self.provider}/" if self.provider is not None else ""
        given = ", ".join(f"{name}={show(template)}" for name, template in self.arguments)
        could = map(str, self.candidates) if self.candidates else self.asked or ("anywhere",)
        where = self.site or " | ".join(could)
        return f"{self.name} = {at}{self.operation}({given}){show_place(self)} @ {where}"


class Scope(Record, frozen=True):
    """A loop. What stands in it has its `item` as `scope`; `scope` is the loop around it.

    `rounds` is how often it is expected to go round. `site` leads it, `followers` take part.
    `rank` tells in which order yields and loops end.
    """

    item: str
    count: str
    source: Ref
    scope: str = ""
    node: int | str | None = None
    dim: str | None = None
    window: int | None = None
    is_ordered: bool = False
    rounds: int = 1
    rounds_are_guess: bool = False
    after: tuple[str, ...] = ()
    when: str | None = None
    at: str = ""
    rank: int = 0
    site: str = ""
    followers: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What no other line is called."""
        return self.item

    @property
    def end(self) -> str:
        """What its being over is called among the lines; no place has this name."""
        return f"the end of {self.item}"

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The sequence."""
        return (self.source,)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The places that it fills: the one of its own scope, and the one around it."""
        return (self.item, self.count)

    def __str__(self) -> str:
        along = f" along {self.dim}" if self.dim is not None else ""
        window = f" at most {self.window}" if self.window is not None else ""
        ordered = " ordered" if self.is_ordered else ""
        followers = f" with {', '.join(self.followers)}" if self.followers else ""
        where = f" @ {self.site}{followers}" if self.site else ""
        what = f"loop {self.item} of {show(self.source)}{along}{window}{ordered}"
        return f"{what}{show_place(self)}{where}"


class Delivery(Record, frozen=True):
    """One yield: a value for the application, then the site that hands it over.

    `key` is what no other line is called. `said` is a place that says that it is done, `rank` in
    which order yields and loops end.
    """

    key: str
    name: str
    place: str
    value: Any
    refs: tuple[Ref, ...] = ()
    after: tuple[str, ...] = ()
    when: str | None = None
    scope: str = ""
    node: int | str | None = None
    at: str = ""
    rank: int = 0
    site: str = ""
    said: str | None = None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The place that says that it is done, if there is one."""
        return () if self.said is None else (self.said,)

    def __str__(self) -> str:
        where = f" @ {self.site}" if self.site else ""
        said = f" said {self.said}" if self.said is not None else ""
        return (
            f"yield {self.name} {self.place!r} = {show(self.value)}{show_place(self)}{said}{where}"
        )


Line = Step | Glue | Scope
"""What fills places, in an order in which it could be done."""

AnyLine = Line | Delivery


def with_after(line: Any, after: tuple[str, ...]) -> Any:
    """Return a line that waits for these places instead of those it waited for."""
    if after == line.after:
        return line
    if not isinstance(line, Glue):
        return line.replace(after=after)
    does: Any = line.does
    is_end = isinstance(does, Ended)
    return line.replace(does=replace(does, **{"places" if is_end else "after": after}))
