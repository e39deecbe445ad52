"""Operations as classes, without generated code."""

import contextlib
import gc
import inspect
import pydoc
import warnings
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

from dfm.api import Advise, BestOf, Operation, Pipeline, PlaceParam, Yield, operation_class
from dfm.api.arguments import OWN_NAMES
from dfm.errors import ArgumentError, DfmError, FederationError, StructureError, UnknownName
from dfm.federation.models import MISSING, FederationSpec, OperationSpec, Parameter
from dfm.types import Type


def refusal_of(cls: type[Operation], **arguments: Any) -> DfmError:
    with Pipeline(), pytest.raises(DfmError) as refusal:
        cls(**arguments)
    assert "test_operations.py:" in refusal.value.at
    assert refusal.value.hint
    return refusal.value


def test_an_operation_is_a_class_with_its_parameters() -> None:
    with Pipeline():
        load = LoadField(scenario="A1B", first=1900, last=1909, site="institute_a")

    assert isinstance(load, Operation)
    assert (load.scenario, load.first, load.last, load.site) == ("A1B", 1900, 1909, "institute_a")  # type: ignore[attr-defined]
    assert load.__api_name__ == "climate.LoadField"


def test_its_name_says_where_generated_code_would_have_it() -> None:
    assert LoadField.__name__ == LoadField.__qualname__ == "LoadField"
    assert LoadField.__module__ == "warming.fed.api.climate"
    assert LoadField.dfm_class_path() == "warming.fed.api.climate.LoadField"


def test_arguments_are_those_given_and_declared_defaults() -> None:
    with Pipeline():
        load = LoadField(first=1900, scenario="A1B")
        explicit = LoadField(first=1900, scenario="A1B", last=None, tags=[])

    assert load.dfm_arguments() == {"scenario": "A1B", "first": 1900, "tags": ["raw"]}
    assert list(load.dfm_arguments()) == ["scenario", "first", "tags"]
    assert explicit.dfm_arguments() == {"scenario": "A1B", "first": 1900, "last": None, "tags": []}
    assert load != explicit


def test_what_was_not_given_stays_absent_through_json() -> None:
    with Pipeline() as p:
        Anything()
    again = Pipeline.model_validate_json(p.model_dump_json())

    assert "value" not in p.model_dump()["dfm_body"][0]
    assert again.dfm_body[0].dfm_arguments() == {}  # type: ignore[attr-defined]


def test_a_mutable_default_is_not_shared() -> None:
    with Pipeline():
        one = LoadField(first=1900, scenario="A1B")
        two = LoadField(first=1900, scenario="A1B")
    one.tags.append("changed")  # type: ignore[attr-defined]

    assert two.dfm_arguments()["tags"] == ["raw"]


def test_handwritten_operations_follow_the_same_rule() -> None:
    with Pipeline() as p:
        Handmade(count=1)
        Handmade(count=1, many=None)
    again = Pipeline.model_validate_json(p.model_dump_json())

    for pipeline in (p, again):
        given = [s.dfm_arguments() for s in pipeline.dfm_body]  # type: ignore[attr-defined]
        assert given == [{"count": 1, "pair": (1, 2)}, {"count": 1, "pair": (1, 2), "many": None}]


@pytest.mark.parametrize(
    ("cls", "arguments", "message", "hint"),
    [
        (LoadField, {"scenario": "A1B"}, "climate.LoadField needs the argument 'first'", "integer"),
        (
            LoadField,
            {"scenaro": "A1B", "first": 1900},
            "climate.LoadField takes no argument 'scenaro'",
            "'scenario'",
        ),
        (
            LoadField,
            {"scenario": "A1B", "first": "1900"},
            "argument 'first' of climate.LoadField: expected integer, got str ('1900')",
            "integer, or the result of an operation, or a PlaceParam",
        ),
        (LoadField, {"scenario": "A1B", "first": 12}, "greater than or equal to 1860", "integer"),
        (
            LoadField,
            {"scenario": "A2", "first": 1900},
            "one of 'A1B', 'E1', got str ('A2')",
            "string",
        ),
        (LoadField, {"scenario": None, "first": 1900}, "'A1B', 'E1', got NoneType", "string"),
        (Mean, {"field": {"a": 1}}, "argument 'field' of climate.Mean: takes no literal", "result"),
        (Difference, {"a": PlaceParam("p"), "b": 1}, "takes no PlaceParam", "number"),
        (Difference, {"a": [PlaceParam("p")], "b": 1}, "takes no PlaceParam", "number"),
        (Difference, {"a": 1, "b": Advise()}, "can not be advised on", "number"),
        (Anything, {"site": 3}, "argument 'site' of lab.Anything", "BestOf"),
        (Anything, {"provider": 3}, "argument 'provider' of lab.Anything", "help"),
        (Anything, {"dfm_after": 3}, "a statement or its id, got int (3)", "the statement itself"),
        (Anything, {"dfm_node_id": "x"}, "argument 'dfm_node_id'", "well_known_id"),
        (Anything, {"dfm_class_name": "os.system"}, "dfm_class_name of lab.Anything", "leave"),
        (Handmade, {"count": "x"}, "argument 'count' of lab.Handmade", "help"),
        (Handmade, {"cnt": 1}, "lab.Handmade takes no argument 'cnt'", "'count'"),
        (Handmade, {}, "lab.Handmade needs 'count'", "count="),
    ],
)
def test_a_wrong_argument_is_refused_where_it_is_written(
    cls: type[Operation], arguments: dict[str, Any], message: str, hint: str
) -> None:
    refusal = refusal_of(cls, **arguments)

    assert isinstance(refusal, ArgumentError)
    assert message in refusal.message
    assert hint in refusal.hint


def test_arguments_are_given_by_name() -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="by name") as refusal:
        LoadField("A1B", 1900)  # type: ignore[call-arg]

    assert refusal.value.hint.startswith("climate.LoadField(scenario=..., first=...")


def test_a_parameter_that_takes_no_results_refuses_them_at_any_depth() -> None:
    with Pipeline():
        field = LoadField(scenario="E1", first=1900)

        with pytest.raises(ArgumentError, match="takes no result of another operation"):
            Mean(field=field, weight=field[0])
        with pytest.raises(ArgumentError, match="takes no result of another operation"):
            Mean(field=field, weight=[field])


def test_a_literal_with_references_inside_is_checked_as_far_as_it_is_known() -> None:
    with Pipeline():
        field = LoadField(scenario="E1", first=1900)
        LoadField(scenario="E1", first=1900, tags=[field, 3])

        with pytest.raises(ArgumentError, match="expected integer, got list"):
            LoadField(scenario="E1", first=[field])


def test_a_result_that_can_not_fit_is_refused_naming_both_ends() -> None:
    with Pipeline():
        field = LoadField(scenario="E1", first=1900)

        with pytest.raises(ArgumentError) as refusal:
            Difference(a=field, b=1)

    message = refusal.value.message
    assert "argument 'a' of climate.Difference: expected number" in message
    assert "climate.LoadField (" in message
    assert "returns object" in message


def test_a_part_of_a_result_may_be_anything() -> None:
    with Pipeline():
        field = LoadField(scenario="E1", first=1900)
        Difference(a=field["mean"], b=Mean(field=field))


def test_operations_do_not_fit_when_a_pipeline_is_read_either() -> None:
    with Pipeline() as p:
        mean = Mean(field=PlaceParam("f"))
        Difference(a=mean, b=1)
    text = p.model_dump_json()
    wrong = text.replace('"warming.fed.api.climate.Mean"', '"warming.fed.api.lab.Anything"')

    with pytest.raises(ArgumentError, match=r"lab\.Anything takes no argument 'field'"):
        Pipeline.model_validate_json(wrong)
    swapped = text.replace('"a":{"id"', '"b":{"id"').replace('"b":1', '"a":"x"')
    with pytest.raises(ArgumentError, match="expected number, got str"):
        Pipeline.model_validate_json(swapped)


def test_a_result_that_can_not_fit_is_refused_when_a_pipeline_is_read() -> None:
    with Pipeline() as p:
        first = Anything()
        Difference(a=first, b=1)
    text = p.model_dump_json().replace(
        '"warming.fed.api.lab.Anything"',
        '"warming.fed.api.climate.LoadField","scenario":"E1","first":1900',
    )

    with pytest.raises(ArgumentError, match=r"climate\.LoadField returns object"):
        Pipeline.model_validate_json(text)


# -- sites, providers, exposed fields ----------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind", "message", "hint"),
    [
        ({"site": "institute_c"}, UnknownName, "no site 'institute_c'", "'institute_"),
        ({"site": "hub"}, ArgumentError, "site 'hub' does not offer", "site='institute_a'"),
        ({"site": ["institute_a"]}, ArgumentError, "must be one site, BestOf", "BestOf([...])"),
        ({"site": BestOf(["hub"])}, ArgumentError, "site 'hub' does not offer", "institute_b"),
        ({"site": BestOf(["x"])}, UnknownName, "no site 'x'", "'hub'"),
        ({"provider": "archives"}, UnknownName, "no provider 'archives'", "'archive'"),
        (
            {"provider": BestOf(providers=["archive", "x"])},
            UnknownName,
            "no provider 'x'",
            "'archive'",
        ),
        (
            {"site": "institute_a", "provider": BestOf(providers=["archive", "mirror"])},
            ArgumentError,
            "site 'institute_a' does not offer climate.LoadField by a provider 'archive' or",
            "site='institute_b', provider='mirror'",
        ),
        (
            {"site": "hub", "provider": BestOf()},
            ArgumentError,
            "site 'hub' does not offer",
            "mirror",
        ),
        ({"site": BestOf(providers=["archive"])}, StructureError, "names no sites", "provider="),
        (
            {"provider": BestOf(sites=["institute_b"])},
            StructureError,
            "names no providers",
            "providers=[",
        ),
        (
            {"site": "institute_a", "provider": "archive"},
            ArgumentError,
            "site 'institute_a' does not offer climate.LoadField by a provider 'archive'",
            "site='institute_b', provider='archive'",
        ),
    ],
)
def test_a_site_must_be_there_and_offer_the_operation(
    arguments: dict[str, Any], kind: type[DfmError], message: str, hint: str
) -> None:
    refusal = refusal_of(LoadField, scenario="E1", first=1900, **arguments)

    assert isinstance(refusal, kind)
    assert message in refusal.message
    assert hint in refusal.hint


@pytest.mark.parametrize(
    "place",
    [
        {"provider": BestOf()},
        {"provider": BestOf(providers=["archive"])},
        {"site": "institute_b", "provider": BestOf(providers=["mirror", "archive"])},
        {"site": BestOf(["institute_a", "institute_b"]), "provider": BestOf()},
    ],
)
def test_the_best_of_some_providers_can_be_asked_for(place: dict[str, Any]) -> None:
    with Pipeline() as p:
        load = LoadField(scenario="E1", first=1900, **place)

    assert load.provider == place["provider"]
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("empty", [{"sites": []}, {"providers": []}])
def test_the_best_of_none_is_refused(empty: dict[str, Any]) -> None:
    with pytest.raises(StructureError, match="leaves none"):
        BestOf(**empty)


def test_each_named_provider_must_offer_the_operation() -> None:
    with (
        Pipeline(),
        pytest.raises(ArgumentError, match=r"offers climate\.Mean by a provider"),
    ):
        Mean(field=PlaceParam("f"), provider=BestOf(providers=["mirror", "archive"]))


def test_a_provider_must_offer_the_operation_somewhere() -> None:
    refusal = refusal_of(Anything, provider="archive")

    assert refusal.message == "no site offers lab.Anything by a provider 'archive'"


@pytest.mark.parametrize(
    "place",
    [
        {"site": "institute_b"},
        {"site": "institute_b", "provider": "archive"},
        {"provider": "archive"},
        {"site": BestOf(["institute_b"])},
        {"provider": BestOf(providers=["archive"])},
    ],
)
def test_an_exposed_field_is_taken_where_every_candidate_exposes_it(place: dict[str, Any]) -> None:
    with Pipeline() as p:
        load = LoadField(scenario="E1", first=1900, unit="celsius", **place)

    assert load.dfm_arguments()["unit"] == "celsius"
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("falsy", ["", None])
def test_a_falsy_value_of_an_exposed_field_counts_as_given(falsy: str | None) -> None:
    with Pipeline():
        load = LoadField(scenario="E1", first=1900, unit=falsy, site="institute_b")

    assert load.dfm_arguments()["unit"] == falsy


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"site": "institute_a"},
        {"site": BestOf(["institute_a", "institute_b"])},
        {"provider": BestOf()},
        {"site": "institute_b", "provider": BestOf()},
        {"provider": BestOf(providers=["archive", "mirror"])},
    ],
)
def test_an_exposed_field_is_refused_where_a_candidate_does_not_expose_it(
    place: dict[str, Any],
) -> None:
    refusal = refusal_of(LoadField, scenario="E1", first=1900, unit="celsius", **place)

    assert refusal.message == "climate.LoadField takes 'unit' only at some sites"
    assert refusal.hint == "site='institute_b'; or site='institute_b', provider='archive'"


def test_an_exposed_field_has_a_type() -> None:
    refusal = refusal_of(LoadField, scenario="E1", first=1900, unit=3, site="institute_b")

    assert "argument 'unit' of climate.LoadField: expected string, got int (3)" in refusal.message


# -- the class itself ------------------------------------------------------------------------------


def test_the_signature_shows_parameters_first_then_where_and_when() -> None:
    signature = str(inspect.signature(LoadField))

    assert signature == (
        "(*, scenario: str, first: int, last: int = ..., tags: list = ['raw'], unit: str = ...,"
        " site: str | BestOf = BestOf(), provider: str | BestOf | None = None,"
        " dfm_after: Statement | NodeId | None = None, dfm_node_id: NodeId = ..., **options)"
    )


def test_help_shows_what_there_is_to_know() -> None:
    text = pydoc.plain(pydoc.render_doc(LoadField))

    for part in ("Load the field of a scenario.", "which future", "unit of the field",
                 "Returns: object", "institute_b.archive"):  # fmt: skip
        assert part in text


def test_the_class_of_the_same_values_is_the_same() -> None:
    assert operation_class(LOAD, FEDERATION) is LoadField


def test_a_class_nobody_uses_any_more_is_forgotten() -> None:
    spec = OperationSpec("short.Lived")
    federation = FederationSpec("mayfly", operations={spec.name: spec})
    with Pipeline() as p:
        operation_class(spec, federation)()
    text = p.model_dump_json()

    del p
    for _ in range(2):
        gc.collect()

    with pytest.raises(UnknownName, match=r"mayfly\.fed\.api\.short\.Lived"):
        Pipeline.model_validate_json(text)


def test_classes_of_two_snapshots_of_a_federation_write_equal_operations() -> None:
    later = FederationSpec("warming", operations=FEDERATION.operations, sites=FEDERATION.sites)
    other = operation_class(LOAD, later)
    pipelines = []
    for cls in (LoadField, other):
        with Pipeline() as p:
            cls(scenario="E1", first=1900)
        pipelines.append(p)

    assert other is not LoadField
    assert pipelines[0] == pipelines[1]


@pytest.mark.parametrize("name", ["copy", "json", "schema", "dict", "validate", "model_name", "x1"])
def test_a_parameter_may_have_a_name_that_pydantic_once_used(name: str) -> None:
    spec = OperationSpec("odd.Names", (Parameter(name, Type.of("integer")),))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cls = operation_class(spec, FederationSpec("odd", operations={spec.name: spec}))

    with Pipeline() as p:
        cls(**{name: 3})

    assert p.dfm_body[0].dfm_arguments() == {name: 3}  # type: ignore[attr-defined]
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize("name", [*OWN_NAMES, "accept", "model_dump", "_private", "dfm_x"])
def test_a_parameter_can_not_have_a_reserved_name(name: str) -> None:
    spec = OperationSpec("odd.Reserved", (Parameter(name, at="odd.dfm.yaml:7:5"),))

    with pytest.raises(FederationError, match=f"'{name}': the name is reserved") as refusal:
        operation_class(spec, FederationSpec("odd", operations={spec.name: spec}))

    assert "odd.dfm.yaml:7:5" in str(refusal.value)


@pytest.mark.parametrize("name", ["Plain", "a.b.c.Deep", "a.lower_case"])
def test_operation_names_may_be_plain_deep_or_lower_case(name: str) -> None:
    spec = OperationSpec(name)
    cls = operation_class(spec, FederationSpec("odd", operations={name: spec}))
    with Pipeline() as p:
        cls()

    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_a_required_parameter_with_a_default_need_not_be_given() -> None:
    spec = OperationSpec("odd.Default", (Parameter("x", default=0),))
    cls = operation_class(spec, FederationSpec("odd", operations={spec.name: spec}))

    with Pipeline():
        assert cls().dfm_arguments() == {"x": 0}


def test_the_classes_without_an_operation_are_abstract() -> None:
    from dfm.api import Expression, FederatedOperation, Statement

    for cls in (Operation, FederatedOperation):
        with Pipeline(), pytest.raises(StructureError, match="is abstract"):
            cls()
    for cls in (Statement, Expression):
        with Pipeline(), pytest.raises(TypeError, match="abstract"):
            cls()


# -- dfm_after -----------------------------------------------------------------------------------


def test_dfm_after_takes_statements_ids_references_and_lists_of_them() -> None:
    with Pipeline() as p:
        first = Anything()
        second = Anything(dfm_after=first)
        third = Anything(dfm_after=second.dfm_node_id)
        Anything(dfm_after=third[0])
        Anything(dfm_after=[first, second.dfm_node_id, third.dfm_reference()])
        Anything(dfm_after=[])

    after = [[str(i) for i in s.dfm_after_ids] for s in p.dfm_body]
    assert after == [[], ["%0"], ["%1"], ["%2"], ["%0", "%1", "%2"], []]
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_dfm_after_a_statement_of_another_pipeline_is_refused() -> None:
    with Pipeline():
        stranger = Anything()

    with Pipeline(), pytest.raises(StructureError, match="not part of the open pipeline"):
        Anything(dfm_after=stranger)


def test_missing_is_what_an_argument_is_that_was_not_given() -> None:
    with Pipeline(), contextlib.suppress(DfmError):
        assert Anything().value is MISSING  # type: ignore[attr-defined]


@pytest.mark.parametrize("cls", [Pipeline, Yield, LoadField], ids=lambda cls: cls.__name__)
def test_the_first_screen_of_help_shows_an_example(cls: type) -> None:
    screen = pydoc.plain(pydoc.render_doc(cls)).splitlines()[:40]

    assert any("with Pipeline(" in line for line in screen)
    assert any("Yield(value=" in line for line in screen)
