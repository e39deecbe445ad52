"""What both ways of bounding a total start from: work at sites, and stars of values.

Where a step is placed matters only by its site here, so a step is as cheap at a site as its
cheapest candidate there. A star is a value with the steps that read it; what is wanted in any
case is part of the work of its source. Bars are left out. So nothing costs more than it does in
the problem, and a bound for this is one for the problem.

What may not be costs `limit`, which is more than any choice that is still of interest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfm.compiler.placing.problem import FORBIDDEN, Link, Problem


@dataclass(frozen=True, slots=True)
class Star:
    """A value, the steps that read it, and what it costs to send it from a site to another."""

    source: int
    readers: tuple[int, ...]
    cost: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Work at each site, and stars in the order of their sources."""

    sites: int
    limit: int
    work: list[list[int]]
    stars: list[Star]

    @property
    def edges(self) -> int:
        """How many pairs of a source and a reader there are."""
        return sum(len(star.readers) for star in self.stars)


def relaxed(problem: Problem, cheapest_known: int) -> Relaxation:
    """Return a problem without its bars, if choices that cost more do not matter."""
    limit = (cheapest_known if cheapest_known < FORBIDDEN else _dearest(problem)) + 1
    work = [_work(variable.sites, variable.work, problem.sites, limit) for variable in
            problem.variables]  # fmt: skip
    stars = []
    for link in problem.links:
        if link.wanted_at:
            its_work = work[link.source]
            wanted = set(link.wanted_at)
            for site, row in enumerate(link.cost):
                its_work[site] += min(sum(row[t] for t in wanted - {site}), limit)
        readers = tuple(dict.fromkeys(r for r in link.readers if r != link.source))
        if readers:
            stars.append(Star(link.source, readers, _cost(link, limit)))
    stars.sort(key=lambda star: star.source)
    return Relaxation(problem.sites, limit, work, stars)


def _work(sites: Sequence[int], work: Sequence[int], count: int, limit: int) -> list[int]:
    least = [limit] * count
    for site, nanoseconds in zip(sites, work, strict=True):
        least[site] = min(least[site], nanoseconds)
    return least


def _cost(link: Link, limit: int) -> tuple[tuple[int, ...], ...]:
    if not link.wanted_at and max(map(max, link.cost)) < limit:
        return link.cost
    wanted = set(link.wanted_at)
    return tuple(
        tuple(0 if t in wanted else min(cost, limit) for t, cost in enumerate(row))
        for row in link.cost
    )


def _dearest(problem: Problem) -> int:
    """Return what no choice that is allowed costs more than."""
    most = sum(max(_allowed(variable.work), default=0) for variable in problem.variables)
    for link in problem.links:
        targets = min(len(link.readers) + len(link.wanted_at), problem.sites)
        most += targets * max((cost for row in link.cost for cost in _allowed(row)), default=0)
    return most


def _allowed(costs: Sequence[int]) -> Iterator[int]:
    return (cost for cost in costs if cost < FORBIDDEN)
