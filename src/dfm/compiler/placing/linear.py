"""The best bound that pairs can give, as a linear program, for the extra `solver`.

Messages alone approach that bound slowly in the end. So the program is stated for what they have
left (`pairs.py`), with only those sites and pairs that cost next to nothing: that is a small
program, which starts from the bound there is. The prices it finds are taken over, in whole
nanoseconds, for all sites and pairs. So the new bound is exact, whatever the program left out or
rounded; what turns out to be missing is added the next time.

The program, with a column for each

    x   step and site               it is there
    p   pair and site of either     the source is here and the reader there
    z   value and two sites         it is sent from here to there, once for all who read it
    u   pair that shares a value    the value is sent, but this reader is not there

and rows that say that each step is somewhere, that p agrees with x for either step, and z = p + u.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dfm.compiler.placing.ascent import Flags, Ints
from dfm.compiler.placing.pairs import Pairs
from dfm.compiler.placing.simplex import Basis, Floats, Indices, Program, solved

PAIRS_PER_EDGE = 10
"""How many pairs of sites a program has at first, for each pair of a source and a reader."""

MOST_ROUNDS = 4
"""How often a program is stated again with what was missing."""

ROUNDED = 10
"""How far below zero a cost may be because prices were rounded."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A linear program, and what its columns and rows stand for."""

    program: Program
    """Its columns are first x, then p, z and u; its rows are steps, sources, readers and u."""

    x: tuple[Indices, Indices]
    p: tuple[Indices, Indices, Indices]
    sources: tuple[Indices, Indices]
    readers: tuple[Indices, Indices]
    u: Indices
    """Which of the pairs share a value."""

    unit: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Pairs with the better bound, how much of each step is at each site, and steps taken."""

    pairs: Pairs
    amounts: Floats
    steps: int
    basis: Basis | None
    """Where the solver may begin the next time."""


def improve_bound(pairs: Pairs, most_steps: int, basis: Basis | None = None) -> Outcome:
    """Return pairs with a better bound, or the same, in about so many steps of the simplex.

    What adds least is looked at first, and then what the prices show to be missing. A basis is
    that of the outcome before this one.
    """
    of_sites, of_pairs = pairs.added()
    most = _most_to_look_at(pairs, of_pairs)
    sites = pairs.sites & (of_sites <= most)
    site_pairs = pairs.site_pairs & (of_pairs <= most)
    site_pairs &= sites[:, None, pairs.source] & sites[None, :, pairs.reader]
    pairs.give_to(site_pairs, most)
    better, steps = pairs.copy(), 0
    for _ in range(MOST_ROUNDS):
        stated = _stated(better, sites, site_pairs, max(most, 1) / 1e4)
        answer = solved(stated.program, basis)
        _take_prices(better, stated, answer.prices)
        steps, basis = steps + answer.steps, answer.basis
        least = np.where(sites, better.alone, better.limit).min(0)
        better.alone -= least
        better.base += sum(least.tolist())
        if not _add_missing(better, sites, site_pairs) or steps >= most_steps:
            break
    better.tighten()
    amounts = np.zeros(pairs.alone.shape)
    amounts[stated.x[1], stated.x[0]] = answer.values[: len(stated.x[0])]
    return Outcome(better if better.base > pairs.base else pairs, amounts, steps, basis)


def _most_to_look_at(pairs: Pairs, of_pairs: Ints) -> int:
    """Return what the pairs of sites that are looked at first may add."""
    added = of_pairs[pairs.site_pairs]
    count = PAIRS_PER_EDGE * len(pairs.source)
    return int(np.partition(added, count)[count] if count < len(added) else added.max())


def _add_missing(pairs: Pairs, sites: Flags, site_pairs: Flags) -> bool:
    """Add what is not in the program and would make its solution cheaper; tell if there was any.

    A pair that has become too cheap is no matter if one of its sites can pay for it.
    """
    pairs.pairs[~pairs.site_pairs] = pairs.limit
    gain = np.minimum(pairs.pairs.min(0), 0) * ~sites[:, pairs.reader]
    pairs.pairs -= gain
    np.add.at(pairs.alone.T, pairs.reader, gain.T)
    gain = np.minimum(pairs.pairs.min(1), 0) * ~sites[:, pairs.source]
    pairs.pairs -= gain[:, None, :]
    np.add.at(pairs.alone.T, pairs.source, gain.T)
    more_sites = pairs.sites & ~sites & (pairs.alone < -ROUNDED)
    sites |= more_sites
    most = np.where(
        more_sites[:, None, pairs.source] | more_sites[None, :, pairs.reader], ROUNDED, -ROUNDED
    )
    more_pairs = pairs.site_pairs & ~site_pairs & (pairs.pairs < most)
    more_pairs &= sites[:, None, pairs.source] & sites[None, :, pairs.reader]
    site_pairs |= more_pairs
    return bool(more_sites.any() or more_pairs.any())


class _Rows:
    """Rows of a program in the making."""

    def __init__(self) -> None:
        self.entries: list[tuple[Indices, Indices, float]] = []
        self.sums: list[Floats] = []

    def add(self, sums: Floats, *terms: tuple[Indices, Indices, float]) -> None:
        """Add rows with these sums; terms are the numbers of rows among them, and columns."""
        before = sum(map(len, self.sums))
        self.entries += [(before + row, column, number) for row, column, number in terms]
        self.sums.append(sums)

    def all(self) -> tuple[Indices, Indices, Floats]:
        """Return the row, the column and the value of all entries."""
        return (
            np.concatenate([row for row, _, _ in self.entries]),
            np.concatenate([column for _, column, _ in self.entries]),
            np.concatenate([np.full(len(row), number) for row, _, number in self.entries]),
        )


def _stated(pairs: Pairs, sites: Flags, site_pairs: Flags, unit: float) -> Stated:
    """State the program for some sites and pairs, with costs in a unit."""
    count, steps = sites.shape
    step, site = np.nonzero(sites.T)
    here, there, pair = np.nonzero(site_pairs)
    is_shared = (np.bincount(pairs.star)[pairs.star[pair]] > 1) & (here != there)
    u = np.flatnonzero(is_shared)
    values, z = np.unique(
        (pairs.star[pair[u]] * count + here[u]) * count + there[u], return_inverse=True
    )
    x = np.full((steps, count), -1, dtype=np.intp)
    x[step, site] = np.arange(len(step))
    p = len(step) + np.arange(len(pair))
    first_z = len(step) + len(pair)
    first_u = first_z + len(values)

    rows = _Rows()
    rows.add(np.ones(steps), (step, x[step, site], 1.0))
    ends = []
    for steps_of_pairs, its_site in ((pairs.source, here), (pairs.reader, there)):
        end, row = np.unique(pair * count + its_site, return_inverse=True)
        its_x = x[steps_of_pairs[end // count], end % count]
        rows.add(np.zeros(len(end)), (row, p, 1.0), (np.arange(len(end)), its_x, -1.0))
        ends.append(end)
    each = np.arange(len(u))
    rows.add(
        np.zeros(len(u)), (each, first_z + z, 1.0), (each, p[u], -1.0), (each, first_u + each, -1.0)
    )
    costs = (
        pairs.alone[site, step],
        pairs.pairs[here, there, pair],
        np.zeros(len(values)),
        pairs.share[here[u], there[u], pair[u]],
    )
    pair_names = (pair * count + here) * count + there
    program = Program(
        costs=np.asarray(np.concatenate(costs) / unit, dtype=np.float64),
        entries=rows.all(),
        sums=np.concatenate(rows.sums),
        columns=_names(step * count + site, pair_names, values, pair_names[u]),
        rows=_names(np.arange(steps), *ends, pair_names[u]),
    )
    sources, readers = (np.divmod(end, count) for end in ends)
    return Stated(program, (step, site), (here, there, pair), sources, readers, u, unit)


def _names(*kinds: Indices) -> Indices:
    """Return numbers that tell names of different kinds apart; each kind counts by itself."""
    return np.concatenate([names * len(kinds) + kind for kind, names in enumerate(kinds)])


def _take_prices(pairs: Pairs, stated: Stated, prices: Floats) -> None:
    """Move costs in `pairs` as the prices of the program's rows say, in whole nanoseconds."""
    count, steps = pairs.alone.shape
    # Any prices make a valid bound, if their sums are integers of 64 bits.
    is_price = np.abs(prices) < pairs.limit / stated.unit
    whole: Ints = np.rint(np.where(is_price, prices, 0) * stated.unit).astype(np.int64)
    sizes = [steps, len(stated.sources[0]), len(stated.readers[0])]
    _, of_sources, of_readers, of_values = np.split(whole, np.cumsum(sizes))
    to_source: Ints = np.zeros((count, len(pairs.source)), dtype=np.int64)
    to_reader, share = to_source.copy(), np.zeros_like(pairs.share)
    to_source[stated.sources[1], stated.sources[0]] = of_sources
    to_reader[stated.readers[1], stated.readers[0]] = of_readers
    here, there, pair = stated.p
    share[here[stated.u], there[stated.u], pair[stated.u]] = of_values
    pairs.move(to_source, to_reader, share)
