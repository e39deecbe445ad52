"""The adapters of a site: made once, when first used, and how their arguments are filled.

An adapter is a class with a `body`, or a plain function. Its constructor is given `site`
and `provider` if it asks for them. Everything here may run the owner's code and may be slow:
it is called on adapter threads only.
"""

from __future__ import annotations

import copy
import inspect
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dfm.errors import AdapterUnavailable, RunError, SecretUnavailable
from dfm.exec.context import DfmContext
from dfm.exec.loading import construct, load
from dfm.exec.site import Provider, Site, site_attribute
from dfm.federation.models import (
    AdapterSpec,
    Binding,
    Const,
    Construct,
    FromParam,
    FromProvider,
    FromSecrets,
    FromSite,
    SiteSpec,
)
from dfm.types import Type

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter that is ready: its body, whether that is a coroutine function, its bindings.

    `lane` tells adapters apart that must not share an event loop. `without_default` are arguments
    of the body that must be passed, as None when an optional parameter was not given.
    """

    body: Callable[..., Any]
    is_async: bool
    bindings: Mapping[str, Binding] | None
    lane: str
    without_default: frozenset[str] = frozenset()


class AdapterTable:
    """Makes the site object, the providers and the adapters of one site, each once."""

    def __init__(self, spec: SiteSpec, context: DfmContext) -> None:
        self._spec = spec
        self._context = context
        self._callables = context.callables
        self._lock = threading.RLock()
        self._site: Site | None = None
        self._providers: dict[str, Provider] = {}
        self._adapters: dict[tuple[str, str | None], Adapter] = {}

    def made(self, operation: str, provider: str | None) -> Adapter | None:
        """Return the adapter of an operation if it has been made already."""
        return self._adapters.get((operation, provider))

    def adapter(self, operation: str, provider: str | None) -> Adapter:
        """Return the adapter of an operation.

        Raises:
            AdapterUnavailable: when it, its site or its provider can not be made.
        """
        key = (operation, provider)
        if adapter := self._adapters.get(key):
            return adapter
        with self._lock:
            if key not in self._adapters:
                self._adapters[key] = self._make(operation, provider)
            return self._adapters[key]

    @property
    def logger(self) -> logging.Logger:
        """Where the site says what is wrong with it."""
        return self._context.logger

    def returns(self, operation: str) -> Type | None:
        """Return the type that an operation declares to return, if it declares one."""
        return self._spec.returns.get(operation)

    def identity(self, operation: str, provider: str | None) -> dict[str, Any]:
        """Return what runs when an operation is called, as far as the federation says."""
        spec = self._spec.adapter(operation, provider)
        made = spec.implementation if spec is not None else Construct("")
        return {
            "federation": self._context.federation_name,
            "api-version": self._context.api_version,
            "site": self._spec.name,
            "operation": operation,
            "provider": provider,
            "adapter": made.path,
            "arguments": dict(made.arguments),
        }

    def arguments(self, adapter: Adapter, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the keyword arguments of an adapter's body for one call of its operation."""
        if adapter.bindings is None:
            return {**dict.fromkeys(adapter.without_default), **given}
        filled = {name: self._fill(b, given) for name, b in adapter.bindings.items()}
        return {
            name: None if value is _ABSENT else value
            for name, value in filled.items()
            if value is not _ABSENT or name in adapter.without_default
        }

    def site(self) -> Site:
        """Return the site object."""
        with self._lock:
            if self._site is None:
                self._site = self._make_site()
            return self._site

    def provider(self, name: str) -> Provider:
        """Return the object of a provider."""
        with self._lock:
            if name not in self._providers:
                wanted = self._spec.providers[name].implementation
                if wanted is None:
                    self._providers[name] = Provider(self.site())
                else:
                    self._providers[name] = construct(
                        wanted, self._callables, what=f"provider {name!r}", site=self.site()
                    )
            return self._providers[name]

    def cache_folder(self) -> Any:
        """Return the folder of the site's own cache, apart from what adapters put into theirs."""
        return self.site().cache_storage(f"dfm-{self._spec.name}")

    # -- making ------------------------------------------------------------------------------

    def _make_site(self) -> Site:
        wanted = self._spec.implementation or Construct("dfm.exec.site.Site")
        site: Site = construct(
            wanted,
            self._callables,
            what="site class",
            dfm_context=self._context,
            cache_config=self._spec.cache,
            secrets_vault_config=self._spec.secrets,
        )
        return site

    def _make(self, operation: str, provider: str | None) -> Adapter:
        spec = self._spec.adapter(operation, provider)
        if spec is None:
            where = f"provider {provider!r} of site" if provider else "site"
            raise AdapterUnavailable(f"{where} {self._spec.name!r} does not offer {operation!r}")
        body = self._body(spec, provider)
        lane = f"{provider or ''}/{operation}"
        is_async = inspect.iscoroutinefunction(body)
        return Adapter(body, is_async, spec.arguments, lane, _without_default(body))

    def _body(self, spec: AdapterSpec, provider: str | None) -> Callable[..., Any]:
        wanted = spec.implementation
        found = load(wanted.path, self._callables, what="adapter")
        if not isinstance(found, type):
            if not callable(found):
                raise AdapterUnavailable(f"the adapter {wanted.path!r} is not callable")
            function: Callable[..., Any] = found
            return function
        instance = construct(
            wanted,
            self._callables,
            what="adapter",
            site=self.site(),
            provider=self.provider(provider) if provider else None,
        )
        body: Callable[..., Any] | None = getattr(instance, "body", None)
        if not callable(body):
            raise AdapterUnavailable(
                f"the adapter {wanted.path!r} has no method 'body'",
                hint="a method `body` that takes the bound arguments",
            )
        return body

    # -- binding -----------------------------------------------------------------------------

    def _fill(self, binding: Binding, given: Mapping[str, Any]) -> Any:
        if isinstance(binding, FromParam):
            return given.get(binding.param, _ABSENT)
        exposed = binding.exposed
        if exposed is not None and given.get(exposed.param) is not None:
            return given[exposed.param]
        match binding:
            case Const(value):
                return copy.deepcopy(value)
            case FromSecrets(key):
                return self._secret(key)
            case FromSite(attribute):
                return site_attribute(self.site(), attribute, what="site")
            case FromProvider(provider, attribute):
                what = f"provider {provider!r}"
                return site_attribute(self.provider(provider), attribute, what=what)

    def _secret(self, key: str) -> str:
        try:
            return self.site().secret_for_key(key)
        except RunError:
            raise
        except Exception as error:  # noqa: BLE001  (a vault may raise anything)
            # The vault's own message may hold what must not leave the site.
            raise SecretUnavailable(
                f"the vault could not give the secret {key!r}: {type(error).__name__}"
            ) from None


def _without_default(body: Callable[..., Any]) -> frozenset[str]:
    """Return the arguments that a body must be given by name."""
    try:
        parameters = inspect.signature(body).parameters.values()
    except (TypeError, ValueError):
        return frozenset()
    named = (p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
    return frozenset(p.name for p in named if p.default is p.empty)
