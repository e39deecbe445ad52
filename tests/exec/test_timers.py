"""Functions called later, each once, in the order of their times, or not at all."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest
from tests.exec.calling import SECONDS

from dfm.exec.threads import ThreadPool
from dfm.exec.timers import Timers

LONG = 3600.0


@pytest.fixture
def timers() -> Iterator[Timers]:
    made = Timers("timers")
    yield made
    made.close(SECONDS)


def test_functions_are_called_in_the_order_of_their_times(timers: Timers) -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    timers.after(0.02, "job", heard.put, "second")
    timers.after(0.01, "job", heard.put, "first")
    timers.after(0.02, "job", heard.put, "third")

    assert [heard.get(timeout=SECONDS) for _ in range(3)] == ["first", "second", "third"]


def test_an_earlier_one_does_not_wait_for_a_later_one(timers: Timers) -> None:
    called = threading.Event()

    timers.after(LONG, "job", lambda: None)
    timers.after(0, "job", called.set)

    assert called.wait(SECONDS)


def test_what_was_cancelled_is_not_called(timers: Timers) -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    one = timers.after(0.01, "one", heard.put, "cancelled")
    timers.after(0.01, "two", heard.put, "of a group")
    timers.after(0.02, "three", heard.put, "called")

    timers.cancel(one)
    timers.cancel(one)
    timers.cancel_group("two")

    assert heard.get(timeout=SECONDS) == "called"
    assert heard.empty()


def test_cancelled_ones_do_not_pile_up(timers: Timers) -> None:
    for _ in range(10_000):
        timers.cancel(timers.after(LONG, "job", lambda: None))

    assert len(timers._heap) < 200
    assert timers._groups == {}


def test_one_that_raises_does_not_end_the_others(
    timers: Timers, caplog: pytest.LogCaptureFixture
) -> None:
    called = threading.Event()

    timers.after(0, "job", lambda: 1 // 0)
    timers.after(0.01, "job", called.set)

    assert called.wait(SECONDS)
    assert "could not be carried out" in caplog.text


def test_nothing_is_called_after_the_end(timers: Timers) -> None:
    called = threading.Event()
    timers.after(LONG, "job", called.set)

    timers.close(SECONDS)
    timers.after(0, "job", called.set)

    assert not called.is_set()


def test_a_thread_that_was_abandoned_has_its_place_taken_and_ends_with_its_task() -> None:
    pool = ThreadPool("pool", most=1)
    stuck, go = threading.Event(), threading.Event()
    threads: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()
    done = threading.Event()

    def stay() -> None:
        threads.put(threading.current_thread())
        stuck.set()
        go.wait(SECONDS)

    pool.submit(stay)
    pool.submit(done.set)
    assert stuck.wait(SECONDS)
    waited = not done.is_set()
    left = threads.get()
    pool.abandon(left)
    pool.abandon(left)

    assert done.wait(SECONDS)
    assert waited
    go.set()
    left.join(SECONDS)
    assert not left.is_alive()
    pool.close(SECONDS)
