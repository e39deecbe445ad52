"""Programs that can be written: what may refer to what, for lines that were drawn or taken out.

Any line can be taken out of a program, and `mended` makes a program of what is left: what
refers to nothing is a literal, what waits for nothing does not wait, and a block with nothing in
it goes. So a failing program can be made smaller one line at a time.

It also keeps the blocks around caches honest. Whether such a block is done depends on who comes
first, so nothing outside may notice: nothing in it is yielded, read or awaited elsewhere, and in
it nothing is awaited that stands outside.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.lines import (
    Cached,
    Choice,
    Collected,
    Combined,
    Compared,
    Joined,
    Keep,
    Line,
    Lines,
    Loop,
    Names,
    Node,
    Op,
    Out,
    Reduced,
    Write,
    arguments_of,
    leaves,
    walk,
)

NOTHING = 3
"""What a reference to a line that is not there stands for."""

NO_ITEMS = [1, 2]
"""The same, where a sequence is wanted."""


def mended(lines: Iterable[Line]) -> Lines:
    """Return the lines with all that refers to nothing repaired, or left out."""
    return _Block().mended(lines)


def without(lines: Iterable[Line], names: Container[str]) -> Lines:
    """Return what is left without some lines, in blocks too."""
    return mended(_left(lines, names))


def _left(lines: Iterable[Line], names: Container[str]) -> Iterator[Line]:
    for line in lines:
        if line.name in names:
            continue
        match line:
            case Loop() | Cached():
                yield replace(line, body=tuple(_left(line.body, names)))
            case Choice():
                then = tuple(_left(line.then, names))
                yield replace(line, then=then, otherwise=tuple(_left(line.otherwise, names)))
            case _:
                yield line


def _keeps(lines: Lines) -> Iterator[Keep]:
    """Yield the lines that keep a value for the cache around them."""
    for line in lines:
        match line:
            case Keep():
                yield line
            case Choice():
                yield from _keeps((*line.then, *line.otherwise))


def _is_always_the_same(line: Line) -> bool:
    """Whether what is awaited fails or not, wherever a value comes from: cache or body.

    In the body of a cache all must be needed for what is kept, so that it is not if that fails.
    """
    if not isinstance(line, Cached):
        return True
    needed: set[str] = set()
    for inner in reversed(line.body):
        if not isinstance(inner, (Op, Keep)) or not (
            isinstance(inner, Keep) or inner.name in needed
        ):
            return False
        needed |= {leaf.line for leaf in leaves(arguments_of(inner)) if isinstance(leaf, Node)}
    return True


@dataclass
class _Block:
    """What the lines of a block may refer to.

    `values` can be read, `lines` be awaited, and of `loops` something be collected, of those in
    this block and in branches in it. A reduction is made while its loop goes round, so it begins
    with what could be read `before`. `keeps` says whether a value can be kept here, `is_cached`
    whether some cache is around.
    """

    values: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    loops: dict[str, set[str]] = field(default_factory=dict)
    before: dict[str, set[str]] = field(default_factory=dict)
    keeps: bool = False
    is_cached: bool = False

    def mended(self, lines: Iterable[Line]) -> Lines:
        """Return the lines that can stand here, adding what they make to what can be read."""
        return tuple(line for drawn in lines if (line := self.line(drawn)) is not None)

    def line(self, line: Line) -> Line | None:
        """Return a line as it can stand here."""
        mended = self.block(line) if isinstance(line, (Loop, Choice, Cached)) else self.simple(line)
        if mended is None:
            return None
        if not isinstance(mended, (Out, Loop, Choice)):
            self.values.add(line.name)
        if all(map(_is_always_the_same, walk([mended]))):
            self.lines.add(line.name)
        return mended

    def simple(self, line: Line) -> Line | None:
        match line:
            case Op():
                return replace(line, given=self.read(line.given), after=self.awaited(line.after))
            case Out() if self.is_cached:
                return None
            case Out() | Write():
                return replace(line, value=self.read(line.value), after=self.awaited(line.after))
            case Keep():
                return replace(line, value=self.read(line.value)) if self.keeps else None
            case Joined():
                return replace(line, values=self.read(line.values))
            case Collected() if line.loop in self.loops:
                return replace(line, value=self.of_loop(line.loop, line.value))
            case Reduced() if line.loop in self.loops:
                return replace(
                    line,
                    value=self.of_loop(line.loop, line.value),
                    initial=_Block(self.before[line.loop]).read(line.initial),
                    more=self.within(line.loop).read(line.more),
                )
        return None

    def block(self, line: Loop | Choice | Cached) -> Line | None:
        after = self.awaited(line.after)
        match line:
            case Choice():
                condition = self.read(line.condition)
                branches = [replace(self, loops={}), replace(self, loops={})]
                then = branches[0].mended(line.then)
                otherwise = branches[1].mended(line.otherwise)
                self.loops |= branches[0].loops | branches[1].loops
                if not then:
                    then, otherwise, condition = otherwise, (), Combined("not", (condition,))
                if not then:
                    return None
                other_after = self.awaited(line.other_after) if otherwise else ()
                return Choice(line.name, condition, then, otherwise, after, other_after)
            case Loop():
                seq = self.read(line.seq)
                if isinstance(line.seq, Node) and not isinstance(seq, Node):
                    seq = NO_ITEMS
                inside = _Block({*self.values, line.name}, self.lines, is_cached=self.is_cached)
                body = inside.mended(line.body)
                if not body:
                    return None
                self.loops[line.name] = inside.values
                self.before[line.name] = {*self.values}
                return replace(line, seq=seq, body=body, after=after)
            case Cached():
                inside = _Block({*self.values}, keeps=True, is_cached=True)
                body = inside.mended(line.body)
                if not any(_keeps(body)):
                    return None
                return replace(line, body=body, after=after)

    def within(self, loop: str) -> _Block:
        """What the step of a reduction may read: what the body did."""
        return _Block(self.loops[loop])

    def of_loop(self, loop: str, value: Any) -> Any:
        """Return a value made of what a loop made; the item if nothing of it is left."""
        mended = self.within(loop).read(value)
        made = self.loops[loop] - self.values
        read = {leaf.line for leaf in leaves(mended) if isinstance(leaf, Node)}
        return mended if read & made else Node(loop)

    def awaited(self, names: Names) -> Names:
        return tuple(name for name in names if name in self.lines)

    def read(self, argument: Any) -> Any:
        """Return an argument or a condition that refers to what is there."""
        match argument:
            case Node():
                return argument if argument.line in self.values else NOTHING
            case Compared(sign, left, right):
                return Compared(sign, self.read(left), self.read(right))
            case Combined(word, parts):
                return Combined(word, self.read(parts))
            case list() | tuple():
                return type(argument)(map(self.read, argument))
            case dict():
                return {key: self.read(part) for key, part in argument.items()}
        return argument
