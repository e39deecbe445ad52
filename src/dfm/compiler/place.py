"""Choose the site of every step.

The cost of a plan is the time of all its work plus the time of all its transfers. A value is
sent once to each site that reads it, and home if it is yielded; what is done in a loop is done
as often as the loop goes round. What is no step's value comes from steps (`flows.py`), and is
taken to be where they are. The cheapest plan is found
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
from dfm.compiler.lines import Candidate, Step
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.federation.models import FederationSpec

MOST_SECONDS = 1e12

Choices = dict[str, Candidate]
"""Who runs each step, as far as that is chosen."""


def choose_sites(plan: Plan) -> Plan:
    """Give each step the candidate for which the whole plan is cheapest.

    Needs: each step has a candidate (`expand_candidates` has run).
    Leaves: each step has a site, and a provider there or none, with the reason, and its
    expected time and size.
    """
    costs = Costs(plan)
    fixed = {step.name: step.candidates[0] for step in plan.steps if len(step.candidates) == 1}
    chosen = dict(fixed)
    for group in _groups(plan, costs, fixed):
        chosen |= _cheapest_sites(group)
    return replace(
        plan,
        costs=costs,
        lines=tuple(
            _placed(line, chosen[line.name], costs, plan.federation)
            if isinstance(line, Step)
            else line
            for line in plan.lines
        ),
    )


def _placed(step: Step, choice: Candidate, costs: Costs, federation: FederationSpec) -> Step:
    seconds, size = costs.work(step, choice), costs.bytes_out[step.name]
    return replace(
        step,
        site=choice.site,
        provider=choice.provider,
        reason=_reason(step, federation),
        seconds=seconds,
        bytes_out=size,
        time_is_guess=costs.time_is_guess(step, choice),
        size_is_guess=costs.size_is_guess[step.name],
    )


def _reason(step: Step, federation: FederationSpec) -> str:
    if step.is_pinned and len(step.candidates) == 1:
        return "fixed by the author"
    if len(step.candidates) == 1:
        offering = federation.sites_offering(step.operation, step.candidates[0].provider)
        return f"only site that {'offers' if len(offering) == 1 else 'may run'} it"
    return f"cheapest of {', '.join(map(str, step.candidates))}"


# -- what depends on what --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """A value and who wants it: steps, and perhaps the application at home.

    `source` is a step that it comes from; it is sent that many `times`.
    """

    source: str
    readers: tuple[str, ...]
    home: tuple[str, ...]
    bytes: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Free steps that influence each other, the links between them, and the steps around them."""

    costs: Costs
    fixed: Choices
    steps: list[Step] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def work(self, step: Step) -> list[int]:
        """Return the nanoseconds of a step's work at each of its candidates."""
        times = self.costs.times[step.scope]
        return [nanoseconds(self.costs.work(step, who) * times) for who in step.candidates]

    def transfer(self, source: str, target: str, link: Link) -> int:
        """Return the nanoseconds of sending what a link carries."""
        return nanoseconds(self.costs.transfer(source, target, link.bytes) * link.times)

    def fixed_targets(self, link: Link) -> tuple[str, ...]:
        """Return the sites that a link's value must reach whatever is chosen."""
        readers = (self.fixed[name].site for name in link.readers if name in self.fixed)
        return tuple(dict.fromkeys((*link.home, *readers)))


def nanoseconds(seconds: float) -> int:
    """Return a time as an integer, for which equal means equal."""
    return round(min(seconds, MOST_SECONDS) * 1e9)


def _links(plan: Plan, costs: Costs) -> Iterator[Link]:
    places = Places(plan)
    readers: dict[str, dict[str, None]] = {place: {} for place in costs.origins}
    for step in plan.steps:
        for ref in step.refs:
            if ref.place in readers:
                readers[ref.place][step.name] = None
    yielded = {ref.place for delivery in plan.deliveries for ref in delivery.refs}
    for place, reading in readers.items():
        home = (plan.homesite,) if place in yielded else ()
        if reading or home:
            size, times = costs.bytes_out[place], costs.times[places.scope(place)]
            for source in costs.origins[place]:
                yield Link(source, tuple(reading), home, size, times)
    for step in plan.steps:
        for place in step.after:
            if step.name not in readers.get(place, {step.name: None}):
                times = costs.times[places.scope(place)]
                for source in costs.origins[place]:
                    yield Link(source, (step.name,), (), SIGNAL_BYTES, times)


def _groups(plan: Plan, costs: Costs, fixed: Choices) -> Iterator[Group]:
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


def _cheapest_sites(group: Group) -> Choices:
    """Return the best sites for the steps of a group, exactly where that is feasible."""
    try:
        return _exact(group)
    except TooWide:
        return _forward(group)


def _exact(group: Group) -> Choices:
    number = {step.name: n for n, step in enumerate(group.steps)}
    factors = [Factor((n,), group.work(step)) for n, step in enumerate(group.steps)]
    tables: dict[Any, list[int]] = {}
    for link in group.links:
        names = dict.fromkeys((link.source, *link.readers))
        scope = [number[name] for name in names if name in number]
        domains = [tuple(who.site for who in group.steps[n].candidates) for n in scope]
        if prod(map(len, domains)) > MOST_ENTRIES:
            raise TooWide
        if (source := group.fixed.get(link.source)) is not None:
            domains = [(source.site,), *domains]
        key = (*domains, group.fixed_targets(link), link.bytes, link.times)
        if key not in tables:
            tables[key] = _table(group, domains, link)
        factors.append(Factor(tuple(scope), tables[key]))
    best = cheapest([len(step.candidates) for step in group.steps], factors)
    return {step.name: step.candidates[best[n]] for n, step in enumerate(group.steps)}


def _table(group: Group, domains: Sequence[Sequence[str]], link: Link) -> list[int]:
    """Return the cost of a link for each choice of its source's and its readers' sites."""
    fixed = group.fixed_targets(link)
    seconds = {
        (source, target): group.transfer(source, target, link)
        for source in domains[0]
        for target in {*fixed, *(site for sites in domains[1:] for site in sites)}
    }
    return [
        sum(seconds[source, target] for target in {*fixed, *targets})
        for source, *targets in product(*domains)
    ]


def _forward(group: Group) -> Choices:
    """Return a good candidate for each step in turn, given those before it."""
    chosen = dict(group.fixed)
    has = [set(group.fixed_targets(link)) for link in group.links]
    incoming, outgoing = defaultdict(list), defaultdict(list)
    for n, link in enumerate(group.links):
        outgoing[link.source].append(n)
        for reader in link.readers:
            incoming[reader].append(n)

    def cost(step: Step, site: str, work: int) -> int:
        links = [group.links[n] for n in incoming[step.name] if site not in has[n]]
        fetch = sum(
            group.transfer(chosen[link.source].site, site, link)
            for link in links
            if link.source in chosen
        )
        send = sum(
            group.transfer(site, target, group.links[n])
            for n in outgoing[step.name]
            for target in has[n]
        )
        return work + fetch + send

    for step in group.steps:
        costs = [
            cost(step, who.site, w)
            for who, w in zip(step.candidates, group.work(step), strict=True)
        ]
        chosen[step.name] = who = step.candidates[costs.index(min(costs))]
        for n in incoming[step.name]:
            has[n].add(who.site)
    return {step.name: chosen[step.name] for step in group.steps}
