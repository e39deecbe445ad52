"""A plan as tables: which operation runs where and why, and what crosses between sites.

Kept apart from the compiler so that it needs no terminal library, and from the command line so
that applications can show the same. It adds up what a report says and predicts nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dfm.net.prepared import PlannedStep, PlanReport
from dfm.view.amounts import format_bytes, format_seconds

Link = tuple[str, str]

_GREY = "bright_black"
_REMARK = "~ assumed: no cost is declared for it"


def render_plan(
    report: PlanReport, *, calls: int = 1, instead: str = "moving everything home"
) -> RenderableType:
    """Return the whole plan: its steps, its links, and what the alternative would have cost.

    A number that rests on no declared cost has a `~` before it, and then there is no comparison.
    """
    parts: list[RenderableType] = [
        steps_table(report),
        links_table(report, calls=calls, instead=instead),
    ]
    if _anything_assumed(report):
        parts.append(Text(_REMARK, style=_GREY))
    return Group(*parts)


def _anything_assumed(report: PlanReport) -> bool:
    return any(s.assumed for s in report.steps) or any(t.assumed for t in report.transfers)


def steps_table(report: PlanReport) -> Table:
    """Return one row per operation: where it runs, why, and what one call of it costs."""
    table = Table(title="Plan", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("operation", style="bold", overflow="fold")
    table.add_column("site", style="cyan")
    table.add_column("why", overflow="fold")
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("result", justify="right", no_wrap=True)
    for step in report.steps:
        table.add_row(
            Text(step.operation),
            Text(where(step)),
            Text(step.reason),
            _number(format_seconds(step.seconds), step.assumed),
            _number(format_bytes(step.bytes_out), step.assumed),
        )
    return table


def where(step: PlannedStep) -> str:
    """Return the site of a step, with its provider if it has one."""
    return f"{step.site}.{step.provider}" if step.provider else step.site


def links_table(
    report: PlanReport,
    *,
    calls: int = 1,
    measured: Mapping[Link, int] | None = None,
    instead: str = "moving everything home",
) -> Table:
    """Return one row per link: the bytes predicted for so many calls, and those measured.

    The last row says how many bytes `instead`, the alternative, would have moved, unless a number
    in the plan is only assumed.
    """
    predicted = report.bytes_per_link()
    assumed = {(t.source, t.target) for t in report.transfers if t.assumed}
    title = "Bytes between sites, predicted" + ("" if measured is None else " and measured")
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("link")
    table.add_column("a call", justify="right", no_wrap=True)
    table.add_column("all calls" if calls == 1 else f"{calls} calls", justify="right", no_wrap=True)
    if measured is not None:
        table.add_column("measured", justify="right", no_wrap=True)

    def row(
        name: str, a_call: int | None, counted: int | None, style: str = "", guess: bool = False
    ) -> None:
        cells = [_bytes(a_call, guess), _bytes(None if a_call is None else a_call * calls, guess)]
        if measured is not None:
            cells.append(_bytes(counted))
        table.add_row(Text(name), *cells, style=style)

    for link in dict.fromkeys((*predicted, *(measured or ()))):
        counted = (measured or {}).get(link)
        row(f"{link[0]} -> {link[1]}", predicted.get(link), counted, guess=link in assumed)
    table.add_section()
    in_all, counted = sum(predicted.values()), sum((measured or {}).values())
    row("in all", in_all, counted, style="bold", guess=bool(assumed))
    if report.bytes_if_all_moved_home and not _anything_assumed(report):
        row(f"{instead} instead", report.bytes_if_all_moved_home, None)
    return table


def _bytes(count: int | None, assumed: bool = False) -> Text:
    return Text() if count is None else _number(format_bytes(count), assumed)


def _number(text: str, assumed: bool) -> Text:
    return Text(f"~{text}", style=_GREY) if assumed else Text(text)
