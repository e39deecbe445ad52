"""Functions called later: one thread per site that sleeps until the next of them is due.

Time is the monotonic clock's. What is called must be quick and must not raise: a longer thing
is given to a pool of threads. Timers belong to a group (a job), and end with it.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

_log = logging.getLogger("dfm.site")

_FEW = 64


class Timer:
    """One function to be called; `function` is None once it was called or cancelled."""

    __slots__ = ("arguments", "function", "group")

    def __init__(
        self, group: str, function: Callable[..., object], arguments: tuple[Any, ...]
    ) -> None:
        self.group = group
        self.function: Callable[..., object] | None = function
        self.arguments = arguments


class Timers:
    """The timers of a site."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()
        self._groups: dict[str, set[Timer]] = {}
        self._cancelled = 0
        self._thread: threading.Thread | None = None
        self._closed = False

    def now(self) -> float:
        """Return the time, in seconds since some moment."""
        return time.monotonic()

    def after(
        self, seconds: float, group: str, function: Callable[..., object], *arguments: Any
    ) -> Timer:
        """Call `function(*arguments)` in so many seconds, unless the site is closed before."""
        timer = Timer(group, function, arguments)
        with self._changed:
            if self._closed:
                return timer
            heapq.heappush(self._heap, (self.now() + seconds, next(self._numbers), timer))
            self._groups.setdefault(group, set()).add(timer)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            elif self._heap[0][2] is timer:
                self._changed.notify()
        return timer

    def cancel(self, timer: Timer) -> None:
        """Do not call it, if it was not called already."""
        with self._changed:
            self._forget(timer)
            self._sweep()

    def cancel_group(self, group: str) -> None:
        """Call none of a group."""
        with self._changed:
            for timer in list(self._groups.get(group, ())):
                self._forget(timer)
            self._sweep()

    def close(self, timeout: float) -> None:
        """Call no more, and wait up to `timeout` seconds for the thread to end."""
        with self._changed:
            self._closed = True
            self._heap.clear()
            self._groups.clear()
            self._changed.notify()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def _forget(self, timer: Timer) -> None:
        if timer.function is None:
            return
        timer.function, timer.arguments = None, ()
        self._cancelled += 1
        self._leave_group(timer)

    def _leave_group(self, timer: Timer) -> None:
        group = self._groups.get(timer.group)
        if group is not None:
            group.discard(timer)
            if not group:
                del self._groups[timer.group]

    def _sweep(self) -> None:
        """Take cancelled timers out once they are most of what is there."""
        if self._cancelled > max(_FEW, len(self._heap) // 2):
            self._heap = [entry for entry in self._heap if entry[2].function is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _run(self) -> None:
        while (due := self._next()) is not None:
            function, arguments = due
            try:
                function(*arguments)
            except Exception:  # noqa: BLE001  (no thread to be had: it must not end the others)
                _log.exception("a timer could not be carried out")
            del due, function, arguments

    def _next(self) -> tuple[Callable[..., object], tuple[Any, ...]] | None:
        """Wait for the next that is due; None when the site is closed."""
        with self._changed:
            while not self._closed:
                wait = self._heap[0][0] - self.now() if self._heap else None
                if wait is not None and wait <= 0:
                    timer = heapq.heappop(self._heap)[2]
                    if timer.function is None:
                        self._cancelled = max(0, self._cancelled - 1)
                        continue
                    due = timer.function, timer.arguments
                    timer.function, timer.arguments = None, ()
                    self._leave_group(timer)
                    return due
                self._changed.wait(wait)
        return None
