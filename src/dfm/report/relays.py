"""Where values pass a site at which no operation made them: a cache there, a branch, or a loop.

What crosses is said to be made by operations; for a picture that is not enough. A value that was
made in Bergen, is kept in a cache in Oslo and goes from there to Rome crosses two links, and never
the one from Bergen to Rome. So a picture has a box for the cache, which this puts into the plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from dfm.report.model import PlannedStep, PlannedTransfer, PlanReport

Relays = dict[tuple[str, tuple[str, ...]], str]
"""The names of relays, by their site and what made the values that pass there."""

RELAY = "(passed on)"
"""What stands for an operation where there is none; no operation has such a name."""


def with_relays(report: PlanReport) -> PlanReport:
    """Return a plan in which whatever leaves a site was made by a step there, or passes one.

    >>> made = PlannedStep(0, "m.Make", "bergen", None, 1.0, 8, "", name="node0")
    >>> kept = PlannedTransfer("node0", "bergen", "oslo", 8, made_by=("node0",))
    >>> home = PlannedTransfer("x", "oslo", "rome", 8, made_by=("node0",), is_yield=True)
    >>> plan = with_relays(PlanReport((made,), (kept, home), homesite="rome"))
    >>> [(step.operation, step.site, step.reads) for step in plan.steps]
    [('m.Make', 'bergen', ()), ('(passed on)', 'oslo', ('node0',))]
    >>> [(t.made_by, t.readers) for t in plan.transfers]
    [(('node0',), ('relay 0',)), (('relay 0',), ())]
    """
    sites = {step.name: step.site for step in report.steps}
    relays = _relays_of(report, sites)
    if not relays:
        return report
    reads: defaultdict[str, dict[str, None]] = defaultdict(dict)
    transfers = []
    for transfer in report.transfers:
        relay = relays.get((transfer.source, transfer.made_by))
        made_by = transfer.made_by if relay is None else (relay,)
        readers = transfer.readers or tuple(_relays_reached(transfer, relays))
        for reader in readers:
            reads[reader] |= dict.fromkeys(made_by)
        transfers.append(replace(transfer, made_by=made_by, readers=readers))
    steps = [replace(step, reads=_reads(step, sites, reads[step.name])) for step in report.steps]
    for (site, _), name in relays.items():
        steps.append(
            PlannedStep(name, RELAY, site, None, 0, 0, "", name=name, reads=(*reads[name],))
        )
    return replace(report, steps=tuple(steps), transfers=tuple(transfers))


def _relays_of(report: PlanReport, sites: dict[str, str]) -> Relays:
    found: Relays = {}
    for transfer in report.transfers:
        made_at = {sites[name] for name in transfer.made_by if name in sites}
        if made_at and transfer.source not in made_at:
            found.setdefault((transfer.source, transfer.made_by), f"relay {len(found)}")
    return found


def _relays_reached(transfer: PlannedTransfer, relays: Relays) -> Iterator[str]:
    """Yield the relays to which something goes that no step reads where it comes to."""
    for (site, makers), name in relays.items():
        is_reached = site == transfer.target and not transfer.is_yield
        if is_reached and not set(makers).isdisjoint(transfer.made_by):
            yield name


def _reads(step: PlannedStep, sites: dict[str, str], crossing: dict[str, None]) -> tuple[str, ...]:
    """Return what a step reads: at its own site as before, and from others what crosses to it."""
    here = [name for name in step.reads if sites.get(name) == step.site]
    return tuple(dict.fromkeys((*here, *crossing)))
