"""What a target is: where nets run. Sessions know targets only through this page.

A third party adds a target by an entry point in the group `dfm.targets` that names a class
with this protocol; `tests/targets` holds the contract every target must keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dfm.errors import DfmError
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline
from dfm.wire import Codecs
from dfm.wire.messages import LinkMeasure, StepMeasure, TokenPackage


class JobEvents(Protocol):
    """What a job is told, in order, on one thread of the target. None of it may block."""

    def on_tokens(
        self, site: str, packages: Sequence[TokenPackage], *, seconds: float | None = None
    ) -> None:
        """Take values a site has yielded. `place` is the unique name of the yield.

        `seconds` is how long they were under way, if the target knows.
        """

    def on_done(
        self,
        site: str,
        calls: Sequence[int],
        failures: Mapping[int, bytes],
        *,
        steps: Sequence[StepMeasure] = (),
        links: Sequence[LinkMeasure] = (),
    ) -> None:
        """Take note that calls are complete at a site; all they yielded there came before.

        `steps` and `links` are what the site says that it has measured; a target that leaves them
        out has jobs that do not tell what they took.
        """

    def on_lost(self, error: DfmError) -> None:
        """Take note that a site can not go on with this job."""


class JobLink(Protocol):
    """A job's way to its sites. Callable from any thread; never blocks."""

    def send(self, packages: Mapping[str, Sequence[TokenPackage]]) -> None:
        """Send tokens to places of the nets, by site."""

    def credit(self, site: str, size: int) -> None:
        """Say that `size` bytes of items from `site` have been taken."""

    def close(self) -> None:
        """End the job at all its sites; what still runs of it is stopped."""

    def bytes_per_link(self) -> dict[tuple[str, str], int]:
        """Return the bytes measured so far by (source site, target site)."""

    def messages_per_link(self) -> dict[tuple[str, str], int]:
        """Return how many messages those were. A target that does not count need not have this."""


class Target(Protocol):
    """Runs nets. Made with `(federation, homesite, **options)`."""

    @property
    def codecs(self) -> Codecs:
        """How values are packed for this target."""

    @property
    def started_sites(self) -> tuple[str, ...]:
        """The sites that have been started and are alive, sorted."""

    def connect(self) -> None:
        """Make ready; cheap, and harmless when repeated."""

    def update(self, federation: FederationSpec) -> None:
        """Run later jobs on the federation as it is now; running ones are not disturbed."""

    def close(self) -> None:
        """End everything that was started: processes, threads, files. Harmless when repeated."""

    def submit(self, job_id: str, prepared: PreparedPipeline, events: JobEvents) -> JobLink:
        """Give a job's nets to their sites. Tokens may be sent at once."""
