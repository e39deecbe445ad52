"""A plan as a picture: a lane for each site, operations from left to right, what crosses between.

Left to right is the order in which values are read, not time. The picture has a background of its
own, so that it can be read on a light page and on a dark one. The same plan gives the same text.
"""

from __future__ import annotations

from collections.abc import Iterator

from dfm.report.boxes import BoxText, box_text
from dfm.report.drawing import (
    BETWEEN,
    BORDER,
    FONT,
    GREY,
    HOME,
    INK,
    LANE,
    MEASURED,
    OFF,
    PAPER,
    SITES,
    THIN,
    padlock,
    rectangle,
    spans,
    tag,
    text,
    tooltip,
    wrapped,
)
from dfm.report.graph import Graph, graph_of
from dfm.report.labels import Labels
from dfm.report.layout import Layout, Line, Rect, Size, lay_out
from dfm.report.lettering import BOLD, clean, shorten, width_of
from dfm.report.model import PlanReport
from dfm.report.remarks import comparison, legend, summary

MARGIN = 16
HEADING = 40
LEAST_WIDTH = 640
NAME_WIDTH = 128
BOX_WIDTH = 210
"""The most that text in a box takes."""
BOX_PADDING = 11
TITLE, NAME, SMALL, TINY = 16.0, 13.0, 12.0, 11.0
LINE = 17


def to_svg(report: PlanReport) -> str:
    """Return a picture of a plan, as an SVG element that is also a file."""
    return _Picture(report).drawn()


class _Picture:
    """Everything that the pieces of a picture must know of."""

    def __init__(self, report: PlanReport) -> None:
        self.report = report
        self.graph: Graph = graph_of(report)
        self.texts = [box_text(report, box) for box in self.graph.boxes]
        self.labels = Labels(report)
        names = max(width_of(_lane_name(site), NAME) * BOLD for site in self.graph.sites)
        self.layout: Layout = lay_out(
            self.graph,
            [_size_of(one) for one in self.texts],
            self.labels.width,
            corner=(MARGIN, HEADING),
            before=max(names, width_of("homesite", TINY)) + 24,
            least=LEAST_WIDTH,
        )
        self.colors = {
            site: HOME if site == report.homesite else SITES[n % len(SITES)]
            for n, site in enumerate(self.graph.sites)
        }

    def drawn(self) -> str:
        """Return all of it."""
        lanes = self.layout.lanes[-1]
        footer = list(self._footer(lanes.bottom + 22, lanes.width))
        width = lanes.width + 2 * MARGIN
        height = lanes.bottom + 22 + LINE * len(footer)
        pieces = (
            rectangle(Rect(0.5, 0.5, width - 1, height - 1), rx=12, fill=PAPER, stroke=BORDER),
            self._heading(lanes.width),
            *self._lanes(),
            *map(self._line, self.layout.lines),
            *self._boxes(),
            *(self.labels.drawn(x, self._color(x.line)) for x in self.labels.placed(self.layout)),
            *footer,
        )
        return tag(
            "svg",
            "".join(f"\n{piece}" for piece in pieces) + "\n",
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width:.1f} {height:.1f}",
            width=width,
            height=height,
            role="img",
            aria_label=clean(". ".join((self._title(), *summary(self.report)))),
            font_family=FONT,
            font_size=SMALL,
            fill=INK,
        )

    def _title(self) -> str:
        return f"Plan of {self.report.pipeline}" if self.report.pipeline else "Plan"

    def _heading(self, width: float) -> str:
        said = shorten(self._title(), (width - 20) / BOLD, TITLE)
        return text(MARGIN + 2, 26, said, font_size=TITLE, font_weight=600)

    def _lanes(self) -> Iterator[str]:
        for site, lane in zip(self.graph.sites, self.layout.lanes, strict=True):
            x, color = lane.x + 14, self.colors[site][0]
            home = site == self.report.homesite
            middle = lane.middle + (-2 if home else 4.5)
            yield rectangle(lane, rx=8, fill=LANE)
            yield rectangle(Rect(lane.x, lane.y, 4, lane.height), rx=2, fill=color)
            name = text(x, middle, _lane_name(site), font_size=NAME, font_weight=600)
            yield tag("g", tooltip(site), name) if site else name
            if home:
                yield text(x, middle + 15, "homesite", font_size=TINY, fill=GREY)

    def _color(self, line: Line) -> str:
        if not line.crosses:
            return GREY if line.to_application else THIN
        return self.colors[self.graph.boxes[line.source].site][0]

    def _line(self, line: Line) -> str:
        """Return a line: with a tip where it reaches a box, or on along the column it passes."""
        (x1, y1), (x2, y2), color = line.start, line.end, self._color(line)
        stop = x2 if line.until is not None else x2 - 7
        half = (x1 + stop) / 2
        bend = f"M{x1:.1f} {y1:.1f}C{half:.1f} {y1:.1f} {half:.1f} {y2:.1f} {stop:.1f} {y2:.1f}"
        thick = 1.8 if line.crosses else 1.2
        drawn = tag("path", d=bend, fill="none", stroke=color, stroke_width=thick)
        if line.until is None:
            return drawn + tag("path", d=f"M{x2 - 0.5:.1f} {y2:.1f}l-8 -4v8z", fill=color)
        on = f"M{x2:.1f} {y2:.1f}H{line.until:.1f}"
        if line.to_application:
            color, thick = GREY, 1.2
        return drawn + tag("path", d=on, fill="none", stroke=color, stroke_width=thick)

    def _boxes(self) -> Iterator[str]:
        for box, said, rect in zip(self.graph.boxes, self.texts, self.layout.boxes, strict=True):
            line, fill = self.colors[box.site]
            application = box.is_application
            yield tag(
                "g",
                tooltip(*said.told),
                *_behind(rect, len(box.steps), line, fill),
                rectangle(
                    rect,
                    rx=rect.height / 2 if application else 7,
                    fill=fill,
                    stroke=line,
                    stroke_width=1.4,
                    stroke_dasharray="4 3" if application else None,
                ),
                *(_named(said, rect) if application else _written(said, rect)),
            )

    def _footer(self, y: float, width: float) -> Iterator[str]:
        """Yield what the plan comes to, then what its marks mean."""
        said = [(line, INK) for line in (*summary(self.report), comparison(self.report))]
        said += [(line, GREY) for line in (*legend(self.report), *self._remarks())]
        for line, color in said:
            for part in wrapped(line, width - 8, SMALL):
                yield text(MARGIN + 4, y, part, fill=color)
                y += LINE
        if self.report.measured is not None or _is_locked(self.report):
            yield self._key(y)

    def _remarks(self) -> Iterator[str]:
        if self.graph.remark:
            yield self.graph.remark

    def _key(self, y: float) -> str:
        """Return what colours and locks mean, on one line."""
        pieces, x = [], MARGIN + 4.0
        if self.report.measured is not None:
            pieces.append(
                spans(x, y, [("measured", MEASURED), (" below what was predicted", GREY)])
            )
            x += width_of("measured below what was predicted", SMALL) + 24
        if _is_locked(self.report):
            pieces += [
                padlock(x, y - 9.5, GREY),
                text(x + 14, y, "allowed by a policy rule", fill=GREY),
            ]
        return tag("g", *pieces)


def _is_locked(report: PlanReport) -> bool:
    return any(t.allowed_by for t in report.transfers)


def _lane_name(site: str) -> str:
    return shorten(clean(site), NAME_WIDTH, NAME)


def _size_of(said: BoxText) -> Size:
    widths = (
        width_of(said.title, NAME) * BOLD,
        width_of(said.mark, TINY),
        width_of(said.predicted, SMALL),
        width_of(BETWEEN.join(text for text, _ in said.measured), SMALL) * BOLD,
    )
    return Size(min(max(widths), BOX_WIDTH) + 2 * BOX_PADDING, 14 + LINE * said.lines)


def _behind(rect: Rect, steps: int, line: str, fill: str) -> Iterator[str]:
    """Yield the edge of another box behind one that stands for several operations."""
    if steps > 1:
        behind = Rect(rect.x + 4, rect.y - 4, rect.width, rect.height)
        yield rectangle(behind, rx=7, fill=fill, stroke=line, stroke_width=1)


def _named(said: BoxText, rect: Rect) -> Iterator[str]:
    """Yield the one line of text in the middle of a box."""
    middle, style = rect.x + rect.width / 2, {"font_weight": 600, "text_anchor": "middle"}
    yield text(middle, rect.middle + 4.5, said.title, font_size=NAME, **style)


def _written(said: BoxText, rect: Rect) -> Iterator[str]:
    """Yield the lines of text in a box."""
    x, y, room = rect.x + BOX_PADDING, rect.y + 20, rect.width - 2 * BOX_PADDING
    name = shorten(clean(said.title), room / BOLD, NAME)
    yield text(x, y, name, font_size=NAME, font_weight=600)
    if said.mark:
        y += LINE
        yield text(x, y, shorten(clean(said.mark), room, TINY), font_size=TINY, font_style="italic")
    if said.predicted:
        y += LINE
        yield text(x, y, shorten(said.predicted, room, SMALL), fill=GREY)
    if said.measured:
        colored = [(part, OFF if off else MEASURED) for part, off in said.measured]
        between = [[(BETWEEN, GREY), part] for part in colored]
        yield spans(x, y + LINE, [piece for pair in between for piece in pair][1:])
