"""A value that arrives in pieces, read by one consumer or several.

An operation that returns a generator makes a `Stream`. Each consumer has its own reader and
sees every item. Production waits for the slowest reader that has begun to read; readers that
have not begun do not hold it up, for they may be waiting for one that has.

Streams are fed and read from several threads; nothing here waits on an event loop's thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any

from dfm.errors import JobCancelled, OperationFailed
from dfm.net.token import Failure
from dfm.net.token import Stream as StreamMark

ROOM = 256
"""Items a reader may have unread before production waits for it."""


class StreamBroken(OperationFailed):
    """The operation that made a stream failed after some items; `failure` says how."""

    def __init__(self, failure: Failure) -> None:
        first = failure.errors[0]
        super().__init__(
            f"the stream broke: {first.type}: {first.message}",
            site=first.site,
            operation=first.operation,
        )
        self.failure = failure


class Stream(StreamMark):
    """The items of one stream, kept until every reader has had them.

    Production stops when its last reader lets go, which `on_stop` is told. A stream that
    something waits for, or that nobody reads, goes `to_the_end` all the same.

    `nbytes` is about how large its items were so far, as whoever feeds it says; `waited` are the
    seconds that its producer waited for its readers.
    """

    __slots__ = (
        "_changed",
        "_ended",
        "_failure",
        "_first",
        "_items",
        "_on_room",
        "_on_stop",
        "_open",
        "_readers",
        "_spare",
        "_stopped",
        "_to_the_end",
        "nbytes",
        "node",
        "now",
        "operation",
        "waited",
    )

    def __init__(
        self,
        readers: int,
        *,
        to_the_end: bool = False,
        on_stop: Callable[[], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.now = now
        self.nbytes = 0
        self.waited = 0.0
        self._changed = threading.Condition()
        self._to_the_end = to_the_end or not readers
        self.operation = ""
        self.node: int | str | None = None
        self._on_stop = on_stop
        self._items: deque[Any] = deque()
        self._first = 0
        self._ended = False
        self._stopped = False
        self._failure: Failure | None = None
        self._on_room: list[Callable[[], None]] = []
        self._readers = [Reader(self) for _ in range(readers)]
        self._open = readers
        self._spare = 0

    def claim(self) -> Reader:
        """Return the reader of one consumer; each consumer claims its own, once."""
        with self._changed:
            reader = next(r for r in self._readers if not r.claimed)
            reader.claimed = True
        return reader

    def twin(self, reader: Reader) -> Reader:
        """Return one more reader for a consumer, which begins where its own is."""
        with self._changed:
            twin = Reader(self)
            twin.position, twin.claimed, twin.closed = reader.position, True, reader.closed
            reader.twins.append(twin)
            self._readers.append(twin)
            self._open += not twin.closed
        return twin

    def abandon(self) -> None:
        """Say that one of the consumers never will read it."""
        self.claim().close()

    # -- the producer's side ------------------------------------------------------------

    def feed(self, items: list[Any]) -> None:
        """Add items and wake the readers."""
        with self._changed:
            if self._stopped:
                return
            self._items.extend(items)
            if not self._open:
                self._release()
            self._changed.notify_all()
            wakes = self._take_wakes()
        for wake in wakes:
            wake()

    def end(self, failure: Failure | None = None) -> None:
        """Say that no more items come; `failure` says why when that is an error."""
        with self._changed:
            self._ended = True
            self._failure = failure
            self._changed.notify_all()
            wakes = self._take_wakes()
        for wake in wakes:
            wake()

    def stop(self) -> None:
        """Make the producer stop: nobody wants the rest."""
        with self._changed:
            if self._stopped:
                return
            self._stopped = True
            self._first += len(self._items)
            self._items.clear()
            for reader in self._readers:
                reader.position = self._first
            self._changed.notify_all()
            wakes = self._take_wakes() + self._on_room
            self._on_room = []
        if self._on_stop is not None:
            wakes.append(self._on_stop)
        for wake in wakes:
            wake()

    @property
    def failure(self) -> Failure | None:
        """Why the stream broke, or None."""
        return self._failure

    @property
    def stopped(self) -> bool:
        """Whether the producer should stop."""
        return self._stopped

    @property
    def claimed(self) -> bool:
        """Whether any consumer has come for it; until then they may wait for something else."""
        return any(reader.claimed for reader in self._readers)

    def has_room(self) -> bool:
        """Whether more items are wanted now."""
        with self._changed:
            return self._has_room()

    def when_room(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, from any thread, as soon as more items are wanted, or none ever."""
        with self._changed:
            if not (self._stopped or self._has_room()):
                self._on_room.append(wake)
                return
        wake()

    def wait_for_room(self) -> bool:
        """Block until more items are wanted; return False when none will be."""
        if not self._has_spare_room():
            if not self.has_room():
                since = self.now()
                with self._changed:
                    while not self._stopped and not self._has_room():
                        self._changed.wait()
                self.waited += self.now() - since
            with self._changed:
                self._spare = self._room() - 1
        return not self._stopped

    async def room(self) -> bool:
        """Wait until more items are wanted; return False when none will be."""
        if not self._has_spare_room():
            if not self.has_room():
                since = self.now()
                await _called_back(self.when_room)
                self.waited += self.now() - since
            with self._changed:
                self._spare = self._room() - 1
        return not self._stopped

    def _has_spare_room(self) -> bool:
        """Whether there is room left of what was seen the last time; readers only make it more."""
        self._spare -= 1
        return self._spare >= 0

    def _has_room(self) -> bool:
        return self._room() > 0

    def _room(self) -> int:
        """Return how many more items are wanted now."""
        if self._stopped:
            return 0
        produced = self._first + len(self._items)
        begun = [r.position for r in self._readers if r.begun and not r.closed]
        if not begun:
            return ROOM if self._to_the_end else ROOM - produced
        return ROOM - (produced - min(begun))

    def _take_wakes(self) -> list[Callable[[], None]]:
        wakes = []
        for reader in self._readers:
            if reader.on_ready is not None:
                wakes.append(reader.on_ready)
                reader.on_ready = None
        return wakes

    # -- what readers ask ----------------------------------------------------------------

    def take(self, reader: Reader, most: int) -> list[Any]:
        """Return up to `most` items that `reader` has not had."""
        with self._changed:
            if reader.closed:
                return []
            reader.begun = True
            start = reader.position - self._first
            items = [self._items[i] for i in range(start, min(start + most, len(self._items)))]
            reader.position += len(items)
            self._release()
            wakes = self._take_room_wakes()
        for wake in wakes:
            wake()
        return items

    def close(self, reader: Reader) -> None:
        """Let go of a reader; production stops when none is left, unless it goes to the end."""
        with self._changed:
            self._open -= not reader.closed
            reader.closed = True
            self._release()
            last = not self._open
            wakes = self._take_room_wakes()
        for wake in wakes:
            wake()
        if last and not self._ended and not self._to_the_end:
            self.stop()

    def _take_room_wakes(self) -> list[Callable[[], None]]:
        self._changed.notify_all()
        # Who is told of room is told, too, when all have let go of a stream that has ended.
        if self._open and not self._has_room():
            return []
        wakes, self._on_room = self._on_room, []
        return wakes

    def _release(self) -> None:
        open_readers = [r.position for r in self._readers if not r.closed]
        oldest = min(open_readers) if open_readers else self._first + len(self._items)
        for _ in range(oldest - self._first):
            self._items.popleft()
        self._first = max(self._first, oldest)


class Reader:
    """One consumer's view of a stream: an iterator for threads, an async iterator for tasks.

    `waited` are the seconds that it waited for items.
    """

    __slots__ = ("begun", "claimed", "closed", "on_ready", "position", "stream", "twins", "waited")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.position = 0
        self.begun = False
        self.claimed = False
        self.closed = False
        self.on_ready: Callable[[], None] | None = None
        self.twins: list[Reader] = []
        self.waited = 0.0

    def take(self, most: int) -> tuple[list[Any], bool]:
        """Return items that are there, and whether the stream is over after them."""
        items = self.stream.take(self, most)
        over = self.closed or (self._is_over() and self._unread() == 0)
        return items, over

    def _is_over(self) -> bool:
        return self.stream._ended or self.stream._stopped

    def _unread(self) -> int:
        return self.stream._first + len(self.stream._items) - self.position

    @property
    def failure(self) -> Failure | None:
        """Why the stream broke, or None."""
        return self.stream._failure

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, from any thread, as soon as there is an item or an end."""
        stream = self.stream
        with stream._changed:
            if not (self._unread() or stream._ended or stream._stopped):
                self.on_ready = wake
                return
        wake()

    def close(self) -> None:
        """Say that this consumer wants no more."""
        for reader in (*self.twins, self):
            self.stream.close(reader)

    def __iter__(self) -> Iterator[Any]:
        while True:
            items, over = self.take(ROOM)
            yield from items
            if over:
                self._raise_if_broken()
                return
            if not items:
                since = self.stream.now()
                with self.stream._changed:
                    while not (self.closed or self._unread() or self._is_over()):
                        self.stream._changed.wait()
                self.waited += self.stream.now() - since

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            items, over = self.take(ROOM)
            for item in items:
                yield item
            if over:
                self._raise_if_broken()
                return
            if not items:
                since = self.stream.now()
                await _called_back(self.when_ready)
                self.waited += self.stream.now() - since

    def _raise_if_broken(self) -> None:
        if self.closed:
            raise JobCancelled("the call that read the stream is over")
        if self.stream._failure is not None:
            raise StreamBroken(self.stream._failure)
        if not self.stream._ended:
            # A body must not take what it got for the whole, and act on it.
            raise JobCancelled("the job is over, and the rest of the stream will not come")


async def _called_back(register: Callable[[Callable[[], None]], None]) -> None:
    """Wait until the function given to `register` is called, from whatever thread."""
    loop = asyncio.get_running_loop()
    called = asyncio.Event()

    def call_back() -> None:
        # A closed loop has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(called.set)

    register(call_back)
    await called.wait()
