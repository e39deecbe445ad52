"""How long operations take at each site: as measured, and inferred where they never ran.

    ran there           the line through its runs (`fit`)
    ran elsewhere       its time elsewhere x how much slower the site is (`speeds`); where that is
                        not known, x the ratio of what is declared of the two, as far as declared
                        costs have proved true; else as elsewhere
    never ran           what is declared x how measured times compare with declared ones, at that
                        site, or else in the whole federation; nothing if nothing is declared

A single run that was much slower than runs elsewhere make expect may have met a bad moment. Until a
second run has confirmed it, those are believed. An operation that ran nowhere else is not doubted:
declared costs and other operations may be wrong by any factor.

What was not measured there, or only with far more or far less to read, is told by no run: its
estimate says 0 runs. What never ran there is taken to be a bit
quicker than it is, and more so at a site of which nothing is known, so that it is tried when it may
be better: the next time it is measured. A site that is known to be slow gets no more than that bit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import median, median_low

from dfm.compiler.learned import Estimate
from dfm.costs.declared import declared_cost, time_line
from dfm.costs.fit import MOST_POINTS, NEAR, SUSPICIOUS, Line, Point, Runs, fitted, shape_of
from dfm.costs.runs import StepKey, StepRun
from dfm.costs.speeds import Speeds, speeds_of
from dfm.federation.models import FederationSpec

HOPE = 0.8
"""What is inferred is taken to need this much of its time."""
HOPE_OF_THE_UNKNOWN = 0.5
"""And at a site of which nothing is known, this much."""
ENOUGH = 3
"""Fewer measured operations than this do not tell whether declared costs are true."""
VARIANCE_OF_SITES = 0.5
"""Of the logarithm of how slow sites are, if nothing is known: usually they differ by two."""
SHORTEST = 1e-3
"""Seconds below which there is no difference between times: such tell nothing of how slow a site
is, or how true declared costs are."""


class Times:
    """The seconds of operations. Works out what it is asked for, once."""

    def __init__(
        self, steps: Mapping[StepKey, tuple[StepRun, ...]], federation: FederationSpec
    ) -> None:
        self._steps = steps
        self._federation = federation
        self._lines: dict[StepKey, Line] = {}
        self._instead: dict[StepKey, Line | None] = {}
        self._ran: dict[str, list[StepKey]] = {}
        self._pooled: dict[str, tuple[Point, ...]] = {}
        self._points = {key: _points(runs) for key, runs in steps.items()}
        self._measured_to: dict[StepKey, tuple[float, float]] = {}
        self._answers: dict[tuple[StepKey, float], Estimate | None] = {}
        for key in sorted(steps, key=lambda k: (*k[:2], k.provider or "")):
            self._ran.setdefault(key.operation, []).append(key)

    def at(self, key: StepKey, bytes_in: float) -> Estimate | None:
        """Return the seconds that an operation takes there when it reads so many bytes."""
        if runs := self._steps.get(key):
            told = 0 if self._doubted(key) or self._is_far(key, bytes_in) else len(runs)
            return Estimate(self.line(key).at(bytes_in), told)
        asked = (key, bytes_in)
        if asked not in self._answers:
            inferred = self._inferred(key, bytes_in)
            hope = HOPE if key.site in self._speeds.sites else HOPE_OF_THE_UNKNOWN
            self._answers[asked] = None if inferred is None else Estimate(inferred * hope, 0)
        return self._answers[asked]

    def _is_far(self, key: StepKey, bytes_in: float) -> bool:
        """Whether something is far larger or smaller than all that was read in the runs there."""
        if key not in self._measured_to:
            sizes = [size for run in self._points[key] for size, _ in run]
            self._measured_to[key] = min(sizes) / SUSPICIOUS - NEAR, max(sizes) * SUSPICIOUS + NEAR
        least, most = self._measured_to[key]
        return not least <= bytes_in <= most

    def line(self, key: StepKey) -> Line:
        """Return the seconds that are believed of an operation by bytes, where it has run."""
        return self._doubted(key) or self.measured(key)

    def measured(self, key: StepKey) -> Line:
        """Return the seconds of an operation by bytes, as its runs at a site have told."""
        if key not in self._lines:
            self._lines[key] = fitted(self._points[key], self._shape(key))
        return self._lines[key]

    def _shape(self, key: StepKey) -> Line:
        """Return the shape that an operation has at all sites, as if they were equally slow."""
        if key.operation not in self._pooled:
            keys = self._ran[key.operation]
            self._pooled[key.operation] = tuple(
                (x, y / math.exp(self._roughly.sites.get(each.site, 0.0)))
                for each in keys
                for x, y in self._latest(each, max(1, MOST_POINTS // len(keys)))
            )
        return shape_of(self._pooled[key.operation], self._usual(key))

    def _latest(self, key: StepKey, count: int) -> list[Point]:
        return [point for run in self._points[key][-count:] for point in run][-count:]

    def _usual(self, key: StepKey) -> Line | None:
        declared = (self._declared(each) for each in (key, *self._ran[key.operation]))
        return next((line for line in declared if line is not None), None)

    def _doubted(self, key: StepKey) -> Line | None:
        """Return what is believed in place of a single run; None if what was measured is."""
        if len(self._steps[key]) > 1:
            return None
        if key not in self._instead:
            self._instead[key] = self._unless_alike(key)
        return self._instead[key]

    def _unless_alike(self, key: StepKey) -> Line | None:
        """Return what runs elsewhere make expect, if the single run here was much slower."""
        line, size = self.measured(key), _usual_size(self._steps[key])
        seconds = line.at(size)
        same = [other for other in self._elsewhere(key) if other.provider == key.provider]
        expected = self._as_at(same, key, size, without=_row(key))
        if expected is None or seconds <= SUSPICIOUS * expected:
            return None
        return line.times(expected / seconds)

    def _elsewhere(self, key: StepKey) -> list[StepKey]:
        return [other for other in self._ran.get(key.operation, ()) if other != key]

    def _as_at(
        self, known: Sequence[StepKey], key: StepKey, bytes_in: float, without: str = ""
    ) -> float | None:
        """Return what an operation takes somewhere by what it took where it ran, or None."""
        told = [
            self.measured(other).at(bytes_in) * self._slower(other, key, bytes_in, without)
            for other in known
        ]
        return median_low(told) if told else None

    def _inferred(self, key: StepKey, bytes_in: float) -> float | None:
        """Return what an operation takes where it never ran by what is known of others, or None."""
        elsewhere = self._elsewhere(key)
        known = [other for other in elsewhere if other.provider == key.provider] or elsewhere
        if known:
            return self._as_at(known, key, bytes_in)
        declared = self._declared(key)
        ratios = {other: r for other, r in self._ratios.items() if other != key}
        here = [ratio for other, ratio in ratios.items() if other.site == key.site]
        if declared is None or not ratios:
            return None
        found = here or list(ratios.values())
        return declared.at(bytes_in) * median(found)

    def _slower(self, known: StepKey, asked: StepKey, bytes_in: float, without: str) -> float:
        """Return how many times as long the second of two takes, by all that is known.

        Who doubts a measurement, and so leaves it out, gets no less than a third: however fast a
        site is at other operations, what this one took elsewhere says more.
        """
        if known.site == asked.site:
            return 1.0
        between = self._speeds.between(known.site, asked.site, without)
        if between is not None:
            return max(math.exp(between), 1 / SUSPICIOUS if without else 0.0)
        here, there = self._declared(known), self._declared(asked)
        if here is None or there is None:
            return 1.0
        ratio = max(there.at(bytes_in), SHORTEST) / max(here.at(bytes_in), SHORTEST)
        return float(ratio**self._trust)

    def _declared(self, key: StepKey) -> Line | None:
        return time_line(declared_cost(self._federation, key))

    @cached_property
    def _roughly(self) -> Speeds:
        """How slow sites are, by what each operation shows at each of them alone."""
        return self._compared(
            {key: fitted(self._points[key], self._usual(key)) for key in self._steps}
        )

    @cached_property
    def _speeds(self) -> Speeds:
        return self._compared({key: self.measured(key) for key in self._steps})

    def _compared(self, lines: Mapping[StepKey, Line]) -> Speeds:
        table: dict[tuple[str, str], float] = {}
        for keys in self._ran.values():
            size = _usual_size([run for key in keys for run in self._steps[key]])
            for key in keys:
                table[_row(key), key.site] = math.log(max(lines[key].at(size), SHORTEST))
        return speeds_of(table)

    @cached_property
    def _trust(self) -> float:
        """How far declared costs have proved true: 1 if all are off by the same factor, to 0.

        The part of what is declared of two sites that is probably no mistake: its variance as a
        part of all, that of mistakes being found from the median deviation.
        """
        found = [math.log(ratio) for ratio in self._ratios.values()]
        if len(found) < ENOUGH:
            return 1.0
        middle = median(found)
        mistake = 1.4826 * median(abs(each - middle) for each in found)
        return VARIANCE_OF_SITES / (VARIANCE_OF_SITES + 2 * mistake**2)

    @cached_property
    def _ratios(self) -> dict[StepKey, float]:
        """How many times as long as declared each operation takes where it ran."""
        ratios: dict[StepKey, float] = {}
        for key, runs in self._steps.items():
            declared, size = self._declared(key), _usual_size(runs)
            if declared is not None and declared.at(size) > 0:
                took, said = self.measured(key).at(size), declared.at(size)
                ratios[key] = max(took, SHORTEST) / max(said, SHORTEST)
        return ratios


def _row(key: StepKey) -> str:
    """Return what is compared between sites: providers of one name do the same."""
    return key.operation if key.provider is None else f"{key.operation} {key.provider}"


def _usual_size(runs: Sequence[StepRun]) -> float:
    return median(sample.bytes_in for run in runs for sample in run.samples)


def _points(runs: Sequence[StepRun]) -> Runs:
    return tuple(tuple((s.bytes_in, s.seconds) for s in run.samples) for run in runs)
