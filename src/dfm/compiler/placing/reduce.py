"""Make a problem smaller without losing its best choices.

    settle_bars      a bar whose owner can only be in one place is a ban of the link's own
    drop_candidates  what is forbidden, or never better than another candidate, is not chosen
    split            what does not depend on each other is chosen apart

All of this takes time linear in the problem and is exact: a best choice of the parts is a best
choice of the whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Choice,
    Link,
    Matrix,
    Objective,
    Problem,
    Variable,
)

Candidates = list[tuple[int, ...]]
"""The numbers of the candidates that are left of each variable."""


@dataclass(frozen=True, slots=True)
class Part:
    """A problem by itself, and which variables and candidates of the whole its own ones are."""

    problem: Problem
    variables: tuple[int, ...]
    candidates: tuple[tuple[int, ...], ...]

    def read_back(self, choice: Choice, whole: list[int]) -> None:
        """Enter a choice for this part into one for the whole."""
        for variable, numbers, chosen in zip(self.variables, self.candidates, choice, strict=True):
            whole[variable] = numbers[chosen]


def parts(problem: Problem, objective: Objective) -> tuple[list[int], list[Part]] | None:
    """Return a choice for what is decided already, and the parts that are not.

    None if a step has no candidate that is allowed.
    """
    problem = settle_bars(problem)
    left = drop_candidates(problem)
    if not all(left):
        return None
    problem = settle_bars(with_candidates(problem, left))
    split = _TotalSplit if objective == "total" else _Split
    return split(problem, left).split()


def with_candidates(problem: Problem, left: Candidates) -> Problem:
    """Return a problem with only these candidates."""
    variables = list(problem.variables)
    for number, numbers in enumerate(left):
        variable = variables[number]
        if len(numbers) < len(variable.sites):
            variables[number] = Variable(
                tuple(variable.sites[n] for n in numbers), tuple(variable.work[n] for n in numbers)
            )
    bars = (
        replace(bar, when=frozenset(n for n, c in enumerate(left[bar.owner]) if c in bar.when))
        for bar in problem.bars
    )
    return replace(problem, variables=tuple(variables), bars=tuple(bars))


# -- bars ------------------------------------------------------------------------------------


def settle_bars(problem: Problem) -> Problem:
    """Turn bars into bans of their links, where they depend on nothing but the source's site."""
    links, bars = list(problem.links), []
    for bar in problem.bars:
        link = links[bar.link]
        banned = _banned_from(bar, link, problem)
        if banned is None:
            bars.append(bar)
        elif banned and bar.to:
            links[bar.link] = replace(link, cost=_with_ban(link.cost, banned, bar.to))
    return replace(problem, links=tuple(links), bars=tuple(bars))


def _banned_from(bar: Bar, link: Link, problem: Problem) -> set[int] | None:
    """Return the sites from which a bar bans a value; None if that depends on other steps."""
    sites = problem.variables[bar.owner].sites
    barred = {sites[n] for n in bar.when}
    if not barred:
        return set()
    if len(bar.when) == len(sites):
        return set(range(problem.sites))
    others = {site for n, site in enumerate(sites) if n not in bar.when}
    return barred if bar.owner == link.source and not barred & others else None


def _with_ban(cost: Matrix, sources: set[int], targets: frozenset[int]) -> Matrix:
    return tuple(
        tuple(
            FORBIDDEN if a in sources and b in targets and a != b else price
            for b, price in enumerate(row)
        )
        for a, row in enumerate(cost)
    )


# -- candidates ------------------------------------------------------------------------------


def drop_candidates(problem: Problem) -> Candidates:
    """Return the candidates of each variable that may be chosen and could be worth it."""
    more = _most_to_pay_more(problem)
    bars_of: defaultdict[int, list[frozenset[int]]] = defaultdict(list)
    tied = set()
    for bar in problem.bars:
        bars_of[bar.owner].append(bar.when)
        tied |= {bar.owner, problem.links[bar.link].source, *problem.links[bar.link].readers}
    left: Candidates = []
    for number, variable in enumerate(problem.variables):
        if len(variable.sites) == 1:
            left.append((0,) if variable.work[0] < FORBIDDEN else ())
            continue
        numbers = _best_at_each_site(variable, bars_of.get(number, ()))
        if len(numbers) > 1 and number not in tied:
            numbers = _worth_it(variable, numbers, more[number])
        left.append(numbers)
    return left


def _best_at_each_site(variable: Variable, bars: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """Return the candidate with the least work of each site, of those that bars treat alike."""
    sites = variable.sites
    if not bars and len(set(sites)) == len(sites) and max(variable.work) < FORBIDDEN:
        return tuple(range(len(sites)))
    best: dict[object, int] = {}
    for number, (site, work) in enumerate(zip(variable.sites, variable.work, strict=True)):
        key = (site, *(number in when for when in bars)) if bars else site
        if work < FORBIDDEN and (key not in best or work < variable.work[best[key]]):
            best[key] = number
    return tuple(sorted(best.values()))


def _worth_it(
    variable: Variable, numbers: tuple[int, ...], links: Sequence[tuple[Link, int]]
) -> tuple[int, ...]:
    """Leave out what is dearer than going to the site of least work, whatever else is chosen."""
    first = min(numbers, key=variable.work.__getitem__)
    site, most = variable.sites[first], variable.work[first]
    for link, targets in links:
        if targets:
            row = link.cost[site]
            most += min(max(row) * targets, sum(row))
        else:
            most += max([row[site] for row in link.cost])
    return tuple(n for n in numbers if variable.work[n] <= most)


def _most_to_pay_more(problem: Problem) -> list[list[tuple[Link, int]]]:
    """Return for each variable its links, with the number of targets of those that it feeds."""
    links: list[list[tuple[Link, int]]] = [[] for _ in problem.variables]
    for link in problem.links:
        links[link.source].append((link, max(len(link.readers) + len(link.wanted_at), 1)))
        for reader in link.readers:
            links[reader].append((link, 0))
    return links


# -- parts -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """A part in the making: numbers of the whole's variables, links and bars."""

    variables: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


class _Split:
    """Splits a problem into what is connected, whatever the objective."""

    def __init__(self, problem: Problem, left: Candidates) -> None:
        self._left = left
        self._bars = problem.bars
        self._variables = list(problem.variables)
        self._links: list[Link | None] = list(problem.links)
        self._leader = list(range(len(self._variables)))
        self._sites = problem.sites
        self._owners: dict[int, int] = {}

    def split(self) -> tuple[list[int], list[Part]]:
        """Return a choice for what is decided already, and the parts that are not."""
        self._simplify()
        drafts: defaultdict[int, _Draft] = defaultdict(_Draft)
        self._connect()
        for number in range(len(self._variables)):
            if self._is_open(number):
                drafts[self._find(number)].variables.append(number)
        for number, link in enumerate(self._links):
            if link is not None:
                drafts[self._find(self._anchor(number, link))].links.append(number)
        for bar in self._bars:
            drafts[self._find(bar.owner)].bars.append(bar)
        decided = [numbers[0] for numbers in self._left]
        found = []
        for draft in drafts.values():
            if len(draft.variables) == 1 and not draft.links:
                [number] = draft.variables
                work = self._variables[number].work
                decided[number] = self._left[number][work.index(min(work))]
            else:
                found.append(self._part(draft))
        return decided, found

    def _simplify(self) -> None:
        """Do what makes links and variables simpler before the problem is split."""

    def _is_open(self, variable: int) -> bool:
        """Tell whether a variable belongs to a part."""
        return True

    def _members(self, link: Link) -> Iterator[int]:
        return (v for v in (link.source, *link.readers) if self._is_open(v))

    def _find(self, variable: int) -> int:
        leader = self._leader
        while leader[variable] != variable:
            leader[variable] = variable = leader[leader[variable]]
        return variable

    def _connect(self) -> None:
        for bar in self._bars:
            owner = self._owners.setdefault(bar.link, bar.owner)
            self._leader[self._find(bar.owner)] = self._find(owner)
        for number, link in enumerate(self._links):
            if link is not None:
                anchor = self._anchor(number, link)
                for member in self._members(link):
                    self._leader[self._find(member)] = self._find(anchor)

    def _anchor(self, number: int, link: Link) -> int:
        """Return a variable of the part that a link belongs to."""
        owner = self._owners.get(number)
        return next(self._members(link)) if owner is None else owner

    def _part(self, draft: _Draft) -> Part:
        links = [link for n in draft.links if (link := self._links[n]) is not None]
        around = {v for link in links for v in (link.source, *link.readers)}
        variables = tuple(sorted({*draft.variables, *around}))
        new = {old: n for n, old in enumerate(variables)}
        link_number = {old: n for n, old in enumerate(draft.links)}
        return Part(
            Problem(
                self._sites,
                tuple(self._variables[v] for v in variables),
                tuple(
                    Link(new[k.source], tuple(map(new.__getitem__, k.readers)), k.wanted_at, k.cost)
                    for k in links
                ),
                tuple(
                    Bar(new[bar.owner], bar.when, link_number[bar.link], bar.to)
                    for bar in draft.bars
                ),
            ),
            variables,
            tuple(self._left[v] for v in variables),
        )


class _TotalSplit(_Split):
    """Splits where costs add up: what is fixed connects nothing, and is work of its neighbours.

    Only a fixed source of several readers remains, since they share what is sent.
    """

    def _is_open(self, variable: int) -> bool:
        return len(self._left[variable]) > 1

    def _simplify(self) -> None:
        barred = {bar.link for bar in self._bars}
        for number, link in enumerate(self._links):
            if link is not None:
                self._links[number] = self._simpler(link, number in barred)

    def _simpler(self, link: Link, is_barred: bool) -> Link | None:
        open_readers = tuple(
            v for v in dict.fromkeys(link.readers) if self._is_open(v) and v != link.source
        )
        if len(open_readers) < len(link.readers):
            fixed = (self._variables[v].sites[0] for v in link.readers if not self._is_open(v))
            wanted = tuple(dict.fromkeys((*link.wanted_at, *fixed)))
            link = Link(link.source, open_readers, wanted, link.cost)
        if is_barred:
            return link
        if not self._is_open(link.source):
            if len(open_readers) == 1:
                self._charge_reader(link)
            return link if len(open_readers) > 1 else None
        if not open_readers:
            self._charge_source(link)
            return None
        return link

    def _charge_reader(self, link: Link) -> None:
        [reader] = link.readers
        source = self._variables[link.source].sites[0]
        free, row = {source, *link.wanted_at}, link.cost[source]
        variable = self._variables[reader]
        self._variables[reader] = Variable(
            variable.sites,
            tuple(
                work if site in free else work + row[site]
                for site, work in zip(variable.sites, variable.work, strict=True)
            ),
        )

    def _charge_source(self, link: Link) -> None:
        variable = self._variables[link.source]
        self._variables[link.source] = Variable(
            variable.sites,
            tuple(
                work + sum(link.cost[site][t] for t in {*link.wanted_at} - {site})
                for site, work in zip(variable.sites, variable.work, strict=True)
            ),
        )
