"""The best choice known so far, and the best bound: where they meet, the search is over."""

from __future__ import annotations

from collections.abc import Sequence

from dfm.compiler.placing.greedy import forward, improved
from dfm.compiler.placing.problem import Choice, Problem, Solution, cost_of
from dfm.compiler.placing.shake import shaken


class Incumbent:
    """A choice for the least total, and what none can cost less than.

    All costs of the problem are multiples of `grain`.
    """

    def __init__(self, problem: Problem, grain: int = 1) -> None:
        self.problem = problem
        self.grain = grain
        self.bound = 0
        self.choice = improved(problem, forward(problem))
        self.cost = cost_of(problem, self.choice)

    @property
    def gap(self) -> int:
        """What a better choice may cost above the bound, at most; negative if there is none."""
        return self.cost - self.grain - self.bound

    def look_at(self, *choices: Choice) -> None:
        """Keep the best of some choices, improved, if it is better."""
        for choice in choices:
            better = improved(self.problem, choice)
            cost = cost_of(self.problem, better)
            if cost < self.cost:
                self.choice, self.cost = better, cost

    def shake(self, most_shakes: int) -> None:
        """Look for something better around the best choice known."""
        self.choice = shaken(self.problem, self.choice, most_shakes)
        self.cost = cost_of(self.problem, self.choice)

    def raise_bound(self, bound: int) -> None:
        """Take note of a bound, which holds for all choices that are better than the best known."""
        self.bound = max(self.bound, min(bound, self.cost))

    def look_at_sites(self, sites: Sequence[int]) -> None:
        """Look at the choice with these sites, and at each the candidate of least work."""
        choice = []
        for variable, site in zip(self.problem.variables, sites, strict=True):
            there = [n for n, its_site in enumerate(variable.sites) if its_site == site]
            fitting = there or range(len(variable.sites))
            choice.append(min(fitting, key=variable.work.__getitem__))
        self.look_at(tuple(choice))

    def solution(self, method: str) -> Solution:
        """Return what is known."""
        bound = self.cost if self.gap < 0 else self.bound
        return Solution(self.choice, self.cost, bound, method)
