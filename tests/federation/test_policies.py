"""Policies as values: how they judge, how they are given in Python, and their own examples."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm import Federation
from dfm.errors import FederationError
from dfm.federation import CallRule, EgressRule, Example, Policy
from dfm.federation.policies import Ingredient, judged, may_call, may_leave, releases
from dfm.federation.try_examples import try_examples
from dfm.types import Type

NUMBER, ARRAY = Type.of("number"), Type.of("array")
MEANS = EgressRule("means", ("c.Mean",), (NUMBER,), ("desk",), 100)
POLICY = Policy(leaves=(MEANS,), releases=("c.M*",), callers=(CallRule("c", by=("desk",)),))


# -- judging -----------------------------------------------------------------------------------


def test_a_rule_allows_what_keeps_all_its_conditions() -> None:
    verdict = may_leave(POLICY, "c.Mean", "desk", NUMBER, 100)

    assert (verdict.allowed, verdict.rule) == (True, MEANS)


@pytest.mark.parametrize(
    ("operation", "to", "type_", "size", "why"),
    [
        ("c.Load", "desk", NUMBER, 1, "no rule lets c.Load leave"),
        ("c.Mean", "hub", NUMBER, 1, "'means' lets it go to desk only"),
        ("c.Mean", "desk", ARRAY, 1, "'means' is for number, this is array"),
        ("c.Mean", "desk", Type(), 1, "'means' is for number, this is anything"),
        ("c.Mean", "desk", NUMBER, 101, "'means' is for at most 100 bytes, this has 101"),
    ],
)
def test_it_is_told_which_condition_does_not_hold(
    operation: str, to: str, type_: Type, size: int, why: str
) -> None:
    verdict = may_leave(POLICY, operation, to, type_, size)

    assert (verdict.allowed, verdict.why) == (False, why)
    assert verdict.nearest == (None if "no rule" in why else MEANS)


def test_the_nearest_rule_is_the_one_that_keeps_most_conditions() -> None:
    far = EgressRule("far", to=("hub",))

    verdict = may_leave(Policy(leaves=(far, MEANS)), "c.Mean", "desk", ARRAY)

    assert verdict.nearest == MEANS


def test_an_unknown_size_is_no_obstacle_and_an_unknown_type_is_one() -> None:
    assert may_leave(POLICY, "c.Mean", "desk", NUMBER, None).allowed
    assert not may_leave(POLICY, "c.Mean", "desk").allowed


def test_without_rules_everything_is_allowed_and_with_none_nothing() -> None:
    assert may_leave(Policy(), "c.Mean", "desk").allowed
    assert may_call(Policy(), "c.Mean", "desk").allowed
    assert not may_leave(Policy(leaves=()), "c.Mean", "desk").allowed
    assert not may_call(Policy(callers=()), "c.Mean", "desk").allowed


def test_callers_are_judged_by_operation_and_site() -> None:
    assert may_call(POLICY, "c.Load", "desk").allowed
    assert may_call(POLICY, "c.Load", "hub").why == "'c' is not for 'hub'"


def test_all_owners_are_asked_but_the_one_it_goes_back_to() -> None:
    made = frozenset({Ingredient("clinic", "c.Load"), Ingredient("lab", "c.Mean")})
    policies = {"clinic": Policy(leaves=()), "lab": POLICY}

    told = {i.site: v.allowed for i, v in judged(policies, made, "desk", NUMBER)}

    assert told == {"clinic": False, "lab": True}
    assert [i.site for i, _ in judged(policies, made, "clinic")] == ["lab"]


RULES = st.builds(
    EgressRule,
    name=st.text(min_size=1, max_size=3),
    operations=st.lists(st.sampled_from(["c.Mean", "c.*", "x.?"]), max_size=2).map(tuple),
    types=st.sampled_from([(), (NUMBER,), (ARRAY,)]),
    to=st.lists(st.sampled_from(["desk", "*", "h?b"]), max_size=2).map(tuple),
    at_most=st.none() | st.integers(0, 200),
)


@given(
    st.lists(RULES, max_size=3),
    st.sampled_from(["c.Mean", "c.Load", "x.y"]),
    st.sampled_from(["desk", "hub"]),
    st.sampled_from([NUMBER, ARRAY, Type()]),
    st.none() | st.integers(0, 300),
)
def test_a_policy_allows_what_one_of_its_rules_does(
    rules: list[EgressRule], operation: str, to: str, type_: Type, size: int | None
) -> None:
    alone = [may_leave(Policy(leaves=(rule,)), operation, to, type_, size) for rule in rules]

    together = may_leave(Policy(leaves=tuple(rules)), operation, to, type_, size)

    assert together.allowed == any(verdict.allowed for verdict in alone)
    assert together.allowed or together.why


@given(st.lists(RULES, max_size=3), st.integers(0, 300))
def test_a_smaller_value_may_go_wherever_a_larger_one_may(
    rules: list[EgressRule], size: int
) -> None:
    policy = Policy(leaves=tuple(rules))

    if may_leave(policy, "c.Mean", "desk", NUMBER, size + 1).allowed:
        assert may_leave(policy, "c.Mean", "desk", NUMBER, size).allowed


def test_patterns_tell_large_letters_from_small_ones() -> None:
    assert not releases(POLICY, "c.mean")


# -- given in Python ---------------------------------------------------------------------------


def federation(policy: Any) -> Federation:
    fed = Federation("clinics")
    clinic, _ = fed.site("clinic", policy=policy), fed.site("desk")

    @clinic.operation("c.Load")
    def load() -> list[float]:
        return []

    @clinic.operation("c.Mean")
    def mean(values: list[float]) -> float:
        return sum(values)

    return fed


def test_a_policy_in_python_is_that_of_its_site_and_knows_its_line() -> None:
    fed = federation(Policy(leaves=[MEANS], releases=["c.Mean"]))  # type: ignore[arg-type]

    fed.check()

    found = fed.spec.sites["clinic"].policy
    assert found == Policy(leaves=(MEANS,), releases=("c.Mean",))
    assert found.leaves is not None
    assert found.leaves[0].at == found.at
    assert "test_policies.py:" in found.at


def test_a_site_keeps_its_policy_when_it_is_named_again() -> None:
    fed = federation(POLICY)

    fed.site("clinic")

    assert fed.spec.sites["clinic"].policy == POLICY


def test_names_in_a_policy_are_checked_as_in_a_file() -> None:
    fed = federation(Policy(leaves=(EgressRule("r", ("c.Men",), to=("dsk",)),)))

    with pytest.raises(FederationError) as caught:
        fed.check()

    assert [p.message for p in caught.value.problems] == [
        "there is no operation 'c.Men'",
        "there is no site 'dsk'",
    ]
    assert all("test_policies.py:" in p.at for p in caught.value.problems)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (3, "a policy is a Policy, not int"),
        (Policy(leaves="x"), "leaves of a policy is a tuple, not str"),  # type: ignore[arg-type]
        (Policy(leaves=(CallRule("x"),)), "a rule is a EgressRule"),  # type: ignore[arg-type]
        (Policy(releases="c.Mean"), "releases of a policy is a tuple"),  # type: ignore[arg-type]
        (Policy(releases=(3,)), "a pattern of releases is a str"),  # type: ignore[arg-type]
        (Policy(leaves=(EgressRule(""),)), "the name of a rule is a text"),
        (Policy(leaves=(EgressRule("r", to=()),)), "to names none"),
        (Policy(callers=(CallRule("r", by="desk"),)), "by of a policy is a tuple"),  # type: ignore[arg-type]
        (Policy(leaves=(EgressRule("r", types=(float,)),)), "a type here"),  # type: ignore[arg-type]
        (Policy(leaves=(EgressRule("r", types=(Type(),)),)), "a type here must say something"),
        (Policy(leaves=(EgressRule("r", at_most=-1),)), "at_most is a number of bytes"),
        (Policy(leaves=(EgressRule("r", at_most=True),)), "at_most is a number of bytes"),
        (Policy(leaves=(EgressRule("r", allow=(3,)),)), "an example of the rule 'r'"),  # type: ignore[arg-type]
    ],
)
def test_what_can_not_be_a_policy_is_refused_where_it_is_given(policy: Any, said: str) -> None:
    with pytest.raises(FederationError) as caught:
        federation(policy)

    (problem,) = caught.value.problems
    assert said in problem.message
    assert "test_policies.py:" in problem.at


# -- examples ----------------------------------------------------------------------------------


def tried(policy: Policy) -> list[tuple[str, str]]:
    """Each example, and why it is not as its owner said."""
    return [(str(one), one.why) for one in try_examples(federation(policy).spec)]


def test_examples_that_come_out_as_said_have_no_reason() -> None:
    allow, deny = Example("c.Mean", "desk", bytes=8), Example("c.Load", "desk")
    rule = EgressRule("means", ("c.Mean",), allow=(allow,), deny=(deny,))
    call = CallRule("c", by=("desk",), allow=(deny,), deny=(Example("c.Load", "clinic"),))

    assert [why for _, why in tried(Policy(leaves=(rule,), callers=(call,)))] == [""] * 4


def test_what_a_rule_should_allow_must_be_allowed_by_that_very_rule() -> None:
    generous = EgressRule("all")
    strict = EgressRule("means", ("c.Mean",), allow=(Example("c.Load", "desk"),))

    assert tried(Policy(leaves=(generous, strict))) == [
        ("c.Load should go to 'desk'", "no rule lets c.Load leave")
    ]


def test_what_a_rule_should_deny_must_be_denied_by_the_whole_policy() -> None:
    generous = EgressRule("all", at="f:3:5")
    strict = EgressRule("means", ("c.Mean",), deny=(Example("c.Load", "desk", bytes=9),))

    assert tried(Policy(leaves=(generous, strict))) == [
        ("c.Load (9 bytes) should not go to 'desk'", "'all' allows it (f:3:5)")
    ]


def test_an_example_without_a_type_is_of_what_its_operation_returns() -> None:
    rule = EgressRule("numbers", types=(NUMBER,), allow=(Example("c.Mean", "desk"),))
    other = EgressRule("lists", types=(NUMBER,), allow=(Example("c.Load", "desk"),))

    (_, fits), (_, does_not) = tried(Policy(leaves=(rule, other)))

    assert (fits, does_not) == ("", "'lists' is for number, this is array of number")


def test_what_goes_back_needs_no_rule() -> None:
    rule = EgressRule("none", ("c.Mean",), deny=(Example("c.Load", "clinic"),))

    assert tried(Policy(leaves=(rule,)))[0][1] == "what goes back to 'clinic' needs no rule"


def test_calls_have_examples_too() -> None:
    rule = CallRule("c", by=("desk",), allow=(Example("c.Load", "clinic"),))

    assert tried(Policy(callers=(rule,))) == [
        ("c.Load should be called by 'clinic'", "'c' is not for 'clinic'")
    ]
