"""What is no mistake in a federation, and yet hardly what was meant.

Separate from the checks, which refuse: nothing here keeps a federation from being used.
"""

from __future__ import annotations

from collections.abc import Iterator

from dfm.errors import Problem
from dfm.federation.models import AdapterSpec, ComputeCost, FederationSpec, SiteSpec


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
    yield from _sizes(spec)


def _sizes(spec: FederationSpec) -> Iterator[Problem]:
    """Yield the operations whose values are declared to be larger at one site than at another."""
    first: dict[str, tuple[str, ComputeCost]] = {}
    told: set[str] = set()
    for site in spec.sites.values():
        for name, adapter in _offers(site):
            if adapter.cost is None or _size(adapter.cost) == (0, 0.0):
                continue  # it says nothing of sizes
            there, cost = first.setdefault(name, (site.name, adapter.cost))
            if name not in told and _size(cost) != _size(adapter.cost):
                told.add(name)
                yield Problem(
                    f"{name} is declared to return another size at {site.name!r} than at {there!r},"
                    " and a plan that may choose between them takes it to be the same",
                    adapter.at,
                    "the same `fixed_size` and `output_factor` at all sites",
                )


def _size(cost: ComputeCost) -> tuple[float, float]:
    return cost.fixed_size, cost.output_factor


def _offers(site: SiteSpec) -> Iterator[tuple[str, AdapterSpec]]:
    yield from site.interface.items()
    for provider in site.providers.values():
        yield from provider.interface.items()
