"""Building a tree: what each answer puts into it, branch by branch, and where it ends."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.discovery.asked import advice_of

from dfm.exec.discovery import (
    ANYTHING,
    AdviceContext,
    AdvisedDateRange,
    AdvisedDict,
    AdvisedError,
    AdvisedLiteral,
    AdvisedOneOf,
    AdvisedSubsetOf,
    BranchFieldAdvice,
    EdgeT,
    ErrorFieldAdvice,
    Okay,
    PartialError,
    PartialFieldAdvice,
    SingleFieldAdvice,
)
from dfm.exec.discovery.builder import Limits
from dfm.exec.discovery.calling import TookTooLong


def ends_of(edge: EdgeT) -> list[EdgeT]:
    """All ends of a tree."""
    match edge:
        case SingleFieldAdvice():
            return ends_of(edge.edge)
        case BranchFieldAdvice():
            return [end for _, following in edge.branches for end in ends_of(following)]
    return [edge]


def test_nothing_to_advise_is_none() -> None:
    assert advice_of({}) is None
    assert advice_of({"x": AdvisedLiteral(1)}, {"x": 1}) is None


def test_an_argument_that_is_absent_is_advised_on() -> None:
    assert advice_of({"x": AdvisedLiteral(1)}) == SingleFieldAdvice("x", 1)


def test_a_wrong_literal_ends_in_the_exact_message() -> None:
    advice = advice_of({"x": AdvisedLiteral(1), "y": AdvisedLiteral(2)}, {"x": 3})

    assert advice == SingleFieldAdvice("x", 3, ErrorFieldAdvice("3 is not 1"))
    assert advice.collect_error_messages() == {"x": {"3 is not 1"}}


@pytest.mark.parametrize("value", [None, 0, "", False])
def test_a_false_value_is_a_value(value: Any) -> None:
    advice = advice_of({"x": AdvisedLiteral(1)}, {"x": value})

    assert advice == SingleFieldAdvice("x", value, ErrorFieldAdvice(f"{value!r} is not 1"))


def test_an_error_in_answer_to_a_question_is_an_end() -> None:
    advice = advice_of({"x": AdvisedLiteral(1), "y": AdvisedError("closed on Mondays")})

    assert advice == SingleFieldAdvice("x", 1, ErrorFieldAdvice("closed on Mondays", "y"))
    assert advice.collect_error_messages() == {"y": {"closed on Mondays"}}
    assert not advice.has_good_options()


def test_okay_means_that_anything_goes() -> None:
    seen = []

    def later(context: AdviceContext) -> Any:
        seen.append(("x" in context, context.get("x", "?")))
        return AdvisedLiteral(2)

    advice = advice_of({"x": Okay(), "y": later})

    assert advice == SingleFieldAdvice("x", ANYTHING, SingleFieldAdvice("y", 2))
    assert advice.has_good_options()
    assert seen == [(False, "?")]
    assert advice_of({"x": Okay()}, {"x": object()}) is None


def test_what_does_not_split_is_one_level() -> None:
    advice = advice_of({"x": AdvisedOneOf([1, 2]), "y": AdvisedDateRange("1990", "1999")})

    assert advice == SingleFieldAdvice(
        "x", [1, 2], SingleFieldAdvice("y", {"startdate": "1990", "enddate": "1999"})
    )
    assert str(advice) == "x: one of 1, 2\ny: dates from 1990 to 1999"


def test_what_splits_is_asked_about_on_each_branch() -> None:
    def years(context: AdviceContext) -> Any:
        if context.get("scenario") == "A2":
            return AdvisedError("A2 is not public")
        return AdvisedOneOf([context.get("scenario") + "-1990"])

    advice = advice_of(
        {"scenario": AdvisedOneOf(["A1B", "A2"], split_on_advice=True), "year": years}
    )

    assert advice == BranchFieldAdvice(
        "scenario",
        [
            ("A1B", SingleFieldAdvice("year", ["A1B-1990"])),
            ("A2", ErrorFieldAdvice("A2 is not public", "year")),
        ],
    )
    assert list(advice) == ["A1B"]


def test_a_branch_may_be_an_answer_itself() -> None:
    parts = [AdvisedDict({"level": 1}), AdvisedError("no"), AdvisedLiteral(7, break_on_advice=True)]

    advice = advice_of({"x": AdvisedOneOf(parts, split_on_advice=True)})

    assert advice == BranchFieldAdvice(
        "x",
        [({"level": 1}, None), ("no", ErrorFieldAdvice("no")), (7, PartialFieldAdvice())],
    )


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("kind", [AdvisedOneOf, AdvisedSubsetOf])
def test_after_a_break_nobody_is_asked_and_the_options_remain(kind: Any, split: bool) -> None:
    answer = kind([1, 2], break_on_advice=True, split_on_advice=split)

    advice = advice_of({"x": answer, "y": AdvisedError("never asked")})

    assert advice is not None
    assert list(advice) == [1, 2]
    assert advice.has_good_options()
    with pytest.raises(PartialError):
        advice.select(1)


def test_a_break_does_not_matter_to_a_value_that_is_given() -> None:
    answers = {"x": AdvisedOneOf([1], break_on_advice=True), "y": AdvisedLiteral(2)}

    assert advice_of(answers, {"x": 1}) == SingleFieldAdvice("y", 2)


def test_the_context_knows_what_is_given_and_what_is_assumed() -> None:
    seen = []

    def last(context: AdviceContext) -> Any:
        seen.append((context.get("a"), context.get("b"), context.get("c"), context.get("d", "-")))
        assert context.is_given("a")
        assert not context.is_given("b")
        assert sorted(context) == ["a", "b", "c"]
        assert repr(context) == "<advice context: a, b, c>"
        return AdvisedLiteral(0)

    answers = {
        "b": AdvisedOneOf([1, 2], split_on_advice=True),
        "c": AdvisedOneOf([3, 4]),
        "z": last,
    }

    advice_of(answers, {"a": "given"})

    assert seen == [("given", 1, [3, 4], "-"), ("given", 2, [3, 4], "-")]


def test_branches_share_no_context() -> None:
    seen = []

    def remember(context: AdviceContext) -> Any:
        seen.append(context)
        return AdvisedOneOf([len(seen)], split_on_advice=True)

    advice_of({"x": AdvisedOneOf([1, 2], split_on_advice=True), "y": remember, "z": remember})

    assert [(c.get("x"), c.get("y")) for c in seen] == [(1, None), (2, None), (1, 1), (2, 2)]


# -- what advisors do wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "Adapter.x() returned NoneType, which is no advice; try Okay()"),
        (["A1B"], "Adapter.x() returned list, which is no advice; try Okay()"),
        (lambda context: Okay, "Adapter.x() returned Okay, which is no advice; try Okay()"),
        (AdvisedOneOf([]), "Adapter.x() knows no good value"),
        (AdvisedOneOf([], split_on_advice=True), "Adapter.x() knows no good value"),
    ],
)
def test_an_answer_that_is_none_is_an_error_in_the_tree(answer: Any, message: str) -> None:
    advice = advice_of({"x": answer})

    assert isinstance(advice, ErrorFieldAdvice)
    assert advice.collect_error_messages()["x"] == {message}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("no such\nfile"), "ValueError: no such file"),
        (SystemExit(3), "SystemExit"),
        (TimeoutError("of its own"), "TimeoutError: of its own"),
    ],
)
def test_an_advisor_that_raises_is_an_error_on_its_branch_only(
    error: BaseException, told: str
) -> None:
    def years(context: AdviceContext) -> Any:
        if context.get("scenario") == 1:
            raise error
        return AdvisedLiteral(1990)

    advice = advice_of({"scenario": AdvisedOneOf([1, 2], split_on_advice=True), "year": years})

    assert advice is not None
    assert list(advice) == [2]
    assert advice.collect_error_messages() == {"year": {f"Adapter.year() raised {told}"}}


def test_a_value_that_breaks_its_validation_is_an_error() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError("not me")

    advice = advice_of({"x": AdvisedLiteral(1)}, {"x": Odd()})

    assert advice == ErrorFieldAdvice("Adapter.x(): RuntimeError: not me", "x")


def test_an_advisor_that_is_late_is_asked_once() -> None:
    asked = []

    def call(advisor: Any, value: Any, context: AdviceContext) -> Any:
        asked.append(advisor.field)
        if advisor.field == "y":
            raise TookTooLong
        return advisor.function(value, context)

    advice = advice_of({"x": AdvisedOneOf([1, 2, 3], split_on_advice=True), "y": 0}, call=call)

    assert asked == ["x", "y"]
    assert advice is not None
    assert advice.collect_error_messages() == {"y": {"Adapter.y() took more than 30 s"}}


def test_nobody_is_asked_once_the_answer_is_not_wanted() -> None:
    def never(context: AdviceContext) -> Any:
        raise AssertionError

    assert advice_of({"x": never}, is_wanted=lambda: False) is None


# -- limits ---------------------------------------------------------------------------------------


def test_splitting_without_end_is_bounded() -> None:
    answers = {f"x{n}": AdvisedOneOf(range(10), split_on_advice=True) for n in range(12)}

    advice = advice_of(answers)

    ends = ends_of(advice)
    assert len(ends) <= 10_000
    assert set(map(str, ends)) == {"... (not split: there would be more than 10000 branches)"}
    assert advice is not None
    assert advice.select(3).select(9).field == "x2"  # type: ignore[union-attr]


def test_a_list_that_is_too_long_to_split_is_still_told() -> None:
    advice = advice_of(
        {"x": AdvisedOneOf(range(20_000), split_on_advice=True), "y": AdvisedLiteral(1)}
    )

    assert isinstance(advice, SingleFieldAdvice)
    assert list(advice) == list(range(20_000))
    with pytest.raises(PartialError, match="more than 10000 branches"):
        advice.select(1)


def test_all_branches_are_split_equally_far() -> None:
    answers = {f"x{n}": AdvisedOneOf(range(3), split_on_advice=True) for n in range(4)}

    advice = advice_of(answers, limits=Limits(leaves=30))

    assert advice is not None
    for x0 in range(3):
        for x1 in range(3):
            below = advice.select(x0).select(x1)  # type: ignore[union-attr]
            assert isinstance(below, BranchFieldAdvice)
    assert len(ends_of(advice)) <= 30


def test_when_the_time_is_up_the_rest_is_partial() -> None:
    advice = advice_of({"x": AdvisedLiteral(1)}, limits=Limits(seconds=-1))

    assert advice == PartialFieldAdvice("x: not asked any more, after -1 s")


@st.composite
def answers(draw: st.DrawFn) -> Any:
    """Any answer of an advisor."""
    values = draw(st.lists(st.integers(0, 5), max_size=4))
    flags = {"break_on_advice": draw(st.booleans()), "split_on_advice": draw(st.booleans())}
    return draw(
        st.sampled_from(
            [
                AdvisedLiteral(3, flags["break_on_advice"]),
                AdvisedOneOf(values, **flags),
                AdvisedSubsetOf(values, **flags),
                AdvisedError("no"),
                Okay(),
            ]
        )
    )


@given(st.lists(answers(), max_size=6), st.integers(1, 12), st.sets(st.integers(0, 5)))
def test_trees_are_no_larger_than_allowed_and_can_be_walked(
    given_answers: list[Any], leaves: int, known: set[int]
) -> None:
    fields = {f"x{n}": answer for n, answer in enumerate(given_answers)}

    advice = advice_of(fields, {f"x{n}": 3 for n in known}, limits=Limits(leaves=leaves))

    assert len(ends_of(advice)) <= leaves
    while advice is not None and list(advice):
        try:
            advice = advice.select(next(iter(advice)))  # type: ignore[assignment]
        except PartialError:
            break
