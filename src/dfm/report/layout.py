"""Where the boxes and arrows of a plan lie: sites as lanes, levels as columns.

Boxes keep to the cell of their site and level. An arrow bends only in the gaps between columns.
Where it has to pass a column it is given room in the lane it goes to, a slot without a box, so no
arrow crosses a box. Values on their way to the application share one such line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean

from dfm.report.graph import Arrow, Graph
from dfm.report.model import PlannedTransfer

LANE_PADDING = 12
SLOT_SPACING = 12
LINE_HEIGHT = 10
LEAST_GAP = 30
LEAST_LANE = 48
LANE_SPACING = 8
LABEL_ROOM = 30
PORT_MARGIN = 9
PORT_SPACING = 11


@dataclass(frozen=True, slots=True)
class Size:
    """How wide and how high something is."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.height / 2

    def overlaps(self, other: Rect) -> bool:
        """Whether they have any area in common."""
        across = self.x < other.right and other.x < self.right
        return across and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class Line:
    """A part of an arrow: a bend over a gap, and then along a column to `until` if it passes one.

    `told` are the values that are told of here. What goes `to_application` shares the lines that
    pass columns.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    until: float | None
    source: int
    crosses: bool
    to_application: bool
    told: tuple[PlannedTransfer, ...] = ()

    @property
    def half(self) -> float:
        """Where across the gap the two halves of the bend meet."""
        return (self.start[0] + self.end[0]) / 2

    def point(self, t: float) -> tuple[float, float]:
        """Return the point at `t`, from 0 to 1, of the bend: a cubic one, level at its ends."""
        (x1, y1), (x2, y2) = self.start, self.end
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
        xs, ys = (x1, self.half, self.half, x2), (y1, y1, y2, y2)
        x = sum(w * x for w, x in zip(weights, xs, strict=True))
        return x, sum(w * y for w, y in zip(weights, ys, strict=True))


@dataclass(frozen=True, slots=True)
class Layout:
    """Rectangles of boxes and lanes, in the order of the graph's, and the lines between boxes."""

    boxes: tuple[Rect, ...]
    lanes: tuple[Rect, ...]
    lines: tuple[Line, ...]


def lay_out(
    graph: Graph,
    sizes: Sequence[Size],
    label_width: Callable[[Sequence[PlannedTransfer]], float],
    *,
    corner: tuple[float, float] = (0, 0),
    before: float = 0,
    least: float = 0,
) -> Layout:
    """Return where everything lies, from a corner on, lanes below each other.

    `before` is room for the name of a lane, and `least` how wide a lane is at least.
    """
    drawing = _Layout(graph, sizes)
    lanes = drawing.place_lanes(corner[1])
    xs = drawing.columns(corner[0] + before, label_width)
    width = max(least, xs[-1].right - corner[0] + LANE_PADDING)
    return Layout(
        tuple(drawing.rect(slot, xs) for slot in drawing.slots[: len(graph.boxes)]),
        tuple(Rect(corner[0], lane.y, width, lane.height) for lane in lanes),
        tuple(drawing.lines(xs)),
    )


@dataclass(slots=True, eq=False)
class _Slot:
    """Room in the cell of a lane and a column, for a box or for an arrow that passes."""

    lane: int
    column: int
    size: Size
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.y + self.size.height / 2


@dataclass(slots=True)
class _Segment:
    """A line between two slots of neighbouring columns, by their numbers."""

    source: int
    crosses: bool
    to_application: bool
    told: list[PlannedTransfer] = field(default_factory=list)


class _Layout:
    def __init__(self, graph: Graph, sizes: Sequence[Size]) -> None:
        self.graph = graph
        lanes = {site: n for n, site in enumerate(graph.sites)}
        self.slots = [
            _Slot(lanes[box.site], box.level, size)
            for box, size in zip(graph.boxes, sizes, strict=True)
        ]
        self.passing: dict[tuple[int, int, int], int] = {}
        self.segments: dict[tuple[int, int], _Segment] = {}
        for arrow in graph.arrows:
            self._route(arrow)
        self.cells: dict[tuple[int, int], list[int]] = {}
        for n, slot in enumerate(self.slots):
            self.cells.setdefault((slot.column, slot.lane), []).append(n)

    def _route(self, arrow: Arrow) -> None:
        """Lead an arrow through a slot of each column that it passes."""
        application = len(self.graph.boxes) - 1
        source, target = self.slots[arrow.source], self.slots[arrow.target]
        home = arrow.target == application
        crosses = source.lane != target.lane
        at, told = arrow.source, list(arrow.transfers)
        for column in range(source.column + 1, target.column + 1):
            last = column == target.column
            shared = (-1 if home else arrow.source, target.lane, column)
            to = arrow.target if last else self._passing(shared)
            shares = home and at >= len(self.graph.boxes)
            segment = self.segments.setdefault(
                (at, to), _Segment(arrow.source, crosses and not shares, home)
            )
            segment.told += told
            at, told = to, []

    def _passing(self, key: tuple[int, int, int]) -> int:
        if key not in self.passing:
            self.passing[key] = len(self.slots)
            self.slots.append(_Slot(key[1], key[2], Size(0, LINE_HEIGHT)))
        return self.passing[key]

    def place_lanes(self, top: float) -> list[Rect]:
        """Give every slot its height on the page; return the lanes, which have no width yet."""
        lanes = []
        for number in range(len(self.graph.sites)):
            highest = max(
                (self._height(cell) for (_, lane), cell in self.cells.items() if lane == number),
                default=0,
            )
            height = max(LEAST_LANE, highest + 2 * LANE_PADDING)
            lanes.append(Rect(0, top, 0, height))
            top += height + LANE_SPACING
        before, after = self._neighbours()
        columns = range(self.graph.levels)
        for sweep, near in (
            (columns, {}),
            (columns, before),
            (columns[::-1], after),
            (columns, before),
        ):
            for column in sweep:
                self._place_column(column, lanes, near)
        return lanes

    def _height(self, cell: Sequence[int]) -> float:
        return sum(self.slots[n].size.height for n in cell) + SLOT_SPACING * (len(cell) - 1)

    def _neighbours(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """Return which slots lie before and after each one on its lines."""
        before: dict[int, list[int]] = {}
        after: dict[int, list[int]] = {}
        for a, b in self.segments:
            before.setdefault(b, []).append(a)
            after.setdefault(a, []).append(b)
        return before, after

    def _place_column(
        self, column: int, lanes: Sequence[Rect], near: Mapping[int, Sequence[int]]
    ) -> None:
        """Stack the slots of a column's cells, each near those it has lines to."""
        for number, lane in enumerate(lanes):
            cell = self.cells.get((column, number), [])
            cell.sort(key=lambda n: self._wanted(n, near))
            y = lane.middle - self._height(cell) / 2
            for n in cell:
                self.slots[n].y = y
                y += self.slots[n].size.height + SLOT_SPACING

    def _wanted(self, slot: int, near: Mapping[int, Sequence[int]]) -> float:
        if slot in near:
            return mean(self.slots[n].middle for n in near[slot])
        return self.slots[slot].middle if near else slot

    def columns(
        self, left: float, label_width: Callable[[Sequence[PlannedTransfer]], float]
    ) -> list[Rect]:
        """Return from where to where each column goes."""
        columns = []
        for column in range(self.graph.levels):
            slots = (n for (at, _), cell in self.cells.items() if at == column for n in cell)
            width = max((self.slots[n].size.width for n in slots), default=0)
            columns.append(Rect(left, 0, width, 0))
            left += width + self._gap_after(column, label_width)
        return columns

    def _gap_after(
        self, column: int, label_width: Callable[[Sequence[PlannedTransfer]], float]
    ) -> float:
        """Return how wide the gap must be for its lines and for what they are labelled with."""
        lines = [s for (a, _), s in self.segments.items() if self.slots[a].column == column]
        label = max((label_width(s.told) + LABEL_ROOM for s in lines if s.told), default=0)
        return max(LEAST_GAP, label) + min(len(lines), 12) * 4

    def rect(self, slot: _Slot, columns: Sequence[Rect]) -> Rect:
        """Return the rectangle of a box: as wide as its column."""
        column = columns[slot.column]
        return Rect(column.x, slot.y, column.width, slot.size.height)

    def lines(self, columns: Sequence[Rect]) -> Iterator[Line]:
        """Yield the lines: those within a site first, so that what crosses lies over them."""
        leaves = self._ports(0)
        arrives = self._ports(1)
        for ends, segment in sorted(self.segments.items(), key=lambda item: item[1].crosses):
            start, end = (self.slots[n] for n in ends)
            passes = ends[1] >= len(self.graph.boxes)
            yield Line(
                (columns[start.column].right, leaves[ends]),
                (columns[end.column].x, arrives[ends]),
                columns[end.column].right if passes else None,
                segment.source,
                segment.crosses,
                segment.to_application,
                tuple(segment.told),
            )

    def _ports(self, side: int) -> dict[tuple[int, int], float]:
        """Return how far down each line leaves its slot (side 0) or arrives at it (side 1).

        The lines of a box lie beside each other, in the order of what is at their other ends.
        """
        at: dict[int, list[tuple[int, int]]] = {}
        for ends in self.segments:
            at.setdefault(ends[side], []).append(ends)
        ports = {}
        for number, lines in at.items():
            slot = self.slots[number]
            lines.sort(key=lambda ends: self.slots[ends[1 - side]].middle)
            room = max(0.0, slot.size.height - 2 * PORT_MARGIN)
            spacing = min(PORT_SPACING, room / max(1, len(lines) - 1))
            first = slot.middle - spacing * (len(lines) - 1) / 2
            ports.update({ends: first + spacing * n for n, ends in enumerate(lines)})
        return ports
