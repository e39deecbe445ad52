"""What was predicted beside what was measured, and which of it was off.

All of it is of one run of an operation or of one call of the pipeline, so that the two can be
compared. A number is *off* when one of the two is more than three times the other. Very small
ones are never off, since what they differ by does not matter: both under a millisecond, both under
a kilobyte, both under ten runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from dfm.report.amounts import format_bytes, format_seconds
from dfm.report.measured import Link, Measured, MeasuredLink
from dfm.report.model import GUESS, PlannedStep, PlannedTransfer, PlanReport

FACTOR = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted: how it is shown, and under which amount it is too small to be off."""

    small: float
    shown: Callable[[float], str]


def format_count(count: float) -> str:
    """Return how often something happens, to two places.

    >>> format_count(12.0), format_count(0.5), format_count(240000)
    ('12', '0.5', '240,000')
    """
    return f"{count:,.0f}" if count == round(count) or count >= 100 else f"{count:.2g}"


def format_times(step: PlannedStep, sign: str) -> str:
    """Return how often an operation is expected to run in a call; nothing if it is once.

    >>> step = PlannedStep(0, "m.Mean", "hub", None, 0, 0, "", times=10, times_from=GUESS)
    >>> format_times(step, "x")
    '~x10'
    """
    about = "~" if step.times_from == GUESS else ""
    return "" if step.times == 1 else f"{about}{sign}{format_count(step.times)}"


SECONDS = Unit(1e-3, format_seconds)
BYTES = Unit(1000, format_bytes)
RUNS = Unit(10, format_count)


def is_off(predicted: float, measured: float, small: float = 0.0) -> bool:
    """Whether one is more than three times the other, and not both are under `small`.

    >>> is_off(1, 3), is_off(1, 3.1), is_off(3.1, 1), is_off(1, 3.1, small=4)
    (False, True, True, False)
    """
    less, more = sorted((predicted, measured))
    return more >= small and more > FACTOR * less


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as predicted, and as measured if it was."""

    unit: Unit
    predicted: float
    measured: float | None = None
    guessed: bool = False

    @property
    def off(self) -> bool:
        """Whether the prediction was wrong by more than a factor of three."""
        measured = self.measured
        return measured is not None and is_off(self.predicted, measured, self.unit.small)

    @property
    def predicted_text(self) -> str:
        """The prediction with its unit; after `~` if it is a guess."""
        return ("~" if self.guessed else "") + self.unit.shown(self.predicted)

    @property
    def measured_text(self) -> str:
        """What was measured, if it was; after `!` if it is off."""
        if self.measured is None:
            return ""
        return ("!" if self.off else "") + self.unit.shown(self.measured)


@dataclass(frozen=True, slots=True)
class StepAmounts:
    """Seconds and bytes of one run of an operation, and how often it runs in all."""

    seconds: Amount
    bytes: Amount
    runs: Amount

    def __iter__(self) -> Iterator[Amount]:
        return iter((self.seconds, self.bytes, self.runs))


@dataclass(frozen=True, slots=True)
class LinkAmounts:
    """Bytes and seconds of all that goes over a link in one call."""

    bytes: Amount
    seconds: Amount

    def __iter__(self) -> Iterator[Amount]:
        return iter((self.bytes, self.seconds))


def amounts_of_step(report: PlanReport, step: PlannedStep) -> StepAmounts:
    """Return the numbers of one operation. What was never run has none that are measured."""
    measured = report.measured
    ran = measured.steps.get(step.name) if measured is not None and step.name else None
    calls = measured.calls if measured is not None else 1
    seconds, size, runs = (None,) * 3 if ran is None else (ran.seconds, ran.bytes_out, ran.count)
    return StepAmounts(
        Amount(SECONDS, step.seconds, seconds, step.time_from == GUESS),
        Amount(BYTES, step.bytes_out, size, step.size_from == GUESS),
        Amount(RUNS, step.times * calls, runs, step.times_from == GUESS),
    )


def amounts_of_links(report: PlanReport) -> dict[Link, LinkAmounts]:
    """Return the numbers of each link, those over which something went unexpectedly included."""
    transfers: dict[Link, list[PlannedTransfer]] = {}
    for transfer in report.transfers:
        transfers.setdefault((transfer.source, transfer.target), []).append(transfer)
    measured = report.measured
    for link, of_link in measured.links.items() if measured is not None else ():
        if of_link.bytes:
            transfers.setdefault(link, [])
    return {link: _amounts_of_link(link, those, measured) for link, those in transfers.items()}


def amounts_in_all(report: PlanReport) -> LinkAmounts:
    """Return the numbers of all links together; seconds as if one message waited for the other.

    Seconds are those of links with a predicted transfer, so that the two can be compared.
    """
    links = amounts_of_links(report)
    size = seconds = None
    if report.measured is not None:
        size = _sum(link.bytes.measured for link in links.values())
        seconds = _sum(links[link].seconds.measured for link in report.bytes_per_link())
    return _predicted(report.transfers, size, seconds)


def _amounts_of_link(
    link: Link, transfers: list[PlannedTransfer], measured: Measured | None
) -> LinkAmounts:
    if measured is None:
        return _predicted(transfers, None, None)
    there, calls = measured.links.get(link, MeasuredLink(0)), max(measured.calls, 1)
    return _predicted(transfers, there.bytes / calls, _seconds_under_way(there, calls))


def _seconds_under_way(link: MeasuredLink, calls: int) -> float | None:
    """Return the seconds that the messages of a call took, if any of them were timed."""
    if not link.samples:
        return None
    return median(seconds for _, seconds in link.samples) * link.messages / calls


def _predicted(
    transfers: Iterable[PlannedTransfer], size: float | None, seconds: float | None
) -> LinkAmounts:
    those = tuple(transfers)
    return LinkAmounts(
        Amount(BYTES, sum(t.bytes for t in those), size, any(t.size_from == GUESS for t in those)),
        Amount(SECONDS, sum(t.seconds for t in those), seconds, any(t.assumed for t in those)),
    )


def _sum(numbers: Iterable[float | None]) -> float | None:
    """Return the sum of all, or None if one of them is not known."""
    known = list(numbers)
    return None if None in known else float(sum(n for n in known if n is not None))
