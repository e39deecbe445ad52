"""A problem as a mixed-integer program, for the extra `solver` (HiGHS).

    x   step and candidate           it is chosen
    p   link, reader and two sites   the source is here and the reader there
    z   link and two sites           the value is sent from here to there, once for all readers
    t   step                         when it begins, for a makespan

The tight linearisation: p agrees with x of either side, so that no half measures are cheap.
What is forbidden is not there at all. A makespan needs no large constants: a reader begins no
earlier than its source, plus the source's work, plus what the pair costs.

One thread, a fixed seed, and limits that count nodes make the same of it on any machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import highspy
import numpy as np

from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Choice,
    Link,
    Objective,
    Problem,
    Solution,
    cost_of,
)

METHOD = "mixed-integer program"

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}

MOST_NODES = 500

BILLIONTH = 1_000_000_000
"""What part of the cost a gap may be that rounding can explain."""

Terms = list[tuple[int, float]]
"""Columns, and how much of each."""


def columns_of(problem: Problem) -> int:
    """Return about how many columns a problem's program has."""
    sites = [len(set(variable.sites)) for variable in problem.variables]
    return sum(sites) + sum(
        sites[link.source] * sites[reader] for link in problem.links for reader in link.readers
    )


def by_program(
    problem: Problem, known: Choice, objective: Objective = "total", most_nodes: int = MOST_NODES
) -> Solution:
    """Return the best choice found, starting from one that is known, and what the solver proves."""
    cost = cost_of(problem, known, objective)
    program = _Program(problem, objective, unit=max(min(cost, _most(problem)), 1) / 1e6)
    choice, bound = program.solved(most_nodes)
    if choice is not None and (its_cost := cost_of(problem, choice, objective)) < cost:
        known, cost = choice, its_cost
    # The bound is a float, right to the tolerances above; what was found is computed in whole
    # numbers. A difference that is less than that can tell is none.
    if cost < FORBIDDEN and bound >= cost - cost // BILLIONTH - 1 + 1e-6:
        bound = cost
    return Solution(known, cost, min(int(bound), cost), METHOD)


def _most(problem: Problem) -> int:
    """Return the largest cost that is allowed."""
    work = (w for variable in problem.variables for w in variable.work)
    moves = (c for link in problem.links for row in link.cost for c in row)
    return max((c for costs in (work, moves) for c in costs if c < FORBIDDEN), default=1)


class _Program:
    def __init__(self, problem: Problem, objective: Objective, unit: float) -> None:
        self._problem = problem
        self._unit = unit
        self._is_total = objective == "total"
        self._costs: list[float] = []
        self._most: list[float] = []
        self._rows: list[tuple[Terms, float, float]] = []
        self._x = [
            [self._column(self._scaled(w) if self._is_total else 0.0, w < FORBIDDEN)
             for w in variable.work]
            for variable in problem.variables
        ]  # fmt: skip
        self._whole = len(self._costs)
        for columns in self._x:
            self._row([(x, 1.0) for x in columns], 1.0, 1.0)
        self._bars: defaultdict[int, list[Bar]] = defaultdict(list)
        for bar in problem.bars:
            self._bars[bar.link].append(bar)
        if not self._is_total:
            self._end = self._column(1.0, most=np.inf)
            self._begins = [self._column(0.0, most=np.inf) for _ in problem.variables]
            for step in range(len(self._x)):
                self._later(self._end, step, [])
        for number, link in enumerate(problem.links):
            self._add_link(link, self._bars[number])

    def _scaled(self, cost: int) -> float:
        return cost / self._unit if cost < FORBIDDEN else 0.0

    def _column(self, cost: float, is_allowed: bool = True, most: float = 1.0) -> int:
        self._costs.append(cost)
        self._most.append(most if is_allowed else 0.0)
        return len(self._costs) - 1

    def _row(self, terms: Terms, least: float, most: float) -> None:
        self._rows.append((terms, least, most))

    def _later(self, column: int, step: int, more: Terms) -> None:
        """Let a time be no earlier than the end of a step, and something more."""
        work = self._problem.variables[step].work
        terms = [(x, -self._scaled(w)) for x, w in zip(self._x[step], work, strict=True)]
        terms += [(c, -cost) for c, cost in more]
        self._row([(column, 1.0), (self._begins[step], -1.0), *terms], 0.0, np.inf)

    def _at(self, step: int) -> dict[int, Terms]:
        """Return the columns of each site of a step."""
        at: dict[int, Terms] = {}
        for x, site in zip(self._x[step], self._problem.variables[step].sites, strict=True):
            at.setdefault(site, []).append((x, 1.0))
        return at

    def _add_link(self, link: Link, bars: Sequence[Bar]) -> None:
        self._add_wanted(link, bars)
        readers = [r for r in dict.fromkeys(link.readers) if r != link.source]
        sent: dict[tuple[int, int], int] = {}
        for reader in readers:
            pairs = self._pairs(link, reader, is_shared=len(readers) > 1)
            if len(readers) > 1 and self._is_total:
                for ends, pair in pairs.items():
                    if ends not in sent:
                        sent[ends] = self._column(self._price(link, *ends))
                    self._row([(sent[ends], 1.0), (pair, -1.0)], 0.0, np.inf)
            for bar in bars:
                there = ((p, 1.0) for (a, b), p in pairs.items() if a != b and b in bar.to)
                self._row([*self._when(bar), *there], 0.0, 1.0)
            if not self._is_total:
                costs = [(p, self._scaled(link.cost[a][b])) for (a, b), p in pairs.items()]
                self._later(self._begins[reader], link.source, costs)

    def _price(self, link: Link, source: int, target: int) -> float:
        is_free = source == target or target in link.wanted_at
        return 0.0 if is_free else self._scaled(link.cost[source][target])

    def _pairs(self, link: Link, reader: int, *, is_shared: bool) -> dict[tuple[int, int], int]:
        """Return the columns of a reader's pairs with its source."""
        here, there = self._at(link.source), self._at(reader)
        pairs = {
            (a, b): self._column(
                0.0 if is_shared or not self._is_total else self._price(link, a, b),
                link.cost[a][b] < FORBIDDEN,
            )
            for a in here
            for b in there
        }
        for a, terms in here.items():
            self._row([*((pairs[a, b], 1.0) for b in there), *_less(terms)], 0.0, 0.0)
        for b, terms in there.items():
            self._row([*((pairs[a, b], 1.0) for a in here), *_less(terms)], 0.0, 0.0)
        return pairs

    def _when(self, bar: Bar) -> Terms:
        return [(self._x[bar.owner][n], 1.0) for n in sorted(bar.when)]

    def _add_wanted(self, link: Link, bars: Sequence[Bar]) -> None:
        wanted, begin = set(link.wanted_at), self._at(link.source)
        costs: Terms = []
        for site, terms in begin.items():
            row = [link.cost[site][t] for t in sorted(wanted - {site})]
            for x, _ in terms:
                if any(cost >= FORBIDDEN for cost in row):
                    self._most[x] = 0.0
                elif self._is_total:
                    self._costs[x] += sum(map(self._scaled, row))
                costs.append((x, self._scaled(max(row, default=0))))
        if wanted and not self._is_total:
            self._later(self._end, link.source, costs)
        for bar in bars:
            for target in sorted(bar.to & wanted):
                away = (term for site, terms in begin.items() if site != target for term in terms)
                self._row(_added([*self._when(bar), *away]), 0.0, 1.0)

    def solved(self, most_nodes: int) -> tuple[Choice | None, float]:
        """Return the solver's choice, if it has one, and its bound."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in {**OPTIONS, "mip_max_nodes": most_nodes}.items():
            solver.setOptionValue(option, value)
        solver.passModel(self._stated())
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return None, float(FORBIDDEN)
        info = solver.getInfo()
        bound = info.mip_dual_bound * self._unit if np.isfinite(info.mip_dual_bound) else 0.0
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, bound
        values = list(solver.getSolution().col_value)
        return tuple(
            max(range(len(columns)), key=lambda n: (values[columns[n]], -n)) for columns in self._x
        ), bound

    def _stated(self) -> highspy.HighsLp:
        size = len(self._costs)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = size, len(self._rows)
        lp.col_cost_ = np.array(self._costs)
        lp.col_lower_, lp.col_upper_ = np.zeros(size), np.array(self._most)
        lp.row_lower_ = np.array([least for _, least, _ in self._rows])
        lp.row_upper_ = np.array([most for _, _, most in self._rows])
        rows = [_added(terms) for terms, _, _ in self._rows]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *map(len, rows)])
        lp.a_matrix_.index_ = np.array([column for terms in rows for column, _ in terms])
        lp.a_matrix_.value_ = np.array([number for terms in rows for _, number in terms])
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger] * self._whole + [kinds.kContinuous] * (
            size - self._whole
        )
        return lp


def _less(terms: Iterable[tuple[int, float]]) -> Terms:
    return [(column, -number) for column, number in terms]


def _added(terms: Iterable[tuple[int, float]]) -> Terms:
    """Return terms with each column once."""
    total: dict[int, float] = {}
    for column, number in terms:
        total[column] = total.get(column, 0.0) + number
    return list(total.items())
