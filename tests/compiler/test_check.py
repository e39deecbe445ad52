"""What is wrong with a pipeline is said before anything else, all of it at once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import (
    FEDERATION,
    Join,
    Make,
    Nowhere,
    Use,
    compiled,
    plan_after,
    shown,
    written,
)

from dfm.api import (
    Advise,
    NodeRef,
    Pipeline,
    PlaceParam,
    Yield,
    make_auto_id,
    well_known_id,
)
from dfm.errors import ArgumentError, DeclarationError, StructureError, UnknownName

HERE = re.compile(r"test_check\.py:\d+$")


def refusal_of(pipeline: Pipeline, **options: Any) -> DeclarationError:
    with pytest.raises(DeclarationError) as refusal:
        compiled(pipeline, **options)
    return refusal.value


def pipeline_of(**fields: Any) -> Pipeline:
    with Pipeline(**fields) as p:
        Yield(value=1)
    return p


# -- the whole ---------------------------------------------------------------------------------


def test_an_empty_pipeline_has_nothing_to_do() -> None:
    error = refusal_of(Pipeline(name="p"))

    assert isinstance(error, StructureError)
    assert error.message == "pipeline 'p' has nothing to do"


@pytest.mark.parametrize("version", ["", "1", "1.0.0", "1.9"])
def test_a_pipeline_for_the_same_major_version_is_accepted(version: str) -> None:
    assert compiled(pipeline_of(api_version=version)).api_version == "1.2.0"


@pytest.mark.parametrize("version", ["2.0.0", "10.2.0", "0"])
def test_a_pipeline_for_another_major_version_is_refused(version: str) -> None:
    error = refusal_of(pipeline_of(name="p", api_version=version))

    assert error.message == (
        f"pipeline 'p' is written for version {version}, but federation 'tests' has version 1.2.0"
    )


def test_the_homesite_must_be_a_site() -> None:
    error = refusal_of(pipeline_of(), homesite="hone")

    assert isinstance(error, UnknownName)
    assert error.message == "there is no site 'hone'"
    assert "'home'" in error.hint


def test_all_mistakes_are_listed_at_once() -> None:
    with written(api_version="7") as p:
        Nowhere()
        Yield(value=1)
    other = replace(FEDERATION, operations={"m.Make": FEDERATION.operations["m.Make"]})

    error = refusal_of(p, federation=other, homesite="elsewhere")

    assert error.message == "pipeline 'p' has 3 mistakes"
    mistakes = error.at.splitlines()
    assert "is written for version 7" in mistakes[0]
    assert "there is no site 'elsewhere'" in mistakes[1]
    assert "there is no operation 'm.Nowhere'" in mistakes[2]


def test_an_operation_of_another_federation_is_unknown() -> None:
    from dfm.api import operation_class
    from dfm.federation.models import FederationSpec, OperationSpec

    other = FederationSpec("other", "1.0.0", operations={"m.Used": OperationSpec("m.Used")})
    with written() as p:
        operation_class(other.operations["m.Used"], other)()

    error = refusal_of(p)

    assert isinstance(error, UnknownName)
    assert (error.message, error.hint[:7]) == ("there is no operation 'm.Used'", "'m.Use'")
    assert HERE.search(error.at)


# -- references --------------------------------------------------------------------------------


def test_statements_become_steps_and_deliveries() -> None:
    with written() as p:
        first = Make(v=PlaceParam("x"), dfm_node_id=well_known_id("best"))
        second = Use(v=[first["k"], {"deep": (first.fieldref("values"), 1)}], provider="fast")
        third = Join(x=second, y=2, site="a", dfm_after=first)
        Yield(value=third, place="out")
        Yield(value=[1, first], place="out2", dfm_after=third)

    assert shown(plan_after("read_statements", p)) == [
        "best = m.Make(v=$x) @ anywhere",
        'node0 = fast/m.Use(v=[best["k"], {"deep": (best.values, 1)}]) @ anywhere',
        "node1 = m.Join(x=node0, y=2) after best @ a",
        "yield yield0 'out' = node1",
        "yield yield1 'out2' = [1, best] after node1",
    ]


def dangling(name: str) -> NodeRef:
    return well_known_id(name).to_ref()


def test_a_reference_to_nothing_is_refused() -> None:
    with written() as p:
        Make(dfm_node_id=well_known_id("best"))
        Use(v=[dangling("bast")])

    error = refusal_of(p)

    assert error.message == "m.Use reads #bast, which is no statement of this pipeline"
    assert error.hint == "'best', which is there and spelled almost the same"
    assert HERE.search(error.at)


def test_a_reference_to_what_comes_later_is_refused() -> None:
    with written() as p:
        Use(v={"k": (dangling("late"),)})
        Make(dfm_node_id=well_known_id("late"))

    error = refusal_of(p)

    assert error.message == "m.Use reads #late, a m.Make that comes later"
    assert re.search(r"move .*test_check.py:\d+ before it", error.hint)


def test_a_reference_to_itself_is_refused() -> None:
    with written() as p:
        Use(v=make_auto_id(0).to_ref())

    assert refusal_of(p).message == "m.Use reads its own value"


def test_a_reference_to_a_yield_is_refused() -> None:
    with written() as p:
        Yield(value=1)
        Use(v=make_auto_id(0).to_ref())

    assert refusal_of(p).message == "m.Use reads %0, a Yield, which has no value"


def test_waiting_for_nothing_is_refused() -> None:
    with written() as p:
        Make(dfm_after=well_known_id("bast"))

    message = "m.Make is to run after #bast, which is no statement of this pipeline"
    assert refusal_of(p).message == message


def test_a_number_is_no_name_to_suggest() -> None:
    with written() as p:
        Make()
        Make(dfm_after=well_known_id("node"))

    refusal = refusal_of(p)

    assert "node0" not in refusal.hint
    assert "well_known_id('node')" in refusal.hint


def test_false_references_are_listed_together() -> None:
    with written() as p:
        Make(v=dangling("x"), dfm_after=well_known_id("y"))
        Yield(value=Advise())

    assert len(refusal_of(p).at.splitlines()) == 3


def test_advice_has_no_value_when_executed() -> None:
    with written() as p:
        Make(v=[Advise()])

    error = refusal_of(p)

    assert error.message == "Advise() has no value when a pipeline is executed"
    assert HERE.search(error.at)


def test_a_literal_that_can_not_travel_is_refused_with_operation_and_parameter() -> None:
    with written() as p:
        Make(v=1, w=[open])

    error = refusal_of(p)

    assert isinstance(error, ArgumentError)
    assert error.message.startswith("'w' of m.Make can not travel: ")
    assert HERE.search(error.at)


# -- order -------------------------------------------------------------------------------------


def test_steps_run_after_what_they_wait_for_even_if_it_is_written_later() -> None:
    with written() as p:
        Make(v=1, dfm_after=well_known_id("late"))
        Make(v=2)
        Make(v=3, dfm_node_id=well_known_id("late"))

    assert [step.name for step in plan_after("order_lines", p).steps] == [
        "node1", "late", "node0",
    ]  # fmt: skip


def test_waiting_for_a_yield_is_waiting_for_what_it_waits_for() -> None:
    with written() as p:
        first, second = Make(v=1), Make(v=2)
        out = Yield(value=[first, PlaceParam("x")], dfm_after=second)
        Make(v=3, dfm_after=out)

    [*_, third] = plan_after("order_lines", p).steps

    assert third.after == ("node0", "node1")
