"""The `local` target: a worker process per participating site, on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from dfm.errors import SessionClosed
from dfm.exec.calls import THREADS_PER_SITE
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.targets.base import JobEvents
from dfm.targets.hub import HubLink
from dfm.targets.introduction import Introductions
from dfm.targets.local.federation_runner import FederationRunner
from dfm.targets.options import running_sites
from dfm.wire.shared import SharedCodecs


class LocalTarget:
    """Runs each participating site of a federation in a process of its own.

    `threads_per_site` is how many plain adapter bodies run at once at a site, and `sites` are those
    that may run at all, if not every one. `max_concurrent_jobs` is taken from programs that give
    it and limits nothing: all jobs share the process of a site.

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
        self._sites = running_sites(federation, "local", sites, max_concurrent_jobs)
        self.codecs = SharedCodecs(trusted=True)
        self._introductions = Introductions(federation, homesite, threads_per_site)
        self._runner: FederationRunner | None = None

    @property
    def pids(self) -> dict[str, int]:
        """The process of each site that has been started."""
        return self._runner.pids if self._runner else {}

    @property
    def started_sites(self) -> tuple[str, ...]:
        """The sites whose process has been started and is alive, sorted."""
        return tuple(sorted(self.pids))

    def connect(self) -> None:
        """Start the hub's thread; a site's process starts when a job needs it."""
        if self._runner is None:
            self._runner = FederationRunner(self._introductions, self.codecs)

    def update(self, federation: FederationSpec) -> None:
        """Run later jobs on the federation as it is now; a changed site gets a fresh process."""
        self._introductions.follow(federation)

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> HubLink:
        """Give a job's nets to the workers of their sites."""
        if self._runner is None:
            raise SessionClosed("the session is not connected", hint="`session.connect()` first")
        self._sites.check(prepared)
        return self._runner.submit(job_id, prepared, events)

    def close(self) -> None:
        """End all jobs, workers and threads."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.shutdown()
