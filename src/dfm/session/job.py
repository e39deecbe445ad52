"""One run of a prepared pipeline, as the application holds it.

A job ends in exactly one of FINISHED, FAILED, CANCELLED and LOST, and whoever waits for it or
reads it to the end learns which: everything but FINISHED is raised.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from dfm.errors import (
    DeclarationError,
    DfmError,
    JobCancelled,
    ParameterSetError,
    RunError,
    WaitTimeout,
    as_dfm_error,
)
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured, PlanReport
from dfm.session.delivery import deliver
from dfm.session.job_state import DeadlinePassed, JobState, PackedSet, ReaderGone
from dfm.session.parameter_sets import ParameterSets, packed_sets
from dfm.session.register import Reading, Register
from dfm.session.results import Results
from dfm.session.runner import CallbackRunner
from dfm.session.tokens import Arrival, JobStatus, StreamEnd, Token, tokens_of
from dfm.targets.base import Target


class Job:
    """A running or ended job. Made by `Session.execute`; every method is safe from any thread.

    `finished` is told what it took, if operations ran in it and it ends as FINISHED.
    """

    was_found = True
    """Whether the session knew the job; see `Session.reattach`."""

    def __init__(
        self,
        job_id: str,
        prepared: PreparedPipeline,
        target: Target,
        runner: CallbackRunner,
        register: Register[Job],
        finished: Callable[[PreparedPipeline, Measured], None] | None = None,
    ) -> None:
        self._job_id = job_id
        self._prepared = prepared
        self._codecs = target.codecs
        self._yields = prepared.yields
        self._read = Reading()
        self._register = register
        told = None if finished is None else partial(finished, prepared)
        self._state = JobState(job_id, prepared, target, told)
        self._runner: CallbackRunner | None = runner
        self._gone = threading.Event()
        self._delivery: threading.Thread | None = None
        # Not the thread itself: a `join` that Ctrl-C interrupts takes the thread for ended.
        self._delivered = threading.Event()
        if runner.has_something_to_do():
            self._start_delivery(runner)
        register.add(job_id, self)

    def __repr__(self) -> str:
        name = self._prepared.pipeline_name
        return f"<Job {self._job_id[:8]} of {name!r}: {self._status().name}>"

    def begin(self, sets: list[PackedSet], *, single: bool, stop: bool) -> None:
        """Start the first calls; `single` says that they were given as one parameter set."""
        self._read.single = single
        self._state.give(sets)
        if stop:
            self._state.stop()

    @property
    def job_id(self) -> str:
        """The identity of the job: 32 hexadecimal digits."""
        return self._job_id

    @property
    def prepared(self) -> PreparedPipeline:
        """The pipeline that it runs."""
        return self._prepared

    @property
    def callback_runner(self) -> Any:
        """What calls the callbacks, made by the session's dispatcher; None if only asked about."""
        return self._runner

    def get_status(self) -> JobStatus:
        """Return where the job is. With callbacks, it has ended when they have had everything.

        `status == JobStatus.ABORTED` is true of every end that is not FINISHED.
        """
        self._refuse_if_detached()
        return self._status()

    def _status(self) -> JobStatus:
        status = self._state.status
        if self._delivery is not None and not self._delivered.is_set():
            return JobStatus.RUNNING if status.is_end else status
        if status is JobStatus.FINISHED and self._read.late_error is not None:
            return JobStatus.FAILED
        return status

    @property
    def progress(self) -> tuple[int, int]:
        """How many calls are complete, and how many were asked for."""
        return self._state.calls_complete, self._state.sets_given

    def bytes_per_link(self) -> dict[tuple[str, str], int]:
        """Return the bytes measured so far by (source site, target site), envelopes included."""
        return self._state.link.bytes_per_link()

    def measured(self) -> Measured:
        """Return what the job took so far: its calls, operations and links, and the whole of it.

        It is complete once the job has ended. Sites tell of their operations when a call is
        complete there, so of a call that is still running there may be nothing.
        """
        measured, status = self._state.measured(), self._status()
        if not status.is_end or status is JobStatus.FINISHED:
            return measured
        return replace(measured, ended=status.name.lower())

    def explain(self) -> PlanReport:
        """Return the plan that the job follows, with what it took so far beside the predictions.

        Print it to read it; what was off by much is marked.
        """
        return self._prepared.report.with_measured(self.measured())

    # -- reading -----------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Token]:
        """Yield each value once, as it comes; at the end raise what went wrong, if anything did.

        Values that a callback has taken are not seen here, nor are errors and the ends of calls.
        """
        while (token := self._next(None)) is not None:
            if isinstance(token, Token):
                yield token
        self._raise_if_bad()

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the end and return what was yielded and not yet taken, by place.

        A dict for a job that was given one parameter set (or none), a list of dicts, one per call,
        for a job that was given a list. `Results` says what a place maps to.

        Raises:
            WaitTimeout: when `timeout` seconds have passed; the job goes on, ask again.
            RunError: what went wrong: OperationFailed, SiteLost, JobCancelled, CallbackFailed, ...
        """
        self._refuse_to_block()
        deadline = _deadline(timeout)
        try:
            with _held(self._read.gathering, deadline):
                calls = self._gather(deadline)
        except DeadlinePassed:
            raise WaitTimeout(
                f"job {self._job_id[:8]} has not ended after {timeout} s; it goes on",
                hint="`result()` again with more time, or `cancel()`"
                if self._state.stop_asked
                else "`send_stop_frame()`: the job waits for more parameter sets",
            ) from None
        if self._read.single and len(calls) <= 1:
            return calls[0] if calls else {}
        return calls

    def wait_until_finished(self, timeout: float | None = None) -> bool:
        """Wait for the end: True when the job FINISHED, False when `timeout` seconds have passed.

        Callbacks have had everything then; those of a ManualDispatcher wait to be asked for.
        Values that nobody has taken are kept in memory, for iteration or `result` afterwards.

        Raises:
            RunError: when the job ended in any other way.
        """
        self._refuse_to_block()
        deadline = _deadline(timeout)
        if self._delivery is None or self._delivered.is_set():
            self._state.keep_everything()
        try:
            self._state.wait_for_end(deadline)
            self._wait_for_delivery(deadline)
        except DeadlinePassed:
            return False
        self._refuse_if_detached()
        self._raise_if_bad()
        return True

    # -- steering ----------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the job at all its sites; harmless when it has ended. Returns at once."""
        self._refuse_if_detached()
        self.end_with_session()

    def detach(self) -> None:
        """Let go of the job, which runs on; harmless when repeated.

        What it yields from now on is kept for `session.reattach(job_id)`, within what its sites may
        be ahead of their reader. This object takes no more questions.
        """
        self._register.keep(self._job_id, self)
        self._gone.set()
        self._state.wake()

    def send_input_params(self, input_params: ParameterSets) -> None:
        """Start more calls, in a job that was executed with `autostop=False`.

        Raises:
            ParameterSetError: for missing or superfluous names, or after the stop; nothing is sent.
            RunError: when the job has ended; its own error.
        """
        self._refuse_if_detached()
        with self._read.sending:
            if self._state.stop_asked:
                raise ParameterSetError(
                    "the job takes no more parameter sets: it was told that there are no more",
                    hint="`execute(..., autostop=False)`, and `send_stop_frame()` after the last",
                )
            if self._state.status.is_end:
                self._raise_if_bad()
            self._read.single = self._read.single and isinstance(input_params, Mapping)
            self._state.give(
                packed_sets(self._prepared, input_params, self._state.sets_given, self._codecs.pack)
            )

    def send_stop_frame(self) -> None:
        """Say that no more parameter sets will come; harmless when repeated."""
        self._refuse_if_detached()
        with self._read.sending:
            self._state.stop()

    # -- the inside --------------------------------------------------------------------------

    def attached(self, runner: CallbackRunner | None) -> Job:
        """Return another object of this job, which calls callbacks if a runner is given.

        The job has one reader: with callbacks, it is detached from this object.
        """
        job = copy.copy(self)
        job._runner = runner
        job._gone = threading.Event()
        if runner is not None:
            self._gone.set()
            self._state.wake()
            job._start_delivery(runner)
            self._register.add(self._job_id, job)
        return job

    def end_with_session(self) -> None:
        """Cancel the job, though this object may be detached."""
        error = JobCancelled(f"job {self._job_id[:8]} was cancelled")
        self._state.end(JobStatus.CANCELLED, error)

    def _start_delivery(self, runner: CallbackRunner) -> None:
        before = self._delivered if self._delivery is not None else None
        self._delivered = threading.Event()
        self._delivery = threading.Thread(
            target=self._deliver,
            args=(runner, before),
            name=f"dfm-job-{self._job_id[:8]}",
            daemon=True,
        )
        self._delivery.start()

    def _refuse_if_detached(self) -> None:
        if self._gone.is_set():
            raise RunError(
                f"this object is detached from job {self._job_id[:8]}",
                hint=f"`session.reattach({self._job_id!r})`",
            )

    def _next(self, deadline: float | None) -> Token | StreamEnd | None:
        """Return what came next and no callback has taken; raises DeadlinePassed at `deadline`.

        What came in one piece and is not asked for yet is kept for whoever reads on.
        """
        self._refuse_to_block()
        self._wait_for_delivery(deadline)
        with _held(self._read.reading, deadline):
            while not self._read.kept:
                try:
                    entry = self._state.take(deadline, self._gone)
                except ReaderGone:
                    self._refuse_if_detached()
                    raise
                if entry is None:
                    return None
                if isinstance(entry, Arrival):
                    tokens = self._unpacked(entry)
                    self._read.kept.extend(t for t in tokens if isinstance(t, (Token, StreamEnd)))
            return self._read.kept.popleft()

    def _gather(self, deadline: float | None) -> list[dict[str, Any]]:
        if self._read.results is None:
            self._read.results = Results(self._yields, self._prepared.looped_yields)
        while (token := self._next(deadline)) is not None:
            if isinstance(token, Token):
                self._read.results.add(token)
            else:
                self._read.results.stream(token.name, token.frame)
        self._raise_if_bad()
        return [self._read.results.of_call(n) for n in range(self._state.calls_started)]

    def _unpacked(self, entry: Arrival) -> Iterator[Any]:
        """Unpack what came; what can not be is left out, and is an error of the job at its end."""
        try:
            yield from tokens_of(entry, self._yields, self._codecs)
        except DfmError as error:
            self._read.late_error = self._read.late_error or error

    def _deliver(self, runner: CallbackRunner, before: threading.Event | None) -> None:
        try:
            if before is not None:
                before.wait()  # what another object has taken comes first
            failed = deliver(
                self._state,
                self._unpacked,
                runner,
                self._prepared.homesite,
                self._read.kept,
                self._gone,
            )
            self._read.late_error = self._read.late_error or failed
        except Exception as error:  # noqa: BLE001  (a bug must fail the job, not end its thread)
            self._read.late_error = as_dfm_error(error)
            self._state.end(JobStatus.LOST, self._read.late_error)
        finally:
            self._delivered.set()

    def _wait_for_delivery(self, deadline: float | None) -> None:
        if self._delivery is None:
            return
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not self._delivered.wait(left):
            raise DeadlinePassed

    def _refuse_to_block(self) -> None:
        self._refuse_if_detached()
        if self._delivery is threading.current_thread():
            raise DeclarationError(
                "a callback can not wait for its own job",
                hint="waiting after the callbacks, where the job was started",
            )
        if self._delivered.is_set() or self._delivery is None or self._runner is None:
            return
        if self._runner.needs_this_thread():
            raise DeclarationError(
                "waiting here would block the event loop that the callbacks run on",
                hint="`await asyncio.to_thread(job.wait_until_finished)`",
            )

    def _raise_if_bad(self) -> None:
        error: DfmError | None = self._state.error or self._read.late_error
        if error is not None:
            # Where it was made is our inside; the caller's own lines are what helps.
            raise error.with_traceback(None)


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + min(timeout, threading.TIMEOUT_MAX / 2)


@contextmanager
def _held(lock: threading.Lock, deadline: float | None) -> Iterator[None]:
    """Hold a lock; raises DeadlinePassed when it is not to be had before the deadline."""
    if not lock.acquire(timeout=-1 if deadline is None else max(0.0, deadline - time.monotonic())):
        raise DeadlinePassed
    try:
        yield
    finally:
        lock.release()
