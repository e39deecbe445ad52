"""A plan in colour: the lines of its plain text, as a terminal can show them.

Kept apart from the report so that it needs no terminal library, and from the command line so that
applications can show the same. It decides nothing but colours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from dfm.report import PlanReport
from dfm.report.tables import Kind
from dfm.report.text import Line, lines_of

_STYLES: dict[Kind, str] = {
    "title": "bold",
    "operation": "bold",
    "site": "cyan",
    "guess": "bright_black",
    "measured": "green",
    "off": "bold red",
    "aside": "bright_black",
}


def render_plan(report: PlanReport) -> RenderableType:
    """Return the whole plan: operations, links, what they come to, and what marks mean."""
    return _Lines(lambda width: lines_of(report, width))


class _Lines:
    """Lines that are made for the width of the console they are shown on."""

    def __init__(self, made: Callable[[int], Iterable[Line]]) -> None:
        self._made = made

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in self._made(options.max_width):
            pieces = [(cell.text, _STYLES.get(cell.kind, "")) for cell in line]
            text = Text.assemble(*pieces, no_wrap=True, overflow="ignore")
            text.rstrip()
            yield text
