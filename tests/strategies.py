"""Hypothesis strategies that several test folders share.

`nets` draws anything the text form can say, sensible or not. `programs` draws what means
something: pipelines over a federation whose operations are in `programs.py`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from tests.programs import SIGNATURES, Node, Op, Out, Param, Program

from dfm.net import (
    Attribute,
    Call,
    Item,
    NetIR,
    Receive,
    Ref,
    Sealed,
    Select,
    Send,
    Signal,
    Yield,
)

WORDS = st.from_regex(r"\$?[a-z_][a-z0-9_]{0,4}", fullmatch=True)
KEYWORDS = st.sampled_from(["$", "select", "null", "sealed", "of", "after", "NaN", "node3"])
NAMES = WORDS | KEYWORDS | st.text(max_size=4)
NODES = st.none() | st.integers(-1, 10) | NAMES
PUBLIC = st.from_regex(r"[a-z][a-z_]{0,4}", fullmatch=True) | st.sampled_from(["select", "größe"])
SELECTORS = st.builds(Item, st.integers(-9, 9) | st.text(max_size=4)) | st.builds(Attribute, PUBLIC)
REFS = st.builds(Ref, NAMES, st.lists(SELECTORS, max_size=3).map(tuple))
SEALED = st.builds(
    Sealed, st.binary(max_size=8), st.lists(REFS, max_size=2).map(tuple), st.text(max_size=5)
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
)


def literals(scalars: st.SearchStrategy[Any] = SCALARS) -> st.SearchStrategy[Any]:
    """JSON values over the given scalars, nested a little."""
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=6,
    )


TEMPLATES = literals(SCALARS | REFS | SEALED)
PLACES = st.lists(NAMES, max_size=2).map(tuple)
CALLS = st.builds(
    Call,
    output=NAMES,
    operation=st.sampled_from(["m.Add", "add", "a.b.C"]) | NAMES,
    provider=st.none() | NAMES,
    arguments=st.lists(st.tuples(NAMES, TEMPLATES), max_size=3).map(tuple),
    after=PLACES,
    node=NODES,
)
TRANSITIONS = (
    CALLS
    | st.builds(Select, NAMES, REFS)
    | st.builds(Signal, NAMES, NAMES)
    | st.builds(Send, NAMES, NAMES)
    | st.builds(Yield, NAMES, st.text(max_size=5), TEMPLATES, NODES, PLACES)
)


def nets() -> st.SearchStrategy[NetIR]:
    """Nets that the text form can say; hardly any of them would run."""
    return st.builds(
        NetIR,
        st.text(max_size=8),
        NAMES,
        st.lists(NAMES, max_size=3).map(tuple),
        st.lists(st.builds(Receive, NAMES, NAMES), max_size=2).map(tuple),
        st.lists(TRANSITIONS, max_size=4).map(tuple),
    )


# -- programs ----------------------------------------------------------------------------------

SITES = ("a", "b", "c", "d")
PARAMS = ("p", "q")
PLAIN_LITERALS = st.integers(0, 9) | st.sampled_from(["text", None, True, (1, 2), b"bytes"])
WILD_SELECTORS = st.sampled_from([(7, True), ("missing", True), ("missing", False)])
STREAMS = ("m.Count", "m.CountAndFail")
OPERATIONS = [*SIGNATURES, "m.Pair", "m.Record", "m.Total"]

Kind = Any
"""What is known of a value: 'any', 'stream', 'number', or its parts by selector."""


class _Author:
    """Draws the lines of a program, each reading only what the lines before it can give."""

    def __init__(self, draw: st.DrawFn, *, wild: bool) -> None:
        self.draw = draw
        self.wild = wild
        self.kinds: list[Kind] = []
        self.params: dict[str, None] = {}

    def argument(self, *, streams: bool = False, depth: int = 2) -> tuple[Any, Kind]:
        """An argument and what is known of its value; at most one stream is in it."""
        makers = [self.literal, self.param]
        if any(kind not in (None, "stream") for kind in self.kinds):
            makers += [self.node] * 4
        if depth:
            makers.append(lambda: self.container(streams=streams, depth=depth - 1))
        if streams and "stream" in self.kinds:
            makers.append(self.stream)
        return self.draw(st.sampled_from(makers))()

    def literal(self) -> tuple[Any, Kind]:
        return self.draw(PLAIN_LITERALS), "any"

    def param(self) -> tuple[Any, Kind]:
        name = self.draw(st.sampled_from(PARAMS))
        self.params[name] = None
        return Param(name), "any"

    def stream(self) -> tuple[Any, Kind]:
        lines = [n for n, kind in enumerate(self.kinds) if kind == "stream"]
        return Node(self.draw(st.sampled_from(lines))), "stream"

    def node(self) -> tuple[Any, Kind]:
        lines = [n for n, kind in enumerate(self.kinds) if kind not in (None, "stream")]
        if not lines:
            return self.literal()
        line = self.draw(st.sampled_from(lines))
        kind, path = self.kinds[line], []
        while isinstance(kind, dict) and self.draw(st.integers(0, 2)):
            selector = self.draw(st.sampled_from(list(kind)))
            path.append(selector)
            kind = kind[selector]
        if self.wild and self.draw(st.booleans()):
            path.append(self.draw(WILD_SELECTORS))
            kind = "any"
        return Node(line, tuple(path)), kind

    def container(self, *, streams: bool, depth: int) -> tuple[Any, Kind]:
        first, _ = self.argument(streams=streams, depth=depth)
        second, _ = self.argument(depth=depth)
        return self.draw(st.sampled_from([[first, second], (second, first), {"k": first}])), "any"

    def op(self, offers: dict[str, list[str]]) -> Op:
        name = self.draw(st.sampled_from(OPERATIONS))
        signature = SIGNATURES[name]
        given, kinds = {}, {}
        for parameter in signature:
            if parameter.required or self.draw(st.booleans()):
                streams = name == "m.Total"
                given[parameter.name], kinds[parameter.name] = self.argument(streams=streams)
        able = [site for site, ops in offers.items() if name in ops]
        some = st.lists(st.sampled_from(able), min_size=1, max_size=2, unique=True).map(tuple)
        site = self.draw(st.none() | st.sampled_from(able) | some)
        line = Op(name, given, site, self.after())
        self.kinds.append(_kind_of(name, kinds))
        return line

    def out(self, offers: dict[str, list[str]]) -> Out:
        makers = [self.node, self.node, self.argument]
        if "stream" in self.kinds:
            makers += [self.stream] * 2
        value, _ = self.draw(st.sampled_from(makers))()
        place = self.draw(st.sampled_from(["out", "more"]))
        line = Out(place, value, self.after())
        self.kinds.append(None)
        return line

    def after(self) -> tuple[int, ...]:
        if not self.kinds or self.draw(st.integers(0, 3)):
            return ()
        lines = st.sampled_from(range(len(self.kinds)))
        return tuple(self.draw(st.lists(lines, max_size=2, unique=True)))


def _kind_of(name: str, given: dict[str, Kind]) -> Kind:
    match name:
        case "m.Pair":
            return {(0, True): given.get("a"), (1, True): given.get("b", "any")}
        case "m.Record":
            return {("x", True): given.get("x"), ("y", True): given.get("y", "any")}
        case "m.Number":
            return {("real", False): "any", ("imag", False): "any"}
    return "stream" if name in STREAMS else "any"


@st.composite
def offerings(draw: st.DrawFn, *, everywhere: bool = False) -> dict[str, list[str]]:
    """One to four sites; each operation is offered somewhere, or `everywhere`."""
    sites = SITES[: draw(st.sampled_from([1, 2, 3, 4]))]
    if everywhere:
        return {site: list(SIGNATURES) for site in sites}
    some = st.sets(st.sampled_from(sites), min_size=1)
    able = {name: draw(some) for name in SIGNATURES}
    return {site: [name for name in SIGNATURES if site in able[name]] for site in sites}


@st.composite
def programs(
    draw: st.DrawFn, *, everywhere: bool = False, wild: bool = False, max_lines: int = 8
) -> Program:
    """Straight-line programs over several sites, with errors, streams, orders and parameters.

    `wild` programs also select parts that are not there.
    """
    offers = draw(offerings(everywhere=everywhere))
    author = _Author(draw, wild=wild)
    some = st.sampled_from([author.op, author.op, author.op, author.out])
    makers = draw(st.lists(some, min_size=min(3, max_lines), max_size=max_lines))
    lines = (*(make(offers) for make in makers), author.out(offers))
    sets = st.fixed_dictionaries(dict.fromkeys(author.params, st.integers(0, 9)))
    calls = draw(st.lists(sets, min_size=1, max_size=3))
    return Program(lines, offers, draw(st.sampled_from(list(offers))), tuple(calls))
