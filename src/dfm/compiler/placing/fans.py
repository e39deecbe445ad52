"""Fans: many variables, and a cost for the set of what they come to.

A value that many steps read is sent once to each site that reads it. What that costs depends on
where it is made and on the *set* of sites that read it, not on which of them reads it where. So
each value of a member bears a mark, and the marks of all members together have a price. Marks
are powers of two and a set of them is their sum, the number of an entry in a list of prices.

A member that has no other ties is cheapest at the best value whose mark is in the set. As a
function of the set that is a few numbers: with its values in order of cost, what it pays more
if the first few are all missing. Numbers of many members add up before anything is done for all
sets at once, so a fan takes time linear in its members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from operator import add

from dfm.compiler.placing.problem import FORBIDDEN

Row = tuple[int, ...]
_Alike = tuple[tuple[Row, ...], Row]
"""The costs and the marks of a member: members often have the same."""


@dataclass(frozen=True, slots=True)
class Fan:
    """The price of the set of its members' marks, for each choice of the variables in `scope`.

    `prices` makes them, when they are needed: a list with an entry for each of the `sets`, for
    each choice of the scope, of which the last variable varies fastest. A set that contains
    another never has the lower price.
    """

    scope: tuple[int, ...]
    marks: Mapping[int, tuple[int, ...]]
    sets: int
    prices: Callable[[], Sequence[Sequence[int]]]


class OpenFan:
    """A fan of which some members have been eliminated."""

    def __init__(self, fan: Fan, domains: Sequence[int]) -> None:
        self._fan = fan
        self._domains = domains
        self._left = dict(fan.marks)
        self._taken: dict[tuple[int, ...], dict[_Alike, int]] = {}
        self._missing: dict[tuple[int, ...], list[list[int]]] = {}
        self._prices: Sequence[Sequence[int]] = ()
        self._scope: tuple[int, ...] = ()
        self.chosen = 0

    def take(self, member: int, others: tuple[int, ...], rows: Sequence[Row]) -> list[int]:
        """Eliminate a member, and return what it costs at least for each choice of the others."""
        alike = (tuple(rows), self._left.pop(member))
        taken = self._taken.setdefault(others, {})
        taken[alike] = taken.get(alike, 0) + 1
        return list(map(min, rows))

    def marks_of(self, member: int) -> tuple[int, ...]:
        """Return the marks of a member's values."""
        return self._fan.marks[member]

    def close(self) -> tuple[tuple[int, ...], list[int]]:
        """Eliminate the set, and return what is left: a scope and its table."""
        inner = sorted({*self._fan.scope, *(v for others in self._taken for v in others)})
        outer = sorted(self._left.keys() - set(inner))
        self._scope = (*inner, *outer)
        self._prices = self._fan.prices()
        for others, taken in self._taken.items():
            self._missing[others] = _missing(taken, self._fan.sets)
        table = []
        for values in product(*(range(self._domains[v]) for v in inner)):
            known = dict(zip(inner, values, strict=True))
            costs = self._costs(known)
            if not self._left:
                table.append(min(costs))
                continue
            best = _least_of_larger(costs)
            for more in product(*(range(self._domains[v]) for v in outer)):
                known.update(zip(outer, more, strict=True))
                table.append(best[self._marked(known)])
        return self._scope, table

    def read_back(self, values: Sequence[int]) -> None:
        """Choose the set, given the values of all that was eliminated later."""
        known = {variable: values[variable] for variable in self._scope}
        costs, marked = self._costs(known), self._marked(known)
        fitting = (n for n in range(len(costs)) if n & marked == marked)
        self.chosen = min(fitting, key=costs.__getitem__)

    def _marked(self, values: Mapping[int, int]) -> int:
        marked = 0
        for member, marks in self._left.items():
            marked |= marks[values[member]]
        return marked

    def _costs(self, values: Mapping[int, int]) -> list[int]:
        """Return what each set costs, with all members that have been eliminated."""
        costs = list(self._prices[self._index(self._fan.scope, values)])
        for others, missing in self._missing.items():
            costs = list(map(add, costs, missing[self._index(others, values)]))
        return costs

    def _index(self, scope: Sequence[int], values: Mapping[int, int]) -> int:
        index = 0
        for variable in scope:
            index = index * self._domains[variable] + values[variable]
        return index


def _missing(taken: Mapping[_Alike, int], sets: int) -> list[list[int]]:
    """Return what members pay more for each set, for each choice of what they depend on."""
    choices = len(next(iter(taken))[0])
    sums = [[0] * sets for _ in range(choices)]
    for (rows, marks), times in taken.items():
        for row, its_sums in zip(rows, sums, strict=True):
            missing, paid = 0, min(row)
            for cost, mark in sorted(zip(row, marks, strict=True)):
                if cost > paid:
                    its_sums[missing] += (cost - paid) * times
                    paid = cost
                missing |= mark
            its_sums[missing] += FORBIDDEN
    return [_sum_of_smaller(its_sums)[::-1] for its_sums in sums]


def _sum_of_smaller(numbers: Sequence[int]) -> list[int]:
    """Return for each set the sum over all sets that are part of it."""
    sums = list(numbers)
    step = 1
    while step < len(sums):
        for start in range(0, len(sums), 2 * step):
            middle, end = start + step, start + 2 * step
            sums[middle:end] = map(add, sums[start:middle], sums[middle:end])
        step *= 2
    return sums


def _least_of_larger(numbers: Sequence[int]) -> list[int]:
    """Return for each set the least of all sets that contain it."""
    least = list(numbers)
    step = 1
    while step < len(least):
        for start in range(0, len(least), 2 * step):
            middle, end = start + step, start + 2 * step
            least[start:middle] = map(min, least[start:middle], least[middle:end])
        step *= 2
    return least
