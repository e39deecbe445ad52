"""All that a site must be told to be that site; the same in every target.

Introductions compare by value, so a target can tell that the owner has changed a site since it
was started.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dfm.exec.calls import THREADS_PER_SITE
from dfm.exec.context import DfmContext
from dfm.federation.models import AdapterSpec, Construct, FederationSpec, SiteSpec


@dataclass(frozen=True)
class Introduction:
    """What a site is told. `folder` is where its adapters are looked for after the Python path."""

    site: SiteSpec
    federation_name: str
    api_version: str
    homesite: str
    callables: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    folder: str = ""
    threads: int = THREADS_PER_SITE

    @staticmethod
    def of(federation: FederationSpec, site: str, homesite: str, threads: int) -> Introduction:
        """Return the introduction of one site of a federation; it holds nothing of the others."""
        spec = federation.introduced(site)
        return Introduction(
            spec,
            federation.name,
            federation.api_version,
            homesite,
            callables_of(spec, federation.callables),
            federation.folder,
            threads,
        )

    def context(self) -> DfmContext:
        """Return the context of the site's adapters, their modules made findable."""
        if self.folder and self.folder not in sys.path:
            sys.path.append(self.folder)
        return DfmContext(
            self.federation_name, self.site.name, self.homesite, self.api_version, self.callables
        )


class Introductions:
    """The introductions of a federation's sites, each made once until the federation changes."""

    def __init__(self, federation: FederationSpec, homesite: str, threads: int) -> None:
        self._homesite = homesite
        self._threads = threads
        self.follow(federation)

    def follow(self, federation: FederationSpec) -> None:
        """Introduce sites as they are in this federation from now on; from any thread."""
        # Swapped as one: who is just making one from the old federation keeps it with the old.
        self._made: tuple[FederationSpec, dict[str, Introduction]] = (federation, {})

    def of(self, site: str) -> Introduction:
        """Return the introduction of a site."""
        federation, made = self._made
        if site not in made:
            made[site] = Introduction.of(federation, site, self._homesite, self._threads)
        return made[site]


def callables_of(
    site: SiteSpec, callables: Mapping[str, Callable[..., Any]]
) -> dict[str, Callable[..., Any]]:
    """Return the functions and classes that a site is made of, and no others."""
    paths = {c.path for c in _constructs(site)}
    return {path: function for path, function in callables.items() if path in paths}


def _constructs(site: SiteSpec) -> Iterator[Construct]:
    adapters: list[AdapterSpec] = list(site.interface.values())
    for provider in site.providers.values():
        adapters.extend(provider.interface.values())
        if provider.implementation:
            yield provider.implementation
    if site.implementation:
        yield site.implementation
    if site.secrets.path:
        yield Construct(site.secrets.path)
    for adapter in adapters:
        yield adapter.implementation
