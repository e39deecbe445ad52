"""References: what is referred to stands in their place, and nothing else can be read by them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from dfm.errors import FederationError, LimitExceeded, Problem
from dfm.federation.load import load_federation, parse_federation
from dfm.federation.resolved import resolved_yaml
from dfm.types import Type

SPEC = Path(__file__).parent / "files" / "spec"
HEAD = "dfm: 1.0.0\ninfo: {api-version: 1.0.0, code-package: lab}\n"
SITES = """
one_site: {info: {description: from afar}}
sets:
  fixed: {desk: {}, hub: {}}
"""


def written(folder: Path, **files: str) -> Path:
    """Write files, `main` with a head before it, and return the path of `main`."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + (".yaml" if "." not in name else ""))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((HEAD if name == "main" else "") + text)
    return folder / "main.yaml"


def problem_of(path: Path, **options: bool) -> Problem:
    """The one mistake of a federation."""
    with pytest.raises(FederationError) as refusal:
        load_federation(path, **options)
    [problem] = refusal.value.problems
    return problem


# -- the two examples of the specification -----------------------------------------------------


def test_a_federation_with_every_construct_is_read() -> None:
    spec = load_federation(SPEC / "harbor.dfm.yaml")

    assert spec.provision["docker"]["build"]["push"]["registry"]["username"] == "$REG_USER"
    unit = (spec.sites["pier"].interface["sonar.Scan"].arguments or {})["unit"].exposed
    assert (unit.param, unit.accepts_node, unit.accepts_place) == ("unit", False, True)
    assert spec.operations["sonar.Scan"].parameter("window").type.limits


def test_a_federation_with_every_kind_of_reference_is_read() -> None:
    spec = load_federation(SPEC / "harbor2.dfm.yaml")

    assert list(spec.sites) == ["desk", "lab", "pier"]
    assert list(spec.operations) == ["sonar.Scan", "sonar.Clean", "model.Forecast", "model.Tune"]
    assert [p.name for p in spec.operations["model.Tune"].parameters] == ["rate", "note", "scan"]
    assert [p.required for p in spec.operations["model.Tune"].parameters] == [True, False, True]
    assert list(spec.sites["lab"].interface) == ["model.Forecast"]
    assert list(spec.sites["pier"].interface) == ["sonar.Scan", "sonar.Clean", "model.Tune"]
    backup = spec.sites["pier"].providers["backup"].interface["sonar.Scan"]
    assert backup.implementation.path == "harbortwo.lib.BackupScan"


@pytest.mark.parametrize("name", ["harbor", "harbor2"])
def test_one_text_without_references_says_the_same(name: str) -> None:
    path = SPEC / f"{name}.dfm.yaml"

    text = resolved_yaml(path)

    assert parse_federation(text) == load_federation(path)
    assert "common.yaml" not in text


# -- where names lead --------------------------------------------------------------------------


def test_a_name_is_relative_to_the_file_that_says_it_wherever_the_program_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = written(
        tmp_path,
        main='sites: {lab: {$ref: "parts/labs.yaml#/lab"}}\n',
        parts__labs='lab: {$ref: "more/deep.yaml#/site"}\n',
        parts__more__deep='site: {interface: {$ref: ["../bound.yaml#/all"]}}\n',
        parts__bound="all: {}\n",
    )
    monkeypatch.chdir("/")

    assert list(load_federation(main).sites) == ["lab"]


def test_a_reference_in_another_file_to_itself_is_to_that_file(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main='operations: {a.B: {$ref: "ops.yaml#/one"}}\n'
        "sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B}}}}\n",
        ops='one: {parameters: {$ref: ["#/set"]}, returns: number}\nset: {x: {type: integer}}\n',
    )

    [x] = load_federation(main).operations["a.B"].parameters
    assert (x.name, x.type) == ("x", Type.of("integer"))


@pytest.mark.parametrize("word", ["parameters", "properties"])
def test_a_pointer_may_use_either_spelling(tmp_path: Path, word: str) -> None:
    operations = "{a.B: {parameters: {x: {type: integer}}, returns: number}"
    pointer = f"#/operations/a.B/{word}"
    main = written(
        tmp_path,
        main=f"operations: {operations}, a.C: {{parameters: {{$ref: ['{pointer}']}},"
        " returns: number}}\nsites: {lab: {interface: {"
        " '#/operations/a.B': {adapter: m.B}, '#/operations/a.C': {adapter: m.C}}}}\n",
    )

    [x] = load_federation(main).operations["a.C"].parameters

    assert (x.name, x.type) == ("x", Type.of("integer"))


def test_a_slash_in_a_name_is_written_as_in_any_json_pointer(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main="operations: {a.B: {returns: number}}\nsites:\n"
        "  one: {interface: {'#/operations/a.B': {adapter: m.B}}}\n"
        "  two: {interface: {'#/operations/a.B':"
        " {$ref: '#/sites/one/interface/#~1operations~1a.B'}}}\n",
    )

    two = load_federation(main).sites["two"]

    assert two.interface["a.B"].implementation.path == "m.B"


def test_what_is_written_out_goes_before_what_is_merged_in(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main="sites:\n  desk: {link-class: null, send_cost: {hub: {fixed_time: 3}}}\n"
        '  $ref: ["shared.yaml#/sets/fixed"]\n',
        shared=SITES,
    )

    spec = load_federation(main)

    assert spec.sites["desk"].send_costs["hub"].fixed_time == 3
    assert sorted(spec.sites) == ["desk", "hub"]


def test_a_name_from_two_references_that_differ_is_a_mistake(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main='sites: {$ref: ["s.yaml#/a", "s.yaml#/b"]}\n',
        s="a: {desk: {}}\nb: {desk: {info: {x: 1}}}\n",
    )

    assert "'desk' comes from two references, and they differ" in problem_of(main).message


# -- schemas -----------------------------------------------------------------------------------


SCHEMAS = """
schemas:
  geo.Line: {type: object, properties: {from: {$ref: '#/schemas/geo.Point'}}}
  geo.Point: {type: object, properties: {x: {type: number}}, required: [x]}
  geo.Place: {$ref: '#/schemas/geo.Point'}
operations:
  a.B:
    parameters: {line: {$ref: '#/schemas/geo.Line'}, place: {$ref: '#/schemas/geo.Place'}}
    returns: number
sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B, args: from-operation}}}}
"""


def test_schemas_may_refer_to_each_other_in_any_order_and_have_other_names(tmp_path: Path) -> None:
    operation = load_federation(written(tmp_path, main=SCHEMAS)).operations["a.B"]

    line, place = (p.type for p in operation.parameters)
    assert line.refusal({"from": {"x": 1.0}}) == ""
    assert line.refusal({"from": {"x": "one"}})
    assert place.refusal({})
    assert place.refusal({"x": 1.0}) == ""


def test_a_schema_that_is_part_of_itself_is_read(tmp_path: Path) -> None:
    tree = "{type: object, properties: {left: {$ref: '#/schemas/t.Tree'}}}"
    main = written(tmp_path, main=f"schemas: {{t.Tree: {tree}}}\nsites: {{lab: {{}}}}\n")

    assert list(load_federation(main).sites) == ["lab"]


def test_schemas_of_another_file_are_read_with_what_they_refer_to_there(tmp_path: Path) -> None:
    schemas = SCHEMAS[: SCHEMAS.index("operations:")]
    main = written(
        tmp_path,
        main="schemas: {geo.Point: {$ref: 'geo.yaml#/schemas/geo.Point'}}\n"
        "operations: {a.B: {parameters: {line: {$ref: 'geo.yaml#/schemas/geo.Line'}},"
        " returns: number}}\n"
        "sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B}}}}\n",
        geo=schemas,
    )

    [line] = load_federation(main).operations["a.B"].parameters

    assert line.type.refusal({"from": {"x": "one"}})
    assert "#/schemas/geo.Point" in resolved_yaml(main)  # known by its name here


# -- what is refused ---------------------------------------------------------------------------


def test_a_mistake_in_another_file_is_told_with_its_place_there(tmp_path: Path) -> None:
    main = written(
        tmp_path,
        main='sites: {lab: {$ref: "shared.yaml#/lab"}}\n',
        shared="lab:\n  infoo: {}\n",
    )

    problem = problem_of(main)

    assert problem.message == "a site has no key 'infoo'"
    assert problem.at.endswith("shared.yaml:2:3")


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("nowhere.yaml#/x", "there is no such file"),
        ("../outside.yaml#/lab", "leads out of the folder of the federation"),
        ("/etc/passwd#/x", "is not a relative file name"),
        ("link.yaml#/lab", "leads out of the folder of the federation"),
        ("file:///etc/passwd#/x", "is no file of a federation"),
        ("https://dfm.example/x.yaml#/lab", "web addresses are not allowed here"),
        ("shared.yaml#/labs", "there is no 'labs' in"),
        ("shared.yaml", "a reference is `file.yaml#/names/on/the/way`"),
        ("list.yaml#/2", "there is no '2' in"),
        ("bad.yaml#/x", "bad.yaml:1:1"),
    ],
)
def test_a_reference_that_can_not_be_followed_is_told_where_it_stands(
    tmp_path: Path, reference: str, said: str
) -> None:
    folder = tmp_path / "fed"
    (tmp_path / "outside.yaml").write_text("lab: {}\n")
    main = written(
        folder,
        main=f'sites: {{lab: {{$ref: "{reference}"}}}}\n',
        shared="lab: {}\n",
        list="[1, 2]\n",
    )
    (folder / "bad.yaml").write_bytes(b"\xff\xfe")
    os.symlink(tmp_path / "outside.yaml", folder / "link.yaml")

    problem = problem_of(main)

    assert said in problem.message
    assert problem.at == f"{main}:3:21"


@pytest.mark.parametrize(
    "files",
    [
        {"main": "sites: {a: {$ref: '#/sites/b'}, b: {$ref: '#/sites/a'}}\n"},
        {"main": "sites: {$ref: ['x.yaml#/s']}\n", "x": "s: {$ref: ['main.yaml#/sites']}\n"},
        {"main": "sites: {a: {$ref: 'x.yaml#/a'}}\n", "x": "a: {$ref: 'y.yaml#/a'}\n",
         "y": "a: {$ref: 'x.yaml#/a'}\n"},
    ],
)  # fmt: skip
def test_references_that_lead_round_in_a_circle_are_refused(
    tmp_path: Path, files: dict[str, str]
) -> None:
    with pytest.raises(FederationError) as refusal:
        load_federation(written(tmp_path, **files))

    assert "lead round in a circle" in refusal.value.problems[0].message


def test_references_that_multiply_are_refused_before_they_fill_memory(tmp_path: Path) -> None:
    many = "".join(
        f"s{n}: {{type: object, properties: {{a: {{$ref: '#/s{n + 1}'}},"
        f" b: {{$ref: '#/s{n + 1}'}}}}}}\n"
        for n in range(30)
    )
    main = written(
        tmp_path, main="schemas: {a.B: {$ref: 'm.yaml#/s0'}}\n", m=many + "s30: {type: string}\n"
    )

    with pytest.raises(LimitExceeded):
        load_federation(main)


# -- web addresses -----------------------------------------------------------------------------


class _Answers(BaseHTTPRequestHandler):
    """A web server with a few files, and some that are none."""

    def do_GET(self) -> None:
        if self.path == "/moved.yaml":
            self.send_response(302)
            self.send_header("Location", "http://10.0.0.1/lab.yaml")
            self.end_headers()
            return
        content = {"/labs/lab.yaml": b"lab: {$ref: 'more.yaml#/it'}\n"}.get(self.path)
        if self.path == "/labs/more.yaml":
            content = b"it: {info: {description: from the web}}\n"
        if self.path == "/large.yaml":
            content = b"#" * (5 << 20)
        self.send_response(200 if content else 404)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_web_address_is_read_if_that_is_allowed_and_so_are_names_in_it(
    tmp_path: Path, web: str
) -> None:
    main = written(tmp_path, main=f'sites: {{lab: {{$ref: "{web}/labs/lab.yaml#/lab"}}}}\n')

    assert list(load_federation(main, allow_private_urls=True).sites) == ["lab"]


def test_an_address_of_this_machine_or_a_private_network_is_not_asked(
    tmp_path: Path, web: str
) -> None:
    main = written(tmp_path, main=f'sites: {{lab: {{$ref: "{web}/labs/lab.yaml#/lab"}}}}\n')

    assert "an address of a private network" in problem_of(main, allow_urls=True).message


@pytest.mark.parametrize(
    ("path", "said"), [("/none.yaml", "answers 404"), ("/large.yaml", "more than 4194304 bytes")]
)
def test_what_the_web_does_not_have_or_is_too_large_is_told(
    tmp_path: Path, web: str, path: str, said: str
) -> None:
    main = written(tmp_path, main=f'sites: {{lab: {{$ref: "{web}{path}#/lab"}}}}\n')

    assert said in problem_of(main, allow_private_urls=True).message


def test_a_file_of_the_web_can_not_have_files_of_this_machine_read(
    tmp_path: Path, web: str
) -> None:
    (tmp_path / "more.yaml").write_text("it: {info: {description: from the disk}}\n")
    main = written(tmp_path, main=f'sites: {{lab: {{$ref: "{web}/labs/lab.yaml#/lab"}}}}\n')

    assert "from the web" in resolved_yaml(main, allow_private_urls=True)
