"""A worker process per participating site, on this machine.

FederationRunner   owns the hub's thread and the workers
JobExecution       the workers: started, watched, replaced
JobRunner          a worker, in its own process
JobHandle          what the hub remembers of a running job
JobSubmission      what a worker is sent
"""

from __future__ import annotations

from dfm.errors import SessionClosed
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.targets.base import JobEvents
from dfm.targets.hub import HubLink, JobHandle
from dfm.targets.local.federation_runner import FederationRunner
from dfm.targets.local.job_execution import JobExecution
from dfm.wire.messages import JobSubmission
from dfm.wire.shared import SharedCodecs

__all__ = ["FederationRunner", "JobExecution", "JobHandle", "JobSubmission", "LocalTarget"]


class LocalTarget:
    """Runs each participating site of a federation in a process of its own."""

    def __init__(self, federation: FederationSpec, homesite: str) -> None:
        self.codecs = SharedCodecs(trusted=True)
        self._federation = federation
        self._homesite = homesite
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
            self._runner = FederationRunner(self._federation, self._homesite, self.codecs)

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> HubLink:
        """Give a job's nets to the workers of their sites."""
        if self._runner is None:
            raise SessionClosed("the session is not connected", hint="`session.connect()` first")
        return self._runner.submit(job_id, prepared, events)

    def close(self) -> None:
        """End all jobs, workers and threads."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.shutdown()
