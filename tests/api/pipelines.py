"""Random pipelines of every kind of statement, nested in every way that the rules allow."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from tests.api.climate import Anything, Handmade, Pair

from dfm.api import (
    And,
    BestOf,
    Else,
    Equal,
    ForEach,
    If,
    LessThan,
    NodeRef,
    Not,
    Or,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
    well_known_id,
)

DEEPEST = 3
NUMBERS = st.integers() | st.floats(allow_nan=False)
LITERALS = st.none() | st.booleans() | NUMBERS | st.text(max_size=3) | st.tuples(NUMBERS)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "dfm_cache": st.booleans(),
        "dfm_retries": st.integers(0, 5),
        "dfm_retry_on": st.lists(st.sampled_from([TimeoutError, "mylib.Busy"]), max_size=2),
        "dfm_backoff": st.floats(0, 10),
        "dfm_timeout": st.floats(0.1, 10),
        "site": st.just("hub") | st.just(BestOf(["hub"])),
        "provider": st.just(BestOf()),
    },
)


class Author:
    """Writes statements into the open pipeline, reading only what can be read."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.visible: list[Any] = []
        self.open: list[Any] = []
        self.written = 0

    def argument(self) -> Any:
        values: st.SearchStrategy[Any] = LITERALS
        if self.visible:
            one = st.sampled_from(self.visible)
            values = values | one | st.lists(one, max_size=2) | st.fixed_dictionaries({"k": one})
            values = values | one.map(lambda v: v["k"]) | one.map(lambda v: v.fieldref("name"))
        return self.draw(values | st.just(PlaceParam("parameter", multiuse=True)))

    def condition(self, depth: int = 2) -> Any:
        kind = self.draw(st.sampled_from(["atom", "compare", "compare", "and", "or", "not"]))
        if depth == 0 or kind in ("atom", "compare"):
            left, right = (self.draw(st.integers()) if type(a := self.argument()) in (dict, tuple)
                           else a for _ in "lr")  # fmt: skip
            compare = self.draw(st.sampled_from([Equal, LessThan]))
            return left if kind == "atom" else compare(left=left, right=right)
        if kind == "not":
            return Not(exp=self.condition(depth - 1))
        parts = [self.condition(depth - 1) for _ in range(2)]
        return And(exp=parts) if kind == "and" else Or(exp=parts)

    def common(self) -> dict[str, Any]:
        """Return an id or an order, sometimes."""
        self.written += 1
        found: dict[str, Any] = {}
        if self.draw(st.booleans()):
            found["dfm_node_id"] = well_known_id(f"step{self.written}")
        if self.visible and self.draw(st.booleans()):
            closed = [one for one in self.visible if all(one is not o for o in self.open)]
            found["dfm_after"] = self.draw(st.lists(st.sampled_from(closed))) if closed else None
        return found

    def block(self, depth: int) -> list[Any]:
        """Write some statements, and return what was made by them for outside."""
        before = len(self.visible)
        for _ in range(self.draw(st.integers(1, 3))):
            kinds = ["call", "call", "hand", "deliver", "store"]
            kinds += ["branch", "loop", "cache"] if depth else []
            getattr(self, self.draw(st.sampled_from(kinds)))(depth)
        return self.visible[before:]

    def call(self, depth: int) -> None:
        given = self.draw(OPTIONS)
        self.visible.append(Anything(value=self.argument(), **given, **self.common()))

    def hand(self, depth: int) -> None:
        count = self.draw(st.integers() | st.just(PlaceParam("parameter", multiuse=True)))
        self.visible.append(Handmade(count=count, many=self.draw(st.lists(st.integers()))))

    def store(self, depth: int) -> None:
        self.visible.append(WriteToCache(key=self.argument(), value=self.argument(), site="hub"))

    def loop(self, depth: int) -> None:
        seq = self.argument()
        fields = self.draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "max_in_flight": st.integers(1, 9),
                    "ordered": st.booleans(),
                },
            )
        )
        outside = list(self.visible)
        seq = seq if isinstance(seq, (list, tuple, NodeRef)) else [seq]
        with ForEach(seq=seq, **fields, **self.common()) as item:
            self.visible.append(item)
            self.open.append(item)
            made = [item, *self.block(depth - 1)]
            self.open.pop()
        self.visible = outside
        ends = self.draw(st.lists(st.sampled_from(["collect", "reduce"]), max_size=2))
        value = self.draw(st.sampled_from(made))
        for end in ends:
            if end == "collect":
                self.visible.append(item.collect([value, {"item": item}]))
            else:
                given = self.draw(OPTIONS)
                more = {"initial": self.argument(), **given}
                self.visible.append(item.reduce(Pair, value, **more))

    def cache(self, depth: int) -> None:
        outside = list(self.visible)
        with TryFromCache(key=self.argument(), site=self.draw(st.none() | st.just("hub"))) as kept:
            self.block(depth - 1)
            kept.cache(self.argument())
        self.visible = [*outside, kept]

    def deliver(self, depth: int) -> None:
        place = self.draw(st.sampled_from(["here", "there"]))
        Yield(value=self.argument(), place=place, multiuse=True)

    def branch(self, depth: int) -> None:
        with If(cond=self.condition(), **self.common()):
            one = self.block(depth - 1)
        other: list[Any] = []
        if self.draw(st.booleans()):
            with Else():
                other = self.block(depth - 1)
        if one and other:
            self.visible.append(If.join(one[-1], other[-1]["part"], self.argument()))


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """Any pipeline that an author may write."""
    mode = draw(st.sampled_from(["execute", "discovery"]))
    with Pipeline(name=draw(st.none() | st.just("drawn")), mode=mode) as p:
        Author(draw).block(DEEPEST)
    return p
