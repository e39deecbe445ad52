"""What is left of a total when a bound has been taken out of it: costs of steps and of pairs.

`base` is the bound. A choice costs at least that, plus what `alone` says of each step at its site
plus what `pairs` says of the sites of each source and reader; nothing there is negative. Arrays
end with the step or with the pair, sites come before. `share` is the part of the cost of sending
that a pair has; what is sent to a site is paid once, so shares may move between the readers of a
value. All are integers, so what is left out as too dear is so for certain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dfm.compiler.placing.ascent import Ascent, Flags, Ints
from dfm.compiler.placing.slack import Rows, Slack

MOST_SWEEPS = 20
"""How often is looked for what can be left out because of what has been."""


@dataclass(slots=True)
class Pairs:
    """Costs of steps and pairs above a bound."""

    base: int
    alone: Ints
    pairs: Ints
    share: Ints
    source: Ints
    reader: Ints
    star: Ints
    first: Ints
    limit: int
    sites: Flags
    site_pairs: Flags

    def copy(self) -> Pairs:
        """Return the same, to be changed apart."""
        return replace(
            self, alone=self.alone.copy(), pairs=self.pairs.copy(), share=self.share.copy()
        )

    def leave_out(self, gap: int) -> None:
        """Leave out all sites and pairs that alone make a choice cost more than is affordable."""
        for _ in range(MOST_SWEEPS):
            of_sites, of_pairs = self.added()
            open_before = int(self.sites.sum()) + int(self.site_pairs.sum())
            self.sites &= of_sites <= gap
            self.site_pairs &= of_pairs <= gap
            self.site_pairs &= self.sites[:, None, self.source] & self.sites[None, :, self.reader]
            self.tighten()
            if int(self.sites.sum()) + int(self.site_pairs.sum()) == open_before:
                break

    def tighten(self) -> None:
        """Move what all choices of a pair cost to its steps, and what a step costs to the base."""
        self.alone[~self.sites] = self.limit
        self.pairs[~self.site_pairs] = self.limit
        for axis, steps in ((1, self.source), (0, self.reader)):
            least = self.pairs.min(axis)
            self.pairs -= np.expand_dims(least, axis)
            np.add.at(self.alone.T, steps, least.T)
        least = self.alone.min(0)
        self.alone -= least
        self.base += sum(least.tolist())

    def move(self, to_source: Ints, to_reader: Ints, share: Ints) -> None:
        """Move costs from pairs to their steps, and give pairs other shares.

        No share becomes negative, and no value is paid more than it costs. Costs that become
        negative remain so until `tighten` is called.
        """
        cost = np.add.reduceat(self.share, self.first, axis=2)
        new = np.maximum(self.share + share, 0)
        over = np.maximum(np.add.reduceat(new, self.first, axis=2) - cost, 0)[:, :, self.star]
        new -= np.minimum(over, new)
        new[:, :, self.first] += cost - np.add.reduceat(new, self.first, axis=2)
        self.pairs += new - self.share
        self.share = new
        self.pairs -= to_source[:, None, :] + to_reader
        np.add.at(self.alone.T, self.source, to_source.T)
        np.add.at(self.alone.T, self.reader, to_reader.T)

    def give_to(self, used: Flags, most: int) -> None:
        """Give shares that the other pairs do not need to those used, which then add more.

        What is not left out keeps as much as it takes to add `most`.
        """
        spare = np.minimum(self.share, np.maximum(self.pairs - most, 0))
        spare[used] = 0
        pool = np.add.reduceat(spare, self.first, axis=2)
        takers = np.add.reduceat(used, self.first, axis=2, dtype=np.int64)
        spare *= (takers > 0)[:, :, self.star]
        each = np.where(takers > 0, pool // np.maximum(takers, 1), 0)
        change = np.where(used, each[:, :, self.star], -spare)
        self.share += change
        self.pairs += change
        self.tighten()

    def added(self) -> tuple[Ints, Ints]:
        """Return what any choice adds to the bound at least, with a site, and with a pair of them.

        That is what a site adds to its step, and at best to all pairs of the step; and likewise
        for a pair of sites.
        """
        by_source, by_reader = self.pairs.min(1), self.pairs.min(0)
        of_sites = self.alone.copy()
        np.add.at(of_sites.T, self.source, by_source.T)
        np.add.at(of_sites.T, self.reader, by_reader.T)
        of_source = of_sites[:, self.source] - by_source
        of_reader = of_sites[:, self.reader] - by_reader
        return of_sites, self.pairs + of_source[:, None, :] + of_reader

    def rounded(self) -> list[int]:
        """Return the site that adds least for each step in turn, given those it reads from."""
        depth = np.zeros(self.alone.shape[1], dtype=np.int64)
        for source, reader in zip(self.source.tolist(), self.reader.tolist(), strict=True):
            depth[reader] = max(depth[reader], depth[source] + 1)
        added = self.alone.copy()
        sites = added.argmin(0)
        of_reader = depth[self.reader]
        order = np.argsort(of_reader, kind="stable")
        for edges in np.split(order, np.flatnonzero(np.diff(of_reader[order])) + 1):
            source, reader = self.source[edges], self.reader[edges]
            np.add.at(added.T, reader, self.pairs[sites[source], :, edges])
            sites[reader] = added[:, reader].argmin(0)
        found: list[int] = sites.tolist()
        return found

    def slack(self) -> Slack:
        """Return the bound and what decisions add to it, as lists."""
        pairs: list[list[tuple[int, Rows]]] = [[] for _ in range(self.alone.shape[1])]
        rows = np.moveaxis(self.pairs, 2, 0).tolist()
        for source, reader, its_rows in zip(
            self.source.tolist(), self.reader.tolist(), rows, strict=True
        ):
            pairs[reader].append((source, its_rows))
        return Slack(self.base, self.alone.T.tolist(), pairs)


def pairs_after(ascent: Ascent) -> Pairs:
    """Return what is left after a pass backward."""
    given = ascent.costs // ascent.parts
    shares, left, stars, firsts = [], [], [], []
    stars_before = pairs_before = 0
    for layer in ascent.layers:
        part = given[:, layer.reader] - layer.to_reader
        left.append(layer.share + part - layer.to_source[:, None, :])
        shares.append(layer.share)
        stars.append(layer.star + stars_before)
        firsts.append(layer.first + pairs_before)
        stars_before += len(layer.first)
        pairs_before += len(layer.source)
    sites = ascent.costs < ascent.problem.limit
    found = Pairs(
        base=0,
        alone=ascent.costs - given * ascent.reads,
        pairs=np.concatenate(left, axis=2),
        share=np.concatenate(shares, axis=2),
        source=np.concatenate([layer.source for layer in ascent.layers]),
        reader=np.concatenate([layer.reader for layer in ascent.layers]),
        star=np.concatenate(stars),
        first=np.concatenate(firsts),
        limit=ascent.problem.limit,
        sites=sites,
        site_pairs=np.ones((len(sites), len(sites), pairs_before), dtype=np.bool_),
    )
    found.tighten()
    return found
