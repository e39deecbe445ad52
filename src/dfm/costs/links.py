"""What links can do: as measured, and inferred where nothing was ever sent.

    used before             the line through its messages (`fit`); if these were small, they tell of
                            its latency only, and its bandwidth is what is declared, or guessed
    used the other way      as that way
    its ends have others    as slow as the slower of its two ends, each at its best
    never used              what is declared x how measured links compare with declared ones

As with times, what is inferred is taken to be a bit better than it is. A single job in which a link
was much slower than that is believed by half: links are less alike than machines, so what is
inferred of one says little against what was measured. For the same reason it is never taken to be
more than five times quicker than it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from statistics import median

from dfm.compiler.known import GUESSED_LINK
from dfm.costs.declared import declared_link, link_line
from dfm.costs.fit import HIDDEN, SUSPICIOUS, Line, Runs, fitted
from dfm.costs.runs import LinkKey, LinkRun
from dfm.federation.models import FederationSpec

HOPE = 0.7
"""What is inferred is taken to need this much of its time."""
LEAST_BELIEVED = 0.2
"""A single job that tells that a link is slow is believed at least by this much."""


class Links:
    """The seconds of links by bytes. Works out what it is asked for, once."""

    def __init__(
        self, links: Mapping[LinkKey, tuple[LinkRun, ...]], federation: FederationSpec
    ) -> None:
        self._links = links
        self._federation = federation
        self._lines: dict[LinkKey, Line] = {}
        self._believed: dict[LinkKey, tuple[Line, int] | None] = {}

    def line(self, key: LinkKey) -> tuple[Line, int] | None:
        """Return the seconds of a link by bytes, and how many jobs told them; 0 if inferred."""
        if key not in self._believed:
            self._believed[key] = self._found(key)
        return self._believed[key]

    def _found(self, key: LinkKey) -> tuple[Line, int] | None:
        if key in self._links:
            half = self._half_believed(key)
            return (self.measured(key), len(self._links[key])) if half is None else (half, 0)
        inferred = self._inferred(key)
        return None if inferred is None else (inferred.times(HOPE), 0)

    def _half_believed(self, key: LinkKey) -> Line | None:
        """Return what is taken in place of a single job; None if what was measured is."""
        line, size = self.measured(key), _usual_size(self._links[key])
        inferred = self._inferred(key) if len(self._links[key]) == 1 else None
        if inferred is None or line.at(size) <= SUSPICIOUS * inferred.at(size):
            return None
        by_half = math.sqrt(inferred.at(size) / line.at(size))
        return line.times(max(by_half, LEAST_BELIEVED))

    def measured(self, key: LinkKey) -> Line:
        """Return the seconds of a link by bytes, as its messages have told."""
        if key not in self._lines:
            runs = tuple(run.samples for run in self._links[key])
            usual = link_line(declared_link(self._federation, key) or GUESSED_LINK)
            line = fitted(runs, usual)
            self._lines[key] = line if usual is None else _as_told(line, usual, runs)
        return self._lines[key]

    def _inferred(self, key: LinkKey) -> Line | None:
        """Return what a link can do by what is known of others, or None."""
        opposite = LinkKey(key.target, key.source)
        if opposite in self._links:
            return self.measured(opposite)
        declared = link_line(declared_link(self._federation, key))
        ratios = [ratio for link, ratio in self._ratios.items() if link != key]
        if declared is not None and ratios:
            return declared.times(median(ratios))
        ends = [self._links_at(site, key) for site in key]
        if not any(ends):
            return None
        best = [_best([self.measured(link) for link in links]) for links in ends if links]
        return Line(max(line.fixed for line in best), max(line.slope for line in best))

    def _links_at(self, site: str, key: LinkKey) -> list[LinkKey]:
        return [link for link in self._links if site in link and link != key]

    @cached_property
    def _ratios(self) -> dict[LinkKey, float]:
        """How many times as long as declared each link takes that was used."""
        ratios: dict[LinkKey, float] = {}
        for key, runs in self._links.items():
            declared, size = link_line(declared_link(self._federation, key)), _usual_size(runs)
            if declared is not None and declared.at(size) > 0:
                ratios[key] = self.measured(key).at(size) / declared.at(size)
        return ratios


def _as_told(line: Line, usual: Line, runs: Runs) -> Line:
    """Return a line with the usual slope, if all messages were too small to tell of another."""
    largest = max(size for run in runs for size, _ in run)
    if usual.slope * largest >= HIDDEN * usual.at(largest):
        return line
    seconds = line.at(largest)
    slope = min(usual.slope, seconds / largest) if largest else usual.slope
    return Line(seconds - slope * largest, slope)


def _best(lines: list[Line]) -> Line:
    return Line(min(line.fixed for line in lines), min(line.slope for line in lines))


def _usual_size(runs: tuple[LinkRun, ...]) -> float:
    return median(sample.bytes for run in runs for sample in run.samples)
