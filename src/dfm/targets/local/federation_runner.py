"""Owns what a `local` session has started: the hub's thread, and the workers behind it."""

from __future__ import annotations

import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress

from dfm.exec.threads import join_all
from dfm.net.prepared import PreparedPipeline
from dfm.targets.base import JobEvents
from dfm.targets.hub import Hub, HubLink
from dfm.targets.introduction import Introductions
from dfm.targets.local.job_execution import JobExecution, Worker
from dfm.wire import Codecs

CLOSE_SECONDS = 2.0
GRACE_SECONDS = 0.5
"""What workers have to end by themselves before they are killed."""


class FederationRunner:
    """Runs jobs on the workers of one federation; its sites are as `introductions` has them."""

    def __init__(self, introductions: Introductions, codecs: Codecs) -> None:
        self._hub = Hub(codecs, lambda site: self._execution.worker(site), self._job_ended)
        self._execution = JobExecution(
            introductions.of, self._hub.lane.loop, self._hub.receive, self._hub.site_lost
        )

    @property
    def pids(self) -> dict[str, int]:
        """The process of each site that has been started."""
        return self._execution.pids

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> HubLink:
        """Give a job's nets to the workers of their sites."""
        return self._hub.submit(job_id, prepared, events)

    def shutdown(self) -> None:
        """End all jobs, workers and threads; a worker that does not end by itself is killed."""
        deadline = time.monotonic() + GRACE_SECONDS
        ended: Future[list[Worker]] = Future()
        self._hub.run(self._end_jobs, ended)
        try:
            _reap(ended, deadline)
        except BaseException:
            # Ctrl-C while closing: no more grace, and nothing left behind.
            _reap(ended, deadline=0.0)
            raise
        finally:
            self._hub.lane.stop()
        join_all([self._hub.lane.thread], CLOSE_SECONDS)

    def _job_ended(self) -> None:
        if self._execution.has_retired:
            self._execution.sweep(self._hub.spokes_in_use())

    def _end_jobs(self, ended: Future[list[Worker]]) -> None:
        self._hub.close_jobs()
        ended.set_result(self._execution.shutdown())


def _reap(ended: Future[list[Worker]], deadline: float) -> None:
    with suppress(FutureTimeout):
        for worker in ended.result(CLOSE_SECONDS):
            worker.reap(deadline)
