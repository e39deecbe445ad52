"""Short ways to say what jobs told, for the tests of learned costs."""

from __future__ import annotations

from collections.abc import Mapping

from dfm.costs.history import History
from dfm.costs.runs import JobRun, LinkKey, LinkRun, LinkSample, StepKey, StepRun, StepSample
from dfm.federation.models import (
    AdapterSpec,
    ComputeCost,
    Construct,
    FederationSpec,
    OperationSpec,
    ProviderSpec,
    SendCost,
    SiteSpec,
)

SITES = ("desk", "oslo", "rome", "bern")
MB = 1_000_000.0


def step(
    operation: str,
    site: str,
    seconds: float,
    *,
    when: float = 1.0,
    read: float = 0.0,
    made: float = 8.0,
    provider: str | None = None,
) -> JobRun:
    """Return what a job told that ran one operation."""
    run = StepRun(when, (StepSample(read, seconds, made),))
    return JobRun(steps={StepKey(operation, site, provider): run})


def link(source: str, target: str, *samples: tuple[float, float], when: float = 1.0) -> JobRun:
    """Return what a job told that sent some messages: bytes and seconds of each."""
    run = LinkRun(when, tuple(LinkSample(*sample) for sample in samples))
    return JobRun(links={LinkKey(source, target): run})


def history(*jobs: JobRun) -> History:
    """Return what some jobs told."""
    return History().and_also(jobs)


def federation(
    costs: Mapping[tuple[str, str], ComputeCost] | None = None,
    links: Mapping[tuple[str, str], SendCost] | None = None,
) -> FederationSpec:
    """Return a federation in which all sites offer `m.A`, `m.B` and `m.C`; `rome` by `era5` too."""
    costs, links = costs or {}, links or {}

    def offers(site: str) -> dict[str, AdapterSpec]:
        adapter = Construct("adapters.Adapter")
        return {op: AdapterSpec(adapter, cost=costs.get((op, site))) for op in OPERATIONS}

    return FederationSpec(
        name="weather",
        operations={op: OperationSpec(op) for op in OPERATIONS},
        sites={
            site: SiteSpec(
                site,
                interface=offers(site),
                providers={"era5": ProviderSpec("era5", offers(site))} if site == "rome" else {},
                send_costs={b: cost for (a, b), cost in links.items() if a == site},
            )
            for site in SITES
        },
    )


OPERATIONS = ("m.A", "m.B", "m.C")
