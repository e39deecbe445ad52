"""Bars that are looked at only when they are broken are kept all the same."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from dfm.compiler.placing import lazily
from dfm.compiler.placing.lazily import solve_lazily
from dfm.compiler.placing.problem import FORBIDDEN, Bar, Link, Problem, Variable, cost_of
from dfm.compiler.placing.solve import solve

SITES = 3


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Chains of steps that could be anywhere, with bars."""
    costs = st.integers(0, 9)
    steps = draw(st.integers(1, 5))
    work = st.tuples(costs, costs, costs)
    variables = tuple(Variable((0, 1, 2), draw(work)) for _ in range(steps))
    matrices = st.tuples(work, work, work).map(
        lambda rows: tuple(
            tuple(0 if a == b else cost for b, cost in enumerate(row)) for a, row in enumerate(rows)
        )
    )
    links = tuple(
        Link(n, (n + 1,) if n + 1 < steps else (), (0,) if n + 1 == steps else (), draw(matrices))
        for n in range(steps)
    )
    sites = st.frozensets(st.integers(0, SITES - 1), min_size=1, max_size=2)
    number = st.integers(0, steps - 1)
    bars = st.builds(Bar, owner=number, when=sites, link=number, to=sites)
    return Problem(SITES, variables, links, tuple(draw(st.lists(bars, max_size=6, unique=True))))


@given(problems())
def test_nothing_that_keeps_all_bars_is_cheaper(problem: Problem) -> None:
    choices = product(range(SITES), repeat=len(problem.variables))

    found = solve_lazily(problem)

    assert found.cost == min(cost_of(problem, choice) for choice in choices)
    assert found.cost == min(cost_of(problem, found.choice), FORBIDDEN)


def test_when_there_is_no_end_to_it_all_bars_are_looked_at_together(monkeypatch) -> None:
    bar = Bar(0, frozenset({0}), 0, frozenset({1}))
    there = Link(0, (1,), (), ((0, 1, 1), (1, 0, 1), (1, 1, 0)))
    problem = Problem(SITES, (Variable((0, 1), (0, 5)), Variable((1,), (0,))), (there,), (bar,))
    monkeypatch.setattr(lazily, "MOST_ROUNDS", 1)

    assert solve_lazily(problem) == solve(problem)
    assert solve_lazily(problem).choice == (1, 0)
