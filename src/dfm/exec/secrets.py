"""Where a site keeps its secrets. A value is looked up at each use and never stored here."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from dfm.errors import SecretUnavailable
from dfm.exec.loading import construct
from dfm.federation.models import Construct, SecretsConfig


class Vault(Protocol):
    """Anything that answers `secret_for_key`."""

    def secret_for_key(self, key: str) -> str:
        """Return the secret, or raise."""


class SecretsVault:
    """Secrets from environment variables: key `token` is `DFM_SECRET_TOKEN`."""

    def __init__(self, prefix: str = "DFM_SECRET_", **_ignored: Any) -> None:
        self.prefix = prefix

    def secret_for_key(self, key: str) -> str:
        """Return the secret of `key`.

        Raises:
            SecretUnavailable: when the environment variable is not set.
        """
        variable = (self.prefix + key).upper()
        try:
            return os.environ[variable]
        except KeyError:
            raise SecretUnavailable(
                f"there is no secret {key!r}",
                hint=f"setting the environment variable {variable} where the site runs",
            ) from None

    @staticmethod
    def from_config(
        config: SecretsConfig, callables: Mapping[str, Callable[..., Any]] | None = None
    ) -> Vault:
        """Return the vault a configuration names.

        Raises:
            AdapterUnavailable: when it can not be made. There is no falling back to another vault.
        """
        if config.path is None:
            return SecretsVault(**config.arguments)
        wanted = Construct(config.path, config.arguments)
        vault: Vault = construct(wanted, callables or {}, what="secrets vault")
        return vault
