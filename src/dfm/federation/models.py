"""The federation as values: what there is, not how it was written down.

Sites, providers and operations, and who implements what. The same values come from a
`*.dfm.yaml` file (`load.py`) and from Python (`build.py`). Everything is frozen; a site
that runs operations is sent its own `Site` and nothing of the others.

`at` fields say where a thing was declared (`file:line:column`); they do not take part in
comparison, and neither do the callables of a federation written in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dfm.federation.policies import Policy
from dfm.types import ANYTHING, Type

MISSING: Any = type(
    "Missing", (), {"__repr__": lambda self: "MISSING", "__reduce__": lambda self: "MISSING"}
)()


def _at() -> str:
    return field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `default` is MISSING when there is none."""

    name: str
    type: Type = ANYTHING
    required: bool = True
    default: Any = MISSING
    description: str = ""
    accepts_literal: bool = True
    accepts_node: bool = True
    accepts_place: bool = True
    discoverable: bool = True
    at: str = _at()


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """The public signature of an operation, and how it is called if nobody says otherwise.

    What `cache`, `retries`, `retry_on`, `backoff` and `timeout` mean is said in `net.Options`. An
    operation that is not `idempotent` does harm if it runs twice: it is never repeated or cached.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    returns: Type = ANYTHING
    description: str = ""
    cache: bool = False
    retries: int = 0
    retry_on: tuple[str, ...] = ()
    backoff: float = 0.0
    timeout: float | None = None
    idempotent: bool = True
    at: str = _at()

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name, or None."""
        return next((p for p in self.parameters if p.name == name), None)


# -- bindings: how one argument of an adapter's body is filled --------------------------------


@dataclass(frozen=True, slots=True)
class Exposed:
    """A field that site-specific callers may set to override a configured value."""

    param: str
    type: Type = ANYTHING
    description: str = ""
    accepts_literal: bool = True
    accepts_node: bool = True
    accepts_place: bool = True
    discoverable: bool = True

    def as_parameter(self) -> Parameter:
        """Return it as what a site-specific caller sees: a parameter that may be left out."""
        return Parameter(
            self.param,
            self.type,
            required=False,
            description=self.description,
            accepts_literal=self.accepts_literal,
            accepts_node=self.accepts_node,
            accepts_place=self.accepts_place,
            discoverable=self.discoverable,
        )


@dataclass(frozen=True, slots=True)
class FromParam:
    """The argument is the operation's parameter of this name."""

    param: str


@dataclass(frozen=True, slots=True)
class Const:
    """The argument is this JSON value (false, 0, "" and null included)."""

    value: Any
    exposed: Exposed | None = None


@dataclass(frozen=True, slots=True)
class FromSecrets:
    """The argument is the secret of this key, looked up at the site at every call."""

    key: str
    exposed: Exposed | None = None


@dataclass(frozen=True, slots=True)
class FromSite:
    """The argument is an attribute of the site object."""

    attribute: str
    exposed: Exposed | None = None


@dataclass(frozen=True, slots=True)
class FromProvider:
    """The argument is an attribute of a provider object of the same site."""

    provider: str
    attribute: str
    exposed: Exposed | None = None


Binding = FromParam | Const | FromSecrets | FromSite | FromProvider


# -- costs, storage, construction --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ComputeCost:
    """seconds = fixed_time + bytes_in / compute_throughput,
    bytes_out = fixed_size + output_factor * bytes_in.
    """

    fixed_time: float = 0.0
    compute_throughput: float | None = None
    fixed_size: int = 0
    output_factor: float = 0.0


@dataclass(frozen=True, slots=True)
class SendCost:
    """seconds = fixed_time + bytes / bandwidth."""

    fixed_time: float = 0.0
    bandwidth: float | None = None


@dataclass(frozen=True, slots=True)
class Construct:
    """A class (or, for adapters, also a function) by dotted path, and its constructor arguments."""

    path: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """Storage of `Site.cache_storage()`: an fsspec protocol, its options, and a base path."""

    protocol: str = "file"
    storage_options: Mapping[str, Any] = field(default_factory=dict)
    base_path: str | None = None


@dataclass(frozen=True, slots=True)
class SecretsConfig:
    """The vault that answers `from-secrets`; path None is the environment (`DFM_SECRET_<KEY>`)."""

    path: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def args(self) -> Mapping[str, Any]:
        """The arguments, by the key that the federation file has for them."""
        return self.arguments


# -- who offers what ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AdapterSpec:
    """How a site or provider implements one operation.

    `arguments` None means `from-operation`: every parameter is passed through under its own name.
    `is_async` is what the file declares; at run time the adapter itself decides. `options` are the
    fields of the operation (`cache`, `retries`, `retry_on`, `backoff`, `timeout`) that differ here.
    """

    implementation: Construct
    arguments: Mapping[str, Binding] | None = None
    is_async: bool | None = None
    cost: ComputeCost | None = None
    description: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    at: str = _at()

    def exposed(self, parameters: Container[str]) -> dict[str, Parameter]:
        """Return the further fields that are exposed here, apart from those parameters."""
        bindings = (self.arguments or {}).values()
        fields: list[Exposed] = [
            b.exposed for b in bindings if not isinstance(b, FromParam) and b.exposed is not None
        ]
        return {f.param: f.as_parameter() for f in fields if f.param not in parameters}


@dataclass(frozen=True, slots=True)
class ProviderSpec:
    """A named group of operations at a site."""

    name: str
    interface: Mapping[str, AdapterSpec] = field(default_factory=dict)
    implementation: Construct | None = None
    at: str = _at()


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """A place that runs operations.

    `link_class` names what its links can do where `send_costs` says nothing. `returns` are the
    types of what its operations return, and `policies` those of all sites, its own included, once
    it is `introduced`; a federation says that elsewhere.
    """

    name: str
    interface: Mapping[str, AdapterSpec] = field(default_factory=dict)
    providers: Mapping[str, ProviderSpec] = field(default_factory=dict)
    implementation: Construct | None = None
    cache: CacheConfig = field(default_factory=CacheConfig)
    secrets: SecretsConfig = field(default_factory=SecretsConfig)
    send_costs: Mapping[str, SendCost] = field(default_factory=dict)
    link_class: str | None = None
    policy: Policy | None = None
    returns: Mapping[str, Type] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    at: str = _at()

    def adapter(self, operation: str, provider: str | None = None) -> AdapterSpec | None:
        """Return how this site (or that provider of it) implements an operation, or None."""
        if provider is None:
            return self.interface.get(operation)
        offered = self.providers.get(provider)
        return offered.interface.get(operation) if offered else None


@dataclass(frozen=True, slots=True)
class FederationSpec:
    """Sites, operations, and who implements what. Order is the order of declaration.

    `provision` says how containers and charts are made, by the keys of the file; no pipeline
    depends on it. `schemas` are the types that parts of the file share, by name; what uses one
    has it already. `callables` maps the implementation path of an operation written in Python to
    its function, so that a function of `__main__` or of a notebook can be sent to a site. `folder`
    is where the file of the federation is, so that its sites find the adapters beside it; it is an
    absolute path, and empty for a federation written in Python.
    """

    name: str
    api_version: str = "0.0.0"
    description: str = ""
    operations: Mapping[str, OperationSpec] = field(default_factory=dict)
    sites: Mapping[str, SiteSpec] = field(default_factory=dict)
    link_classes: Mapping[str, SendCost] = field(default_factory=dict)
    provision: Mapping[str, Any] = field(default_factory=dict)
    schemas: Mapping[str, Type] = field(default_factory=dict, compare=False, repr=False)
    callables: Mapping[str, Callable[..., Any]] = field(
        default_factory=dict, compare=False, repr=False
    )
    folder: str = field(default="", compare=False, repr=False)

    def sites_offering(self, operation: str, provider: str | None = None) -> tuple[str, ...]:
        """Return the names of the sites that offer an operation, in order of declaration."""
        return tuple(s.name for s in self.sites.values() if s.adapter(operation, provider))

    def introduced(self, site: str) -> SiteSpec:
        """Return a site with all it must know to be that site, and nothing of the others."""
        spec = self.sites[site]
        interfaces = [spec.interface, *(p.interface for p in spec.providers.values())]
        offered = {name for interface in interfaces for name in interface}
        returns = {o.name: o.returns for o in self.operations.values() if o.name in offered}
        return replace(
            spec,
            returns={n: t for n, t in returns.items() if t != ANYTHING},
            policies={s.name: s.policy for s in self.sites.values() if s.policy is not None},
        )

    def link(self, source: str, target: str) -> SendCost | None:
        """Return what is declared of the link from one site to another, or None.

        What the source says of its target goes first. Else the link is as slow as the slower of
        the link classes of its two ends; an end without a class does not slow it down.
        """
        said = self.sites[source].send_costs.get(target)
        if said is not None:
            return said
        names = (self.sites[source].link_class, self.sites[target].link_class)
        classes = [self.link_classes[n] for n in names if n is not None and n in self.link_classes]
        if not classes:
            return None
        bandwidths = [c.bandwidth for c in classes if c.bandwidth is not None]
        return SendCost(max(c.fixed_time for c in classes), min(bandwidths, default=None))
