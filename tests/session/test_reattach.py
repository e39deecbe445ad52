"""Detaching from a job and reattaching to it, within one session."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dfm import Federation, Pipeline, PlaceParam, Session, Yield
from dfm.errors import ArgumentError, RunError, SessionClosed
from dfm.session import Job, JobStatus

STATUS = "_dfm_status_"
LIMIT = 30


def twice(x: int) -> int:
    if x < 0:
        raise ValueError("negative")
    return 2 * x


def doubling() -> Federation:
    federation = Federation("doubling")
    federation.site("desk")
    federation.site("hub").operation("math.Twice")(twice)
    return federation


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(doubling(), "desk", "inline") as opened:
        yield opened


def started(session: Session, *sets: dict[str, int], **options: Any) -> Job:
    twice: Any = Federation.of(session.federation).operation("math.Twice")
    with Pipeline() as pipeline:
        Yield(value=twice(x=PlaceParam(place="x")), place="out")
    return session.execute(pipeline, list(sets), **options)


class Seen:
    """A callback that notes frames and values, and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.some = threading.Event()

    def __call__(self, site: str, node: object, frame: Any, place: str, data: Any) -> None:
        self.heard.append((STATUS if place == STATUS else data, frame.frame))
        if place != STATUS:
            self.some.set()

    @property
    def values(self) -> list[Any]:
        return sorted(value for value, _ in self.heard if value != STATUS)


def test_what_comes_while_nobody_is_attached_is_kept_for_the_next(session: Session) -> None:
    seen = Seen()
    job = started(session, {"x": 1}, {"x": 2})

    job.detach()
    again = session.reattach(job.job_id, seen)
    again.wait_until_finished(LIMIT)

    assert again.was_found
    assert again.job_id == job.job_id
    assert seen.values == [2, 4]
    assert seen.heard[-1] == (STATUS, "stop")


def test_callbacks_move_to_the_object_that_reattaches(session: Session) -> None:
    first, second = Seen(), Seen()
    job = started(session, {"x": 1}, autostop=False, default_callback=first)
    first.some.wait(LIMIT)

    job.detach()
    again = session.reattach(job.job_id, second)
    again.send_input_params({"x": 5})
    again.send_stop_frame()
    again.wait_until_finished(LIMIT)

    assert first.values == [2]
    assert second.values == [10]


def test_parameter_sets_after_reattaching_have_new_frames(session: Session) -> None:
    seen = Seen()
    job = started(session, {"x": 1}, autostop=False)

    again = session.reattach(job.job_id, seen)
    again.send_input_params([{"x": 2}, {"x": 3}])
    again.send_stop_frame()
    again.wait_until_finished(LIMIT)

    values = {tuple(frame): value for value, frame in seen.heard if value != STATUS}
    assert values == {(0,): 2, (1,): 4, (2,): 6}


def test_a_detached_object_takes_no_questions_and_may_be_detached_again(session: Session) -> None:
    job = started(session, {"x": 1}, autostop=False)

    job.detach()
    job.detach()

    for ask in (job.get_status, job.wait_until_finished, job.cancel, job.result):
        with pytest.raises(RunError, match="detached"):
            ask()
    with pytest.raises(RuntimeError, match="reattach"):
        job.send_input_params({"x": 1})


def test_whoever_waits_when_the_job_is_detached_is_told(session: Session) -> None:
    job = started(session, autostop=False)
    told: list[BaseException] = []

    def read() -> None:
        try:
            list(job)
        except RunError as error:
            told.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    job.detach()
    reader.join(LIMIT)

    assert ["detached" in str(error) for error in told] == [True]


def test_a_detached_job_is_found_though_the_program_has_dropped_it(session: Session) -> None:
    job = started(session, {"x": 3})
    job_id = job.job_id
    job.detach()
    del job
    gc.collect()

    assert session.reattach(job_id).result(LIMIT) == [{"out": 6}]


def test_without_callbacks_a_job_is_asked_and_its_reader_is_not_disturbed(session: Session) -> None:
    seen = Seen()
    job = started(session, {"x": 1}, autostop=False, default_callback=seen)

    asking = session.reattach(job.job_id)
    asking.send_stop_frame()

    assert asking.callback_runner is None
    assert job.wait_until_finished(LIMIT)
    assert asking.get_status() is JobStatus.FINISHED
    assert seen.values == [2]


def test_an_error_that_one_object_saw_is_seen_by_the_other(session: Session) -> None:
    def failing(*_: object) -> None:
        raise KeyError("no such thing")

    job = started(session, {"x": 1}, default_callback=failing)
    asking = session.reattach(job.job_id)

    with pytest.raises(RunError, match="no such thing"):
        asking.wait_until_finished(LIMIT)

    assert asking.get_status() is JobStatus.FAILED


def test_a_callback_may_detach_its_own_job(session: Session) -> None:
    box: dict[str, Job] = {}
    seen, ready = Seen(), threading.Event()

    def leave(*_: object) -> None:
        ready.wait(LIMIT)
        box["job"].detach()
        seen.some.set()

    box["job"] = started(session, {"x": 1}, default_callback=leave)
    ready.set()
    seen.some.wait(LIMIT)

    again = session.reattach(box["job"].job_id)
    assert again.wait_until_finished(LIMIT)


def test_a_job_that_is_not_known_has_not_been_found(session: Session) -> None:
    job = session.reattach("no such job", Seen())
    job.cancel()
    job.detach()

    assert (job.was_found, job.get_status()) == (False, JobStatus.UNKNOWN)
    assert job.callback_runner is None
    for ask in (job.wait_until_finished, job.result, job.send_stop_frame, lambda: job.progress):
        with pytest.raises(RunError, match="does not know a job 'no such job'"):
            ask()


def test_callbacks_of_places_alone_are_refused(session: Session) -> None:
    job = started(session, {"x": 1})

    with pytest.raises(ArgumentError, match="no default_callback"):
        session.reattach(job.job_id, place_callbacks={"out": Seen()})


def test_reattaching_needs_an_open_session(session: Session) -> None:
    job = started(session, {"x": 1})
    session.close()

    with pytest.raises(SessionClosed):
        session.reattach(job.job_id)


def test_closing_the_session_cancels_detached_jobs(session: Session) -> None:
    job = started(session, {"x": 1}, autostop=False)
    asking = session.reattach(job.job_id)
    job.detach()

    session.close()

    assert asking.get_status() == JobStatus.ABORTED
    assert asking.get_status() is JobStatus.CANCELLED
