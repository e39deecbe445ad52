"""Reducing leaves what is best, and leaves out what cannot be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from tests.compiler.placing.problems import least, problems

from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Link,
    Objective,
    Problem,
    Variable,
    cost_of,
)
from dfm.compiler.placing.reduce import drop_candidates, parts, settle_bars, with_candidates

AWAY = ((0, 4), (4, 0))


@pytest.mark.parametrize("objective", ["total", "makespan"])
@given(problem=problems())
def test_best_choices_of_the_parts_are_a_best_choice_of_the_whole(
    objective: Objective, problem: Problem
) -> None:
    split = parts(problem, objective)

    if split is None:
        assert least(problem, objective) == FORBIDDEN
        return
    choice, found = split
    for part in found:
        choices = product(*(range(len(v.sites)) for v in part.problem.variables))
        best = min(choices, key=lambda c, p=part.problem: cost_of(p, c, objective))
        part.read_back(best, choice)
    assert cost_of(problem, choice, objective) == least(problem, objective)


@given(problems())
def test_settling_bars_changes_no_cost(problem: Problem) -> None:
    settled = settle_bars(problem)

    for choice in product(*(range(len(v.sites)) for v in problem.variables)):
        for objective in ("total", "makespan"):
            assert cost_of(settled, choice, objective) == cost_of(problem, choice, objective)


@pytest.mark.parametrize("objective", ["total", "makespan"])
@given(problem=problems())
def test_a_best_choice_is_among_the_candidates_left(objective: Objective, problem: Problem) -> None:
    left = drop_candidates(problem)

    best = least(problem, objective)
    if all(left):
        assert least(with_candidates(problem, left), objective) == best
    else:
        assert best == FORBIDDEN


def test_of_a_site_only_the_candidate_of_least_work_is_left() -> None:
    home = Link(0, (), (0,), AWAY)
    problem = Problem(2, (Variable((0, 1, 0, 1), (5, 3, 4, 3)),), (home,))

    assert drop_candidates(problem) == [(1, 2)]


def test_what_is_dearer_than_going_away_and_back_is_left_out() -> None:
    steps = (Variable((0, 1), (0, 0)), Variable((0, 1), (9, 0)), Variable((0, 1), (8, 0)))
    links = (Link(0, (1, 2), (), AWAY), Link(1, (2,), (), AWAY))

    assert drop_candidates(Problem(2, steps, links)) == [(0, 1), (1,), (0, 1)]


def test_a_bar_of_a_step_that_is_fixed_is_a_ban() -> None:
    problem = Problem(
        2,
        (Variable((0,), (0,)), Variable((0, 1), (0, 0))),
        (Link(0, (1,), (), AWAY),),
        (Bar(0, frozenset({0}), 0, frozenset({1})),),
    )

    settled = settle_bars(problem)

    assert settled.bars == ()
    assert settled.links[0].cost == ((0, FORBIDDEN), (4, 0))


def test_what_is_fixed_ties_nothing_together() -> None:
    free = Variable((0, 1), (1, 1))
    problem = Problem(
        2,
        (free, free, Variable((0,), (0,)), free, free),
        (
            Link(0, (1, 2), (), AWAY),
            Link(2, (3,), (), AWAY),
            Link(3, (4,), (), AWAY),
        ),
    )

    split = parts(problem, "total")

    assert split is not None
    assert [part.variables for part in split[1]] == [(0, 1), (3, 4)]
