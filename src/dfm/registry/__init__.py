"""Which federations a person works with, and where: `federations.yaml` and `.dfm-cli.conf.yaml`.

Separate from `dfm.federation`, which is about one federation. Reading here opens no federation's
own file, so that one broken federation is no trouble for the others, and creates nothing.

    Settings.load()              what `.dfm-cli.conf.yaml` says, else the defaults
    find_config()                where `federations.yaml` is, or would be
    Registry.load().get(name)    where one federation is
"""

from dfm.registry.entries import Entry, Registry, find_config
from dfm.registry.settings import Scripts, Settings, find_settings

__all__ = ["Entry", "Registry", "Scripts", "Settings", "find_config", "find_settings"]
