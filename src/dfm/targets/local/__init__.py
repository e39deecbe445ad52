"""A worker process per participating site, on this machine.

    LocalTarget        what sessions use
    FederationRunner   owns the hub's thread and the workers
    JobExecution       the workers: started, watched, replaced
    JobRunner          a worker, in its own process
    JobHandle          what the hub remembers of a running job
    JobSubmission      what a worker is sent

Names are imported when they are asked for: a worker is a process that starts with this package
and needs little of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dfm.targets.hub import JobHandle
    from dfm.targets.local.federation_runner import FederationRunner
    from dfm.targets.local.job_execution import JobExecution
    from dfm.targets.local.job_runner import JobRunner
    from dfm.targets.local.target import LocalTarget
    from dfm.wire.messages import JobSubmission

_HOMES = {
    "FederationRunner": "dfm.targets.local.federation_runner",
    "JobExecution": "dfm.targets.local.job_execution",
    "JobHandle": "dfm.targets.hub",
    "JobRunner": "dfm.targets.local.job_runner",
    "JobSubmission": "dfm.wire.messages",
    "LocalTarget": "dfm.targets.local.target",
}

__all__ = [
    "FederationRunner",
    "JobExecution",
    "JobHandle",
    "JobRunner",
    "JobSubmission",
    "LocalTarget",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
