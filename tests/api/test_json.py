"""Pipelines as JSON: what comes back, from whom, and what data can never do."""

import json
import sys
from typing import Any

import pytest
from tests.api.climate import (
    FEDERATION,
    LOAD,
    Anything,
    Difference,
    Handmade,
    LoadField,
    Mean,
)

from dfm.api import (
    Else,
    ForEach,
    GreaterThan,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
    operation_class,
    well_known_id,
)
from dfm.errors import DfmError, StructureError, UnknownName
from dfm.federation.models import FederationSpec


def everything() -> Pipeline:
    """Return a pipeline with every kind of statement."""
    with Pipeline(name="everything", api_version="1.2.3") as p:
        field = LoadField(scenario="E1", first=1900, site="institute_a")
        mean = Mean(field=field, dfm_node_id=well_known_id("mean"))
        Handmade(count=mean, many=PlaceParam("many"), anything={"k": [1, None]})
        with If(cond=GreaterThan(left=mean, right=280.0)):
            Yield(value=mean, place="warm")
        with Else():
            Yield(value=["cold", mean], place="cold", dfm_after=[field, mean])
        with ForEach(seq=field) as item, TryFromCache(key=["mean", item["year"]]) as cached:
            cached.cache(Anything(value=item))
    return p


def test_a_pipeline_comes_back_equal() -> None:
    p = everything()

    again = Pipeline.model_validate_json(p.model_dump_json())

    assert again == p
    assert type(again) is Pipeline
    assert [type(s) for s in again.dfm_walk()] == [type(s) for s in p.dfm_walk()]


def test_a_pipeline_comes_back_through_a_federation_of_equal_values() -> None:
    p = everything()
    other = FederationSpec("warming", operations=FEDERATION.operations, sites=FEDERATION.sites)

    again = Pipeline.model_validate_json(p.model_dump_json(), context={"federation": other})

    assert again == p
    assert type(again.dfm_body[0]) is operation_class(LOAD, other)


def test_whoever_has_operations_as_classes_can_be_the_federation() -> None:
    class Mesh:
        spec = FEDERATION

        def operation(self, name: str) -> Any:
            return {"climate.LoadField": LoadField, "climate.Mean": Mean}[name]

    with Pipeline() as p:
        Mean(field=LoadField(scenario="E1", first=1900))

    again = Pipeline.model_validate_json(p.model_dump_json(), context={"federation": Mesh()})

    assert type(again.dfm_body[0]) is LoadField


def test_statements_saved_by_the_earlier_system_are_read() -> None:
    p = everything()
    old = p.model_dump_json().replace('"dfm.api.', '"nv_dfm_core.api.')
    oldest = old.replace("nv_dfm_core.api.WriteToCache", "nv_dfm_core.api._WriteToCache")

    assert Pipeline.model_validate_json(old) == p
    assert Pipeline.model_validate_json(oldest) == p
    assert any(isinstance(s, WriteToCache) for s in Pipeline.model_validate_json(oldest).dfm_walk())


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("warming.fed.site.institute_b.climate.LoadField", None),
        ("warming.fed.site.institute_b.archive.climate.LoadField", "archive"),
    ],
)
def test_operations_saved_by_a_sites_own_package_are_read_with_the_federation(
    name: str, provider: str | None
) -> None:
    with Pipeline() as p:
        LoadField(scenario="E1", first=1900, unit="celsius", site="institute_b", provider=provider)
    text = p.model_dump_json().replace("warming.fed.api.climate.LoadField", name)

    assert Pipeline.model_validate_json(text, context={"federation": FEDERATION}) == p


def renamed(name: str) -> str:
    with Pipeline() as p:
        Anything()
    return p.model_dump_json().replace("warming.fed.api.lab.Anything", name)


@pytest.mark.parametrize(
    "name",
    ["os.system", "subprocess.Popen", "antigravity.fly", "tests.api.climate.FEDERATION", "x", ""],
)
@pytest.mark.parametrize("context", [None, {"federation": FEDERATION}])
def test_a_name_in_data_never_imports_anything(name: str, context: Any) -> None:
    before = set(sys.modules)

    with pytest.raises(UnknownName):
        Pipeline.model_validate_json(renamed(name), context=context)

    assert "antigravity" not in set(sys.modules) - before


@pytest.mark.parametrize(
    "name",
    [
        "dfm.api.statement.Statement",
        "dfm.api.statement.Expression",
        "dfm.api.statements.Operation",
        "dfm.api.operations.FederatedOperation",
        "dfm.api.Pipeline",
        "nv_dfm_core.api.Operation",
    ],
)
def test_a_class_that_is_no_statement_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(DfmError):
        Pipeline.model_validate_json(renamed(name))


@pytest.mark.parametrize(
    ("name", "context", "hint"),
    [
        ("coastal.fed.api.sea.Level", None, "federation=...) with federation 'coastal'"),
        ("warming.fed.api.lab.Anythin", None, "'warming.fed.api.lab.Anything'"),
        ("warming.fed.api.lab.Anythin", {"federation": FEDERATION}, "warming.fed.api.lab.Anything"),
        ("my.module.Operation", None, "import the module that defines it first"),
        ("dfm.api.Yeld", None, "'dfm.api.Yield'"),
    ],
)
def test_an_unknown_name_comes_with_what_to_do(name: str, context: Any, hint: str) -> None:
    with pytest.raises(UnknownName) as refusal:
        Pipeline.model_validate_json(renamed(name), context=context)

    assert hint in refusal.value.hint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dfm_class_name": None}, "dfm_class_name"),
        ({"superfluous": 1}, "takes no argument 'superfluous'"),
        ({"place": "_dfm_status_"}, "reserved"),
        ({"dfm_node_id": {"ident": 0}}, "dfm_node_id"),
        ({"dfm_after": {"ident": 0}}, "dfm_after"),
        ({"value": {"tag": "@dfm-set", "items": [[]]}}, "damaged"),
    ],
)
def test_damaged_statements_are_refused_with_one_error(
    change: dict[str, Any], message: str
) -> None:
    with Pipeline() as p:
        Yield(value=1)
    data = p.model_dump()
    data["dfm_body"][0] |= change

    with pytest.raises(DfmError, match=message):
        Pipeline.model_validate(data)


def test_a_statement_without_a_class_name_is_refused() -> None:
    with pytest.raises(DfmError, match="there is no 'dfm_class_name' in it"):
        Pipeline.model_validate({"dfm_body": [{"value": 1}]})


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"dfm_body": 3}', "[" * 1000])
def test_text_that_is_no_pipeline_is_refused_with_one_error(text: str) -> None:
    with pytest.raises(DfmError):
        Pipeline.model_validate_json(text)


def test_two_statements_with_one_id_are_refused_when_read() -> None:
    with Pipeline() as p:
        Yield(value=1)
    data = p.model_dump()
    data["dfm_body"] *= 2

    with pytest.raises(StructureError, match="two statements have the id %0"):
        Pipeline.model_validate(data)


def test_place_rules_hold_for_what_is_read() -> None:
    with Pipeline() as p:
        Yield(value=1, place="a")
        Yield(value=2, place="b")
    text = p.model_dump_json().replace('"place":"b"', '"place":"a"')

    with pytest.raises(StructureError, match="yield place 'a' is used at %0 and again at %1"):
        Pipeline.model_validate_json(text)


def test_what_is_read_has_no_line() -> None:
    again = Pipeline.model_validate_json(everything().model_dump_json())

    assert {s.dfm_location for s in again.dfm_walk()} == {""}


def test_arguments_stand_beside_the_fields_every_operation_has() -> None:
    with Pipeline() as p:
        Difference(a=1, b=PlaceParam("b"))

    assert json.loads(p.model_dump_json())["dfm_body"] == [
        {
            "a": 1,
            "b": {"tag": "@dfm-place-param", "place": "b", "multiuse": False},
            "dfm_after": None,
            "dfm_class_name": "warming.fed.api.climate.Difference",
            "dfm_node_id": {"tag": "@dfm-node", "ident": 0},
            "provider": None,
            "site": {"tag": "@dfm-best-of", "sites": None},
        }
    ]
