"""What branches and caches do, wherever their operations are."""

from __future__ import annotations

from typing import Any

import pytest
from tests.compiler.runs import (
    Add,
    At,
    Items,
    delivered,
    everywhere,
    prepared,
    runs_of,
)

from dfm.api import (
    And,
    Else,
    Equal,
    ForEach,
    GreaterThan,
    If,
    LessThan,
    Not,
    Or,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
)

# -- branches ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "taken"), [(5, "small"), (50, "large")])
def test_only_the_branch_that_is_taken_is_done(x: int, taken: str) -> None:
    def program(at: At) -> None:
        made = Add(a=x, site=at())
        with If(cond=LessThan(left=made, right=10)):
            small = Add(a="sm", b="all", site=at())
            Yield(value=[small, made], place="small")
        with Else():
            large = Add(a="lar", b="ge", site=at())
            Yield(value=[large, made], place="large")
        Yield(value=If.join(small, large), place="joined")
        Yield(value=Add(a=small, b="!", site=at()), place="reader")

    expected: dict[str, Any] = {"joined": [((0,), taken)], taken: [((0,), [taken, x])]}
    if taken == "small":
        expected["reader"] = [((0,), "small!")]
    assert everywhere(program) == expected
    assert len(runs_of(program)) == (3 if taken == "small" else 2)


@pytest.mark.parametrize(
    ("cond", "holds"),
    [
        (lambda x: And(exp=[GreaterThan(left=x, right=0), Or(exp=[x, False])]), True),
        (lambda x: Not(exp=Or(exp=[Equal(left=x, right=PlaceParam("p")), False])), False),
        (lambda x: x, True),
        (lambda x: And(exp=[Equal(left=x, right=1), Equal(left=x, right=2)]), False),
        (lambda x: False, False),
        (lambda x: Equal(left=[1, 2], right=[1, x]), False),
    ],
)
def test_conditions_are_nested_at_will(cond: Any, holds: bool) -> None:
    def program(at: At) -> None:
        x = Add(a=1, site=at())
        with If(cond=cond(x)):
            Yield(value=Add(a=x, site=at()), place="then")
        with Else():
            Yield(value=x, place="else")

    given = dict.fromkeys(prepared(program).param_places, 1)

    assert everywhere(program, [given]) == {"then" if holds else "else": [((0,), 1)]}


def test_a_branch_in_a_branch_is_not_done_if_the_outer_one_is_not() -> None:
    def program(at: At) -> None:
        no = Add(a=0, site=at())
        with If(cond=no):
            with If(cond=no):
                Yield(value=Add(a=1, site=at()), place="then")
            with Else():
                Yield(value=Add(a=2, site=at()), place="else")
            inner = If.join(no, 3)
            Yield(value=inner, place="joined_inside")
        Yield(value=[inner], place="joined")
        Yield(value=no, place="no")

    assert everywhere(program) == {"no": [((0,), 0)]}


def test_loops_in_branches_in_loops() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[0, 2]) as outer:
            with If(cond=outer):
                with ForEach(seq=Items(to=outer, site=at())) as inner:
                    made = Add(a=inner, b=outer, site=at())
                    Yield(value=made, place="each")
                total = inner.reduce(Add, made, initial=0, site=at())
            with Else():
                none = Add(a=-1, site=at())
            Yield(value=If.join(total, none), place="out")
        Yield(value=outer.collect(total), place="all")

    assert everywhere(program) == {
        "all": [((0,), [5])],
        "each": [((0, 1, 0), 2), ((0, 1, 1), 3)],
        "out": [((0, 0), -1), ((0, 1), 5)],
    }


@pytest.mark.parametrize("taken", [0, 1])
def test_what_is_collected_of_a_loop_in_a_branch_is_there_with_the_branch(taken: int) -> None:
    def program(at: At) -> None:
        with If(cond=Add(a=taken, site=at())), ForEach(seq=[1, 2]) as item:
            made = Add(a=item, site=at())
        Yield(value=item.collect(made), place="all")
        Yield(value=item.reduce(Add, made, initial=0, site=at()), place="sum")

    expected = {"all": [((0,), [1, 2])], "sum": [((0,), 3)]} if taken else {}
    assert everywhere(program) == expected


def test_a_condition_that_fails_fails_both_branches() -> None:
    def program(at: At) -> None:
        with If(cond=GreaterThan(left=Add(a="text", b="", site=at()), right=1)):
            small = Add(a=1, site=at())
        with Else():
            large = Add(a=2, site=at())
        Yield(value=If.join(small, large), place="out")

    [(frame, error)] = everywhere(program)["out"]

    assert frame == (0,)
    assert "not supported between" in error


# -- caches ------------------------------------------------------------------------------------


def cached(at: At) -> None:
    key = Add(a="k", b="ey", site=at())
    with TryFromCache(key=[key, 1], site="b") as kept:
        work = Add(a=20, b=2, site=at())
        Yield(value="miss", place="miss")
        kept.cache([work])
    Yield(value=Add(a=kept, b=[1], site=at()), place="out")


def test_a_miss_runs_the_block_and_stores_what_it_says() -> None:
    assert everywhere(cached) == {"miss": [((0,), "miss")], "out": [((0,), [22, 1])]}


def test_a_hit_skips_the_block_in_the_next_call_and_in_the_next_run() -> None:
    caches: dict[tuple[str, str], Any] = {}
    nets = prepared(cached, ["a", "b", "home"])

    first, log = delivered(nets, [{}, {}], caches), []
    second = delivered(nets, [{}], caches, log)

    assert first["miss"] == [((0,), "miss")]
    assert first["out"] == [((0,), [22, 1]), ((1,), [22, 1])]
    assert second == {"out": [((0,), [22, 1])]}
    assert log == ["m.Add('k', 'ey')", "m.Add([22], [1])"]
    assert list(caches) == [("b", "['key', 1]")]


def test_what_is_stored_may_depend_on_a_branch() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[0, 1]) as item:
            with TryFromCache(key=["key", item]) as kept:
                with If(cond=item):
                    kept.cache(Add(a=item, b=100, site=at()))
                with Else():
                    kept.cache(Add(a=item, b=200, site=at()))
            Yield(value=kept, place="out")

    assert everywhere(program) == {"out": [((0, 0), 200), ((0, 1), 101)]}


def test_writing_to_the_cache_stands_alone_and_for_what_it_wrote() -> None:
    caches: dict[tuple[str, str], Any] = {}

    def program(at: At) -> None:
        stored = WriteToCache(key="k", value=[Add(a=1, site=at())])
        Yield(value=stored[0], place="out")

    assert everywhere(program) == {"out": [((0,), 1)]}
    delivered(prepared(program, ["a"]), caches=caches)
    assert caches == {("a", "'k'"): [1]}
