"""What is written on the arrows of a picture: bytes, in the gaps where they cross."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfm.report.amounts import format_bytes
from dfm.report.carried import carried_by
from dfm.report.compare import LinkAmounts, amounts_of_links
from dfm.report.drawing import (
    BETWEEN,
    GREY,
    INK,
    MEASURED,
    OFF,
    PAPER,
    padlock,
    rectangle,
    spans,
    tag,
    tooltip,
)
from dfm.report.layout import Layout, Line, Rect
from dfm.report.lettering import width_of
from dfm.report.model import GUESS, PlannedTransfer, PlanReport

SIZE = 11.0
HEIGHT = 17.0
PADDING = 6.0
LOCK = 12.0
_ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
"""Where on an arrow a label may lie; the first place that is free is taken."""


Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """A label in its place."""

    rect: Rect
    line: Line


class Labels:
    """The labels of one plan. Measured bytes are known of a link, and told where that is one."""

    def __init__(self, report: PlanReport) -> None:
        self._links: dict[tuple[str, str], LinkAmounts] = amounts_of_links(report)
        self._shares = Counter((t.source, t.target) for t in report.transfers)
        self._operations = {step.name: step.operation for step in report.steps}

    def parts(self, told: Sequence[PlannedTransfer]) -> list[tuple[str, str]]:
        """Return the pieces of a label with their colours."""
        about = "~" if any(t.size_from == GUESS for t in told) else ""
        parts = [(about + format_bytes(sum(t.bytes for t in told)), INK)]
        link = (told[0].source, told[0].target)
        size = self._links[link].bytes
        if self._shares[link] == len(told) and size.measured is not None:
            parts += [(BETWEEN, GREY), (size.measured_text, OFF if size.off else MEASURED)]
        return parts

    def width(self, told: Sequence[PlannedTransfer]) -> float:
        """Return how wide a label is."""
        words = sum(width_of(text, SIZE) for text, _ in self.parts(told))
        return words + 2 * PADDING + (LOCK if _is_allowed(told) else 0)

    def placed(self, layout: Layout) -> Iterator[Label]:
        """Yield the labels for which there is room: where they hide no other, and few lines."""
        taken: list[Rect] = []
        points = _points(layout.lines)
        for line in layout.lines:
            if line.told:
                others = [p for other, p in points[line.start[0]] if other is not line]
                places = [self._place(line, t) for t in _ALONG]
                free = [p for p in places if not any(p.overlaps(other) for other in taken)]
                if free:
                    taken.append(min(free, key=lambda rect: _hidden(rect, others)))
                    yield Label(taken[-1], line)

    def _place(self, line: Line, t: float) -> Rect:
        width = self.width(line.told)
        x, y = line.point(t)
        farthest = line.end[0] - width - 9
        return Rect(
            min(max(x - width / 2, line.start[0] + 4), farthest), y - HEIGHT / 2, width, HEIGHT
        )

    def drawn(self, label: Label, color: str) -> str:
        """Return a label as drawn, with a lock if a policy rule allows what it tells of."""
        rect, told = label.rect, label.line.told
        middle, pieces = rect.x + rect.width / 2, []
        if _is_allowed(told):
            pieces.append(padlock(rect.x + PADDING, rect.y + 3.2, color))
            middle += LOCK / 2
        return tag(
            "g",
            tooltip(*self.told(told)),
            rectangle(rect, rx=HEIGHT / 2, fill=PAPER, stroke=color),
            *pieces,
            spans(middle, rect.y + 12.5, self.parts(told), font_size=SIZE, text_anchor="middle"),
        )

    def told(self, told: Sequence[PlannedTransfer]) -> Iterator[str]:
        """Yield what shows when one rests on a label."""
        for t in told[:8]:
            about = "~" if t.size_from == GUESS else ""
            size = about + format_bytes(t.bytes)
            yield f"{carried_by(t, self._operations)}: {size} from {t.source} to {t.target}"
            yield from (f"allowed by {rule}" for rule in t.allowed_by)
        if len(told) > 8:
            yield f"and {len(told) - 8:,} more values"


def _points(lines: Sequence[Line]) -> dict[float, list[tuple[Line, list[Point]]]]:
    """Return some points of each line, by the gap that it crosses."""
    points: dict[float, list[tuple[Line, list[Point]]]] = {}
    for line in lines:
        those = [line.point(n / 12) for n in range(1, 12)]
        points.setdefault(line.start[0], []).append((line, those))
    return points


def _hidden(rect: Rect, lines: Sequence[Sequence[Point]]) -> int:
    """Return how many points of other lines a label would hide."""
    return sum(
        rect.x <= x <= rect.right and rect.y <= y <= rect.bottom
        for points in lines
        for x, y in points
    )


def _is_allowed(told: Sequence[PlannedTransfer]) -> bool:
    return any(t.allowed_by for t in told)
