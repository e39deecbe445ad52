"""What is kept of things that were measured many times: a few of them, and how many they were.

Apart, because a site and the application thin what they measure in the same way. Memory is bounded
whatever happens; nothing here looks at a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Row = tuple[float, ...]
Message = tuple[int, float]
"""A message that came: its bytes, and the seconds that it was under way."""


class Samples:
    """Some of many rows of numbers, evenly spread over the order in which they came.

    Each row that is kept stands for those that came right after it, every one for about as many.
    `count` is how many there were.

    >>> samples = Samples(most=64)
    >>> for number in range(1000):
    ...     samples.add((number, 7))
    >>> samples.count, len(samples), samples.medians()
    (1000, 63, (496, 7))
    """

    __slots__ = ("_kept", "_most", "_stride", "count")

    def __init__(self, most: int) -> None:
        self._most = most
        self._stride = 1
        self._kept: list[tuple[Row, int]] = []
        self.count = 0

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, row: Row, weight: int = 1) -> None:
        """Take note of a row that stands for `weight` of them."""
        self.count += weight
        kept = self._kept
        if self._stride == 1:
            kept.append((row, weight))
        else:
            _put(kept, row, weight, self._stride)
        while len(self._kept) > self._most:
            self._thin()

    def medians(self) -> Row:
        """Return the median of each column; there must have been a row."""
        if len(self._kept) == 1:
            return self._kept[0][0]
        weights = [weight for _, weight in self._kept]
        return tuple(
            _median(column, weights) for column in zip(*(row for row, _ in self._kept), strict=True)
        )

    def _thin(self) -> None:
        self._stride *= 2
        kept, self._kept = self._kept, []
        for row, weight in kept:
            _put(self._kept, row, weight, self._stride)


def _put(kept: list[tuple[Row, int]], row: Row, weight: int, stride: int) -> None:
    if kept:
        last, stands_for = kept[-1]
        if stands_for + weight <= stride:
            kept[-1] = last, stands_for + weight
            return
    kept.append((row, weight))


def _median(values: Sequence[float], weights: Sequence[int]) -> float:
    """Return the value that as much weight is below as above; the mean of two if both are it.

    >>> _median([1, 5, 9], [1, 1, 1]), _median([1, 9], [1, 1]), _median([1, 9], [1, 3])
    (5, 5.0, 9)
    """
    ordered = sorted(zip(values, weights, strict=True))
    half, below = sum(weights) / 2, 0
    for number, (value, weight) in enumerate(ordered):
        below += weight
        if below > half:
            return value
        if below == half:
            return (value + ordered[number + 1][0]) / 2
    return ordered[-1][0]


def thinned(messages: Iterable[Message], most: int) -> list[Message]:
    """Return at most so many messages: half of them the largest, half evenly from the others.

    Large ones tell what a link can carry, small ones how long the way is.

    >>> thinned([(size, 0.1) for size in (1, 2, 3, 4, 5, 6, 7, 8)], 4)
    [(1, 0.1), (4, 0.1), (7, 0.1), (8, 0.1)]
    """
    ordered = sorted(messages)
    if len(ordered) <= most:
        return ordered
    few = most // 2
    others = ordered[: len(ordered) - (most - few)]
    return [others[i * len(others) // few] for i in range(few)] + ordered[len(others) :]
