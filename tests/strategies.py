"""Hypothesis strategies that several test folders share.

`nets` draws anything the text form can say, sensible or not; what means something is drawn in
`program_strategies.py`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dfm.net import (
    ONCE,
    And,
    Ask,
    Attribute,
    Branch,
    Call,
    Compare,
    Ended,
    Gather,
    Item,
    Join,
    Last,
    Let,
    Lookup,
    Loop,
    NetIR,
    Not,
    Options,
    Or,
    Previous,
    Receive,
    Ref,
    Sealed,
    Send,
    Signal,
    Store,
    Yield,
)
from dfm.net.condition import OPERATORS

WORDS = st.from_regex(r"\$?[a-z_][a-z0-9_]{0,4}", fullmatch=True)
KEYWORDS = st.sampled_from(
    ["$", "let", "null", "sealed", "of", "after", "NaN", "node3", "node3_hit", "not", "end", "when"]
)
NAMES = WORDS | KEYWORDS | st.text(max_size=4)
NODES = st.none() | st.integers(-1, 10) | NAMES
PUBLIC = st.from_regex(r"[a-z][a-z_]{0,4}", fullmatch=True) | st.sampled_from(["let", "größe"])
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
GATES = st.none() | NAMES
RECEIVES = st.lists(st.builds(Receive, NAMES, NAMES), max_size=2).map(tuple)
OPERATION_NAMES = st.sampled_from(["m.Add", "add", "a.b.C"]) | NAMES
GIVEN = st.lists(st.tuples(NAMES, TEMPLATES), max_size=3).map(tuple)
SECONDS = st.floats(0, 1e9)
OPTIONS = st.just(ONCE) | st.builds(
    Options,
    st.booleans(),
    st.integers(0, 5),
    st.lists(OPERATION_NAMES, max_size=2).map(tuple),
    SECONDS,
    st.none() | SECONDS,
)
CALLS = st.builds(
    Call,
    output=NAMES,
    operation=OPERATION_NAMES,
    provider=st.none() | NAMES,
    arguments=GIVEN,
    after=PLACES,
    node=NODES,
    when=GATES,
    options=OPTIONS,
)


def conditions() -> st.SearchStrategy[Any]:
    """Conditions over templates, nested a little; some of fewer than two parts."""
    return st.recursive(
        TEMPLATES,
        lambda inner: (
            st.builds(Compare, st.sampled_from(list(OPERATORS)), inner, inner)
            | st.builds(And, st.lists(inner, max_size=3).map(tuple))
            | st.builds(Or, st.lists(inner, max_size=3).map(tuple))
            | st.builds(Not, inner)
        ),
        max_leaves=6,
    )


STEPS = st.one_of(
    CALLS,
    st.builds(Ask, NAMES, OPERATION_NAMES, st.none() | NAMES, GIVEN, NODES),
    st.builds(Let, NAMES, TEMPLATES, PLACES, GATES),
    st.builds(Signal, NAMES, NAMES),
    st.builds(Send, NAMES, NAMES),
    st.builds(Yield, NAMES, st.text(max_size=5), TEMPLATES, NODES, PLACES, GATES, GATES),
    st.builds(Branch, NAMES, NAMES, conditions(), PLACES, GATES, NODES),
    st.builds(Join, NAMES, PLACES),
    st.builds(Lookup, NAMES, NAMES, TEMPLATES, PLACES, GATES, NODES),
    st.builds(Store, NAMES, TEMPLATES, TEMPLATES, GATES, PLACES, GATES, NODES),
    st.builds(Previous, NAMES, NAMES, NAMES),
)
GIVES = st.one_of(
    st.builds(Gather, NAMES, NAMES),
    st.builds(Last, NAMES, NAMES, NAMES),
    st.builds(Ended, NAMES, PLACES),
)


def loops(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Loop]:
    """Loops over bodies of what is given."""
    return st.builds(
        Loop,
        item=NAMES,
        count=NAMES,
        leader=NAMES,
        source=st.none() | REFS,
        followers=PLACES,
        at_most=st.integers(0, 200),
        dim=st.none() | st.text(max_size=4),
        receives=RECEIVES,
        body=st.lists(inner, max_size=3).map(tuple),
        gives=st.lists(GIVES, max_size=2).map(tuple),
        after=PLACES,
        when=GATES,
        node=NODES,
    )


TRANSITIONS = st.recursive(STEPS, loops, max_leaves=5)


def nets() -> st.SearchStrategy[NetIR]:
    """Nets that the text form can say; hardly any of them would run."""
    return st.builds(
        NetIR,
        st.text(max_size=8),
        NAMES,
        st.lists(NAMES, max_size=3).map(tuple),
        RECEIVES,
        st.lists(TRANSITIONS, max_size=4).map(tuple),
    )
