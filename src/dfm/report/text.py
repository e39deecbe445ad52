"""A plan as plain text: what `print(session.explain(p))` shows.

Lines are pieces of text that know their kind, so that `dfm.view` can show the same in colour. This
needs no terminal library, so it is there wherever a report is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from dfm.report.lettering import clean
from dfm.report.remarks import legend, summary
from dfm.report.tables import Cell, Note, Row, Table, links_table, steps_table

if TYPE_CHECKING:
    from dfm.report.model import PlanReport

Line = list[Cell]

WIDTH = 100
_GAP = "  "
_LEAST, _LONGEST_WORD = 14, 32
"""Columns are not made narrower than this, nor than their longest word, unless that is too long."""


def format_report(report: PlanReport, *, width: int = WIDTH) -> str:
    """Return a table of the operations, one of what crosses between sites, and what it comes to.

    >>> from dfm.report import PlannedStep, PlannedTransfer, PlanReport
    >>> step = PlannedStep(0, "m.Mean", "hub", None, 0.01, 160, "only site that offers it")
    >>> print(format_report(PlanReport((step,), (PlannedTransfer("node0", "hub", "desk", 160),))))
    operation  site   time  result  why
    m.Mean     hub   10 ms   160 B  only site that offers it
    <BLANKLINE>
    link         carries  a call
    hub -> desk  node0     160 B
    """
    return "\n".join(
        "".join(cell.text for cell in line).rstrip() for line in lines_of(report, width)
    )


def lines_of(report: PlanReport, width: int = WIDTH) -> Iterator[Line]:
    """Yield the lines of a report as pieces of text that say what kind of thing they are."""
    links = list(lines_of_table(links_table(report), width))
    remarks = [Cell(text) for text in summary(report)]
    if not report.bytes_per_link():
        remarks.insert(0, Cell("nothing crosses between sites"))
    marks = [Cell(text, "aside") for text in legend(report)]
    parts = (
        list(lines_of_table(steps_table(report), width)),
        links,
        [line for remark in remarks for line in _wrapped(remark, width)],
        [line for mark in marks for line in _wrapped(mark, width)],
    )
    for number, part in enumerate(part for part in parts if part):
        if number:
            yield []
        yield from part


def lines_of_table(table: Table, width: int = WIDTH) -> Iterator[Line]:
    """Yield the lines of a table; where it would be too wide, its words are wrapped first."""
    if not table.rows:
        return
    widths = _widths(table, width)
    yield from _row(tuple(Cell(c.title, "title") for c in table.columns), table, widths)
    for row in table.rows:
        if isinstance(row, Note):
            yield from _wrapped(Cell(row.text, "aside"), width, indent="  ")
        else:
            yield from _row(row, table, widths)


def _widths(table: Table, width: int) -> list[int]:
    """Return how wide each column is: as its widest text, or less so that all of it fits."""
    rows = [row for row in table.rows if not isinstance(row, Note)]
    widths = [
        max(len(column.title), *(len(row[n].text) for row in rows))
        for n, column in enumerate(table.columns)
    ]
    least = [_least(w for row in rows for w in row[n].text.split()) for n in range(len(widths))]
    for holds in ("words", "names"):
        columns = [n for n, column in enumerate(table.columns) if column.holds == holds]
        while columns and sum(widths) + len(_GAP) * (len(widths) - 1) > width:
            widest = max(columns, key=lambda n: widths[n] - least[n])
            if widths[widest] <= least[widest]:
                break
            widths[widest] -= 1
    return widths


def _least(words: Iterable[str]) -> int:
    longest = max(map(len, words), default=0)
    return max(_LEAST, longest if longest <= _LONGEST_WORD else 0)


def _row(row: Row, table: Table, widths: Sequence[int]) -> Iterator[Line]:
    cells = [_parts(clean(cell.text), w) for cell, w in zip(row, widths, strict=True)]
    for n in range(max(map(len, cells))):
        line: Line = []
        for cell, parts, w, column in zip(row, cells, widths, table.columns, strict=True):
            part = parts[n] if n < len(parts) else ""
            part = part.rjust(w) if column.holds == "numbers" else part.ljust(w)
            line += [Cell(part, cell.kind), Cell(_GAP)]
        yield line[:-1]


def _parts(text: str, width: int) -> list[str]:
    return [text] if len(text) <= width else wrap(text, width, break_on_hyphens=False)


def _wrapped(cell: Cell, width: int, indent: str = "") -> Iterator[Line]:
    later = indent + "    "
    for text in wrap(clean(cell.text), width, initial_indent=indent, subsequent_indent=later):
        yield [Cell(text, cell.kind)]
