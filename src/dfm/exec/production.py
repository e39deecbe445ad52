"""Production of streams: what a generator gives, fed to its readers at their pace.

A plain generator has a thread to itself while it produces: it may block, and it must never
wait for a thread that its own reader holds. An async generator is a task on its adapter's lane.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dfm.exec.context import CURRENT_JOB
from dfm.exec.invocation import Invocation, Observer, observed
from dfm.exec.streams import Reader, Stream
from dfm.exec.threads import Lane, ThreadPool
from dfm.net.token import Failure


@dataclass(frozen=True, slots=True)
class Producers:
    """Where production runs, and how an exception of it becomes a failure."""

    threads: ThreadPool
    lane: Callable[[], Lane]
    failure: Callable[[Invocation, BaseException], Failure]
    observer: Observer | None


def is_stream(result: object) -> bool:
    """Whether what an operation returned arrives in pieces; lists and the like do not.

    >>> is_stream(iter([1])), is_stream([1])
    (True, False)
    """
    return isinstance(result, (Iterator, AsyncIterator, Reader))


def produce(call: Invocation, source: Any, producers: Producers) -> None:
    """Tell the job that its token is a stream, and begin to produce it."""
    stream = Stream(call.readers, to_the_end=call.awaited)
    stream.operation, stream.node = call.call.operation, call.call.node
    call.job.stream_began(call, stream)
    try:
        if isinstance(source, Iterator):
            producers.threads.submit(_produce_here, call, stream, source, producers)
        else:
            lane = producers.lane()
            lane.post(_spawn, lane, call, stream, source, producers)
    except Exception as error:  # noqa: BLE001  (no thread to be had, or no descriptor)
        _end(call, stream, producers.failure(call, error))


def _spawn(lane: Lane, call: Invocation, stream: Stream, source: Any, producers: Producers) -> None:
    if not call.job.closed:
        lane.spawn(call.job.job_id, _produce_async(call, stream, source, producers))


def _produce_here(
    call: Invocation, stream: Stream, source: Iterable[Any], producers: Producers
) -> None:
    CURRENT_JOB.set(call.job.job_id)
    failure = None
    try:
        with observed(call, producers.observer):
            for item in source:
                stream.feed([item])
                if not stream.wait_for_room():
                    break
            close = getattr(source, "close", None)
            if close is not None:
                close()
    except BaseException as error:  # noqa: BLE001  (SystemExit of an adapter is its failure too)
        failure = producers.failure(call, error)
    _end(call, stream, failure)


async def _produce_async(
    call: Invocation, stream: Stream, source: AsyncIterable[Any], producers: Producers
) -> None:
    CURRENT_JOB.set(call.job.job_id)
    failure = None
    try:
        with observed(call, producers.observer):
            async for item in source:
                stream.feed([item])
                if not await stream.room():
                    break
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()
    except BaseException as error:  # noqa: BLE001  (as above; and it must not end the lane)
        failure = producers.failure(call, error)
    _end(call, stream, failure)


def _end(call: Invocation, stream: Stream, failure: Failure | None) -> None:
    stream.end(failure)
    call.let_go()
    call.job.stream_ended(call, failure)
