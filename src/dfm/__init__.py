"""DFM, a Data Federation Mesh: one API over data in several places.

This module is the public surface and nothing else. Names are loaded when first used, so that
`import dfm` stays cheap: worker processes and the command line start with it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dfm.api import (
        Advise,
        And,
        BestOf,
        Else,
        Equal,
        ErrorToken,
        ForEach,
        GreaterThan,
        GreaterThanOrEqual,
        If,
        LessThan,
        LessThanOrEqual,
        NodeRef,
        Not,
        NotEqual,
        Operation,
        Or,
        Pipeline,
        PlaceParam,
        StopToken,
        TryFromCache,
        WriteToCache,
        Yield,
        well_known_id,
    )
    from dfm.errors import DfmError
    from dfm.federation.models import ComputeCost, SendCost
    from dfm.mesh import Federation
    from dfm.net.frame import Frame
    from dfm.session import Job, JobStatus, Session, Token

    __version__: str

__all__ = [
    "Advise",
    "And",
    "BestOf",
    "ComputeCost",
    "DfmError",
    "Else",
    "Equal",
    "ErrorToken",
    "Federation",
    "ForEach",
    "Frame",
    "GreaterThan",
    "GreaterThanOrEqual",
    "If",
    "Job",
    "JobStatus",
    "LessThan",
    "LessThanOrEqual",
    "NodeRef",
    "Not",
    "NotEqual",
    "Operation",
    "Or",
    "Pipeline",
    "PlaceParam",
    "SendCost",
    "Session",
    "StopToken",
    "Token",
    "TryFromCache",
    "WriteToCache",
    "Yield",
    "__version__",
    "well_known_id",
]

# Names that are not here live in dfm.api.
_HOMES = {
    "ComputeCost": "dfm.federation.models",
    "DfmError": "dfm.errors",
    "Federation": "dfm.mesh",
    "Frame": "dfm.net.frame",
    "Job": "dfm.session",
    "JobStatus": "dfm.session",
    "SendCost": "dfm.federation.models",
    "Session": "dfm.session",
    "Token": "dfm.session",
}

if not TYPE_CHECKING:  # else a type checker would believe in any name at all

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            value: Any = _version()
        elif name in __all__:
            value = getattr(import_module(_HOMES.get(name, "dfm.api")), name)
        else:
            raise AttributeError(f"module 'dfm' has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("data-federation-mesh")
    except PackageNotFoundError:
        return "unknown"
