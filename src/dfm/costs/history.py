"""The last runs of each operation at each site, and of each link: what fitting looks at.

A value: what is learned makes a new history. Of each key so many runs are kept, so that it stays
small however long a federation is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dfm.costs.runs import JobRun, LinkKey, LinkRun, Run, StepKey, StepRun

MOST_RUNS = 50
"""How many runs of an operation at a site, or of a link, are kept."""

R = TypeVar("R", bound=Run[Any])


@dataclass(frozen=True, slots=True)
class History:
    """Runs by key, in the order in which they ended."""

    steps: Mapping[StepKey, tuple[StepRun, ...]] = field(default_factory=dict)
    links: Mapping[LinkKey, tuple[LinkRun, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.steps or self.links)

    @property
    def latest(self) -> float:
        """When the last run of all ended."""
        ends = [runs[-1].when for runs in self.steps.values()]
        ends += [runs[-1].when for runs in self.links.values()]
        return max(ends, default=0.0)

    def and_also(self, jobs: Iterable[JobRun]) -> History:
        """Return this history with what other jobs told; their order does not matter."""
        steps, links = dict(self.steps), dict(self.links)
        for job in jobs:
            for key, run in job.steps.items():
                steps[key] = _added(steps.get(key, ()), run)
            for link, its in job.links.items():
                links[link] = _added(links.get(link, ()), its)
        return History(steps, links)

    def joined(self, other: History) -> History:
        """Return what this history and another one have told; what both know counts once."""
        steps, links = dict(self.steps), dict(self.links)
        for key, runs in other.steps.items():
            steps[key] = _united(steps.get(key, ()), runs)
        for link, its in other.links.items():
            links[link] = _united(links.get(link, ()), its)
        return History(steps, links)


def _added(runs: tuple[R, ...], run: R) -> tuple[R, ...]:
    if runs and _order(run) < _order(runs[-1]):
        return tuple(sorted([*runs, run], key=_order))[-MOST_RUNS:]
    return (*runs[-MOST_RUNS + 1 :], run)


def _united(runs: tuple[R, ...], others: tuple[R, ...]) -> tuple[R, ...]:
    if not runs:
        return others[-MOST_RUNS:]
    return tuple(sorted({*runs, *others}, key=_order))[-MOST_RUNS:]


def _order(run: Run[Any]) -> tuple[float, Any]:
    return (run.when, run.samples)
