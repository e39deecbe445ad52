"""The job that a session does not know: what `reattach` returns for such an id."""

from __future__ import annotations

from typing import Any, NoReturn

from dfm.errors import RunError
from dfm.session.job import Job
from dfm.session.tokens import JobStatus


class UnknownJob(Job):
    """Answers that it was not found. Whatever needs a job raises RunError."""

    was_found = False

    def __init__(self, job_id: str) -> None:
        self._job_id = job_id
        self._runner = None

    def __repr__(self) -> str:
        return f"<Job {self._job_id!r}: unknown>"

    def get_status(self) -> JobStatus:
        """Return UNKNOWN."""
        return JobStatus.UNKNOWN

    def cancel(self) -> None:
        """Do nothing."""

    def detach(self) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._unknown()

    def _refuse_if_detached(self) -> None:
        self._unknown()

    def _unknown(self) -> NoReturn:
        raise RunError(
            f"the session does not know a job {self._job_id!r}",
            hint="the session that started it, while it is open; see `job.was_found`",
        )
