"""Measure how soon plans by learned costs are those of an oracle, and what learning costs.

    python benchmarks/learning.py                       200 federations
    python benchmarks/learning.py --federations 50      fewer, for a quick look

The federations are those of `tests/costs`: hidden true costs, 10 % noise, 5 % of what is measured
takes ten times as long; nothing is declared, or costs that are wrong by up to ten either way. A
run is one job of each of a federation's four pipelines.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.costs.oracle import shares

from dfm.federation.models import AdapterSpec, Construct, FederationSpec, OperationSpec, SiteSpec
from dfm.net.prepared import PreparedPipeline
from dfm.report import Measured, MeasuredLink, MeasuredStep, PlannedStep, PlanReport
from dfm.session.learning import Learning

AFTER = (0, 1, 2, 3, 5)
STEPS, SITES, JOBS = 100, 10, 50


def main() -> None:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--federations", type=int, default=200)
    count: int = parser.parse_args().federations
    print(f"{'runs':>4}  {'oracle sites':>12}  {'as good':>8}  {'all four as good':>16}")
    for runs, share in shares(range(count), AFTER).items():
        same, good = share.same / share.plans, share.as_good / share.plans
        print(f"{runs:>4}  {same:>12.1%}  {good:>8.1%}  {share.federations / count:>16.1%}")
    print()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DFM_STATE_DIR"] = folder
        measure_learning()


def measure_learning() -> None:
    """Print what the questions of a session take, with 100 operations at 10 sites, 50 jobs each."""
    federation, prepared, took = large()
    learning = Learning.of(federation, "local", wanted=True)
    ended = [seconds(partial(learning.ended, prepared(n), took)) for n in range(JOBS * SITES)]
    written = seconds(learning.close)
    fresh = Learning.of(federation, "local", wanted=True)
    first = seconds(lambda: fresh.costs(federation))
    asked = seconds(lambda: ask_all(fresh, federation))
    again = median(seconds(lambda: fresh.costs(federation)) for _ in range(1000))
    fresh.ended(prepared(0), took)
    after = seconds(lambda: ask_all(fresh, federation))
    fresh.close()
    rows = (
        ("ended(), a job of 100 operations", median(ended)),
        ("close(), what is left to write", written),
        ("costs(), the first time: all is read", first),
        ("all answers, the first time", asked),
        ("costs(), when nothing is new", again),
        ("all answers, after one more job", after),
    )
    print(f"{STEPS} operations at {SITES} sites, {JOBS} runs of each")
    for name, took_seconds in rows:
        print(f"{name:<40}{took_seconds * 1000:>10.3f} ms")


def large() -> tuple[FederationSpec, Callable[[int], PreparedPipeline], Measured]:
    """Return a federation, its plan in which all operations run at one of the sites, and a job."""
    names = [f"m.Op{number}" for number in range(STEPS)]
    sites = [f"site{number}" for number in range(SITES)]
    interface = {name: AdapterSpec(Construct("adapters.Adapter")) for name in names}
    federation = FederationSpec(
        "large",
        operations={name: OperationSpec(name) for name in names},
        sites={site: SiteSpec(site, interface=interface) for site in sites},
    )

    def prepared(job: int) -> PreparedPipeline:
        site = sites[job % SITES]
        steps = (
            PlannedStep(n, name, site, None, 0, 0, "", name=name) for n, name in enumerate(names)
        )
        report = PlanReport(tuple(steps))
        return PreparedPipeline("p", "large", "1.0.0", "site0", {}, report=report)

    steps = {name: MeasuredStep(1, 0.1 + n / 100, 1000 * n, 1000) for n, name in enumerate(names)}
    links = {(a, "site0"): MeasuredLink(8, 1, ((1000, 0.1), (10**6, 0.2))) for a in sites[1:]}
    return federation, prepared, Measured(1, steps, links)


def ask_all(learning: Learning, federation: FederationSpec) -> None:
    """Ask for all times, sizes and links, as a plan of everything everywhere does."""
    costs = learning.costs(federation)
    if costs is None:
        raise SystemExit("nothing was learned")
    for operation in federation.operations:
        costs.size(operation, 1000.0)
        for site in federation.sites:
            costs.work(operation, site, None, 1000.0)
    for source in federation.sites:
        for target in federation.sites:
            costs.link(source, target)


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
