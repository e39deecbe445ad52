"""The objects adapters are given: their site, and the provider they belong to.

Owners subclass both for what their adapters share (connections, settings). One of each
lives as long as the site's worker, not as long as a job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dfm.errors import AdapterUnavailable
from dfm.exec.context import DfmContext
from dfm.exec.secrets import SecretsVault, Vault
from dfm.federation.models import CacheConfig, SecretsConfig


class Site:
    """A site, as its adapters see it."""

    def __init__(
        self,
        dfm_context: DfmContext,
        cache_config: CacheConfig | None = None,
        secrets_vault_config: SecretsConfig | None = None,
    ) -> None:
        self._dfm_context = dfm_context
        self._cache_config = cache_config or CacheConfig()
        self._vault: Vault = SecretsVault.from_config(
            secrets_vault_config or SecretsConfig(), dfm_context.callables
        )

    @property
    def dfm_context(self) -> DfmContext:
        """The federation, this site and the current job."""
        return self._dfm_context

    @property
    def api_version(self) -> str:
        """The version of the federation's API at this site."""
        return self._dfm_context.api_version

    @property
    def federation_name(self) -> str:
        """The name of the federation."""
        return self._dfm_context.federation_name

    @property
    def site(self) -> Site:
        """This site."""
        return self

    def secret_for_key(self, key: str) -> str:
        """Return a secret from the site's vault; raises SecretUnavailable when it is not there."""
        return self._vault.secret_for_key(key)

    def cache_storage(self, subpath: str | None = None) -> Any:
        """Return the directory for cached data as a `UPath`, made if it is missing.

        Raises:
            FileExistsError: when the path is there and is not a directory.
        """
        from upath import UPath

        config = self._cache_config
        base = config.base_path
        if base is None:
            from platformdirs import user_cache_dir

            base = user_cache_dir(self.federation_name)
        path = UPath(base, protocol=config.protocol, **config.storage_options)
        if subpath:
            path = path / subpath
        if path.exists() and not path.is_dir():
            raise FileExistsError(f"the cache path {path} is there, and is not a directory")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    @contextmanager
    def telemetry_span(
        self, name: str, attributes: Mapping[str, Any] | None = None
    ) -> Iterator[None]:
        """Mark a part of an adapter's work; nothing is recorded, as there is no telemetry yet."""
        yield None


class Provider:
    """A named group of operations at a site, as its adapters see it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def site(self) -> Site:
        """The site it belongs to."""
        return self._site


def site_attribute(owner: object, name: str, *, what: str) -> Any:
    """Return an attribute that a `from-site` or `from-provider` binding names.

    Raises:
        AdapterUnavailable: when the object has no such attribute.
    """
    if not hasattr(owner, name):
        raise AdapterUnavailable(
            f"the {what} ({type(owner).__name__}) has no attribute {name!r}",
            hint="a property of that name on the class, or another name in the binding",
        )
    return getattr(owner, name)
