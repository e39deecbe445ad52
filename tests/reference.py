"""What programs mean, worked out as nested Python over values: no nets, no sites, no order.

Each line has one token per time its block is done: a value, a stream, errors, or nothing. This
is a second opinion on compiler and interpreter, so it takes nothing from them but what items a
value has.
"""

from __future__ import annotations

import asyncio
import operator
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    Node,
    Op,
    Out,
    Param,
    Reduced,
    Write,
    arguments_of,
    leaves,
    walk,
)
from tests.operations import DEFAULTS, FUNCTIONS, SIGNATURES
from tests.told import NOTHING, ONCE_ONLY, AsText, Broken, Errors, Stream, Told, fully, shown

from dfm.net.items import items_of
from dfm.net.template import Attribute, Item, Ref

COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def meaning(
    lines: Lines, calls: Sequence[Mapping[str, Any]], as_text: AsText = fully
) -> Counter[Told]:
    """What a program delivers."""
    told: list[tuple[str, tuple[int, ...], Any]] = []
    for number, given in enumerate(calls):
        _Scope((number,), given, told).do(lines)
    return Counter((place, frame, shown(token, as_text)) for place, frame, token in told)


@dataclass
class _Scope:
    """One time that a block is done: what its lines have, and how often the loops in it went.

    Branches have no scope of their own; `gate` says whether the lines of one are done.
    """

    frame: tuple[int, ...]
    given: Mapping[str, Any]
    told: list[tuple[str, tuple[int, ...], Any]]
    around: _Scope | None = None
    tokens: dict[str, Any] = field(default_factory=dict)
    loops: dict[str, list[_Scope]] = field(default_factory=dict)
    ends: dict[str, Any] = field(default_factory=dict)
    awaited: dict[str, Errors | None] = field(default_factory=dict)

    # -- what is known ---------------------------------------------------------------------

    def read(self, name: str) -> Any:
        """The token of a line, here or around; a stream from around is none."""
        if name in self.tokens:
            return self.tokens[name]
        assert self.around is not None
        token = self.around.read(name)
        return ONCE_ONLY if isinstance(token, Stream) else token

    def errors_of(self, name: str) -> Errors | None:
        """The errors of a line that is awaited."""
        if name in self.awaited:
            return self.awaited[name]
        assert self.around is not None
        return self.around.errors_of(name)

    # -- lines -----------------------------------------------------------------------------

    def do(self, lines: Lines, gate: Any = None) -> Any:
        """Do lines behind a gate, and return what was kept in the cache."""
        kept: Any = NOTHING
        for line in lines:
            stopped = gate if gate is not None else self.obstacle(line)
            inner = self.line(line, stopped)
            if isinstance(line, Out) and gate is None:
                self.note(line.name, self.awaited_by(line))
            kept = inner if kept is NOTHING else kept
        return kept

    def obstacle(self, line: Line) -> Any:
        """Why a line is not done: errors, or that something is not there; else None."""
        if isinstance(line, (Joined, Collected, Reduced)):
            return None
        read = arguments_of(line)
        names = [leaf.line for leaf in leaves(read) if isinstance(leaf, Node)]
        tokens = [self.read(name) for name in names]
        awaited = [self.errors_of(n) for n in getattr(line, "after", ()) if n not in names]
        found = [t for t in (*tokens, *awaited) if isinstance(t, Errors)]
        if found:
            return merged(found)
        return NOTHING if any(t is NOTHING for t in tokens) else None

    def awaited_by(self, line: Out) -> list[Errors | None]:
        """What whoever awaits a yield awaits: the lines that the yield does, not what is told."""
        read = [leaf.line for leaf in leaves(line.value) if isinstance(leaf, Node)]
        return [self.errors_of(name) for name in (*read, *line.after)]

    def line(self, line: Line, stopped: Any) -> Any:
        """Do a line, unless it is stopped; return what it kept in the cache."""
        kept: Any = NOTHING
        match line:
            case Choice():
                kept = self.choose(line, stopped)
            case Loop():
                self.go_through(line, stopped)
            case Cached():
                self.tokens[line.name] = self.cached(line, stopped)
                self.note(line.name, [self.tokens[line.name]])
            case _:
                token = self.outcome(line) if stopped is None else stopped
                self.tokens[line.name] = token
                if isinstance(line, Out):
                    self.deliver(line, token)
                self.note(line.name, [token])
                kept = token if isinstance(line, Keep) else NOTHING
        return kept

    def note(self, name: str, tokens: Iterable[Any]) -> None:
        """Remember what whoever awaits a line gets to know."""
        found = (t.errors if isinstance(t, Stream) else t for t in tokens)
        errors = [t for t in found if isinstance(t, Errors)]
        self.awaited[name] = merged(errors) if errors else None

    def outcome(self, line: Line) -> Any:
        """What a line that is no block gives."""
        match line:
            case Op():
                return self.called(line)
            case Joined():
                values = map(self.token_of, line.values)
                return next((v for v in values if v is not NOTHING), NOTHING)
            case Collected():
                return self.collected(line)
            case Reduced():
                return self.reduced(line)
            case Out() | Keep() | Write():
                return self.token_of(line.value)
        raise AssertionError(f"{line!r} is a block")

    def called(self, line: Op) -> Any:
        try:
            given = self.value(line.given)
        except Exception as error:  # noqa: BLE001  (whatever selecting a part raises)
            return Errors.of(error, line.operation)
        return call(line.operation, given)

    def deliver(self, line: Out, token: Any) -> None:
        """Tell the application."""
        if isinstance(token, Stream):
            for number, item in enumerate(token.items):
                self.told.append((line.place, (*self.frame, number), item))
            token = token.errors or NOTHING
        if token is not NOTHING:
            self.told.append((line.place, self.frame, token))

    # -- blocks ----------------------------------------------------------------------------

    def choose(self, line: Choice, stopped: Any) -> Any:
        """Do one of two branches; with errors in the condition, both have them."""
        gates = [stopped, stopped]
        if stopped is None:
            try:
                holds = bool(self.value(line.condition))
                gates = [None, NOTHING] if holds else [NOTHING, None]
            except Exception as error:  # noqa: BLE001  (whatever comparing raises)
                gates = [Errors.of(error, "If")] * 2
        errors = [e for name in line.other_after if (e := self.errors_of(name)) is not None]
        if gates[1] is None and errors:
            gates[1] = merged(errors)
        kept = [self.do(line.then, gates[0]), self.do(line.otherwise, gates[1])]
        awaited = (self.awaited[inner.name] for inner in walk(line.then))
        self.note(line.name, [gates[0], *awaited])
        return next((k for k in kept if k is not NOTHING), NOTHING)

    def cached(self, line: Cached, stopped: Any) -> Any:
        """Return what a body keeps. That is what the cache has, if it has something."""
        kept = self.do(line.body, stopped)
        return stopped if isinstance(stopped, Errors) else kept

    def go_through(self, line: Loop, stopped: Any) -> None:
        """Do a body for each item."""
        rounds: list[_Scope] = []
        self.loops[line.name] = rounds
        end = stopped
        if stopped is None:
            try:
                for number, item in enumerate(items_of(self.value(line.seq))):
                    inside = _Scope((*self.frame, number), self.given, self.told, self)
                    inside.tokens[line.name], inside.awaited[line.name] = item, None
                    inside.do(line.body)
                    rounds.append(inside)
            except Broken as broken:
                end = broken.errors
            except Exception as error:  # noqa: BLE001  (whatever going through it raises)
                end = Errors.of(error, "ForEach")
        if isinstance(end, Errors):
            for inner in walk(line.body):
                if isinstance(inner, Out):
                    self.told.append((inner.place, self.frame, end))
        self.ends[line.name] = end
        for inner in walk(line.body):
            self.note(inner.name, [end, *(inside.awaited[inner.name] for inside in rounds)])
        self.note(line.name, [end, *(e for i in rounds for e in i.awaited.values())])

    def collected(self, line: Collected) -> Any:
        """The list of values that were made, in order."""
        end = self.ends[line.loop]
        if end is NOTHING:
            return NOTHING
        rounds = self.loops[line.loop]
        tokens = [once(inside.token_of(line.value)) for inside in rounds]
        found = [t for t in (end, *tokens) if isinstance(t, Errors)]
        return merged(found) if found else [t for t in tokens if t is not NOTHING]

    def reduced(self, line: Reduced) -> Any:
        """What is left in the end; an iteration that gave nothing changes nothing."""
        end = self.ends[line.loop]
        if end is not None:
            return end
        first, second, *_ = [parameter.name for parameter in SIGNATURES[line.operation]]
        left = self.token_of(line.initial)
        for inside in self.loops[line.loop]:
            more = {name: inside.token_of(value) for name, value in line.more.items()}
            given = {first: once(left), second: inside.token_of(line.value), **more}
            found = [t for t in given.values() if isinstance(t, Errors)]
            if found:
                left = merged(found)
            elif not any(t is NOTHING for t in given.values()):
                left = once(call(line.operation, given))
        return left

    # -- values ----------------------------------------------------------------------------

    def token_of(self, argument: Any) -> Any:
        """What an argument is, with errors first, then absence, of what it reads."""
        tokens = [self.read(leaf.line) for leaf in leaves(argument) if isinstance(leaf, Node)]
        found = [t for t in tokens if isinstance(t, Errors)]
        if found:
            return merged(found)
        if any(t is NOTHING for t in tokens):
            return NOTHING
        try:
            return self.value(argument)
        except Exception as error:  # noqa: BLE001  (whatever selecting a part raises)
            return Errors.of(error)

    def value(self, argument: Any) -> Any:
        """Return an argument or a condition with values in it."""
        match argument:
            case Node(name, path):
                selectors = (Item(key) if by else Attribute(str(key)) for key, by in path)
                return Ref(name, tuple(selectors)).of(self.read(name))
            case Param(name):
                return self.given[name]
            case Compared(sign, left, right):
                return bool(COMPARISONS[sign](self.value(left), self.value(right)))
            case Combined("not", (part,)):
                return not self.value(part)
            case Combined(word, parts):
                return {"and": all, "or": any}[word](map(self.value, parts))
            case list() | tuple():
                return type(argument)(map(self.value, argument))
            case dict():
                return {key: self.value(part) for key, part in argument.items()}
        return argument


def call(operation: str, given: Mapping[str, Any]) -> Any:
    """Run an operation; a stream is what it is once it has ended."""
    items: list[Any] = []
    made: Any = None
    try:
        made = FUNCTIONS[operation](**{**DEFAULTS[operation], **given})
        if not isinstance(made, (Iterator, AsyncIterator)):
            return made
        for item in all_of(made):
            items.append(item)  # noqa: PERF402  (items before an error count)
    except Exception as error:  # noqa: BLE001  (operations may raise anything)
        errors = Errors.of(error, operation)
        return errors if made is None else Stream(tuple(items), errors)
    return Stream(tuple(items))


def all_of(source: Iterator[Any] | AsyncIterator[Any]) -> Iterable[Any]:
    """Return what a stream gives; none of the asynchronous ones fails."""

    async def listed(source: AsyncIterator[Any]) -> list[Any]:
        return [item async for item in source]

    return asyncio.run(listed(source)) if isinstance(source, AsyncIterator) else source


def merged(found: Iterable[Errors]) -> Errors:
    """All errors as one."""
    return Errors(frozenset(error for errors in found for error in errors.errors))


def once(token: Any) -> Any:
    """A token that outlives its iteration, which a stream can not."""
    return ONCE_ONLY if isinstance(token, Stream) else token
