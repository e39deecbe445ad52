"""The least makespan of a connected problem: branch and bound along the critical path.

`tails` say for each step and candidate what is still to come at least: the longest way from
there to the end, each step on it where that way is shortest. Steps are placed in their order; a
step that is done at a certain time makes the whole last at least its tail longer. Where no two
values are read together this is exact from the start. What that does not settle, a mixed-integer
program may, with the extra `solver`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec

from dfm.compiler.placing.branch import METHOD, Try, search
from dfm.compiler.placing.problem import FORBIDDEN, Choice, Link, Problem, Solution, cost_of
from dfm.compiler.placing.reduce import Candidates, with_candidates

MOST_TRIES, FEW_STEPS = 60_000, 60
"""How many candidates branch and bound tries, for few steps; for more it is a quarter."""

MOST_SWEEPS, SWEPT_STEPS = 5, 5_000
"""How often is looked for candidates that are too late because others were; at how many steps."""

MOST_COLUMNS, MOST_NODES = 3_000, 200
"""How many columns a mixed-integer program may have, and how many nodes."""

MOST_EFFORT = 400_000
"""Over how many steps makespans are computed to improve a choice, or its ties."""


def least_makespan(problem: Problem, *, with_solver: bool | None = None) -> Solution:
    """Return the best choice for a makespan that was found, and what none can be shorter than."""
    known = shortened(problem, MakespanBranches(problem).first())
    cost = cost_of(problem, known, "makespan")
    left = _in_time(problem, cost)
    if not all(left):
        return Solution(known, cost, cost, METHOD)
    # What is best of the rest is either better than what is known, or that is the best.
    found = _searched(with_candidates(problem, left), cost, with_solver)
    if found.cost < cost:
        choice = (numbers[chosen] for numbers, chosen in zip(left, found.choice, strict=True))
        return replace(found, choice=tuple(choice))
    return replace(found, choice=known, cost=cost, bound=min(found.bound, cost))


def _searched(problem: Problem, most: int, with_solver: bool | None) -> Solution:
    """Return the best choice of what is left, if it is better than `most`."""
    branches = MakespanBranches(problem)
    tries = MOST_TRIES if len(problem.variables) <= FEW_STEPS else MOST_TRIES // 4
    found = search(problem, branches, branches.first(), "makespan", most_tries=tries)
    if with_solver is None:
        with_solver = find_spec("highspy") is not None
    if found.bound >= min(found.cost, most) or not with_solver:
        return found
    from dfm.compiler.placing.program import by_program, columns_of

    if columns_of(problem) > MOST_COLUMNS:
        return found
    better = by_program(problem, found.choice, "makespan", MOST_NODES)
    return replace(better, bound=max(found.bound, better.bound))


def _in_time(problem: Problem, cost: int) -> Candidates:
    """Return the candidates of each step with which the whole can be over before that."""
    left: Candidates = [tuple(range(len(v.sites))) for v in problem.variables]
    for _ in range(max(1, min(MOST_SWEEPS, SWEPT_STEPS // len(left)))):
        rest = with_candidates(problem, left)
        fitting = [
            tuple(
                n
                for n, head, w, tail in zip(numbers, its_heads, v.work, its_tails, strict=True)
                if head + w + tail < cost
            )
            for numbers, v, its_heads, its_tails in zip(
                left, rest.variables, heads(rest), tails(rest), strict=True
            )
        ]
        if fitting == left or not all(fitting):
            return fitting
        left = fitting
    return left


class MakespanBranches:
    """Makespans: when steps are done, and what is still to come after them."""

    def __init__(self, problem: Problem) -> None:
        self._variables = problem.variables
        self._tails = tails(problem)
        self._over: list[int] = []
        self._reads: list[list[Link]] = [[] for _ in problem.variables]
        for link in problem.links:
            for reader in dict.fromkeys(link.readers):
                if reader > link.source:
                    self._reads[reader].append(link)

    def first(self) -> Choice:
        """Return the choice in which each step in turn makes the whole last least."""
        choice: list[int] = []
        for _ in self._variables:
            _, chosen = min(self.tries(choice, 0))
            choice.append(chosen)
        return tuple(choice)

    def tries(self, choice: Sequence[int], so_far: int) -> list[Try]:
        """Return how long choices last that begin so, for each candidate of the next step."""
        step = len(choice)
        if step:
            # The search goes up and down one path, so what was done before stays as it was.
            del self._over[step - 1 :]
            last = self._variables[step - 1]
            arrived = self._arrives(step - 1, last.sites[choice[-1]], choice)
            self._over.append(arrived + last.work[choice[-1]])
        variable = self._variables[step]
        return [
            (max(so_far, self._arrives(step, site, choice) + work + tail), n)
            for n, (site, work, tail) in enumerate(
                zip(variable.sites, variable.work, self._tails[step], strict=True)
            )
        ]

    def _arrives(self, step: int, site: int, choice: Sequence[int]) -> int:
        """Return when the last of what a step reads is at a site."""
        last = 0
        for link in self._reads[step]:
            source = self._variables[link.source].sites[choice[link.source]]
            last = max(last, self._over[link.source] + link.cost[source][site])
        return last


def heads(problem: Problem) -> list[list[int]]:
    """Return for each step and candidate when what it reads is there, at the earliest."""
    reads: list[list[Link]] = [[] for _ in problem.variables]
    for link in problem.links:
        for reader in {*link.readers} - {link.source}:
            reads[reader].append(link)
    found: list[list[int]] = []
    for step, variable in enumerate(problem.variables):
        begins = dict.fromkeys(variable.sites, 0)
        for link in reads[step]:
            source = problem.variables[link.source]
            over: dict[int, int] = {}
            for a, work, head in zip(source.sites, source.work, found[link.source], strict=True):
                over[a] = min(over.get(a, FORBIDDEN), head + work)
            for site, begin in begins.items():
                arrives = min(end + link.cost[a][site] for a, end in over.items())
                begins[site] = max(begin, arrives)
        found.append([min(begins[site], FORBIDDEN) for site in variable.sites])
    return found


def tails(problem: Problem) -> list[list[int]]:
    """Return for each step and candidate what still comes after it at least."""
    links: list[list[Link]] = [[] for _ in problem.variables]
    for link in problem.links:
        links[link.source].append(link)
    found: list[list[int]] = [[] for _ in problem.variables]
    for step in reversed(range(len(problem.variables))):
        sites = problem.variables[step].sites
        after = dict.fromkeys(sites, 0)
        for link in links[step]:
            for site in after:
                row = link.cost[site]
                wanted = max((row[t] for t in link.wanted_at), default=0)
                after[site] = max(after[site], wanted)
            for reader in {*link.readers} - {step}:
                variable = problem.variables[reader]
                ends = dict.fromkeys(variable.sites, FORBIDDEN)
                for t, work, tail in zip(variable.sites, variable.work, found[reader], strict=True):
                    ends[t] = min(ends[t], work + tail)
                for site in after:
                    row = link.cost[site]
                    first = min(row[t] + end for t, end in ends.items())
                    after[site] = max(after[site], first)
        found[step] = [min(after[site], FORBIDDEN) for site in sites]
    return found


def shortened(problem: Problem, choice: Sequence[int]) -> Choice:
    """Return a choice that moving any single step makes no shorter, or what was found so far."""
    best, cost = list(choice), cost_of(problem, choice, "makespan")
    rounds = MOST_EFFORT // (len(best) * sum(len(v.sites) for v in problem.variables))
    for _ in range(rounds):
        before = cost
        for step, variable in enumerate(problem.variables):
            kept = best[step]
            for chosen in range(len(variable.sites)):
                best[step] = chosen
                its_cost = cost_of(problem, best, "makespan")
                if its_cost < cost:
                    kept, cost = chosen, its_cost
            best[step] = kept
        if cost == before:
            break
    return tuple(best)


def with_earliest_end(problem: Problem, choice: Sequence[int]) -> Choice:
    """Return a choice that lasts no longer, with earlier candidates where that is as good."""
    best = list(choice)
    if len(best) * sum(best) > MOST_EFFORT:
        return tuple(best)
    cost = cost_of(problem, best, "makespan")
    for step, chosen in enumerate(choice):
        for earlier in range(chosen):
            best[step] = earlier
            its_cost = cost_of(problem, best, "makespan")
            if its_cost <= cost:
                cost = its_cost
                break
        else:
            best[step] = chosen
    return tuple(best)
