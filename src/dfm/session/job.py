"""One run of a prepared pipeline, as the application holds it.

A job ends in exactly one of FINISHED, FAILED, CANCELLED and LOST, and whoever waits for it or
reads it to the end learns which: everything but FINISHED is raised.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from dfm.errors import (
    DeclarationError,
    DfmError,
    JobCancelled,
    ParameterSetError,
    WaitTimeout,
    as_dfm_error,
)
from dfm.net.frame import Frame
from dfm.net.model import START
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured, PlanReport
from dfm.session.callbacks import Callbacks
from dfm.session.delivery import deliver
from dfm.session.job_state import DeadlinePassed, JobState, PackedSet
from dfm.session.results import Results
from dfm.session.tokens import Arrival, JobStatus, StreamEnd, Token, tokens_of
from dfm.targets.base import Target
from dfm.types import describe
from dfm.wire.messages import TokenPackage

ParameterSets = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Job:
    """A running or ended job. Made by `Session.execute`; every method is safe from any thread.

    `finished` is told what it took, if operations ran in it and it ends as FINISHED.
    """

    def __init__(
        self,
        job_id: str,
        prepared: PreparedPipeline,
        target: Target,
        callbacks: Callbacks,
        finished: Callable[[PreparedPipeline, Measured], None] | None = None,
    ) -> None:
        self._job_id = job_id
        self._prepared = prepared
        self._codecs = target.codecs
        self._yields = prepared.yields
        self._results: Results | None = None
        self._single = True
        self._reading = threading.Lock()
        self._gathering = threading.Lock()
        self._sending = threading.Lock()
        self._late_error: DfmError | None = None
        told = None if finished is None else partial(finished, prepared)
        self._state = JobState(job_id, prepared, target, told)
        self._callbacks = callbacks
        self._delivery: threading.Thread | None = None
        # Not the thread itself: a `join` that Ctrl-C interrupts takes the thread for ended.
        self._delivered = threading.Event()
        self._kept: deque[Token | StreamEnd] = deque()
        if callbacks:
            self._delivery = threading.Thread(
                target=self._deliver, name=f"dfm-job-{job_id[:8]}", daemon=True
            )
            self._delivery.start()

    def __repr__(self) -> str:
        name = self._prepared.pipeline_name
        return f"<Job {self._job_id[:8]} of {name!r}: {self.get_status().name}>"

    def begin(self, sets: list[PackedSet], *, single: bool, stop: bool) -> None:
        """Start the first calls; `single` says that they were given as one parameter set."""
        self._single = single
        self._state.give(sets)
        if stop:
            self._state.stop()

    @property
    def job_id(self) -> str:
        """The identity of the job: 32 hexadecimal digits."""
        return self._job_id

    def get_status(self) -> JobStatus:
        """Return where the job is. With callbacks, it has ended when they have had everything."""
        status = self._state.status
        if self._delivery is not None and not self._delivered.is_set():
            return JobStatus.RUNNING if status.is_end else status
        if status is JobStatus.FINISHED and self._late_error is not None:
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
        measured, status = self._state.measured(), self.get_status()
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
            with _held(self._gathering, deadline):
                calls = self._gather(deadline)
        except DeadlinePassed:
            raise WaitTimeout(
                f"job {self._job_id[:8]} has not ended after {timeout} s; it goes on",
                hint="`result()` again with more time, or `cancel()`"
                if self._state.stop_asked
                else "`send_stop_frame()`: the job waits for more parameter sets",
            ) from None
        if self._single and len(calls) <= 1:
            return calls[0] if calls else {}
        return calls

    def wait_until_finished(self, timeout: float | None = None) -> bool:
        """Wait for the end: True when the job FINISHED, False when `timeout` seconds have passed.

        Values that nobody has taken are kept in memory, for iteration or `result` afterwards.

        Raises:
            RunError: when the job ended in any other way.
        """
        self._refuse_to_block()
        deadline = _deadline(timeout)
        if self._delivery is None:
            self._state.keep_everything()
        try:
            self._state.wait_for_end(deadline)
            self._wait_for_delivery(deadline)
        except DeadlinePassed:
            return False
        self._raise_if_bad()
        return True

    # -- steering ----------------------------------------------------------------------------

    def cancel(self) -> None:
        """Stop the job at all its sites; harmless when it has ended. Returns at once."""
        error = JobCancelled(f"job {self._job_id[:8]} was cancelled")
        self._state.end(JobStatus.CANCELLED, error)

    def send_input_params(self, input_params: ParameterSets) -> None:
        """Start more calls, in a job that was executed with `autostop=False`.

        Raises:
            ParameterSetError: for missing or superfluous names, or after the stop; nothing is sent.
            RunError: when the job has ended; its own error.
        """
        with self._sending:
            if self._state.stop_asked:
                raise ParameterSetError(
                    "the job takes no more parameter sets: it was told that there are no more",
                    hint="`execute(..., autostop=False)`, and `send_stop_frame()` after the last",
                )
            if self._state.status.is_end:
                self._raise_if_bad()
            self._single = self._single and isinstance(input_params, Mapping)
            self._state.give(
                packed_sets(self._prepared, input_params, self._state.sets_given, self._codecs.pack)
            )

    def send_stop_frame(self) -> None:
        """Say that no more parameter sets will come; harmless when repeated."""
        with self._sending:
            self._state.stop()

    # -- the inside --------------------------------------------------------------------------

    def _next(self, deadline: float | None) -> Token | StreamEnd | None:
        """Return what came next and no callback has taken; raises DeadlinePassed at `deadline`.

        What came in one piece and is not asked for yet is kept for whoever reads on.
        """
        self._refuse_to_block()
        self._wait_for_delivery(deadline)
        with _held(self._reading, deadline):
            while not self._kept:
                entry = self._state.take(deadline)
                if entry is None:
                    return None
                if isinstance(entry, Arrival):
                    tokens = self._unpacked(entry)
                    self._kept.extend(t for t in tokens if isinstance(t, (Token, StreamEnd)))
            return self._kept.popleft()

    def _gather(self, deadline: float | None) -> list[dict[str, Any]]:
        if self._results is None:
            self._results = Results(self._yields, self._prepared.looped_yields)
        while (token := self._next(deadline)) is not None:
            if isinstance(token, Token):
                self._results.add(token)
            else:
                self._results.stream(token.name, token.frame)
        self._raise_if_bad()
        return [self._results.of_call(n) for n in range(self._state.calls_started)]

    def _unpacked(self, entry: Arrival) -> Iterator[Any]:
        """Unpack what came; what can not be is left out, and is an error of the job at its end."""
        try:
            yield from tokens_of(entry, self._yields, self._codecs)
        except DfmError as error:
            self._late_error = self._late_error or error

    def _deliver(self) -> None:
        try:
            failed = deliver(
                self._state,
                self._unpacked,
                self._callbacks,
                self._prepared.homesite,
                self._kept.append,
            )
            self._late_error = self._late_error or failed
        except Exception as error:  # noqa: BLE001  (a bug must fail the job, not end its thread)
            self._late_error = as_dfm_error(error)
            self._state.end(JobStatus.LOST, self._late_error)
        finally:
            self._delivered.set()

    def _wait_for_delivery(self, deadline: float | None) -> None:
        if self._delivery is None:
            return
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not self._delivered.wait(left):
            raise DeadlinePassed

    def _refuse_to_block(self) -> None:
        if self._delivery is threading.current_thread():
            raise DeclarationError(
                "a callback can not wait for its own job",
                hint="waiting after the callbacks, where the job was started",
            )
        if self._callbacks.run_here() and not self._delivered.is_set():
            raise DeclarationError(
                "waiting here would block the event loop that the callbacks run on",
                hint="`await asyncio.to_thread(job.wait_until_finished)`",
            )

    def _raise_if_bad(self) -> None:
        error: DfmError | None = self._state.error or self._late_error
        if error is not None:
            # Where it was made is our inside; the caller's own lines are what helps.
            raise error.with_traceback(None)


def packed_sets(
    prepared: PreparedPipeline,
    input_params: ParameterSets,
    first: int,
    pack: Any,
) -> list[PackedSet]:
    """Check parameter sets and pack them for the sites that read them.

    Raises:
        ParameterSetError: for missing or superfluous names.
        NoCodec: for a value that can not travel.
    """
    sets = _sets_of(input_params)
    numbered = [(Frame.start_frame(first + n), given) for n, given in enumerate(sets)]
    prepared.check_input_params(numbered)
    none = pack(None)
    return [_packed_set(prepared, first + n, given, pack, none) for n, given in enumerate(sets)]


def _sets_of(input_params: object) -> list[Mapping[str, Any]]:
    """Return parameter sets as a list.

    Raises:
        ParameterSetError: when it is neither a mapping nor an iterable of mappings.
    """
    if isinstance(input_params, Mapping):
        return [input_params]
    wrong: object = input_params
    if isinstance(input_params, Iterable) and not isinstance(input_params, (str, bytes)):
        sets = list(input_params)
        wrong = next((s for s in sets if not isinstance(s, Mapping)), None)
        if wrong is None and None not in sets:
            return sets
    raise ParameterSetError(
        f"parameter sets are dicts of values by place name, got {describe(wrong)}",
        hint='`{"name": value}` for one call, a list of such dicts for several',
    )


def _packed_set(
    prepared: PreparedPipeline, call: int, given: Mapping[str, Any], pack: Any, none: Any
) -> PackedSet:
    packed = {f"${name}": pack(value) for name, value in given.items()}
    packed[START] = none
    frame = (call,)
    return {
        site: [
            TokenPackage(p, frame, head=packed[p].head, buffers=packed[p].buffers)
            for p in net.params
        ]
        for site, net in prepared.nets.items()
    }


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
