"""Streams: every reader sees every item, and production waits for the slowest that reads."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dfm.errors import JobCancelled
from dfm.exec.streams import ROOM, Stream, StreamBroken
from dfm.net.token import ErrorRecord, Failure

BROKEN = Failure((ErrorRecord("ValueError", "broken", operation="ops.Make", site="here"),))


def produced(items: list[int], readers: int = 1, failure: Failure | None = None) -> Stream:
    stream = Stream(readers)
    for item in items:
        stream.feed([item])
    stream.end(failure)
    return stream


def test_a_plain_body_iterates_over_a_stream() -> None:
    reader = produced([1, 2, 3]).claim()

    assert list(reader) == [1, 2, 3]


def test_an_async_body_iterates_over_a_stream() -> None:
    reader = produced([1, 2, 3]).claim()

    async def read() -> list[int]:
        return [item async for item in reader]

    assert asyncio.run(read()) == [1, 2, 3]


def test_each_reader_sees_every_item() -> None:
    stream = produced(list(range(1000)), readers=2)

    first, second = stream.claim(), stream.claim()

    assert list(first) == list(second) == list(range(1000))


def test_a_reader_waits_for_an_item_that_is_not_there_yet() -> None:
    stream = Stream(1)
    reader = stream.claim()
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.extend(reader))
    thread.start()

    stream.feed([7])
    stream.end()
    thread.join(5)

    assert got == [7]


def test_an_empty_stream_is_no_error() -> None:
    assert list(produced([]).claim()) == []


def test_a_broken_stream_gives_its_items_then_raises() -> None:
    reader = produced([1, 2], failure=BROKEN).claim()
    got = []

    with pytest.raises(StreamBroken, match="ValueError: broken"):
        for item in reader:
            got.append(item)  # noqa: PERF402

    assert got == [1, 2]


def test_production_waits_for_a_slow_reader_and_goes_on_when_it_has_read() -> None:
    stream = Stream(1)
    reader = stream.claim()
    reader.take(1)
    stream.feed(list(range(ROOM)))

    full = stream.has_room()
    reader.take(ROOM)

    assert not full
    assert stream.has_room()


def test_a_reader_that_has_not_begun_does_not_hold_up_one_that_has() -> None:
    stream = Stream(2)
    begun = stream.claim()
    stream.feed(list(range(ROOM)))

    begun.take(ROOM)

    assert stream.has_room()


def test_production_stops_when_no_reader_is_left() -> None:
    stream = Stream(2)
    first, second = stream.claim(), stream.claim()

    first.close()
    after_one = stream.stopped
    second.close()

    assert not after_one
    assert stream.stopped
    assert not stream.wait_for_room()


def test_a_transition_that_will_not_read_can_give_up_its_reader() -> None:
    stream = Stream(1)

    stream.abandon()

    assert stream.stopped


def test_stopping_wakes_a_producer_that_waits() -> None:
    stream = Stream(1)
    stream.claim().take(1)
    stream.feed(list(range(ROOM)))
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(stream.wait_for_room()))
    thread.start()

    stream.stop()
    thread.join(5)

    assert answers == [False]


def test_a_reader_that_is_ahead_of_another_learns_of_a_stop() -> None:
    stream = Stream(2)
    ahead, behind = stream.claim(), stream.claim()
    stream.feed([1, 2, 3])
    ahead.take(2)

    stream.stop()
    answers = [ahead.take(1), behind.take(1)]
    ahead.close()
    behind.close()

    assert answers == [([], True), ([], True)]


def test_a_body_does_not_take_what_it_got_of_a_stopped_stream_for_the_whole() -> None:
    stream = Stream(1)
    items = iter(stream.claim())
    stream.feed([1])
    first = next(items)

    stream.stop()

    assert first == 1
    with pytest.raises(JobCancelled, match="the rest of the stream will not come"):
        next(items)


def test_a_slow_reader_that_gives_up_lets_production_go_on() -> None:
    stream = Stream(2)
    slow, quick = stream.claim(), stream.claim()
    stream.feed(list(range(ROOM)))
    slow.take(0)
    quick.take(ROOM)
    woken: list[bool] = []
    stream.when_room(lambda: woken.append(True))
    before = list(woken)

    slow.close()

    assert (before, woken) == ([], [True])


def test_who_waits_for_room_is_told_when_the_last_reader_lets_go_of_a_stream_that_has_ended() -> (
    None
):
    stream = Stream(1)
    reader = stream.claim()
    told: list[bool] = []
    stream.feed(list(range(2 * ROOM)))
    stream.when_room(lambda: told.append(True))
    stream.end()

    reader.take(1)
    reader.close()

    assert told == [True]


def test_a_consumer_may_have_two_readers_of_its_own_which_it_lets_go_of_at_once() -> None:
    stream = produced([1, 2, 3])
    reader = stream.claim()
    twin = stream.twin(reader)

    first, second = list(reader), list(twin)
    reader.close()

    assert first == second == [1, 2, 3]
    assert twin.closed
