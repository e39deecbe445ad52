"""How much slower each site is than the others, from operations that ran at several of them.

The time of an operation at a site is taken as what the operation needs anywhere times how slow
the site is. In logarithms that is a table with a row for each operation and a column for each
site, and each is found by turns as the median of what the others leave (median polish, Tukey 1977).
So an operation that one site is odd at does not speak for all operations there.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

ROUNDS = 8
"""How often rows and columns are looked at by turns; after a few nothing changes any more."""

DOUBT = 1
"""That all sites are alike is believed as much as so many operations that say something else."""

Table = Mapping[tuple[str, str], float]
"""The logarithm of the seconds of an operation (the row) at a site."""


class Speeds:
    """How slow sites are, as logarithms: 0 is as slow as the site in the middle.

    >>> speeds = speeds_of({("a", "oslo"): 0.0, ("a", "rome"): 2.0, ("b", "rome"): 7.0})
    >>> speeds.between("oslo", "rome"), speeds.between("oslo", "bern")
    (1.0, None)
    """

    def __init__(self, table: Table, sites: Mapping[str, float]) -> None:
        self.sites = sites
        self._rows = _rows_of(table)
        self._told: dict[str, dict[str, float]] = {}

    def between(self, known: str, asked: str, without: str = "") -> float | None:
        """Return how much slower one site is than another that is known, as a logarithm, if known.

        Sites that have run no operation in common are compared through others that have. An
        operation may be left `without` a say on the site that is asked for.
        """
        slow = self._slow_without(asked, without) if without else self.sites.get(asked)
        if known not in self.sites or slow is None:
            return None
        return slow - self.sites[known]

    def _slow_without(self, site: str, without: str) -> float | None:
        if site not in self._told:
            self._told[site] = {
                name: row[site] - median(seen)
                for name, row in self._rows.items()
                if site in row and (seen := self._elsewhere(row, site))
            }
        told = [slow for name, slow in self._told[site].items() if name != without]
        return median(told) if told else None

    def _elsewhere(self, row: Mapping[str, float], site: str) -> list[float]:
        """Return what an operation needs anywhere, as each other site tells it."""
        return [v - self.sites[s] for s, v in row.items() if s != site and s in self.sites]


def speeds_of(table: Table) -> Speeds:
    """Return how slow sites are; those are left out that share no operation with any other."""
    shared = [row for row in _rows_of(table).values() if len(row) > 1]
    sites = dict.fromkeys(sorted({site for row in shared for site in row}), 0.0)
    for _ in range(ROUNDS):
        levels = [median(value - sites[site] for site, value in row.items()) for row in shared]
        for site in sites:
            sites[site] = median(
                row[site] - level for row, level in zip(shared, levels, strict=True) if site in row
            )
    middle = median(sites.values()) if sites else 0.0
    for site, value in sites.items():
        told = sum(site in row for row in shared)
        sites[site] = (value - middle) * told / (told + DOUBT)
    return Speeds(table, sites)


def _rows_of(table: Table) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    for (row, site), value in sorted(table.items()):
        rows.setdefault(row, {})[site] = value
    return rows
