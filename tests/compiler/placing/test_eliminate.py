"""Elimination finds the cheapest choice, and the first of equals."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.compiler.placing.eliminate import Factor, TooWide, cheapest
from dfm.compiler.placing.fans import Fan


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], list[Factor]]:
    domains = draw(st.lists(st.integers(1, 3), min_size=1, max_size=5))
    variables = st.lists(st.sampled_from(range(len(domains))), max_size=3, unique=True)
    factors = []
    for scope in draw(st.lists(variables, max_size=5)):
        size = prod(domains[v] for v in scope)
        table = draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))
        factors.append(Factor(tuple(scope), table))
    return domains, factors


def cost(values: tuple[int, ...], domains: list[int], factors: list[Factor]) -> int:
    total = 0
    for factor in factors:
        index = 0
        for variable in factor.scope:
            index = index * domains[variable] + values[variable]
        total += factor.table[index]
    return total


@given(problems())
def test_nothing_is_cheaper(problem: tuple[list[int], list[Factor]]) -> None:
    domains, factors = problem

    found = cheapest(domains, factors)

    best = min(cost(v, domains, factors) for v in product(*map(range, domains)))
    assert cost(tuple(found), domains, factors) == best


@given(st.lists(st.integers(1, 4), max_size=6))
def test_of_equals_the_first_is_chosen(domains: list[int]) -> None:
    flat = [Factor((n,), [7] * size) for n, size in enumerate(domains)]

    assert cheapest(domains, flat) == [0] * len(domains)


def test_a_long_chain_is_no_trouble() -> None:
    costs = [Factor((n,), [n % 2, 0]) for n in range(3000)]
    moves = [Factor((n, n + 1), [0, 5, 5, 0]) for n in range(2999)]

    assert cheapest([2] * 3000, [*costs, *moves]) == [1] * 3000


def test_a_graph_in_which_everything_meets_everything_is_refused_at_once() -> None:
    pairs = [Factor((a, b), [0] * 16) for a in range(12) for b in range(a)]

    with pytest.raises(TooWide):
        cheapest([4] * 12, pairs)


def test_one_table_over_many_variables_is_refused() -> None:
    with pytest.raises(TooWide):
        cheapest([10] * 6, [Factor(tuple(range(6)), ())])


def test_much_work_in_many_small_tables_is_refused() -> None:
    ladder = [Factor((n, n + 1, n + 2, n + 3), [0] * 10_000) for n in range(600)]

    with pytest.raises(TooWide):
        cheapest([10] * 603, ladder)


# -- fans ------------------------------------------------------------------------------------


@st.composite
def fanned(draw: st.DrawFn) -> tuple[list[int], list[Factor], Fan]:
    domains, factors = draw(problems())
    steps = st.sampled_from(range(len(domains)))
    scope = draw(st.lists(steps, max_size=2, unique=True))
    members = draw(st.lists(steps, max_size=4, unique=True).filter(lambda m: m != scope))
    bits = draw(st.integers(1, 3))
    marks = {
        m: tuple(1 << draw(st.integers(0, bits - 1)) for _ in range(domains[m])) for m in members
    }
    prices = []
    for _ in range(prod(domains[v] for v in scope)):
        row = [0]
        for _ in range(bits):
            cost = draw(st.integers(0, 9))
            row += [price + cost for price in row]
        prices.append(row)
    return domains, factors, Fan(tuple(scope), marks, 1 << bits, lambda: prices)


@given(fanned())
def test_with_a_fan_nothing_is_cheaper(given_: tuple[list[int], list[Factor], Fan]) -> None:
    domains, factors, fan = given_

    def with_fan(values: tuple[int, ...]) -> int:
        marked = index = 0
        for member, marks in fan.marks.items():
            marked |= marks[values[member]]
        for variable in fan.scope:
            index = index * domains[variable] + values[variable]
        return cost(values, domains, factors) + fan.prices()[index][marked]

    found = cheapest(domains, factors, [fan])

    assert with_fan(tuple(found)) == min(map(with_fan, product(*map(range, domains))))


def test_a_fan_of_many_members_is_no_trouble() -> None:
    members = range(1, 3001)
    factors = [Factor((n,), [n % 2, 1 - n % 2]) for n in members]
    dear = Fan((), dict.fromkeys(members, (1, 2)), 4, lambda: [[0, 0, 2000, 2000]])
    cheap = Fan((), dict.fromkeys(members, (1, 2)), 4, lambda: [[0, 0, 100, 100]])

    assert sum(cheapest([1] + [2] * 3000, factors, [dear])) == 0
    assert sum(cheapest([1] + [2] * 3000, factors, [cheap])) == 1500


def test_two_fans_with_the_same_members_are_refused_if_these_are_many() -> None:
    marks = dict.fromkeys(range(60), (1, 2))
    fans = [Fan((), marks, 4, lambda: [[0, 1, 1, 2]]) for _ in range(2)]

    with pytest.raises(TooWide):
        cheapest([2] * 60, [], fans)
