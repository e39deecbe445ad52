"""A plan as plain text: what `print(session.explain(p))` shows.

Apart from the report because it is only about looks. `dfm.view` shows the same in colour and
with more columns; this needs no terminal library, so it is there wherever a report is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dfm.net.prepared import PlanReport

Row = tuple[str, ...]


def format_report(report: PlanReport) -> str:
    """Return a table of the steps, and one of what crosses between sites at each call.

    >>> from dfm.net.prepared import PlannedStep, PlannedTransfer, PlanReport
    >>> step = PlannedStep(0, "m.Mean", "hub", None, 0.01, 160, "only site that offers it")
    >>> print(format_report(PlanReport((step,), (PlannedTransfer("node0", "hub", "desk", 160),))))
    operation  site  why
    m.Mean     hub   only site that offers it
    <BLANKLINE>
    link         bytes a call
    hub -> desk  160
    """
    steps = [("operation", "site", "why", ""), *_steps(report)]
    links = [("link", "bytes a call", ""), *_links(report)]
    if len(links) == 1:
        links = [("nothing crosses between sites",)]
    lines = [*_aligned(steps), "", *_aligned(links)]
    if any(row[-1] for row in (*steps, *links)[1:] if len(row) > 1):
        lines += ["", "assumed: no cost is declared, so time or size is a guess"]
    return "\n".join(lines)


def _steps(report: PlanReport) -> Iterator[Row]:
    for step in report.steps:
        site = f"{step.site}.{step.provider}" if step.provider else step.site
        why = f"{step.reason} (in {step.within})" if step.within else step.reason
        yield step.operation, site, why, _note(step.assumed)


def _links(report: PlanReport) -> Iterator[Row]:
    assumed = {(t.source, t.target) for t in report.transfers if t.assumed}
    links = report.bytes_per_link()
    for link, size in links.items():
        yield " -> ".join(link), f"{size:,}", _note(link in assumed)
    if len(links) > 1:
        yield "in all", f"{report.bytes_moved:,}", _note(bool(assumed))
    if links and report.bytes_if_all_moved_home:
        yield "moving everything home instead", f"{report.bytes_if_all_moved_home:,}", ""


def _note(assumed: bool) -> str:
    return "assumed" if assumed else ""


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
