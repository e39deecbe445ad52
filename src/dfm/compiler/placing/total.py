"""The least total of a connected problem: elimination, or else a choice and a bound that meet.

With the extra `solver` the bound is so tight that they mostly do (`tight.py`); without it, the
same kind of bound is made in pure Python, with less of it, and branch and bound goes on from there.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

from dfm.compiler.placing.branch import TotalBranches, search
from dfm.compiler.placing.eliminate import TooWide
from dfm.compiler.placing.incumbent import Incumbent
from dfm.compiler.placing.messages import Messages
from dfm.compiler.placing.narrow import by_elimination
from dfm.compiler.placing.problem import FORBIDDEN, Link, Problem, Solution, Variable, cost_of
from dfm.compiler.placing.relaxation import relaxed

DYNAMIC = "dynamic programming"
"""The way that takes the first of equals by itself."""

MOST_PAIRS = 100_000
"""How many pairs of sites of a source and a reader are worth a search."""

MOST_EFFORT = 400_000
"""How many pairs of sites all passes of messages in pure Python may look at together."""

MOST_PASSES = 12

MOST_SHAKES = 1_000

MOST_TRIES = 30_000
"""How many candidates branch and bound tries."""

FINE = 1 << 50
"""How large costs are made, so that shares of them are whole numbers near enough."""


def least_total(problem: Problem) -> Solution:
    """Return the best choice for a total that was found, and what none can cost less than."""
    try:
        choice = by_elimination(problem)
    except TooWide:
        return by_search(problem)
    cost = cost_of(problem, choice)
    return Solution(choice, cost, cost, DYNAMIC)


def by_search(problem: Problem, *, with_solver: bool | None = None) -> Solution:
    """Return what a search finds, with the extra `solver` if it is there."""
    if with_solver is None:
        with_solver = find_spec("highspy") is not None
    pairs = sum(len(link.readers) for link in problem.links) * problem.sites**2
    if pairs > MOST_PAIRS:
        return _at_once(problem, with_solver)
    most = sum(max((w for w in v.work if w < FORBIDDEN), default=0) for v in problem.variables)
    grain = max(FINE // (most + 1), 1)
    fine = _magnified(problem, grain)
    solution = None
    if with_solver and pairs:
        from dfm.compiler.placing.tight import by_bounds

        solution = by_bounds(fine, grain)
    if solution is None:
        solution = by_messages(fine, grain)
    cost = cost_of(problem, solution.choice)
    bound = cost if solution.proven else min(-(-solution.bound // grain), cost)
    return replace(solution, cost=cost, bound=bound)


def _at_once(problem: Problem, with_solver: bool) -> Solution:
    solution = None
    if with_solver:
        from dfm.compiler.placing.tight import at_once

        solution = at_once(problem)
    return solution or by_forest(problem)


def _magnified(problem: Problem, grain: int) -> Problem:
    """Return a problem whose costs are so many times as large."""

    def more(costs: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(cost * grain if cost < FORBIDDEN else cost for cost in costs)

    return replace(
        problem,
        variables=tuple(Variable(v.sites, more(v.work)) for v in problem.variables),
        links=tuple(
            Link(k.source, k.readers, k.wanted_at, tuple(map(more, k.cost))) for k in problem.links
        ),
    )


def by_messages(problem: Problem, grain: int = 1) -> Solution:
    """Return what messages, and then branch and bound, find in pure Python."""
    found = Incumbent(problem, grain)
    relaxation = relaxed(problem, found.cost)
    messages = Messages(relaxation)
    effort = relaxation.edges * problem.sites**2 + 1
    for _ in range(min(MOST_PASSES, MOST_EFFORT // effort)):
        messages.backward()
        messages.forward()
    messages.backward()
    slack = messages.slack()
    found.look_at(slack.rounded(problem))
    found.shake(MOST_SHAKES)
    branches = TotalBranches(problem, slack)
    return search(problem, branches, found.choice, grain=grain, most_tries=MOST_TRIES)


def by_forest(problem: Problem) -> Solution:
    """Return a good choice, with the bound of the problem in which each value has one reader.

    That one is a forest, so it takes no more than time linear in its size.
    """
    found = Incumbent(problem)
    links = (replace(link, readers=link.readers[:1]) for link in problem.links)
    forest = replace(problem, links=tuple(links), bars=())
    lower = by_elimination(forest)
    found.look_at(lower)
    found.raise_bound(cost_of(forest, lower))
    return found.solution("greedy")
