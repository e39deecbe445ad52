"""Branches: If, Else, and the value of whichever was taken."""

from typing import Any

import pytest
from tests.api.climate import Anything, Difference, LoadField, Mean, Pair

from dfm.api import (
    And,
    Else,
    Equal,
    ForEach,
    GreaterThan,
    If,
    Join,
    Not,
    Or,
    Pipeline,
    PlaceParam,
    Yield,
)
from dfm.errors import ArgumentError, DfmError, StructureError


def test_a_join_is_the_value_of_whichever_branch_was_taken() -> None:
    with Pipeline() as p:
        with If(cond=PlaceParam("flag")):
            one = Anything(value=1)
        with Else():
            other = Anything(value=2)
        joined = If.join(one, other["part"], 0)
        Yield(value=[joined, joined["x"], joined.fieldref("y")])

    assert isinstance(joined, Join)
    assert joined.values == [one.dfm_node_id.to_ref(), other.dfm_node_id.to_ref()["part"], 0]
    assert "test_branches.py:" in joined.dfm_location
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_branch_can_be_joined_by_its_name_too() -> None:
    with Pipeline() as p:
        with If(cond=True) as branch:
            one = Anything()
        branch.join(one, None)

    assert p.dfm_body[1].values == [one.dfm_node_id.to_ref(), None]  # type: ignore[attr-defined]


@pytest.mark.parametrize("values", [[], [1]])
def test_a_join_takes_at_least_two_values(values: list[Any]) -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="at least two values") as refusal:
        If.join(*values)

    assert "If.join(a, b)" in refusal.value.hint
    assert "test_branches.py:" in refusal.value.at


@pytest.mark.parametrize("values", [3, "ab", {"a": 1, "b": 2}, None])
def test_the_values_of_a_join_are_a_list(values: Any) -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="argument 'values' of Join"):
        Join(values=values)


def test_a_value_of_a_branch_can_be_read_after_it() -> None:
    with Pipeline() as p:
        with If(cond=True):
            one = Anything()
        Yield(value=one)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_conditions_nest_and_stand_for_values_at_any_depth() -> None:
    with Pipeline() as p, ForEach(seq=[1, 2]) as item:
        made = Anything(value=item)
        condition = And(
            exp=[
                Or(exp=[GreaterThan(left=made["x"], right=item), Not(exp=PlaceParam("flag"))]),
                Equal(left=[made], right=[1]),
                made,
            ]
        )
        with If(cond=condition):
            Yield(value=made)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_branches_stand_in_loops_and_loops_in_branches() -> None:
    with Pipeline() as p:
        with If(cond=PlaceParam("flag")), ForEach(seq=[1]) as a, If(cond=Equal(left=a, right=1)):
            Yield(value=a, place="here")
        with Else(), ForEach(seq=[2]) as b:
            with If(cond=Not(exp=b)):
                Anything()
            with Else():
                Yield(value=b, place="there")

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_an_if_is_no_value() -> None:
    with Pipeline():
        with If(cond=True) as branch:
            Anything()

        with pytest.raises(StructureError, match="If has no value"):
            Yield(value=branch)


def test_one_if_has_one_else() -> None:
    with Pipeline():
        with If(cond=True):
            Anything()
        with Else():
            Anything()
        with pytest.raises(StructureError, match="right after its If"):
            Else()


def saved() -> dict[str, Any]:
    with Pipeline() as p:
        with If(cond=True):
            Anything()
        with Else():
            Anything()
        Anything()
    return p.model_dump()


def swapped(data: dict[str, Any]) -> None:
    data["dfm_body"][0], data["dfm_body"][1] = data["dfm_body"][1], data["dfm_body"][0]


def moved(data: dict[str, Any]) -> None:
    data["dfm_body"].append(data["dfm_body"].pop(1))


def renamed(data: dict[str, Any]) -> None:
    data["dfm_body"][1]["branch"]["ident"] = 4


def nested(data: dict[str, Any]) -> None:
    data["dfm_body"][0]["dfm_body"].append(data["dfm_body"].pop(1))


def emptied(data: dict[str, Any]) -> None:
    data["dfm_body"][1]["dfm_body"] = []


@pytest.mark.parametrize("damage", [swapped, moved, renamed, nested, emptied])
def test_an_else_without_its_if_is_refused_when_read(damage: Any) -> None:
    data = saved()
    Pipeline.model_validate(data)
    damage(data)

    with pytest.raises(DfmError, match=r"right after its If|nothing is written"):
        Pipeline.model_validate(data)


# -- types -----------------------------------------------------------------------------------------


def test_every_value_of_a_join_must_fit() -> None:
    with Pipeline():
        with If(cond=True):
            field = LoadField(scenario="E1", first=1900)
        with Else():
            mean = Mean(field=PlaceParam("f"))
        joined = If.join(mean, field)

        with pytest.raises(ArgumentError) as refusal:
            Difference(a=joined, b=1)
        Difference(a=If.join(mean, 3.0), b=1)
        Pair(left=joined, right=1)

    assert refusal.value.message == (
        "argument 'a' of climate.Difference: expected number,"
        f" but climate.LoadField ({field.dfm_location}) returns object,"
        f" by Join ({joined.dfm_location})"
    )


def test_a_literal_of_a_join_must_fit_too() -> None:
    with Pipeline():
        mean = Mean(field=PlaceParam("f"))
        joined = If.join(mean, "cold")

        with pytest.raises(ArgumentError, match=r"expected number, got str \('cold'\) from Join"):
            Difference(a=joined, b=1)


def test_a_part_of_a_join_may_be_anything() -> None:
    with Pipeline():
        Difference(a=If.join(LoadField(scenario="E1", first=1900), "x")["part"], b=1)


# -- how likely ----------------------------------------------------------------------------------


@pytest.mark.parametrize("likelihood", [0, 1, 0.25])
def test_a_branch_may_say_how_likely_it_is(likelihood: float) -> None:
    with Pipeline() as p:
        with If(cond=True, likelihood=likelihood) as branch:
            Yield(value=1)

    assert branch.likelihood == likelihood
    assert f"likelihood={float(likelihood)}" in repr(branch)
    read = Pipeline.model_validate_json(p.model_dump_json())
    assert read == p
    assert read.dfm_body[0].likelihood == likelihood  # type: ignore[attr-defined]


def test_a_branch_that_does_not_say_so_is_saved_as_ever() -> None:
    with Pipeline() as p:
        with If(cond=True) as branch:
            with If(cond=False):
                Yield(value=1)

    assert "likelihood" not in p.model_dump_json()
    assert "likelihood" not in branch.model_dump()
    assert branch.likelihood is None


@pytest.mark.parametrize(
    "wrong", [-0.1, 1.5, float("nan"), float("inf"), True, "0.5", [0.5], PlaceParam("x")], ids=repr
)
def test_a_likelihood_is_a_number_from_0_to_1(wrong: Any) -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="likelihood of If is a number") as refusal:
        If(cond=True, likelihood=wrong)

    assert "test_branches.py:" in refusal.value.at


def test_a_likelihood_that_is_none_is_refused_in_a_file_too() -> None:
    with Pipeline() as p:
        with If(cond=True, likelihood=0.5):
            Yield(value=1)

    with pytest.raises(DfmError, match="likelihood of If is a number from 0 to 1"):
        Pipeline.model_validate_json(p.model_dump_json().replace("0.5", "1.5"))
