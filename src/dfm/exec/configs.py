"""The settings of a site's storage and vault, by the names that owners of sites write.

They are the values of the federation file; a site class is given them when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfm.federation.models import CacheConfig, SecretsConfig

FsspecConfig = CacheConfig
"""Where `Site.cache_storage` is: `protocol`, `storage_options`, `base_path`."""


class SecretsVaultConfig(SecretsConfig):
    """The class of a vault, None for the environment, and the `args` of its constructor."""

    __slots__ = ()

    def __init__(
        self,
        path: str | None = None,
        args: Mapping[str, Any] | None = None,
        *,
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(path, {**(arguments or {}), **(args or {})})
