"""Solving finds what trying all choices finds, and says truly how sure it is."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compiler.placing.problems import (
    layered,
    least,
    least_by_arrays,
    matrix,
    problems,
    random_problem,
)

from dfm.compiler.placing import total
from dfm.compiler.placing.problem import (
    FORBIDDEN,
    Bar,
    Link,
    Objective,
    Problem,
    Variable,
    cost_of,
)
from dfm.compiler.placing.solve import solve

BOTH: tuple[Objective, ...] = ("total", "makespan")
PLAIN = ((0, 5), (5, 0))


@pytest.mark.parametrize("objective", BOTH)
def test_a_thousand_random_problems_are_solved_as_by_trying_all(objective: Objective) -> None:
    for seed in range(1_000):
        problem = random_problem(seed)

        found = solve(problem, objective)

        best = least_by_arrays(problem, objective)
        assert (found.cost, found.bound) == (best, best), seed
        assert cost_of(problem, found.choice, objective) == best, seed


@given(problems(), st.sampled_from(BOTH))
def test_what_is_solved_is_best_and_proven(problem: Problem, objective: Objective) -> None:
    found = solve(problem, objective)

    assert found.cost == cost_of(problem, found.choice, objective) == least(problem, objective)
    assert found.proven


@given(problems(), st.sampled_from(BOTH))
def test_arrays_try_the_same_as_one_by_one(problem: Problem, objective: Objective) -> None:
    assert least_by_arrays(problem, objective) == least(problem, objective)


@pytest.mark.parametrize("objective", BOTH)
@pytest.mark.parametrize("width", [1, 6])
def test_of_equals_the_first_candidates_are_chosen(objective: Objective, width: int) -> None:
    steps = layered(30, 5, width)
    flat = replace(
        steps,
        variables=tuple(replace(v, work=(7,) * 5) for v in steps.variables),
        links=tuple(replace(k, cost=((0,) * 5,) * 5) for k in steps.links),
    )

    assert solve(flat, objective).choice == (0,) * 30


@given(problems())
def test_the_same_problem_has_the_same_solution(problem: Problem) -> None:
    assert solve(problem) == solve(replace(problem))


@pytest.mark.parametrize("objective", BOTH)
def test_a_problem_without_an_allowed_choice_is_proven_to_have_none(objective: Objective) -> None:
    apart = Problem(
        2,
        (Variable((0,), (1,)), Variable((1,), (1,))),
        (Link(0, (1,), (), ((0, FORBIDDEN), (FORBIDDEN, 0))),),
    )

    found = solve(apart, objective)

    assert (found.cost, found.proven) == (FORBIDDEN, True)


@pytest.mark.parametrize("objective", BOTH)
def test_a_step_without_an_allowed_candidate_is_proven_to_have_none(objective: Objective) -> None:
    found = solve(Problem(1, (Variable((0, 0), (FORBIDDEN, FORBIDDEN)),)), objective)

    assert (found.cost, found.bound) == (FORBIDDEN, FORBIDDEN)


@pytest.mark.parametrize("objective", BOTH)
def test_nothing_to_choose_is_solved(objective: Objective) -> None:
    assert solve(Problem(3, ()), objective).proven


def test_what_is_wanted_somewhere_is_sent_there_once_for_all_who_read_it() -> None:
    problem = Problem(
        2,
        (Variable((0,), (0,)), Variable((0, 1), (3, 0)), Variable((0, 1), (3, 0))),
        (Link(0, (1, 2), (1,), PLAIN),),
    )

    found = solve(problem)

    assert (found.choice, found.cost) == ((0, 1, 1), 5)


def test_a_bar_keeps_a_value_from_a_site_only_while_its_owner_is_there() -> None:
    free = Problem(
        2,
        (Variable((0, 1), (0, 9)), Variable((0,), (0,)), Variable((0, 1), (20, 0))),
        (Link(1, (2,), (), PLAIN),),
    )
    barred = replace(free, bars=(Bar(0, frozenset({0}), 0, frozenset({1})),))

    assert solve(free).choice == (0, 0, 1)
    assert solve(barred).choice == (1, 0, 1)


# -- large problems --------------------------------------------------------------------------


def test_a_long_chain_is_solved_exactly() -> None:
    steps = 10_000
    problem = Problem(
        3,
        tuple(Variable((0, 1, 2), (n % 3, (n + 1) % 3, 1)) for n in range(steps)),
        tuple(Link(n, (n + 1,), (), ((0, 9, 9), (9, 0, 9), (9, 9, 0))) for n in range(steps - 1)),
    )

    found = solve(problem)

    assert (found.cost, found.proven, found.method) == (steps - 1, True, "dynamic programming")
    assert set(found.choice) == {0}


@pytest.mark.parametrize("joins", [False, True])
def test_a_value_with_ten_thousand_readers_is_solved_exactly(joins: bool) -> None:
    """At two sites, either all readers stay with the value, or it is sent and each may choose."""
    kinds = (Variable((0, 1), (4, 1)), Variable((0, 1), (0, 2)))
    readers = tuple(range(1, 10_001))
    wide = Link(0, readers, (), ((0, 50), (50, 0)))
    problem = Problem(2, (Variable((0,), (7,)), *(kinds[n % 2] for n in readers)), (wide,))
    if joins:
        links = (Link(n, (10_001,), (), ((0, 1), (1, 0))) for n in readers)
        problem = Problem(2, (*problem.variables, Variable((0, 1), (0, 0))), (wide, *links))

    found = solve(problem)

    # Joined at site 1, readers of the first kind cost 1 there, the others 0 and 1 to send.
    # Joined at site 0, the first cost 1 and 1 to send, or 4, and the others nothing.
    assert found.cost == 7 + 50 + 5_000 + (5_000 if joins else 0)
    assert found.proven


@pytest.mark.parametrize("objective", BOTH)
def test_of_a_graph_too_large_to_search_a_choice_and_a_bound_are_found(
    objective: Objective,
) -> None:
    problem = layered(600, 8, 30)

    found = solve(problem, objective)

    assert cost_of(problem, found.choice, objective) == found.cost
    assert 0 < found.bound <= found.cost


def test_without_the_extra_there_is_a_choice_and_a_bound_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(total, "find_spec", lambda name: None)

    for problem in (layered(40, 6, 8), layered(700, 10, 30)):
        found = solve(problem)

        assert cost_of(problem, found.choice) == found.cost
        assert 0 < found.bound <= found.cost


@given(st.integers(0, 99))
@settings(max_examples=5)
def test_costs_beyond_64_bits_are_no_trouble(seed: int) -> None:
    problem = layered(12, 4, 4, seed)
    factor = 1 << 28
    large = replace(
        problem,
        variables=tuple(
            replace(v, work=tuple(w * factor for w in v.work)) for v in problem.variables
        ),
        links=tuple(
            replace(k, cost=tuple(tuple(c * factor for c in row) for row in k.cost))
            for k in problem.links
        ),
    )

    assert solve(large).cost == solve(problem).cost * factor


# -- the same on any machine -----------------------------------------------------------------

SOLVES = """
from tests.compiler.placing.problems import layered, random_problem
from dfm.compiler.placing.solve import solve
for problem in (layered(24, 4, 6), random_problem(3), random_problem(5)):
    for objective in ("total", "makespan"):
        print(solve(problem, objective))
"""


def test_the_hash_seed_makes_no_difference() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", SOLVES],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(printed) == 1


def test_a_wide_value_read_at_many_sites_is_sent_to_each_once() -> None:
    sites = 6
    cost = matrix(lambda low, high: 3, sites, 3)
    readers = tuple(range(1, 40))
    free_at = (Variable(tuple(range(sites)), tuple(9 * (s != n % sites) for s in range(sites)))
               for n in readers)  # fmt: skip
    problem = Problem(sites, (Variable((0,), (0,)), *free_at), (Link(0, readers, (), cost),))

    assert solve(problem).cost == 3 * (sites - 1)
