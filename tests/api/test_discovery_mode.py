"""Pipelines that only ask for advice: what may be left out of them."""

from typing import Any, Literal

import pytest
from tests.api.climate import Difference, Handmade, LoadField

from dfm.api import Advise, ForEach, Pipeline, PlaceParam, Yield
from dfm.errors import ArgumentError

MODES: list[Literal["execute", "discovery"]] = ["execute", "discovery"]


def test_what_is_left_out_is_to_be_advised_on() -> None:
    with Pipeline(mode="discovery") as p:
        load = LoadField(first=1900)
        by_hand = Handmade()

    assert load.dfm_arguments() == {"scenario": Advise(), "first": 1900, "tags": ["raw"]}
    assert by_hand.count == Advise()
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_advice_can_be_asked_for_in_so_many_words() -> None:
    with Pipeline(mode="discovery"):
        load = LoadField(scenario=Advise(), last=Advise())

    assert load.dfm_arguments()["last"] == Advise()


def test_nothing_required_is_left_out_otherwise() -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="needs the argument 'scenario'"):
        LoadField(first=1900)
    with Pipeline(), pytest.raises(ArgumentError, match="needs 'count'"):
        Handmade()


@pytest.mark.parametrize("mode", MODES)
def test_what_can_not_be_advised_on_must_be_given(mode: Literal["execute", "discovery"]) -> None:
    with Pipeline(mode=mode), pytest.raises(ArgumentError, match="needs the argument 'b'"):
        Difference(a=1)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_given_is_checked_all_the_same(mode: Literal["execute", "discovery"]) -> None:
    with Pipeline(mode=mode), pytest.raises(ArgumentError, match="expected integer"):
        LoadField(scenario="E1", first="1900")


def saved(mode: Literal["execute", "discovery"]) -> dict[str, Any]:
    with Pipeline(mode=mode) as p, ForEach(seq=[1900]) as year:
        Yield(value=LoadField(scenario="E1", first=year))
    data = p.model_dump()
    del data["dfm_body"][0]["dfm_body"][0]["scenario"]
    return data


def test_a_file_may_leave_it_out_too_where_the_pipeline_asks_for_advice() -> None:
    read = Pipeline.model_validate(saved("discovery"))

    assert next(s for s in read.dfm_walk() if isinstance(s, LoadField)).scenario == Advise()  # type: ignore[attr-defined]
    with pytest.raises(ArgumentError, match="needs the argument 'scenario'"):
        Pipeline.model_validate(saved("execute"))


def test_the_mode_that_is_read_is_not_that_of_the_pipeline_being_written() -> None:
    executed, discovered = saved("execute"), saved("discovery")

    with Pipeline(mode="discovery"):
        LoadField()
        with pytest.raises(ArgumentError, match="needs the argument 'scenario'"):
            Pipeline.model_validate(executed)
        LoadField()
    with Pipeline():
        Pipeline.model_validate(discovered)
        with pytest.raises(ArgumentError, match="needs the argument 'first'"):
            LoadField(scenario=PlaceParam("s"))
