"""Yields, branches, loops and caches: what they say when they are written."""

import inspect
import re
from typing import Any

import pytest
from tests.api.climate import Anything, Pair

import dfm.api
from dfm.api import (
    ApiVisitor,
    Else,
    ForEach,
    If,
    Operation,
    Pipeline,
    PlaceParam,
    Statement,
    TryFromCache,
    WriteToCache,
    Yield,
    make_auto_id,
)
from dfm.errors import DfmError, StructureError

REF = make_auto_id(0).to_ref()


def test_a_yield_names_its_place_yield() -> None:
    with Pipeline():
        result = Yield(value=1)

    assert (result.place, result.value, result.multiuse) == ("yield", 1, False)


@pytest.mark.parametrize("value", [None, 0, "", [], {"k": 1}, PlaceParam("p"), [PlaceParam("p")]])
def test_a_yield_takes_any_literal_and_parameters(value: Any) -> None:
    with Pipeline() as p:
        result = Yield(value=value)

    assert result.value == value
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_an_else_belongs_to_the_if_before_it() -> None:
    with Pipeline() as p:
        with If(cond=True) as branch:
            Anything()
        with Else() as other:
            Anything()

    assert other.branch == branch.dfm_node_id
    assert [s.dfm_title() for s in p.dfm_body] == ["If", "Else"]


def test_an_else_must_follow_its_if() -> None:
    with Pipeline():
        with pytest.raises(StructureError, match="right after its If"):
            Else()
        with If(cond=True):
            Anything()
        Anything()
        with pytest.raises(StructureError, match="right after its If"):
            Else()


def test_an_else_outside_a_pipeline_is_refused() -> None:
    with pytest.raises(StructureError, match="outside a pipeline"):
        Else()


def test_blocks_hold_what_is_written_in_them() -> None:
    with Pipeline() as p, ForEach(seq=PlaceParam("years")) as year:
        with TryFromCache(key=year) as cached:
            stored = cached.cache(Anything(value=year))
        Yield(value=cached)

    assert [s.dfm_title() for s in p.dfm_walk()] == [
        "ForEach",
        "TryFromCache",
        "lab.Anything",
        "WriteToCache",
        "Yield",
    ]
    assert (stored.key, stored.value) == (REF, make_auto_id(2).to_ref())
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("seq", [3, "text", None, {"a": 1}])
def test_a_loop_goes_through_something(seq: Any) -> None:
    with Pipeline(), pytest.raises(StructureError, match="ForEach goes through"):
        ForEach(seq=seq)


def test_blocks_outside_a_pipeline_are_refused() -> None:
    with pytest.raises(StructureError, match="outside a pipeline"), If(cond=True):
        Anything()


@pytest.mark.parametrize("arguments", [{"homesite": "x"}, {"mode": "run"}, {"name": 3}])
def test_a_pipeline_takes_only_what_it_has(arguments: dict[str, Any]) -> None:
    with pytest.raises(DfmError) as refusal:
        Pipeline(**arguments)

    assert "test_statements.py:" in refusal.value.at


def test_a_pipeline_starts_empty_each_time() -> None:
    assert Pipeline().dfm_body == []
    assert Pipeline().dfm_body is not Pipeline().dfm_body
    assert (Pipeline().api_version, Pipeline().mode, Pipeline().name) == ("", "execute", None)


def kinds() -> list[type[Statement]]:
    exported = [getattr(dfm.api, name) for name in dfm.api.__all__]
    return [
        c
        for c in exported
        if inspect.isclass(c) and issubclass(c, Statement) and not inspect.isabstract(c)
    ]


@pytest.mark.parametrize("kind", kinds(), ids=lambda k: k.__name__)
def test_every_kind_of_statement_can_be_visited(kind: type[Statement]) -> None:
    name = (
        "operation"
        if issubclass(kind, Operation)
        else re.sub(r"(?<!^)([A-Z])", r"_\1", kind.__name__)
    )

    assert hasattr(ApiVisitor, f"visit_{name.lower()}")


class Titles(ApiVisitor):
    """Notes which method was called for what."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("visit_"):
            return lambda statement: self.seen.append((name, type(statement).__name__))
        return super().__getattribute__(name)


def test_accept_calls_the_method_of_the_kind() -> None:
    with Pipeline() as p:
        Anything()
        Yield(value=1)
        with If(cond=True):
            one = Anything()
        with Else():
            other = Anything()
        If.join(one, other)
        with ForEach(seq=[]) as item:
            Anything()
        item.collect(item)
        item.reduce(Pair, item, initial=0)
        with TryFromCache(key="k") as cached:
            cached.cache(1)
        WriteToCache(key="k", value=1)
    titles = Titles()

    for visited in (p, *p.dfm_body):
        visited.accept(titles)

    assert titles.seen == [
        ("visit_pipeline", "Pipeline"),
        ("visit_operation", "Anything"),
        ("visit_yield", "Yield"),
        ("visit_if", "If"),
        ("visit_else", "Else"),
        ("visit_join", "Join"),
        ("visit_for_each", "ForEach"),
        ("visit_collect", "Collect"),
        ("visit_reduce", "Reduce"),
        ("visit_try_from_cache", "TryFromCache"),
        ("visit_write_to_cache", "WriteToCache"),
    ]


def test_a_visitor_that_overrides_nothing_does_nothing() -> None:
    with Pipeline() as p:
        Anything()

    assert p.accept(ApiVisitor()) is None
    assert p.dfm_body[0].accept(ApiVisitor()) is None


def test_statements_do_not_change() -> None:
    with Pipeline():
        result = Yield(value=1)

    with pytest.raises(ValueError, match="frozen"):
        result.place = "other"
