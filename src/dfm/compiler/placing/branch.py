"""Branch and bound: try all choices but those that a bound rules out.

Steps are given candidates one after another, in their order. `Branches` tell what a choice costs
at least once some steps have been placed; where that is as much as the best choice known, the
search turns back. It ends when nothing is left, and then the best choice is proven to be best,
or after a number of candidates, and then what it had not yet looked at says how much better any
choice can be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Choice,
    Objective,
    Problem,
    Solution,
    cost_of,
)
from dfm.compiler.placing.slack import Slack

METHOD = "branch and bound"

STEPS_PER_TRY = 8
"""Of how many steps the cost takes as long as a try."""

Try = tuple[int, int]
"""What a choice costs at least, and the candidate it has for the next step."""


class Branches(Protocol):
    """What choices cost at least, as far as they are made."""

    def tries(self, choice: Sequence[int], so_far: int) -> list[Try]:
        """Return what choices cost that begin so, for each candidate of the next step.

        `so_far` is what was returned for the last of the steps that are placed.
        """


def search(
    problem: Problem,
    branches: Branches,
    known: Choice,
    objective: Objective = "total",
    *,
    grain: int = 1,
    most_tries: int,
) -> Solution:
    """Return the best choice that a number of tries finds, starting from one that is known.

    All costs are multiples of `grain`, so what costs less than the best costs less by that.
    """
    best, cost = known, cost_of(problem, known, objective)
    bars = _OpenBars(problem)
    choice: list[int] = []
    stack = [_dearest_first(branches.tries(choice, 0), cost - grain)]
    tries_left = most_tries
    while tries_left > 0:
        while stack and (not stack[-1] or stack[-1][-1][0] > cost - grain):
            stack.pop()
            del choice[-1:]
        if not stack:
            break
        tries_left -= 1
        so_far, chosen = stack[-1].pop()
        choice.append(chosen)
        is_whole = len(choice) == len(problem.variables)
        if is_whole:
            tries_left -= len(choice) // STEPS_PER_TRY
            its_cost = cost_of(problem, choice, objective)
            if its_cost < cost:
                best, cost = tuple(choice), its_cost
        if is_whole or bars.is_broken(choice):
            choice.pop()
        else:
            stack.append(_dearest_first(branches.tries(choice, so_far), cost - grain))
    left = (tries[-1][0] for tries in stack if tries)
    return Solution(best, cost, min((cost, *left)), METHOD)


def _dearest_first(tries: list[Try], most: int) -> list[Try]:
    """Return the tries that may still be worth it, in an order in which the best is popped."""
    return sorted((t for t in tries if t[0] <= most), reverse=True)


class _OpenBars:
    """Bars, looked at as soon as they can be broken."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._bars: defaultdict[int, list[Bar]] = defaultdict(list)
        for bar in problem.bars:
            link = problem.links[bar.link]
            for variable in {bar.owner, link.source, *link.readers}:
                self._bars[variable].append(bar)

    def is_broken(self, choice: Sequence[int]) -> bool:
        """Tell whether the last decision of those made so far breaks a bar."""
        return any(
            bar.owner < len(choice)
            and choice[bar.owner] in bar.when
            and not bar.to.isdisjoint(self._sent(bar, choice))
            for bar in self._bars.get(len(choice) - 1, ())
        )

    def _sent(self, bar: Bar, choice: Sequence[int]) -> Iterator[int]:
        """Yield the sites that a value is sent to, as far as that is decided."""
        link, variables = self._problem.links[bar.link], self._problem.variables
        if link.source < len(choice):
            made = variables[link.source].sites[choice[link.source]]
            placed = (r for r in link.readers if r < len(choice))
            reached = (*link.wanted_at, *(variables[r].sites[choice[r]] for r in placed))
            yield from (site for site in reached if site != made)


class TotalBranches:
    """Totals: what a bound says that decisions add, added up."""

    def __init__(self, problem: Problem, slack: Slack) -> None:
        self._sites = [variable.sites for variable in problem.variables]
        # A site may have several candidates, which the bound does not tell apart.
        self._more = [_more_than_least(v.sites, v.work) for v in problem.variables]
        self._slack = slack

    def tries(self, choice: Sequence[int], so_far: int) -> list[Try]:
        """Return what choices cost that begin so, for each candidate of the next step."""
        step = len(choice)
        so_far = so_far if step else self._slack.bound
        alone = self._slack.alone[step]
        rows = [
            rows[self._sites[source][choice[source]]] for source, rows in self._slack.pairs[step]
        ]
        return [
            (so_far + more + alone[site] + sum([row[site] for row in rows]), n)
            for n, (site, more) in enumerate(zip(self._sites[step], self._more[step], strict=True))
        ]


def _more_than_least(sites: tuple[int, ...], work: tuple[int, ...]) -> list[int]:
    """Return what each candidate costs more than the cheapest one at its site."""
    least: dict[int, int] = {}
    for site, nanoseconds in zip(sites, work, strict=True):
        least[site] = min(nanoseconds, least.get(site, FORBIDDEN))
    return [w - least[site] for site, w in zip(sites, work, strict=True)]
