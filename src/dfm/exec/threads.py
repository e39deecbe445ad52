"""Where adapter code runs: a pool of threads for plain bodies, lanes for coroutines.

A lane is an event loop in a thread of its own. Each asynchronous adapter has one lane for as
long as its site lives, so what it keeps (a connection, a lock) stays on one loop, and an
`async` body that blocks delays only calls of that same adapter.

All threads are daemons: an adapter that never returns must not keep the process alive.
"""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from dfm.errors import SessionClosed
from dfm.exec.mailbox import Mailbox


class ThreadPool:
    """Runs functions on daemon threads, a new one only when none is idle, `most` at once."""

    def __init__(self, name: str, most: int = sys.maxsize) -> None:
        self._name = name
        self._most = most
        self._tasks: queue.SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None] = (
            queue.SimpleQueue()
        )
        self._lock = threading.Lock()
        # Each task that was submitted has a thread that will take it, or is in the backlog.
        self._idle = 0
        self._backlog = 0
        self._closed = False
        self._threads: set[threading.Thread] = set()
        self._started = 0

    def submit(self, function: Callable[..., None], *arguments: Any) -> bool:
        """Run `function(*arguments)` on some thread; it must not raise.

        Return whether it will be run: nothing is any more once the pool is closed.
        """
        with self._lock:
            if self._closed:
                return False
            if self._idle > 0:
                self._idle -= 1
            elif len(self._threads) < self._most:
                self._start_thread()
            else:
                self._backlog += 1
            # Under the lock: behind what ends the threads nobody would take it.
            self._tasks.put((function, arguments))
            return True

    def abandon(self, thread: threading.Thread) -> None:
        """Count a thread no longer: what it runs may never end, and others wait for its place.

        It ends with what it runs.
        """
        with self._lock:
            if self._closed or thread not in self._threads:
                return
            self._threads.discard(thread)
            if self._backlog:
                self._start_thread()
                self._backlog -= 1

    def close(self, timeout: float) -> None:
        """End the idle threads and wait for the others up to `timeout` seconds in all."""
        with self._lock:
            self._closed = True
        # One that was abandoned just as it became idle waits, too.
        for _ in range(len(self._threads) + self._idle):
            self._tasks.put(None)
        join_all(list(self._threads), timeout)

    def _start_thread(self) -> None:
        name = f"{self._name}-{self._started}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        thread.start()
        self._started += 1
        self._threads.add(thread)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            function, arguments = task
            function(*arguments)
            # Drop the references before waiting: a value must not live as long as the idle thread.
            del task, function, arguments
            with self._lock:
                if threading.current_thread() not in self._threads:
                    return
                if self._backlog:
                    self._backlog -= 1
                else:
                    self._idle += 1


class Lane:
    """An event loop in a thread."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._mailbox = Mailbox(self._loop)
        self._tasks: dict[str, set[asyncio.Task[None]]] = {}
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop."""
        return self._loop

    def post(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call `function(*arguments)` on the loop soon."""
        self._mailbox.post(function, *arguments)

    def spawn(self, group: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine as a task of a group; on the loop only."""
        task = self._loop.create_task(coroutine)
        self._tasks.setdefault(group, set()).add(task)
        task.add_done_callback(lambda task: self._forget(group, task))

    def canceller(self) -> Callable[[], None]:
        """Return what cancels the task that asks, from any thread; on the loop only."""
        return partial(self.post, _cancel, asyncio.current_task())

    def cancel(self, group: str) -> None:
        """Cancel the tasks of a group; from any thread."""
        self._mailbox.post(self._cancel, group)

    def stop(self) -> None:
        """Cancel the tasks and end the loop once they have ended; does not wait."""
        self._mailbox.post(self._wind_down)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    def _forget(self, group: str, task: asyncio.Task[None]) -> None:
        tasks = self._tasks[group]
        tasks.discard(task)
        if not tasks:
            del self._tasks[group]

    def _cancel(self, group: str) -> None:
        for task in list(self._tasks.get(group, ())):
            task.cancel()

    def _wind_down(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        gathered = asyncio.gather(*tasks, return_exceptions=True)
        gathered.add_done_callback(lambda _: self._loop.stop())


def _cancel(task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        task.cancel()


class Lanes:
    """The lanes of a site by name, each made when first used."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lanes: dict[str, Lane] = {}
        self._lock = threading.Lock()
        self._closed = False

    def of(self, name: str) -> Lane:
        """Return the lane of a name.

        Raises:
            SessionClosed: when the site is closing, and the lane is not there.
        """
        lane = self._lanes.get(name)
        if lane is not None:
            return lane
        with self._lock:
            if self._closed:
                raise SessionClosed(f"{self._name!r} is closing")
            if name not in self._lanes:
                self._lanes[name] = Lane(f"{self._name}-{name}")
            return self._lanes[name]

    def cancel(self, group: str) -> None:
        """Cancel the tasks of a group on all lanes; from any thread."""
        for lane in list(self._lanes.values()):
            lane.cancel(group)

    def close(self, timeout: float) -> None:
        """End all lanes, waiting up to `timeout` seconds in all; make no more."""
        with self._lock:
            self._closed = True
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.stop()
        join_all([lane.thread for lane in lanes], timeout)


def join_all(threads: list[threading.Thread], timeout: float) -> None:
    """Wait for threads to end, up to `timeout` seconds in all; never for the calling one."""
    deadline = time.monotonic() + timeout
    for thread in threads:
        if thread is not threading.current_thread():
            thread.join(max(0.0, deadline - time.monotonic()))
