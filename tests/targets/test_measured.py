"""What a job took is measured on every target, and shown by the job."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dfm import (
    Federation,
    ForEach,
    JobStatus,
    Pipeline,
    PlaceParam,
    Session,
    StopToken,
    Yield,
)
from dfm.errors import JobCancelled, OperationFailed
from dfm.federation.models import CacheConfig
from dfm.net.model import STATUS_PLACE_NAME, Call
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured

LIMIT = 20.0


def counts(measured: Measured) -> dict[str, int]:
    return {name: step.count for name, step in measured.steps.items()}


def calls_of(prepared: PreparedPipeline) -> set[str]:
    """Return the places that operations fill, by the nets."""
    return {t.output for net in prepared.nets.values() for t in net.walk() if isinstance(t, Call)}


def chain(federation: Federation) -> Pipeline:
    ops = federation.operations.ops
    with Pipeline(name="chain") as pipeline:
        value = ops.Add(a=PlaceParam(place="x"), b=1, site="a")
        Yield(value=ops.Add(a=value, b=1, site="b"))
    return pipeline


# -- steps -------------------------------------------------------------------------------------


def test_each_operation_is_counted_once_in_each_call(
    session: Session, federation: Federation
) -> None:
    prepared = session.prepare(chain(federation))

    job = session.execute(prepared, [{"x": n} for n in range(700)])
    job.result(LIMIT)
    measured = job.measured()

    assert measured.calls == 700
    assert counts(measured) == dict.fromkeys(calls_of(prepared), 700)
    assert {step.name for step in prepared.report.steps} == set(measured.steps)
    assert 0 <= sum(step.seconds for step in measured.steps.values()) <= measured.seconds


def test_the_operations_of_a_loop_are_counted_in_each_iteration(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="loop") as pipeline, ForEach(seq=ops.Items(n=300, site="a")) as item:
        Yield(value=ops.Add(a=item, b=1, site="b"))

    job = session.execute(pipeline, [{}, {}])
    job.result(LIMIT)

    assert sorted(counts(job.measured()).values()) == [2, 600]


@pytest.mark.parametrize("site", ["a", "home"])
def test_arrays_are_measured_to_the_byte(target: str, site: str) -> None:
    federation = Federation("fields")
    federation.site("home")
    federation.site("a")

    def halve(array: Any) -> Any:
        return array[::2]

    for name in ("home", "a"):
        federation.site(name).operation("ops.Halve")(halve)
    with Pipeline(name="halves") as pipeline:
        half = federation.operations.ops.Halve(array=PlaceParam(place="array"), site=site)
        Yield(value=federation.operations.ops.Halve(array=half, site=site))

    with federation.session(homesite="home", target=target) as session:
        job = session.execute(pipeline, {"array": np.zeros(10_000)})
        job.result(LIMIT)
    steps = list(job.measured().steps.values())

    assert sorted(step.bytes_out for step in steps) == [20_000, 40_000]
    assert min(step.bytes_in for step in steps) == 40_000


def test_a_generator_returned_all_that_it_gave_and_its_reader_read_it(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="streams") as pipeline:
        items = ops.Items(n=1000, site="a")
        Yield(value=ops.Total(values=items, site="a"))

    job = session.execute(pipeline)
    job.result(LIMIT)
    made, read = sorted(job.measured().steps.values(), key=lambda step: step.bytes_in)

    assert (made.count, made.bytes_out) == (1, 8000)
    assert (read.count, read.bytes_in, read.bytes_out) == (1, 8000, 8)


# -- what is no run ----------------------------------------------------------------------------


@pytest.fixture
def keeping(tmp_path: Path, target: str) -> Iterator[tuple[Session, Any]]:
    """A session over a site that keeps what it computes, and its operations."""
    federation, tries = Federation("keeping"), tmp_path / "tries"
    federation.site("home")
    site = federation.site("a", cache=CacheConfig(base_path=str(tmp_path / "cache")))

    def compute(x: int) -> int:
        return x

    def fail_twice(x: int) -> int:
        with tries.open("a") as file:
            file.write("x")
        if len(tries.read_text()) < 3:
            raise TimeoutError("not yet")
        return x

    site.operation("k.Compute")(compute)
    site.operation("k.FailTwice")(fail_twice)
    with federation.session(homesite="home", target=target) as session:
        yield session, federation.operations.k


def test_what_came_from_a_cache_did_not_run(keeping: tuple[Session, Any]) -> None:
    session, k = keeping
    with Pipeline(name="cached") as pipeline:
        Yield(value=k.Compute(x=PlaceParam(place="x"), site="a", cache=True))

    first = session.execute(pipeline, {"x": 1})
    first.result(LIMIT)
    job = session.execute(pipeline, [{"x": 1}, {"x": 1}, {"x": 2}])
    job.result(LIMIT)

    assert list(counts(first.measured()).values()) == [1]
    assert list(counts(job.measured()).values()) == [1]
    assert job.measured().calls == 3


def test_an_operation_that_was_repeated_ran_once(keeping: tuple[Session, Any]) -> None:
    session, k = keeping
    with Pipeline(name="retries") as pipeline:
        Yield(value=k.FailTwice(x=5, site="a", retries=2))

    job = session.execute(pipeline)
    job.result(LIMIT)

    assert list(counts(job.measured()).values()) == [1]


def test_of_a_job_that_failed_the_operations_that_did_not_are_measured(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="fails") as pipeline:
        Yield(value=ops.Fail(message=ops.Greet(name="you", site="a"), site="b"))

    job = session.execute(pipeline)
    with pytest.raises(OperationFailed):
        job.result(LIMIT)

    assert list(counts(job.measured()).values()) == [1]
    assert "; the job failed" in " ".join(str(job.explain()).split())


# -- links -------------------------------------------------------------------------------------


def test_links_tell_of_all_bytes_and_some_messages(
    session: Session, federation: Federation
) -> None:
    job = session.execute(chain(federation), [{"x": n} for n in range(700)])
    job.result(LIMIT)
    links = job.measured().links

    assert {link: its.bytes for link, its in links.items()} == job.bytes_per_link()
    assert set(links) == {("home", "a"), ("home", "b"), ("a", "b"), ("b", "home")}
    for its in links.values():
        assert 1 <= its.messages <= 700
        assert len(its.samples) <= its.messages
        assert sum(size for size, _ in its.samples) <= its.bytes
        assert all(size > 0 and seconds >= 0 for size, seconds in its.samples)


def test_messages_to_the_application_are_measured_when_they_arrive(
    session: Session, federation: Federation
) -> None:
    job = session.execute(chain(federation), {"x": 1})
    job.result(LIMIT)
    link = job.measured().links["b", "home"]

    ((size, _),) = link.samples
    assert (link.messages, size) == (1, link.bytes)


# -- the job -----------------------------------------------------------------------------------


def test_a_job_that_is_cancelled_half_way_has_measures_of_what_it_did(
    session: Session, federation: Federation
) -> None:
    complete = threading.Event()

    def on_status(site: str, node: Any, frame: Any, place: str, data: Any) -> None:
        if isinstance(data, StopToken):
            complete.set()

    job = session.execute(
        chain(federation),
        {"x": 1},
        autostop=False,
        place_callbacks={STATUS_PLACE_NAME: on_status},
    )
    assert complete.wait(LIMIT)
    job.cancel()
    with pytest.raises(JobCancelled):
        job.wait_until_finished(LIMIT)
    measured = job.measured()

    assert job.get_status() is JobStatus.CANCELLED
    assert measured.calls == 1
    assert list(counts(measured).values()) == [1, 1]
    assert job.measured() == measured


def test_a_job_explains_its_plan_with_what_it_took(
    session: Session, federation: Federation
) -> None:
    prepared = session.prepare(chain(federation))

    job = session.execute(prepared, {"x": 1})
    job.result(LIMIT)
    report = job.explain()

    assert report.steps == prepared.report.steps
    assert report.measured == job.measured()
    assert prepared.report.measured is None


# -- who learns of it --------------------------------------------------------------------------


class Learner:
    """Hears what jobs took."""

    is_on = True

    def __init__(self) -> None:
        self.told: list[tuple[PreparedPipeline, Measured]] = []

    def costs(self, federation: Any) -> None:
        return None

    def ended(self, prepared: PreparedPipeline, measured: Measured) -> None:
        self.told.append((prepared, measured))

    def close(self) -> None: ...


@pytest.fixture
def learner(session: Session) -> Learner:
    """What the session tells of its jobs."""
    session._learning = learner = Learner()  # type: ignore[assignment]
    return learner


def test_the_session_learns_from_a_job_once_and_before_its_result_is_there(
    session: Session, federation: Federation, learner: Learner
) -> None:
    prepared = session.prepare(chain(federation))

    job = session.execute(prepared, [{"x": 1}, {"x": 2}])
    job.result(LIMIT)

    ((told, measured),) = learner.told
    assert told is prepared
    assert measured == job.measured()


def test_the_session_does_not_learn_from_a_job_that_failed_or_asked_for_advice(
    session: Session, federation: Federation, learner: Learner
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="fails") as failing:
        Yield(value=ops.Fail(message="no", site="a"))
    with Pipeline(name="asks") as asking:
        ops.Greet(name="you", site="a")

    with pytest.raises(OperationFailed):
        session.execute(failing).result(LIMIT)
    session.discover(asking, timeout=LIMIT)

    assert learner.told == []
