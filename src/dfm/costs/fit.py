"""A line through measurements, that one slow run does not bend and a lasting change does.

What is measured depends on a size: seconds = fixed + slope x bytes. Errors are relative: a machine
is ten per cent slower, not ten milliseconds slower. So what is large counts no more than what is
small.

Shape.  Points of about the same size are taken together, as their median. The slope is the weighted
        median of the slopes between all pairs of them (Theil 1950, Sen 1968; weights after
        Jaeckel 1972: a pair counts the more, the further it is apart and the smaller its
        values), the fixed part the weighted median of what is left, so that relative errors
        are least. What is the only one of its size and far slower than all others tell has to
        be seen twice. Where sizes hardly differ, or the rise is less than noise, the shape is a
        usual one: that of other sites, or declared.
Level.  A machine that has become slower is slower for all sizes, so the shape comes from many runs
        and the level from the latest: the median of the runs since it last changed, as multiples
        of the shape. It has changed when two runs after each other are off by more than noise to
        the same side; one is an accident. What disturbs a run makes it slower, so a young level,
        of three runs at most, gives way to one quicker run, and a change of two runs is taken back
        when the next run is as before.

Pure functions: same points, same line, on any machine. What was worked out is remembered.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from statistics import median, median_low
from typing import NamedTuple

Point = tuple[float, float]
"""A size, and what was measured at it."""
Runs = tuple[tuple[Point, ...], ...]
"""What each run told, the latest last."""

SAME = 1.5
"""Levels that differ by less than this factor are the same, but for noise."""
APART = 1.5
NEAR = 10_000
"""Sizes that differ by less than this factor, or so many bytes, tell nothing of a slope."""
SURELY_NEAR = 1_000
"""The same for what is sure. A number of three bytes is no smaller than one of five."""
HIDDEN = 0.2
"""A rise by this part over all sizes may be nothing but noise."""
YOUNG = 3
"""A level that rests on no more runs than this gives way to a quicker one at once."""
SUSPICIOUS = 3.0
"""What takes so many times as long as expected has to be seen twice."""
TINY = 1e-9
"""What is smaller weighs no more: it is below what can be measured."""
NOTHING = 1e-30
"""A shape that is smaller at a size says nothing of a level there."""
MOST_POINTS = 32
"""How many points a shape comes from, the latest; the work grows with the square."""


@dataclass(frozen=True, slots=True)
class Line:
    """fixed + slope x size."""

    fixed: float
    slope: float = 0.0

    def at(self, size: float) -> float:
        """Return what is expected at a size."""
        return self.fixed + self.slope * size

    def times(self, factor: float) -> Line:
        """Return a line of the same shape, at another level."""
        return Line(self.fixed * factor, self.slope * factor)


LEVEL = Line(1.0)
PROPORTIONAL = Line(0.0, 1.0)
TYPICAL = Line(1.0, 1e-6)
"""The shape of what nobody has told: up to about a megabyte the size does not matter."""


@lru_cache(4096)
def fitted(runs: Runs, usual: Line | None = None, *, is_sure: bool = False) -> Line:
    """Return the line through what some runs told, the latest last; a run may tell several points.

    Where they do not tell its shape, it is that of the `usual` line, if there is one. Nothing can
    disturb what `is_sure`, as sizes are: no run is doubted, and all of them say the level.

    >>> seconds = {1e6: 1.1, 2e6: 2.1, 4e6: 40.1, 6e6: 6.1, 8e6: 8.1}
    >>> line = fitted(tuple((point,) for point in seconds.items()))
    >>> round(line.fixed, 3), round(line.slope * 1e6, 3)
    (0.1, 1.0)
    """
    points = tuple(point for run in runs for point in run)[-MOST_POINTS:]
    for line in (shape_of(points, usual, is_sure=is_sure), usual or TYPICAL, LEVEL):
        if levels := _levels(runs, line):
            return line.times(median(levels) if is_sure else level_of(levels))
    return Line(0.0)


@lru_cache(4096)
def shape_of(
    points: tuple[Point, ...], usual: Line | None = None, *, is_sure: bool = False
) -> Line:
    """Return the shape of the line through points.

    A rise that is less than what noise may hide is as usual, but no more than noise may hide.
    """
    groups = _grouped(points, near=SURELY_NEAR if is_sure else NEAR)
    if not is_sure:
        groups = [group for group in groups if not _is_doubtful(group, groups, usual)]
    line, usual = line_through(groups), usual or TYPICAL
    if line is None:
        return usual
    sizes = [group.size for group in groups]
    hidden = HIDDEN * line.at(min(sizes)) / (max(sizes) - min(sizes))
    if line.slope > hidden:
        return line
    middle = median(sizes)
    level = line.at(middle) / (usual.at(middle) or 1.0)
    slope = min(usual.slope * level, hidden)
    return Line(max(0.0, line.at(middle) - slope * middle), slope)


class Group(NamedTuple):
    """Points of about the same size, as one: medians, and how many there are."""

    size: float
    value: float
    number: int = 1


def line_through(groups: Sequence[Group]) -> Line | None:
    """Return the line through points of different sizes, or None where all have the same."""
    slopes = [
        (
            (b.value - a.value) / (b.size - a.size),
            a.number * b.number * (b.size - a.size) / max(a.value + b.value, TINY),
        )
        for a, b in combinations(groups, 2)
    ]
    if not slopes:
        return None
    slope = max(0.0, weighted_median(slopes))
    left = weighted_median(
        (g.value - slope * g.size, g.number / max(g.value, TINY)) for g in groups
    )
    return Line(max(0.0, left), slope)


def _grouped(points: Sequence[Point], near: float) -> list[Group]:
    """Return the points as groups, from the smallest size to the largest."""
    groups: list[list[Point]] = []
    for point in sorted(points):
        if groups and point[0] <= max(APART * groups[-1][0][0], groups[-1][0][0] + near):
            groups[-1].append(point)
        else:
            groups.append([point])
    return [
        Group(median(x for x, _ in group), median_low(y for _, y in group), len(group))
        for group in groups
    ]


def _is_doubtful(group: Group, groups: Sequence[Group], usual: Line | None) -> bool:
    """Whether a point is the only one of its size and far slower than all others tell."""
    if group.number > 1 or len(groups) < 2:
        return False
    others = [other for other in groups if other is not group]
    expected = line_through(others)
    if expected is None and usual is not None:
        expected = usual.times(others[0].value / (usual.at(others[0].size) or 1.0))
    return expected is not None and group.value > SUSPICIOUS * expected.at(group.size)


def level_of(levels: Sequence[float]) -> float:
    """Return the level that some runs have now, the latest last.

    >>> level_of([1.0, 1.1, 7.0]), level_of([1.0, 1.1, 7.0, 7.2]), level_of([1.0, 1.1, 7.0, 0.9])
    (1.05, 7.1, 1.0)
    """
    before, now, off = list[float](), [levels[0]], list[float]()  # sorted, but for `off`
    for level in levels[1:]:
        usual = _middle(now)
        if _is_alike(level, usual):
            insort(now, level)
            off = []
        elif before and len(now) == 2 and _is_alike(level, _middle(before)):
            before, now, off = [], sorted([*before, level]), []
        elif len(now) <= YOUNG and level < usual:
            now, off = [level], []
        elif off and (level > usual) == (off[0] > usual):
            before, now, off = now, sorted([*off, level]), []
        else:
            off = [level]
    return _middle(now)


def _middle(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _is_alike(level: float, other: float) -> bool:
    return other / SAME <= level <= other * SAME


def weighted_median(values: Iterable[tuple[float, float]]) -> float:
    """Return the value at which half of all weight is reached; values come with their weights.

    >>> weighted_median([(3.0, 1.0), (1.0, 1.0), (2.0, 5.0)])
    2.0
    """
    ordered = sorted(values)
    half, reached = sum(weight for _, weight in ordered) / 2, 0.0
    for value, weight in ordered:
        reached += weight
        if reached >= half:
            return value
    return ordered[-1][0]


def _levels(runs: Runs, shape: Line) -> list[float]:
    """Return each run as a multiple of the shape; runs at sizes where that is 0 are left out."""
    ratios = ([y / shape.at(x) for x, y in run if shape.at(x) > NOTHING] for run in runs)
    return [median_low(run) for run in ratios if run]
