"""A plan as boxes and arrows: all of it is there, or it is said what is not."""

from collections import Counter

from hypothesis import given
from tests.report.drawn import FEW, reports, transfers_of
from tests.report.samples import WARMING

from dfm.report import PlannedStep, PlannedTransfer, PlanReport
from dfm.report.graph import MOST_BOXES, MOST_LEVELS, MOST_SITES, Arrow, Graph, graph_of


def plan_of(*steps: PlannedStep, home: str = "desk") -> PlanReport:
    """A report with what crosses between the sites of these steps."""
    return PlanReport(steps, transfers_of(steps, home), homesite=home)


def step(n: int, site: str, *reads: int, operation: str = "m.Work") -> PlannedStep:
    names = tuple(f"node{r}" for r in reads)
    return PlannedStep(n, operation, site, None, 0.1, 100, "", name=f"node{n}", reads=names)


def drawn(graph: Graph) -> Counter[str]:
    return Counter(step.name for box in graph.boxes for step in box.steps)


def test_each_operation_has_a_box_right_of_what_it_reads() -> None:
    graph = graph_of(WARMING)

    placed = [(box.operations, box.site, box.level) for box in graph.boxes]
    assert placed == [
        (("climate.LoadField",), "institute_a", 0),
        (("climate.LoadField",), "institute_b", 0),
        (("climate.YearlyMean",), "institute_a", 1),
        (("climate.YearlyMean",), "institute_b", 1),
        (("climate.Difference",), "hub", 2),
        ((), "desk", 3),
    ]
    assert graph.sites == ("institute_a", "institute_b", "hub", "desk")
    assert graph.remark == ""


def test_a_value_sent_once_to_several_readers_is_told_at_one_arrow() -> None:
    report = plan_of(step(0, "a"), step(1, "b", 0), step(2, "b", 0), step(3, "a", 0))

    arrows = {(a.source, a.target): len(a.transfers) for a in graph_of(report).arrows}

    assert (arrows[0, 1], arrows[0, 2], arrows[0, 3]) == (1, 0, 0)


def test_results_made_at_the_homesite_go_to_the_application_though_they_cross_nothing() -> None:
    graph = graph_of(plan_of(step(0, "desk"), step(1, "desk", 0)))

    assert [(a.source, a.target) for a in graph.arrows] == [(0, 1), (1, 2)]


def kept_at(site: str) -> PlanReport:
    """A plan whose only value is made at `a`, kept at a site, and read from there at `c`."""
    made, read = step(0, "a"), step(1, "c", 0)
    crossings = (
        PlannedTransfer("node0", "a", site, 100, made_by=("node0",)),
        PlannedTransfer("kept", site, "c", 200, made_by=("node0",), readers=("node1",)),
        PlannedTransfer("node1", "c", "desk", 300, made_by=("node1",), is_yield=True),
    )
    return PlanReport((made, read), crossings, homesite="desk")


def test_what_is_kept_at_a_third_site_goes_there_and_on_from_there() -> None:
    graph = graph_of(kept_at("b"))

    def crossed(arrow: Arrow) -> tuple[str, str, list[int]]:
        ends = graph.boxes[arrow.source].site, graph.boxes[arrow.target].site
        return (*ends, [t.bytes for t in arrow.transfers])

    assert sorted(map(crossed, graph.arrows)) == [
        ("a", "b", [100]),
        ("b", "c", [200]),
        ("c", "desk", [300]),
    ]
    assert graph.remark == ""


def test_pictures_of_what_is_passed_on_say_what_made_it_and_where_it_goes() -> None:
    report = kept_at("b")

    assert '["(passed on)"]' in report.to_mermaid()
    assert "m.Work: 200 B from b to c" in report.to_svg()


def test_a_value_that_goes_round_in_a_loop_has_no_arrow_back() -> None:
    graph = graph_of(plan_of(step(0, "a", 2), step(1, "a", 0), step(2, "a", 1, 2), step(3, "a")))

    assert all(graph.boxes[a.source].level < graph.boxes[a.target].level for a in graph.arrows)
    assert len(drawn(graph)) == 4


def test_equal_operations_of_a_level_share_a_box_when_there_are_too_many() -> None:
    fan = [step(n, f"gpu{n % 3}", 0) for n in range(1, 1001)]
    report = plan_of(step(0, "desk"), *fan, step(1001, "desk", *range(1, 1001)))

    graph = graph_of(report)

    assert sorted(len(box.steps) for box in graph.boxes) == [0, 1, 1, 333, 333, 334]
    assert graph.remark == "1,002 operations are drawn as 5 boxes"
    moved = sum(t.bytes for arrow in graph.arrows for t in arrow.transfers)
    assert moved == report.bytes_moved


def test_a_long_chain_is_drawn_as_what_lies_between_two_crossings() -> None:
    chain = [step(n, "ab"[n // 50 % 2], *([n - 1] if n else [])) for n in range(500)]

    graph = graph_of(plan_of(*chain))

    assert [len(box.steps) for box in graph.boxes] == [50] * 10 + [0]
    assert len(graph.arrows) == 10


def test_what_is_too_much_even_then_is_counted() -> None:
    chain = [step(n, f"s{n % 100}", *([n - 1] if n else [])) for n in range(10_000)]

    graph = graph_of(plan_of(*chain))

    assert len(graph.boxes) <= MOST_LEVELS * (MOST_SITES + 1) + 1
    left = 10_000 - sum(drawn(graph).values())
    assert f"{left:,} operations are not drawn" in graph.remark


@given(reports())
@FEW
def test_every_operation_is_in_one_box_of_its_site(report: PlanReport) -> None:
    graph = graph_of(report)

    assert drawn(graph) == Counter(s.name for s in report.steps)
    assert len(graph.boxes) <= MOST_BOXES + 1
    for box in graph.boxes:
        assert {s.site for s in box.steps} <= {box.site}


@given(reports())
@FEW
def test_arrows_go_to_the_right_and_what_crosses_is_told_once(report: PlanReport) -> None:
    graph = graph_of(report)

    for arrow in graph.arrows:
        assert graph.boxes[arrow.source].level < graph.boxes[arrow.target].level
    told = Counter(id(t) for arrow in graph.arrows for t in arrow.transfers)
    assert set(told.values()) <= {1}
    assert len(told) == len(report.transfers)
