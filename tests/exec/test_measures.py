"""What runs of operations took, and the messages that came, as a site measures them."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exec.calling import SECONDS, Job, bench

from dfm.exec.measures import MOST_MESSAGES, MOST_RUNS, Measures, Run, size_of, size_of_token
from dfm.exec.router import Router
from dfm.exec.streams import ROOM, Stream
from dfm.exec.values import Held
from dfm.net.template import Ref, Sealed
from dfm.net.transitions import Call
from dfm.wire import Codecs, Packed
from dfm.wire.messages import APPLICATION, Done, Kind, Message, StepMeasure, TokenPackage, Tokens

CODECS = Codecs()


# -- runs --------------------------------------------------------------------------------------


def test_the_seconds_of_a_plain_body_are_those_of_its_code() -> None:
    def body() -> int:
        site.clock.advance(3)
        return 7

    job = Job()

    with bench(body) as site:
        site.clock.advance(100)
        site.call(job)
        job.token()

    assert job.runs == [Run(3, 0, 8)]


def test_the_seconds_of_a_coroutine_are_from_its_start_to_its_end() -> None:
    async def body() -> int:
        site.clock.advance(3)
        return 7

    job = Job()

    with bench(body) as site:
        site.call(job)
        job.token()

    assert job.runs == [Run(3, 0, 8)]


def test_a_plain_body_that_returns_an_awaitable_has_the_seconds_of_both() -> None:
    def body() -> Awaitable[int]:
        async def rest() -> int:
            site.clock.advance(4)
            return 7

        site.clock.advance(3)
        return rest()

    job = Job()

    with bench(body) as site:
        site.call(job)
        job.token()

    assert job.runs == [Run(7, 0, 8)]


def test_the_time_that_a_call_waits_for_a_thread_is_not_its_own() -> None:
    began, go = threading.Event(), threading.Event()

    def body(number: int) -> int:
        began.set()
        assert go.wait(SECONDS)
        site.clock.advance(1)
        return number

    jobs = [Job("one"), Job("two")]

    with bench(body, threads=1) as site:
        for job in jobs:
            site.call(job, inputs={"number": 3})
        assert began.wait(SECONDS)
        go.set()
        tokens = [job.token() for job in jobs]

    assert tokens == [3, 3]
    assert [job.runs for job in jobs] == [[Run(1, 8, 8)]] * 2


def test_a_call_that_was_repeated_ran_once_for_as_long_as_its_last_attempt() -> None:
    seconds = iter([5, 6, 1])

    def body() -> int:
        site.clock.advance(taken := next(seconds))
        if taken > 1:
            raise ValueError("no")
        return 7

    job = Job()

    with bench(body) as site:
        site.call(job, retries=2)
        job.token()

    assert job.runs == [Run(1, 0, 8)]


def test_a_call_that_failed_did_not_run() -> None:
    def body() -> int:
        raise ValueError("no")

    job = Job()

    with bench(body) as site:
        site.call(job, retries=1)
        job.token()

    assert job.runs == [None]


def test_what_can_not_travel_did_not_run() -> None:
    def body() -> Any:
        return threading.Lock()

    job = Job()

    with bench(body) as site:
        site.call(job, packs=True)
        job.token()

    assert job.runs == [None]


@pytest.mark.parametrize("way", ["plain", "async"])
def test_what_the_site_remembers_did_not_run(tmp_path: Path, way: str) -> None:
    def body(a: int) -> int:
        return a

    async def body_async(a: int) -> int:
        return a

    job = Job()

    with bench(body if way == "plain" else body_async, folder=tmp_path) as site:
        for _ in range(3):
            site.call(job, cache=True, inputs={"a": 4})
            job.token()

    assert [run is None for run in job.runs] == [False, True, True]


def test_arguments_are_weighed_before_the_body_changes_them() -> None:
    def body(numbers: list[int]) -> int:
        numbers.clear()
        return 0

    job = Job()

    with bench(body) as site:
        site.call(job, inputs={"numbers": [1, 2, 3]})
        job.token()

    assert job.runs == [Run(0, 25, 8)]


@pytest.mark.parametrize("packs", [False, True])
def test_arrays_have_their_exact_size(packs: bool) -> None:
    def body(array: Any) -> Any:
        return array[:100]

    job = Job()

    with bench(body) as site:
        site.call(job, inputs={"array": np.zeros(1000)}, packs=packs)
        job.token()

    assert job.runs == [Run(0, 8000, 800)]


def test_what_is_packed_anyway_has_its_packed_size() -> None:
    def body() -> Any:
        return {str(n): [n] for n in range(1000)}

    job = Job()

    with bench(body) as site:
        site.call(job, packs=True)
        token = job.token()

    assert job.runs == [Run(0, 0, token.packed.nbytes)]


# -- streams -----------------------------------------------------------------------------------


class Asked:
    """A clock that says when it was asked."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._asked = threading.Semaphore(0)

    def __call__(self) -> float:
        time = self._now()
        self._asked.release()
        return time

    def wait(self) -> None:
        assert self._asked.acquire(timeout=SECONDS)


def producers(before_an_item: Callable[[], None], count: int) -> list[Callable[[], Any]]:
    """A generator of numbers, and an async one."""

    def plain() -> Iterator[int]:
        for number in range(count):
            before_an_item()
            yield number

    async def awaited() -> AsyncIterator[int]:
        for number in range(count):
            before_an_item()
            yield number

    return [plain, awaited]


@pytest.mark.parametrize("way", [0, 1], ids=["plain", "async"])
def test_a_stream_runs_until_its_last_item_and_returns_all_of_them(way: int) -> None:
    job = Job()

    with bench(producers(lambda: site.clock.advance(1), 10)[way]) as site:
        site.call(job)
        _, stream = job.hears()
        items = list(stream.claim())
        job.hears()

    assert items == list(range(10))
    assert job.runs == [Run(10, 0, 80)]


@pytest.mark.parametrize("way", [0, 1], ids=["plain", "async"])
def test_the_time_that_a_stream_waits_for_its_reader_is_not_its_own(way: int) -> None:
    go = threading.Event()

    def work() -> None:
        assert go.wait(SECONDS)
        site.clock.advance(1)

    job, count = Job(), ROOM + 1

    with bench(producers(work, count)[way]) as site:
        site.call(job)
        _, stream = job.hears()
        reader = stream.claim()
        stream.now = asked = Asked(site.clock.now)
        go.set()
        asked.wait()
        site.clock.advance(3600)
        items = list(reader)
        job.hears()

    assert len(items) == count
    assert job.runs == [Run(count, 0, 8 * count)]


@pytest.mark.parametrize("way", ["plain", "async"])
def test_the_time_that_a_body_waits_for_the_stream_it_reads_is_not_its_own(way: str) -> None:
    def total(numbers: Any) -> int:
        return sum(numbers)

    async def total_async(numbers: Any) -> int:
        return sum([number async for number in numbers])

    job = Job()

    with bench(total if way == "plain" else total_async) as site:
        asked = Asked(site.clock.now)
        stream = Stream(1, now=asked)
        site.call(job, inputs={"numbers": stream})
        asked.wait()
        site.clock.advance(3600)
        stream.nbytes += 16
        stream.feed([1, 2])
        stream.end()
        token = job.token()

    assert token == 3
    assert job.runs == [Run(0, 16, 8)]


def test_a_stream_that_broke_did_not_run() -> None:
    def body() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    job = Job()

    with bench(body) as site:
        site.call(job)
        _, stream = job.hears()
        stream.claim()
        job.hears()

    assert job.runs == [None]


def test_a_stream_that_goes_on_under_another_name_is_no_run() -> None:
    def unused() -> None: ...

    job, source = Job(), Stream(1)
    source.feed([1, 2])
    source.end()

    with bench(unused) as site:
        site.relay(job, source)
        _, stream = job.hears()
        items = list(stream.claim())
        job.hears()

    assert items == [1, 2]
    assert stream.nbytes == 16
    assert job.runs == [None]


# -- sizes -------------------------------------------------------------------------------------


class Odd:
    """A value whose size can not be asked for."""

    @property
    def nbytes(self) -> int:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("token", "size"),
    [
        (7, 8),
        ("seven", 5),
        (np.zeros(10), 80),
        (Packed(b"head", (b"buffer",)), 10),
        (Held(np.zeros(10), Packed(b"head", (b"buffer",))), 80),
        (Held({"a": 1}, Packed(b"head", (b"buffer",))), 10),
        (Odd(), 0),
    ],
    ids=lambda token: type(token).__name__,
)
def test_a_token_has_the_size_that_it_tells_or_takes_packed_or_an_estimate(
    token: Any, size: int
) -> None:
    assert size_of_token(token) == size


def test_no_large_value_is_walked_through() -> None:
    class Counted(list[int]):
        looked_at = 0

        def __getitem__(self, index: Any) -> Any:
            self.looked_at += 1
            return super().__getitem__(index)

        def __iter__(self) -> Iterator[int]:
            raise AssertionError("it is gone through")

    value = Counted(range(1_000_000))

    size = size_of(value)

    assert size == 8_000_001
    assert value.looked_at < 100


# -- told home ---------------------------------------------------------------------------------

CALL = Call("node1", "ops.F", arguments=(("a", Ref("x")), ("b", 7), ("c", Sealed(b"12345"))))


def told(measures: Measures) -> StepMeasure:
    """Return what is told of the only step."""
    (step,), _ = measures.take()
    return step


def test_literals_count_among_what_is_read() -> None:
    measures = Measures()

    measures.ran(CALL, Run(0.5, 100, 3))

    assert told(measures) == StepMeasure("node1", 1, 0.5, 113, 3)


def test_what_holds_places_is_not_counted_as_a_literal() -> None:
    call = Call(
        "n", "ops.F", arguments=(("a", [Ref("x"), 7]), ("b", Sealed(b"12345", (Ref("y"),))))
    )
    measures = Measures()

    measures.ran(call, Run(0.5, 100, 3))

    assert told(measures).bytes_in == 100


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=MOST_RUNS))
def test_what_is_told_of_some_runs_is_their_median(seconds: list[float]) -> None:
    measures = Measures()

    for each in seconds:
        measures.ran(CALL, Run(each, 0, 0))
    step = told(measures)

    assert step.count == len(seconds)
    assert step.seconds == pytest.approx(median(seconds))


def test_however_many_runs_there_are_few_are_kept_and_all_are_counted() -> None:
    measures = Measures()

    for number in range(100_001):
        measures.ran(CALL, Run(number, 0, 0))
    kept = len(measures._steps["node1"])
    step = told(measures)

    assert kept <= MOST_RUNS
    assert step.count == 100_001
    assert step.seconds == pytest.approx(50_000, rel=0.05)


def test_what_was_told_is_not_told_again() -> None:
    measures = Measures()
    measures.ran(CALL, Run(1, 0, 0))

    measures.take()

    assert measures.take() == ([], [])


def message(source: str, size: int, sent_at: float) -> Tokens:
    """A message of that many bytes, the envelope of its token among them."""
    return Tokens(
        "job", source, "here", 1, [TokenPackage("p", (0,), head=bytes(size - 32))], sent_at
    )


def test_a_message_tells_its_size_and_how_long_it_was_under_way() -> None:
    measures = Measures()

    measures.came(message("there", 100, time.monotonic()))
    _, (link,) = measures.take()

    assert (link.source, link.bytes) == ("there", 100)
    assert link.seconds >= 0


@pytest.mark.parametrize("sent_at", [0.0, 1e-9])
def test_a_message_that_was_sent_before_the_job_was_ready_here_tells_nothing(
    sent_at: float,
) -> None:
    measures = Measures()

    measures.came(message("there", 100, sent_at))

    assert measures.take() == ([], [])


def test_of_many_messages_the_largest_and_some_small_ones_are_told() -> None:
    measures = Measures()

    for size in range(1000, 100, -1):
        for source in ("one", "other"):
            measures.came(message(source, size, time.monotonic()))
    _, links = measures.take()
    sizes = sorted(link.bytes for link in links if link.source == "one")

    assert len(links) <= MOST_MESSAGES
    assert sizes[-MOST_MESSAGES // 4 :] == list(range(1001 - MOST_MESSAGES // 4, 1001))
    assert sizes[0] < 200


class Outside:
    """A router, and what it has sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.router = Router("job", "here", self.sent.append, lambda _: None, CODECS)

    def done(self) -> Done:
        """End a call; return what is told of it."""
        self.router.done(0, None)
        self.router.flush()
        (done,) = (m for m in self.sent if isinstance(m, Done))
        self.sent.clear()
        return done


def test_the_call_that_is_complete_takes_the_measures_home() -> None:
    outside = Outside()
    outside.router.measures.ran(CALL, Run(0.5, 100, 3))
    outside.router.measures.came(message("there", 100, time.monotonic()))

    first, second = outside.done(), outside.done()

    assert first.steps == [StepMeasure("node1", 1, 0.5, 113, 3)]
    assert [link.bytes for link in first.links] == [100]
    assert (second.steps, second.links) == ([], [])


@pytest.mark.parametrize("target", ["there", APPLICATION])
def test_tokens_say_when_they_were_sent(target: str) -> None:
    outside = Outside()
    outside.router.route(target, "p", (0,), Kind.VALUE, CODECS.pack(7))

    before = time.monotonic()
    outside.router.flush()
    after = time.monotonic()

    (sent,) = outside.sent
    assert isinstance(sent, Tokens)
    assert before <= sent.sent_at <= after
