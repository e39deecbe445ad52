"""Options that targets share: which sites may run, and one that limits nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dfm.errors import ArgumentError, UnknownName
from dfm.federation.models import FederationSpec
from dfm.net.prepared import PreparedPipeline


@dataclass(frozen=True, slots=True)
class RunningSites:
    """The sites that may run in a session; all of them if none is named."""

    names: frozenset[str]

    def check(self, prepared: PreparedPipeline) -> None:
        """Refuse a pipeline that runs at another site.

        Raises:
            ArgumentError: naming the site.
        """
        if self.names and (outside := sorted(set(prepared.nets) - self.names)):
            raise ArgumentError(
                f"site {outside[0]!r} is not among the `sites` of this session",
                at=f"pipeline {prepared.pipeline_name!r}",
                hint="`session.prepare(pipeline, restrict_to_sites=[...])`",
            )


def running_sites(
    federation: FederationSpec,
    target: str,
    sites: Sequence[str] | None,
    max_concurrent_jobs: int | None,
) -> RunningSites:
    """Return the sites that may run; `max_concurrent_jobs` is checked, and limits nothing.

    Raises:
        UnknownName: for one of `sites` that is not there.
        ArgumentError: when `max_concurrent_jobs` is not positive.
    """
    if max_concurrent_jobs is not None and max_concurrent_jobs <= 0:
        raise ArgumentError(
            f"max_concurrent_jobs={max_concurrent_jobs!r}: it must be more than 0",
            hint="leaving it out: any number of jobs run at once",
        )
    for name in sites or ():
        if name not in federation.sites:
            raise UnknownName("site", name, federation.sites, at=f"sites of the target {target!r}")
    return RunningSites(frozenset(sites or ()))
