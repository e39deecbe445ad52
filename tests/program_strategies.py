"""Random programs: lines that read what the lines before them can give, in blocks.

An author draws line after line. What is known of each value (`Kind`) keeps most of what it
writes sensible: streams go where streams can go, arrays not into conditions. Each line is left
out again with a small chance. That is there for shrinking: a failing program loses its lines one
by one, and the others stay what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import strategies as st
from tests.drawn_arguments import BELOW, PARAMS, Reader, Sight
from tests.kinds import Kind, common, kind_of
from tests.lines import (
    Cached,
    Choice,
    Collected,
    Joined,
    Keep,
    Line,
    Lines,
    Loop,
    Names,
    Op,
    Out,
    Param,
    Reduced,
    Write,
    arguments_of,
    leaves,
    walk,
)
from tests.mending import without
from tests.operations import SIGNATURES, STREAMS
from tests.programs import Program

SITES = ("a", "b", "c", "d")
BLOCKS = ("loop", "choice", "cache")
DEPTH = 3

OPERATIONS = [*SIGNATURES, "m.Pair", "m.Record", "m.Total", "m.Add", "m.Limit"]
STEPS = ("m.Add", "m.Limit", "m.Pair")


class _Author(Reader):
    """Draws the lines of a program."""

    def __init__(
        self, draw: st.DrawFn, offers: Mapping[str, Sequence[str]], *, wild: bool, blocks: Names
    ) -> None:
        super().__init__(draw, wild=wild)
        self.offers = offers
        self.blocks = blocks
        self.dropped: set[str] = set()
        self.depth = 0
        self.is_cached = False
        self.left = 0
        self.number = 0

    # -- lines -----------------------------------------------------------------------------

    def lines(self, most: int, *, least: int = 1) -> Lines:
        """Some lines, fewer if the program has enough."""
        made: list[Line] = []
        for _ in range(least + self.draw(BELOW[most - least + 1])):
            if self.left <= 0 and len(made) >= least:
                break
            made.append(self.line())
        if not self.is_cached and self.draw(BELOW[3]):
            made.append(self.named(self.out))
        return tuple(made)

    def line(self) -> Line:
        """One line, of a kind that can stand here."""
        makers: list[Callable[[str], Line]] = [self.op] * 5
        if not self.is_cached:
            makers += [self.out] * 2
        if "cache" in self.blocks:
            makers.append(self.write)
        if self.sight.loops:
            makers += [self.collected, self.reduced] * 2
        if "choice" in self.blocks and self.sight.values:
            makers.append(self.joined)
        if self.depth < DEPTH and self.left > 2:
            blocks: dict[str, list[Callable[[str], Line]]]
            blocks = {"loop": [self.loop] * 4, "choice": [self.choice] * 3, "cache": [self.cached]}
            makers += [block for name in self.blocks for block in blocks[name]]
        return self.named(self.one(*makers))

    def named(self, make: Callable[[str], Line]) -> Line:
        """Make a line with a name; it may be left out in the end."""
        self.left -= 1
        name = f"v{self.number}"
        self.number += 1
        if not self.draw(BELOW[15]):
            self.dropped.add(name)
        line = make(name)
        self.sight.lines.append(name)
        return line

    def op(self, name: str) -> Op:
        operation = self.one(*OPERATIONS)
        given, kinds = {}, {}
        for parameter in SIGNATURES[operation]:
            if parameter.required or self.draw(BELOW[2]):
                streams = operation == "m.Total"
                given[parameter.name], kinds[parameter.name] = self.argument(streams=streams)
        line = Op(
            name, operation, given, self.site(operation), self.after(), self.options(operation)
        )
        self.sight.values[name] = kind_of(operation, kinds)
        return line

    def site(self, operation: str) -> str | tuple[str, ...] | None:
        able = [site for site, names in self.offers.items() if operation in names]
        match self.draw(BELOW[3]):
            case 0:
                return None
            case 1:
                return self.one(*able)  # type: ignore[no-any-return]
        return tuple(dict.fromkeys([self.one(*able), self.one(*able)]))

    def options(self, operation: str) -> dict[str, Any]:
        if operation in STREAMS or not self.sometimes(6):
            return {}
        return self.one(  # type: ignore[no-any-return]
            {"retries": 2}, {"cache": True}, {"retries": 1, "retry_on": ("ValueError",)},
            {"retries": 3, "retry_on": ("KeyError",)}, {"timeout": 60.0},
        )  # fmt: skip

    def out(self, name: str) -> Out:
        makers = [self.node, self.node, self.argument]
        if any(kind.is_stream for kind in self.sight.values.values()):
            makers += [self.stream] * 2
        value, _ = self.one(*makers)()
        return Out(name, self.one(f"out_{name}", "out", f"out_{name}"), value, self.after())

    def write(self, name: str) -> Write:
        value, self.sight.values[name] = self.argument()
        return Write(name, value, self.one(None, *self.offers), self.after())

    def joined(self, name: str) -> Joined:
        streams = any(kind.is_stream for kind in self.sight.values.values()) and self.sometimes(4)
        made = [(self.stream if streams else self.node)() for _ in range(self.one(2, 3))]
        if self.wild or self.sometimes(4):
            made.append(self.literal())
        self.sight.values[name] = common([kind for _, kind in made])
        return Joined(name, tuple(value for value, _ in made))

    def after(self) -> Names:
        if not self.sight.lines or not self.sometimes(4):
            return ()
        drawn = [self.one(*reversed(self.sight.lines)) for _ in range(self.one(1, 2))]
        return tuple(dict.fromkeys(drawn))

    # -- blocks ----------------------------------------------------------------------------

    @contextmanager
    def inside(self, sight: Sight) -> Iterator[None]:
        """Write in a block in which `sight` is what can be seen."""
        around, self.sight = self.sight, sight
        self.depth += 1
        yield
        self.depth -= 1
        self.sight = around

    def without_streams(self) -> dict[str, Kind]:
        """What can be read again and again."""
        return {n: kind for n, kind in self.sight.values.items() if not kind.is_stream}

    def loop(self, name: str) -> Loop:
        seq, item = self.sequence()
        after = self.after()
        ordered, at_most = self.sometimes(3), self.one(None, None, 1, 2)
        seen = self.sight.values if self.sometimes(4) else self.without_streams()
        inside = Sight({**seen, name: item}, self.sight.lines)
        with self.inside(inside):
            body = self.lines(4)
        made = {n: kind for n, kind in inside.values.items() if n not in self.sight.values}
        self.sight.loops[name] = made
        return Loop(name, seq, body, ordered, at_most, after)

    def of_loop(self, loop: str, *, streams: bool = True) -> tuple[Any, Kind]:
        """Something made in a loop that is over."""
        made = self.sight.loops[loop]
        values = {**self.without_streams(), **made} if self.sometimes(4) else made
        with self.inside(Sight(values)):
            has_streams = any(kind.is_stream for kind in values.values())
            if streams and has_streams and self.sometimes(8):
                return self.stream()
            return self.one(self.node, self.node, self.node, self.argument)()  # type: ignore[no-any-return]

    def collected(self, name: str) -> Collected:
        loop = self.one(*reversed(self.sight.loops))
        value, kind = self.of_loop(loop)
        self.sight.values[name] = Kind(item=kind, has_arrays=kind.has_arrays)
        return Collected(name, loop, value)

    def reduced(self, name: str) -> Reduced:
        loop = self.one(*reversed(self.sight.loops))
        operation = self.one(*STEPS)
        value, kind = self.of_loop(loop, streams=operation != "m.Pair")
        initial, first = self.argument()
        more = {}
        if operation == "m.Add" and self.sometimes(2):
            more["c"], _ = self.of_loop(loop)
        self.sight.values[name] = common([first, kind_of(operation, {"a": first, "b": kind})])
        return Reduced(name, loop, operation, value, initial, more, self.site(operation))

    def choice(self, name: str) -> Choice:
        condition, after = self.condition(), self.after()
        other_after = self.after() if self.sometimes(4) else ()
        branches = [Sight(self.sight.values, self.sight.lines) for _ in range(2)]
        with self.inside(branches[0]):
            then = self.lines(3)
        with self.inside(branches[1]):
            otherwise = self.lines(3) if self.draw(BELOW[2]) else ()
        for branch in branches:
            self.sight.loops |= branch.loops
        return Choice(name, condition, then, otherwise, after, other_after)

    def cached(self, name: str) -> Cached:
        after = self.after()
        was_cached, self.is_cached = self.is_cached, True
        with self.inside(Sight(self.without_streams())):
            body = self.lines(3, least=0)
            kept, kinds = self.kept()
        self.is_cached = was_cached
        self.sight.values[name] = common(kinds)
        return Cached(name, (*body, kept), self.one(None, *self.offers), after)

    def kept(self) -> tuple[Line, list[Kind]]:
        """The line that keeps a value: one, or one of two, so that it is the same each time."""
        kinds: list[Kind] = []

        def keep(name: str) -> Line:
            value, kind = self.argument()
            kinds.append(kind)
            return Keep(name, value)

        def either(name: str) -> Line:
            condition = self.condition()
            then = (self.named(keep),)
            return Choice(name, condition, then, (self.named(keep),) if self.one(0, 1) else ())

        return self.named(self.one(keep, keep, either)), kinds


@st.composite
def offerings(draw: st.DrawFn, *, everywhere: bool = False) -> dict[str, list[str]]:
    """One to four sites; each operation is offered somewhere, or `everywhere`."""
    sites = SITES[: 1 + draw(BELOW[4])]
    if everywhere:
        return {site: list(SIGNATURES) for site in sites}
    able = {name: 1 + draw(BELOW[2 ** len(sites) - 1]) for name in SIGNATURES}
    return {
        site: [name for name in SIGNATURES if able[name] & 1 << bit]
        for bit, site in enumerate(sites)
    }


@st.composite
def programs(
    draw: st.DrawFn,
    *,
    everywhere: bool = False,
    wild: bool = False,
    blocks: Names = BLOCKS,
    max_lines: int = 16,
) -> Program:
    """Programs over several sites, with errors, streams, orders, parameters and `blocks`.

    `wild` programs also select parts that are not there.
    """
    offers = draw(offerings(everywhere=everywhere))
    author = _Author(draw, offers, wild=wild, blocks=blocks)
    author.left = max_lines
    drawn = author.lines(max_lines, least=min(5, max_lines))
    drawn += tuple(author.named(author.out) for _ in range(author.one(1, 2, 3)))
    lines = without(drawn, author.dropped)
    if not any(isinstance(line, Out) for line in walk(lines)):
        lines = (*lines, Out("last", "out", 0))
    read = {leaf.name for leaf in _params(lines)}
    sets = st.fixed_dictionaries({name: PARAMS[name] for name in PARAMS if name in read})
    calls = draw(st.lists(sets, min_size=1, max_size=3))
    return Program(lines, offers, author.one(*offers), tuple(calls))


def _params(lines: Lines) -> Iterator[Param]:
    for line in walk(lines):
        yield from (leaf for leaf in leaves(arguments_of(line)) if isinstance(leaf, Param))
