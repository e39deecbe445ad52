"""What is generated, file by file; nothing here imports it."""

from __future__ import annotations

import ast
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.codegen.harbor_package import FEDERATION

from dfm.codegen import FedInfo, fed_info, generate
from dfm.errors import CorruptMessage, FederationError, UnknownName
from dfm.federation.load import parse_federation
from dfm.federation.models import (
    AdapterSpec,
    ComputeCost,
    Const,
    Construct,
    Exposed,
    FederationSpec,
    OperationSpec,
    Parameter,
    ProviderSpec,
    SiteSpec,
)
from dfm.types import Type

HARBOR = parse_federation(FEDERATION)
EMPTY = "dfm: 1.0.0"


def offering(*operations: str, provider: str = "", by_provider: str = "") -> FederationSpec:
    """Return a federation whose site offers operations."""
    adapter = AdapterSpec(Construct("lib.f"))
    names = [*operations, *filter(None, [by_provider])]
    providers = {provider: ProviderSpec(provider, {by_provider: adapter})} if provider else {}
    site = SiteSpec("hub", dict.fromkeys(operations, adapter), providers)
    return FederationSpec(
        "fed1", operations={n: OperationSpec(n) for n in names}, sites={"hub": site}
    )


def classes_in(text: str) -> list[str]:
    """Return the names that a file says it has."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []


def test_what_all_have_is_written_when_nothing_else_is_asked_for() -> None:
    files = generate(HARBOR, FEDERATION, api=False, runtime_sites=[])

    assert "harborfed/fed/__init__.py" in files
    assert "harborfed/fed.py" not in files


def test_the_files_are_where_they_are_looked_for() -> None:
    assert list(generate(HARBOR, FEDERATION)) == [
        "harborfed/fed/__init__.py",
        "harborfed/fed/api/__init__.py",
        "harborfed/fed/api/sonar/__init__.py",
        "harborfed/fed/api/sonar/deep.py",
        "harborfed/fed/py.typed",
        "harborfed/fed/runtime/__init__.py",
        "harborfed/fed/runtime/fed_info.json",
        "harborfed/fed/runtime/federation.dfm.yaml",
        "harborfed/fed/runtime/office/__init__.py",
        "harborfed/fed/runtime/office/_this_site.py",
        "harborfed/fed/runtime/pier/__init__.py",
        "harborfed/fed/runtime/pier/_this_site.py",
        "harborfed/fed/schema/__init__.py",
        "harborfed/fed/schema/geo.py",
        "harborfed/fed/schema/route.py",
        "harborfed/fed/site/__init__.py",
        "harborfed/fed/site/pier/__init__.py",
        "harborfed/fed/site/pier/radar/__init__.py",
        "harborfed/fed/site/pier/radar/sonar.py",
        "harborfed/fed/site/pier/sonar/__init__.py",
        "harborfed/fed/site/pier/sonar/deep.py",
    ]


def test_what_is_generated_twice_is_the_same() -> None:
    assert generate(HARBOR, FEDERATION) == generate(parse_federation(FEDERATION), FEDERATION)


def test_every_schema_is_there() -> None:
    files = generate(HARBOR, FEDERATION)

    assert classes_in(files["harborfed/fed/schema/geo.py"]) == ["Box", "Window"]
    assert classes_in(files["harborfed/fed/schema/route.py"]) == ["Leg", "Mode"]


def test_a_federation_without_schemas_and_operations_has_a_package() -> None:
    files = generate(FederationSpec("bare", sites={"hub": SiteSpec("hub")}), EMPTY)

    assert "bare/fed/runtime/hub/__init__.py" in files
    assert not any("/site/" in path for path in files)


def test_operations_of_any_depth_stand_in_one_file_each() -> None:
    files = generate(offering("Root", "a.b.Mid", "a.b.c.Deep", "other.Op"), EMPTY)

    found = {path: classes_in(text) for path, text in files.items() if "/api" in path}
    assert found == {
        "fed1/fed/api/__init__.py": ["Root"],
        "fed1/fed/api/a/__init__.py": [],
        "fed1/fed/api/a/b/__init__.py": ["Mid"],
        "fed1/fed/api/a/b/c.py": ["Deep"],
        "fed1/fed/api/other.py": ["Op"],
    }


def test_a_class_is_called_what_the_operation_is_called() -> None:
    files = generate(offering("a.lower_case"), EMPTY)

    assert classes_in(files["fed1/fed/api/a.py"]) == ["lower_case"]


def test_a_provider_and_a_namespace_of_one_name_share_a_folder() -> None:
    files = generate(offering("radar.Turn", provider="radar", by_provider="sonar.Scan"), EMPTY)

    assert classes_in(files["fed1/fed/site/hub/radar/__init__.py"]) == ["Turn"]
    assert classes_in(files["fed1/fed/site/hub/radar/sonar.py"]) == ["Scan"]


def test_two_classes_that_would_have_one_name_are_refused() -> None:
    with pytest.raises(FederationError) as caught:
        generate(offering("radar.Turn", provider="radar", by_provider="Turn"), EMPTY)

    assert "two classes would be site.hub.radar.Turn" in str(caught.value)


def test_a_class_and_a_module_that_would_have_one_name_are_refused() -> None:
    with pytest.raises(FederationError) as caught:
        generate(offering("sonar", provider="sonar", by_provider="a.Scan"), EMPTY)

    assert "a class and a module would both be site.hub.sonar" in str(caught.value)


def test_only_the_sites_asked_for_get_a_runtime_module() -> None:
    files = generate(HARBOR, FEDERATION, api=False, runtime_sites=["office"])

    assert "harborfed/fed/runtime/office/__init__.py" in files
    assert not any("pier" in path or "/api/" in path for path in files)
    assert set(FedInfo.from_json(files["harborfed/fed/runtime/fed_info.json"]).sites) == {
        "office",
        "pier",
    }


def test_a_site_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownName, match="no site 'peer'") as caught:
        generate(HARBOR, FEDERATION, runtime_sites=["peer"])

    assert "'pier'" in caught.value.hint


@pytest.mark.parametrize("path", ["Adapter", "lib.class.Site", "lib.ｃlass.Site"])
def test_a_class_that_no_code_can_import_is_refused(path: str) -> None:
    spec = FederationSpec("fed1", sites={"hub": SiteSpec("hub", implementation=Construct(path))})

    with pytest.raises(FederationError, match="1 problem"):
        generate(spec, EMPTY)


def test_a_declared_default_is_in_the_signature() -> None:
    text = generate(HARBOR, FEDERATION)["harborfed/fed/api/sonar/__init__.py"]

    assert "gain: float | _d.Result | _d.PlaceParam | _d.Advise | None = 2.5," in text


def hostile(text: str) -> FederationSpec:
    """Return a federation that says `text` wherever it can say anything."""
    parameter = Parameter(
        "p",
        Type.of("string", enum=[text, "b"]),
        default=text,
        description=text,
    )
    exposed = Exposed("unit", Type.of("string"), text)
    adapter = AdapterSpec(
        Construct("lib.Adapter", {"x": text}), {"u": Const(text, exposed)}, description=text
    )
    site = SiteSpec(
        "hub",
        {"a.Op": adapter},
        {"radar": ProviderSpec("radar", implementation=Construct("lib.Radar", {"x": text}))},
        implementation=Construct("lib.Site", {"x": text}),
    )
    operation = OperationSpec("a.Op", (parameter,), description=text)
    return FederationSpec("fed1", "1.0.0", text, {"a.Op": operation}, {"hub": site})


def shape(files: dict[str, str]) -> dict[str, list[str]]:
    """Return the kinds of the nodes of each file, without what constants say."""
    return {
        path: [type(node).__name__ for node in ast.walk(ast.parse(text))]
        for path, text in files.items()
        if path.endswith(".py")
    }


@pytest.mark.parametrize(
    "text",
    [
        '"""\nimport os\n"""',
        "']; import os; ['",
        '\\"\\"\\"\nimport os',
        "{0} {name!r} %s",
        "\\",
        'ends with "',
        "\r\x0c\u2028\u202e\x00",
        "\ud800",
        "${HOME} `id`",
    ],
)
def test_no_value_of_a_federation_becomes_code(text: str) -> None:
    assert shape(generate(hostile(text), EMPTY)) == shape(generate(hostile("plain"), EMPTY))


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=30))
def test_no_text_at_all_becomes_code(text: str) -> None:
    assert shape(generate(hostile(text), EMPTY)) == shape(generate(hostile("plain"), EMPTY))


def test_a_docstring_says_what_the_federation_says() -> None:
    text = '"quotes" \\ and """more""" and the end"'
    files = generate(hostile(text), EMPTY)

    tree = ast.parse(files["fed1/fed/api/a.py"])
    cls = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert (ast.get_docstring(cls) or "").splitlines()[0] == text


def test_properties_that_are_no_names_have_fields() -> None:
    names = ["class", "a-b", "a b", "model_x", "_hidden", "json", "1st", "value", "schema"]
    schema = {"type": "object", "properties": {n: {"type": "string"} for n in names}}
    info = {"api-version": "0.1.0", "code-package": "fed1"}
    yaml = json.dumps({"dfm": "1.0.0", "info": info, "schemas": {"x.Odd": schema}})

    text = generate(parse_federation(yaml), yaml)["fed1/fed/schema/x.py"]

    fields = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.AnnAssign)]
    assert {ast.unparse(f.target) for f in fields} == {
        *("class_", "a_b", "a_b_", "x_", "hidden", "json_", "st", "value", "schema_")
    }
    assert all(repr(name) in text for name in names if name != "value")


# -- fed_info.json ------------------------------------------------------------------------------


def test_fed_info_comes_back_from_its_text() -> None:
    info = fed_info(HARBOR)

    assert FedInfo.from_json(info.to_json()) == info
    scan = info.find_location_info("pier").interface["sonar.Scan"]
    assert scan.compute_cost == ComputeCost(fixed_time=2.5)
    assert info.find_location_info("pier", "radar").interface["sonar.Scan"].is_async


def test_the_cost_of_sending_is_the_declared_one_nothing_or_much() -> None:
    info = fed_info(HARBOR)

    assert info.find_send_cost("pier", "office").bandwidth == 2_000_000
    assert info.find_send_cost("office", "office").fixed_time == 0
    assert info.find_send_cost("office", "pier").fixed_time == 1e8


@pytest.mark.parametrize(("site", "provider"), [("peer", None), ("pier", "rador")])
def test_fed_info_names_what_is_not_there(site: str, provider: str | None) -> None:
    with pytest.raises(UnknownName, match=provider or site):
        fed_info(HARBOR).find_location_info(site, provider)


@pytest.mark.parametrize("text", ["", "[]", '{"sites": 3}', '{"sites": {"a": {}}}'])
def test_what_is_no_fed_info_is_told(text: str) -> None:
    with pytest.raises(CorruptMessage, match=r"no fed_info\.json"):
        FedInfo.from_json(text)


def test_an_operation_without_a_declared_cost_has_a_cost_that_deters() -> None:
    free = replace(HARBOR)

    assert fed_info(free).sites["pier"].interface["Root"].compute_cost.fixed_time == 1e6
