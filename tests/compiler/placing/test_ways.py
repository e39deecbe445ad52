"""Each way of solving, by itself, finds the best choice, or a bound that is none too high."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.compiler.placing.problems import layered, least, problems, random_problem

from dfm.compiler.placing import narrow
from dfm.compiler.placing.branch import TotalBranches, search
from dfm.compiler.placing.elimination_order import TooWide
from dfm.compiler.placing.greedy import forward, improved, with_earliest
from dfm.compiler.placing.makespan import least_makespan
from dfm.compiler.placing.messages import Messages
from dfm.compiler.placing.moves import Moves
from dfm.compiler.placing.narrow import by_elimination
from dfm.compiler.placing.problem import FORBIDDEN, Objective, Problem, cost_of
from dfm.compiler.placing.relaxation import relaxed
from dfm.compiler.placing.shake import shaken
from dfm.compiler.placing.total import by_forest, by_messages, by_search

BOTH: tuple[Objective, ...] = ("total", "makespan")


def first(problem: Problem) -> tuple[int, ...]:
    return tuple(0 for _ in problem.variables)


# -- elimination -----------------------------------------------------------------------------


@pytest.mark.parametrize("most_joint", [1, 30, 1000])
@given(problem=problems())
def test_elimination_finds_the_best_choice(most_joint: int, problem: Problem) -> None:
    """With small joint tables, values with several readers become fans."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(narrow, "MOST_JOINT", most_joint)
        try:
            choice = by_elimination(problem)
        except TooWide:
            assume(False)

    assert cost_of(problem, choice) == least(problem)


def test_what_is_not_narrow_is_refused() -> None:
    with pytest.raises(TooWide):
        by_elimination(layered(100, 10, 20))


# -- branch and bound ------------------------------------------------------------------------


@given(problems())
def test_branch_and_bound_finds_the_best_total(problem: Problem) -> None:
    found = by_messages(problem)

    assert found.cost == cost_of(problem, found.choice) == least(problem)
    assert found.cost == FORBIDDEN or found.proven


@given(problems())
def test_branch_and_bound_finds_the_best_makespan(problem: Problem) -> None:
    found = least_makespan(problem, with_solver=False)

    assert found.cost == cost_of(problem, found.choice, "makespan") == least(problem, "makespan")
    assert found.proven


@pytest.mark.parametrize("seed", range(20))
def test_nine_steps_at_four_sites_are_always_proven(seed: int) -> None:
    problem = layered(9, 4, 3, seed, dear=5.0)

    assert by_messages(problem).proven
    assert least_makespan(problem, with_solver=False).proven


@given(problems(), st.integers(0, 30))
def test_a_search_that_ends_early_still_has_a_bound(problem: Problem, most_tries: int) -> None:
    messages = Messages(relaxed(problem, FORBIDDEN))
    messages.backward()
    branches = TotalBranches(problem, messages.slack())

    found = search(problem, branches, first(problem), most_tries=most_tries)

    assert found.bound <= least(problem) <= found.cost


# -- good choices ----------------------------------------------------------------------------


@given(problems())
def test_each_improvement_costs_no_more_than_what_it_began_with(problem: Problem) -> None:
    choices = [forward(problem)]
    choices.append(improved(problem, choices[-1]))
    choices.append(shaken(problem, choices[-1], 20))
    choices.append(with_earliest(problem, choices[-1]))

    costs = [cost_of(problem, choice) for choice in choices]
    assert costs == sorted(costs, reverse=True)


@given(problems(), st.data())
def test_what_a_move_changes_is_known_before(problem: Problem, data: st.DataObject) -> None:
    choice = tuple(data.draw(st.integers(0, len(v.sites) - 1)) for v in problem.variables)
    step = data.draw(st.sampled_from(range(len(choice))))
    costs = Moves(problem, choice).costs(step)

    moved = [cost_of(problem, (*choice[:step], n, *choice[step + 1 :])) for n in range(len(costs))]

    assume(max(moved) < FORBIDDEN)
    assert [cost - costs[0] for cost in costs] == [cost - moved[0] for cost in moved]


@given(problems())
def test_moves_there_and_back_change_nothing(problem: Problem) -> None:
    moves = Moves(problem, first(problem))
    before = [moves.costs(step) for step in range(len(problem.variables))]

    for step, variable in enumerate(problem.variables):
        moves.move(step, len(variable.sites) - 1)
    for step in range(len(problem.variables)):
        moves.move(step, 0)

    assert [moves.costs(step) for step in range(len(problem.variables))] == before


@given(problems())
def test_leaving_out_readers_leaves_a_bound(problem: Problem) -> None:
    found = by_forest(problem)

    assert found.bound <= least(problem) <= found.cost == cost_of(problem, found.choice)


# -- messages --------------------------------------------------------------------------------


@given(problems(), st.booleans())
def test_the_bound_of_messages_is_none_too_high(problem: Problem, is_known: bool) -> None:
    best = least(problem)
    messages = Messages(relaxed(problem, best if is_known else FORBIDDEN))

    for _ in range(3):
        assert messages.backward() <= best
        assert messages.slack().bound <= best
        assert messages.forward() <= best


@given(problems(), st.data())
def test_no_choice_costs_less_than_the_bound_and_what_it_adds(
    problem: Problem, data: st.DataObject
) -> None:
    choice = tuple(data.draw(st.integers(0, len(v.sites) - 1)) for v in problem.variables)
    messages = Messages(relaxed(problem, FORBIDDEN))
    messages.backward()
    messages.forward()
    messages.backward()
    slack = messages.slack()

    at = [v.sites[n] for v, n in zip(problem.variables, choice, strict=True)]
    added = sum(alone[site] for alone, site in zip(slack.alone, at, strict=True))
    for step, pairs in enumerate(slack.pairs):
        added += sum(rows[at[source]][at[step]] for source, rows in pairs)
        assert all(cost >= 0 for _, rows in pairs for row in rows for cost in row)

    assert slack.bound + added <= cost_of(problem, choice)


# -- with the extra --------------------------------------------------------------------------


@given(problems())
def test_the_bound_of_arrays_is_none_too_high(problem: Problem) -> None:
    pytest.importorskip("highspy")
    from dfm.compiler.placing.ascent import Ascent

    best = least(problem)
    ascent = Ascent(relaxed(problem, FORBIDDEN))

    for _ in range(3):
        assert ascent.backward() <= best
        assert ascent.forward() <= best


def test_arrays_say_the_same_as_messages() -> None:
    pytest.importorskip("highspy")
    from dfm.compiler.placing.ascent import Ascent

    problem = relaxed(layered(40, 5, 8), FORBIDDEN)
    ascent, messages = Ascent(problem), Messages(problem)

    for _ in range(5):
        assert abs(ascent.backward() / messages.backward() - 1) < 1e-6
        assert abs(ascent.forward() / messages.forward() - 1) < 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_a_linear_program_makes_the_bound_better_and_none_too_high(seed: int) -> None:
    pytest.importorskip("highspy")
    from dfm.compiler.placing.ascent import Ascent
    from dfm.compiler.placing.linear import improve_bound
    from dfm.compiler.placing.pairs import pairs_after

    problem = layered(8, 3, 3, seed, dear=6.0)
    best = least(problem)
    ascent = Ascent(relaxed(problem, best))
    ascent.backward()
    pairs = pairs_after(ascent)
    before = pairs.base

    outcome = improve_bound(pairs, 1000)

    assert before <= outcome.pairs.base <= best


@pytest.mark.parametrize("seed", range(8))
def test_a_linear_program_takes_fewer_steps_from_where_another_ended(seed: int) -> None:
    pytest.importorskip("highspy")
    from dfm.compiler.placing.ascent import Ascent
    from dfm.compiler.placing.linear import improve_bound
    from dfm.compiler.placing.pairs import pairs_after

    ascent = Ascent(relaxed(layered(40, 5, 8, seed, dear=6.0), FORBIDDEN))
    ascent.backward()
    before = improve_bound(pairs_after(ascent), 5000)

    begun = improve_bound(before.pairs.copy(), 5000, before.basis)
    anew = improve_bound(before.pairs.copy(), 5000)

    assert begun.steps < anew.steps
    assert begun.pairs.base >= before.pairs.base


@pytest.mark.parametrize("most", [1e3, 1e9, 1e18, 1e300, math.inf, math.nan])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_prices_the_solver_says_the_bound_is_none_too_high(
    seed: int, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("highspy")
    import numpy as np

    from dfm.compiler.placing import linear
    from dfm.compiler.placing.ascent import Ascent
    from dfm.compiler.placing.pairs import pairs_after
    from dfm.compiler.placing.simplex import Answer, Basis, Program

    drawn = np.random.default_rng(seed)

    def solved(program: Program, _: Basis | None) -> Answer:
        signs = drawn.choice([-1.0, 0.5, 1.0], len(program.sums))
        return Answer(np.full(len(program.costs), most), signs * most, 100, None)

    monkeypatch.setattr(linear, "solved", solved)
    problem = layered(8, 3, 3, seed, dear=6.0)
    ascent = Ascent(relaxed(problem, least(problem)))
    ascent.backward()

    outcome = linear.improve_bound(pairs_after(ascent), 1000)

    assert outcome.pairs.base <= least(problem)


@pytest.mark.parametrize("objective", BOTH)
@given(problem=problems())
@settings(max_examples=60)
def test_a_mixed_integer_program_finds_the_best_choice(
    objective: Objective, problem: Problem
) -> None:
    pytest.importorskip("highspy")
    from dfm.compiler.placing.program import by_program

    found = by_program(problem, first(problem), objective)

    assert found.cost == cost_of(problem, found.choice, objective) == least(problem, objective)
    assert found.proven


@pytest.mark.parametrize("with_solver", [True, False])
def test_a_search_finds_what_elimination_finds(with_solver: bool) -> None:
    if with_solver:
        pytest.importorskip("highspy")

    for seed in range(60):
        problem = random_problem(seed, most_steps=8)
        best = cost_of(problem, by_elimination(problem))

        found = by_search(problem, with_solver=with_solver)

        assert (found.cost, cost_of(problem, found.choice)) == (best, best), seed
        assert best == FORBIDDEN or found.proven, seed


def test_a_graph_in_layers_is_proven_with_the_extra() -> None:
    pytest.importorskip("highspy")
    problem = layered(100, 6, 20)

    found = by_search(problem, with_solver=True)

    assert found.proven
    assert found.cost <= by_search(problem, with_solver=False).cost
