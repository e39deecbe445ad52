"""A choice on its way to a better one: what moving one step would cost, without adding up all.

For the objective `total`. Of each link it is kept how many want it at each site, so that the
cost of a step at each of its candidates takes time in the number of its links only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from dfm.compiler.placing.problem import FORBIDDEN, Bar, Problem

MOST_READERS = 50
"""Of how many readers all are looked at again when one of them, or their source, has moved."""

NOT_YET = -1
"""The candidate of a step that has none yet."""


class Moves:
    """A choice that can be changed step by step; steps may be without a candidate at first."""

    def __init__(self, problem: Problem, choice: Sequence[int] | None = None) -> None:
        self.choice = list(choice) if choice else [NOT_YET] * len(problem.variables)
        self._variables = problem.variables
        self._links = problem.links
        self._reads: list[list[int]] = [[] for _ in problem.variables]
        self._makes: list[list[int]] = [[] for _ in problem.variables]
        self._wanting: list[dict[int, int]] = []
        for number, link in enumerate(problem.links):
            self._makes[link.source].append(number)
            for reader in dict.fromkeys(link.readers):
                if reader != link.source:
                    self._reads[reader].append(number)
            self._wanting.append(dict.fromkeys(link.wanted_at, 1))
        self._touched: dict[int, list[int]] = {}
        self._barred: defaultdict[int, list[Bar]] = defaultdict(list)
        for bar in problem.bars:
            link = problem.links[bar.link]
            for variable in {bar.owner, link.source, *link.readers}:
                self._barred[variable].append(bar)
        if choice:
            for variable, chosen in enumerate(choice):
                self._count(variable, chosen, 1)

    def _count(self, variable: int, chosen: int, change: int) -> None:
        site = self._variables[variable].sites[chosen]
        for number in self._reads[variable]:
            wanting = self._wanting[number]
            wanting[site] = left = wanting.get(site, 0) + change
            if not left:
                del wanting[site]

    def move(self, variable: int, chosen: int) -> None:
        """Give a step another candidate."""
        before = self.choice[variable]
        if before != NOT_YET:
            self._count(variable, before, -1)
        self.choice[variable] = chosen
        self._count(variable, chosen, 1)

    def costs(self, variable: int) -> list[int]:
        """Return what differs if a step is given each of its candidates; lower is better."""
        sites = self._variables[variable].sites
        costs = list(self._variables[variable].work)
        now = self.choice[variable]
        here = sites[now] if now != NOT_YET else None
        for number in self._reads[variable]:
            source = self._links[number].source
            if (made := self.choice[source]) == NOT_YET:
                continue
            row = list(self._links[number].cost[self._variables[source].sites[made]])
            for site, count in self._wanting[number].items():
                if count > (site == here):
                    row[site] = 0
            costs = [c + row[site] for c, site in zip(costs, sites, strict=True)]
        for number in self._makes[variable]:
            matrix, targets = self._links[number].cost, list(self._wanting[number])
            if len(targets) == 1:
                [target] = targets
                costs = [c + matrix[s][target] for c, s in zip(costs, sites, strict=True)]
            elif targets:
                costs = [
                    c + sum(map(matrix[s].__getitem__, targets))
                    for c, s in zip(costs, sites, strict=True)
                ]
        if variable in self._barred:
            self._add_bars(variable, costs)
        return costs

    def _add_bars(self, variable: int, costs: list[int]) -> None:
        """Add what bars forbid, for each candidate of a step."""
        sites, now = self._variables[variable].sites, self.choice[variable]
        for bar in self._barred[variable]:
            source = self._links[bar.link].source
            wanting = self._wanting[bar.link]
            reads = bar.link in self._reads[variable]
            others = set(wanting)
            if reads and now != NOT_YET and wanting[sites[now]] == 1:
                others.discard(sites[now])
            for n, site in enumerate(sites):
                owner = n if bar.owner == variable else self.choice[bar.owner]
                if source == variable:
                    made = site
                elif (chosen := self.choice[source]) != NOT_YET:
                    made = self._variables[source].sites[chosen]
                else:
                    continue
                reached = others | {site} if reads else others
                if owner in bar.when and reached & bar.to - {made}:
                    costs[n] += FORBIDDEN

    def touched_by(self, variable: int) -> Sequence[int]:
        """Return the steps whose costs may change when a step moves, in a fixed order."""
        if variable not in self._touched:
            self._touched[variable] = sorted(self._near(variable) - {variable})
        return self._touched[variable]

    def _near(self, variable: int) -> set[int]:
        near: set[int] = set()
        for number in self._reads[variable]:
            link = self._links[number]
            near.add(link.source)
            if len(link.readers) <= MOST_READERS:
                near.update(link.readers)
        for number in self._makes[variable]:
            if len(self._links[number].readers) <= MOST_READERS:
                near.update(self._links[number].readers)
        for bar in self._barred.get(variable, ()):
            near |= {bar.owner, self._links[bar.link].source}
        return near
