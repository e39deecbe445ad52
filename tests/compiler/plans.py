"""A small federation and short ways to compile for it, for the tests of the passes.

`home`, `a`, `b` and `c` offer `m.Make`, `m.Use` and `m.Join`; `a` and `b` offer `m.Rare` too,
and provider `fast` of `c` offers `m.Use`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dfm.api import Pipeline, operation_class
from dfm.compiler import PASSES, Plan, compile_pipeline
from dfm.federation.models import (
    AdapterSpec,
    ComputeCost,
    Construct,
    FederationSpec,
    OperationSpec,
    Parameter,
    ProviderSpec,
    SendCost,
    SiteSpec,
)
from dfm.net import PreparedPipeline
from dfm.wire import Codecs

SIGNATURES = {
    "m.Make": (Parameter("v", required=False), Parameter("w", required=False)),
    "m.Use": (Parameter("v"), Parameter("w", required=False)),
    "m.Join": (Parameter("x"), Parameter("y"), Parameter("z", required=False)),
    "m.Rare": (Parameter("v", required=False),),
    "m.Nowhere": (),
}
COMMON = ("m.Make", "m.Use", "m.Join")
OFFERS = {
    "a": (*COMMON, "m.Rare"),
    "b": (*COMMON, "m.Rare"),
    "c": COMMON,
    "home": COMMON,
}
Costs = Mapping[tuple[str, str], ComputeCost]
"""Costs by site and operation."""

Links = Mapping[tuple[str, str], SendCost]
"""Costs by sender and receiver."""

NO_COSTS: Costs = {}
NO_LINKS: Links = {}


def adapter(cost: ComputeCost | None = None) -> AdapterSpec:
    return AdapterSpec(Construct("adapters.Adapter"), cost=cost)


def federation_of(
    offers: Mapping[str, Sequence[str]] = OFFERS,
    costs: Costs = NO_COSTS,
    links: Links = NO_LINKS,
) -> FederationSpec:
    """A federation in which these sites offer these operations at these costs."""
    sites = {
        name: SiteSpec(
            name,
            {operation: adapter(costs.get((name, operation))) for operation in operations},
            send_costs={target: cost for (site, target), cost in links.items() if site == name},
        )
        for name, operations in offers.items()
    }
    if "c" in sites:
        fast = ProviderSpec("fast", {"m.Use": adapter()})
        sites["c"] = replace(sites["c"], providers={"fast": fast})
    operations = {name: OperationSpec(name, given) for name, given in SIGNATURES.items()}
    return FederationSpec("tests", "1.2.0", operations=operations, sites=sites)


FEDERATION = federation_of()
Make, Use, Join, Rare, Nowhere = (
    operation_class(spec, FEDERATION) for spec in FEDERATION.operations.values()
)


def written(**options: Any) -> Pipeline:
    """A pipeline to write in."""
    return Pipeline(name="p", **options)


def plan_after(
    name: str, pipeline: Pipeline, federation: FederationSpec = FEDERATION, **more: Any
) -> Plan:
    """The plan after the pass of that name."""
    allowed = tuple(more.pop("allowed", federation.sites))
    plan = Plan(pipeline, federation, more.pop("homesite", "home"), allowed, Codecs(), **more)
    for run in PASSES:
        plan = run(plan)
        if run.__name__ == name:
            return plan
    raise LookupError(name)


def compiled(
    pipeline: Pipeline, federation: FederationSpec = FEDERATION, **options: Any
) -> PreparedPipeline:
    """The compiled pipeline."""
    options = {"homesite": "home", "codecs": Codecs(), **options}
    return compile_pipeline(pipeline, federation, **options)


def shown(plan: Plan) -> list[str]:
    """The lines of a plan."""
    return str(plan).splitlines()
