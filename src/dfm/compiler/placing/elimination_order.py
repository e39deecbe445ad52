"""In which order to eliminate variables and fans, so that tables stay small.

The next is always the one whose table is smallest now. Fans are numbered after the variables. A
member of a fan can be eliminated before it, into it, unless it belongs to two fans; a variable
that a fan's prices depend on, itself or through members that are gone, cannot. Only sizes are
looked at here, so what is too wide is refused before any work.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence

from dfm.compiler.placing.fans import Fan

MOST_ENTRIES = 20_000
"""How large one table may be."""

MOST_WORK = 5_000_000
"""How many table entries may be computed in all."""

FEW_MEMBERS = 16
"""How many members a fan may have for another look at its size to be worth the time."""

SETS_PER_ENTRY = 10
"""How many sets of a fan take about as long as one table entry."""


class TooWide(Exception):
    """No order of elimination was found in which the tables stay small."""


def elimination_order(
    domains: Sequence[int], scopes: Iterable[tuple[int, ...]], fans: Sequence[Fan] = ()
) -> list[int]:
    """Return variables and fans in the order in which the next table is always the smallest.

    Raises:
        TooWide: when a table, or all together, would be too large.
    """
    return _Ordering(domains, scopes, fans).order()


def size_of_table(domains: Sequence[int], variables: Iterable[int], most: int) -> int:
    """Return the size of a table over variables, or any size that is more than `most`."""
    size = 1
    for variable in variables:
        size *= domains[variable]
        if size > most:
            break
    return size


class _Ordering:
    def __init__(
        self, domains: Sequence[int], scopes: Iterable[tuple[int, ...]], fans: Sequence[Fan]
    ) -> None:
        self._domains = domains
        self._first_fan = len(domains)
        self._neighbours: list[set[int]] = [set() for _ in domains]
        for scope in scopes:
            self._join(scope)
        self._sets = [fan.sets for fan in fans]
        self._needs = [set(fan.scope) for fan in fans]
        self._members = [set(fan.marks) for fan in fans]
        self._fans_of: defaultdict[int, set[int]] = defaultdict(set)
        self._needed_by: defaultdict[int, set[int]] = defaultdict(set)
        for number, fan in enumerate(fans):
            for variable in fan.marks:
                self._fans_of[variable].add(number)
            for variable in fan.scope:
                self._needed_by[variable].add(number)

    def order(self) -> list[int]:
        """Return the order."""
        nodes = self._first_fan + len(self._needs)
        queue = [(self._entries(node), node) for node in range(nodes)]
        heapq.heapify(queue)
        done: dict[int, None] = {}
        work = 0
        while queue:
            size, node = heapq.heappop(queue)
            if node in done:
                continue
            if size != (now := self._entries(node)):
                heapq.heappush(queue, (now, node))
                continue
            work += size
            if size > MOST_ENTRIES or work > MOST_WORK:
                raise TooWide
            done[node] = None
            changed = self._remove(node)
            for other in sorted(other for other in changed if other not in done):
                heapq.heappush(queue, (self._entries(other), other))
        return list(done)

    def _entries(self, node: int) -> int:
        """Return the size of the largest table that eliminating a node takes."""
        if node >= self._first_fan:
            fan = node - self._first_fan
            needs = self._needs[fan]
            inner = self._size(needs)
            outer = self._size(v for v in self._members[fan] if v not in needs)
            return inner * (self._sets[fan] // SETS_PER_ENTRY + outer)
        if self._needed_by[node] or len(self._fans_of[node]) > 1:
            return MOST_ENTRIES + 1
        others = self._neighbours[node]
        size = self._domains[node] * self._size(others)
        for fan in self._fans_of[node]:
            # The fan's prices will depend on the others, which may be the larger table.
            if not others <= self._needs[fan]:
                inner = self._size(self._needs[fan] | others)
                size = max(size, inner * self._sets[fan] // SETS_PER_ENTRY)
        return size

    def _size(self, variables: Iterable[int]) -> int:
        return size_of_table(self._domains, variables, MOST_ENTRIES)

    def _remove(self, node: int) -> set[int]:
        """Eliminate a node, and return those whose tables changed."""
        if node >= self._first_fan:
            return self._remove_fan(node - self._first_fan)
        others = self._neighbours[node]
        for other in others:
            self._neighbours[other].discard(node)
        self._join(others)
        changed = set(others)
        for fan in self._fans_of[node]:
            self._members[fan].discard(node)
            self._needs[fan] |= others
            for other in others:
                self._needed_by[other].add(fan)
            if len(self._members[fan]) <= FEW_MEMBERS:
                changed.add(self._first_fan + fan)
        return changed

    def _remove_fan(self, fan: int) -> set[int]:
        scope = self._needs[fan] | self._members[fan]
        for variable in scope:
            self._needed_by[variable].discard(fan)
            self._fans_of[variable].discard(fan)
        self._join(scope)
        return scope

    def _join(self, scope: Iterable[int]) -> None:
        scope = tuple(scope)
        if self._size(scope) > MOST_ENTRIES:
            raise TooWide
        for variable in scope:
            self._neighbours[variable].update(scope)
            self._neighbours[variable].discard(variable)
