"""What one job told about costs, as values.

A job tells of each operation that it ran at a site, and of each link that it used, in a few
samples: one for each size that it met, or, where it met many, some of them, small to large.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Generic, NamedTuple, TypeVar

from dfm.report import Measured, PlanReport

MOST_SAMPLES = 8
"""How many samples of one job are kept, of an operation at a site or of a link."""


class StepKey(NamedTuple):
    """An operation at a site, or at a provider of it, as the plan had it."""

    operation: str
    site: str
    provider: str | None = None


class LinkKey(NamedTuple):
    """The link from one site to another."""

    source: str
    target: str


class StepSample(NamedTuple):
    """One run of an operation: bytes that it read, seconds, and bytes that it returned."""

    bytes_in: float
    seconds: float
    bytes_out: float


class LinkSample(NamedTuple):
    """One message: its bytes, and the seconds that it was under way."""

    bytes: float
    seconds: float


S = TypeVar("S", StepSample, LinkSample)


class Run(NamedTuple, Generic[S]):
    """What a job told of an operation at a site, or of a link.

    `when` orders runs, as seconds since 1970; `times` is how often it was done in the job.
    """

    when: float
    samples: tuple[S, ...]
    times: int = 1


StepRun = Run[StepSample]
LinkRun = Run[LinkSample]


@dataclass(frozen=True, slots=True)
class JobRun:
    """What one job told."""

    steps: Mapping[StepKey, StepRun] = field(default_factory=dict)
    links: Mapping[LinkKey, LinkRun] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.steps or self.links)


def run_of(report: PlanReport, measured: Measured, when: float) -> JobRun:
    """Return what a job told, by its plan and what was measured."""
    steps: dict[StepKey, list[StepSample]] = {}
    counts: dict[StepKey, int] = {}
    for planned in report.steps:
        its = measured.steps.get(planned.name)
        if its is None or its.count <= 0 or not is_sound(its.seconds, its.bytes_in, its.bytes_out):
            continue
        key = StepKey(planned.operation, planned.site, planned.provider)
        sample = StepSample(float(its.bytes_in), its.seconds, float(its.bytes_out))
        steps.setdefault(key, []).append(sample)
        counts[key] = counts.get(key, 0) + its.count
    links = {
        LinkKey(*ends): tuple(
            LinkSample(float(size), seconds)
            for size, seconds in link.samples
            if is_sound(size, seconds)
        )
        for ends, link in measured.links.items()
        if ends[0] != ends[1]
    }
    return JobRun(
        {key: StepRun(when, thinned(found), counts[key]) for key, found in steps.items()},
        {
            key: LinkRun(when, thinned(found), measured.links[key].messages or len(found))
            for key, found in links.items()
            if found
        },
    )


def thinned(samples: Iterable[S]) -> tuple[S, ...]:
    """Return at most a few of the samples: the median one of each stretch of sizes.

    >>> len(thinned(LinkSample(size, 1.0) for size in range(1000)))
    8
    """
    ordered = sorted(samples)
    if len(ordered) <= MOST_SAMPLES:
        return tuple(ordered)
    ends = [round(i * len(ordered) / MOST_SAMPLES) for i in range(MOST_SAMPLES + 1)]
    stretches = (ordered[begin:end] for begin, end in pairwise(ends))
    return tuple(sorted(s, key=lambda each: each.seconds)[len(s) // 2] for s in stretches)


def is_sound(*numbers: float) -> bool:
    """Whether these can have been measured: clocks of two machines may tell negative times."""
    return all(math.isfinite(number) and number >= 0 for number in numbers)
