"""What waits for what, wherever its operations are."""

from __future__ import annotations

from tests.compiler.runs import (
    Add,
    At,
    Fail,
    Items,
    everywhere,
    runs_of,
)

from dfm.api import (
    Else,
    ForEach,
    If,
    Yield,
)


def test_waiting_reaches_into_blocks_and_out_of_them() -> None:
    def program(at: At) -> None:
        first = Add(a="f", b="irst", site=at())
        with ForEach(seq=["side 1", "side 2"], dfm_after=first) as loop:
            inside = Add(a="in", b=loop, site=at())
        second = Add(a="se", b="cond", site=at(), dfm_after=loop)
        with If(cond=True, dfm_after=second) as branch:
            Add(a="th", b="en", site=at())
        Add(a="l", b="ast", site=at(), dfm_after=[branch, inside])

    for sites in (["home"], ["a", "b"], ["b", "home", "a"]):
        ran = runs_of(program, sites)
        assert ran[0] == "m.Add('f', 'irst')"
        assert sorted(ran[1:3]) == ["m.Add('in', 'side 1')", "m.Add('in', 'side 2')"]
        assert ran[3:] == ["m.Add('se', 'cond')", "m.Add('th', 'en')", "m.Add('l', 'ast')"]


def test_an_error_of_what_is_waited_for_is_passed_on_also_out_of_loops() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[0, 1]) as loop, If(cond=loop) as branch:
            bad = Fail(say="bad", site=at())
        Yield(value=Add(a=1, site=at(), dfm_after=bad), place="after_one")
        Yield(value=Add(a=2, site=at(), dfm_after=loop), place="after_all")
        Yield(value=Add(a=3, site=at(), dfm_after=branch), place="after_the_branch")

    once = [((0,), "bad")]
    expected = {"after_one": once, "after_all": once, "after_the_branch": once}
    assert everywhere(program) == expected


def test_an_absence_that_is_waited_for_is_no_reason_not_to_go_on() -> None:
    def program(at: At) -> None:
        with If(cond=Add(a=0, site=at())) as branch:
            never = Add(a=1, site=at())
        with Else(dfm_after=never):
            Yield(value=Add(a=4, site=at()), place="else")
        Yield(value=Add(a=2, site=at(), dfm_after=never), place="one")
        Yield(value=3, place="two", dfm_after=branch)

    assert everywhere(program) == {
        "else": [((0,), 4)], "one": [((0,), 2)], "two": [((0,), 3)],
    }  # fmt: skip


def test_ordered_loops_deliver_what_others_do() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[0, 2, 1], ordered=True) as outer:
            Yield(value=Add(a=outer, site=at()), place="first")
            with ForEach(seq=Items(to=outer, site=at()), ordered=True) as inner:
                Yield(value=Add(a=inner, site=at()), place="in")
            with ForEach(seq=[outer]) as other, If(cond=other):
                Yield(value=other, place="other")
            Yield(value=outer, place="last")

    assert everywhere(program) == {
        "first": [((0, 0), 0), ((0, 1), 2), ((0, 2), 1)],
        "in": [((0, 1, 0), 0), ((0, 1, 1), 1), ((0, 2, 0), 0)],
        "last": [((0, 0), 0), ((0, 1), 2), ((0, 2), 1)],
        "other": [((0, 1, 0), 2), ((0, 2, 0), 1)],
    }


def test_a_loop_that_fails_in_an_ordered_one_fails_no_other_yield() -> None:
    def program(at: At) -> None:
        with ForEach(seq=[1, 2], ordered=True) as outer:
            with ForEach(seq=Fail(say="bad", site=at())) as inner:
                Yield(value=inner, place="in")
            Yield(value=Add(a=outer, site=at()), place="out")

    assert everywhere(program) == {
        "in": [((0, 0), "bad"), ((0, 1), "bad")],
        "out": [((0, 0), 1), ((0, 1), 2)],
    }
