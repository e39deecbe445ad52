"""The federation: sites, operations, and who implements what.

`models` are the values. They come from a file (`load_federation`) or from Python
(`Federation`), and mean the same. Importing this package loads the values only, since
worker processes need no more.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    Binding,
    CacheConfig,
    ComputeCost,
    Const,
    Construct,
    Exposed,
    FederationSpec,
    FromParam,
    FromProvider,
    FromSecrets,
    FromSite,
    OperationSpec,
    Parameter,
    ProviderSpec,
    SecretsConfig,
    SendCost,
    SiteSpec,
)
from dfm.federation.policies import CallRule, EgressRule, Example, Policy

if TYPE_CHECKING:
    from dfm.federation.load import load_federation, parse_federation
    from dfm.mesh import Federation

__all__ = [
    "MISSING",
    "AdapterSpec",
    "Binding",
    "CacheConfig",
    "CallRule",
    "ComputeCost",
    "Const",
    "Construct",
    "EgressRule",
    "Example",
    "Exposed",
    "Federation",
    "FederationSpec",
    "FromParam",
    "FromProvider",
    "FromSecrets",
    "FromSite",
    "OperationSpec",
    "Parameter",
    "Policy",
    "ProviderSpec",
    "SecretsConfig",
    "SendCost",
    "SiteSpec",
    "load_federation",
    "parse_federation",
]

_LATER = {
    "Federation": "dfm.mesh",
    "load_federation": "dfm.federation.load",
    "parse_federation": "dfm.federation.load",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
