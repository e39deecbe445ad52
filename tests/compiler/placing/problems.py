"""Problems for the tests of placing, and their best choices by trying all."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Link,
    Matrix,
    Objective,
    Problem,
    Variable,
    cost_of,
)

Pick = Callable[[int, int], int]
"""Pick a number between two, both included."""

MUCH = 1 << 40
"""FORBIDDEN for arrays: more than anything that is allowed, but sums of it are no problem."""


def picked(pick: Pick, most_steps: int, most_sites: int, most_cost: int) -> Problem:
    """Return a problem of up to so many steps: shared values, bars, bans, fixed steps."""
    sites, steps = pick(1, most_sites), pick(1, most_steps)
    bans = pick(0, 3)
    variables = tuple(_variable(pick, sites, most_cost, bans) for _ in range(steps))
    links = tuple(
        _link(pick, source, steps, sites, most_cost, bans)
        for source in range(steps)
        for _ in range(pick(0, 2) if source < steps - 1 else 1)
    )
    bars = tuple(_bar(pick, variables, len(links), sites) for _ in range(max(pick(-2, 2), 0)))
    return Problem(sites, variables, links, bars)


def _cost(pick: Pick, most_cost: int, bans: int) -> int:
    return FORBIDDEN if pick(0, 19) < bans else pick(0, most_cost)


def _variable(pick: Pick, sites: int, most_cost: int, bans: int) -> Variable:
    count = pick(1, min(sites + 1, 4))
    return Variable(
        tuple(pick(0, sites - 1) for _ in range(count)),
        tuple(_cost(pick, most_cost, bans) for _ in range(count)),
    )


def _link(pick: Pick, source: int, steps: int, sites: int, most_cost: int, bans: int) -> Link:
    readers = tuple(step for step in range(source + 1, steps) if pick(0, 2) == 0)
    wanted = tuple(site for site in range(sites) if pick(0, 5) == 0)
    return Link(source, readers, wanted, matrix(pick, sites, most_cost, bans))


def matrix(pick: Pick, sites: int, most_cost: int, bans: int = 0) -> Matrix:
    """Return what it costs to send something from each site to each."""
    return tuple(
        tuple(0 if a == b else _cost(pick, most_cost, bans) for b in range(sites))
        for a in range(sites)
    )


def _bar(pick: Pick, variables: tuple[Variable, ...], links: int, sites: int) -> Bar:
    owner = pick(0, len(variables) - 1)
    when = (n for n in range(len(variables[owner].sites)) if pick(0, 1))
    return Bar(owner, frozenset(when), pick(0, links - 1),
               frozenset(site for site in range(sites) if pick(0, 1)))  # fmt: skip


@st.composite
def problems(
    draw: st.DrawFn, most_steps: int = 5, most_sites: int = 3, most_cost: int = 9
) -> Problem:
    return picked(lambda low, high: draw(st.integers(low, high)), most_steps, most_sites, most_cost)


def random_problem(seed: int, most_steps: int = 9, most_sites: int = 4) -> Problem:
    drawn = random.Random(seed)
    return picked(drawn.randint, most_steps, most_sites, drawn.choice([2, 9, 1000, 10**6]))


def least(problem: Problem, objective: Objective = "total") -> int:
    """Return the cost of the best choice, by trying all."""
    choices = product(*(range(len(v.sites)) for v in problem.variables))
    return min(cost_of(problem, choice, objective) for choice in choices)


Ints = NDArray[np.int64]


def least_by_arrays(problem: Problem, objective: Objective = "total") -> int:
    """Return the same as `least` much faster, for costs up to a million."""
    domains = [len(v.sites) for v in problem.variables]
    choices = np.indices(domains).reshape(len(domains), -1)
    at = [np.array(v.sites)[c] for v, c in zip(problem.variables, choices, strict=True)]
    work = [_small(v.work)[c] for v, c in zip(problem.variables, choices, strict=True)]
    reached = [_reached(link, at, problem.sites) for link in problem.links]
    broken = np.zeros(choices.shape[1], dtype=bool)
    for bar in problem.bars:
        applies = np.isin(choices[bar.owner], list(bar.when))
        for site in bar.to:
            broken |= applies & reached[bar.link][site]
    if objective == "total":
        cost = np.sum(work, axis=0)
        for link, targets in zip(problem.links, reached, strict=True):
            for site, is_reached in enumerate(targets):
                cost += np.where(is_reached, _small(link.cost)[at[link.source], site], 0)
    else:
        cost = _lasts(problem, at, work)
    best = int(np.where(broken, MUCH, cost).min())
    return FORBIDDEN if best >= MUCH else best


def _small(costs: object) -> Ints:
    whole: Ints = np.array(costs, dtype=np.int64)
    return np.minimum(whole, MUCH)


def _reached(link: Link, at: list[Ints], sites: int) -> list[NDArray[np.bool_]]:
    reached = []
    for site in range(sites):
        wants = np.full(at[link.source].shape, site in link.wanted_at)
        for reader in link.readers:
            wants |= at[reader] == site
        reached.append(wants & (at[link.source] != site))
    return reached


def _lasts(problem: Problem, at: list[Ints], work: list[Ints]) -> Ints:
    arrives: list[Ints] = [np.zeros_like(w) for w in work]
    last: Ints = np.zeros_like(work[0])
    for step, its_work in enumerate(work):
        over = arrives[step] + its_work
        last = np.maximum(last, over)
        for link in problem.links:
            if link.source == step:
                rows = _small(link.cost)[at[step]]
                for reader in link.readers:
                    moved = np.take_along_axis(rows, at[reader][:, None], axis=1)[:, 0]
                    arrives[reader] = np.maximum(arrives[reader], over + moved)
                for site in link.wanted_at:
                    last = np.maximum(last, over + rows[:, site])
    return last


def layered(steps: int, sites: int, width: int, seed: int = 0, *, dear: float = 1.0) -> Problem:
    """Return a random graph in layers; each step reads one to three of the layer before."""
    drawn = random.Random(seed)
    times = [[drawn.randint(10**6, 10**8) for _ in range(sites)] for _ in range(sites)]
    readers: list[list[int]] = [[] for _ in range(steps)]
    for step in range(width, steps):
        first = (step // width - 1) * width
        for source in drawn.sample(range(first, first + width), drawn.randint(1, min(3, width))):
            readers[source].append(step)
    variables = tuple(
        Variable(tuple(range(sites)), tuple(drawn.randint(10**7, 10**9) for _ in range(sites)))
        for _ in range(steps)
    )
    links = []
    for source in range(steps):
        size = drawn.uniform(0.5, 2) * dear
        cost = tuple(
            tuple(0 if a == b else round(times[a][b] * size) for b in range(sites))
            for a in range(sites)
        )
        links.append(Link(source, tuple(readers[source]), () if readers[source] else (0,), cost))
    return Problem(sites, variables, tuple(links))
