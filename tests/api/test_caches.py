"""TryFromCache and WriteToCache: what is kept, and how it is read."""

import json
from typing import Any

import pytest
from tests.api.climate import Anything, Difference, LoadField, Mean, Pair

from dfm.api import (
    Else,
    Expression,
    ForEach,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
)
from dfm.errors import ArgumentError, DfmError, StructureError


def test_a_store_says_for_whom_it_is() -> None:
    with Pipeline() as p:
        key = Anything()
        with TryFromCache(key=["mean", key, PlaceParam("year")], site="hub") as cached:
            stored = cached.cache({"mean": Mean(field=PlaceParam("field"))})
        Yield(value=[cached, cached["mean"], cached.fieldref("x")])

    assert (stored.key, stored.lookup, stored.site) == (cached.key, cached.dfm_node_id, "hub")
    assert cached.key == ["mean", key.dfm_node_id.to_ref(), PlaceParam("year")]
    assert "test_caches.py:" in stored.dfm_location
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_store_stands_alone_and_is_what_it_stored() -> None:
    with Pipeline() as p:
        stored = WriteToCache(key="k", value=Anything())
        Yield(value=[stored, stored["x"]])

    assert isinstance(stored, Expression)
    assert (stored.lookup, stored.site) == (None, None)
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_what_a_store_in_the_block_gives_is_its_value() -> None:
    with Pipeline() as p, TryFromCache(key="k") as cached:
        stored = cached.cache(1)
        Yield(value=stored)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("wrong", [{"site": 3}, {"site": ["hub"]}, {"sites": "hub"}])
def test_a_wrong_field_is_refused(wrong: dict[str, Any]) -> None:
    for kind, given in ((TryFromCache, {}), (WriteToCache, {"value": 1})):
        with Pipeline(), pytest.raises(ArgumentError) as refusal:
            kind(key="k", **given, **wrong)
        assert next(iter(wrong)) in refusal.value.message


def test_a_block_that_stores_nothing_is_refused() -> None:
    with pytest.raises(StructureError, match="stores nothing") as refusal, Pipeline():
        with TryFromCache(key="k"):
            Anything()

    assert "cached.cache(value)" in refusal.value.hint
    assert "test_caches.py:" in refusal.value.at


def test_another_key_or_another_block_is_no_store() -> None:
    with pytest.raises(StructureError, match="stores nothing"), Pipeline():
        with TryFromCache(key="k"):
            WriteToCache(key="k", value=1)
    with pytest.raises(StructureError, match="stores nothing"), Pipeline():
        with TryFromCache(key="outer"), TryFromCache(key="inner") as inner:
            inner.cache(1)


def test_each_branch_in_the_block_can_store() -> None:
    with Pipeline() as p, TryFromCache(key="k") as cached:
        with If(cond=PlaceParam("flag")):
            cached.cache(1)
        with Else():
            cached.cache(2)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("first_in_branch", [False, True])
def test_a_block_that_stores_two_values_is_refused(first_in_branch: bool) -> None:
    with pytest.raises(StructureError, match="stores one value") as refusal, Pipeline():
        with TryFromCache(key="k") as cached:
            if first_in_branch:
                with If(cond=PlaceParam("flag")):
                    cached.cache(1)
            else:
                cached.cache(1)
            cached.cache(2)

    assert refusal.value.message.count("test_caches.py:") == 2
    assert "once in an If, and once in its Else" in refusal.value.hint


def test_lookups_nest() -> None:
    with Pipeline() as p:
        with TryFromCache(key="outer") as outer:
            with TryFromCache(key="inner") as inner:
                inner.cache(1)
            outer.cache([inner])
        Yield(value=outer)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_store_in_a_loop_of_the_block_is_refused() -> None:
    with Pipeline(), TryFromCache(key="k") as cached:
        with ForEach(seq=[1, 2]) as item:
            Anything(value=item)
            with pytest.raises(StructureError, match="stores its value inside ForEach") as refusal:
                cached.cache(item)
        cached.cache(item.collect(item))

    assert "cached.cache(loop.collect(value))" in refusal.value.hint
    assert "test_caches.py:" in refusal.value.at


def test_a_lookup_in_a_loop_stores_in_each_iteration() -> None:
    with Pipeline() as p, ForEach(seq=[1, 2]) as item:
        with TryFromCache(key=item) as cached:
            cached.cache(Anything(value=item))
        Yield(value=cached)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_value_is_stored_inside_the_block_only() -> None:
    with Pipeline():
        with TryFromCache(key="k") as cached:
            cached.cache(1)
        with pytest.raises(StructureError, match="inside its block") as refusal:
            cached.cache(2)
    with pytest.raises(StructureError, match="inside its block"):
        cached.cache(3)

    assert "test_caches.py:" in refusal.value.at


def test_the_value_can_not_be_read_inside_the_block() -> None:
    with Pipeline(), TryFromCache(key="k") as cached:
        made = Anything()
        with pytest.raises(StructureError, match="inside its block") as refusal:
            Anything(value=cached)
        with pytest.raises(StructureError, match="inside its block"):
            cached.cache([cached["x"]])
        cached.cache(made)

    assert cached.dfm_location in refusal.value.message


def test_an_application_gets_what_is_yielded_inside_the_block() -> None:
    with Pipeline() as p, TryFromCache(key="k") as cached:
        Yield(value="a miss", place="news")
        cached.cache(1)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_parameter_in_the_key_is_one_use() -> None:
    with Pipeline() as p, TryFromCache(key=PlaceParam("k")) as cached:
        cached.cache(1)

    assert Pipeline.model_validate_json(p.model_dump_json()) == p
    with pytest.raises(StructureError, match="the parameter 'k' is used"), Pipeline():
        WriteToCache(key=PlaceParam("k"), value=1)
        with TryFromCache(key=PlaceParam("k")) as cached:
            cached.cache(1)


def test_a_key_may_hold_what_equals_nothing() -> None:
    with Pipeline() as p, TryFromCache(key=[float("nan"), (1, 2)]) as cached:
        cached.cache(1)

    again = Pipeline.model_validate_json(p.model_dump_json())

    assert again.model_dump_json() == p.model_dump_json()


# -- what is read ----------------------------------------------------------------------------------


def saved() -> dict[str, Any]:
    with Pipeline() as p:
        with TryFromCache(key=["k", (1, 2)]) as cached:
            with If(cond=True):
                cached.cache(1)
            Anything()
        Yield(value=cached)
    return p.model_dump(mode="json")


def test_files_from_before_stores_said_for_whom_they_are_still_load() -> None:
    data = saved()
    old = json.loads(json.dumps(data))
    store = old["dfm_body"][0]["dfm_body"][0]["dfm_body"][0]
    del store["lookup"], store["site"], old["dfm_body"][0]["site"]

    assert Pipeline.model_validate_json(json.dumps(old)) == Pipeline.model_validate(data)


@pytest.mark.parametrize(
    "change",
    [
        {"lookup": {"tag": "@dfm-node", "ident": 99}},
        {"lookup": {"tag": "@dfm-node", "ident": 1}},
        {"key": "another"},
        {"site": "hub"},
        {"lookup": None},
    ],
)
def test_a_store_that_does_not_fit_its_lookup_is_refused_when_read(change: dict[str, Any]) -> None:
    data = saved()
    data["dfm_body"][0]["dfm_body"][0]["dfm_body"][0].update(change)

    with pytest.raises(DfmError, match=r"does not store what|stores nothing"):
        Pipeline.model_validate(data)


# -- types -----------------------------------------------------------------------------------------


def test_what_is_stored_must_fit_where_it_is_read() -> None:
    with Pipeline():
        with TryFromCache(key="k") as cached:
            field = LoadField(scenario="E1", first=1900)
            cached.cache(field)
        with pytest.raises(ArgumentError) as refusal:
            Difference(a=cached, b=1)
        Mean(field=cached)
        Pair(left=cached["x"], right=1)

    assert refusal.value.message == (
        "argument 'a' of climate.Difference: expected number,"
        f" but climate.LoadField ({field.dfm_location}) returns object,"
        f" by TryFromCache ({cached.dfm_location})"
    )
