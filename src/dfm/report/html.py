"""A plan as a notebook shows it: the picture, and its tables when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dfm.report.drawing import GREY, MEASURED, OFF
from dfm.report.lettering import clean
from dfm.report.model import PlanReport
from dfm.report.svg import to_svg
from dfm.report.tables import Column, Kind, Note, Table, links_table, steps_table

MOST_STEPS = 200
"""So many operations are listed at most; a notebook is no place for thousands."""

_COLORS: dict[Kind, str] = {"guess": GREY, "aside": GREY, "measured": MEASURED, "off": OFF}


def to_html(report: PlanReport) -> str:
    """Return the picture of a plan, and below it its tables, folded away."""
    tables = "".join(
        _table(table)
        for table in (steps_table(report, most=MOST_STEPS), links_table(report))
        if table.rows
    )
    return (
        f'<div style="max-width:100%;overflow-x:auto">{to_svg(report)}</div>'
        f"<details><summary>operations and links</summary>{tables}</details>"
    )


def _table(table: Table) -> str:
    head = "".join(f"<th{_aligned(column)}>{_text(column.title)}</th>" for column in table.columns)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(_rows(table))}</tbody></table>"


def _rows(table: Table) -> Iterator[str]:
    for row in table.rows:
        if isinstance(row, Note):
            style = f'style="text-align:left;padding-left:2em;color:{GREY}"'
            yield f'<tr><td colspan="{len(table.columns)}" {style}>{_text(row.text)}</td></tr>'
            continue
        cells = (
            f"<td{_aligned(column, _COLORS.get(cell.kind, ''))}>{_text(cell.text)}</td>"
            for cell, column in zip(row, table.columns, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"


def _aligned(column: Column, color: str = "") -> str:
    side = "right" if column.holds == "numbers" else "left"
    return f' style="text-align:{side}{f";color:{color}" if color else ""}"'


def _text(text: str) -> str:
    return escape(clean(text))
