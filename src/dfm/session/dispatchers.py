"""The dispatchers that are here: at once, when the application asks, or on an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import wait

from dfm.errors import ArgumentError, CallbackFailed
from dfm.session.callbacks import Callbacks, DfmDataCallback, running_loop
from dfm.session.runner import (
    CallbackDispatcher,
    CallbackRunner,
    PlaceCallbacks,
    SomeTokens,
    call_callbacks,
    call_callbacks_async,
    kinds_of,
    tokens_in,
)
from dfm.session.tokens import Token

LOOK_AT_LOOP = 0.5
"""Seconds after which it is looked whether the loop of a callback is still there."""


class DirectDispatcher(CallbackDispatcher):
    """Calls each callback on the job's own thread. The dispatcher of a session that has no other.

    Plain functions and coroutines may be mixed. Coroutines run on the event loop that was running
    where the job was started; without one, on a loop of the job's thread.
    """

    def create_runner(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> DirectRunner:
        """Return the runner of one job."""
        return DirectRunner(default_callback, place_callbacks)


class DirectRunner(CallbackRunner):
    """Calls callbacks where it is told of the token, and waits for them."""

    def __init__(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> None:
        super().__init__(default_callback, place_callbacks)
        self._callbacks = Callbacks(default_callback, place_callbacks)

    def dispatch(self, token: SomeTokens) -> None:
        """Call the callbacks of a token; what they raise is raised."""
        for one in tokens_in(token):
            if (callback := self._callbacks.of(one.place)) is not None:
                self._callbacks.call(
                    callback, one.from_site, one.from_node, one.frame, one.place, one.value
                )

    def stop(self) -> None:
        """End the event loop of its own, if there is one."""
        self._callbacks.close()

    def needs_this_thread(self) -> bool:
        """Whether there are coroutines that need the event loop of this thread."""
        return self._callbacks.run_here()


class ManualDispatcher(CallbackDispatcher):
    """Calls callbacks when the application asks, on the thread where it asks.

    For a window's or a game's loop: `job.callback_runner.process_pending()`. What is not asked for
    stays in memory. Waiting for the job does not wait for the callbacks.
    """

    def create_runner(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> ManualCallbackRunner:
        """Return the runner of one job."""
        return ManualCallbackRunner(default_callback, place_callbacks)


class ManualCallbackRunner(CallbackRunner):
    """Keeps tokens until it is asked to call their callbacks.

    What a callback raises is raised to whoever asked. The tokens after it stay pending.
    """

    def __init__(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> None:
        super().__init__(default_callback, place_callbacks)
        self._kinds = kinds_of(default_callback, place_callbacks)
        self._pending: deque[Token] = deque()
        self._processing = threading.RLock()

    def dispatch(self, token: SomeTokens) -> None:
        """Keep a token, or several."""
        self._pending.extend(tokens_in(token))

    def has_pending(self) -> bool:
        """Whether there are tokens whose callbacks have not been called."""
        return bool(self._pending)

    def process_pending(self) -> int:
        """Call the callbacks of all that is there, without waiting for more; return how many.

        Raises:
            ArgumentError: callbacks are coroutines; nothing is called.
        """
        if "async" in self._kinds:
            raise ArgumentError(
                "these callbacks are coroutines", hint="`await process_pending_async()`"
            )
        count = 0
        with self._processing:
            while (token := self._next()) is not None:
                call_callbacks(token, self.default_callback, self.place_callbacks)
                count += 1
        return count

    async def process_pending_async(self) -> int:
        """Call and await the callbacks of all that is there; return how many.

        Raises:
            ArgumentError: all callbacks are plain functions; nothing is called.
        """
        if self._kinds == {"sync"}:
            raise ArgumentError("these callbacks are plain functions", hint="`process_pending()`")
        count = 0
        while (token := self._next()) is not None:
            await call_callbacks_async(token, self.default_callback, self.place_callbacks)
            count += 1
        return count

    def _next(self) -> Token | None:
        try:
            return self._pending.popleft()
        except IndexError:  # another thread may have been quicker
            return None


class AsyncioDispatcher(CallbackDispatcher):
    """Runs callbacks, which must be coroutines, on an event loop, one after the other.

    The loop is `loop`, else the one that is running where a job is started.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that was given."""
        return self._loop

    def create_runner(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> AsyncioCallbackRunner:
        """Return the runner of one job.

        Raises:
            ArgumentError: for a plain function, and when there is no event loop.
        """
        if "sync" in kinds_of(default_callback, place_callbacks):
            raise ArgumentError(
                "a callback on an event loop must be a coroutine",
                hint="`async def`, or DirectDispatcher, which takes both",
            )
        loop = self._loop or running_loop()
        if loop is None:
            raise ArgumentError(
                "no event loop is running here",
                at="AsyncioDispatcher",
                hint="`AsyncioDispatcher(loop)`, or `session.execute` in a coroutine",
            )
        return AsyncioCallbackRunner(loop, default_callback, place_callbacks)


class AsyncioCallbackRunner(CallbackRunner):
    """Runs the callbacks of a job on an event loop, and waits for each."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> None:
        super().__init__(default_callback, place_callbacks)
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def dispatch(self, token: SomeTokens) -> None:
        """Run the callbacks on the loop and raise what they raise.

        On the loop's own thread, where waiting would be for ever, they run later, and what they
        raise goes to the loop's exception handler.
        """
        tokens = [one for one in tokens_in(token) if self.takes(one.place)]
        if not tokens:
            return
        if self.needs_this_thread():
            self._later(tokens)
            return
        calling = call_callbacks_async(tokens, self.default_callback, self.place_callbacks)
        try:
            future = asyncio.run_coroutine_threadsafe(calling, self._loop)
        except RuntimeError:  # closed
            calling.close()
            raise _loop_closed(tokens[0]) from None
        while not wait([future], timeout=LOOK_AT_LOOP).done:
            if self._loop.is_closed():  # it will never be done
                calling.close()
                raise _loop_closed(tokens[0])
        future.result()

    def needs_this_thread(self) -> bool:
        """Whether the loop runs in this thread."""
        return running_loop() is self._loop

    def _later(self, tokens: list[Token]) -> None:
        calling = call_callbacks_async(tokens, self.default_callback, self.place_callbacks)
        task = self._loop.create_task(calling)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a callback of a job raised", "exception": error, "task": task}
            self._loop.call_exception_handler(context)


def _loop_closed(token: Token) -> CallbackFailed:
    return CallbackFailed(
        "the event loop of the callbacks is closed",
        at=f"place {token.place!r}",
        hint="a loop that runs until the job has ended",
    )
