"""A plan as a value that JSON can hold, for scripts. The keys are documented and stay.

    version      1; another number if a key ever means something else
    pipeline, homesite, objective, method
    predicted    seconds, bytes: of one call, all in all; guess: whether a guess is in it
    best         proven, gap: how much cheaper the best plan could be, as a fraction of this one
    at_home      seconds, bytes: what would cross if everything was moved to the homesite
    operations   each: name, operation, site, provider, times, times_from, why, within, at,
                 reads, not_at: [{site, why}], seconds, bytes, runs
    transfers    each: value, kind, source, target, bytes, seconds, made_by, readers, is_yield,
                 allowed_by, size_from, link_from
    links        each: source, target, bytes, seconds
    measured     null, or calls, seconds, bytes, messages: of the whole job

`seconds`, `bytes` and `runs` of an operation and of a link are {predicted, measured, off}, those of
an operation also with `from`. Runs are of all calls, the others of one run or of one call. What was
not measured is null, and so is what is no number in JSON, such as infinity.
"""

from __future__ import annotations

import math
from typing import Any

from dfm.report.compare import Amount, amounts_of_links, amounts_of_step
from dfm.report.lettering import whole
from dfm.report.measured import Measured
from dfm.report.model import PlannedStep, PlannedTransfer, PlanReport

VERSION = 1


def to_json(report: PlanReport) -> dict[str, Any]:
    """Return all of a report as dicts, lists, strings, numbers and None."""
    said = {
        "version": VERSION,
        "pipeline": report.pipeline,
        "homesite": report.homesite,
        "objective": report.objective,
        "method": report.method,
        "predicted": {
            "seconds": report.seconds,
            "bytes": report.bytes_moved,
            "guess": report.assumed,
        },
        "best": {"proven": report.proven, "gap": report.gap},
        "at_home": {"seconds": report.all_at_home.seconds, "bytes": report.all_at_home.bytes},
        "operations": [_operation(report, step) for step in report.steps],
        "transfers": [_transfer(transfer) for transfer in report.transfers],
        "links": _links(report),
        "measured": None if report.measured is None else _measured(report.measured),
    }
    return {key: _plain(value) for key, value in said.items()}


def _operation(report: PlanReport, step: PlannedStep) -> dict[str, Any]:
    amounts = amounts_of_step(report, step)
    return {
        "name": step.name,
        "operation": step.operation,
        "site": step.site,
        "provider": step.provider,
        "times": step.times,
        "times_from": step.times_from,
        "why": step.reason,
        "within": step.within,
        "at": step.at,
        "reads": list(step.reads),
        "not_at": [{"site": r.site, "why": r.reason} for r in step.rejected],
        "seconds": {**_amount(amounts.seconds), "from": step.time_from},
        "bytes": {**_amount(amounts.bytes), "from": step.size_from},
        "runs": _amount(amounts.runs),
    }


def _transfer(transfer: PlannedTransfer) -> dict[str, Any]:
    return {
        "value": transfer.value,
        "kind": transfer.kind,
        "source": transfer.source,
        "target": transfer.target,
        "bytes": transfer.bytes,
        "seconds": transfer.seconds,
        "made_by": list(transfer.made_by),
        "readers": list(transfer.readers),
        "is_yield": transfer.is_yield,
        "allowed_by": list(transfer.allowed_by),
        "size_from": transfer.size_from,
        "link_from": transfer.link_from,
    }


def _links(report: PlanReport) -> list[dict[str, Any]]:
    return [
        {
            "source": source,
            "target": target,
            "bytes": _amount(amounts.bytes),
            "seconds": _amount(amounts.seconds),
        }
        for (source, target), amounts in amounts_of_links(report).items()
    ]


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "calls": measured.calls,
        "ended": measured.ended or None,
        "seconds": measured.seconds,
        "bytes": sum(link.bytes for link in measured.links.values()),
        "messages": sum(link.messages for link in measured.links.values()),
    }


def _amount(amount: Amount) -> dict[str, Any]:
    return {"predicted": amount.predicted, "measured": amount.measured, "off": amount.off}


def _plain(value: Any) -> Any:
    """Return what JSON can hold in any reader: finite numbers, and text that can be encoded."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case str():
            return whole(value)
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
    return value
