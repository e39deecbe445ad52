"""Write a federation in Python: the same values as from a file.

    fed = FederationBuilder("warming")
    hub = fed.site("hub")

    @hub.operation("climate.Difference")
    def difference(a: Series, b: Series) -> Series: ...

Each declaration replaces the builder's one value, `spec`, by a larger one, so that every
`spec` ever handed out stays what it was. A mistake is refused where it is made, except what
can be known only at the end (`check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dfm.errors import FederationError, Problem, nearest
from dfm.federation.checks import cost_refusals, mistakes
from dfm.federation.given_policy import checked_policy
from dfm.federation.models import (
    CacheConfig,
    ComputeCost,
    FederationSpec,
    ProviderSpec,
    SecretsConfig,
    SendCost,
    SiteSpec,
)
from dfm.federation.names import VERSION
from dfm.federation.offers import (
    Implementation,
    check_name,
    constructed,
    refuse,
    with_operation,
    with_site,
)
from dfm.federation.options import given_options
from dfm.federation.policies import Policy
from dfm.federation.reading import Path
from dfm.federation.signatures import operation_of, place_of

_F = TypeVar("_F", bound=Callable[..., Any])

SendCosts = Mapping[str, SendCost | str]
"""What sending costs by target; a text is the name of a link class."""

ErrorName = str | type[BaseException]
Errors = ErrorName | Iterable[ErrorName]
"""Exceptions, each by its class or by the name of its class."""


class FederationBuilder:
    """A federation under construction. `spec` is the federation so far, an immutable value."""

    def __init__(self, spec: FederationSpec) -> None:
        self.spec = spec
        self._sites: dict[str, SiteBuilder] = {}

    @staticmethod
    def empty(name: str, api_version: str, description: str) -> FederationBuilder:
        """Begin a federation without sites.

        Raises FederationError when the name or version can not be one.
        """
        check_name("federation", name)
        if not VERSION.fullmatch(api_version):
            said = f"api_version must be three numbers with dots, not {api_version!r:.60}"
            refuse(said, hint="'0.1.0'")
        return FederationBuilder(FederationSpec(name, api_version, description))

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
        if name not in self.spec.sites:
            check_name("site", name)
        given_costs: object = send_costs
        if given_costs is not None and not isinstance(given_costs, Mapping):
            hint = 'send_costs={"other_site": SendCost(...)}'
            refuse(f"the send costs of {name} must be a mapping from sites", hint=hint)
        for given in (link_class, *(send_costs or {}).values()):
            if isinstance(given, str) and given not in self.spec.link_classes:
                hint = nearest(given, self.spec.link_classes) or "federation.link_class(...) first"
                refuse(f"there is no link class {given!r:.60}", hint=hint)
        for target, cost in (send_costs or {}).items():
            for said in () if isinstance(cost, str) else cost_refusals(cost):
                refuse(f"the send cost from {name} to {target}: {said}")
        site = self.spec.sites.get(name) or SiteSpec(name)
        construct, callables = constructed(implementation, self.spec.callables)
        site = replace(
            site,
            send_costs=site.send_costs if send_costs is None else self._normal(send_costs),
            link_class=link_class or site.link_class,
            secrets=secrets or site.secrets,
            cache=cache or site.cache,
            implementation=construct or site.implementation,
            policy=site.policy if policy is None else checked_policy(policy),
        )
        self.spec = with_site(self.spec, site, callables)
        return self._sites.setdefault(name, SiteBuilder(self, name))

    def link_class(
        self, name: str, *, fixed_time: float = 0.0, bandwidth: float | None = None
    ) -> None:
        """Declare what the links of a class can do: seconds = fixed_time + bytes / bandwidth.

        Raises FederationError when a number is negative.
        """
        cost = SendCost(fixed_time, bandwidth or None)
        for said in cost_refusals(cost):
            refuse(f"the link class {name}: {said}")
        self.spec = replace(self.spec, link_classes={**self.spec.link_classes, name: cost})

    def _normal(self, costs: SendCosts) -> dict[str, SendCost]:
        """Return costs for names of classes, and no bandwidth for one of 0: none is set."""
        classes = self.spec.link_classes
        found = {to: classes[c] if isinstance(c, str) else c for to, c in costs.items()}
        return {to: replace(cost, bandwidth=cost.bandwidth or None) for to, cost in found.items()}

    def check(self) -> None:
        """Raise FederationError with everything that does not fit together."""
        problems = [
            Problem(m.message, _place(self.spec, m.path), m.hint or nearest(m.name, m.offered))
            for m in mistakes(self.spec)
        ]
        if problems:
            raise FederationError(problems)


class ProviderBuilder:
    """One provider of a site, or the site itself, to which operations are added."""

    def __init__(self, federation: FederationBuilder, site: str, provider: str | None) -> None:
        self._federation = federation
        self._site = site
        self._provider = provider

    @property
    def name(self) -> str:
        """The name of the provider, or of the site."""
        return self._provider or self._site

    def __repr__(self) -> str:
        where = f"{self._site}.{self._provider}" if self._provider else self._site
        return f"<site {where} of the federation {self._federation.spec.name}>"

    def operation(
        self,
        name: str,
        *,
        cost: ComputeCost | None = None,
        description: str | None = None,
        cache: bool | None = None,
        retries: int | None = None,
        retry_on: Errors | None = None,
        backoff: float | None = None,
        timeout: float | None = None,
        idempotent: bool | None = None,
    ) -> Callable[[_F], _F]:
        """Offer a function, or a class with `body`, as an operation.

        It stays what it is. Its annotations are the types of the operation's parameters. `cache`,
        `retries`, `retry_on` (exception classes or their names), `backoff` and `timeout` (seconds)
        say how it is called if a pipeline does not say otherwise; an operation that must not run
        twice is not `idempotent`. Where it was offered before, they hold for this offer only.
        Raises FederationError when it can not be an operation, or when the operation has another
        signature elsewhere.
        """
        options = given_options(
            cache=cache,
            retries=retries,
            retry_on=retry_on,
            backoff=backoff,
            timeout=timeout,
            idempotent=idempotent,
        )
        return self._offer(name, self._provider, cost, description, options)

    def _offer(
        self,
        name: str,
        provider: str | None,
        cost: ComputeCost | None,
        description: str | None,
        options: Mapping[str, Any],
    ) -> Callable[[_F], _F]:
        if not isinstance(name, str):
            refuse(
                "the decorator needs the operation's name",
                place_of(name),
                "@site.operation('space.Name')",
            )

        def declare(implementation: _F) -> _F:
            self._federation.spec = with_operation(
                self._federation.spec,
                site=self._site,
                provider=provider,
                operation=operation_of(implementation, name, description),
                implementation=implementation,
                cost=cost,
                options=options,
            )
            return implementation

        return declare


class SiteBuilder(ProviderBuilder):
    """One site, to which operations and providers are added."""

    def __init__(self, federation: FederationBuilder, name: str) -> None:
        super().__init__(federation, name, None)
        self._providers: dict[str, ProviderBuilder] = {}

    def operation(
        self,
        name: str,
        *,
        provider: str | None = None,
        cost: ComputeCost | None = None,
        description: str | None = None,
        cache: bool | None = None,
        retries: int | None = None,
        retry_on: Errors | None = None,
        backoff: float | None = None,
        timeout: float | None = None,
        idempotent: bool | None = None,
    ) -> Callable[[_F], _F]:
        """Offer a function, or a class with `body`, as an operation of this site.

        It stays what it is. Its annotations are the types of the operation's parameters. `cache`,
        `retries`, `retry_on` (exception classes or their names), `backoff` and `timeout` (seconds)
        say how it is called if a pipeline does not say otherwise; an operation that must not run
        twice is not `idempotent`. Where it was offered before, they hold for this offer only.
        Raises FederationError when it can not be an operation, or when the operation has another
        signature elsewhere.
        """
        if provider is not None:
            self.provider(provider)
        options = given_options(
            cache=cache,
            retries=retries,
            retry_on=retry_on,
            backoff=backoff,
            timeout=timeout,
            idempotent=idempotent,
        )
        return self._offer(name, provider, cost, description, options)

    def provider(
        self, name: str, *, implementation: Implementation | None = None
    ) -> ProviderBuilder:
        """Return the provider of that name at this site, declared now if it is new.

        Raises FederationError when the name can not be one.
        """
        spec = self._federation.spec
        site = spec.sites[self._site]
        if name not in site.providers:
            check_name("provider", name)
        provider = site.providers.get(name) or ProviderSpec(name)
        construct, callables = constructed(implementation, spec.callables)
        if construct is not None:
            provider = replace(provider, implementation=construct)
        site = replace(site, providers={**site.providers, name: provider})
        self._federation.spec = with_site(spec, site, callables)
        return self._providers.setdefault(name, ProviderBuilder(self._federation, self._site, name))


def _place(spec: FederationSpec, path: Path) -> str:
    """Return where the thing at `path` was declared, as well as Python knows."""
    match path:
        case ("operations", name, *_):
            return spec.operations[name].at
        case ("link-classes", name):
            return f"link class {name!r}"
        case ("sites", name, "policy", *rest):
            return _place_of_rule(spec.sites[name], rest)
        case ("sites", name, "interface", operation, *_):
            return spec.sites[name].interface[operation].at
        case ("sites", name, "providers", provider, "interface", operation, *_):
            return spec.sites[name].providers[provider].interface[operation].at
    return f"site {path[1]!r}" if len(path) > 1 else ""


def _place_of_rule(site: SiteSpec, path: Sequence[str]) -> str:
    """Return where a rule of a site's policy was written, else where the policy was."""
    found = site.policy
    at = found.at if found is not None else ""
    if found is not None and path[0] != "releases":
        rules = (found.leaves if path[0] == "leaves" else found.callers) or ()
        at = rules[int(path[1])].at or at
    return at or f"site {site.name!r}"
