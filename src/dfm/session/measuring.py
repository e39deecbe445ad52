"""What a job took, put together from what its sites tell and from what arrived at home.

Memory is bounded, however long the job runs: of each step and each link a few samples are kept,
and how many there were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dfm.report import Measured, MeasuredLink, MeasuredStep
from dfm.report.measured import Link
from dfm.report.samples import Message, Samples, thinned
from dfm.wire.messages import APPLICATION, LinkMeasure, StepMeasure

MOST_SAMPLES = 256
"""What is kept of a step, and of a link."""


class Measuring:
    """The measures of one job. Not thread-safe: its job holds a lock.

    >>> measuring = Measuring("home")
    >>> measuring.done("a", [StepMeasure("node1", 2, 0.5, 8, 80)], [LinkMeasure("", 40, 0.01)])
    >>> measuring.done("a", [StepMeasure("node1", 1, 0.7, 8, 80)], [])
    >>> measuring.steps()
    {'node1': MeasuredStep(count=3, seconds=0.5, bytes_in=8, bytes_out=80)}
    """

    def __init__(self, homesite: str) -> None:
        self._homesite = homesite
        self._steps: dict[str, Samples] = {}
        self._links: dict[Link, list[Message]] = {}

    def done(self, site: str, steps: Iterable[StepMeasure], links: Iterable[LinkMeasure]) -> None:
        """Take what a site has measured since it told the last time."""
        for step in steps:
            samples = self._steps.get(step.name)
            if samples is None:
                samples = self._steps[step.name] = Samples(MOST_SAMPLES)
            samples.add((step.seconds, step.bytes_in, step.bytes_out), max(1, step.count))
        for link in links:
            self._came(link.source, site, (link.bytes, link.seconds))

    def arrived(self, site: str, size: int, seconds: float) -> None:
        """Take a message of a site that arrived in the application."""
        self._came(site, APPLICATION, (size, seconds))

    def steps(self) -> dict[str, MeasuredStep]:
        """Return what the steps took, by the place of their value."""
        return {name: _step(samples) for name, samples in self._steps.items()}

    def links(
        self, traffic: Mapping[Link, int], messages: Mapping[Link, int]
    ) -> dict[Link, MeasuredLink]:
        """Return what went over the links, of which `traffic` are the bytes."""
        return {
            link: MeasuredLink(
                size,
                messages.get(link, 0),
                tuple(thinned(self._links.get(link, ()), MOST_SAMPLES)),
            )
            for link, size in traffic.items()
        }

    def measured(
        self,
        calls: int,
        seconds: float,
        traffic: Mapping[Link, int],
        messages: Mapping[Link, int],
    ) -> Measured:
        """Return all of it."""
        return Measured(calls, self.steps(), self.links(traffic, messages), seconds)

    def _came(self, source: str, target: str, message: Message) -> None:
        link = source or self._homesite, target or self._homesite
        if link[0] == link[1]:
            return
        kept = self._links.setdefault(link, [])
        kept.append(message)
        if len(kept) > 2 * MOST_SAMPLES:
            kept[:] = thinned(kept, MOST_SAMPLES)


def _step(samples: Samples) -> MeasuredStep:
    seconds, bytes_in, bytes_out = samples.medians()
    return MeasuredStep(samples.count, seconds, int(bytes_in), int(bytes_out))
