"""The lines of a program, as data: what can be written in a pipeline, blocks in blocks.

Lines refer to each other by name. A line prints as what an author might have written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

Path = tuple[tuple[int | str, bool], ...]
Names = tuple[str, ...]
Site = str | tuple[str, ...] | None
"""A name, several to choose from, or None for any."""


@dataclass(frozen=True)
class Node:
    """In an argument: the value of a line of the program, or a part of it."""

    line: str
    path: Path = ()

    def __repr__(self) -> str:
        parts = (f"[{key!r}]" if subscribed else f".{key}" for key, subscribed in self.path)
        return f"{self.line}{''.join(parts)}"


@dataclass(frozen=True)
class Param:
    """In an argument: a parameter of the call."""

    name: str

    def __repr__(self) -> str:
        return f"${self.name}"


@dataclass(frozen=True)
class Compared:
    """A condition that compares two arguments."""

    sign: str
    left: Any
    right: Any

    def __repr__(self) -> str:
        return f"{self.left!r} {self.sign} {self.right!r}"


@dataclass(frozen=True)
class Combined:
    """A condition made of others: `and`, `or`, or `not`, of one."""

    word: str
    parts: tuple[Any, ...]

    def __repr__(self) -> str:
        if self.word == "not":
            return f"not ({self.parts[0]!r})"
        return f"({f' {self.word} '.join(map(repr, self.parts))})"


@dataclass(frozen=True)
class Op:
    """One operation."""

    name: str
    operation: str
    given: Mapping[str, Any]
    site: Site = None
    after: Names = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        called = _called(self.operation, self.given, self.options)
        return f"{self.name} = {called}{_at(self.site)}{_after(self.after)}"


@dataclass(frozen=True)
class Out:
    """One yield."""

    name: str
    place: str
    value: Any
    after: Names = ()

    def __repr__(self) -> str:
        return f"{self.name}: yield {self.place} = {self.value!r}{_after(self.after)}"


@dataclass(frozen=True)
class Loop:
    """A body, once for each item of `seq`; the name is that of the item."""

    name: str
    seq: Any
    body: Lines
    ordered: bool = False
    at_most: int | None = None
    after: Names = ()

    def __repr__(self) -> str:
        ordered = ", ordered" if self.ordered else ""
        at_most = f", {self.at_most} in flight" if self.at_most else ""
        head = f"for {self.name} in {self.seq!r}{ordered}{at_most}{_after(self.after)}:"
        return f"{head}\n{_block(self.body)}"


@dataclass(frozen=True)
class Choice:
    """A body for when a condition holds, and perhaps one for when it does not."""

    name: str
    condition: Any
    then: Lines
    otherwise: Lines = ()
    after: Names = ()
    other_after: Names = ()

    def __repr__(self) -> str:
        head = f"{self.name}: if {self.condition!r}{_after(self.after)}:\n{_block(self.then)}"
        if not self.otherwise:
            return head
        return f"{head}\nelse{_after(self.other_after)}:\n{_block(self.otherwise)}"


@dataclass(frozen=True)
class Cached:
    """A body that is done if its value is not in the cache. The key says all that it reads."""

    name: str
    body: Lines
    site: str | None = None
    after: Names = ()

    @property
    def key(self) -> list[Any]:
        """What determines the value: the text of the body, and what it reads from outside."""
        return [repr(self.body), *read_from_outside(self.body)]

    def __repr__(self) -> str:
        head = f"{self.name} = from cache{_at(self.site)}{_after(self.after)}, or:"
        return f"{head}\n{_block(self.body)}"


@dataclass(frozen=True)
class Keep:
    """In the body of a `Cached`: put a value into the cache."""

    name: str
    value: Any

    def __repr__(self) -> str:
        return f"{self.name} = keep {self.value!r}"


@dataclass(frozen=True)
class Write:
    """Put a value into the cache, under itself."""

    name: str
    value: Any
    site: str | None = None
    after: Names = ()

    def __repr__(self) -> str:
        return f"{self.name} = write {self.value!r}{_at(self.site)}{_after(self.after)}"


@dataclass(frozen=True)
class Collected:
    """The list of what `value` is in each iteration of a loop."""

    name: str
    loop: str
    value: Any

    def __repr__(self) -> str:
        return f"{self.name} = [{self.value!r} for {self.loop}]"


@dataclass(frozen=True)
class Reduced:
    """What is left when an operation puts `value` of each iteration to what there was before."""

    name: str
    loop: str
    operation: str
    value: Any
    initial: Any
    more: Mapping[str, Any] = field(default_factory=dict)
    site: Site = None

    def __repr__(self) -> str:
        first = {"": self.value, "initial": self.initial}
        called = _called(self.operation, first, self.more)
        return f"{self.name} = {called}{_at(self.site)} over {self.loop}"


@dataclass(frozen=True)
class Joined:
    """The first value that is there."""

    name: str
    values: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"{self.name} = {' or else '.join(map(repr, self.values))}"


Line = Op | Out | Loop | Choice | Cached | Keep | Write | Collected | Reduced | Joined
Lines = tuple[Line, ...]


def _called(operation: str, *given: Mapping[str, Any]) -> str:
    arguments = (f"{k}={v!r}" if k else repr(v) for some in given for k, v in some.items())
    return f"{operation}({', '.join(arguments)})"


def _at(site: Site) -> str:
    if site is None:
        return ""
    return f" @ {site}" if isinstance(site, str) else f" @ {'|'.join(site)}"


def _after(after: Names) -> str:
    return f" after {', '.join(after)}" if after else ""


def _block(lines: Sequence[Line]) -> str:
    return indent("\n".join(map(repr, lines)), "    ")


# -- what lines read ---------------------------------------------------------------------------


def arguments_of(line: Line) -> list[Any]:
    """What a line itself reads, as arguments; not what its body reads."""
    match line:
        case Op():
            return list(line.given.values())
        case Out() | Keep() | Write() | Collected():
            return [line.value]
        case Loop():
            return [line.seq]
        case Choice():
            return [line.condition]
        case Cached():
            return line.key
        case Reduced():
            return [line.value, line.initial, *line.more.values()]
        case Joined():
            return list(line.values)


def bodies_of(line: Line) -> tuple[Lines, ...]:
    """The blocks of a line."""
    match line:
        case Loop() | Cached():
            return (line.body,)
        case Choice():
            return (line.then, line.otherwise)
    return ()


def walk(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines, each block before what is in it."""
    for line in lines:
        yield line
        for body in bodies_of(line):
            yield from walk(body)


def leaves(argument: Any) -> Iterator[Node | Param]:
    """Yield the references and parameters in an argument or a condition."""
    match argument:
        case Node() | Param():
            yield argument
        case Compared(_, left, right):
            yield from leaves([left, right])
        case Combined(_, parts):
            yield from leaves(parts)
        case list() | tuple():
            for part in argument:
                yield from leaves(part)
        case dict():
            yield from leaves(list(argument.values()))


def read_from_outside(lines: Lines) -> list[Node | Param]:
    """Return the values, as wholes, and the parameters that lines read but do not make."""
    inside = {line.name for line in walk(lines)}
    read = (leaf for line in walk(lines) for leaf in leaves(arguments_of(line)))
    wholes = (Node(leaf.line) if isinstance(leaf, Node) else leaf for leaf in read)
    return [w for w in dict.fromkeys(wholes) if isinstance(w, Param) or w.line not in inside]
