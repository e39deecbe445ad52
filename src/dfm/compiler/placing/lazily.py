"""Solving a problem with many bars, most of which nobody would run into.

Without bars most problems are easy; each bar makes them harder, and policies may make thousands.
So the problem is solved without them, then with those that this choice breaks, and so on, until
nothing is broken. A choice that is best with some of the bars, and breaks none, is best with all.
"""

from __future__ import annotations

from dataclasses import replace

from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Choice,
    Objective,
    Problem,
    Solution,
    targets_of,
)
from dfm.compiler.placing.solve import solve

MOST_ROUNDS = 12
"""How often bars are added before all of them are looked at together."""


def solve_lazily(problem: Problem, objective: Objective = "total") -> Solution:
    """Return the best choice there is, as `solve` does, looking at bars when they are broken."""
    held: dict[Bar, None] = {}
    for _ in range(MOST_ROUNDS):
        found = solve(replace(problem, bars=tuple(held)), objective)
        more = [bar for bar in _broken(problem, found.choice) if bar not in held]
        if not more or found.cost >= FORBIDDEN:
            return found
        held |= dict.fromkeys(more)
    return solve(problem, objective)


def _broken(problem: Problem, choice: Choice) -> list[Bar]:
    """Return the bars that a choice breaks."""
    at = [v.sites[c] for v, c in zip(problem.variables, choice, strict=True)]
    sent = [targets_of(link, at) for link in problem.links]
    return [
        bar for bar in problem.bars if choice[bar.owner] in bar.when and bar.to & sent[bar.link]
    ]
