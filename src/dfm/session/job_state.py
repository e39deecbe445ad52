"""What the application knows of a job so far, and what it has not yet taken.

Between two sides: the target tells what happened (`on_...`, on the target's thread), the
application takes it out (`take`, on its own). Holds the one lock of a job. Values are not
unpacked here.

It starts calls as earlier ones end and as the application takes what it got, so a slow
application slows its sites down instead of filling memory.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from dfm.errors import DfmError
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured
from dfm.report.measured import Link
from dfm.session.ledger import Ledger
from dfm.session.measuring import Measuring
from dfm.session.tokens import Arrival, CallEnd, JobStatus
from dfm.targets.base import JobLink, Target
from dfm.targets.raising import job_error
from dfm.wire.messages import LinkMeasure, StepMeasure, TokenPackage

_log = logging.getLogger("dfm.session")

MOST_OPEN_CALLS = 512
"""Calls in flight; parameter sets beyond that wait at home."""

MOST_UNREAD_BYTES = 16 << 20
"""Bytes the application has not taken, beyond which no more calls are started."""

CREDIT_STEP = 128 << 10
"""Bytes taken before their site is told: a part of its window, so the rest keeps it going."""

PackedSet = Mapping[str, Sequence[TokenPackage]]
"""The tokens that start one call, by site."""


class DeadlinePassed(Exception):
    """Waiting took too long. Not a `TimeoutError`, for the error of a job may be one."""


class ReaderGone(Exception):
    """Whoever took from the job does not want any more; what comes is for another."""


class JobState:
    """The state of one job at home. Is the `JobEvents` of its target.

    `finished` is told once what the job took, if it is FINISHED, before anybody can see that it is.
    It may be called on any thread, and must be quick.
    """

    def __init__(
        self,
        job_id: str,
        prepared: PreparedPipeline,
        target: Target,
        finished: Callable[[Measured], None] | None = None,
    ) -> None:
        self._prepared = prepared
        self._codecs = target.codecs
        self._changed = threading.Condition()
        self._inbox: deque[Arrival | CallEnd] = deque()
        self._ledger = Ledger(tuple(prepared.nets))
        self._waiting: deque[PackedSet] = deque()
        self._unread = 0
        self._credit_due: dict[str, int] = {}
        self._collecting = False
        self._stop_asked = False
        self._status = JobStatus.SUBMITTED
        self._error: DfmError | None = None
        self._measuring = Measuring(prepared.homesite)
        self._finished = finished
        self._began = time.monotonic()
        self._ended: float | None = None
        self.sets_given = 0
        with self._changed:
            # Under the lock: what the target tells at once must find the link.
            self.link: JobLink = target.submit(job_id, prepared, self)

    # -- what the application asks -----------------------------------------------------------

    @property
    def status(self) -> JobStatus:
        """Where the job is."""
        return self._status

    @property
    def error(self) -> DfmError | None:
        """Why the job did not finish, once it has ended."""
        return self._error

    @property
    def stop_asked(self) -> bool:
        """Whether no more parameter sets will be given."""
        return self._stop_asked

    @property
    def calls_started(self) -> int:
        """Calls that have been started."""
        return self._ledger.started

    @property
    def calls_complete(self) -> int:
        """Calls that are complete."""
        return self._ledger.started - self._ledger.open_calls

    def measured(self) -> Measured:
        """Return what the job took so far."""
        # Targets that were made before messages were counted do not have it.
        messages: dict[Link, int] = getattr(self.link, "messages_per_link", dict)()
        with self._changed:
            until = time.monotonic() if self._ended is None else self._ended
            return self._measuring.measured(
                self.calls_complete, until - self._began, self.link.bytes_per_link(), messages
            )

    def give(self, sets: Sequence[PackedSet]) -> None:
        """Start calls, as many at once as may be in flight."""
        with self._changed:
            self.sets_given += len(sets)
            self._waiting.extend(sets)
            self._start_waiting()

    def stop(self) -> None:
        """Learn that no more parameter sets will be given."""
        with self._changed:
            self._stop_asked = True
            self._start_waiting()
            self._end_if_complete()

    def take(
        self, deadline: float | None, gone: threading.Event | None = None
    ) -> Arrival | CallEnd | None:
        """Return what came next, waiting for it; None when the job is over and all was taken.

        Raises:
            DeadlinePassed: when the monotonic clock passes `deadline`.
            ReaderGone: when `gone` is set; `wake` makes it look.
        """
        with self._changed:
            while not self._inbox or (gone and gone.is_set()):
                if gone and gone.is_set():
                    raise ReaderGone
                if self._status.is_end:
                    return None
                self._wait(deadline)
            entry = self._inbox.popleft()
            if isinstance(entry, Arrival):
                self._taken(entry)
            return entry

    def keep_everything(self) -> None:
        """Let the sites go on though nobody takes anything, as one who waits for the end wants."""
        with self._changed:
            if self._collecting:
                return
            self._collecting = True
            for site in list(self._credit_due):
                self._send_credit(site)
            for entry in self._inbox:
                if isinstance(entry, Arrival) and entry.package.needs_credit:
                    self.link.credit(entry.site, entry.package.size)
            self._start_waiting()

    def wait_for_end(self, deadline: float | None) -> None:
        """Wait until the job has ended; raises DeadlinePassed at `deadline`."""
        with self._changed:
            while not self._status.is_end:
                self._wait(deadline)

    def wake(self) -> None:
        """Let whoever waits look again."""
        with self._changed:
            self._changed.notify_all()

    def end(self, status: JobStatus, error: DfmError | None = None) -> None:
        """End the job, if it has not ended. A cancelled job drops what was not taken."""
        with self._changed:
            if self._status.is_end:
                return
            self._status = status
            self._error = error
            self._ended = time.monotonic()
            self._waiting.clear()
            if status is JobStatus.CANCELLED:
                self._inbox.clear()
            self._changed.notify_all()
        self.link.close()

    # -- what the target tells ---------------------------------------------------------------

    def on_tokens(
        self, site: str, packages: Sequence[TokenPackage], *, seconds: float | None = None
    ) -> None:
        """Take values a site has yielded."""
        with self._changed:
            if self._status.is_end:
                return
            self._status = JobStatus.RUNNING
            before = self._unread
            for package in packages:
                self._inbox.append(Arrival(site, package))
                if self._collecting and package.needs_credit:
                    self.link.credit(site, package.size)
                self._unread += package.size
            if seconds is not None:
                self._measuring.arrived(site, self._unread - before, max(0.0, seconds))
            self._changed.notify_all()

    def on_done(
        self,
        site: str,
        calls: Sequence[int],
        failures: Mapping[int, bytes],
        *,
        steps: Sequence[StepMeasure] = (),
        links: Sequence[LinkMeasure] = (),
    ) -> None:
        """Count calls that are complete at a site, and take what it has measured."""
        opened = {call: self._codecs.unseal(data) for call, data in failures.items()}
        with self._changed:
            if self._status.is_end:
                return
            self._status = JobStatus.RUNNING
            self._measuring.done(site, steps, links)
            for call, failure in self._ledger.site_done(site, calls, opened):
                self._inbox.append(CallEnd(call, failure))
            self._start_waiting()
            self._end_if_complete()
            self._changed.notify_all()

    def on_lost(self, error: DfmError) -> None:
        """End the job: one of its sites can not go on."""
        self.end(JobStatus.LOST, error)

    # -- the inside --------------------------------------------------------------------------

    def _wait(self, deadline: float | None) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlinePassed
        self._changed.wait(left)

    def _taken(self, entry: Arrival) -> None:
        size = entry.package.size
        before, self._unread = self._unread, self._unread - size
        if before >= MOST_UNREAD_BYTES > self._unread:
            self._start_waiting()
        if not entry.package.needs_credit or self._collecting:
            return
        due = self._credit_due.get(entry.site, 0) + size
        self._credit_due[entry.site] = due
        if due >= CREDIT_STEP:
            self._send_credit(entry.site)

    def _send_credit(self, site: str) -> None:
        if due := self._credit_due.pop(site, 0):
            self.link.credit(site, due)

    def _start_waiting(self) -> None:
        """Start as many of the waiting calls as may run."""
        if self._status.is_end:
            return
        room = MOST_OPEN_CALLS - self._ledger.open_calls
        if self._unread >= MOST_UNREAD_BYTES and not self._collecting:
            room = 0
        batch: dict[str, list[TokenPackage]] = {}
        count = min(room, len(self._waiting))
        for _ in range(count):
            for site, packages in self._waiting.popleft().items():
                batch.setdefault(site, []).extend(packages)
        if batch:
            self._ledger.start(count)
            self.link.send(batch)
        if self._stop_asked and not self._waiting:
            self._ledger.stop()

    def _end_if_complete(self) -> None:
        if not self._ledger.complete or self._status.is_end:
            return
        failures = self._ledger.failures
        if failures:
            call = min(failures)
            self._error = job_error(
                failures[call],
                locations=self._prepared.locations,
                call=call,
                others=len(failures) - 1,
            )
        self._ended = time.monotonic()
        if not failures:
            self._tell_what_it_took()
        self._status = JobStatus.FAILED if failures else JobStatus.FINISHED
        self._changed.notify_all()
        self.link.close()

    def _tell_what_it_took(self) -> None:
        if self._finished is None:
            return
        try:
            measured = self.measured()
            if measured.steps:
                self._finished(measured)
        except Exception:  # noqa: BLE001  (the job has its results, whoever can not make use of this)
            _log.exception("what a job took could not be kept")
