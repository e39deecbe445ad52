"""`fed_info.json`: who offers what, and what it costs, for programs that read JSON.

It always tells of all sites. An operation without a declared cost has the one that stands for
"unknown, so rather not"; a link that nobody declared is not in it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from typing import Any

from dfm.errors import CorruptMessage, UnknownName
from dfm.federation.models import AdapterSpec, ComputeCost, FederationSpec, SendCost

UNKNOWN_COST = ComputeCost(fixed_time=1e6, fixed_size=10_000_000)
UNKNOWN_LINK = SendCost(fixed_time=1e8, bandwidth=1)
NO_COST = SendCost()

_log = logging.getLogger("dfm.codegen")


@dataclass(frozen=True, slots=True)
class Offer:
    """An operation at a place."""

    operation: str
    compute_cost: ComputeCost = UNKNOWN_COST
    is_async: bool = True


@dataclass(frozen=True, slots=True)
class Location:
    """A site or a provider: what it offers, by operation."""

    interface: dict[str, Offer] = field(default_factory=dict)
    providers: dict[str, Location] = field(default_factory=dict)
    send_cost: dict[str, SendCost] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FedInfo:
    """All sites of a federation, and what they offer."""

    sites: dict[str, Location] = field(default_factory=dict)

    def find_send_cost(
        self, fromsite: str, tosite: str, logger: logging.Logger | None = None
    ) -> SendCost:
        """Return what a link costs; nothing within a site, and very much when nobody declared it.

        Raises:
            UnknownName: for a site that is not there.
        """
        site = self.find_location_info(fromsite)
        if tosite in site.send_cost:
            return site.send_cost[tosite]
        if fromsite == tosite:
            return NO_COST
        (logger or _log).warning("no cost is declared for sending %s -> %s", fromsite, tosite)
        return UNKNOWN_LINK

    def find_location_info(self, site: str, provider: str | None = None) -> Location:
        """Return what a site, or a provider of it, offers.

        Raises:
            UnknownName: for one that is not there.
        """
        if site not in self.sites:
            raise UnknownName("site", site, self.sites)
        found = self.sites[site]
        if provider is None:
            return found
        if provider not in found.providers:
            raise UnknownName("provider", provider, found.providers, at=f"site {site!r}")
        return found.providers[provider]

    def to_json(self) -> str:
        """Return the text of `fed_info.json`."""
        sites = {name: _data(site) for name, site in self.sites.items()}
        return json.dumps({"sites": sites}, indent=2, allow_nan=False) + "\n"

    @staticmethod
    def from_json(text: str) -> FedInfo:
        """Return what a `fed_info.json` says.

        Raises:
            CorruptMessage: when it is none.
        """
        try:
            return FedInfo({n: _location(s) for n, s in json.loads(text)["sites"].items()})
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise CorruptMessage(
                f"this is no fed_info.json: {error}", hint="`dfm fed gen code`, once more"
            ) from None


def fed_info(spec: FederationSpec) -> FedInfo:
    """Return what is to be told of a federation."""
    return FedInfo(
        {
            site.name: Location(
                _offers(site.interface),
                {p.name: Location(_offers(p.interface)) for p in site.providers.values()},
                dict(site.send_costs),
            )
            for site in spec.sites.values()
        }
    )


def _offers(interface: Any) -> dict[str, Offer]:
    return {name: _offer(name, adapter) for name, adapter in interface.items()}


def _offer(name: str, adapter: AdapterSpec) -> Offer:
    is_async = adapter.is_async if adapter.is_async is not None else True
    return Offer(name, adapter.cost or UNKNOWN_COST, is_async)


def _data(location: Location) -> dict[str, Any]:
    return {
        "interface": {name: asdict(offer) for name, offer in location.interface.items()},
        "providers": {
            name: {"interface": _data(provider)["interface"]}
            for name, provider in location.providers.items()
        },
        "send_cost": {name: asdict(cost) for name, cost in location.send_cost.items()},
    }


def _location(data: dict[str, Any]) -> Location:
    return Location(
        {
            name: Offer(o["operation"], ComputeCost(**o["compute_cost"]), o["is_async"])
            for name, o in data["interface"].items()
        },
        {name: _location(p) for name, p in data.get("providers", {}).items()},
        {name: SendCost(**c) for name, c in data.get("send_cost", {}).items()},
    )
