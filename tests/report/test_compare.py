"""What was predicted beside what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.drawn import FEW, reports
from tests.report.samples import WARMING, WARMING_MEASURED

from dfm.report import Measured, MeasuredLink, MeasuredStep, PlannedStep, PlanReport
from dfm.report.compare import amounts_in_all, amounts_of_links, amounts_of_step, is_off
from dfm.report.remarks import OFF, is_anything_off

POSITIVE = st.floats(1e-6, 1e12)


@given(POSITIVE, POSITIVE)
def test_off_is_more_than_three_times_in_either_direction(a: float, b: float) -> None:
    assert is_off(a, b) == is_off(b, a) == (max(a, b) > 3 * min(a, b))


@given(POSITIVE, POSITIVE, POSITIVE)
def test_what_is_small_on_both_sides_is_never_off(a: float, b: float, small: float) -> None:
    if max(a, b) < small:
        assert not is_off(a, b, small)
    else:
        assert is_off(a, b, small) == is_off(a, b)


@pytest.mark.parametrize(
    ("seconds", "measured", "off"),
    [
        (0.1, 0.3, False),
        (0.1, 0.301, True),
        (0.1, 0.0333, True),
        (0.0, 0.00099, False),
        (0.0, 0.001, True),
        (0.0003, 0.00095, False),
    ],
)
def test_a_time_is_off_from_a_millisecond_on(seconds: float, measured: float, off: bool) -> None:
    step = PlannedStep(0, "m.Load", "a", None, seconds, 8, "", name="x")
    report = PlanReport((step,)).with_measured(Measured(1, {"x": MeasuredStep(1, measured, 0, 8)}))

    amounts = amounts_of_step(report, step)

    assert amounts.seconds.off is off
    assert amounts.seconds.measured_text.startswith("!") is off
    assert is_anything_off(report) is off
    assert (OFF in str(report)) is off


def test_what_a_link_carried_is_compared_call_by_call() -> None:
    links = amounts_of_links(WARMING_MEASURED)

    near, far = links["institute_a", "desk"], links["institute_b", "desk"]
    assert (near.bytes.predicted, near.bytes.measured, near.bytes.off) == (160, 225, False)
    assert (far.bytes.predicted, far.bytes.measured, far.bytes.off) == (160, 2250, True)
    assert near.seconds.measured == pytest.approx(0.0004)
    assert links["hub", "desk"].seconds.measured is None


def test_a_link_that_nobody_predicted_is_listed_with_no_bytes_predicted() -> None:
    measured = Measured(1, {}, {("desk", "hub"): MeasuredLink(5000, 1)})

    surprise = amounts_of_links(WARMING.with_measured(measured))["desk", "hub"].bytes

    assert (surprise.predicted, surprise.measured, surprise.off) == (0, 5000, True)


def test_an_operation_that_did_not_run_has_nothing_measured_and_is_not_off() -> None:
    report = WARMING.with_measured(Measured(1))

    for step in report.steps:
        assert [a.measured for a in amounts_of_step(report, step)] == [None, None, None]
    assert not any(a.off for s in report.steps for a in amounts_of_step(report, s))


def test_runs_are_compared_with_those_of_all_calls() -> None:
    step = PlannedStep(0, "m.Load", "a", None, 0.1, 8, "", name="x", times=2.0)
    measured = Measured(10, {"x": MeasuredStep(61, 0.1, 0, 8)})

    runs = amounts_of_step(PlanReport((step,)).with_measured(measured), step).runs

    assert (runs.predicted, runs.measured, runs.off) == (20, 61, True)


@given(reports())
@FEW
def test_all_links_together_are_the_sum_of_the_links(report: PlanReport) -> None:
    links, in_all = amounts_of_links(report).values(), amounts_in_all(report)

    assert in_all.bytes.predicted == sum(link.bytes.predicted for link in links)
    if report.measured is not None:
        assert in_all.bytes.measured == pytest.approx(
            sum(link.bytes.measured or 0 for link in links)
        )
