"""A test kit for owners of sites: call an adapter in a plain test, without any process.

`call_adapter` and `advice_of` need the adapter alone, `call_operation` what the federation file
says of it (bindings, secrets, settings); `one_operation` and `run_operation` run it in a pipeline
in this process. A secret is given by the test and never read from the environment; cached data
stays in memory.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

from dfm.errors import (
    ArgumentError,
    DeclarationError,
    SecretUnavailable,
    UnknownName,
    nearest,
)
from dfm.exec.adapters import AdapterTable
from dfm.exec.context import DfmContext
from dfm.exec.discovery.advisors import advisors_of
from dfm.exec.discovery.context import AdviceContext
from dfm.exec.loading import construct
from dfm.exec.site import Provider, Site
from dfm.federation.models import (
    MISSING,
    CacheConfig,
    Construct,
    FederationSpec,
    SecretsConfig,
    SiteSpec,
)
from dfm.mesh import Federation

__all__ = [
    "FakeSecrets",
    "advice_of",
    "call_adapter",
    "call_operation",
    "make_provider",
    "make_site",
    "one_operation",
    "run_operation",
]

Arguments = Mapping[str, Any]


class FakeSecrets:
    """A vault that holds what a test gives it."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.secrets = dict(secrets or {})

    def secret_for_key(self, key: str) -> str:
        """Return a secret; raises SecretUnavailable when the test gave none of that name."""
        if key not in self.secrets:
            raise SecretUnavailable(
                f"the test gives no secret {key!r}", hint=f"secrets={{{key!r}: '...'}}"
            )
        return self.secrets[key]


def make_site(
    site_class: type[Site] = Site,
    *,
    name: str = "site",
    secrets: Mapping[str, str] | None = None,
    cache_folder: str | None = None,
    settings: Arguments | None = None,
) -> Any:
    """Return a site, of your own class if given. Cached data is in memory if no folder is given.

    Raises AdapterUnavailable when the class can not be made.
    """
    return _made(
        site_class,
        settings,
        what="site class",
        dfm_context=DfmContext("testing", name, "desk"),
        cache_config=_cache(cache_folder),
        secrets_vault_config=_vault(secrets),
    )


def make_provider(
    provider_class: type[Provider] = Provider,
    *,
    site: Site | None = None,
    settings: Arguments | None = None,
) -> Any:
    """Return a provider, of your own class if given, of a site.

    Raises AdapterUnavailable when the class can not be made.
    """
    return _made(provider_class, settings, what="provider", site=site or make_site())


def call_adapter(
    adapter: Callable[..., Any],
    arguments: Arguments | None = None,
    *,
    site: Site | None = None,
    provider: Provider | None = None,
    settings: Arguments | None = None,
) -> Any:
    """Call the body of an adapter, a function or a class, and return what it returns.

    `settings` are what the federation file gives to the constructor. A coroutine is awaited; what
    an adapter yields is returned as a list. What the adapter raises is raised.

    >>> call_adapter(lambda name: f"Hello, {name}!", {"name": "Ada"})
    'Hello, Ada!'

    Raises:
        AdapterUnavailable: when its class can not be made.
    """
    body = _body(adapter, site, provider, settings)
    return _whole(body(**(arguments or {})))


def call_operation(
    federation: Federation,
    operation: str,
    arguments: Arguments | None = None,
    *,
    site: str,
    provider: str | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Any:
    """Call an operation's adapter as a site of the federation would: made, bound and called.

    Raises:
        UnknownName: there is no such site, or it does not offer the operation.
        AdapterUnavailable: when the adapter, its site or its provider can not be made.
        ArgumentError: when an argument is missing, unknown, or not of its type.
        SecretUnavailable: when it needs a secret that is not given.
    """
    spec = federation.spec
    found = _site_of(spec, site, operation, provider)
    given = _given(spec, found, operation, provider, arguments or {})
    table = AdapterTable(
        _prepared(found, secrets),
        DfmContext(spec.name, site, "desk", spec.api_version, callables=spec.callables),
    )
    adapter = table.adapter(operation, provider)
    return _whole(adapter.body(**table.arguments(adapter, given)))


def advice_of(
    adapter: Callable[..., Any],
    argument: str,
    *,
    value: Any = None,
    given: Arguments | None = None,
    site: Site | None = None,
    provider: Provider | None = None,
    settings: Arguments | None = None,
) -> Any:
    """Return what an adapter's advisor says of one argument, as it says it.

    `value` is the argument's, if the caller has one; `given` are the other arguments.

    Raises:
        UnknownName: when no advisor of the adapter is about that argument.
    """
    body = _body(adapter, site, provider, settings)
    advisors = {advisor.field: advisor for advisor in advisors_of(body)}
    if argument not in advisors:
        raise UnknownName("advisor for", argument, advisors)
    return _whole(advisors[argument].function(value, AdviceContext(given or {}, {})))


def one_operation(
    adapter: Callable[..., Any],
    name: str = "testing.Operation",
    *,
    provider: str | None = None,
    secrets: Mapping[str, str] | None = None,
) -> Federation:
    """Return a federation whose one site, `site`, offers the adapter; `desk` asks.

    Raises FederationError when the adapter can not be an operation.
    """
    federation = Federation("testing")
    site = federation.site("site", secrets=_vault(secrets), cache=_cache(None))
    site.operation(name, provider=provider)(adapter)
    federation.site("desk")
    return federation


def run_operation(
    federation: Federation,
    name: str = "testing.Operation",
    arguments: Arguments | None = None,
    *,
    provider: str | None = None,
) -> Any:
    """Run one operation in a pipeline of its own, in this process, and return its value.

    Raises RunError when it fails, DeclarationError when the arguments do not fit.
    """
    from dfm.api import Pipeline, Yield

    with Pipeline(name="testing") as pipeline:
        placed: dict[str, Any] = {} if provider is None else {"provider": provider}
        called = federation.operation(name)(**placed, **(arguments or {}))
        Yield(place="value", value=called)
    with federation.session(homesite="desk", target="inline") as session:
        return session.execute(pipeline).result()["value"]


# -- making ---------------------------------------------------------------------------------------


def _made(cls: type[Any], settings: Arguments | None, *, what: str, **offered: Any) -> Any:
    path = f"{cls.__module__}.{cls.__qualname__}"
    wanted = Construct(path, dict(settings or {}))
    return construct(wanted, {path: cls}, what=what, **offered)


def _vault(secrets: Mapping[str, str] | None) -> SecretsConfig:
    return SecretsConfig("dfm.testing.FakeSecrets", {"secrets": dict(secrets or {})})


def _cache(folder: str | None) -> CacheConfig:
    if folder is not None:
        return CacheConfig(base_path=folder)
    return CacheConfig(protocol="memory", base_path=f"/dfm-testing-{uuid4().hex}")


def _body(
    adapter: Callable[..., Any],
    site: Site | None,
    provider: Provider | None,
    settings: Arguments | None,
) -> Callable[..., Any]:
    if not isinstance(adapter, type):
        if settings:
            raise DeclarationError(
                "settings are for the constructor of a class, and the adapter is a function",
                hint="its arguments, as the second argument of call_adapter",
            )
        return adapter
    site = site or (provider.site if provider else make_site())
    made = _made(adapter, settings, what="adapter", site=site, provider=provider)
    body: Callable[..., Any] | None = getattr(made, "body", None)
    if not callable(body):
        raise DeclarationError(
            f"the adapter {adapter.__qualname__} has no method 'body'",
            hint="a method `body` that takes the arguments",
        )
    return body


def _site_of(spec: FederationSpec, site: str, operation: str, provider: str | None) -> SiteSpec:
    if site not in spec.sites:
        raise UnknownName("site", site, spec.sites)
    found = spec.sites[site]
    if provider is not None and provider not in found.providers:
        raise UnknownName(f"provider of {site}", provider, found.providers)
    offered = found.providers[provider].interface if provider is not None else found.interface
    if operation not in offered:
        raise UnknownName(f"operation of {site}", operation, offered)
    return found


def _given(
    spec: FederationSpec, site: SiteSpec, operation: str, provider: str | None, arguments: Arguments
) -> Arguments:
    """Return the arguments of a call, with the defaults of those that are not given."""
    adapter = site.adapter(operation, provider)
    declared = {p.name: p for p in spec.operations[operation].parameters}
    known = {**declared, **(adapter.exposed(declared) if adapter else {})}
    for name, value in arguments.items():
        if name not in known:
            raise ArgumentError(
                f"{operation} takes no argument {name!r}", hint=nearest(name, known)
            )
        parameter = known[name]
        if (value is not None or parameter.required) and (why := parameter.type.refusal(value)):
            raise ArgumentError(
                f"argument {name!r} of {operation}: {why}", hint=str(parameter.type)
            )
    required = (p.name for p in declared.values() if p.required and p.default is MISSING)
    if missing := [name for name in required if name not in arguments]:
        raise ArgumentError(f"{operation} requires {', '.join(missing)}", hint="giving it")
    defaults = {p.name: p.default for p in declared.values() if p.default is not MISSING}
    return {**defaults, **arguments}


def _prepared(site: SiteSpec, secrets: Mapping[str, str] | None) -> SiteSpec:
    return replace(site, secrets=_vault(secrets), cache=_cache(None))


# -- calling --------------------------------------------------------------------------------------


def _whole(result: Any) -> Any:
    """Return what a call comes to: awaited if it can be, a list of what it yields."""
    if inspect.iscoroutine(result):
        return _run(result)
    if inspect.isasyncgen(result):
        return _run(_listed(result))
    if inspect.isgenerator(result):
        with closing(result):
            return list(result)
    return result


async def _listed(items: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in items]


def _run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    coroutine.close()
    raise DeclarationError(
        "the test runs in an event loop already", hint="a test that is a plain function"
    )
