"""A plan as lines of text."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from tests.report.drawn import FEW, reports
from tests.report.samples import WARMING, WARMING_MEASURED

from dfm.report import Alternative, PlannedStep, PlannedTransfer, PlanReport
from dfm.report.measured import Measured, MeasuredLink
from dfm.report.model import ANSWER, COUNT, END, FOUND, ITEMS, VALUE
from dfm.report.remarks import GUESSED, OFF
from dfm.report.text import format_report

STEP = PlannedStep(0, "m.Mean", "hub", "fast", 0.5, 9, "cheapest of hub.fast, paris", name="node0")


def test_a_plan_reads_from_operations_to_links_to_what_it_comes_to() -> None:
    assert str(WARMING) == (
        """\
operation           site            time   result  why
climate.LoadField   institute_a    15 ms  72.5 kB  fixed by the author
  not institute_b: the author asks for institute_a
  not hub, desk: not offered there
climate.YearlyMean  institute_a  3.45 ms    160 B  cheapest of institute_a, institute_b
  not institute_b: +78 ms (+0 s work, +78 ms transfers)
  not hub, desk: not offered there
climate.LoadField   institute_b    15 ms  72.5 kB  fixed by the author
  not institute_a: the author asks for institute_b
  not hub, desk: not offered there
climate.YearlyMean  institute_b  3.45 ms    160 B  cheapest of institute_a, institute_b
  not institute_a: +78 ms (+0 s work, +78 ms transfers)
  not hub, desk: not offered there
climate.Difference  hub           0.1 ms    160 B  only site that offers it
  not institute_a, institute_b, desk: not offered there

link                  carries             a call     time
institute_a -> hub    climate.YearlyMean   160 B  20.1 ms
institute_b -> hub    climate.YearlyMean   160 B  20.1 ms
institute_a -> desk   climate.YearlyMean   160 B  20.1 ms
institute_b -> desk   climate.YearlyMean   160 B  20.1 ms
hub -> desk           climate.Difference   160 B  20.1 ms
in all                                     800 B   100 ms
if all moved to desk                      145 kB   156 ms

predicted: 138 ms a call, all work and transfers one after another; no plan costs less"""
    )


def test_measured_numbers_stand_beside_the_predicted_ones() -> None:
    lines = str(WARMING_MEASURED).splitlines()

    assert lines[:3] == [
        "operation           site         runs     time  measured   result  measured",
        "climate.LoadField   institute_a    24    15 ms   !2.1 ms  72.5 kB     73 kB",
        "  fixed by the author",
    ]
    assert "institute_b -> desk   climate.YearlyMean   160 B  !2.25 kB" in str(WARMING_MEASURED)
    assert "measured: 24 calls in 1.31 s, 75.6 kB between sites" in lines
    assert lines[-1] == OFF


def test_what_crossed_unpredicted_from_the_homesite_is_called_the_call() -> None:
    crossed = {("desk", "hub"): MeasuredLink(330, 10), ("hub", "away"): MeasuredLink(90, 10)}

    said = str(WARMING.with_measured(Measured(10, {}, crossed)))

    assert re.search(r"desk -> hub +the call itself +0 B +33 B", said)
    assert re.search(r"hub -> away +0 B +9 B", said)


def test_guesses_are_marked_and_the_mark_is_explained() -> None:
    step = replace(STEP, time_from="guess")
    report = PlanReport(
        (step,),
        (PlannedTransfer("y", "hub", "desk", 10, size_from="guess"),),
        homesite="desk",
        all_at_home=Alternative(2_000_000),
    )

    lines = str(report).splitlines()

    assert lines == [
        "operation  site         time  result  why",
        "m.Mean     hub.fast  ~500 ms     9 B  cheapest of hub.fast, paris",
        "",
        "link                  carries  a call",
        "hub -> desk           y         ~10 B",
        "if all moved to desk            ~2 MB",
        "",
        GUESSED,
    ]


def test_what_was_learned_is_said_of_every_number() -> None:
    learned = replace(STEP, reason="", time_from="from 14 runs", size_from="type")
    report = PlanReport((learned, STEP))

    head, first, second, *_ = str(report).splitlines()

    assert head.endswith("costs")
    assert first.endswith("time from 14 runs, result by type")
    assert second.endswith("declared")


def test_a_plan_of_declared_costs_explains_no_marks() -> None:
    assert "~" not in str(WARMING)
    assert "costs less" in str(WARMING)
    assert not re.search(r"\bcosts\n", str(WARMING))


def test_the_rules_that_let_a_value_leave_are_named() -> None:
    rule = "'means may leave' (mesh.dfm.yaml:12:9)"
    transfer = PlannedTransfer("y", "hub", "desk", 10, made_by=("node0",), allowed_by=(rule,))

    said = str(PlanReport((STEP,), (transfer, transfer)))

    assert said.count(rule) == 1
    assert "2 m.Mean" in said
    assert "allowed by" in said


def test_a_plan_in_which_nothing_crosses_says_so() -> None:
    assert str(PlanReport(steps=(STEP,))).splitlines()[-1] == "nothing crosses between sites"


@pytest.mark.parametrize(
    ("gap", "said"),
    [(0.0001, "within 1 % of the best"), (0.04, "within 4 %"), (0.041, "within 5 %")],
)
def test_how_far_the_best_plan_could_be_is_never_understated(gap: float, said: str) -> None:
    report = PlanReport((STEP,), seconds=1.0, bound=1.0 - gap, proven=False)

    assert said in str(report)


def test_what_is_true_of_several_sites_or_operations_alike_is_said_once() -> None:
    load = WARMING.steps[0]

    said = str(PlanReport((load, load, load)))

    assert said.count("climate.LoadField") == 3
    assert said.count("not hub, desk: not offered there") == 1


def test_a_step_in_a_block_says_which_and_how_often_it_runs() -> None:
    step = replace(STEP, within="ForEach, plan.py:12", times=12.0)

    head, row, *_ = str(PlanReport((step,))).splitlines()

    assert "times" in head
    assert "x12" in row
    assert row.endswith("(in ForEach, plan.py:12)")


@given(reports())
@FEW
def test_no_line_is_wider_than_asked_for_and_nothing_unprintable_is_printed(
    report: PlanReport,
) -> None:
    for line in format_report(report, width=160).splitlines():
        assert len(line) <= 160
        assert line.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)
        line.encode("utf-8")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (VALUE, "m.Mean"),
        (ITEMS, "items of m.Mean"),
        (COUNT, "the number of items of m.Mean"),
        (ANSWER, "the answer to a condition on m.Mean"),
        (FOUND, "whether a cache has it"),
        (END, "the end of m.Mean"),
    ],
)
def test_what_crosses_is_told_from_the_value_it_comes_from(kind: str, said: str) -> None:
    transfer = PlannedTransfer("node0_x", "hub", "desk", 10, made_by=("node0",), kind=kind)

    row = next(line for line in str(PlanReport((STEP,), (transfer,))).splitlines() if "->" in line)

    assert row.startswith(f"hub -> desk  {said} ")


def test_what_is_no_value_of_an_operation_is_told_once() -> None:
    value = PlannedTransfer("node0", "hub", "desk", 10, made_by=("node0",))
    end = PlannedTransfer("node1_over", "hub", "desk", 1, kind=END)

    rows = str(PlanReport((STEP,), (value, end, value, end))).splitlines()

    assert next(row for row in rows if "->" in row).startswith(
        "hub -> desk  2 m.Mean, the end of a loop "
    )
