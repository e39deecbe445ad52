"""Measure how good choices of sites are, and how long choosing takes; print a table.

    python benchmarks/placement.py                 all graphs
    python benchmarks/placement.py chain layered   some of them

Random graphs, each step allowed at all ten sites at a random cost. `transfers` says how long a
transfer takes on average, with a step's work as one. A gap is how much more a choice costs than
the best one known, on average; for our own choices what is not proven to be best is given too:
for how many of the problems it is, and how much better any choice could be at most, on average.
The ways:

    solve       with the extra `solver`
    plain       without it
    forward     each step in turn where it is cheapest, given those before it
    leaves      the dearest leaf first, with all that it reads from wherever is cheapest for it

The goal for 300 steps is a proof within a second. Times are those of the processor, since machines
that are shared drift; all of it happens in one thread.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import mean, median

from dfm.compiler.placing import makespan, total
from dfm.compiler.placing.greedy import forward
from dfm.compiler.placing.problem import (
    Choice,
    Link,
    Matrix,
    Problem,
    Solution,
    Variable,
    cost_of,
)
from dfm.compiler.placing.solve import solve

SITES = 10
SIZES = (9, 50, 300, 10_000)
TRANSFERS = (0.1, 0.5, 1.0, 4.0)
SEEDS = 3
MOST_FOR_LEAVES = 300
"""The heuristic looks at everything again for each leaf, which takes too long for more steps."""

Readers = list[list[int]]


# -- graphs: who reads each step ---------------------------------------------------------------


def chain(steps: int, drawn: random.Random) -> Readers:
    """Each step reads the one before it."""
    return [[step + 1] if step + 1 < steps else [] for step in range(steps)]


def fan_out(steps: int, drawn: random.Random) -> Readers:
    """All steps but one read that one."""
    return [list(range(1, steps)), *([] for _ in range(steps - 1))]


def fan_in(steps: int, drawn: random.Random) -> Readers:
    """All steps but two read one, and one reads them all."""
    return [list(range(1, steps - 1)), *([steps - 1] for _ in range(steps - 2)), []]


def series_parallel(steps: int, drawn: random.Random) -> Readers:
    """A step, one after another, or several side by side between two, at random."""
    readers: Readers = [[] for _ in range(steps)]

    def block(first: int, end: int) -> None:
        """Tie together the steps of a block, whose first one it begins with and last one ends."""
        size = end - first
        if size == 2 or (size > 1 and (size < 4 or drawn.random() < 0.5)):
            middle = drawn.randrange(first + 1, end)
            block(first, middle)
            block(middle, end)
            readers[middle - 1].append(middle)
        elif size > 1:
            cuts = sorted(
                drawn.sample(range(first + 2, end - 1), min(drawn.randint(1, 3), size - 3))
            )
            for start, stop in zip([first + 1, *cuts], [*cuts, end - 1], strict=True):
                block(start, stop)
                readers[first].append(start)
                readers[stop - 1].append(end - 1)

    sys.setrecursionlimit(50_000)
    block(0, steps)
    return readers


def layered(steps: int, drawn: random.Random) -> Readers:
    """Layers of 50, or fewer; each step reads one to three of the layer before."""
    width = min(50, max(3, steps // 6))
    readers: Readers = [[] for _ in range(steps)]
    for step in range(width, steps):
        first = (step // width - 1) * width
        for source in drawn.sample(range(first, first + width), drawn.randint(1, 3)):
            readers[source].append(step)
    return readers


GRAPHS: dict[str, Callable[[int, random.Random], Readers]] = {
    "chain": chain,
    "fan-out": fan_out,
    "fan-in": fan_in,
    "series-parallel": series_parallel,
    "layered": layered,
}


def problem_of(graph: str, steps: int, transfers: float, seed: int) -> Problem:
    """Return a graph with random costs; what nobody reads is wanted at the first site."""
    drawn = random.Random(seed)
    readers = GRAPHS[graph](steps, drawn)
    base = [[drawn.uniform(0.1, 1.9) for _ in range(SITES)] for _ in range(SITES)]
    variables = tuple(
        Variable(tuple(range(SITES)), tuple(drawn.randint(10**7, 10**9) for _ in range(SITES)))
        for _ in range(steps)
    )
    links = tuple(
        Link(
            step,
            tuple(its),
            () if its else (0,),
            _matrix(base, transfers * drawn.uniform(0.5, 1.5)),
        )
        for step, its in enumerate(readers)
    )
    return Problem(SITES, variables, links)


def _matrix(base: Sequence[Sequence[float]], transfers: float) -> Matrix:
    return tuple(
        tuple(0 if a == b else round(505e6 * transfers * c) for b, c in enumerate(row))
        for a, row in enumerate(base)
    )


# -- the heuristic of the system that this one took its name from -------------------------------


def leaves_first(problem: Problem) -> Choice:
    """Choose the cheapest site of the dearest leaf, and for it of all that it reads, and so on.

    A leaf is a step, or a value that is wanted somewhere, that nobody undecided reads. A step
    costs its work, and for each value that it reads what that costs at its cheapest source,
    with the transfer: what is read twice is counted twice.
    """
    reads: list[list[Link]] = [[] for _ in problem.variables]
    unread = [0] * len(problem.variables)
    for link in problem.links:
        for reader in link.readers:
            reads[reader].append(link)
        unread[link.source] += len(link.readers)
    choice: dict[int, int] = {}

    def costs() -> list[list[int]]:
        found: list[list[int]] = []
        for variable, links in zip(problem.variables, reads, strict=True):
            found.append([
                work + sum(min(c for c, _ in edges(link, site, found)) for link in links)
                for site, work in zip(variable.sites, variable.work, strict=True)
            ])  # fmt: skip
        return found

    def edges(link: Link, site: int, found: list[list[int]]) -> list[tuple[int, int]]:
        source = link.source
        numbers = (choice[source],) if source in choice else range(len(found[source]))
        sites = problem.variables[source].sites
        return [(found[source][n] + link.cost[sites[n]][site], n) for n in numbers]

    def select(step: int, chosen: int, found: list[list[int]]) -> None:
        waiting = [(step, chosen)]
        while waiting:
            step, chosen = waiting.pop()
            if step in choice:
                continue
            choice[step] = chosen
            for link in reads[step]:
                unread[link.source] -= 1
                _, source = min(edges(link, problem.variables[step].sites[chosen], found))
                waiting.append((link.source, source))

    while len(choice) < len(problem.variables):
        found = costs()
        leaves = [n for n, left in enumerate(unread) if not left and n not in choice]
        dearest = max(leaves, key=lambda n: max(found[n]))
        select(dearest, found[dearest].index(min(found[dearest])), found)
    return tuple(choice[step] for step in range(len(problem.variables)))


# -- the table -----------------------------------------------------------------------------------


@dataclass
class Way:
    """What a way of choosing came to, for several problems."""

    costs: list[int] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def run(self, way: Callable[[], Solution | int]) -> None:
        gc.collect()
        start = time.process_time()
        found = way()
        self.seconds.append(time.process_time() - start)
        self.costs.append(found if isinstance(found, int) else found.cost)
        self.bounds.append(0 if isinstance(found, int) else found.bound)

    def shown(self, best: Sequence[int]) -> str:
        if not self.costs:
            return f"{'-':>8}{'':>13}{'-':>8}"
        gap = mean(cost / least - 1 for cost, least in zip(self.costs, best, strict=True))
        left = mean(1 - bound / cost for bound, cost in zip(self.bounds, self.costs, strict=True))
        proven = sum(b >= c for b, c in zip(self.bounds, self.costs, strict=True))
        if not any(self.bounds):
            unsure = ""
        elif proven == len(self.costs):
            unsure = "proven"
        else:
            unsure = f"{proven}/{len(self.costs)} <{left:.2%}"
        return f"{gap:8.2%}{unsure:>13}{median(self.seconds) * 1e3:8.0f}"


def plain(problem: Problem) -> Solution:
    """Solve a problem as if the extra were not there."""
    found = {module: module.find_spec for module in (total, makespan)}
    try:
        for module in found:
            module.find_spec = lambda name: None  # type: ignore[attr-defined]
        return solve(problem)
    finally:
        for module, find_spec in found.items():
            module.find_spec = find_spec  # type: ignore[attr-defined]


def measure(graph: str, steps: int, transfers: float) -> None:
    """Print a row."""
    ways = {name: Way() for name in ("solve", "plain", "forward", "leaves")}
    for seed in range(SEEDS):
        problem = problem_of(graph, steps, transfers, seed)
        ways["solve"].run(lambda p=problem: solve(p))
        ways["plain"].run(lambda p=problem: plain(p))
        ways["forward"].run(lambda p=problem: cost_of(p, forward(p)))
        if steps <= MOST_FOR_LEAVES:
            ways["leaves"].run(lambda p=problem: cost_of(p, leaves_first(p)))
    best = [min(costs) for costs in zip(*(w.costs for w in ways.values() if w.costs), strict=True)]
    cells = "  ".join(way.shown(best) for way in ways.values())
    print(f"{graph:<16}{steps:>7,}{transfers:>6}  {cells}", flush=True)


def main(asked: Sequence[str]) -> None:
    """Measure the graphs that were asked for."""
    names = list(asked) or list(GRAPHS)
    if unknown := set(names) - GRAPHS.keys():
        sys.exit(f"no such graph: {', '.join(sorted(unknown))}; there are {', '.join(GRAPHS)}")
    solve(problem_of("layered", 50, 1.0, 0))  # what is imported once is no part of it
    heads = "  ".join(
        f"{name:>8}{'':>13}{'ms':>8}" for name in ("solve", "plain", "forward", "leaves")
    )
    print(f"{'graph':<16}{'steps':>7}{'moves':>6}  {heads}")
    for name in names:
        for steps in SIZES:
            for transfers in TRANSFERS if name == "layered" else (0.5,):
                measure(name, steps, transfers)


if __name__ == "__main__":
    main(sys.argv[1:])
