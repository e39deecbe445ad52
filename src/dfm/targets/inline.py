"""Every site in this process, on threads: starts in milliseconds, breakpoints work.

Values still pass through the codecs between sites, so what works here works elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress

from dfm.errors import SessionClosed
from dfm.exec.calls import THREADS_PER_SITE
from dfm.exec.site_worker import SiteWorker
from dfm.exec.threads import join_all
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.targets.base import JobEvents
from dfm.targets.hub import Hub, HubLink
from dfm.targets.introduction import Introduction, Introductions
from dfm.targets.options import running_sites
from dfm.wire.messages import Message
from dfm.wire.shared import SharedCodecs

CLOSE_SECONDS = 2.0


class _InlineSpoke:
    """A site in this process; its messages are calls, one turn of the hub's loop later."""

    def __init__(self, introduction: Introduction, codecs: SharedCodecs, hub: Hub) -> None:
        self._hub = hub
        self._loop = hub.lane.loop
        self.introduction = introduction
        self.worker = SiteWorker(
            introduction.site,
            introduction.context(),
            codecs,
            send=self._answer,
            loop=self._loop,
            threads=introduction.threads,
        )

    def send(self, message: Message) -> None:
        self._loop.call_soon(self.worker.receive, message)

    def _answer(self, message: Message) -> None:
        self._loop.call_soon(self._hub.receive, self.introduction.site.name, self, message)


class InlineTarget:
    """Runs all sites of a federation in this process.

    `threads_per_site` is how many plain adapter bodies run at once at a site; `sites` and
    `max_concurrent_jobs` are as for the target `local`.

    Raises:
        UnknownName: for one of `sites` that is not there.
        ArgumentError: when `max_concurrent_jobs` is not positive.
    """

    def __init__(
        self,
        federation: FederationSpec,
        homesite: str,
        *,
        threads_per_site: int = THREADS_PER_SITE,
        sites: Sequence[str] | None = None,
        max_concurrent_jobs: int | None = None,
    ) -> None:
        self._sites = running_sites(federation, "inline", sites, max_concurrent_jobs)
        self.codecs = SharedCodecs(trusted=True)
        self._introductions = Introductions(federation, homesite, threads_per_site)
        self._hub: Hub | None = None
        self._spokes: dict[str, _InlineSpoke] = {}
        self._retired: list[_InlineSpoke] = []

    @property
    def started_sites(self) -> tuple[str, ...]:
        """The sites that have been started, sorted."""
        return tuple(sorted(self._spokes))

    def connect(self) -> None:
        """Start the hub's thread; sites start when a job needs them."""
        if self._hub is None:
            self._hub = Hub(self.codecs, self._start_site)

    def update(self, federation: FederationSpec) -> None:
        """Run later jobs on the federation as it is now; a changed site is made anew."""
        self._introductions.follow(federation)

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> HubLink:
        """Give a job's nets to their sites."""
        if self._hub is None:
            raise SessionClosed("the session is not connected", hint="`session.connect()` first")
        self._sites.check(prepared)
        return self._hub.submit(job_id, prepared, events)

    def close(self) -> None:
        """End all jobs and threads. A plain body that does not return keeps its daemon thread."""
        hub, self._hub = self._hub, None
        if hub is None:
            return
        deadline = time.monotonic() + CLOSE_SECONDS
        ended: Future[None] = Future()
        hub.run(self._end_jobs, hub, ended)
        with suppress(FutureTimeout):
            ended.result(CLOSE_SECONDS)
        for spoke in (*self._spokes.values(), *self._retired):
            spoke.worker.close(max(0.0, deadline - time.monotonic()))
        self._spokes.clear()
        self._retired.clear()
        hub.lane.stop()
        join_all([hub.lane.thread], CLOSE_SECONDS)

    def _end_jobs(self, hub: Hub, ended: Future[None]) -> None:
        hub.close_jobs()
        for spoke in (*self._spokes.values(), *self._retired):
            spoke.worker.end_jobs()
        ended.set_result(None)

    def _start_site(self, site: str) -> _InlineSpoke:
        if self._hub is None:
            raise SessionClosed("the session is closing")
        introduction = self._introductions.of(site)
        spoke = self._spokes.get(site)
        if spoke is None or spoke.introduction != introduction:
            if spoke is not None:
                self._retired.append(spoke)
            spoke = self._spokes[site] = _InlineSpoke(introduction, self.codecs, self._hub)
        return spoke
