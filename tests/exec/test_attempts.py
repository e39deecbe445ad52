"""A call that fails is tried again as its options say, and each attempt has its time."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exec.calling import SECONDS, Bench, Job, bench

from dfm.errors import InternalError, JobCancelled, OperationTimedOut
from dfm.exec.attempts import LONGEST_PAUSE, pause_after, repeatable
from dfm.exec.streams import Stream, StreamBroken
from dfm.net.token import ErrorRecord, Failure
from dfm.net.transitions import Options
from dfm.wire import Packed


class Busy(Exception):
    """An error of the owner's own."""


class VeryBusy(Busy):
    """A special kind of it."""


def failing(times: int, error: BaseException) -> tuple[Callable[[], int], Callable[[], int]]:
    """Return a body that raises so many times, then gives 7; plain, and as a coroutine."""
    tries = iter(range(times))

    def body() -> int:
        for _ in tries:
            raise error
        return 7

    async def body_async() -> int:
        return body()

    return body, body_async  # type: ignore[return-value]


# -- repeating ---------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [0, 1], ids=["plain", "async"])
def test_a_call_that_fails_is_repeated_until_it_succeeds(way: int) -> None:
    job = Job()

    with bench(failing(2, ValueError("no"))[way]) as site:
        site.call(job, retries=3)

        assert job.token() == 7


@pytest.mark.parametrize("way", [0, 1], ids=["plain", "async"])
def test_the_error_of_the_last_attempt_says_how_many_there_were(way: int) -> None:
    job = Job()

    with bench(failing(9, ValueError("no"))[way]) as site:
        site.call(job, retries=2)
        error = job.error()

    assert (error.type, error.attempts) == ("ValueError", 3)
    assert error.message == "no (after 3 attempts)"


def test_without_retries_there_is_one_attempt_and_the_message_is_plain() -> None:
    job = Job()

    with bench(failing(1, ValueError("no"))[0]) as site:
        site.call(job)
        error = job.error()

    assert (error.attempts, error.message) == (1, "no")


@pytest.mark.parametrize(
    "name", ["Busy", "VeryBusy", f"{__name__}.Busy", f"{__name__}.VeryBusy", "Exception"]
)
def test_retry_on_names_the_class_of_the_error_or_one_above_it(name: str) -> None:
    assert repeatable(VeryBusy(), Options(retry_on=("KeyError", name)))


@pytest.mark.parametrize("name", ["busy", "other.Busy", "ValueError", "tests.Busy"])
def test_other_names_are_of_other_errors(name: str) -> None:
    assert not repeatable(VeryBusy(), Options(retry_on=(name,)))


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        KeyboardInterrupt(),
        SystemExit(),
        InternalError("a bug"),
        JobCancelled("over"),
        StreamBroken(Failure((ErrorRecord("E", "m"),))),
    ],
)
def test_some_errors_are_never_repeated(error: BaseException) -> None:
    named = Options(retry_on=(type(error).__name__, "BaseException", "Exception"))

    assert not repeatable(error, Options())
    assert not repeatable(error, named)


def test_a_time_limit_is_an_error_that_can_be_repeated() -> None:
    assert repeatable(OperationTimedOut("late"), Options(retry_on=("TimeoutError",)))


def test_an_error_that_is_not_named_ends_the_call_at_once() -> None:
    job = Job()

    with bench(failing(9, ValueError("no"))[0]) as site:
        site.call(job, retries=5, retry_on=("OSError",))

        error = job.error()
        assert error.attempts == 1
        assert error.message == "no (not repeated: retry_on is OSError)"


# -- pauses ------------------------------------------------------------------------------------


def test_the_pause_doubles_after_each_attempt() -> None:
    job = Job()

    with bench(failing(3, ValueError("no"))[0]) as site:
        site.call(job, retries=3, backoff=0.5)
        for pause in (0.5, 1.0, 2.0):
            site.clock.wait_until_armed()
            site.clock.advance(pause)

        assert job.token() == 7
        assert site.clock.pauses == [0.5, 1.0, 2.0]


def test_the_next_attempt_waits_for_its_pause() -> None:
    job = Job()

    with bench(failing(1, ValueError("no"))[0]) as site:
        site.call(job, retries=1, backoff=10)
        site.clock.wait_until_armed()
        site.clock.advance(9.9)

        assert site.clock.armed == 1
        assert job.heard_nothing_more
        site.clock.advance(0.1)
        assert job.token() == 7


def test_a_pause_holds_no_thread_of_a_body() -> None:
    first, second = Job(), Job()

    with bench(failing(1, ValueError("no"))[0], lambda: 8, threads=1) as site:
        site.call(first, retries=1, backoff=10)
        site.clock.wait_until_armed()
        site.call(second, "ops.G")

        assert second.token() == 8


@given(st.integers(1, 1001), st.floats(0, 3e6))
def test_a_pause_is_never_longer_than_the_longest(number: int, backoff: float) -> None:
    assert 0 <= pause_after(number, Options(backoff=backoff)) <= LONGEST_PAUSE


def test_a_job_that_is_cancelled_during_a_pause_makes_no_further_attempt() -> None:
    job = Job()

    with bench(failing(1, ValueError("no"))[0]) as site:
        site.call(job, retries=1, backoff=10)
        site.clock.wait_until_armed()
        job.closed = True
        site.runner.cancel(job.job_id)

        assert site.clock.armed == 0
        assert job.heard_nothing_more


# -- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_a_repeated_body_gets_its_arguments_as_they_were(packed: bool) -> None:
    seen: list[Any] = []

    def spoil(numbers: Any, names: list[str]) -> None:
        seen.append((numbers.tolist(), list(names)))
        numbers[:] = 0
        names.append("spoilt")
        raise ValueError("again")

    job = Job()

    with bench(spoil) as site:
        inputs: dict[str, Any] = {"numbers": np.arange(3000), "names": ["a"]}
        if packed:
            inputs = {name: site.codecs.pack(value) for name, value in inputs.items()}
        site.call(job, inputs=inputs, retries=2)
        job.error()

    assert seen == [(list(range(3000)), ["a"])] * 3


def test_what_can_not_be_packed_is_the_same_in_every_attempt() -> None:
    seen: list[Any] = []

    def keep(lock: Any) -> None:
        seen.append(lock)
        raise ValueError("again")

    job, lock = Job(), threading.Lock()

    with bench(keep) as site:
        site.call(job, inputs={"lock": lock}, retries=1)
        job.error()

    assert seen == [lock, lock]


def test_a_call_that_reads_a_stream_is_not_repeated_and_says_so() -> None:
    def total(numbers: Any) -> int:
        raise ValueError(sum(numbers))

    stream = Stream(1)
    stream.feed([1, 2])
    stream.end()
    job = Job()

    with bench(total) as site:
        site.call(job, inputs={"numbers": stream}, retries=5)
        error = job.error()

    assert error.attempts == 1
    assert error.message == "3 (not repeated: it read a stream, which is consumed)"


# -- what can be seen --------------------------------------------------------------------------


def test_an_observer_sees_each_attempt_that_failed() -> None:
    job = Job()

    with bench(failing(9, ValueError("no"))[0]) as site:
        site.call(job, frame=(4, 2), retries=1)
        job.error()

    told = ("job", "ops.F", (4, 2))
    assert site.watcher.failed == [
        (*told, 1, "ValueError: no", True),
        (*told, 2, "ValueError: no", False),
    ]


def test_the_log_of_the_site_tells_of_each_repetition(caplog: pytest.LogCaptureFixture) -> None:
    job = Job()

    with caplog.at_level(logging.INFO, "dfm.site"), bench(failing(1, ValueError("s"))[0]) as site:
        site.call(job, retries=2)
        job.token()

    said = "attempt 1 of 3 at ops.F failed, the next is in 0 s: ValueError"
    assert [r.getMessage() for r in caplog.records] == [said]


# -- time --------------------------------------------------------------------------------------


class Stuck:
    """A body that stays until it is let go."""

    def __init__(self) -> None:
        self.began = threading.Semaphore(0)
        self.go = threading.Event()
        self.ended = threading.Semaphore(0)

    def body(self) -> str:
        self.began.release()
        self.go.wait(SECONDS)
        self.ended.release()
        return "late"

    def has_begun(self) -> None:
        assert self.began.acquire(timeout=SECONDS)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    stays = Stuck()
    yield stays
    stays.go.set()


def test_a_plain_body_that_takes_too_long_fails_at_once_and_its_result_is_lost(
    stuck: Stuck,
) -> None:
    job = Job()

    def wait() -> str:
        return stuck.body()

    with bench(wait) as site:
        site.call(job, timeout=5)
        stuck.has_begun()
        site.clock.advance(5)
        error = job.error()
        stuck.go.set()
        assert stuck.ended.acquire(timeout=SECONDS)

    assert (error.type, error.code) == ("OperationTimedOut", "dfm-313")
    assert error.message == "ops.F took longer than its time limit of 5 s"
    assert job.heard_nothing_more


def test_a_body_in_time_is_not_disturbed(stuck: Stuck) -> None:
    job = Job()

    def wait() -> str:
        return stuck.body()

    with bench(wait) as site:
        site.call(job, timeout=5)
        stuck.has_begun()
        site.clock.advance(4.9)
        stuck.go.set()

        assert job.token() == "late"
        assert site.clock.armed == 0


def test_bodies_that_are_left_alone_do_not_take_the_places_of_others(stuck: Stuck) -> None:
    jobs = [Job() for _ in range(6)]
    last = Job()

    def wait() -> str:
        return stuck.body()

    with bench(wait, lambda: 8, threads=2) as site:
        for job in jobs:
            site.call(job, timeout=5)
        site.call(last, "ops.G")
        for _ in range(3):
            stuck.has_begun()
            stuck.has_begun()
            site.clock.wait_until_armed(2)
            site.clock.advance(5)

        assert [job.error().type for job in jobs] == ["OperationTimedOut"] * 6
        assert last.token() == 8
        stuck.go.set()


def test_a_coroutine_that_takes_too_long_is_cancelled() -> None:
    began, cancelled = threading.Event(), threading.Event()

    async def wait() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    job = Job()

    with bench(wait) as site:
        site.call(job, timeout=5)
        assert began.wait(SECONDS)
        site.clock.advance(5)

        assert job.error().type == "OperationTimedOut"
        assert cancelled.wait(SECONDS)
        assert job.heard_nothing_more


def test_a_coroutine_that_will_not_be_cancelled_has_failed_all_the_same() -> None:
    began, refused, go = threading.Event(), threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def wait() -> str:
        loops.append(asyncio.get_running_loop())
        began.set()
        try:
            await go.wait()
        except asyncio.CancelledError:
            refused.set()
        await go.wait()
        return "late"

    job, other = Job(), Job()

    with bench(wait, lambda: 1) as site:
        site.call(job, timeout=5)
        assert began.wait(SECONDS)
        site.clock.advance(5)
        error = job.error()
        assert refused.wait(SECONDS)
        loops[0].call_soon_threadsafe(go.set)
        site.call(other, "ops.G")
        other.token()

    assert error.type == "OperationTimedOut"
    assert job.heard_nothing_more


def test_an_attempt_that_took_too_long_is_repeated(stuck: Stuck) -> None:
    tries = iter([stuck.body, lambda: "in time"])

    def wait() -> str:
        return next(tries)()

    job = Job()

    with bench(wait) as site:
        site.call(job, timeout=5, retries=1, retry_on=("TimeoutError",))
        stuck.has_begun()
        site.clock.advance(5)

        assert job.token() == "in time"
        stuck.go.set()


# -- streams -----------------------------------------------------------------------------------


def stream_of(job: Job) -> Any:
    kind, stream = job.hears()
    assert kind == "stream", (kind, stream)
    return stream.claim()


def end_of(job: Job) -> Failure | None:
    kind, failure = job.hears()
    assert kind == "end", (kind, failure)
    return failure


def make_stream(way: str, before: int, gate: threading.Event, began: threading.Event) -> Any:
    """Return a body that gives so many items, then one more once the gate is open."""

    def plain() -> Iterator[int]:
        yield from range(before)
        began.set()
        gate.wait(SECONDS)
        yield before

    async def coroutines() -> AsyncIterator[int]:
        for number in range(before):
            yield number
        began.set()
        await asyncio.Event().wait()

    return plain if way == "plain" else coroutines


@pytest.mark.parametrize("before", [0, 3])
@pytest.mark.parametrize("way", ["plain", "async"])
def test_an_item_that_takes_too_long_breaks_the_stream(way: str, before: int) -> None:
    gate, began, job = threading.Event(), threading.Event(), Job()

    with bench(make_stream(way, before, gate, began)) as site:
        site.call(job, timeout=5)
        reader = stream_of(job)
        assert began.wait(SECONDS)
        site.clock.advance(5)
        failure = end_of(job)
        gate.set()
        with pytest.raises(StreamBroken, match="longer than its time limit of 5 s"):
            list(reader)

    assert failure is not None
    assert failure.errors[0].type == "OperationTimedOut"
    assert job.heard_nothing_more


def test_the_time_of_an_item_begins_when_the_one_before_was_given() -> None:
    steps = threading.Semaphore(0)
    gone = threading.Semaphore(0)

    def slow() -> Iterator[int]:
        for number in range(4):
            gone.release()
            assert steps.acquire(timeout=SECONDS)
            yield number

    job = Job()

    with bench(slow) as site:
        site.call(job, timeout=5)
        reader = stream_of(job)
        for _ in range(4):
            assert gone.acquire(timeout=SECONDS)
            site.clock.wait_until_armed()
            site.clock.advance(4)
            steps.release()

        assert end_of(job) is None
        assert list(reader) == [0, 1, 2, 3]


@pytest.mark.parametrize("way", ["plain", "async"])
def test_a_stream_that_fails_before_its_first_item_is_repeated(way: str) -> None:
    tries = iter(range(2))

    def plain() -> Iterator[int]:
        if next(tries) == 0:
            raise ValueError("not yet")
        yield from (1, 2)

    async def coroutines() -> AsyncIterator[int]:
        for number in plain():
            yield number

    job = Job()

    with bench(plain if way == "plain" else coroutines) as site:
        site.call(job, retries=1)
        reader = stream_of(job)

        assert list(reader) == [1, 2]
        assert end_of(job) is None


def test_a_stream_that_fails_after_an_item_is_broken() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    job = Job()

    with bench(broken) as site:
        site.call(job, retries=5)
        reader = stream_of(job)
        failure = end_of(job)

    assert failure is not None
    assert failure.errors[0].message == "no more"
    with pytest.raises(StreamBroken):
        list(reader)


def test_a_body_that_is_left_alone_reads_no_more_of_its_stream() -> None:
    said: list[str] = []
    began, ended = threading.Event(), threading.Event()

    def total(numbers: Any) -> int:
        try:
            for _ in numbers:
                began.set()
        except JobCancelled as error:
            said.append(str(error))
        ended.set()
        return 0

    stream = Stream(1)
    job = Job()

    with bench(total) as site:
        site.call(job, inputs={"numbers": stream}, timeout=5)
        stream.feed([1])
        assert began.wait(SECONDS)
        site.clock.advance(5)
        job.error()
        assert ended.wait(SECONDS)

    assert said
    assert stream.stopped


def test_results_that_travel_are_packed_after_any_attempt(stuck: Stuck) -> None:
    job = Job()

    with bench(failing(1, ValueError("no"))[0]) as site:
        site.call(job, retries=1, packs=True)
        token = job.token()

    assert isinstance(token.packed, Packed)


def test_a_site_with_calls_in_every_state_can_be_closed(stuck: Stuck) -> None:
    def wait() -> str:
        return stuck.body()

    jobs = [Job(), Job()]

    with bench(wait, failing(1, ValueError("no"))[0]) as site:
        site.call(jobs[0], timeout=5)
        site.call(jobs[1], "ops.G", retries=1, backoff=10)
        stuck.has_begun()
        site.clock.wait_until_armed(2)
        stuck.go.set()

    assert isinstance(site, Bench)


def test_an_argument_that_takes_too_long_to_find_counts_as_time_of_the_call(stuck: Stuck) -> None:
    ran: list[str] = []

    def body(secret: str) -> None:
        ran.append(secret)

    job = Job()

    with bench(body, vault=stuck.body) as site:
        site.call(job, timeout=5)
        stuck.has_begun()
        site.clock.advance(5)

        assert job.error().type == "OperationTimedOut"
        stuck.go.set()
    assert ran == []
