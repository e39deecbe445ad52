"""What a job took, as its sites tell it, and who is told of it when it has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.errors import InternalError, JobCancelled
from dfm.net.model import NetIR
from dfm.net.prepared import PreparedPipeline
from dfm.net.token import ErrorRecord, Failure
from dfm.report import Measured, MeasuredStep
from dfm.session.job_state import JobState
from dfm.session.measuring import MOST_SAMPLES, Measuring
from dfm.session.tokens import JobStatus
from dfm.targets.base import JobEvents
from dfm.wire import Codecs
from dfm.wire.messages import APPLICATION, LinkMeasure, StepMeasure, TokenPackage

CODECS = Codecs()


def step(name: str = "node1", count: int = 1, seconds: float = 1.0) -> StepMeasure:
    return StepMeasure(name, count, seconds, 8, 80)


# -- put together ------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(1, 64), st.integers(0, 9)), min_size=1, max_size=20))
def test_runs_are_counted_whoever_tells_them_and_however_many_at_once(
    told: list[tuple[int, int]],
) -> None:
    measuring = Measuring("home")

    for number, (count, seconds) in enumerate(told):
        measuring.done(f"site{number % 3}", [step(count=count, seconds=seconds)], [])

    steps = measuring.steps()
    assert steps["node1"].count == sum(count for count, _ in told)
    assert min(s for _, s in told) <= steps["node1"].seconds <= max(s for _, s in told)


def test_the_median_is_that_of_the_runs_and_not_of_those_who_tell_them() -> None:
    measuring = Measuring("home")

    measuring.done("a", [step(seconds=9)], [])
    measuring.done("a", [step(seconds=8)], [])
    measuring.done("a", [step(count=60, seconds=1)], [])

    assert measuring.steps() == {"node1": MeasuredStep(62, 1, 8, 80)}


def test_what_the_application_sends_and_gets_goes_from_and_to_the_homesite() -> None:
    measuring = Measuring("home")
    traffic = {("home", "a"): 100, ("a", "home"): 50, ("a", "b"): 70}

    measuring.done("a", [], [LinkMeasure(APPLICATION, 100, 0.1)])
    measuring.arrived("a", 50, 0.2)
    measuring.done("b", [], [LinkMeasure("a", 70, 0.3)])
    links = measuring.links(traffic, {("a", "b"): 1})

    assert {link: its.bytes for link, its in links.items()} == traffic
    assert {link: its.samples for link, its in links.items()} == {
        ("home", "a"): ((100, 0.1),),
        ("a", "home"): ((50, 0.2),),
        ("a", "b"): ((70, 0.3),),
    }
    assert [its.messages for its in links.values()] == [0, 0, 1]


def test_what_stays_at_the_homesite_went_over_no_link() -> None:
    measuring = Measuring("home")

    measuring.done("home", [], [LinkMeasure(APPLICATION, 100, 0.1)])
    measuring.arrived("home", 50, 0.2)

    assert measuring._links == {}


def test_however_many_messages_there_are_few_are_kept() -> None:
    measuring = Measuring("home")

    for size in range(5000):
        measuring.arrived("a", size, 0.1)
    (samples,) = (link.samples for link in measuring.links({("a", "home"): 1}, {}).values())

    assert len(measuring._links["a", "home"]) <= 2 * MOST_SAMPLES
    assert len(samples) == MOST_SAMPLES
    assert samples[-1] == (4999, 0.1)


# -- a job -------------------------------------------------------------------------------------


class Link:
    """The link of a target that was made before messages were counted."""

    def __init__(self) -> None:
        self.closed = False

    def send(self, packages: Mapping[str, Sequence[TokenPackage]]) -> None: ...

    def credit(self, site: str, size: int) -> None: ...

    def close(self) -> None:
        self.closed = True

    def bytes_per_link(self) -> dict[tuple[str, str], int]:
        return {("home", "a"): 7}


class Target:
    """A target whose sites are the test."""

    codecs = CODECS

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> Link:
        self.events = events
        return Link()


class Heard:
    """Hears what jobs took that are FINISHED, and how the job stood when it was told."""

    def __init__(self) -> None:
        self.told: list[Measured] = []
        self.status: list[JobStatus] = []
        self.job: JobState | None = None

    def __call__(self, measured: Measured) -> None:
        assert self.job is not None
        self.told.append(measured)
        self.status.append(self.job.status)


def job(finished: Any = None, *, calls: int = 1) -> JobState:
    """A job of one site with some open calls; more will not come."""
    net = NetIR("p", "a", ())
    prepared = PreparedPipeline("p", "fed", "1.0.0", "home", {"a": net})
    state = JobState("job", prepared, Target(), finished)  # type: ignore[arg-type]
    state.give([{"a": []}] * calls)
    state.stop()
    return state


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def running(heard: Heard) -> JobState:
    """A job of two calls."""
    heard.job = job(heard, calls=2)
    return heard.job


def test_a_job_that_runs_tells_what_it_took_so_far(running: JobState) -> None:
    before = running.measured()

    running.on_done("a", [0], {}, steps=[step()])
    after = running.measured()

    assert (before.calls, dict(before.steps)) == (0, {})
    assert (after.calls, dict(after.steps)) == (1, {"node1": MeasuredStep(1, 1, 8, 80)})
    assert 0 <= before.seconds <= after.seconds


def test_a_job_that_has_ended_took_no_more(running: JobState) -> None:
    running.on_done("a", [0, 1], {}, steps=[step()])

    assert running.measured() == running.measured()


def test_a_job_that_is_cancelled_tells_what_came_before(running: JobState) -> None:
    running.on_done("a", [0], {}, steps=[step()])
    running.end(JobStatus.CANCELLED, JobCancelled("cancelled"))
    running.on_done("a", [1], {}, steps=[step()])

    measured = running.measured()

    assert (measured.calls, measured.steps["node1"].count) == (1, 1)
    assert running.measured() == measured


def test_what_a_finished_job_took_is_told_once_and_before_anybody_sees_it_finished(
    running: JobState, heard: Heard
) -> None:
    running.on_done("a", [0], {}, steps=[step()])
    running.on_done("a", [1], {}, steps=[step(), step("node2")])
    running.stop()
    running.on_done("a", [], {})

    (told,) = heard.told
    assert told == running.measured()
    assert {name: its.count for name, its in told.steps.items()} == {"node1": 2, "node2": 1}
    assert heard.status == [JobStatus.RUNNING]
    assert running.status is JobStatus.FINISHED


def test_a_job_that_failed_is_not_told_of(running: JobState, heard: Heard) -> None:
    failure = CODECS.seal(Failure((ErrorRecord("ValueError", "no"),)))

    running.on_done("a", [0, 1], {1: failure}, steps=[step()])

    assert running.status is JobStatus.FAILED
    assert heard.told == []
    assert running.measured().steps["node1"].count == 1


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.LOST])
def test_a_job_that_was_cancelled_or_lost_is_not_told_of(
    running: JobState, heard: Heard, status: JobStatus
) -> None:
    running.end(status, JobCancelled("over"))
    running.on_done("a", [0, 1], {}, steps=[step()])

    assert heard.told == []


def test_a_job_in_which_no_operation_ran_is_not_told_of(running: JobState, heard: Heard) -> None:
    running.on_done("a", [0, 1], {})

    assert running.status is JobStatus.FINISHED
    assert heard.told == []


def test_who_can_not_make_use_of_it_does_not_spoil_the_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_: Measured) -> None:
        raise InternalError("no")

    state = job(refuse)
    state.on_done("a", [0], {}, steps=[step()])

    assert state.status is JobStatus.FINISHED
    assert "could not be kept" in caplog.text


def test_a_target_that_counts_no_messages_and_tells_no_measures_will_do(heard: Heard) -> None:
    heard.job = state = job(heard)

    state.on_tokens("a", [TokenPackage("yield", (0,), head=b"1")])
    state.on_done("a", [0], {})
    measured = state.measured()

    assert (measured.calls, dict(measured.steps)) == (1, {})
    assert {link: its.bytes for link, its in measured.links.items()} == {("home", "a"): 7}
    assert measured.links["home", "a"].messages == 0
