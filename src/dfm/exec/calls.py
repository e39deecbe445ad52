"""Calls of adapters: arguments filled, body run on the right thread, outcome told.

Nothing here runs on the site's own event loop except `start` and `cancel`. The outcome of a
call (a token, or a stream that then produces) is told to the job through its mailbox. A call is
one attempt, or several (`attempts.py`), or none if the site remembers it (`memo.py`).
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from dfm.exec.adapters import Adapter, AdapterTable
from dfm.exec.arguments import filled, filled_arguments
from dfm.exec.attempts import Attempt, pause_after, repeatable, repeatable_inputs
from dfm.exec.cache import Cache
from dfm.exec.context import CURRENT_JOB
from dfm.exec.failures import text_of
from dfm.exec.flights import Flights
from dfm.exec.invocation import Invocation, Observer, observed
from dfm.exec.memo import Memo
from dfm.exec.outcomes import Outcomes
from dfm.exec.production import Producers, drop, is_stream, produce
from dfm.exec.threads import Lane, Lanes, ThreadPool
from dfm.exec.timers import Timers
from dfm.exec.values import value_of
from dfm.net.token import Failure
from dfm.wire import Codecs

THREADS_PER_SITE = 32
"""Plain bodies that run at once at a site; more of them wait. Coroutines are not limited."""

QUESTIONS_PER_SITE = 16
"""Adapters that are asked for advice at once; each takes a thread, and one for an advisor."""

__all__ = ["THREADS_PER_SITE", "CallRunner", "filled"]

_RELAY = Adapter(iter, is_async=False, bindings=None, lane="")
_READ_A_STREAM = "not repeated: it read a stream, which is consumed"


class CallRunner:
    """Runs the calls of all jobs of one site."""

    def __init__(
        self,
        site: str,
        adapters: AdapterTable,
        codecs: Codecs,
        observer: Observer | None = None,
        threads: int = THREADS_PER_SITE,
        timers: Timers | None = None,
    ) -> None:
        self._site = site
        self._adapters = adapters
        self._codecs = codecs
        self._observer = observer
        self._lanes = Lanes(f"dfm-{site}")
        self._bodies = ThreadPool(f"dfm-{site}", threads)
        # Apart and without bound: what waits for a stream must not take the last thread from
        # those that its producer, or the other readers, need to go on.
        self.errands = ThreadPool(f"dfm-{site}-errand")
        self._questions = ThreadPool(f"dfm-{site}-question", QUESTIONS_PER_SITE)
        self._timers = timers or Timers(f"dfm-{site}-timer")
        self._cache = Cache(adapters.cache_folder, adapters.logger)
        self.flights = Flights(self._timers, self.errands, self._cache.lock)
        self._remembered = Flights(self._timers, self.errands, self._cache.lock, leaf=True)
        self._memo = Memo(self._cache, self._remembered, codecs)
        self._outcomes = Outcomes(site, adapters, codecs, self._memo)
        self._making: dict[tuple[str, str | None], list[Invocation]] = {}
        self._making_lock = threading.Lock()

    # -- on the site's loop ------------------------------------------------------------------

    def start(self, call: Invocation) -> None:
        """Begin a call; its outcome is told later. Calls of one adapter begin in this order."""
        key = (call.call.operation, call.call.provider)
        with self._making_lock:
            adapter = self._adapters.made(*key)
            if adapter is None:
                waiting = self._making.setdefault(key, [])
                waiting.append(call)
                if len(waiting) == 1:
                    self.errands.submit(self._make, key)
                return
        self._start(call, adapter)

    def ask(self, question: Invocation) -> None:
        """Ask an adapter for advice; whatever goes wrong is told in the advice."""
        self._questions.submit(self._ask, question)

    def relay(self, call: Invocation) -> None:
        """Let the stream that it reads go on as its own, under the name of its place."""
        attempt = Attempt(call, _RELAY, 1, self._timers, self.errands, self._failed)
        producers = replace(self._producers(attempt), observer=None, check=None, measured=False)
        produce(attempt, iter(call.inputs["stream"]), producers)

    def cancel(self, job_id: str) -> None:
        """Cancel the coroutines of a job. A plain body can not be stopped; its result is lost."""
        self._timers.cancel_group(job_id)
        self._memo.leave_all(job_id)
        self._lanes.cancel(job_id)

    def cache(self) -> Cache:
        """Return the values that the site keeps."""
        return self._cache

    def close(self, timeout: float) -> None:
        """End all threads that can end, waiting up to `timeout` seconds in all."""
        deadline = time.monotonic() + timeout
        self._timers.close(timeout)
        self._lanes.close(max(0.0, deadline - time.monotonic()))
        for pool in (self._bodies, self._questions, self.errands):
            pool.close(max(0.0, deadline - time.monotonic()))
        for flights in (self.flights, self._remembered):
            flights.close()

    def _start(self, call: Invocation, adapter: Adapter) -> None:
        if call.call.options.cache:
            self.errands.submit(self._remember, call, adapter)
        else:
            self._attempt(call, adapter, 1)

    def _attempt(self, call: Invocation, adapter: Adapter, number: int) -> None:
        attempt = Attempt(call, adapter, number, self._timers, self.errands, self._failed)
        if adapter.is_async:
            self._lanes.of(adapter.lane).post(self._begin, attempt)
        else:
            pool = self.errands if attempt.reads_a_stream else self._bodies
            pool.submit(self._run, attempt, pool)

    # -- on an errand's thread ---------------------------------------------------------------

    def _make(self, key: tuple[str, str | None]) -> None:
        """Make an adapter for the calls that wait for it; its module may take long to import."""
        adapter: Adapter | None = None
        failed: BaseException | None = None
        try:
            adapter = self._adapters.adapter(*key)
        except BaseException as error:  # noqa: BLE001  (SystemExit of an import is a failure too)
            failed = error
        with self._making_lock:
            waiting = self._making.pop(key)
            if adapter is not None:
                for call in waiting:
                    self._start_or_fail(call, adapter)
        if failed is not None:
            for call in waiting:
                self._outcomes.failed(call, failed)

    def _start_or_fail(self, call: Invocation, adapter: Adapter) -> None:
        try:
            self._start(call, adapter)
        except Exception as error:  # noqa: BLE001  (no thread to be had, or no descriptor)
            self._outcomes.failed(call, error)

    def _remember(self, call: Invocation, adapter: Adapter) -> None:
        """Look for what the call returned another time, as soon as nobody computes the same."""
        if call.job.closed:
            return
        CURRENT_JOB.set(call.job.job_id)
        try:
            arguments = self._arguments(call, adapter, call.inputs)
            identity = self._adapters.identity(call.call.operation, call.call.provider)
            look = partial(self.errands.submit, self._look, call, adapter)
            waits = self._memo.begin(call, identity, arguments, look)
        except BaseException:  # noqa: BLE001  (the attempt will meet it again, and tell it)
            waits = False
        if not waits:
            self._again(call, adapter, 1)

    def _look(self, call: Invocation, adapter: Adapter) -> None:
        try:
            remembered = not call.job.closed and self._outcomes.remembered(call)
        except Exception as error:  # noqa: BLE001  (reading it runs the value's own code)
            self._outcomes.failed(call, error)
            return
        if not remembered:
            self._again(call, adapter, 1)

    def _again(self, call: Invocation, adapter: Adapter, number: int) -> None:
        if call.job.closed:
            self._memo.leave(call)
            call.let_go()
            return
        try:
            self._attempt(call, adapter, number)
        except Exception as error:  # noqa: BLE001  (as in `_start_or_fail`)
            self._outcomes.failed(call, error)

    def _ask(self, question: Invocation) -> None:
        from dfm.exec.discovery.asking import Answerer  # only sites that are asked need it

        job = question.job
        asked = Answerer(
            self._site, self._adapters, self._codecs, self.errands.submit, self._lanes.of
        )
        try:
            with observed(question, self._observer):
                advice = asked.advice(question.call, job.job_id, lambda: not job.closed)
            self._outcomes.ended(question, self._outcomes.token(question, advice))
        except Exception as error:  # noqa: BLE001  (as in `_start_or_fail`)
            self._outcomes.failed(question, error)

    # -- on a body's thread ------------------------------------------------------------------

    def _run(self, attempt: Attempt, pool: ThreadPool) -> None:
        call, adapter = attempt.call, attempt.adapter
        if call.job.closed:
            return
        CURRENT_JOB.set(call.job.job_id)
        try:
            attempt.begin(partial(pool.abandon, threading.current_thread()))
            arguments = self._arguments_of(attempt)
            if attempt.over:
                return
            with observed(call, self._observer):
                attempt.meter.begin()
                result = adapter.body(**arguments)
                attempt.meter.end()
        except BaseException as error:  # noqa: BLE001  (SystemExit of an adapter is its failure too)
            if attempt.end():
                self._failed(attempt, error)
            return
        if not attempt.end():
            drop(result)
        elif not inspect.isawaitable(result):
            self._finish(attempt, result)
        else:
            try:
                self._lanes.of(adapter.lane).post(self._begin, attempt, result)
            except Exception as error:  # noqa: BLE001  (as in `_start_or_fail`)
                self._failed(attempt, error)

    # -- on a lane ---------------------------------------------------------------------------

    def _begin(self, attempt: Attempt, awaitable: Any = None) -> None:
        call = attempt.call
        if not call.job.closed:
            lane = self._lanes.of(attempt.adapter.lane)
            lane.spawn(call.job.job_id, self._await(attempt, lane, awaitable))
        else:
            drop(awaitable)

    async def _await(self, attempt: Attempt, lane: Lane, awaitable: Any) -> None:
        call = attempt.call
        CURRENT_JOB.set(call.job.job_id)
        try:
            attempt.begin(lane.canceller())
            if awaitable is None:
                awaitable = attempt.adapter.body(**self._arguments_of(attempt))
            with observed(call, self._observer):
                attempt.meter.begin()
                result = await awaitable
                attempt.meter.end()
        except BaseException as error:  # noqa: BLE001  (as above; and it must not end the loop)
            if attempt.end():
                self._failed(attempt, error)
            return
        if attempt.end():
            self._finish(attempt, result)
        else:
            drop(result)

    # -- any of these ------------------------------------------------------------------------

    def _arguments_of(self, attempt: Attempt) -> dict[str, Any]:
        call = attempt.call
        if call.copies is None and attempt.may_be_repeated:
            call.copies = repeatable_inputs(call.inputs, self._codecs)
        inputs = call.inputs if attempt.number == 1 or call.copies is None else call.copies
        attempt.meter.weigh(inputs)
        return self._arguments(call, attempt.adapter, inputs)

    def _arguments(
        self, call: Invocation, adapter: Adapter, inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = {place: value_of(token, self._codecs) for place, token in inputs.items()}
        given = filled_arguments(call.call.arguments, values, self._codecs)
        return self._adapters.arguments(adapter, given)

    def _finish(self, attempt: Attempt, result: Any) -> None:
        call = attempt.call
        if is_stream(result):
            if call.key is not None:
                self._memo.refuse_stream(call)
            produce(attempt, result, self._producers(attempt))
            return
        attempt.settle()
        if call.key is not None and attempt.adapter.is_async:
            # Writing a file would hold up the other calls on this lane.
            self.errands.submit(self._outcomes.returned, call, result, attempt.meter)
        else:
            self._outcomes.returned(call, result, attempt.meter)

    # -- failures ----------------------------------------------------------------------------

    def _failed(self, attempt: Attempt, error: BaseException) -> None:
        """Try again if the call's options say so, else tell the failure."""
        call, options = attempt.call, attempt.call.call.options
        attempt.settle()
        again = attempt.may_be_repeated and repeatable(error, options) and not call.job.closed
        if self._observer is not None and not call.job.closed:
            text = f"{type(error).__name__}: {text_of(error)}"
            self._observer.call_failed(
                call.job.job_id, call.call.operation, call.frame, attempt.number, text, again
            )
        if not again:
            self._outcomes.ended(call, self._failure(attempt, error))
            return
        pause = pause_after(attempt.number, options)
        self._adapters.logger.info(
            "attempt %d of %d at %s failed, the next is in %g s: %s",
            attempt.number,
            options.retries + 1,
            call.call.operation,
            pause,
            type(error).__name__,
        )
        again_soon = (self._again, call, attempt.adapter, attempt.number + 1)
        if pause > 0:
            self._timers.after(pause, call.job.job_id, self.errands.submit, *again_soon)
        else:
            self.errands.submit(*again_soon)

    def _failure(self, attempt: Attempt, error: BaseException) -> Failure:
        options = attempt.call.call.options
        remark = ""
        if options.retries and attempt.reads_a_stream and repeatable(error, options):
            remark = _READ_A_STREAM
        elif options.retry_on and attempt.may_be_repeated and not repeatable(error, options):
            remark = f"not repeated: retry_on is {', '.join(options.retry_on)}"
        return self._outcomes.failure(attempt.call, error, attempt.number, remark)

    def _producers(self, attempt: Attempt) -> Producers:
        return Producers(
            threads=self.errands,
            lane=partial(self._lanes.of, attempt.adapter.lane),
            failure=self._failure,
            failed=self._failed,
            observer=self._observer,
            check=self._outcomes.item_check(attempt.call.call.operation),
        )
