"""What one job told, and the last of what many told."""

import math

from hypothesis import given
from hypothesis import strategies as st
from tests.costs.jobs import link, step

from dfm.costs.history import MOST_RUNS, History
from dfm.costs.runs import MOST_SAMPLES, LinkKey, LinkSample, StepKey, StepSample, run_of, thinned
from dfm.report import Measured, MeasuredLink, MeasuredStep, PlannedStep, PlanReport


def planned(name: str, operation: str = "m.A", site: str = "oslo") -> PlannedStep:
    return PlannedStep(name, operation, site, None, 1.0, 8, "", name=name)


def told(steps: list[PlannedStep], measured: Measured):
    return run_of(PlanReport(tuple(steps)), measured, when=7.0)


def test_a_job_tells_of_its_operations_by_what_the_plan_says_of_their_steps() -> None:
    measured = Measured(1, {"x": MeasuredStep(3, 0.5, 100, 8)})

    job = told([planned("x"), planned("never ran", "m.B")], measured)

    assert dict(job.steps) == {
        StepKey("m.A", "oslo"): (7.0, (StepSample(100.0, 0.5, 8.0),), 3),
    }


def test_steps_of_the_same_operation_at_a_site_are_samples_of_one_run() -> None:
    steps = {"x": MeasuredStep(1, 0.5, 100, 8), "y": MeasuredStep(2, 5.0, 1000, 80)}

    job = told([planned("x"), planned("y")], Measured(1, steps))

    (run,) = job.steps.values()
    assert run.samples == (StepSample(100.0, 0.5, 8.0), StepSample(1000.0, 5.0, 80.0))
    assert run.times == 3


def test_links_are_told_but_for_that_of_a_site_to_itself() -> None:
    links = {
        ("oslo", "desk"): MeasuredLink(10, 2, ((8, 0.1), (2, 0.2))),
        ("oslo", "oslo"): MeasuredLink(10, 1, ((10, 0.0),)),
        ("rome", "desk"): MeasuredLink(10, 1),
    }

    job = told([], Measured(1, links=links))

    assert list(job.links) == [LinkKey("oslo", "desk")]
    assert job.links[LinkKey("oslo", "desk")].times == 2


def test_what_can_not_have_been_measured_is_left_out() -> None:
    steps = {
        "x": MeasuredStep(1, -0.1), "y": MeasuredStep(1, math.nan), "z": MeasuredStep(0, 1.0),
    }  # fmt: skip
    links = {("oslo", "desk"): MeasuredLink(10, 2, ((8, -0.1), (8, math.inf)))}

    assert not told([planned(name) for name in steps], Measured(1, steps, links))


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 10)), max_size=60))
def test_few_samples_speak_for_many(pairs: list[tuple[int, float]]) -> None:
    samples = [LinkSample(float(size), took) for size, took in pairs]

    kept = thinned(samples)

    assert len(kept) == min(len(samples), MOST_SAMPLES)
    assert set(kept) <= set(samples)
    assert [sample.bytes for sample in kept] == sorted(sample.bytes for sample in kept)


def test_one_slow_message_of_many_is_no_sample() -> None:
    samples = [LinkSample(float(size), 0.1) for size in range(40)]
    samples[17] = LinkSample(17.0, 99.0)

    assert max(sample.seconds for sample in thinned(samples)) == 0.1


@given(st.permutations(range(8)))
def test_the_order_in_which_jobs_are_told_makes_no_difference(order: list[int]) -> None:
    jobs = [step("m.A", "oslo", float(n), when=float(n)) for n in range(8)]

    assert History().and_also(jobs[n] for n in order) == History().and_also(jobs)


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_what_two_histories_know_counts_once(one: set[int], other: set[int]) -> None:
    def jobs(numbers: set[int]) -> History:
        told = [step("m.A", "oslo", float(n), when=float(n)) for n in numbers]
        sent = [link("oslo", "desk", (8, float(n)), when=float(n)) for n in numbers]
        return History().and_also([*told, *sent])

    assert jobs(one).joined(jobs(other)) == jobs(one | other)


def test_a_history_keeps_the_last_runs_and_knows_when_the_last_was() -> None:
    jobs = [link("oslo", "desk", (8, 0.1), when=float(n)) for n in range(MOST_RUNS + 5)]

    history = History().and_also(jobs)

    (runs,) = history.links.values()
    assert [run.when for run in runs] == [float(n) for n in range(5, MOST_RUNS + 5)]
    assert history.latest == MOST_RUNS + 4
    assert History().latest == 0.0
