"""What is known of a federation's costs on one target, beside what is declared: for people.

Only what was measured; what plans infer from it, or believe in place of it, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dfm.costs.book import CostBook
from dfm.costs.declared import (
    declared_cost,
    declared_link,
    is_offered,
    link_line,
    size_line,
    time_line,
)
from dfm.costs.fit import Line
from dfm.costs.history import History
from dfm.costs.runs import LinkKey, StepKey
from dfm.federation.models import FederationSpec
from dfm.report.compare import BYTES, SECONDS, Unit, is_off


@dataclass(frozen=True, slots=True)
class Compared:
    """A line as measured, and as declared if it is; `sizes` are the smallest and largest seen."""

    measured: Line
    declared: Line | None
    sizes: tuple[float, float]
    unit: Unit

    @property
    def differs(self) -> bool:
        """Whether one is more than three times the other at a size that was seen."""
        return self.declared is not None and any(
            is_off(self.declared.at(size), self.measured.at(size), self.unit.small)
            for size in self.sizes
        )


@dataclass(frozen=True, slots=True)
class KnownStep:
    """An operation at a site where it has run. Sizes are those of all sites together."""

    key: StepKey
    runs: int
    time: Compared
    size: Compared
    is_offered: bool


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link that was used."""

    key: LinkKey
    runs: int
    time: Compared
    is_offered: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known on one target, sorted by names."""

    target: str
    steps: tuple[KnownStep, ...]
    links: tuple[KnownLink, ...]


def summary_of(target: str, history: History, federation: FederationSpec) -> Summary:
    """Return what is known on a target."""
    book = CostBook(history, federation)
    steps = sorted(history.steps, key=lambda key: (*key[:2], key.provider or ""))
    return Summary(
        target,
        tuple(_step(key, book, federation) for key in steps),
        tuple(_link(key, book, federation) for key in sorted(history.links)),
    )


def _step(key: StepKey, book: CostBook, federation: FederationSpec) -> KnownStep:
    runs = book.history.steps[key]
    declared = declared_cost(federation, key)
    sizes = _ends([sample.bytes_in for run in runs for sample in run.samples])
    return KnownStep(
        key,
        len(runs),
        Compared(book.times.measured(key), time_line(declared), sizes, SECONDS),
        Compared(book.size_line(key.operation), size_line(declared), sizes, BYTES),
        is_offered(federation, key),
    )


def _link(key: LinkKey, book: CostBook, federation: FederationSpec) -> KnownLink:
    runs = book.history.links[key]
    sizes = _ends([sample.bytes for run in runs for sample in run.samples])
    return KnownLink(
        key,
        len(runs),
        Compared(
            book.links.measured(key), link_line(declared_link(federation, key)), sizes, SECONDS
        ),
        {key.source, key.target} <= set(federation.sites),
    )


def _ends(sizes: Sequence[float]) -> tuple[float, float]:
    return min(sizes), max(sizes)
