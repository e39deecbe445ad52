"""What a session learns from its jobs, and lets its plans know.

Learning is never in the way: what a job took is noted in memory, and a timer writes it within a
second, as `close` does. If what is kept can not be read or written, that is said once, to the
logger `dfm.costs`, and the session goes on with what it knows. A fork of the process reads and
writes nothing: what it has is its parent's.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from dfm.compiler.learned import Learned
from dfm.costs.history import History
from dfm.costs.news import UNREAD, StoreError
from dfm.costs.runs import JobRun, run_of
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured

if TYPE_CHECKING:
    from dfm.costs.book import CostBook
    from dfm.costs.store import CostStore

WRITE_AFTER = 1.0
"""Seconds after which at the latest it is written what a job told."""
MOST_UNWRITTEN = 1_000
"""How many jobs are remembered that could not be written."""
OFF = frozenset({"0", "false", "no", "off"})

_log = logging.getLogger("dfm.costs")


class Learning:
    """The costs of one federation on one target, as far as they are known. Thread-safe."""

    def __init__(self, store: CostStore | None, target: str) -> None:
        self._store = store
        self._target = target
        self._process = os.getpid()
        self._lock = threading.Lock()  # held for moments only: jobs wait for it
        self._reading = threading.Lock()
        self._writing = threading.Lock()
        self._history = History()
        self._unwritten: list[JobRun] = []
        self._timer: threading.Timer | None = None
        self._book: tuple[FederationSpec, CostBook] | None = None
        self._stamp: tuple[int, ...] | None = None
        self._mark = UNREAD
        self._told = False
        self._closed = False

    @classmethod
    def of(cls, federation: FederationSpec, target: str, *, wanted: bool | None) -> Learning:
        """Return what is known of a federation on a target; nothing, if learning is not wanted.

        If nobody says what is wanted, the environment variable DFM_LEARN does.
        """
        if wanted is None:
            wanted = os.environ.get("DFM_LEARN", "").strip().lower() not in OFF
        if not wanted:
            return cls(None, target)
        from dfm.costs.store import store_of  # so that who does not learn loads no sqlite

        return cls(store_of(federation.name), target)

    @property
    def is_on(self) -> bool:
        """Whether anything is made of what jobs took."""
        return self._store is not None

    def costs(self, federation: FederationSpec) -> Learned | None:
        """Return the costs as they are known now, None if nothing is."""
        if self._store is None or self._is_fork():
            return None
        self._read_news(self._store)
        with self._lock:
            if not self._history:
                return None
            if self._book is None or self._book[0] is not federation:
                from dfm.costs.book import CostBook

                self._book = federation, CostBook(self._history, federation)
            return self._book[1]

    def ended(self, prepared: PreparedPipeline, measured: Measured) -> None:
        """Take note of what a job took that has FINISHED. Quick, from any thread."""
        if self._store is None or self._is_fork():
            return
        with self._lock:
            after = math.nextafter(self._history.latest, math.inf)
            job = run_of(prepared.report, measured, when=max(time.time(), after))
            if not job:
                return
            self._history = self._history.and_also([job])
            self._book = None
            self._unwritten.append(job)
            if not self._closed:
                self._write_soon()
                return
        self._write()

    def _write_soon(self) -> None:
        """Set the timer, if it is not set. Needs the lock."""
        if self._timer is None:
            timer = threading.Timer(WRITE_AFTER, self._write)
            timer.name, timer.daemon = "dfm-costs", True
            with suppress(RuntimeError):  # no more threads: `close` writes
                timer.start()
                self._timer = timer

    def close(self) -> None:
        """Write what is not written yet; harmless when repeated."""
        if self._is_fork():
            return
        with self._lock:
            self._closed, timer = True, self._timer
        if timer is not None:
            timer.cancel()
            timer.join()
        self._write()

    def _write(self) -> None:
        """Write what is not written yet; what can not be written is kept for the next time."""
        with self._writing:
            with self._lock:
                jobs, self._timer = list(self._unwritten), None
            if self._store is None or not jobs:
                return
            try:
                self._store.add(self._target, jobs)
            except StoreError as error:
                self._tell(error)
                written = max(0, len(jobs) - MOST_UNWRITTEN)
            else:
                written = len(jobs)
            with self._lock:
                del self._unwritten[:written]

    def _read_news(self, store: CostStore) -> None:
        """Take in what other sessions have learned."""
        with self._reading:
            stamp = store.stamp()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                news = store.read(self._target, self._mark)
            except StoreError as error:
                self._tell(error)
                return
            self._mark = news.mark
            with self._lock:
                if news.all:
                    self._history = History().and_also(self._unwritten)
                if news.all or news.history:
                    self._history, self._book = self._history.joined(news.history), None

    def _tell(self, error: StoreError) -> None:
        if not self._told:
            self._told = True
            _log.warning("%s (the session goes on and learns in memory)", error)

    def _is_fork(self) -> bool:
        return os.getpid() != self._process
