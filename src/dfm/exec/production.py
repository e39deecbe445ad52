"""Production of streams: what a generator gives, fed to its readers at their pace.

A plain generator has a thread to itself while it produces: it may block, and it must never
wait for a thread that its own reader holds. An async generator is a task on its adapter's lane.

A stream whose call may be repeated begins with its first item: until then another attempt can
still be made. Each item has the time of a call.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from dfm.exec.attempts import Attempt, Failed
from dfm.exec.context import CURRENT_JOB
from dfm.exec.invocation import Observer, observed
from dfm.exec.measures import size_of
from dfm.exec.returns import Check
from dfm.exec.streams import Reader, Stream
from dfm.exec.threads import Lane, ThreadPool
from dfm.net.token import Failure


@dataclass(frozen=True, slots=True)
class Producers:
    """Where production runs, what becomes of an exception, and what is an item.

    An exception becomes a `failure`; before the first item the whole attempt has `failed`. What
    is no run of an operation is not `measured`.
    """

    threads: ThreadPool
    lane: Callable[[], Lane]
    failure: Callable[[Attempt, BaseException], Failure]
    failed: Failed
    observer: Observer | None
    check: Check | None
    measured: bool = True


def is_stream(result: object) -> bool:
    """Whether what an operation returned arrives in pieces; lists and the like do not.

    >>> is_stream(iter([1])), is_stream([1])
    (True, False)
    """
    return isinstance(result, (Iterator, AsyncIterator, Reader))


def produce(attempt: Attempt, source: Any, producers: Producers) -> None:
    """Tell the job that its token is a stream, and begin to produce it."""
    production = _Production(attempt, producers)
    attempt.failed = production.failed
    if not attempt.may_be_repeated:
        production.announce()
    try:
        if isinstance(source, Iterator):
            producers.threads.submit(production.run, source)
        else:
            lane = producers.lane()
            lane.post(production.spawn, lane, source)
    except Exception as error:  # noqa: BLE001  (no thread to be had, or no descriptor)
        production.failed(attempt, error)


class _Production:
    """The production of one stream; it ends once, by itself or because time is up."""

    def __init__(self, attempt: Attempt, producers: Producers) -> None:
        self._attempt = attempt
        self._call = attempt.call
        self._producers = producers
        self._stream: Stream | None = None

    def announce(self) -> Stream:
        """Tell the job of the stream, if that was not done already."""
        if self._stream is None:
            call = self._call
            self._stream = Stream(
                call.readers, to_the_end=call.awaited, now=self._attempt.meter.now
            )
            self._stream.operation, self._stream.node = call.call.operation, call.call.node
            call.job.stream_began(call, self._stream)
        return self._stream

    def failed(self, attempt: Attempt, error: BaseException) -> None:
        """End the stream with an error; or the attempt, if the stream has not begun."""
        if self._stream is None:
            self._producers.failed(attempt, error)
        else:
            self._end(self._producers.failure(attempt, error))

    def run(self, source: Iterator[Any]) -> None:
        """Produce; on a thread."""
        attempt = self._attempt
        CURRENT_JOB.set(self._call.job.job_id)
        leave = partial(self._producers.threads.abandon, threading.current_thread())
        try:
            with observed(self._call, self._producers.observer):
                attempt.meter.begin()
                items = source if attempt.limit is None else attempt.timed(source, leave)
                for item in items:
                    if not self._give(item).wait_for_room():
                        break
                attempt.begin(leave)
                close_source(source)
                attempt.meter.end()
        except BaseException as error:  # noqa: BLE001  (SystemExit of an adapter is its failure too)
            drop(source)
            if attempt.end():
                self.failed(attempt, error)
        else:
            if attempt.end():
                self._end(None)

    def spawn(self, lane: Lane, source: Any) -> None:
        """Produce; on a lane."""
        if not self._call.job.closed:
            lane.spawn(self._call.job.job_id, self._run_async(lane, source))

    async def _run_async(self, lane: Lane, source: Any) -> None:
        attempt = self._attempt
        CURRENT_JOB.set(self._call.job.job_id)
        leave = lane.canceller()
        try:
            with observed(self._call, self._producers.observer):
                attempt.meter.begin()
                items = aiter(source)
                if attempt.limit is not None:
                    items = attempt.timed_async(items, leave)
                async for item in items:
                    if not await self._give(item).room():
                        break
                attempt.begin(leave)
                await _close_async(source)
                attempt.meter.end()
        except BaseException as error:  # noqa: BLE001  (as above; and it must not end the lane)
            with suppress(Exception):
                await _close_async(source)
            if attempt.end():
                self.failed(attempt, error)
        else:
            if attempt.end():
                self._end(None)

    def _give(self, item: Any) -> Stream:
        """Feed an item to the readers; raises WrongReturn."""
        if (check := self._producers.check) is not None:
            check(item)
        stream = self.announce()
        stream.nbytes += size_of(item)
        stream.feed([item])
        return stream

    def _end(self, failure: Failure | None) -> None:
        stream = self.announce()
        if failure is None and self._producers.measured:
            self._call.run = self._attempt.meter.run(stream.nbytes, stream.waited)
        self._attempt.settle()
        stream.end(failure)
        self._call.let_go()
        self._call.job.stream_ended(self._call, failure)


def close_source(source: object) -> None:
    """Close a generator, if it is one: what holds a resource lets it go."""
    close = getattr(source, "close", None)
    if close is not None:
        close()


async def _close_async(source: object) -> None:
    close = getattr(source, "aclose", None)
    if close is not None:
        await close()


def drop(result: object) -> None:
    """Let go of what came too late, if it is something that runs."""
    # It is nobody's any more, so what closing it raises is nobody's either.
    if is_stream(result) or inspect.iscoroutine(result):
        with suppress(Exception):
            close_source(result)
