"""Programs whose values travel from site to site, and policies that let some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from hypothesis import strategies as st
from tests.lines import Choice, Collected, Compared, Joined, Line, Loop, Node, Op, Out
from tests.operations import SIGNATURES
from tests.program_strategies import SITES, programs
from tests.programs import Program

from dfm.federation.policies import EgressRule, Policy

Policies = Mapping[str, Policy]

OPERATIONS = st.sampled_from(["*", "*", "*", "*", "m.[A-N]*", "m.[O-Z]*", "m.Add"])
TO = st.sampled_from(["[!a]", "[!b]", "[!c]", "[!d]", "[ab]", "[cd]"])
RELEASED = st.sampled_from(["m.Total", "m.[A-L]*", "m.Pair"])


def policies_of(at_most: Sequence[int | None]) -> st.SearchStrategy[Policies]:
    """Policies of one or two sites, whose rules are for at most so many bytes."""
    rules = st.builds(
        EgressRule,
        name=st.sampled_from(["one", "another"]),
        operations=OPERATIONS.map(lambda name: (name,)),
        to=st.lists(TO, min_size=1, max_size=2).map(tuple),
        at_most=st.sampled_from(at_most),
    )
    policies = st.builds(
        Policy,
        leaves=st.lists(rules, min_size=1, max_size=3).map(tuple),
        releases=st.lists(RELEASED, max_size=1).map(tuple),
    )
    return st.dictionaries(st.sampled_from(SITES), policies, min_size=1, max_size=2)


POLICIES = policies_of([None, None, None, None, None, 3, 60])
UNBOUNDED = policies_of([None])
PLACEMENTS = st.lists(st.sampled_from(SITES), min_size=3, max_size=8)
"""The sites of operations, in turn: values are to travel, and far."""


def moved(program: Program, sites: list[str]) -> Program:
    """The program with all that runs at these sites; all sites are there."""
    everything = {site: list(SIGNATURES) for site in SITES}
    return replace(program, offers=everything).at(sites)


MOVED = st.builds(moved, programs(everywhere=True, wild=True), PLACEMENTS)


@st.composite
def travels(draw: st.DrawFn) -> Program:
    """Programs in which each value is made of those before, at any site, and is yielded."""
    numbers = iter(range(1_000))

    def lines(seen: list[Any], count: int) -> Iterator[Line]:
        for number in islice(numbers, count):
            operation = draw(st.sampled_from(["m.Pair", "m.Add", "m.Record", "m.Total"]))
            reads = [draw(st.sampled_from(seen[-3:])) for _ in SIGNATURES[operation][:2]]
            given = dict(zip([p.name for p in SIGNATURES[operation]], reads, strict=False))
            seen.append(Node(f"v{number}"))
            yield Op(f"v{number}", operation, given, draw(st.sampled_from(SITES)))
            yield Out(f"out_{number}", f"out_{number}", Node(f"v{number}"))

    seen: list[Any] = [1, 2]
    written: list[Line] = [*lines(seen, draw(st.integers(2, 4)))]
    last = seen[-1]
    match draw(st.sampled_from(["", "loop", "choice"])):
        case "loop":
            body = tuple(lines([*seen, Node("item")], 2))
            written += [Loop("item", [last, 3], body), Collected("all", "item", Node(body[0].name))]
            seen.append(Node("all"))
        case "choice":
            whole = Op("whole", "m.Total", {"of": last}, draw(st.sampled_from(SITES)))
            condition = Compared(">", Node("whole"), 3)
            then, otherwise = tuple(lines([*seen], 2)), tuple(lines([*seen], 1))
            written += [whole, Choice("choice", condition, then, otherwise)]
            written += [Joined("joined", (Node(then[0].name), Node(otherwise[0].name)))]
            seen.append(Node("joined"))
    written += lines(seen, 2)
    offers = {site: list(SIGNATURES) for site in SITES}
    return Program(tuple(written), offers, draw(st.sampled_from(SITES)))
