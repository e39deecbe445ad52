"""What it would change to move one step elsewhere, in the numbers of a problem.

Only the links at that step are looked at, so that asking for all steps and candidates takes time
that is linear in the size of the problem.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dfm.compiler.placing.problem import FORBIDDEN, Bar, Problem


class Sent(NamedTuple):
    """A link's value that would have to go from one site to another."""

    link: int
    source: int
    target: int


class Change(NamedTuple):
    """How many nanoseconds more work and more transfers there would be, or what is forbidden."""

    work: int = 0
    transfers: int = 0
    forbidden: Sent | None = None


class Moves:
    """What a choice costs at each step, to be compared with one that differs in that step."""

    def __init__(self, problem: Problem, choice: Sequence[int]) -> None:
        self._problem = problem
        self._choice = choice
        self._at = [v.sites[c] for v, c in zip(problem.variables, choice, strict=True)]
        self._work = [v.work[c] for v, c in zip(problem.variables, choice, strict=True)]
        self._made: defaultdict[int, list[int]] = defaultdict(list)
        self._read: defaultdict[int, list[int]] = defaultdict(list)
        self._reading: list[Counter[int]] = []
        """How many readers of each link there are at each site."""
        for n, link in enumerate(problem.links):
            self._made[link.source].append(n)
            for reader in link.readers:
                self._read[reader].append(n)
            self._reading.append(Counter(self._at[reader] for reader in link.readers))
        self._bars_of: defaultdict[int, list[Bar]] = defaultdict(list)
        self._bars_on: defaultdict[int, list[Bar]] = defaultdict(list)
        for bar in problem.bars:
            self._bars_of[bar.owner].append(bar)
            self._bars_on[bar.link].append(bar)

    def changes(self, step: int) -> list[Change]:
        """Return what would change if a step were given each of its candidates."""
        now = sum(cost for _, cost in self._transfers(step, self._at[step]))
        return [self._change(step, n, now) for n in range(len(self._problem.variables[step].sites))]

    def _change(self, step: int, candidate: int, now: int) -> Change:
        variable = self._problem.variables[step]
        site, work = variable.sites[candidate], variable.work[candidate] - self._work[step]
        then = self._transfers(step, site)
        refused = next((sent for sent, cost in then if cost >= FORBIDDEN), None)
        transfers = sum(cost for _, cost in then) - now
        return Change(work, transfers, refused or self._barred(step, candidate, site))

    def _transfers(self, step: int, site: int) -> list[tuple[Sent, int]]:
        """Return what is sent to and from a step at a site that no other step needs there."""
        found = []
        for n in self._made[step]:
            row = self._problem.links[n].cost[site]
            found += [(Sent(n, site, to), row[to]) for to in self._targets(n) if to != site]
        for n in self._read[step]:
            link, own = self._problem.links[n], self._at[step] == site
            source = self._at[link.source]
            needed = site in link.wanted_at or self._reading[n][site] > own
            if site != source and not needed:
                found.append((Sent(n, source, site), link.cost[source][site]))
        return found

    def _targets(self, link: int) -> Iterator[int]:
        """Yield the sites that want a link's value, each once."""
        yield from dict.fromkeys((*self._problem.links[link].wanted_at, *self._reading[link]))

    def _barred(self, step: int, candidate: int, site: int) -> Sent | None:
        """Return what bars would forbid."""
        if not self._problem.bars:
            return None
        concerned = [*self._bars_of[step]]
        concerned += [
            bar for n in (*self._made[step], *self._read[step]) for bar in self._bars_on[n]
        ]
        for bar in concerned:
            owners = candidate if bar.owner == step else self._choice[bar.owner]
            if owners not in bar.when:
                continue
            link = self._problem.links[bar.link]
            source = site if link.source == step else self._at[link.source]
            targets = set(self._targets(bar.link))
            if step in link.readers:
                targets.add(site)
                if self._reading[bar.link][self._at[step]] == 1:
                    targets -= {self._at[step]} - {site, *link.wanted_at}
            for target in sorted(targets & bar.to - {source}):
                return Sent(bar.link, source, target)
        return None


class Chains:
    """The longest chain through each step of a choice."""

    def __init__(self, problem: Problem, choice: Sequence[int]) -> None:
        self._problem = problem
        self._at = [v.sites[c] for v, c in zip(problem.variables, choice, strict=True)]
        self._work = [v.work[c] for v, c in zip(problem.variables, choice, strict=True)]
        self._made: defaultdict[int, list[int]] = defaultdict(list)
        self._read: defaultdict[int, list[int]] = defaultdict(list)
        for n, link in enumerate(problem.links):
            self._made[link.source].append(n)
            for reader in link.readers:
                self._read[reader].append(n)
        self._over = [0] * len(choice)
        for step in range(len(choice)):
            self._over[step] = self._begins(step, self._at[step]) + self._work[step]
        self._needed: list[dict[int, int]] = [{} for _ in problem.links]
        """How long it takes, once a link's value has come to a site, until all after it is over."""
        self._rest = [0] * len(choice)
        for step in reversed(range(len(choice))):
            for n in self._made[step]:
                self._needed[n] = self._after(n)
            self._rest[step] = self._ends(step, self._at[step])
        self.longest = max(map(sum, zip(self._over, self._rest, strict=True)), default=0)

    def through(self, step: int, candidate: int) -> int:
        """Return the length of the longest chain through a step, if it had another candidate."""
        variable = self._problem.variables[step]
        site = variable.sites[candidate]
        return self._begins(step, site) + variable.work[candidate] + self._ends(step, site)

    def _begins(self, step: int, site: int) -> int:
        links = (self._problem.links[n] for n in self._read[step])
        arrivals = (self._over[k.source] + k.cost[self._at[k.source]][site] for k in links)
        return max(arrivals, default=0)

    def _after(self, link: int) -> dict[int, int]:
        needed = dict.fromkeys(self._problem.links[link].wanted_at, 0)
        for reader in self._problem.links[link].readers:
            site, time = self._at[reader], self._work[reader] + self._rest[reader]
            needed[site] = max(needed.get(site, 0), time)
        return needed

    def _ends(self, step: int, site: int) -> int:
        ends = (
            self._problem.links[n].cost[site][target] + time
            for n in self._made[step]
            for target, time in self._needed[n].items()
        )
        return max(ends, default=0)
