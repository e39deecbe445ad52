"""A report adds up what it says."""

import pytest

from dfm.report import PlannedStep, PlannedTransfer, PlanReport


def test_a_report_sums_bytes_by_link() -> None:
    report = PlanReport(
        transfers=(
            PlannedTransfer("x", "a", "b", 10),
            PlannedTransfer("y", "a", "b", 5),
            PlannedTransfer("z", "b", "a", 1),
        )
    )

    assert report.bytes_per_link() == {("a", "b"): 15, ("b", "a"): 1}
    assert report.bytes_moved == 16


@pytest.mark.parametrize(
    ("report", "gap"),
    [
        (PlanReport(seconds=2.0, bound=2.0), 0.0),
        (PlanReport(seconds=2.0, bound=1.9, proven=False), 0.05),
        (PlanReport(seconds=2.0, bound=0.0, proven=False), 1.0),
        (PlanReport(seconds=0.0, bound=0.0, proven=False), 0.0),
    ],
)
def test_the_gap_is_how_much_cheaper_the_best_plan_could_be(report: PlanReport, gap: float) -> None:
    assert report.gap == pytest.approx(gap)


@pytest.mark.parametrize(
    ("time_from", "size_from", "link_from", "assumed"),
    [
        ("declared", "type", "from 3 runs", False),
        ("guess", "declared", "declared", True),
        ("declared", "guess", "declared", True),
        ("declared", "declared", "guess", True),
    ],
)
def test_a_report_is_assumed_if_any_number_in_it_is_a_guess(
    time_from: str, size_from: str, link_from: str, assumed: bool
) -> None:
    step = PlannedStep(0, "m.Load", "a", None, 1.0, 8, "", time_from=time_from, size_from=size_from)
    transfer = PlannedTransfer("x", "a", "b", 8, link_from=link_from)

    assert PlanReport((step,), (transfer,)).assumed is assumed
