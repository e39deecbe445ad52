"""Declared costs as lines, and lines as costs that can be declared."""

from __future__ import annotations

from dfm.costs.fit import Line
from dfm.costs.runs import LinkKey, StepKey
from dfm.federation.models import ComputeCost, FederationSpec, SendCost


def declared_cost(federation: FederationSpec, key: StepKey) -> ComputeCost | None:
    """Return the cost that is declared for an operation at a site, or None."""
    site = federation.sites.get(key.site)
    adapter = site.adapter(key.operation, key.provider) if site is not None else None
    return adapter.cost if adapter is not None else None


def is_offered(federation: FederationSpec, key: StepKey) -> bool:
    """Whether the federation still offers an operation there."""
    site = federation.sites.get(key.site)
    return site is not None and site.adapter(key.operation, key.provider) is not None


def declared_link(federation: FederationSpec, key: LinkKey) -> SendCost | None:
    """Return what is declared of a link, or None."""
    if not {key.source, key.target} <= set(federation.sites):
        return None
    return federation.link(key.source, key.target)


def time_line(cost: ComputeCost | None) -> Line | None:
    """Return the seconds that are declared; None if none are."""
    if cost is None or not (cost.fixed_time or cost.compute_throughput):
        return None
    throughput = cost.compute_throughput
    return Line(cost.fixed_time, 1.0 / throughput if throughput else 0.0)


def size_line(cost: ComputeCost | None) -> Line | None:
    """Return the bytes that are declared; None if none are."""
    if cost is None or not (cost.fixed_size or cost.output_factor):
        return None
    return Line(cost.fixed_size, cost.output_factor)


def link_line(cost: SendCost | None) -> Line | None:
    """Return the seconds that are declared of a link; None if none are."""
    if cost is None or not (cost.fixed_time or cost.bandwidth):
        return None
    return Line(cost.fixed_time, 1.0 / cost.bandwidth if cost.bandwidth else 0.0)


def as_send_cost(line: Line) -> SendCost:
    """Return a line as what is declared of a link.

    >>> as_send_cost(Line(0.02, 1e-6))
    SendCost(fixed_time=0.02, bandwidth=1000000.0)
    """
    return SendCost(line.fixed, 1.0 / line.slope if line.slope else None)


def as_compute_cost(time: Line, size: Line) -> ComputeCost:
    """Return two lines as what is declared of an operation at a site."""
    throughput = 1.0 / time.slope if time.slope else None
    return ComputeCost(time.fixed, throughput, round(size.fixed), size.slope)
