"""`Federation`, the object users hold: load or build it, look at it, open a session on it.

A front and no more. What a federation is stands in `dfm.federation`, what its operations are
in `dfm.api`, and what a session does in `dfm.session`; each is loaded when first needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dfm.errors import UnknownName
from dfm.federation.build import FederationBuilder, SendCosts, SiteBuilder
from dfm.federation.given_policy import checked_policy
from dfm.federation.models import CacheConfig, FederationSpec, SecretsConfig, SiteSpec
from dfm.federation.offers import Implementation
from dfm.federation.policies import Policy

if TYPE_CHECKING:
    from dfm.api import Operation
    from dfm.session import Session


class Federation:
    """Sites that together offer one API of typed operations.

    >>> fed = Federation("arithmetic")
    >>> hub = fed.site("hub")
    >>> @hub.operation("math.Add")
    ... def add(a: int, b: int) -> int:
    ...     return a + b
    >>> fed
    <Federation arithmetic: 1 operation at 1 site>
    >>> print(fed)
    arithmetic 0.1.0
      math.Add(a: integer, b: integer) -> integer   at hub
    """

    def __init__(self, name: str, *, api_version: str = "0.1.0", description: str = "") -> None:
        self._builder = FederationBuilder.empty(name, api_version, description)
        self._classes: dict[str, type[Operation]] = {}
        self._classes_of = self._builder.spec

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        allow_urls: bool = False,
        allow_private_urls: bool = False,
    ) -> Federation:
        """Return the federation that a `*.dfm.yaml` file, and those it refers to, describe.

        References may be web addresses if `allow_urls`; of a private network or this machine only
        if `allow_private_urls` as well.

        Raises FederationError with every mistake in the files, LimitExceeded when they are too
        large.
        """
        from dfm.federation.load import load_federation

        return cls.of(
            load_federation(path, allow_urls=allow_urls, allow_private_urls=allow_private_urls)
        )

    @classmethod
    def of(cls, spec: FederationSpec) -> Federation:
        """Return the federation of a value."""
        federation = cls.__new__(cls)
        federation._builder = FederationBuilder(spec)
        federation._classes = {}
        federation._classes_of = spec
        return federation

    @property
    def spec(self) -> FederationSpec:
        """The federation so far, as an immutable value."""
        return self._builder.spec

    @property
    def name(self) -> str:
        """The name of the federation."""
        return self.spec.name

    def site(
        self,
        name: str,
        *,
        send_costs: SendCosts | None = None,
        link_class: str | None = None,
        secrets: SecretsConfig | None = None,
        cache: CacheConfig | None = None,
        implementation: Implementation | None = None,
        policy: Policy | None = None,
    ) -> SiteBuilder:
        """Return the site of that name, declared now if it is new. What is given replaces.

        A send cost may be the name of a link class. Raises FederationError when the name can not
        be one, a cost is negative, there is no such class, or the policy is none.
        """
        return self._builder.site(
            name,
            send_costs=send_costs,
            link_class=link_class,
            secrets=secrets,
            cache=cache,
            implementation=implementation,
            policy=policy if policy is None else checked_policy(policy, _written()),
        )

    def link_class(
        self, name: str, *, fixed_time: float = 0.0, bandwidth: float | None = None
    ) -> None:
        """Declare what the links of a class can do: seconds = fixed_time + bytes / bandwidth.

        Raises FederationError when a number is negative.
        """
        self._builder.link_class(name, fixed_time=fixed_time, bandwidth=bandwidth)

    def operation(self, name: str) -> type[Operation]:
        """Return the class of an operation, to be called where a pipeline is written.

        Raises UnknownName, with the nearest name there is.
        """
        spec = self.spec
        if self._classes_of is not spec:
            self._classes, self._classes_of = {}, spec
        if name not in self._classes:
            from dfm.api.operations import operation_class

            if name not in spec.operations:
                raise UnknownName("operation", name, spec.operations, at=_written())
            self._classes[name] = operation_class(spec.operations[name], spec)
        return self._classes[name]

    @property
    def operations(self) -> Operations:
        """The operations by attribute: `fed.operations.climate.LoadField`."""
        return Operations(self, "")

    def check(self) -> None:
        """Raise FederationError with everything that does not fit together."""
        self._builder.check()

    def session(self, homesite: str, target: str = "local", **options: Any) -> Session:
        """Return a session of the application at `homesite`, not yet connected.

        Raises FederationError when the federation does not fit together.
        """
        from dfm.session import Session

        self.check()
        return Session(self, homesite=homesite, target=target, **options)

    def __repr__(self) -> str:
        operations, sites = len(self.spec.operations), len(self.spec.sites)
        return (
            f"<Federation {self.name}: {operations} operation{'s'[: operations != 1]}"
            f" at {sites} site{'s'[: sites != 1]}>"
        )

    def __str__(self) -> str:
        spec = self.spec
        heading = f"{spec.name} {spec.api_version}"
        if spec.description:
            heading += f": {spec.description.splitlines()[0]}"
        lines = [f"  {_signature(spec, n)}   at {_offers(spec, n)}" for n in spec.operations]
        idle = [site.name for site in spec.sites.values() if not _offers_anything(site)]
        if idle:
            lines.append(f"  no operations   at {', '.join(idle)}")
        return "\n".join([heading, *lines])


def _signature(spec: FederationSpec, name: str) -> str:
    operation = spec.operations[name]
    parameters = (f"{p.name}{'' if p.required else '?'}: {p.type}" for p in operation.parameters)
    return f"{name}({', '.join(parameters)}) -> {operation.returns}"


def _offers(spec: FederationSpec, name: str) -> str:
    places = []
    for site in spec.sites.values():
        if name in site.interface:
            places.append(site.name)
        places += [f"{site.name}.{p.name}" for p in site.providers.values() if name in p.interface]
    return ", ".join(places)


def _offers_anything(site: SiteSpec) -> bool:
    return bool(site.interface) or any(p.interface for p in site.providers.values())


def _written() -> str:
    from dfm.api.location import where_written

    return str(where_written())


class UnknownOperation(UnknownName, AttributeError):
    """An attribute that is neither an operation nor a namespace of operations."""


class Operations:
    """A namespace of operations; iterating it gives their full names."""

    __slots__ = ("_federation", "_prefix")

    def __init__(self, federation: Federation, prefix: str) -> None:
        self._federation = federation
        self._prefix = prefix

    def __iter__(self) -> Iterator[str]:
        return (n for n in self._federation.spec.operations if n.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked for by copying, pickling and notebooks, never an operation
            raise AttributeError(f"operations have no attribute {name!r}")
        full = self._prefix + name
        if full in self._federation.spec.operations:
            return self._federation.operation(full)
        if any(n.startswith(f"{full}.") for n in self):
            return Operations(self._federation, f"{full}.")
        offered: Iterable[str] = self._federation.spec.operations
        depth = full.count(".") + 1
        beside = {".".join(n.split(".")[:depth]) for n in self}
        if get_close_matches(full, beside):
            offered = beside  # a namespace, perhaps
        raise UnknownOperation("operation", full, offered, at=_written())

    def __dir__(self) -> list[str]:
        return sorted({n.removeprefix(self._prefix).split(".")[0] for n in self})

    def __repr__(self) -> str:
        return f"<operations {', '.join(self) or 'none'}>"
