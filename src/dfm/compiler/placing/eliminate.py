"""The cheapest choice, by eliminating one variable after another.

Variables have small domains; factors are tables of integer costs over some of them. To
eliminate a variable is to add up the tables it is in and to remember, for each choice of its
neighbours, which of its own values is cheapest. What remains does not mention it. This is
exact, and takes time linear in the number of variables as long as the tables stay small, as
they do on chains, trees and series-parallel graphs. Other graphs are refused before any work.

A fan (`fans.py`) joins any number of variables without a table over all of them.

Costs are integers so that equal costs are equal; of equal choices the first value wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from operator import add, itemgetter
from typing import Protocol

from dfm.compiler.placing.elimination_order import MOST_ENTRIES, TooWide, elimination_order
from dfm.compiler.placing.fans import Fan, OpenFan, Row

__all__ = ["MOST_ENTRIES", "Factor", "TooWide", "cheapest"]


@dataclass(frozen=True, slots=True)
class Factor:
    """A cost for each choice of the variables in `scope`; the last one varies fastest."""

    scope: tuple[int, ...]
    table: Sequence[int]


Spread = Callable[[Sequence[int]], tuple[int, ...]]


class Eliminated(Protocol):
    """What was eliminated: how to read it back."""

    def read_back(self, values: list[int]) -> None:
        """Set its own value, given those of what was eliminated later."""


def cheapest(
    domains: Sequence[int],
    factors: Iterable[Factor],
    fans: Sequence[Fan] = (),
    order: Sequence[int] | None = None,
) -> list[int]:
    """Return the value of each variable for which factors and fans add up to least.

    `order` is what `elimination_order` returns for them.

    >>> cheapest([2, 2], [Factor((0,), [5, 0]), Factor((0, 1), [0, 9, 9, 0])])
    [1, 1]

    Raises:
        TooWide: when that would take too much memory or time.
    """
    factors = list(factors)
    if order is None:
        order = elimination_order(domains, [f.scope for f in factors], fans)
    elimination = _Elimination(domains, fans, order)
    for factor in factors:
        elimination.keep(factor.scope, factor.table)
    for node in order:
        elimination.eliminate(node)
    return elimination.values()


class _Elimination:
    """What is left while variables and fans are eliminated, and what has been found for them."""

    def __init__(self, domains: Sequence[int], fans: Sequence[Fan], order: Sequence[int]) -> None:
        self._domains = domains
        self._position = {node: n for n, node in enumerate(order)}
        self._waiting: defaultdict[int, list[Factor]] = defaultdict(list)
        self._fans = [OpenFan(fan, domains) for fan in fans]
        self._taken_by = {
            member: self._fans[n]
            for n, fan in enumerate(fans)
            for member in fan.marks
            if self._position[member] < self._position[len(domains) + n]
        }
        self._done: list[Eliminated] = []

    def keep(self, scope: tuple[int, ...], table: Sequence[int]) -> None:
        """Keep a factor until the first of its variables is eliminated."""
        if scope:
            first = min(scope, key=self._position.__getitem__)
            self._waiting[first].append(Factor(scope, table))

    def eliminate(self, node: int) -> None:
        """Eliminate a variable, or a fan, and keep what is left of it."""
        if node >= len(self._domains):
            fan = self._fans[node - len(self._domains)]
            self.keep(*fan.close())
            self._done.append(fan)
            return
        domains = self._domains
        others, rows = _joined(node, self._waiting.pop(node, []), domains)
        taker = self._taken_by.get(node)
        if taker is not None:
            self.keep(others, taker.take(node, others, rows))
            self._done.append(_Taken(node, others, domains, rows, taker.marks_of(node), taker))
        else:
            table = list(map(min, rows))
            self.keep(others, table)
            self._done.append(_Best(node, others, domains, list(map(tuple.index, rows, table))))

    def values(self) -> list[int]:
        """Return the values, read back from what was eliminated last to first."""
        values = [0] * len(self._domains)
        for each in reversed(self._done):
            each.read_back(values)
        return values


def _row(scope: Sequence[int], domains: Sequence[int], values: Sequence[int]) -> int:
    index = 0
    for variable in scope:
        index = index * domains[variable] + values[variable]
    return index


@dataclass(frozen=True, slots=True)
class _Best:
    """The best value of a variable for each choice of its neighbours."""

    variable: int
    others: tuple[int, ...]
    domains: Sequence[int]
    best: Sequence[int]

    def read_back(self, values: list[int]) -> None:
        values[self.variable] = self.best[_row(self.others, self.domains, values)]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A member of a fan: its costs, from which the best is read once the set is known."""

    variable: int
    others: tuple[int, ...]
    domains: Sequence[int]
    rows: Sequence[Row]
    marks: Sequence[int]
    fan: OpenFan

    def read_back(self, values: list[int]) -> None:
        row = self.rows[_row(self.others, self.domains, values)]
        fitting = [n for n, mark in enumerate(self.marks) if mark & self.fan.chosen]
        values[self.variable] = min(fitting or range(len(row)), key=row.__getitem__)


def _joined(
    variable: int, factors: Sequence[Factor], domains: Sequence[int]
) -> tuple[tuple[int, ...], list[Row]]:
    """Return a variable's neighbours, and its costs for each choice of theirs."""
    others = tuple(sorted({v for f in factors for v in f.scope} - {variable}))
    scope = (*others, variable)
    sizes = tuple(domains[v] for v in scope)
    total: tuple[int, ...] | None = None
    for factor in factors:
        table = factor.table
        if factor.scope != scope:
            positions = tuple(scope.index(v) for v in factor.scope)
            table = _spread(sizes, positions)(table)
        total = tuple(table) if total is None else tuple(map(add, total, table))
    if total is None:
        total = (0,) * prod(sizes)
    width = sizes[-1]
    return others, [total[n : n + width] for n in range(0, len(total), width)]


@lru_cache(maxsize=1024)
def _spread(sizes: tuple[int, ...], positions: tuple[int, ...]) -> Spread:
    """Return what makes a table over some variables of a joint table as long as that one."""
    strides = [0] * len(sizes)
    stride = 1
    for position in reversed(positions):
        strides[position] = stride
        stride *= sizes[position]
    indices = [0]
    for size, stride in zip(sizes, strides, strict=True):
        indices = [index + value * stride for index in indices for value in range(size)]
    return itemgetter(*indices) if len(indices) > 1 else tuple
