"""Every site in this process, on threads: starts in milliseconds, breakpoints work.

Values still pass through the codecs between sites, so what works here works elsewhere.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress

from dfm.errors import SessionClosed
from dfm.exec.context import DfmContext
from dfm.exec.site_worker import SiteWorker
from dfm.exec.threads import join_all
from dfm.federation.models import FederationSpec, SiteSpec
from dfm.net.prepared import PreparedPipeline
from dfm.targets.base import JobEvents
from dfm.targets.hub import Hub, HubLink
from dfm.wire.messages import Message
from dfm.wire.shared import SharedCodecs

CLOSE_SECONDS = 2.0


class _InlineSpoke:
    """A site in this process; its messages are calls, one turn of the hub's loop later."""

    def __init__(self, spec: SiteSpec, context: DfmContext, codecs: SharedCodecs, hub: Hub) -> None:
        self._hub = hub
        self._loop = hub.lane.loop
        self._site = spec.name
        self.worker = SiteWorker(spec, context, codecs, send=self._answer, loop=self._loop)

    def send(self, message: Message) -> None:
        self._loop.call_soon(self.worker.receive, message)

    def _answer(self, message: Message) -> None:
        self._loop.call_soon(self._hub.receive, self._site, self, message)


class InlineTarget:
    """Runs all sites of a federation in this process."""

    def __init__(self, federation: FederationSpec, homesite: str) -> None:
        self.codecs = SharedCodecs(trusted=True)
        self._federation = federation
        self._homesite = homesite
        self._hub: Hub | None = None
        self._spokes: dict[str, _InlineSpoke] = {}

    @property
    def started_sites(self) -> tuple[str, ...]:
        """The sites that have been started, sorted."""
        return tuple(sorted(self._spokes))

    def connect(self) -> None:
        """Start the hub's thread; sites start when a job needs them."""
        if self._hub is None:
            self._hub = Hub(self.codecs, self._start_site)

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> HubLink:
        """Give a job's nets to their sites."""
        if self._hub is None:
            raise SessionClosed("the session is not connected", hint="`session.connect()` first")
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
        for spoke in self._spokes.values():
            spoke.worker.close(max(0.0, deadline - time.monotonic()))
        self._spokes.clear()
        hub.lane.stop()
        join_all([hub.lane.thread], CLOSE_SECONDS)

    def _end_jobs(self, hub: Hub, ended: Future[None]) -> None:
        hub.close_jobs()
        for spoke in self._spokes.values():
            spoke.worker.end_jobs()
        ended.set_result(None)

    def _start_site(self, site: str) -> _InlineSpoke:
        if self._hub is None:
            raise SessionClosed("the session is closing")
        if site not in self._spokes:
            federation = self._federation
            context = DfmContext(
                federation.name,
                site,
                self._homesite,
                federation.api_version,
                federation.callables,
            )
            self._spokes[site] = _InlineSpoke(
                federation.sites[site], context, self.codecs, self._hub
            )
        return self._spokes[site]
