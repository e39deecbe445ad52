"""Federations whose true costs are hidden, and what their jobs would measure.

What there is: 2 to 4 sites, 12 operations, each offered at some sites, and links. An operation
needs `fixed + bytes / throughput` seconds, times how slow the site is; a link needs
`latency + bytes / bandwidth`, and each direction of each pair has its own. All are drawn from
spreads of one to two orders of magnitude. Federations declare nothing, or costs that are wrong by
a factor of up to ten either way.

No jobs run: a plan is made by what was learned so far, and its times are drawn from the truth
with 10 % noise; 5 % of what is measured takes ten times as long.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from dfm.compiler.known import GUESSED_LINK, GUESSED_SOURCE, GUESSED_WORK
from dfm.compiler.learned import Learned
from dfm.compiler.placing.problem import Choice, Link, Problem, Variable
from dfm.compiler.placing.solve import solve
from dfm.costs.book import CostBook
from dfm.costs.declared import time_line
from dfm.costs.fit import Line
from dfm.costs.history import History
from dfm.costs.runs import run_of
from dfm.federation.models import (
    AdapterSpec,
    ComputeCost,
    Construct,
    FederationSpec,
    OperationSpec,
    SendCost,
    SiteSpec,
)
from dfm.report import Measured, MeasuredLink, MeasuredStep, PlanReport
from dfm.report.model import PlannedStep

NOISE = 0.1
OUTLIERS = 0.05
OUTLIER = 10.0
NANOSECONDS = 1e9

Noise = Callable[[], float]
"""By what factor the next measurement is off."""


@dataclass(frozen=True)
class Task:
    """A pipeline: for each step its operation and the steps that it reads."""

    operations: tuple[str, ...]
    reads: tuple[tuple[int, ...], ...]

    @property
    def ends(self) -> frozenset[int]:
        """The steps that nobody reads: they are yielded."""
        return frozenset(range(len(self.reads))) - {r for reads in self.reads for r in reads}


@dataclass(frozen=True)
class Truth:
    """What things really cost in a federation, and what it declares."""

    spec: FederationSpec
    time: Mapping[str, Line]
    size: Mapping[str, Line]
    slow: Mapping[str, float]
    links: Mapping[tuple[str, str], Line]
    tasks: tuple[Task, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of the sites; the first is home."""
        return tuple(self.spec.sites)

    def seconds(self, operation: str, site: str, bytes_in: float) -> float:
        """Return the seconds that an operation really takes somewhere."""
        return self.time[operation].at(bytes_in) * self.slow[site]


def spread(random: Random, least: float, most: float) -> float:
    """Draw a number of any order of magnitude between two."""
    return math.exp(random.uniform(math.log(least), math.log(most)))


def drawn(seed: int, *, operations: int = 12, tasks: int = 4) -> Truth:
    """Draw a federation, its truth, and the pipelines that its users run."""
    random = Random(seed)
    sites = ("home", "oslo", "rome", "bern")[: random.randint(2, 4)]
    names = [f"m.Op{number}" for number in range(operations)]
    time = {n: Line(spread(random, 0.01, 1.0), 1 / spread(random, 1e6, 1e9)) for n in names}
    size = {n: Line(spread(random, 1e3, 1e7), random.choice((0, 0, 0.1, 1))) for n in names}
    slow = {site: spread(random, 0.3, 3.0) for site in sites}
    links = {
        (a, b): Line(spread(random, 0.001, 0.1), 1 / spread(random, 1e6, 1e8))
        for a in sites for b in sites if a != b
    }  # fmt: skip
    offers = {n: sorted(random.sample(sites, random.randint(1, len(sites)))) for n in names}
    declares = random.random() < 0.5

    def wrong() -> float:
        return spread(random, 0.1, 10.0)

    def adapter(name: str) -> AdapterSpec:
        line = time[name].times(wrong())
        cost = ComputeCost(line.fixed, 1 / line.slope, round(size[name].fixed), size[name].slope)
        return AdapterSpec(Construct("adapters.Adapter"), cost=cost if declares else None)

    def link(ends: tuple[str, str]) -> SendCost:
        line = links[ends].times(wrong())
        return SendCost(line.fixed, 1 / line.slope)

    spec = FederationSpec(
        name="hidden",
        operations={name: OperationSpec(name) for name in names},
        sites={
            site: SiteSpec(
                site,
                interface={name: adapter(name) for name in names if site in offers[name]},
                send_costs={e[1]: link(e) for e in links if e[0] == site} if declares else {},
            )
            for site in sites
        },
    )
    return Truth(spec, time, size, slow, links, tuple(_task(random, names) for _ in range(tasks)))


def _task(random: Random, names: Sequence[str]) -> Task:
    steps = random.randint(3, 9)
    reads: list[tuple[int, ...]] = [()]
    for step in range(1, steps):
        count = random.choice((0, 1, 1, 1, 2))
        reads.append(tuple(sorted(random.sample(range(step), min(count, step)))))
    return Task(tuple(random.choice(names) for _ in range(steps)), tuple(reads))


# -- planning ------------------------------------------------------------------------------------


@dataclass
class Federation:
    """A federation in use: what was learned so far, and the truth that nobody knows."""

    truth: Truth
    random: Random
    outliers: float = OUTLIERS
    history: History = field(default_factory=History)
    ended: int = 0

    def plan(self, task: Task) -> Choice:
        """Return the plan by what is known now."""
        return best(self.problem(task, CostBook(self.history, self.truth.spec)))

    def run(self, task: Task, choice: Choice) -> None:
        """Learn what a job with that plan would have measured."""
        self.ended += 1
        job = measured(self.truth, task, choice, partial(disturbed, self.random, self.outliers))
        self.history = self.history.and_also([run_of(*job, when=float(self.ended))])

    def problem(self, task: Task, learned: Learned | None) -> Problem:
        """Return the choice of sites as the compiler would put it, by what it is told."""
        known = _Known(self.truth.spec, learned)
        return known.problem(task, self.truth.sites)

    def true_problem(self, task: Task) -> Problem:
        """Return the choice of sites as the oracle sees it."""
        return _Oracle(self.truth).problem(task, self.truth.sites)


class _Seen:
    """The costs of a pipeline, as somebody sees them."""

    def work(self, operation: str, site: str, bytes_in: float, is_source: bool) -> float:
        raise NotImplementedError

    def size(self, operation: str, bytes_in: float, is_source: bool) -> float:
        raise NotImplementedError

    def link(self, source: str, target: str) -> Line:
        raise NotImplementedError

    def offering(self, operation: str) -> tuple[str, ...]:
        raise NotImplementedError

    def problem(self, task: Task, sites: Sequence[str]) -> Problem:
        sizes: list[float] = []
        variables: list[Variable] = []
        for operation, reads in zip(task.operations, task.reads, strict=True):
            read = sum(sizes[r] for r in reads)
            offering = self.offering(operation)
            work = (self.work(operation, s, read, not reads) for s in offering)
            sizes.append(self.size(operation, read, not reads))
            variables.append(
                Variable(
                    tuple(sites.index(s) for s in offering),
                    tuple(round(w * NANOSECONDS) for w in work),
                )
            )
        links = [
            Link(
                step,
                tuple(r for r, reads in enumerate(task.reads) if step in reads),
                (0,) if step in task.ends else (),
                tuple(
                    tuple(
                        0 if a == b else round(self.link(a, b).at(size) * NANOSECONDS)
                        for b in sites
                    )
                    for a in sites
                ),
            )
            for step, size in enumerate(sizes)
        ]
        return Problem(len(sites), tuple(variables), tuple(links))


@dataclass
class _Oracle(_Seen):
    truth: Truth

    def work(self, operation: str, site: str, bytes_in: float, is_source: bool) -> float:
        return self.truth.seconds(operation, site, bytes_in)

    def size(self, operation: str, bytes_in: float, is_source: bool) -> float:
        return self.truth.size[operation].at(bytes_in)

    def link(self, source: str, target: str) -> Line:
        return self.truth.links[source, target]

    def offering(self, operation: str) -> tuple[str, ...]:
        return self.truth.spec.sites_offering(operation)


@dataclass
class _Known(_Seen):
    """As `compiler/cost.py` does it: what is learned, else what is declared, else a guess."""

    spec: FederationSpec
    learned: Learned | None

    def work(self, operation: str, site: str, bytes_in: float, is_source: bool) -> float:
        told = self.learned and self.learned.work(operation, site, None, bytes_in)
        if told is not None:
            return told.value
        adapter = self.spec.sites[site].adapter(operation)
        cost = adapter.cost if adapter is not None else None
        line = time_line(cost or (GUESSED_SOURCE if is_source else GUESSED_WORK))
        return line.at(bytes_in) if line is not None else 0.0

    def size(self, operation: str, bytes_in: float, is_source: bool) -> float:
        told = self.learned and self.learned.size(operation, bytes_in)
        if told is not None:
            return told.value
        site = self.spec.sites[self.offering(operation)[0]]
        adapter = site.adapter(operation)
        declared = adapter.cost if adapter is not None else None
        cost = declared or (GUESSED_SOURCE if is_source else GUESSED_WORK)
        return cost.fixed_size + cost.output_factor * bytes_in

    def link(self, source: str, target: str) -> Line:
        told = self.learned and self.learned.link(source, target)
        cost = told.cost if told else self.spec.link(source, target) or GUESSED_LINK
        return Line(cost.fixed_time, 1 / cost.bandwidth if cost.bandwidth else 0.0)

    def offering(self, operation: str) -> tuple[str, ...]:
        return self.spec.sites_offering(operation)


def best(problem: Problem) -> Choice:
    """Return the cheapest choice."""
    return solve(problem).choice


# -- measuring -----------------------------------------------------------------------------------


def measured(truth: Truth, task: Task, choice: Choice, noise: Noise) -> tuple[PlanReport, Measured]:
    """Return what a job would have measured, step by step and link by link."""
    sites: list[str] = []
    sizes: list[float] = []
    steps: dict[str, MeasuredStep] = {}
    planned: list[PlannedStep] = []
    for number, operation in enumerate(task.operations):
        site = truth.spec.sites_offering(operation)[choice[number]]
        read = sum(sizes[r] for r in task.reads[number])
        made = truth.size[operation].at(read)
        seconds = truth.seconds(operation, site, read) * noise()
        sites.append(site)
        sizes.append(made)
        steps[f"n{number}"] = MeasuredStep(1, seconds, round(read), round(made))
        planned.append(PlannedStep(number, operation, site, None, 0.0, 0, "", name=f"n{number}"))
    return PlanReport(tuple(planned)), Measured(1, steps, _sent(truth, task, sites, sizes, noise))


def _sent(
    truth: Truth, task: Task, sites: Sequence[str], sizes: Sequence[float], noise: Noise
) -> dict[tuple[str, str], MeasuredLink]:
    samples: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for step, size in enumerate(sizes):
        targets = {sites[r] for r, reads in enumerate(task.reads) if step in reads}
        targets |= {truth.sites[0]} if step in task.ends else set()
        for target in sorted(targets - {sites[step]}):
            seconds = truth.links[sites[step], target].at(size) * noise()
            samples.setdefault((sites[step], target), []).append((round(size), seconds))
    return {
        ends: MeasuredLink(sum(size for size, _ in found), len(found), tuple(found))
        for ends, found in samples.items()
    }


def disturbed(random: Random, outliers: float) -> float:
    """Return by what factor a measurement is off."""
    factor = math.exp(random.gauss(0.0, NOISE))
    return factor * OUTLIER if random.random() < outliers else factor
