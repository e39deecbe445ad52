"""Learned costs as a person reads them, and as a program does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dfm.costs.declared import as_compute_cost, as_send_cost
from dfm.costs.fit import Line
from dfm.costs.summary import Compared, KnownLink, KnownStep, Summary
from dfm.report.amounts import format_bytes, format_seconds
from dfm.report.compare import SECONDS
from dfm.report.model import from_runs
from dfm.report.tables import Cell, Column, Table
from dfm.report.text import lines_of_table

OF_NO_ACCOUNT = 0.01
"""A part that is less of the whole, at all sizes seen, is not shown."""
MEGABYTE = 1e6

STEP_COLUMNS = (
    Column("operation"),
    Column("site"),
    Column("takes"),
    Column("declared"),
    Column("returns"),
    Column("declared"),
    Column("told", "words"),
)
LINK_COLUMNS = (Column("link"), Column("takes"), Column("declared"), Column("told", "words"))


def format_costs(summary: Summary) -> str:
    """Return a table of the operations and one of the links."""
    parts = [
        [f"target {summary.target}"],
        _lines(STEP_COLUMNS, [_row_of_step(step) for step in summary.steps]),
        _lines(LINK_COLUMNS, [_row_of_link(link) for link in summary.links]),
    ]
    if any("*" in line for part in parts for line in part):
        parts.append(["* more than three times what is declared, or less than a third of it"])
    return "\n\n".join("\n".join(part) for part in parts if part)


def costs_as_object(summary: Summary) -> dict[str, Any]:
    """Return what is known as values of JSON, by the names that a federation file has for them."""
    return {
        "operations": [
            {
                "operation": step.key.operation,
                "site": step.key.site,
                "provider": step.key.provider,
                "runs": step.runs,
                **asdict(as_compute_cost(step.time.measured, step.size.measured)),
                "offered": step.is_offered,
                "differs": step.time.differs or step.size.differs,
            }
            for step in summary.steps
        ],
        "links": [
            {
                "source": link.key.source,
                "target": link.key.target,
                "runs": link.runs,
                **asdict(as_send_cost(link.time.measured)),
                "offered": link.is_offered,
                "differs": link.time.differs,
            }
            for link in summary.links
        ],
    }


def _lines(columns: tuple[Column, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    used = [n for n in range(len(columns)) if any(row[n] for row in rows)]
    table = Table(
        tuple(columns[n] for n in used),
        tuple(tuple(Cell(row[n]) for n in used) for row in rows),
    )
    return ["".join(cell.text for cell in line).rstrip() for line in lines_of_table(table)]


def _row_of_step(step: KnownStep) -> tuple[str, ...]:
    return (
        step.key.operation,
        ".".join(filter(None, (step.key.site, step.key.provider))),
        *_compared(step.time, is_offered=step.is_offered),
        *_compared(step.size, is_offered=step.is_offered),
        from_runs(step.runs),
    )


def _row_of_link(link: KnownLink) -> tuple[str, ...]:
    ends = f"{link.key.source} -> {link.key.target}"
    return (ends, *_compared(link.time, is_offered=link.is_offered), from_runs(link.runs))


def _compared(numbers: Compared, *, is_offered: bool) -> tuple[str, str]:
    measured = _said(numbers.measured, numbers) + (" *" if numbers.differs else "")
    if numbers.declared is not None:
        return measured, _said(numbers.declared, numbers)
    return measured, "" if is_offered else "not offered"


def _said(line: Line, numbers: Compared) -> str:
    """Return a line with those of its parts that count."""
    parts: list[str] = []
    least, most = numbers.sizes
    is_time = numbers.unit is SECONDS
    if line.fixed > OF_NO_ACCOUNT * line.at(least):
        parts.append(format_seconds(line.fixed) if is_time else format_bytes(line.fixed))
    if line.slope * most > OF_NO_ACCOUNT * line.at(most):
        per_megabyte = f"{format_seconds(line.slope * MEGABYTE)}/MB"
        parts.append(per_megabyte if is_time else f"{line.slope:.3g} x read")
    return " + ".join(parts) or ("0 s" if is_time else "0 B")
