"""What the compiler is told: times, sizes and links, as finished jobs have shown them.

A value: the same history and federation give the same answers, on any machine. It works out what
it is asked for, once.
"""

from __future__ import annotations

from functools import cached_property
from statistics import median

from dfm.compiler.learned import Estimate, LearnedLink
from dfm.costs.declared import as_send_cost, declared_cost, size_line
from dfm.costs.fit import LEVEL, PROPORTIONAL, Line, Runs, fitted
from dfm.costs.history import History
from dfm.costs.links import Links
from dfm.costs.runs import LinkKey, StepKey, StepRun, StepSample
from dfm.costs.times import Times
from dfm.federation.models import FederationSpec

ABOUT_AS_LARGE = 4.0


class CostBook:
    """Learned costs of a federation, as `dfm.compiler.learned.Learned` asks for them."""

    def __init__(self, history: History, federation: FederationSpec) -> None:
        self.history = history
        self.times = Times(history.steps, federation)
        self.links = Links(history.links, federation)
        self._federation = federation
        self._sizes: dict[str, Line] = {}

    def work(
        self, operation: str, site: str, provider: str | None, bytes_in: float
    ) -> Estimate | None:
        """Return the seconds that an operation takes there when it reads so many bytes."""
        return self.times.at(StepKey(operation, site, provider), bytes_in)

    def size(self, operation: str, bytes_in: float) -> Estimate | None:
        """Return the bytes that an operation returns when it reads so many."""
        if operation not in self._ran:
            return None
        runs = sum(len(self.history.steps[key]) for key in self._ran[operation])
        return Estimate(self.size_line(operation).at(bytes_in), runs)

    def size_line(self, operation: str) -> Line:
        """Return the bytes an operation returns by those it reads, wherever it has run.

        A value is as large wherever it is made.
        """
        if operation not in self._sizes:
            keys = self._ran[operation]
            runs = sorted((run for key in keys for run in self.history.steps[key]), key=_order)
            points = tuple(tuple((s.bytes_in, s.bytes_out) for s in r.samples) for r in runs)
            declared = (size_line(declared_cost(self._federation, key)) for key in keys)
            shape = next((line for line in declared if line is not None), _usual_size(points))
            self._sizes[operation] = fitted(points, shape, is_sure=True)
        return self._sizes[operation]

    def link(self, source: str, target: str) -> LearnedLink | None:
        """Return what the link from one site to another can do."""
        known = self.links.line(LinkKey(source, target))
        return None if known is None else LearnedLink(as_send_cost(known[0]), known[1])

    @cached_property
    def _ran(self) -> dict[str, list[StepKey]]:
        ran: dict[str, list[StepKey]] = {}
        for key in sorted(self.history.steps, key=lambda k: (*k[:2], k.provider or "")):
            ran.setdefault(key.operation, []).append(key)
        return ran


def _usual_size(points: Runs) -> Line:
    """Return how a result grows, if nobody has declared it and all were made of as much.

    What is about as large as what it is made of grows with it; anything else does not.
    """
    ratios = [made / read for run in points for read, made in run if read > 0]
    grows = bool(ratios) and 1 / ABOUT_AS_LARGE < median(ratios) < ABOUT_AS_LARGE
    return PROPORTIONAL if grows else LEVEL


def _order(run: StepRun) -> tuple[float, tuple[StepSample, ...]]:
    return run.when, run.samples
