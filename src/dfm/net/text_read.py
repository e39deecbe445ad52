"""Reading a net from its text form, line by line; `text.py` has the grammar."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dfm.errors import LimitExceeded
from dfm.net.lexemes import MAX_DEPTH, Lexemes, node_of
from dfm.net.loops import IN_FLIGHT, Ended, Gather, Give, Last, Loop, Previous, Receive, Transition
from dfm.net.model import NetIR
from dfm.net.text_read_values import ValueReader
from dfm.net.transitions import (
    Ask,
    Branch,
    Call,
    Join,
    Let,
    Lookup,
    Options,
    Send,
    Signal,
    Store,
    Yield,
)


def parse_net(text: str) -> NetIR:
    """Return the net that a text means.

    Raises:
        StructureError: saying line and column of what could not be read.
        LimitExceeded: for loops, literals or conditions nested deeper than `MAX_DEPTH`.
    """
    return _Reader(Lexemes(text)).net()


@dataclass
class _Block:
    """What has been read of a scope that is not over; `loop` is None in the outermost one."""

    loop: Loop | None
    receives: tuple[Receive, ...]
    lines: list[Transition] = field(default_factory=list)


class _Reader(ValueReader):
    """Each method reads what it is named after, and leaves the lexemes behind it."""

    def net(self) -> NetIR:
        lexemes = self._lexemes
        lexemes.blank()
        self._expect("net")
        pipeline_name = lexemes.string()
        self._expect("at")
        self._site = self._name()
        lexemes.end()
        self._expect("params")
        params = self._places_or_none()
        lexemes.end()
        scope = self._scope()
        return NetIR(pipeline_name, self._site, params, scope.receives, tuple(scope.lines))

    # -- scopes -----------------------------------------------------------------------------

    def _scope(self) -> _Block:
        """Read all lines; loops that are not over wait in a list, so that no stack can run out."""
        outermost = _Block(None, self._receives())
        blocks = [outermost]
        while self._lexemes.peek.kind != "eof":
            block = blocks[-1]
            if self._skip("loop"):
                blocks.append(self._opened(len(blocks)))
            elif block.loop is not None and self._lexemes.peek.text in ("gives", "end"):
                blocks.pop()
                blocks[-1].lines.append(self._closed(block, block.loop))
            else:
                block.lines.append(self._line())
                self._lexemes.end()
        if (loop := blocks[-1].loop) is not None:
            raise self._lexemes.error(f"expected the end of the loop {loop.item!r}")
        return outermost

    def _receives(self) -> tuple[Receive, ...]:
        receives = []
        while self._skip("receive"):
            place = self._name()
            self._expect("from")
            receives.append(Receive(place, self._name()))
            self._lexemes.end()
        return tuple(receives)

    def _opened(self, depth: int) -> _Block:
        if depth > MAX_DEPTH:
            raise LimitExceeded(
                f"the loops of this net are nested more than {MAX_DEPTH} levels deep",
                at=self._lexemes.where(self._lexemes.peek),
            )
        loop = self._loop()
        self._lexemes.end()
        return _Block(loop, self._receives())

    def _loop(self) -> Loop:
        item = self._name()
        leader = self._name() if self._skip("from") else self._site
        source = self._ref() if self._skip("of") else None
        dim = self._lexemes.string() if self._skip("along") else None
        self._expect("counting")
        count = self._name()
        at_most = IN_FLIGHT
        if self._skip("at"):
            self._expect("most")
            at_most = self._lexemes.whole_number()
        followers = self._places() if self._skip("with") else ()
        after, when = self._waits()
        node = self._of(node_of(item))
        return Loop(
            item, count, leader, source, followers, at_most, dim, after=after, when=when, node=node
        )

    def _closed(self, block: _Block, loop: Loop) -> Loop:
        gives = []
        while self._skip("gives"):
            gives.append(self._give())
            self._lexemes.end()
        self._expect("end")
        self._lexemes.end()
        return replace(loop, receives=block.receives, body=tuple(block.lines), gives=tuple(gives))

    def _give(self) -> Give:
        output = self._name()
        self._expect("=")
        if self._skip("list"):
            return Gather(output, self._name())
        if self._skip("last"):
            return Last(output, *self._either())
        self._expect("end")
        return Ended(output, self._places_or_none())

    # -- lines ------------------------------------------------------------------------------

    def _line(self) -> Transition:
        if self._skip("send"):
            place = self._name()
            self._expect("to")
            return Send(place, self._name())
        if self._skip("yield"):
            return self._yield()
        if self._skip("if"):
            return self._branch()
        if self._skip("lookup"):
            return self._lookup()
        output = self._name()
        self._expect("=")
        return self._filling(output)

    def _filling(self, output: str) -> Transition:
        if self._skip("let"):
            return Let(output, self._template(), *self._waits())
        if self._skip("signal"):
            return Signal(output, self._name())
        if self._skip("join"):
            return Join(output, self._places_or_none())
        if self._skip("previous"):
            return Previous(output, *self._either())
        if self._skip("store"):
            return self._store(output)
        if self._skip("ask"):
            return Ask(output, *self._operation(), self._of(node_of(output)))
        return self._call(output)

    def _either(self) -> tuple[str, str]:
        place = self._name()
        self._expect("else")
        return place, self._name()

    def _call(self, output: str) -> Call:
        operation = self._operation()
        after, when = self._waits()
        options = self._options()
        return Call(output, *operation, after, self._of(node_of(output)), when, options)

    def _operation(self) -> tuple[str, str | None, tuple[tuple[str, Any], ...]]:
        provider, operation = None, self._name()
        if self._skip("/"):
            provider, operation = operation, self._name()
        operation = self._dotted(operation)
        self._expect("(")
        return operation, provider, self._list(")", self._argument)

    def _argument(self) -> tuple[str, Any]:
        name = self._lexemes.word()
        self._expect("=")
        return name, self._template()

    def _options(self) -> Options:
        lexemes = self._lexemes
        return Options(
            retries=lexemes.whole_number() if self._skip("retries") else 0,
            retry_on=self._several(self._class_name) if self._skip("on") else (),
            backoff=lexemes.seconds() if self._skip("backoff") else 0.0,
            timeout=lexemes.seconds() if self._skip("timeout") else None,
            cache=self._skip("cached"),
        )

    def _class_name(self) -> str:
        return self._dotted(self._name())

    def _dotted(self, name: str) -> str:
        parts = [name]
        while self._skip("."):
            parts.append(self._name())
        return ".".join(parts)

    def _yield(self) -> Yield:
        name, place = self._name(), self._lexemes.string()
        self._expect("=")
        value = self._template()
        after, when = self._waits()
        said = self._name() if self._skip("said") else None
        return Yield(name, place, value, self._of(None), after, when, said)

    def _branch(self) -> Branch:
        condition = self._condition()
        self._expect("then")
        then, otherwise = self._either()
        after, when = self._waits()
        return Branch(then, otherwise, condition, after, when, self._of(node_of(then)))

    def _lookup(self) -> Lookup:
        key = self._template()
        self._expect("hit")
        hit = self._name()
        self._expect("miss")
        miss = self._name()
        after, when = self._waits()
        node = self._of(node_of(hit.removesuffix("_hit")))
        return Lookup(hit, miss, key, after, when, node)

    def _store(self, output: str) -> Store:
        key = self._template()
        self._expect("=")
        value = self._template()
        lookup = self._name() if self._skip("for") else None
        after, when = self._waits()
        return Store(output, key, value, lookup, after, when, self._of(node_of(output)))

    def _waits(self) -> tuple[tuple[str, ...], str | None]:
        after = self._places() if self._skip("after") else ()
        return after, self._name() if self._skip("when") else None

    def _of(self, implied: int | str | None) -> int | str | None:
        if not self._skip("of"):
            return implied
        return None if self._skip("null") else self._key()
