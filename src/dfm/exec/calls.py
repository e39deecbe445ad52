"""Calls of adapters: arguments filled, body run on the right thread, outcome told.

Nothing here runs on the site's own event loop except `start` and `cancel`. The outcome of a
call (a token, or a stream that then produces) is told to the job through its mailbox.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Mapping
from typing import Any

from dfm.errors import NoCodec, SessionClosed
from dfm.exec.adapters import Adapter, AdapterTable
from dfm.exec.context import CURRENT_JOB
from dfm.exec.failures import failure_of
from dfm.exec.invocation import Invocation, Observer, observed
from dfm.exec.production import Producers, is_stream, produce
from dfm.exec.streams import Reader, StreamBroken
from dfm.exec.threads import Lane, ThreadPool, join_all
from dfm.exec.values import Held, value_of
from dfm.net.template import Ref, fill
from dfm.net.token import Failure
from dfm.wire import Codecs

THREADS_PER_SITE = 32
"""Plain bodies that run at once at a site; more of them wait. Coroutines are not limited."""


class CallRunner:
    """Runs the calls of all jobs of one site."""

    def __init__(
        self,
        site: str,
        adapters: AdapterTable,
        codecs: Codecs,
        observer: Observer | None = None,
        threads: int = THREADS_PER_SITE,
    ) -> None:
        self._site = site
        self._adapters = adapters
        self._codecs = codecs
        self._observer = observer
        self._lanes: dict[str, Lane] = {}
        self._lanes_lock = threading.Lock()
        self._closed = False
        self._bodies = ThreadPool(f"dfm-{site}", threads)
        # Apart and without bound: what waits for a stream must not take the last thread from
        # those that its producer, or the other readers, need to go on.
        self.errands = ThreadPool(f"dfm-{site}-errand")
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

    def cancel(self, job_id: str) -> None:
        """Cancel the coroutines of a job. A plain body can not be stopped; its result is lost."""
        for lane in list(self._lanes.values()):
            lane.cancel(job_id)

    def close(self, timeout: float) -> None:
        """End all threads that can end, waiting up to `timeout` seconds in all."""
        deadline = time.monotonic() + timeout
        with self._lanes_lock:
            self._closed = True
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.stop()
        join_all([lane.thread for lane in lanes], timeout)
        for pool in (self._bodies, self.errands):
            pool.close(max(0.0, deadline - time.monotonic()))

    def _start(self, call: Invocation, adapter: Adapter) -> None:
        if adapter.is_async:
            self._lane(adapter).post(self._begin, call, adapter)
        elif any(isinstance(value, Reader) for value in call.inputs.values()):
            self.errands.submit(self._run, call, adapter)
        else:
            self._bodies.submit(self._run, call, adapter)

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
                self._fail(call, failed)

    def _start_or_fail(self, call: Invocation, adapter: Adapter) -> None:
        try:
            self._start(call, adapter)
        except Exception as error:  # noqa: BLE001  (no thread to be had, or no descriptor)
            self._fail(call, error)

    # -- on a body's thread ------------------------------------------------------------------

    def _run(self, call: Invocation, adapter: Adapter) -> None:
        if call.job.closed:
            return
        CURRENT_JOB.set(call.job.job_id)
        try:
            arguments = self._arguments(adapter, call)
            with observed(call, self._observer):
                result = adapter.body(**arguments)
            if inspect.isawaitable(result):
                self._lane(adapter).post(self._begin, call, adapter, result)
                return
        except BaseException as error:  # noqa: BLE001  (SystemExit of an adapter is its failure too)
            self._fail(call, error)
        else:
            self._finish(call, adapter, result)

    # -- on a lane ---------------------------------------------------------------------------

    def _begin(self, call: Invocation, adapter: Adapter, awaitable: Any = None) -> None:
        if not call.job.closed:
            self._lane(adapter).spawn(call.job.job_id, self._await(call, adapter, awaitable))
        elif inspect.iscoroutine(awaitable):
            awaitable.close()

    async def _await(self, call: Invocation, adapter: Adapter, awaitable: Any) -> None:
        CURRENT_JOB.set(call.job.job_id)
        try:
            if awaitable is None:
                awaitable = adapter.body(**self._arguments(adapter, call))
            with observed(call, self._observer):
                result = await awaitable
        except BaseException as error:  # noqa: BLE001  (as above; and it must not end the loop)
            self._fail(call, error)
        else:
            self._finish(call, adapter, result)

    # -- either ------------------------------------------------------------------------------

    def _arguments(self, adapter: Adapter, call: Invocation) -> dict[str, Any]:
        values = {place: value_of(token, self._codecs) for place, token in call.inputs.items()}
        given = filled_arguments(call.call.arguments, values, self._codecs)
        return self._adapters.arguments(adapter, given)

    def _finish(self, call: Invocation, adapter: Adapter, result: Any) -> None:
        if is_stream(result):
            produce(call, result, self._producers(adapter))
            return
        try:
            token = self._token(call, result)
        except Exception as error:  # noqa: BLE001  (packing runs the value's own code)
            self._fail(call, error)
            return
        call.let_go()
        call.job.call_ended(call, token)

    def _token(self, call: Invocation, result: Any) -> Any:
        if not call.packs:
            return result
        packed = self._codecs.pack(result)
        return Held(result, packed) if call.kept else packed

    def _fail(self, call: Invocation, error: BaseException) -> None:
        call.let_go()
        call.job.call_ended(call, self._failure(call, error))

    def _failure(self, call: Invocation, error: BaseException) -> Failure:
        if isinstance(error, StreamBroken):
            return error.failure
        if isinstance(error, NoCodec):
            error.message = (
                f"{call.call.operation} returned a value that can not travel: {error.message}"
            )
        return failure_of(
            error, site=self._site, operation=call.call.operation, node=call.call.node
        )

    def _producers(self, adapter: Adapter) -> Producers:
        return Producers(self.errands, lambda: self._lane(adapter), self._failure, self._observer)

    # -- small things ------------------------------------------------------------------------

    def _lane(self, adapter: Adapter) -> Lane:
        lane = self._lanes.get(adapter.lane)
        if lane is not None:
            return lane
        with self._lanes_lock:
            if self._closed:
                raise SessionClosed(f"site {self._site!r} is closing")
            if adapter.lane not in self._lanes:
                self._lanes[adapter.lane] = Lane(f"dfm-{self._site}-{adapter.lane}")
            return self._lanes[adapter.lane]


def filled_arguments(
    templates: tuple[tuple[str, Any], ...], values: Mapping[str, Any], codecs: Codecs
) -> dict[str, Any]:
    """Return arguments with the values of places put in; literals are copied for each call."""
    return {name: filled(template, values, codecs) for name, template in templates}


def filled(template: Any, values: Mapping[str, Any], codecs: Codecs) -> Any:
    """Return one template with the values of places put in."""
    return fill(template, lambda ref: _part(ref, values), codecs.unseal)


def _part(ref: Ref, values: Mapping[str, Any]) -> Any:
    return ref.of(values[ref.place])
