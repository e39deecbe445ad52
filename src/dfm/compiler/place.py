"""Choose the site of every step.

The cost of a plan is the time of all its work plus the time of all its transfers. A value is
sent once to each site that reads it, and home if it is yielded. The cheapest plan is found
exactly where eliminating one step after another is feasible (`eliminate.py`), which is so for
chains, trees and graphs that are like them; elsewhere each step in turn goes where it is
cheapest given the steps before it.

The same pipeline gets the same plan, on any machine: costs are whole nanoseconds, and of equal
sites the homesite wins, then the one declared first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from math import prod
from typing import Any

from dfm.compiler.cost import SIGNAL_BYTES, Costs
from dfm.compiler.eliminate import MOST_ENTRIES, Factor, TooWide, cheapest
from dfm.compiler.plan import Plan, Step

MOST_SECONDS = 1e12

Sites = dict[str, str]
"""The sites chosen so far, by step."""


def choose_sites(plan: Plan) -> Plan:
    """Give each step the candidate for which the whole plan is cheapest.

    Needs: each step has a candidate (`expand_candidates` has run).
    Leaves: each step has a site, with the reason, and its expected time and size.
    """
    costs = Costs(plan)
    fixed = {step.name: step.candidates[0] for step in plan.steps if len(step.candidates) == 1}
    chosen = dict(fixed)
    for group in _groups(plan, costs, fixed):
        chosen |= _cheapest_sites(group)
    return replace(
        plan, steps=tuple(_placed(step, chosen[step.name], costs) for step in plan.steps)
    )


def _placed(step: Step, site: str, costs: Costs) -> Step:
    seconds, size = costs.work(step, site), costs.bytes_out[step.name]
    return replace(
        step,
        site=site,
        reason=_reason(step),
        seconds=seconds,
        bytes_out=size,
        time_is_guess=costs.time_is_guess(step, site),
        size_is_guess=costs.size_is_guess[step.name],
    )


def _reason(step: Step) -> str:
    if step.is_pinned:
        return "fixed by the author"
    if len(step.candidates) == 1:
        return "only site that offers it"
    return f"cheapest of {', '.join(step.candidates)}"


# -- what depends on what --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """A value and who wants it: steps, and perhaps the application at home."""

    source: str
    readers: tuple[str, ...]
    home: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Group:
    """Free steps that influence each other, the links between them, and the steps around them."""

    costs: Costs
    fixed: Sites
    steps: list[Step] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def work(self, step: Step) -> list[int]:
        """Return the nanoseconds of a step's work at each of its candidates."""
        return [nanoseconds(self.costs.work(step, site)) for site in step.candidates]

    def transfer(self, source: str, target: str, size: int) -> int:
        """Return the nanoseconds of sending that many bytes."""
        return nanoseconds(self.costs.transfer(source, target, size))

    def fixed_targets(self, link: Link) -> tuple[str, ...]:
        """Return the sites that a link's value must reach whatever is chosen."""
        readers = (self.fixed[name] for name in link.readers if name in self.fixed)
        return tuple(dict.fromkeys((*link.home, *readers)))


def nanoseconds(seconds: float) -> int:
    """Return a time as an integer, for which equal means equal."""
    return round(min(seconds, MOST_SECONDS) * 1e9)


def _links(plan: Plan, costs: Costs) -> Iterator[Link]:
    readers: dict[str, dict[str, None]] = {step.name: {} for step in plan.steps}
    for step in plan.steps:
        for ref in step.refs:
            if ref.place in readers:
                readers[ref.place][step.name] = None
    yielded = {ref.place for delivery in plan.deliveries for ref in delivery.refs}
    for name, reading in readers.items():
        home = (plan.homesite,) if name in yielded else ()
        if reading or home:
            yield Link(name, tuple(reading), home, costs.bytes_out[name])
    for step in plan.steps:
        for name in step.after:
            if step.name not in readers[name]:
                yield Link(name, (step.name,), (), SIGNAL_BYTES)


def _groups(plan: Plan, costs: Costs, fixed: Sites) -> Iterator[Group]:
    links = list(_links(plan, costs))
    leader = {step.name: step.name for step in plan.steps if step.name not in fixed}

    def find(name: str) -> str:
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    def free(link: Link) -> list[str]:
        return [name for name in (link.source, *link.readers) if name in leader]

    for link in links:
        for first, second in pairwise(free(link)):
            leader[find(second)] = find(first)
    groups: defaultdict[str, Group] = defaultdict(lambda: Group(costs, fixed))
    for step in plan.steps:
        if step.name in leader:
            groups[find(step.name)].steps.append(step)
    for link in links:
        for name in free(link)[:1]:
            groups[find(name)].links.append(link)
    yield from groups.values()


# -- choosing -----------------------------------------------------------------------------------


def _cheapest_sites(group: Group) -> Sites:
    """Return the best sites for the steps of a group, exactly where that is feasible."""
    try:
        return _exact(group)
    except TooWide:
        return _forward(group)


def _exact(group: Group) -> Sites:
    number = {step.name: n for n, step in enumerate(group.steps)}
    factors = [Factor((n,), group.work(step)) for n, step in enumerate(group.steps)]
    tables: dict[Any, list[int]] = {}
    for link in group.links:
        scope = [number[name] for name in (link.source, *link.readers) if name in number]
        domains = [group.steps[n].candidates for n in scope]
        if prod(map(len, domains)) > MOST_ENTRIES:
            raise TooWide
        if (source := group.fixed.get(link.source)) is not None:
            domains = [(source,), *domains]
        key = (*domains, group.fixed_targets(link), link.bytes)
        if key not in tables:
            tables[key] = _table(group, domains, group.fixed_targets(link), link.bytes)
        factors.append(Factor(tuple(scope), tables[key]))
    best = cheapest([len(step.candidates) for step in group.steps], factors)
    return {step.name: step.candidates[best[n]] for n, step in enumerate(group.steps)}


def _table(
    group: Group, domains: Sequence[Sequence[str]], fixed: Sequence[str], size: int
) -> list[int]:
    """Return the cost of a link for each choice of its source's and its readers' sites."""
    seconds = {
        (source, target): group.transfer(source, target, size)
        for source in domains[0]
        for target in {*fixed, *(site for sites in domains[1:] for site in sites)}
    }
    return [
        sum(seconds[source, target] for target in {*fixed, *targets})
        for source, *targets in product(*domains)
    ]


def _forward(group: Group) -> Sites:
    """Return a good site for each step in turn, given those before it."""
    sites = dict(group.fixed)
    has = [set(group.fixed_targets(link)) for link in group.links]
    incoming, outgoing = defaultdict(list), defaultdict(list)
    for n, link in enumerate(group.links):
        outgoing[link.source].append(n)
        for reader in link.readers:
            incoming[reader].append(n)

    def cost(step: Step, site: str, work: int) -> int:
        links = [group.links[n] for n in incoming[step.name] if site not in has[n]]
        fetch = sum(group.transfer(sites[link.source], site, link.bytes) for link in links)
        return (
            work
            + fetch
            + sum(
                group.transfer(site, target, group.links[n].bytes)
                for n in outgoing[step.name]
                for target in has[n]
            )
        )

    for step in group.steps:
        costs = [
            cost(step, site, w) for site, w in zip(step.candidates, group.work(step), strict=True)
        ]
        sites[step.name] = site = step.candidates[costs.index(min(costs))]
        for n in incoming[step.name]:
            has[n].add(site)
    return {step.name: sites[step.name] for step in group.steps}
