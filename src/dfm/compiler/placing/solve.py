"""The best choice, by the way that suits the problem.

A problem is made smaller first, and each part of it that does not depend on the others is solved
by itself. For a total, what is narrow is eliminated; for all else there is a search that starts
from a good choice and a bound, and ends when they meet or when it has done enough. Limits are
numbers of steps, never of seconds: the same problem has the same solution on any machine.
"""

from __future__ import annotations

from collections.abc import Callable

from dfm.compiler.placing.greedy import with_earliest
from dfm.compiler.placing.makespan import least_makespan, with_earliest_end
from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Objective,
    Problem,
    Solution,
    cost_of,
)
from dfm.compiler.placing.reduce import Part, parts
from dfm.compiler.placing.total import DYNAMIC, least_total


def solve(problem: Problem, objective: Objective = "total") -> Solution:
    """Return the best choice there is, or the best that was found and how much better any can be.

    >>> from dfm.compiler.placing.problem import Link, Variable
    >>> there = Link(source=0, readers=(1,), wanted_at=(), cost=((0, 9), (9, 0)))
    >>> solve(Problem(2, (Variable((0, 1), (5, 0)), Variable((0, 1), (0, 7))), (there,)))
    Solution(choice=(0, 0), cost=5, bound=5, method='dynamic programming')
    """
    split = parts(problem, objective)
    if split is None:
        nothing = tuple(0 for _ in problem.variables)
        return Solution(nothing, FORBIDDEN, FORBIDDEN, "nothing is allowed")
    decided, found = split
    if objective == "total":
        return _added_up(problem, decided, found)
    return _side_by_side(problem, decided, found)


def _added_up(problem: Problem, decided: list[int], found: list[Part]) -> Solution:
    """Solve the parts of a total: what they could cost less adds up."""
    solutions = _solved(decided, found, least_total)
    choice = tuple(decided)
    if any(solution.method != DYNAMIC for solution in solutions):
        choice = with_earliest(problem, decided)
    cost = cost_of(problem, choice)
    if all(solution.proven for solution in solutions):
        return Solution(choice, cost, cost, _method(solutions))
    if any(solution.bound >= FORBIDDEN for solution in solutions):
        return Solution(choice, cost, FORBIDDEN, _method(solutions))
    bound = sum(solution.bound for solution in solutions)
    if cost < FORBIDDEN:
        before = cost_of(problem, decided)
        bound = before - sum(solution.cost - solution.bound for solution in solutions)
    return Solution(choice, cost, min(bound, cost), _method(solutions))


def _side_by_side(problem: Problem, decided: list[int], found: list[Part]) -> Solution:
    """Solve the parts of a makespan: the longest counts."""
    solutions = _solved(decided, found, least_makespan)
    choice = with_earliest_end(problem, decided)
    cost = cost_of(problem, choice, "makespan")
    bound = max((solution.bound for solution in solutions), default=cost)
    if all(solution.proven for solution in solutions):
        bound = cost
    return Solution(choice, cost, min(bound, cost), _method(solutions))


def _solved(
    choice: list[int], found: list[Part], way: Callable[[Problem], Solution]
) -> list[Solution]:
    """Return the solutions of the parts, and enter their choices into that for the whole."""
    solutions = [way(part.problem) for part in found]
    for part, solution in zip(found, solutions, strict=True):
        part.read_back(solution.choice, choice)
    return solutions


def _method(solutions: list[Solution]) -> str:
    """Return the way in which the part was solved of which least is known, or the largest."""
    if not solutions:
        return "each step by itself"
    hardest = max(solutions, key=lambda found: (found.cost - found.bound, len(found.choice)))
    return hardest.method
