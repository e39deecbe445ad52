"""What is written in a box of a picture: operation, block, what is predicted, what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dfm.report.amounts import format_bytes, format_seconds
from dfm.report.compare import Amount, StepAmounts, amounts_of_step, format_times
from dfm.report.graph import Box
from dfm.report.model import PlannedStep, PlanReport
from dfm.report.relays import RELAY
from dfm.report.tables import sites_by_reason

BETWEEN = " · "
MOST_TOLD = 12
"""So many operations or reasons are told of a box when one rests on it."""

_BLOCKS = {"ForEach": "for each", "If": "if", "Else": "else", "TryFromCache": "unless cached"}


@dataclass(frozen=True, slots=True)
class BoxText:
    """The text of a box. What was measured is in pieces, each with whether it was off."""

    title: str
    mark: str = ""
    predicted: str = ""
    measured: tuple[tuple[str, bool], ...] = ()
    told: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return 1 + bool(self.mark) + bool(self.predicted) + bool(self.measured)


def box_text(report: PlanReport, box: Box) -> BoxText:
    """Return what is written in a box."""
    if box.is_application:
        return BoxText("application", told=("where the results go",))
    if not box.steps:
        told = f"values made elsewhere pass {box.site}: in a cache, a branch or a loop"
        return BoxText(RELAY, told=(told,))
    if len(box.steps) > 1:
        return _many(report, box)
    (step,) = box.steps
    amounts = amounts_of_step(report, step)
    return BoxText(
        step.operation,
        BETWEEN.join(filter(None, (step.provider, _mark(step)))),
        BETWEEN.join((amounts.seconds.predicted_text, amounts.bytes.predicted_text)),
        tuple(_measured(amounts)),
        tuple(_why(step)),
    )


def _measured(amounts: StepAmounts) -> Iterator[tuple[str, bool]]:
    for amount in (amounts.seconds, amounts.bytes):
        if amount.measured is not None:
            yield amount.measured_text, amount.off
    runs = amounts.runs
    if runs.measured is not None and runs.measured != runs.predicted:
        yield runs.measured_text + (" run" if runs.measured == 1 else " runs"), runs.off


def _mark(step: PlannedStep) -> str:
    """Return in which block an operation stands and how often it is expected to run.

    >>> _mark(PlannedStep(0, "m.Mean", "hub", None, 0, 0, "", within="ForEach, a.py:3", times=12))
    'for each ×12'
    """
    kind = step.within.partition(",")[0]
    return " ".join(filter(None, (_BLOCKS.get(kind, kind), format_times(step, "×"))))


def _why(step: PlannedStep) -> Iterator[str]:
    yield f"{step.operation} at {step.where}: {step.reason}"
    yield step.at
    reasons = list(sites_by_reason(step).items())
    for reason, sites in reasons[:MOST_TOLD]:
        yield f"not {', '.join(sites)}: {reason}"
    if len(reasons) > MOST_TOLD:
        yield "..."


def _many(report: PlanReport, box: Box) -> BoxText:
    """Return the text of several operations: what each costs if that is the same, or all do."""
    counted = Counter(step.operation for step in box.steps)
    told = [f"{count:,} × {name}" for name, count in counted.most_common(MOST_TOLD)]
    if len(counted) > MOST_TOLD:
        told.append(f"and {len(counted) - MOST_TOLD:,} other operations")
    (name, count), *others = counted.items()
    all_amounts = [amounts_of_step(report, step) for step in box.steps]
    return BoxText(
        f"{len(box.steps):,} operations" if others else f"{name} ×{count:,}",
        _same(_mark(step) for step in box.steps),
        _predicted_of_many(box, all_amounts),
        tuple(_measured_of_many(report, all_amounts)),
        (f"at {box.site}", *told),
    )


def _same(texts: Iterator[str]) -> str:
    """Return the text that all of them are, or ''."""
    different = set(texts)
    return different.pop() if len(different) == 1 else ""


def _predicted_of_many(box: Box, all_amounts: list[StepAmounts]) -> str:
    each = _same(
        BETWEEN.join((a.seconds.predicted_text, a.bytes.predicted_text)) for a in all_amounts
    )
    if each:
        return f"each {each}"
    about = "~" if any(a.seconds.guessed or a.bytes.guessed for a in all_amounts) else ""
    seconds = sum(step.seconds * step.times for step in box.steps)
    size = sum(step.bytes_out * step.times for step in box.steps)
    return f"{about}{format_seconds(seconds)}{BETWEEN}{about}{format_bytes(size)} in all"


def _measured_of_many(
    report: PlanReport, all_amounts: list[StepAmounts]
) -> Iterator[tuple[str, bool]]:
    calls = max(report.measured.calls, 1) if report.measured is not None else 1
    ran = [a for a in all_amounts if a.runs.measured is not None]
    if not ran:
        return
    seconds = sum(_all_runs(a.seconds, a.runs) for a in ran) / calls
    size = sum(_all_runs(a.bytes, a.runs) for a in ran) / calls
    yield format_seconds(seconds), False
    yield f"{format_bytes(size)} in all", False
    if off := sum(any(amount.off for amount in a) for a in ran):
        yield f"!{off:,} off", True


def _all_runs(amount: Amount, runs: Amount) -> float:
    return (amount.measured or 0.0) * (runs.measured or 0.0)
