"""What moving one step changes is what the whole would cost then, less what it costs now."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dfm.compiler.moves import Chains, Moves, Sent
from dfm.compiler.placing.problem import FORBIDDEN, Bar, Link, Problem, Variable, cost_of

SITES = 3
COSTS = st.integers(0, 9)


@st.composite
def choices(draw: st.DrawFn, *, forbidden: bool = False) -> tuple[Problem, list[int]]:
    """A small problem and a choice for it, perhaps with something forbidden in it."""
    count = draw(st.integers(1, 5))
    variables = []
    for _ in range(count):
        sites = tuple(draw(st.lists(st.integers(0, SITES - 1), min_size=1, max_size=4)))
        variables.append(Variable(sites, tuple(draw(COSTS) for _ in sites)))
    links = tuple(draw(_links(count, forbidden=forbidden)) for _ in range(draw(st.integers(0, 5))))
    bars = []
    if forbidden and links:
        for _ in range(draw(st.integers(0, 2))):
            owner = draw(st.integers(0, count - 1))
            when = draw(st.frozensets(st.integers(0, len(variables[owner].sites) - 1)))
            to = draw(st.frozensets(st.integers(0, SITES - 1)))
            bars.append(Bar(owner, when, draw(st.integers(0, len(links) - 1)), to))
    choice = [draw(st.integers(0, len(v.sites) - 1)) for v in variables]
    return Problem(SITES, tuple(variables), links, tuple(bars)), choice


@st.composite
def _links(draw: st.DrawFn, count: int, *, forbidden: bool) -> Link:
    source = draw(st.integers(0, count - 1))
    later = (
        st.lists(st.integers(source + 1, count - 1), unique=True) if source + 1 < count else None
    )
    readers = tuple(draw(later)) if later is not None else ()
    amounts = COSTS | st.just(FORBIDDEN) if forbidden else COSTS
    cost = tuple(tuple(0 if a == b else draw(amounts) for b in range(SITES)) for a in range(SITES))
    return Link(source, readers, tuple(draw(st.sets(st.just(0)))), cost)


def moved(choice: list[int], step: int, candidate: int) -> list[int]:
    return [*choice[:step], candidate, *choice[step + 1 :]]


@settings(max_examples=150)
@given(choices())
def test_a_change_is_the_difference_of_two_costs(drawn: tuple[Problem, list[int]]) -> None:
    problem, choice = drawn
    moves, now = Moves(problem, choice), cost_of(problem, choice)

    for step in range(len(choice)):
        for candidate, change in enumerate(moves.changes(step)):
            then = cost_of(problem, moved(choice, step, candidate))
            assert change.work + change.transfers == then - now
            assert change.forbidden is None


@settings(max_examples=150)
@given(choices(forbidden=True))
def test_what_may_not_be_is_told(drawn: tuple[Problem, list[int]]) -> None:
    problem, choice = drawn
    if cost_of(problem, choice) >= FORBIDDEN:
        return
    moves = Moves(problem, choice)

    for step in range(len(choice)):
        for candidate, change in enumerate(moves.changes(step)):
            then = cost_of(problem, moved(choice, step, candidate))
            assert (change.forbidden is not None) == (then >= FORBIDDEN)


@settings(max_examples=150)
@given(choices())
def test_the_longest_chain_is_the_makespan(drawn: tuple[Problem, list[int]]) -> None:
    problem, choice = drawn
    chains = Chains(problem, choice)

    assert chains.longest == cost_of(problem, choice, "makespan")
    for step in range(len(choice)):
        assert chains.through(step, choice[step]) <= chains.longest


@settings(max_examples=150)
@given(choices())
def test_a_chain_that_gets_longer_than_the_longest_is_the_makespan(
    drawn: tuple[Problem, list[int]],
) -> None:
    problem, choice = drawn
    chains = Chains(problem, choice)

    for step in range(len(choice)):
        for candidate in range(len(problem.variables[step].sites)):
            then = cost_of(problem, moved(choice, step, candidate), "makespan")
            through = chains.through(step, candidate)
            assert max(through, chains.longest) == max(then, chains.longest)


def test_it_is_told_what_would_go_where() -> None:
    cost = ((0, FORBIDDEN), (1, 0))
    free = Variable((0, 1), (5, 1))
    problem = Problem(2, (free, free), (Link(0, (1,), (), cost),))

    kept, gone = Moves(problem, [0, 0]).changes(1)

    assert kept.forbidden is None
    assert gone.forbidden == Sent(link=0, source=0, target=1)
