"""Narrow problems: exactly, by elimination, in time linear in their size.

A problem is narrow if no part of it is tied together by many steps at once: chains, trees,
series-parallel graphs and graphs that are like them, and values with any number of readers that
have little else to do with each other. Here such a problem becomes factors and fans.

Only for the objective `total`, whose costs add up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product

from dfm.compiler.placing.eliminate import Factor, cheapest
from dfm.compiler.placing.elimination_order import TooWide, elimination_order, size_of_table
from dfm.compiler.placing.fans import Fan
from dfm.compiler.placing.problem import FORBIDDEN, Bar, Choice, Link, Problem

MOST_JOINT = 1_000
"""How large the table of a link with several readers may be; it becomes a fan if it is larger."""

MOST_PRICES = 100_000
"""How many prices the sets of a fan may have."""


def by_elimination(problem: Problem) -> Choice:
    """Return a choice with the least total.

    Raises:
        TooWide: when the problem is not narrow.
    """
    tables = _Tables(problem)
    # What is not narrow is refused before any tables are made.
    order = elimination_order(tables.domains, tables.scopes(), tables.fans)
    return tuple(cheapest(tables.domains, tables.factors(), tables.fans, order))


class _Tables:
    """A problem's factors and fans."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._sites = [variable.sites for variable in problem.variables]
        self.domains = list(map(len, self._sites))
        self._bars: defaultdict[int, list[Bar]] = defaultdict(list)
        for bar in problem.bars:
            self._bars[bar.link].append(bar)
        self._readers = [
            tuple(dict.fromkeys(r for r in link.readers if r != link.source))
            for link in problem.links
        ]
        self._is_fan = [
            len(readers) > 1 and self._size((link.source, *readers)) > MOST_JOINT
            for link, readers in zip(problem.links, self._readers, strict=True)
        ]
        self._pairs: dict[object, Sequence[int]] = {}
        self.fans = [self._fan(n) for n, is_fan in enumerate(self._is_fan) if is_fan]

    def _size(self, variables: Sequence[int]) -> int:
        return size_of_table(self.domains, variables, MOST_PRICES)

    def scopes(self) -> list[tuple[int, ...]]:
        """Return the scopes of all factors over several variables."""
        scopes = []
        for number, (link, readers) in enumerate(
            zip(self._problem.links, self._readers, strict=True)
        ):
            if readers and not self._is_fan[number]:
                scopes.append((link.source, *readers))
            for bar in self._bars.get(number, ()):
                scopes.append((bar.owner, link.source))
                if not self._is_fan[number]:
                    scopes += ((bar.owner, link.source, reader) for reader in readers)
        return [tuple(dict.fromkeys(scope)) for scope in scopes]

    def factors(self) -> list[Factor]:
        """Return the factors."""
        factors = [Factor((n,), v.work) for n, v in enumerate(self._problem.variables)]
        for number, (link, readers) in enumerate(
            zip(self._problem.links, self._readers, strict=True)
        ):
            bars = self._bars.get(number, ())
            factors += self._wanted(link, bars)
            if readers and not self._is_fan[number]:
                factors.append(Factor((link.source, *readers), self._joint(link, readers)))
                factors += (self._barred(link, reader, bar) for bar in bars for reader in readers)
        return factors

    def _wanted(self, link: Link, bars: Sequence[Bar]) -> Iterator[Factor]:
        """Yield what it costs to bring a value to where it is wanted in any case."""
        if not link.wanted_at:
            return
        sources, wanted = self._sites[link.source], set(link.wanted_at)
        sent = [sum(link.cost[s][t] for t in wanted - {s}) for s in sources]
        yield Factor((link.source,), sent)
        for bar in bars:
            yield self._forbidding(
                (bar.owner, link.source),
                lambda owner, source, bar=bar: (
                    owner in bar.when and bool(bar.to & wanted - {sources[source]})
                ),
            )

    def _joint(self, link: Link, readers: tuple[int, ...]) -> Sequence[int]:
        """Return what sending costs for each choice of the source's and the readers' sites."""
        domains = [self._sites[v] for v in (link.source, *readers)]
        key = (id(link.cost), link.wanted_at, *domains)
        if key not in self._pairs:
            wanted = set(link.wanted_at)
            everywhere = tuple(range(self._problem.sites))
            if len(readers) == 1 and not wanted and domains == [everywhere, everywhere]:
                self._pairs[key] = tuple(chain.from_iterable(link.cost))
            elif len(readers) == 1 and not wanted:
                rows = (link.cost[s] for s in domains[0])
                self._pairs[key] = list(
                    chain.from_iterable(map(row.__getitem__, domains[1]) for row in rows)
                )
            else:
                self._pairs[key] = [
                    sum(link.cost[s][t] for t in {*targets} - wanted - {s})
                    for s, *targets in product(*domains)
                ]
        return self._pairs[key]

    def _barred(self, link: Link, reader: int, bar: Bar) -> Factor:
        sources, readers = self._sites[link.source], self._sites[reader]

        def is_barred(owner: int, source: int, reads: int) -> bool:
            site = readers[reads]
            return owner in bar.when and site in bar.to and site != sources[source]

        return self._forbidding((bar.owner, link.source, reader), is_barred)

    def _forbidding(self, variables: tuple[int, ...], is_forbidden: Callable[..., bool]) -> Factor:
        scope = tuple(dict.fromkeys(variables))
        table = []
        for values in product(*(range(len(self._sites[v])) for v in scope)):
            given = dict(zip(scope, values, strict=True))
            table.append(FORBIDDEN * is_forbidden(*(given[v] for v in variables)))
        return Factor(scope, table)

    def _fan(self, number: int) -> Fan:
        link, readers = self._problem.links[number], self._readers[number]
        bars = self._bars.get(number, ())
        sites = sorted({site for reader in readers for site in self._sites[reader]})
        scope = tuple(dict.fromkeys((link.source, *(bar.owner for bar in bars))))
        if self._size(scope) << len(sites) > MOST_PRICES:
            raise TooWide

        def prices() -> list[list[int]]:
            found = []
            for source, *owners in product(*(range(self.domains[v]) for v in scope)):
                given = dict(zip(scope, (source, *owners), strict=True))
                barred = {t for bar in bars if given[bar.owner] in bar.when for t in bar.to}
                found.append(_prices(link, self._sites[link.source][source], sites, barred))
            return found

        mark = {site: 1 << n for n, site in enumerate(sites)}
        marks = {r: tuple(mark[site] for site in self._sites[r]) for r in readers}
        return Fan(scope, marks, 1 << len(sites), prices)


def _prices(link: Link, source: int, sites: Sequence[int], barred: set[int]) -> list[int]:
    """Return what it costs to send a value from a site, for each set of sites that read it."""
    prices = [0]
    for site in sites:
        cost = 0 if site == source or site in link.wanted_at else link.cost[source][site]
        if site in barred and site != source:
            cost = FORBIDDEN
        prices += [price + cost for price in prices]
    return prices
