"""Attempts: one run of an adapter's body for a call, its time limit, and whether another follows.

The outcome of an attempt counts once. When its time is up first, that is its outcome, and what
the body still gives is dropped: a coroutine is cancelled, a thread can only be left alone.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from dfm.errors import (
    AdapterUnavailable,
    InternalError,
    JobCancelled,
    NoCodec,
    OperationTimedOut,
    SelectionFailed,
    SessionClosed,
    WrongReturn,
)
from dfm.exec.adapters import Adapter
from dfm.exec.invocation import Invocation
from dfm.exec.measures import Meter
from dfm.exec.streams import Reader, StreamBroken
from dfm.exec.threads import ThreadPool
from dfm.exec.timers import Timer, Timers
from dfm.exec.values import packed_of
from dfm.net.transitions import Options
from dfm.wire import Codecs, Packed

LONGEST_PAUSE = 3600.0
"""Seconds between two attempts, however often the first pause was doubled."""

_NEVER = (
    AdapterUnavailable, InternalError, JobCancelled, NoCodec, SelectionFailed, SessionClosed,
    StreamBroken, WrongReturn,
)  # fmt: skip
_END: Any = object()

Failed = Callable[["Attempt", BaseException], None]


class Attempt:
    """One run of a body for a call; the `number`-th, from 1.

    `failed` is told, on an errand's thread, when its time is up.
    """

    __slots__ = (
        "_armed", "_deadline", "_errands", "_guard", "_leave", "_over", "_running", "_timers",
        "adapter", "call", "failed", "meter", "number",
    )  # fmt: skip

    def __init__(
        self,
        call: Invocation,
        adapter: Adapter,
        number: int,
        timers: Timers,
        errands: ThreadPool,
        failed: Failed,
    ) -> None:
        self.call = call
        self.adapter = adapter
        self.number = number
        self.failed = failed
        self.meter = Meter(timers.now)
        self._timers = timers
        self._errands = errands
        self._guard = threading.Lock()
        self._leave: Callable[[], object] | None = None
        self._armed: Timer | None = None
        self._deadline = 0.0
        self._running = False
        self._over = False

    @property
    def limit(self) -> float | None:
        """The seconds it may take, or None."""
        return self.call.call.options.timeout

    @property
    def over(self) -> bool:
        """Whether its time was up; it has its outcome then."""
        return self._over

    @property
    def reads_a_stream(self) -> bool:
        """Whether it consumes what another attempt would need again."""
        return any(isinstance(value, Reader) for value in self.call.inputs.values())

    @property
    def may_be_repeated(self) -> bool:
        """Whether there will be another one, should it fail with an error that allows it."""
        return self.number <= self.call.call.options.retries and not self.reads_a_stream

    # -- time ----------------------------------------------------------------------------------

    def begin(self, leave: Callable[[], object]) -> None:
        """Let the time run from now. `leave` makes what runs go on without us, from any thread."""
        limit = self.limit
        if limit is None or self._over:
            return
        with self._guard:
            self._leave = leave
            self._running = True
            self._deadline = self._timers.now() + limit
            if self._armed is None:
                self._arm(limit)

    def end(self) -> bool:
        """Stop the time; return whether the outcome is still to be told, and by whoever asks."""
        with self._guard:
            self._running = False
            return not self._over

    def settle(self) -> None:
        """Forget the time limit: the outcome is told."""
        with self._guard:
            self._running = False
            armed, self._armed = self._armed, None
        if armed is not None:
            self._timers.cancel(armed)

    def timed(self, source: Iterator[Any], leave: Callable[[], object]) -> Iterator[Any]:
        """Yield the items of a source, each in its time, until the end or until time is up."""
        while True:
            self.begin(leave)
            item = next(source, _END)
            if not self.end() or item is _END:
                return
            yield item

    async def timed_async(
        self, source: AsyncIterator[Any], leave: Callable[[], object]
    ) -> AsyncIterator[Any]:
        """Yield the items of a source, as `timed`."""
        while True:
            self.begin(leave)
            item = await anext(source, _END)
            if not self.end() or item is _END:
                return
            yield item

    def _arm(self, seconds: float) -> None:
        self._armed = self._timers.after(seconds, self.call.job.job_id, self._ring)

    def _ring(self) -> None:
        """See whether the time is up. One timer serves all the items of a stream."""
        with self._guard:
            self._armed = None
            if not self._running:
                return
            left = self._deadline - self._timers.now()
            if left > 0:
                self._arm(left)
                return
            self._over = True
            leave, self._leave = self._leave, None
        said = f"{self.call.call.operation} took longer than its time limit of {self.limit:g} s"
        error = OperationTimedOut(said, hint="a longer `timeout`, or less work in one call")
        self._errands.submit(self.failed, self, error)
        if leave is not None:
            leave()


# -- another one? ------------------------------------------------------------------------------


def repeatable(error: BaseException, options: Options) -> bool:
    """Whether an error is one after which a call with these options is tried again.

    Names are those of the error's class or of a class above it, with or without the module.

    >>> repeatable(ConnectionResetError(), Options(retries=1, retry_on=("OSError",)))
    True
    >>> repeatable(ValueError(), Options(retries=1, retry_on=("builtins.OSError",)))
    False
    """
    if not isinstance(error, Exception) or isinstance(error, _NEVER):
        return False
    names: set[str] = set()
    for cls in type(error).__mro__:
        names.update((cls.__name__, cls.__qualname__, f"{cls.__module__}.{cls.__qualname__}"))
    if "CancelledError" in names:
        return False
    return not options.retry_on or not names.isdisjoint(options.retry_on)


def pause_after(number: int, options: Options) -> float:
    """Return the seconds between an attempt and the next one: doubled each time.

    >>> [pause_after(n, Options(backoff=0.5)) for n in (1, 2, 3)]
    [0.5, 1.0, 2.0]
    """
    return min(options.backoff * 2.0 ** min(number - 1, 64), LONGEST_PAUSE)


def repeatable_inputs(inputs: dict[str, Any], codecs: Codecs) -> dict[str, Any]:
    """Return what further attempts read: copies, since a body may change what it is given.

    What can not be packed is the same object every time.
    """
    return {place: _copied(token, codecs) for place, token in inputs.items()}


def _copied(token: Any, codecs: Codecs) -> Any:
    try:
        packed = packed_of(token, codecs)
    except NoCodec:
        return token
    return Packed(packed.head, tuple(_own(b, arrived=packed is token) for b in packed.buffers))


def _own(buffer: Any, *, arrived: bool) -> Any:
    """Return memory that no attempt can change: packed arrays lie in that of the value itself."""
    return buffer if arrived and memoryview(buffer).readonly else bytes(buffer)
