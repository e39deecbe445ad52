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
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from dfm.compiler.placing.ascent import Flags, Ints
from dfm.compiler.placing.pairs import Pairs

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MOST_ITERATIONS = 6_000
"""How many steps the simplex algorithm may take; prices are of use even before its end."""

PAIRS_PER_EDGE = 10
"""How many pairs of sites a program has at first, for each pair of a source and a reader."""

MOST_ROUNDS = 4
"""How often a program is stated again with what was missing."""

ROUNDED = 10
"""How far below zero a cost may be because prices were rounded."""

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "presolve": "off",
    "solver": "simplex",
    "simplex_iteration_limit": MOST_ITERATIONS,
}


@dataclass(frozen=True, slots=True)
class Program:
    """A linear program by its columns and rows, and what they stand for."""

    columns: Floats
    """What each column costs: first x, then p, z and u."""

    entries: tuple[Indices, Indices, Floats]
    """The row, the column and the value of what is not zero."""

    sums: Floats
    """What each row comes to: those of steps, of sources, of readers and of shared values."""

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


def improve_bound(pairs: Pairs, most_steps: int) -> Outcome:
    """Return pairs with a better bound, or the same, in about so many steps of the simplex.

    What adds least is looked at first, and then what the prices show to be missing.
    """
    of_sites, of_pairs = pairs.added()
    most = _most_to_look_at(pairs, of_pairs)
    sites = pairs.sites & (of_sites <= most)
    site_pairs = pairs.site_pairs & (of_pairs <= most)
    site_pairs &= sites[:, None, pairs.source] & sites[None, :, pairs.reader]
    pairs.give_to(site_pairs, most)
    better, steps = pairs.copy(), 0
    for _ in range(MOST_ROUNDS):
        program = stated(better, sites, site_pairs, max(most, 1) / 1e4)
        amounts, taken = _solved(better, program)
        steps += taken
        least = np.where(sites, better.alone, better.limit).min(0)
        better.alone -= least
        better.base += sum(least.tolist())
        if not _add_missing(better, sites, site_pairs) or steps >= most_steps:
            break
    better.tighten()
    return Outcome(better if better.base > pairs.base else pairs, amounts, steps)


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


def _solved(pairs: Pairs, program: Program) -> tuple[Floats, int]:
    """Move costs as the program's prices say; return its solution for steps, and steps taken."""
    values, prices, taken = answer(program)
    _take_prices(pairs, program, prices)
    amounts = np.zeros(pairs.alone.shape)
    amounts[program.x[1], program.x[0]] = values[: len(program.x[0])]
    return amounts, taken


def answer(program: Program) -> tuple[Floats, Floats, int]:
    """Return the solver's values of columns and prices of rows, and the steps that it took."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in OPTIONS.items():
        solver.setOptionValue(option, value)
    solver.passModel(_passed(program))
    solver.run()
    solution = solver.getSolution()
    steps = int(solver.getInfo().simplex_iteration_count)
    if not (solution.value_valid and solution.dual_valid):
        return np.zeros(len(program.columns)), np.zeros(len(program.sums)), steps
    prices = np.array(solution.row_dual) * program.unit
    return np.array(solution.col_value), prices, steps


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


def stated(pairs: Pairs, sites: Flags, site_pairs: Flags, unit: float) -> Program:
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
        keys, row = np.unique(pair * count + its_site, return_inverse=True)
        end = (keys // count, keys % count)
        its_x = x[steps_of_pairs[end[0]], end[1]]
        rows.add(np.zeros(len(keys)), (row, p, 1.0), (np.arange(len(keys)), its_x, -1.0))
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
    return Program(
        columns=np.asarray(np.concatenate(costs) / unit, dtype=np.float64),
        entries=rows.all(),
        sums=np.concatenate(rows.sums),
        x=(step, site),
        p=(here, there, pair),
        sources=ends[0],
        readers=ends[1],
        u=u,
        unit=unit,
    )


def _passed(program: Program) -> highspy.HighsLp:
    """Return a program in the solver's own form."""
    row, column, number = program.entries
    order = np.lexsort((row, column))
    size = len(program.columns)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = size, len(program.sums)
    lp.col_cost_ = program.columns
    lp.col_lower_, lp.col_upper_ = np.zeros(size), np.ones(size)
    lp.row_lower_ = lp.row_upper_ = program.sums
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    starts = np.concatenate(([0], np.cumsum(np.bincount(column, minlength=size))))
    lp.a_matrix_.start_, lp.a_matrix_.index_ = starts, row[order]
    lp.a_matrix_.value_ = number[order]
    return lp


def _take_prices(pairs: Pairs, program: Program, prices: Floats) -> None:
    """Move costs in `pairs` as the prices of the program's rows say, in whole nanoseconds."""
    count, steps = pairs.alone.shape
    # Any prices make a valid bound, if their sums are integers of 64 bits.
    is_price = np.abs(prices) < pairs.limit
    whole: Ints = np.where(is_price, np.rint(prices), 0).astype(np.int64)
    sizes = [steps, len(program.sources[0]), len(program.readers[0])]
    _, of_sources, of_readers, of_values = np.split(whole, np.cumsum(sizes))
    to_source: Ints = np.zeros((count, len(pairs.source)), dtype=np.int64)
    to_reader, share = to_source.copy(), np.zeros_like(pairs.share)
    to_source[program.sources[1], program.sources[0]] = of_sources
    to_reader[program.readers[1], program.readers[0]] = of_readers
    here, there, pair = program.p
    share[here[program.u], there[program.u], pair[program.u]] = of_values
    pairs.move(to_source, to_reader, share)
