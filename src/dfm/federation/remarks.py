"""What is no mistake in a federation, and yet hardly what was meant.

Separate from the checks, which refuse: nothing here keeps a federation from being used.
"""

from __future__ import annotations

from collections.abc import Iterator

from dfm.errors import Problem
from dfm.federation.models import AdapterSpec, FederationSpec, SiteSpec


def remarks(spec: FederationSpec) -> Iterator[Problem]:
    """Yield what somebody should look at: what it is, where it stands, and what to try."""
    for site in spec.sites.values():
        for name, adapter in _offers(site):
            operation = spec.operations.get(name)
            if operation is not None and operation.parameters and adapter.arguments == {}:
                count = len(operation.parameters)
                some = "a parameter" if count == 1 else f"{count} parameters"
                said = f"{adapter.implementation.path} gets no arguments, though {name} has {some}"
                yield Problem(said, adapter.at, "`args: from-operation` beside `adapter`")


def _offers(site: SiteSpec) -> Iterator[tuple[str, AdapterSpec]]:
    yield from site.interface.items()
    for provider in site.providers.values():
        yield from provider.interface.items()
