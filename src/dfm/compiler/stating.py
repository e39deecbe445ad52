"""From a plan to a problem: steps, sites and values become numbers.

Sites are numbered in the order in which ties are decided: the homesite first, then as they are
declared. Steps that are fixed are steps like all others, with one candidate, and so are caches at a
site that the author names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from dfm.compiler.cost import Costs
from dfm.compiler.lines import Step
from dfm.compiler.made import Glue
from dfm.compiler.placing.problem import FORBIDDEN, Bar, Link, Matrix, Problem, Variable
from dfm.compiler.plan import Plan
from dfm.compiler.values import Bars, Limits, Value

Pair = tuple[str, str]
NO_PAIRS: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Stated:
    """A plan as a problem: what is placed and the sites, in the order of their numbers."""

    placed: tuple[Step | Glue, ...]
    sites: tuple[str, ...]
    problem: Problem


def state_problem(plan: Plan, costs: Costs, values: Sequence[Value], limits: Limits) -> Stated:
    """Return the problem of a plan."""
    stating = _Stating(plan, costs, values, limits)
    wanted = [n for n, value in enumerate(values) if value.readers or value.is_yielded]
    numbers = {number: n for n, number in enumerate(wanted)}
    problem = Problem(
        len(stating.sites),
        tuple(map(stating.variable, plan.placed)),
        tuple(map(stating.link, wanted)),
        tuple(stating.bar(bar, numbers[bar.value]) for bar in limits.bars if bar.value in numbers),
    )
    return Stated(plan.placed, stating.sites, problem)


class _Stating:
    """The numbers of steps and sites, and what links cost."""

    def __init__(self, plan: Plan, costs: Costs, values: Sequence[Value], limits: Limits) -> None:
        self._costs = costs
        self._values = values
        self._limits = limits
        self._steps = {line.name: n for n, line in enumerate(plan.placed)}
        self._candidates = {step.name: step.candidates for step in plan.steps}
        used = {who.site for step in plan.steps for who in step.candidates}
        used |= {plan.homesite, *(g.asked or "" for g in plan.placed if isinstance(g, Glue))}
        order = dict.fromkeys((plan.homesite, *plan.federation.sites))
        self.sites = tuple(site for site in order if site in used)
        self._number = {site: n for n, site in enumerate(self.sites)}
        self._most = _most_of_one(plan, values)
        links = [[costs.link(a, b).cost for b in self.sites] for a in self.sites]
        kinds = tuple(dict.fromkeys(cost for row in links for cost in row))
        self._kinds = [(cost.fixed_time, cost.bandwidth or math.inf) for cost in kinds]
        number = {cost: n for n, cost in enumerate(kinds)}
        self._rows = [_taker([number[cost] for cost in row]) for row in links]
        """What takes a row of a matrix from the costs of all kinds of links."""
        self._matrices: dict[tuple[int, float, frozenset[Pair]], Matrix] = {}
        self._variables: dict[tuple[object, ...], Variable] = {}

    def variable(self, step: Step | Glue) -> Variable:
        """Return a step as a variable; a cache is one without a choice, and without work."""
        if isinstance(step, Glue):
            return Variable((self._number[step.asked or ""],), (0,))
        times, size = self._costs.counted[step.name].times, self._costs.sizes.bytes_in[step.name]
        key = (step.operation, step.candidates, size, times)
        if key not in self._variables:
            sites = tuple(self._number[who.site] for who in step.candidates)
            work = [seconds * times for seconds in self._costs.seconds(step)]
            self._variables[key] = Variable(sites, tuple(self._nanoseconds(work)))
        return self._variables[key]

    def link(self, number: int) -> Link:
        """Return the value of that number as a link."""
        value = self._values[number]
        return Link(
            self._steps[value.source],
            tuple(self._steps[reader] for reader in value.readers),
            (0,) if value.is_yielded else (),
            self._matrix(value, self._limits.forbidden.get(number, NO_PAIRS)),
        )

    def bar(self, bar: Bars, link: int) -> Bar:
        """Return what bars the value of a link as numbers."""
        candidates = enumerate(self._candidates[bar.owner])
        when = frozenset(n for n, who in candidates if who in bar.when)
        to = frozenset(self._number[site] for site in bar.to if site in self._number)
        return Bar(self._steps[bar.owner], when, link, to)

    def _matrix(self, value: Value, forbidden: frozenset[Pair]) -> Matrix:
        key = (value.bytes, value.times, forbidden)
        if key not in self._matrices:
            size, times = value.bytes, value.times
            seconds = [(fixed + size / bandwidth) * times for fixed, bandwidth in self._kinds]
            costs = self._nanoseconds(seconds)
            rows = tuple([row(costs) for row in self._rows])
            self._matrices[key] = self._without(rows, forbidden) if forbidden else rows
        return self._matrices[key]

    def _without(self, matrix: Matrix, forbidden: frozenset[Pair]) -> Matrix:
        """Return a matrix in which some pairs of sites are forbidden."""
        rows = [list(row) for row in matrix]
        for source, target in forbidden:
            if source in self._number and target in self._number:
                rows[self._number[source]][self._number[target]] = FORBIDDEN
        return tuple(map(tuple, rows))

    def _nanoseconds(self, seconds: Sequence[float]) -> list[int]:
        most = self._most
        return [round(ns) if (ns := s * 1e9) < most else most for s in seconds]


def _taker(numbers: Sequence[int]) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """Return what takes the items of these numbers from a sequence."""
    if len(numbers) == 1:
        return lambda items: (items[numbers[0]],)
    return itemgetter(*numbers)


def _most_of_one(plan: Plan, values: Sequence[Value]) -> int:
    """Return what one thing may cost so that all together stay below what is forbidden."""
    sent = sum(len(value.readers) + value.is_yielded for value in values)
    return (FORBIDDEN - 1) // (len(plan.steps) + sent + 1)
