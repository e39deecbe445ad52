"""A plan as a picture: whole, well-formed, and nothing of it covers anything else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from tests.report.drawn import FEW, reports
from tests.report.samples import WARMING, WARMING_MEASURED
from tests.report.test_graph import plan_of, step

from dfm.report import PlanReport
from dfm.report.boxes import box_text
from dfm.report.drawing import MEASURED, OFF
from dfm.report.graph import graph_of
from dfm.report.labels import Labels
from dfm.report.layout import Rect, Size, lay_out
from dfm.report.lettering import BOLD, width_of

LABEL = "8.5"
"""How round the corners of labels are, and of nothing else."""

SVG = "{http://www.w3.org/2000/svg}"

FAN = plan_of(step(0, "desk"), *(step(n, f"gpu{n % 3}", 0) for n in range(1, 200)))
CHAIN = plan_of(*(step(n, f"s{n % 40}", *([n - 1] if n else [])) for n in range(2_000)))
ACROSS = plan_of(*(step(n, f"site{n % 12}", *range(max(0, n - 5), n)) for n in range(40)))
SAMPLES = {
    "warming": WARMING,
    "measured": WARMING_MEASURED,
    "fan": FAN,
    "chain": CHAIN,
    "across": ACROSS,
    "one site": plan_of(step(0, "desk"), step(1, "desk", 0)),
    "nothing": PlanReport(homesite="desk"),
    "nobody": PlanReport(),
    "long names": plan_of(step(0, "a" * 200, operation="W" * 300), step(1, "b", 0)),
}


@dataclass(frozen=True)
class Picture:
    """An SVG as parsed."""

    root: ElementTree.Element

    @staticmethod
    def of(report: PlanReport) -> "Picture":
        return Picture(ElementTree.fromstring(report.to_svg()))

    @property
    def size(self) -> tuple[float, float]:
        _, _, width, height = map(float, self.root.attrib["viewBox"].split())
        return width, height

    def rects(self) -> Iterator[Rect]:
        for element in self.root.iter(f"{SVG}rect"):
            yield Rect(*(float(element.attrib[k]) for k in ("x", "y", "width", "height")))

    def boxes(self) -> list[Rect]:
        """The rectangles of operations, groups and the application: all with a title of theirs."""
        groups = [g for g in self.root.iter(f"{SVG}g") if g.find(f"{SVG}title") is not None]
        found = [[r for r in g.findall(f"{SVG}rect") if r.get("rx") != LABEL] for g in groups]
        return [
            Rect(*(float(rects[-1].attrib[k]) for k in ("x", "y", "width", "height")))
            for rects in found
            if rects
        ]

    def text(self) -> str:
        return "\n".join(self.root.itertext())


@pytest.fixture(params=SAMPLES)
def report(request: pytest.FixtureRequest) -> PlanReport:
    return SAMPLES[request.param]


@given(reports())
@FEW
def test_whatever_things_are_called_it_is_well_formed(report: PlanReport) -> None:
    picture = Picture.of(report)

    assert picture.root.tag == f"{SVG}svg"
    assert len(picture.boxes()) == len(report.steps) + 1


@given(reports())
@FEW
def test_it_refers_to_nothing_outside_and_runs_nothing(report: PlanReport) -> None:
    root = Picture.of(report).root

    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "g", "rect", "text", "tspan", "title", "path"}
    names = {name for element in root.iter() for name in element.attrib}
    assert not any("href" in name or name.startswith("on") or name == "style" for name in names)


def test_it_is_the_same_each_time(report: PlanReport) -> None:
    assert report.to_svg() == replace(report).to_svg()


def test_boxes_lie_in_the_picture_and_do_not_overlap(report: PlanReport) -> None:
    picture = Picture.of(report)
    width, height = picture.size

    for rect in picture.rects():
        assert 0 <= rect.x <= rect.right <= width
        assert 0 <= rect.y <= rect.bottom <= height
    for one, other in combinations(picture.boxes(), 2):
        assert not one.overlaps(other)


@given(reports(most=25))
@FEW
def test_each_box_lies_in_the_lane_of_its_site_and_covers_no_other(report: PlanReport) -> None:
    graph = graph_of(report)

    layout = lay_out(graph, [Size(100, 50)] * len(graph.boxes), lambda told: 40)

    lanes = dict(zip(graph.sites, layout.lanes, strict=True))
    for box, rect in zip(graph.boxes, layout.boxes, strict=True):
        lane = lanes[box.site]
        assert lane.x <= rect.x < rect.right <= lane.right
        assert lane.y <= rect.y < rect.bottom <= lane.bottom
    for one, other in combinations(layout.boxes, 2):
        assert not one.overlaps(other)
    for one, other in combinations(layout.lanes, 2):
        assert not one.overlaps(other)


@given(reports(most=25))
@FEW
def test_no_line_and_no_label_crosses_a_box(report: PlanReport) -> None:
    graph, labels = graph_of(report), Labels(report)

    layout = lay_out(graph, [Size(100, 50)] * len(graph.boxes), labels.width)

    for line in layout.lines:
        assert line.start[0] < line.end[0]
        if line.until is not None:
            along = Rect(line.end[0], line.end[1] - 0.5, line.until - line.end[0], 1)
            assert not any(along.overlaps(box) for box in layout.boxes)
        between = Rect(line.start[0] + 0.01, -1e9, line.end[0] - line.start[0] - 0.02, 2e9)
        assert not any(between.overlaps(box) for box in layout.boxes)
    placed = [label.rect for label in labels.placed(layout)]
    for one, other in combinations([*placed, *layout.boxes], 2):
        assert not one.overlaps(other)


def test_text_in_boxes_fits_even_in_a_wide_font(report: PlanReport) -> None:
    root = Picture.of(report).root

    groups = [g for g in root.iter(f"{SVG}g") if g.find(f"{SVG}rect") is not None]
    assert groups
    for group in groups:
        (*_, rect) = group.iter(f"{SVG}rect")
        for text in group.iter(f"{SVG}text"):
            size = float(text.get("font-size", "12"))
            bold = BOLD if text.get("font-weight") else 1
            wide = width_of("".join(text.itertext()), size) * bold
            assert wide <= float(rect.attrib["width"]) + 0.1


def test_every_operation_is_named_or_counted(report: PlanReport) -> None:
    said = Picture.of(report).text()

    graph = graph_of(report)
    for box in graph.boxes:
        assert box_text(report, box).title in said
    if sum(len(box.steps) for box in graph.boxes) < len(report.steps):
        assert "are not drawn" in said


def test_however_large_the_plan_the_picture_is_not() -> None:
    width, height = Picture.of(CHAIN).size

    assert width < 6_000
    assert height < 2_000
    assert len(CHAIN.to_svg()) < 300_000
    assert "1,984 operations are not drawn" in Picture.of(CHAIN).text()


def test_equal_operations_are_counted_in_their_box() -> None:
    said = Picture.of(FAN).text()

    assert "m.Work ×67" in said
    assert "each 100 ms · 100 B" in said
    assert "200 operations are drawn as 4 boxes" in said


def test_what_is_off_is_marked_and_in_another_colour() -> None:
    root = Picture.of(WARMING_MEASURED).root

    spans = [(s.text, s.attrib["fill"]) for s in root.iter(f"{SVG}tspan")]
    marked = {text for text, fill in spans if fill == OFF}
    assert marked == {"!2.1 ms", "!2.25 kB"}
    assert {"73 kB", "16 ms", "225 B"} <= {text for text, fill in spans if fill == MEASURED}


def test_a_crossing_that_a_policy_allows_has_a_lock_and_says_which_rule() -> None:
    rule = "'means may leave' (mesh.dfm.yaml:12:9)"
    allowed = [replace(t, allowed_by=(rule,)) for t in WARMING.transfers[:1]]
    report = replace(WARMING, transfers=(*allowed, *WARMING.transfers[1:]))

    said = Picture.of(report).text()

    assert "allowed by a policy rule" in said
    assert said.count(rule) == 1
    assert "policy" not in Picture.of(WARMING).text()


def test_the_footer_says_what_it_comes_to() -> None:
    said = Picture.of(WARMING_MEASURED).text()

    assert "no plan costs less" in said
    assert "if all moved to desk: 145 kB, 181 times as much" in said
    assert "24 calls in 1.31 s" in said


def test_a_block_is_named_in_the_box_with_how_often_it_runs() -> None:
    report = plan_of(replace(step(0, "a"), within="ForEach, plan.py:3", times=12.0))

    assert "for each ×12" in Picture.of(report).text()


def test_numbers_are_short() -> None:
    """A picture is looked at in a review too."""
    assert re.findall(r"\d\.\d{3,}", WARMING.to_svg()) == []
