"""A federation file becomes the values it describes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from dfm.federation import (
    MISSING,
    AdapterSpec,
    CacheConfig,
    ComputeCost,
    Const,
    Construct,
    Exposed,
    FederationSpec,
    FromParam,
    FromProvider,
    FromSecrets,
    FromSite,
    Parameter,
    SecretsConfig,
    SendCost,
    load_federation,
    parse_federation,
)
from dfm.types import ANYTHING, Type

FILES = Path(__file__).parent / "files"


@pytest.fixture(scope="module")
def harbor() -> FederationSpec:
    """The complete example: every construct that can be written in place."""
    return load_federation(FILES / "harbor.dfm.yaml")


def of_parameter(text: str) -> Parameter:
    """The one parameter `p`, from its YAML."""
    spec = parse_federation(
        dedent("""\
        dfm: 1.0.0
        info: {api-version: 1.0.0, code-package: fed}
        schemas: {geo.Window: {type: object, properties: {west: {type: number}}}}
        operations: {a.B: {parameters: {p: %s}, returns: object}}
        sites: {hub: {interface: {"#/operations/a.B": {adapter: m.B, args: from-operation}}}}
        """)
        % text
    )
    return spec.operations["a.B"].parameters[0]


def test_info_names_the_federation(harbor: FederationSpec) -> None:
    assert harbor.name == "harborfed"
    assert harbor.api_version == "3.2.1"
    assert harbor.description == "Harbour sensing and forecasting mesh"


def test_operations_keep_the_order_of_the_file(harbor: FederationSpec) -> None:
    assert list(harbor.operations) == ["sonar.Scan", "sonar.Clean", "model.Forecast"]
    assert list(harbor.sites) == ["office", "pier", "cloud"]


def test_parameters_have_types_and_flags(harbor: FederationSpec) -> None:
    scan = harbor.operations["sonar.Scan"]

    assert scan.description == "Collect raw echoes inside a window"
    assert scan.parameters == (
        Parameter(
            "window",
            Type.of(
                "object",
                properties={"west": {"type": "number"}, "east": {"type": "number"}},
                required=["west", "east"],
            ),
        ),
        Parameter("max_rows", Type.of("integer", minimum=1), description="row limit"),
        Parameter(
            "quality",
            Type.of("string", enum=["draft", "final"]),
            required=False,
            accepts_place=False,
            discoverable=False,
        ),
        Parameter(
            "threshold", Type.of("number", "string", "harborfed.lib.types.Level"), required=False
        ),
        Parameter("blob", Type.of("object"), required=False, accepts_literal=False),
        Parameter("hints", ANYTHING, required=False),
    )


def test_what_is_returned_is_a_type_where_that_says_something(harbor: FederationSpec) -> None:
    assert harbor.operations["sonar.Scan"].returns == ANYTHING
    assert harbor.operations["model.Forecast"].returns == Type.of("harborfed.lib.types.Forecast")


def test_a_site_has_its_class_storage_vault_and_links(harbor: FederationSpec) -> None:
    pier = harbor.sites["pier"]

    assert pier.implementation == Construct(
        "harborfed.lib.sites.PierSite", {"serial_port": "/dev/ttyS0", "debug": True}
    )
    assert pier.cache == CacheConfig(
        "s3", {"anon": False, "endpoint_url": "https://s3.harbor.example"}, "dfm-cache/pier"
    )
    assert pier.secrets == SecretsConfig("harborfed.lib.vault.FileVault", {"root": "/etc/harbor"})
    assert pier.send_costs == {"office": SendCost(0.05, 2e6), "cloud": SendCost(0.2, 5e5)}


def test_an_adapter_has_bindings_of_every_kind(harbor: FederationSpec) -> None:
    adapter = harbor.sites["pier"].adapter("sonar.Scan")

    assert adapter == AdapterSpec(
        Construct("harborfed.lib.adapters.ScanAdapter", {"retries": 3}),
        arguments={
            "window": FromParam("window"),
            "rows": FromParam("max_rows"),
            "token": FromSecrets("SCAN_TOKEN"),
            "station": FromSite("federation_name"),
            "unit": Const(
                "metres",
                Exposed("unit", Type.of("string"), "override the default unit", accepts_node=False),
            ),
            "palette": Const([10, 20, "deep"]),
        },
        is_async=True,
        cost=ComputeCost(2.5, 1e6, 4096, 0.5),
        description="live scan",
    )


def test_a_provider_has_operations_of_its_own(harbor: FederationSpec) -> None:
    radar = harbor.sites["pier"].providers["radar"]

    assert radar.implementation is not None
    assert radar.implementation.arguments == {"base_url": "http://radar.local"}
    assert radar.interface["sonar.Scan"].arguments == {
        "window": FromParam("window"),
        "url": FromProvider("radar", "base_url"),
    }


def test_everything_knows_where_it_was_declared(harbor: FederationSpec) -> None:
    lines = (FILES / "harbor.dfm.yaml").read_text().splitlines()
    scan = harbor.operations["sonar.Scan"]
    adapter = harbor.sites["pier"].adapter("sonar.Clean")

    for at, word in [
        (scan.at, "sonar.Scan:"),
        (scan.parameters[1].at, "max_rows:"),
        (harbor.sites["cloud"].at, "cloud:"),
        (adapter.at if adapter else "", '"#/operations/sonar.Clean":'),
    ]:
        file, line, column = at.rsplit(":", 2)
        assert file.endswith("harbor.dfm.yaml")
        assert lines[int(line) - 1][int(column) - 1 :].startswith(word)


def test_a_federation_can_be_sent() -> None:
    spec = load_federation(FILES / "harbor.dfm.yaml")

    assert pickle.loads(pickle.dumps(spec)) == spec


def test_aliased_sites_are_equal_but_for_their_names() -> None:
    bench = load_federation(FILES / "bench.dfm.yaml")

    assert list(bench.sites) == ["home", "data", "compute"]
    assert bench.sites["home"].interface == bench.sites["compute"].interface
    assert bench.sites["data"].name == "data"
    assert bench.sites_offering("ops.Echo") == ("home", "data", "compute")


# -- types of parameters ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("{}", ANYTHING),
        ("~", ANYTHING),
        ("{type: integer}", Type.of("integer")),
        ("{type: [integer, null]}", Type.of("integer", "null")),
        ("{type: 'null'}", Type.of("null")),
        ("{type: null}", ANYTHING),
        ("{type: integer, nullable: true}", Type.of("integer", "null")),
        ("{type: numpy.ndarray}", Type.of("numpy.ndarray")),
        ("{enum: [a, b]}", Type.of("string", enum=["a", "b"])),
        ("{enum: [1, a, ~]}", Type.of("integer", "string", "null", enum=[1, "a", None])),
        ("{type: integer, minimum: 1.0}", Type.of("integer", minimum=1)),
        ("{type: number, maximum: 1e3, minimum: .5}", Type.of("number", maximum=1000, minimum=0.5)),
        ("{type: string, format: date}", Type.of("string", "datetime.date", format="date")),
        ("{type: string, pattern: '^a+$'}", Type.of("string", pattern="^a+$")),
        (
            "{type: array, items: {type: [string, null]}, minItems: 2}",
            Type.of("array", items={"type": ["null", "string"]}, minItems=2),
        ),
        ("{type: geo.Window}", Type.of("object")),
        (
            "{$ref: '#/schemas/geo.Window'}",
            Type.of("object", properties={"west": {"type": "number"}}),
        ),
        (
            "{type: array, items: {$ref: '#/schemas/geo.Window'}}",
            Type.of("array", items={"type": "object", "properties": {"west": {"type": "number"}}}),
        ),
        ("{type: integer, units: kelvin, x-note: 3}", Type.of("integer")),
    ],
)
def test_the_type_of_a_parameter_is(text: str, type_: Type) -> None:
    assert of_parameter(text).type == type_


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("{type: integer, default: 0}", 0),
        ("{type: boolean, default: false}", False),
        ("{type: boolean, default: off}", False),
        ("{type: string, default: ''}", ""),
        ("{type: string, default: 2020-01-01}", "2020-01-01"),
        ("{type: array, default: []}", []),
        ("{type: object, default: {a: [1, {b: ~}]}}", {"a": [1, {"b": None}]}),
        ("{type: integer, default: null}", None),
        ("{$ref: '#/schemas/geo.Window', default: {west: 1}}", {"west": 1}),
        ("{type: integer}", MISSING),
    ],
)
def test_a_default_is_honoured(text: str, default: object) -> None:
    parameter = of_parameter(text)

    assert parameter.default == default
    assert type(parameter.default) is type(default)
    assert not parameter.required


def test_flags_may_be_written_with_underscores() -> None:
    parameter = of_parameter("{type: integer, accepts_place_input: false, description: why}")

    assert not parameter.accepts_place
    assert parameter.description == "why"


@pytest.mark.parametrize(
    ("returns", "type_"),
    [
        ("object", ANYTHING),
        ("Any", ANYTHING),
        ("Dataset", ANYTHING),
        ("integer", Type.of("integer")),
        ("int", Type.of("integer")),
        ("my.Type", Type.of("my.Type")),
        ("geo.Window", Type.of("object")),
    ],
)
def test_the_returned_type_is(returns: str, type_: Type) -> None:
    spec = parse_federation(f"""
dfm: 1.0.0
info: {{api_version: 1.0.0, code_package: fed}}
schemas: {{geo.Window: {{type: object}}}}
operations: {{a.B: {{returns: {returns}}}}}
sites: {{hub: {{interface: {{"#/operations/a.B": {{adapter: m.B}}}}}}}}
""")

    assert spec.operations["a.B"].returns == type_


# -- friendlier than the grammar ----------------------------------------------------------------


def test_an_empty_section_is_empty() -> None:
    spec = parse_federation("""
dfm: "1.0.0"
info: {api-version: 0.1.0, code-package: fed, owner: me}
provision:
schemas:
operations:
sites:
  desk:
  hub: {info: ~, impl: ~, cache_config: ~, secrets_vault: ~, interface: ~, send_cost: ~}
  boss@x.com: {send_cost: {hub@y.com: ~}, providers: {p: ~}}
""")

    assert spec.operations == {}
    assert list(spec.sites) == ["desk", "hub", "boss"]
    assert spec.sites["hub"].cache == CacheConfig()
    assert spec.sites["boss"].send_costs == {"hub": SendCost()}


def test_words_that_yaml_takes_for_truth_values_are_names() -> None:
    spec = parse_federation("""
dfm: 1.0.0
info: {api-version: 0.1.0, code-package: fed}
operations:
  a.B: {parameters: {on: {}, no: {}, yes: {}}, required: [on, no], returns: object}
sites:
  y: {interface: {"#/operations/a.B": {adapter: m.B, args: {off: {from-param: no}}}}}
""")

    assert [(p.name, p.required) for p in spec.operations["a.B"].parameters] == [
        ("on", True),
        ("no", True),
        ("yes", False),
    ]
    assert spec.sites["y"].interface["a.B"].arguments == {"off": FromParam("no")}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0", 0), ("false", False), ("''", ""), ("~", None), ("[]", []), ("{}", {}),
        ("[true, {a: null}]", [True, {"a": None}]), ("2020-01-01", "2020-01-01"), ("'010'", "010"),
    ],
)  # fmt: skip
def test_a_constant_is_any_json_value(written: str, value: object) -> None:
    adapter = adapter_with(f"args: {{x: {{const: {written}, doc: why}}}}")

    assert adapter.arguments == {"x": Const(value)}


def adapter_with(rest: str) -> AdapterSpec:
    spec = parse_federation(f"""
dfm: 1.0.0
info: {{api-version: 0.1.0, code-package: fed}}
operations: {{a.B: {{returns: object}}}}
sites:
  hub:
    interface:
      "#/operations/a.B":
        adapter: m.B
        {rest}
""")
    return spec.sites["hub"].interface["a.B"]


def test_without_args_the_adapter_is_called_without_arguments() -> None:
    assert adapter_with("").arguments == {}


def test_from_operation_passes_every_parameter() -> None:
    assert adapter_with("args: from-operation").arguments is None


def test_a_plain_string_is_a_constant() -> None:
    assert adapter_with("args: {x: some text}").arguments == {"x": Const("some text")}


@pytest.mark.parametrize(
    ("written", "declared"), [("", None), ("is-async: false", False), ("is_async: yes", True)]
)
def test_whether_it_is_async_is_what_the_file_says(written: str, declared: bool | None) -> None:
    assert adapter_with(written).is_async is declared


def test_a_throughput_of_zero_is_none() -> None:
    adapter = adapter_with(
        "compute_cost: {compute_throughput: 0, fixed_time: 1e2, fixed_size: 1e6}"
    )

    assert adapter.cost == ComputeCost(100.0, None, 1_000_000, 0.0)


def test_json_is_read_too() -> None:
    text = '{"dfm": "1.0.0", "info": {"api-version": "1.0.0", "code-package": "fed"}}'

    assert parse_federation(text).name == "fed"


# -- what loading costs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "module", ["dfm.federation.models", "dfm.federation", "dfm.federation.load"]
)
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print({{'yaml', 'pydantic', 'numpy'}} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set()"


def test_loading_a_file_without_limits_on_defaults_needs_no_pydantic() -> None:
    program = (
        "import sys; from dfm.federation import load_federation;"
        f"load_federation({str(FILES / 'bench.dfm.yaml')!r}); print('pydantic' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "False"


def test_a_loaded_federation_knows_its_folder_whatever_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "harbor.dfm.yaml"
    file.write_bytes((FILES / "harbor.dfm.yaml").read_bytes())
    monkeypatch.chdir(tmp_path.parent)

    by_whole_path = load_federation(file)
    by_relative_path = load_federation(Path(tmp_path.name) / file.name)

    assert by_whole_path.folder == by_relative_path.folder == str(tmp_path)


def test_a_federation_that_comes_from_no_file_has_no_folder() -> None:
    assert parse_federation((FILES / "harbor.dfm.yaml").read_text("utf-8")).folder == ""
    assert FederationSpec("bare").folder == ""


def test_where_its_file_is_makes_no_other_federation(harbor: FederationSpec) -> None:
    parsed = parse_federation((FILES / "harbor.dfm.yaml").read_text("utf-8"))

    assert parsed == harbor
    assert "folder" not in repr(harbor)


@pytest.mark.parametrize("args", ["{holds: {from: 3}}", "{holds: {const: 1, other: 2}}", "{a: {}}"])
def test_a_constructor_may_be_given_mappings_that_are_no_bindings(args: str) -> None:
    spec = parse_federation(
        dedent("""\
        dfm: 1.0.0
        info: {api-version: 1.0.0, code-package: fed}
        operations: {a.B: {returns: object}}
        sites: {hub: {interface: {"#/operations/a.B": {adapter: {path: m.B, args: %s}}}}}
        """)
        % args
    )

    assert spec.sites["hub"].interface["a.B"].implementation.arguments
