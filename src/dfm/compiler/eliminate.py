"""The cheapest choice, by eliminating one variable after another.

Variables have small domains; factors are tables of integer costs over some of them. To
eliminate a variable is to add up the tables it is in and to remember, for each choice of its
neighbours, which of its own values is cheapest. What remains does not mention it. This is
exact, and takes time linear in the number of variables as long as the tables stay small, as
they do on chains, trees and series-parallel graphs. Other graphs are refused before any work.

Costs are integers so that equal costs are equal; of equal choices the first value wins.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from operator import itemgetter

MOST_ENTRIES = 20_000
"""How large one table may be."""

MOST_WORK = 5_000_000
"""How many table entries may be computed in all."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A cost for each choice of the variables in `scope`; the last one varies fastest."""

    scope: tuple[int, ...]
    table: Sequence[int]


Spread = Callable[[Sequence[int]], tuple[int, ...]]


class TooWide(Exception):
    """No order of elimination was found in which the tables stay small."""


def cheapest(domains: Sequence[int], factors: Iterable[Factor]) -> list[int]:
    """Return the value of each variable for which the factors add up to least.

    >>> cheapest([2, 2], [Factor((0,), [5, 0]), Factor((0, 1), [0, 9, 9, 0])])
    [1, 1]

    Raises:
        TooWide: when that would take too much memory or time.
    """
    factors = list(factors)
    order = _order(domains, [f.scope for f in factors])
    waiting: defaultdict[int, list[Factor]] = defaultdict(list)
    position = {variable: n for n, variable in enumerate(order)}
    for factor in factors:
        if factor.scope:
            waiting[min(factor.scope, key=position.__getitem__)].append(factor)
    choices: list[tuple[int, tuple[int, ...], list[int]]] = []
    for variable in order:
        rest, best = _eliminate(variable, waiting.pop(variable, []), domains)
        choices.append((variable, rest.scope, best))
        if rest.scope:
            waiting[min(rest.scope, key=position.__getitem__)].append(rest)
    return _read_back(choices, domains)


def _read_back(
    choices: Sequence[tuple[int, tuple[int, ...], list[int]]], domains: Sequence[int]
) -> list[int]:
    values = [0] * len(domains)
    for variable, scope, best in reversed(choices):
        index = 0
        for other in scope:
            index = index * domains[other] + values[other]
        values[variable] = best[index]
    return values


def _eliminate(
    variable: int, factors: Sequence[Factor], domains: Sequence[int]
) -> tuple[Factor, list[int]]:
    """Return what the factors cost at best without the variable, and its best values."""
    others = tuple(sorted({v for f in factors for v in f.scope} - {variable}))
    scope = (*others, variable)
    sizes = tuple(domains[v] for v in scope)
    spread_tables = [
        _spread(sizes, tuple(scope.index(v) for v in factor.scope))(factor.table)
        for factor in factors
    ]
    total = tuple(map(sum, zip(*spread_tables, strict=True))) or (0,) * prod(sizes)
    rows = [total[n : n + sizes[-1]] for n in range(0, len(total), sizes[-1])]
    table = list(map(min, rows))
    return Factor(others, table), list(map(tuple.index, rows, table))


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


def _order(domains: Sequence[int], scopes: Iterable[tuple[int, ...]]) -> list[int]:
    """Return the variables in the order in which the next table is always the smallest."""
    neighbours: list[set[int]] = [set() for _ in domains]
    for scope in scopes:
        if prod(domains[v] for v in scope) > MOST_ENTRIES:
            raise TooWide
        for variable in scope:
            neighbours[variable].update(v for v in scope if v != variable)

    def entries(variable: int) -> int:
        return domains[variable] * prod(domains[v] for v in neighbours[variable])

    queue = [(entries(v), v) for v in range(len(domains))]
    heapq.heapify(queue)
    done: dict[int, None] = {}
    work = 0
    while queue:
        size, variable = heapq.heappop(queue)
        if variable in done or size != entries(variable):
            continue
        work += size
        if size > MOST_ENTRIES or work > MOST_WORK:
            raise TooWide
        done[variable] = None
        for other in sorted(neighbours[variable]):
            neighbours[other] |= neighbours[variable]
            neighbours[other] -= {variable, other}
            heapq.heappush(queue, (entries(other), other))
    return list(done)
