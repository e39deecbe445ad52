"""What a site needs to run a net: runner, adapters, streams, secrets. Never the compiler."""

from dfm.exec.context import DfmContext
from dfm.exec.secrets import SecretsVault
from dfm.exec.site import Provider, Site

__all__ = ["DfmContext", "Provider", "SecretsVault", "Site"]
