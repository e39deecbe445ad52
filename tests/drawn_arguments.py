"""Drawing what lines read: arguments, conditions, and what loops go through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from tests.kinds import ANY, NUMBER, Kind, common, container
from tests.lines import Combined, Compared, Node, Param

BELOW = [st.integers(0, max(0, n - 1)) for n in range(100)]
NUMBERS = BELOW[10]
LITERALS = NUMBERS | st.sampled_from(["text", None, True, (1, 2), b"bytes"])
SEQUENCES_WRITTEN = st.lists(NUMBERS, max_size=3) | st.lists(NUMBERS, max_size=2).map(tuple)
SEQUENCES = (
    st.lists(NUMBERS, max_size=3)
    | st.lists(NUMBERS, min_size=1, max_size=2).map(tuple)
    | st.dictionaries(st.sampled_from("xyz"), NUMBERS, max_size=2)
)
WILD_SELECTORS = st.sampled_from([(7, True), ("missing", True), ("missing", False)])
PARAMS = {"p": NUMBERS, "q": NUMBERS, "s": SEQUENCES}


@dataclass
class Sight:
    """What can be seen where a line is written; branches of an `if` add to what is around them.

    `loops` are loops that are over, in this block or in branches in it, with what they made.
    """

    values: dict[str, Kind] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    loops: dict[str, dict[str, Kind]] = field(default_factory=dict)


class Reader:
    """Draws what a line reads of what is in sight."""

    def __init__(self, draw: st.DrawFn, *, wild: bool) -> None:
        self.draw = draw
        self.wild = wild
        self.sight = Sight()

    def one(self, *choices: Any) -> Any:
        """Draw one of these; the first is the simplest."""
        return choices[self.draw(BELOW[len(choices)])]

    def sometimes(self, one_in: int) -> bool:
        """Draw whether to do something; not doing it is simpler."""
        return bool(self.draw(BELOW[one_in]) == one_in - 1)

    # -- arguments -------------------------------------------------------------------------

    def argument(self, *, streams: bool = False, depth: int = 2) -> tuple[Any, Kind]:
        """An argument and what is known of its value; at most one stream is in it."""
        makers: list[Callable[[], tuple[Any, Kind]]] = [self.literal, self.param]
        if any(not kind.is_stream for kind in self.sight.values.values()):
            makers += [self.node] * 5
        if depth:
            makers.append(lambda: self.composed(streams=streams, depth=depth - 1))
        if streams and any(kind.is_stream for kind in self.sight.values.values()):
            makers.append(self.stream)
        return self.one(*makers)()  # type: ignore[no-any-return]

    def literal(self) -> tuple[Any, Kind]:
        return self.draw(LITERALS), ANY

    def param(self) -> tuple[Any, Kind]:
        name = self.one(*PARAMS)
        return Param(name), Kind(item=ANY) if name == "s" else NUMBER

    def stream(self) -> tuple[Any, Kind]:
        names = [name for name, kind in self.sight.values.items() if kind.is_stream]
        name = self.one(*reversed(names))
        return Node(name), self.sight.values[name]

    def node(self) -> tuple[Any, Kind]:
        names = [name for name, kind in self.sight.values.items() if not kind.is_stream]
        if not names:
            return self.literal()
        name = self.one(*reversed(names))
        kind, path = self.sight.values[name], []
        while kind.parts and self.draw(BELOW[3]) > 0:
            selector = self.one(*kind.parts)
            path.append(selector)
            kind = kind.parts[selector]
        if self.wild and self.sometimes(3):
            path.append(self.draw(WILD_SELECTORS))
            kind = Kind(has_arrays=True)
        return Node(name, tuple(path)), kind

    def composed(self, *, streams: bool, depth: int) -> tuple[Any, Kind]:
        first, kind = self.argument(streams=streams, depth=depth)
        second, other = self.argument(depth=depth)
        both = container({(0, True): kind, (1, True): other}, common([kind, other]))
        one = container({("k", True): kind}, Kind(has_arrays=kind.has_arrays))
        return self.one(([first, second], both), ((first, second), both), ({"k": first}, one))  # type: ignore[no-any-return]

    def condition(self, depth: int = 2) -> Any:
        """A condition; comparing order needs numbers, or fails, and arrays have no truth."""
        if depth and self.sometimes(3):
            word = self.one("and", "or", "not")
            parts = [self.condition(depth - 1) for _ in range(1 if word == "not" else 2)]
            return Combined(word, tuple(parts))
        operand, kind = self.operand()
        if self.sometimes(4):
            return operand
        if kind.is_number or self.sometimes(8):
            other, _ = self.operand() if self.sometimes(3) else (self.draw(NUMBERS), NUMBER)
            return Compared(self.one("<", "<=", ">", ">=", "==", "!="), operand, other)
        return Compared(self.one("==", "!="), operand, self.draw(NUMBERS))

    def operand(self) -> tuple[Any, Kind]:
        names = [
            name
            for name, kind in self.sight.values.items()
            if not kind.has_arrays and not kind.is_stream
        ]
        numbers = [name for name in names if self.sight.values[name].is_number]
        if names and self.draw(BELOW[5]) > 0:
            name = self.one(*reversed(numbers or names))
            return Node(name), self.sight.values[name]
        if self.draw(BELOW[2]):
            return self.draw(NUMBERS), NUMBER
        return self.param()

    # -- sequences -------------------------------------------------------------------------

    def sequence(self) -> tuple[Any, Kind]:
        """What a loop goes through, and what is known of its items."""
        able = [name for name, kind in self.sight.values.items() if kind.item is not None]
        makers: list[Callable[[], tuple[Any, Kind]]] = [lambda: (self.draw(SEQUENCES_WRITTEN), ANY)]
        makers.append(self.composed_sequence)
        makers.append(lambda: (Param("s"), ANY))
        if able:
            makers += [lambda: self.item_of(self.one(*reversed(able)))] * 5
        if self.sight.values and self.sometimes(8):
            makers = [lambda: self.item_of(self.one(*self.sight.values))]
        return self.one(*makers)()  # type: ignore[no-any-return]

    def item_of(self, name: str) -> tuple[Any, Kind]:
        return Node(name), self.sight.values[name].item or ANY

    def composed_sequence(self) -> tuple[Any, Kind]:
        parts = [self.argument(depth=1) for _ in range(self.one(1, 2))]
        return [value for value, _ in parts], common([kind for _, kind in parts])
