"""A bound for a total, by messages between steps: in pure Python, for any integers.

Each value's cost is shared out among its readers, so that what remains are pairs: a source and
a reader. Steps then send each other messages along these pairs: a step tells its sources, or its
readers, what its own costs mean for them. Every message moves costs about without changing what
any choice costs; what the pairs and the steps cost at least, each by itself, then is a bound.
After each pass the shares of readers that do not need theirs go to those that do.

This is dual block-coordinate ascent on the local polytope, with the sequential schedule known as
TRW-S. It ends after a number of passes, not when nothing improves, and is not always tight.
`ascent.py` does the same with arrays.
"""

from __future__ import annotations

from operator import add, sub

from dfm.compiler.placing.relaxation import Relaxation, Star
from dfm.compiler.placing.slack import Rows, Slack


class _Edge:
    """A source and a reader: the share of the cost, and the messages to either."""

    __slots__ = ("least", "reader", "share", "to_reader", "to_source")

    def __init__(self, reader: int, share: list[list[int]]) -> None:
        self.reader = reader
        self.share = share
        self.to_source = [0] * len(share)
        self.to_reader = [0] * len(share)
        self.least = 0


class Messages:
    """Passes back and forth; the bound is valid after each."""

    def __init__(self, problem: Relaxation) -> None:
        self._costs = [list(work) for work in problem.work]
        self._stars = [(star.source, _shared_out(star)) for star in problem.stars]
        makes, reads = [0] * len(self._costs), [0] * len(self._costs)
        for star in problem.stars:
            makes[star.source] += len(star.readers)
            for reader in star.readers:
                reads[reader] += 1
        self._makes, self._reads = makes, reads
        self._parts = [max(pair) or 1 for pair in zip(makes, reads, strict=True)]

    def backward(self) -> int:
        """Tell sources what their readers would like, last ones first; return the bound."""
        bound = 0
        for source, edges in reversed(self._stars):
            slacks = []
            for edge in edges:
                part = self._part(edge.reader, edge.to_reader)
                rows = [list(map(add, part, row)) for row in edge.share]
                message = list(map(min, rows))
                slacks.append([[x - m for x in row] for row, m in zip(rows, message, strict=True)])
                edge.least = min(message)
                bound += edge.least
                message = [m - edge.least for m in message]
                self._replace(source, edge.to_source, message)
                edge.to_source = message
            if len(edges) > 1:
                _give(edges, slacks)
        return bound + self._left(self._reads)

    def forward(self) -> int:
        """Tell readers where their values are, first ones first; return the bound."""
        bound = 0
        for source, edges in self._stars:
            slacks = []
            for edge in edges:
                part = self._part(source, edge.to_source)
                rows = [[x + p for x in row] for row, p in zip(edge.share, part, strict=True)]
                message = list(map(min, *rows)) if len(rows) > 1 else rows[0]
                slacks.append([list(map(sub, row, message)) for row in rows])
                edge.least = min(message)
                bound += edge.least
                message = [m - edge.least for m in message]
                self._replace(edge.reader, edge.to_reader, message)
                edge.to_reader = message
            if len(edges) > 1:
                _give(edges, slacks)
        return bound + self._left(self._makes)

    def _part(self, step: int, message: list[int]) -> list[int]:
        parts = self._parts[step]
        return [cost // parts - m for cost, m in zip(self._costs[step], message, strict=True)]

    def _replace(self, step: int, before: list[int], after: list[int]) -> None:
        costs = self._costs[step]
        self._costs[step] = [c + a - b for c, a, b in zip(costs, after, before, strict=True)]

    def _left(self, pairs: list[int]) -> int:
        """Return what steps cost at least after giving its part to each of their pairs."""
        return sum(
            min(costs) if not taken else min([c - c // parts * taken for c in costs])
            for costs, parts, taken in zip(self._costs, self._parts, pairs, strict=True)
        )

    def slack(self) -> Slack:
        """Return the bound after a pass backward, and what decisions add to it."""
        alone, bound = [], 0
        for costs, parts, taken in zip(self._costs, self._parts, self._reads, strict=True):
            left = [cost - cost // parts * taken for cost in costs]
            least = min(left)
            bound += least
            alone.append([cost - least for cost in left])
        pairs: list[list[tuple[int, Rows]]] = [[] for _ in self._costs]
        for source, edges in self._stars:
            for edge in edges:
                part = self._part(edge.reader, edge.to_reader)
                rows = [
                    [x + p - m - edge.least for x, p in zip(row, part, strict=True)]
                    for row, m in zip(edge.share, edge.to_source, strict=True)
                ]
                pairs[edge.reader].append((source, rows))
                bound += edge.least
        return Slack(bound, alone, pairs)


def _shared_out(star: Star) -> list[_Edge]:
    """Return the edges of a star, each with an equal share of the cost."""
    count = len(star.readers)
    share = [[cost // count for cost in row] for row in star.cost]
    first = [
        [cost - (count - 1) * part for cost, part in zip(row, parts, strict=True)]
        for row, parts in zip(star.cost, share, strict=True)
    ]
    return [
        _Edge(reader, [list(row) for row in (share if n else first)])
        for n, reader in enumerate(star.readers)
    ]


def _give(edges: list[_Edge], slacks: list[list[list[int]]]) -> None:
    """Move shares of readers that do not need them to all readers alike.

    A share can be taken as far as there is slack: the least of the pair stays as it is.
    """
    count = len(edges)
    for site in range(len(edges[0].share)):
        rows = [edge.share[site] for edge in edges]
        free = [list(map(min, row, slack[site])) for row, slack in zip(rows, slacks, strict=True)]
        pool = list(map(sum, zip(*free, strict=True)))
        if not any(pool):
            continue
        each = [total // count for total in pool]
        for n, (edge, row, taken) in enumerate(zip(edges, rows, free, strict=True)):
            given = each
            if not n:
                given = [t - (count - 1) * e for t, e in zip(pool, each, strict=True)]
            edge.share[site] = [w - f + g for w, f, g in zip(row, taken, given, strict=True)]
