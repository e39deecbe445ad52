"""What is said of a plan as a whole, in sentences, and what its marks mean."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dfm.report.amounts import format_bytes, format_seconds
from dfm.report.compare import amounts_in_all, amounts_of_links, amounts_of_step
from dfm.report.model import PlanReport

GUESSED = "~ a guess: nobody has declared it, and no job has told"
OFF = "! more than three times off; numbers under 1 ms, 1 kB or 10 runs do not count"

_ENDED = {"failed": "failed", "cancelled": "was cancelled", "lost": "was lost"}

_WHAT = {
    "total": "all work and transfers one after another",
    "makespan": "from start to end, sites side by side",
}


def summary(report: PlanReport) -> tuple[str, ...]:
    """Return what the plan costs in all, how good that is, and what it took.

    >>> print(summary(PlanReport(seconds=0.127, bound=0.122, proven=False))[0])
    predicted: 127 ms a call, all work and transfers one after another; within 4 % of the best
    """
    return tuple(_summary(report))


def _summary(report: PlanReport) -> Iterator[str]:
    if report.seconds > 0:
        about = "~" if report.assumed else ""
        what = _WHAT.get(report.objective, report.objective)
        took = f"{about}{format_seconds(report.seconds)} a call"
        yield f"predicted: {took}, {what}; {how_good(report)}"
    if (measured := report.measured) is not None:
        calls = f"{measured.calls:,} call" + ("" if measured.calls == 1 else "s")
        moved = format_bytes(sum(link.bytes for link in measured.links.values()))
        said = f"{calls} in {format_seconds(measured.seconds)}, {moved} between sites"
        if (seconds := measured_in_all(report)) is not None:
            said = f"{format_seconds(seconds)} a call, added up in the same way; {said}"
        if measured.ended:
            said += f"; the job {_ENDED[measured.ended]}"
        yield f"measured: {said}"


def measured_in_all(report: PlanReport) -> float | None:
    """Return what a call took, all work and transfers together, if all of it was timed."""
    measured = report.measured
    if measured is None or report.objective != "total" or not measured.calls:
        return None
    moved = amounts_in_all(report).seconds.measured
    if moved is None:
        return None
    return moved + sum(s.seconds * s.count for s in measured.steps.values()) / measured.calls


def how_good(report: PlanReport) -> str:
    """Return how close a plan is to the best one; the percentage is rounded up.

    >>> how_good(PlanReport(seconds=1.0, bound=1.0)), how_good(PlanReport(seconds=1, proven=False))
    ('no plan costs less', 'how close that is to the best is not known')
    """
    if report.proven:
        return "no plan costs less"
    if report.gap >= 1:
        return "how close that is to the best is not known"
    return f"within {max(1, math.ceil(report.gap * 100 - 1e-6))} % of the best"


def comparison(report: PlanReport) -> str:
    """Return what moving everything to the homesite would have cost, beside what the plan costs.

    >>> from dfm.report import Alternative, PlannedTransfer
    >>> plan = (PlannedTransfer("x", "a", "desk", 160),)
    >>> comparison(PlanReport(transfers=plan, homesite="desk", all_at_home=Alternative(16_000)))
    '160 B between sites; if all moved to desk: 16 kB, 100 times as much'
    """
    moved, instead = report.bytes_moved, report.all_at_home
    about = "~" if report.assumed else ""
    said = f"{about}{format_bytes(moved)} between sites" if moved else "nothing between sites"
    if not instead.bytes:
        return said
    where = f"to {report.homesite}" if report.homesite else "home"
    said += f"; if all moved {where}: {about}{format_bytes(instead.bytes)}"
    times = instead.bytes / moved if moved else 0
    return said + (f", {times:,.0f} times as much" if times >= 1.95 else "")


def legend(report: PlanReport) -> tuple[str, ...]:
    """Return what the marks mean that occur in a plan."""
    said = []
    if report.assumed:
        said.append(GUESSED)
    if is_anything_off(report):
        said.append(OFF)
    return tuple(said)


def is_anything_off(report: PlanReport) -> bool:
    """Whether anything measured was off from what had been predicted."""
    if report.measured is None:
        return False
    steps = (amount for step in report.steps for amount in amounts_of_step(report, step))
    links = (amount for link in amounts_of_links(report).values() for amount in link)
    return any(a.off for a in steps) or any(a.off for a in links)
