"""What is to be chosen: a candidate for each step, so that the whole costs least.

Steps are numbers, in an order in which they could be done; sites are numbers too, in the order in
which ties are decided. A step has candidates, each at a site. A link is a value: the step that
makes it, the steps that read it, and the sites that want it whatever is chosen. It is sent once to
each site that reads it and is not where it is made. All costs are whole nanoseconds, so that equal
means equal. A cost may be `FORBIDDEN`.

Two objectives. `total` is the cost of all work and of all transfers. `makespan` is the length of
the longest chain of them: a step begins when the last of what it reads has arrived, sites do any
number of steps side by side, and links do not get in each other's way.

Of choices that cost the same, the one with the earlier candidates is better, compared step by step
in their order. What is `proven` to be best is best; which of several equally good ones comes out
may depend on the way it was found, but is the same for the same way on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FORBIDDEN = 1 << 62
"""The cost of what may not be."""

Objective = Literal["total", "makespan"]
Matrix = tuple[tuple[int, ...], ...]
Choice = tuple[int, ...]
"""The number of the candidate that is chosen for each step."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A step: the site of each of its candidates, and what its work costs there.

    What stands in a loop costs as much as all its rounds together, one after the other.
    """

    sites: tuple[int, ...]
    work: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A value on its way: from the step that makes it to its readers, and to `wanted_at` sites.

    `cost[a][b]` is that of sending it from site a to site b: 0 for a site to itself, and
    `FORBIDDEN` where it may not go.
    """

    source: int
    readers: tuple[int, ...]
    wanted_at: tuple[int, ...]
    cost: Matrix


@dataclass(frozen=True, slots=True)
class Bar:
    """What one step's place forbids to a value further on.

    If `owner` is given one of the candidates `when`, the value of `link` (a number in the
    problem's links) must not be sent to one of the sites `to`. Where it is made may be anywhere.
    """

    owner: int
    when: frozenset[int]
    link: int
    to: frozenset[int]


@dataclass(frozen=True, slots=True)
class Problem:
    """All that is to be chosen. A step reads only links whose source comes before it."""

    sites: int
    variables: tuple[Variable, ...]
    links: tuple[Link, ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Solution:
    """A choice, what it costs, and what no choice can cost less than.

    `cost` is `FORBIDDEN` when nothing was found that is allowed; if that is `proven`, nothing is.
    `method` names the way it was found, for people.
    """

    choice: Choice
    cost: int
    bound: int
    method: str

    @property
    def proven(self) -> bool:
        """Whether no choice costs less."""
        return self.bound >= self.cost


def cost_of(problem: Problem, choice: Sequence[int], objective: Objective = "total") -> int:
    """Return what a choice costs, FORBIDDEN if it may not be. This says what solving is about."""
    at = [v.sites[c] for v, c in zip(problem.variables, choice, strict=True)]
    sent = [targets_of(link, at) for link in problem.links]
    for bar in problem.bars:
        if choice[bar.owner] in bar.when and bar.to & sent[bar.link]:
            return FORBIDDEN
    work = [v.work[c] for v, c in zip(problem.variables, choice, strict=True)]
    if objective == "makespan":
        return _makespan(problem, at, work)
    moved = sum(
        link.cost[at[link.source]][site]
        for link, sites in zip(problem.links, sent, strict=True)
        for site in sites
    )
    return min(sum(work) + moved, FORBIDDEN)


def targets_of(link: Link, at: Sequence[int]) -> set[int]:
    """Return the sites that a link's value is sent to, if steps are at these sites."""
    return {*link.wanted_at, *(at[reader] for reader in link.readers)} - {at[link.source]}


def _makespan(problem: Problem, at: Sequence[int], work: Sequence[int]) -> int:
    arrives = [0] * len(work)
    over = list(work)
    by_source: dict[int, list[Link]] = {}
    for link in problem.links:
        by_source.setdefault(link.source, []).append(link)
    last = 0
    for step, its_work in enumerate(work):
        over[step] = min(arrives[step] + its_work, FORBIDDEN)
        last = max(last, over[step])
        for link in by_source.get(step, ()):
            row = link.cost[at[step]]
            for reader in link.readers:
                arrives[reader] = max(arrives[reader], over[step] + row[at[reader]])
            for site in link.wanted_at:
                last = max(last, over[step] + row[site])
    return min(last, FORBIDDEN)
