"""What a site needs to run a net: runner, adapters, streams, secrets. Never the compiler."""

from dfm.exec.configs import FsspecConfig, SecretsVaultConfig
from dfm.exec.context import DfmContext
from dfm.exec.runtime_modules import (
    assert_valid_runtime_module,
    load_fed_runtime_module,
    load_site_runtime_module,
    site_name_to_identifier,
)
from dfm.exec.secrets import SecretsVault
from dfm.exec.site import Provider, Site
from dfm.net.frame import Frame

__all__ = [
    "DfmContext",
    "Frame",
    "FsspecConfig",
    "Provider",
    "SecretsVault",
    "SecretsVaultConfig",
    "Site",
    "assert_valid_runtime_module",
    "load_fed_runtime_module",
    "load_site_runtime_module",
    "site_name_to_identifier",
]
