"""Why each step is at its site, where policies leave out some that could run it.

Which sites are left is worked out again from the problem, by itself: solving stops as soon as it
knows the best choice, and need not know what else there would have been.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from dfm.compiler.egress import policies_of
from dfm.compiler.lines import Step
from dfm.compiler.moves import Moves
from dfm.compiler.placing.problem import FORBIDDEN, Link, Matrix, Problem
from dfm.compiler.plan import Plan

MOST_ROUNDS = 10
"""How often news of lost sites go through all links."""

Sites = frozenset[int]
Reach = Sequence[Sites]
"""The sites to which each site may send something."""


class Reasons:
    """The reasons of a plan whose sites have been chosen."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def of(self, step: Step) -> str:
        """Return why a step is where it is. Those that a policy leaves out do not count."""
        stated = self._plan.stated
        if len(step.candidates) < 2 or stated is None or not self._is_governed:
            return step.reason
        number = self._numbers[step.name]
        sites = stated.problem.variables[number].sites
        left = [
            str(who)
            for who, site in zip(step.candidates, sites, strict=True)
            if site in self._left[number]
        ]
        if len(left) == 1:
            return "only site that may run it"
        if len(left) == len(sites) and not self._is_tied(number):
            return step.reason
        return f"cheapest that policies allow of {', '.join(left)}"

    def _is_tied(self, number: int) -> bool:
        """Whether a step could be elsewhere only if other steps were as well."""
        if self._moves is None:
            return False
        return any(change.forbidden is not None for change in self._moves.changes(number))

    @cached_property
    def _is_governed(self) -> bool:
        return self._plan.enforce_policy and bool(policies_of(self._plan.federation))

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        placed = self._plan.stated.placed if self._plan.stated is not None else ()
        return {line.name: number for number, line in enumerate(placed)}

    @cached_property
    def _left(self) -> Sequence[Sites]:
        return sites_left(self._plan.stated.problem) if self._plan.stated is not None else ()

    @cached_property
    def _moves(self) -> Moves | None:
        stated, solution = self._plan.stated, self._plan.solution
        if stated is None or solution is None:
            return None
        return Moves(stated.problem, solution.choice)


def sites_left(problem: Problem) -> Sequence[Sites]:
    """Return at which sites each step could be, as far as each link by itself tells.

    >>> from dfm.compiler.placing.problem import Variable
    >>> here, both = Variable((0,), (1,)), Variable((0, 1), (1, 1))
    >>> stays = Link(0, (1,), (), ((0, FORBIDDEN), (FORBIDDEN, 0)))
    >>> [sorted(sites) for sites in sites_left(Problem(2, (here, both, both), (stays,)))]
    [[0], [0], [0, 1]]
    """
    left = [frozenset(variable.sites) for variable in problem.variables]
    reaches = {
        key: _reach(cost) for key, cost in {id(k.cost): k.cost for k in problem.links}.items()
    }
    for _ in range(MOST_ROUNDS):
        before, barred = list(left), _barred(problem, left)
        for number, link in enumerate(problem.links):
            reach, bars = reaches[id(link.cost)], barred.get(number)
            if bars:
                reach = [to - (bars - {site}) for site, to in enumerate(reach)]
            if min(map(len, reach)) < problem.sites:
                _narrow(left, link, reach)
        if left == before:
            break
    return left


def _reach(cost: Matrix) -> Reach:
    return [frozenset(n for n, price in enumerate(row) if price < FORBIDDEN) for row in cost]


def _narrow(left: list[Sites], link: Link, reach: Reach) -> None:
    """Take from the readers of a link, and from its source, the sites that are no use."""
    targets = [frozenset({site}) for site in link.wanted_at]
    for reader in link.readers:
        left[reader] &= frozenset[int]().union(*(reach[site] for site in left[link.source]))
        targets.append(left[reader])
    left[link.source] = frozenset(
        site
        for site in left[link.source]
        if not any(reach[site].isdisjoint(target) for target in targets)
    )


def _barred(problem: Problem, left: Sequence[Sites]) -> Mapping[int, Sites]:
    """Return what is barred to links by steps that have no site left but those that bar."""
    found: defaultdict[int, Sites] = defaultdict(frozenset)
    for bar in problem.bars:
        sites = problem.variables[bar.owner].sites
        if left[bar.owner] <= {sites[n] for n in bar.when}:
            found[bar.link] |= bar.to
    return found
