"""References that somebody got wrong, or made to do harm: each is told, and nothing is left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from dfm.errors import FederationError, LimitExceeded, Problem
from dfm.federation import documents, fetch, pointers
from dfm.federation.load import load_federation, parse_federation
from dfm.federation.models import FederationSpec
from dfm.federation.resolved import resolved_yaml
from dfm.types import Type

from .test_references import problem_of, written

OFFER = "sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B, args: from-operation}}}}\n"


def loaded(folder: Path, **files: str) -> FederationSpec:
    return load_federation(written(folder, **files))


def type_of(spec: FederationSpec) -> Type:
    """The type of the only parameter of the only operation."""
    [parameter] = spec.operations["a.B"].parameters
    return parameter.type


def of_parameter(schema: str, more: str = "") -> str:
    """A federation with one parameter of that schema."""
    return f"{more}operations: {{a.B: {{parameters: {{x: {schema}}}, returns: object}}}}\n{OFFER}"


# -- nothing is left out unsaid ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("main", "shared", "said"),
    [
        ("sites: {lab: {$ref: 'x.yaml#/a'}}", "", "x.yaml is empty"),
        ("sites: {lab: {$ref: 'x.yaml#/a'}}", "# nothing\n", "x.yaml is empty"),
        ("sites: {lab: {$ref: ['x.yaml#/a']}}", "a: {}", "a reference is"),
        ("sites: {lab: {$ref: {a: b}}}", "a: {}", "a reference is"),
        ("sites: {lab: {ref: {a: b}}}", "a: {}", "a reference is"),
        ("sites: {lab: {$ref: 'x.yaml#/a'}}", "a: {$ref: ['#/b']}\nb: {}", "a reference is"),
        ("sites: {lab: {$ref: 'x.yaml#/a'}}", "a: 3", "a site must be a mapping"),
        ("sites: {lab: {$ref: 'x.yaml#/0'}}", "[a: {}, 2]", "no key 'a'"),
        ("sites: {lab: {$ref: 'x.yaml#/٣'}}", "[1, 2, 3, 4]", "there is no '٣'"),
        (f"sites: {{lab: {{$ref: 'x.yaml#/{'9' * 5000}'}}}}", "[1]", "there is no '999"),
        ("sites: {lab: {$ref: '.#/x'}}", "a: {}", "this is a directory"),
        ("schemas: {a.B: {$ref: ['#/x']}}\nsites: {lab: }", "a: {}", "a reference is"),
        ("link-classes: {$ref: ['x.yaml#/a']}\nsites: {lab: }", "a: {}", "must be a mapping"),
    ],
)
def test_what_can_not_be_followed_is_told(
    tmp_path: Path, main: str, shared: str, said: str
) -> None:
    assert said in problem_of(written(tmp_path, main=main, x=shared)).message


def test_where_nothing_is_merged_a_ref_is_a_name_that_can_not_be(tmp_path: Path) -> None:
    offer = OFFER.replace("from-operation", "{$ref: text}")
    main = written(tmp_path, main=f"operations: {{a.B: {{returns: object}}}}\n{offer}")

    assert "the argument name '$ref' is not an identifier" in problem_of(main).message


def test_a_file_of_which_nothing_is_left_is_read_once_and_told_at_each_reference(
    tmp_path: Path,
) -> None:
    main = written(tmp_path, main="sites:\n  a: {$ref: 'no.yaml#/a'}\n  b: {$ref: 'no.yaml#/b'}\n")

    with pytest.raises(FederationError) as refusal:
        load_federation(main)

    assert "there is no such file" in refusal.value.problems[0].message


# -- circles and chains ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("main", "shared"),
    [
        ("sites: {$ref: ['#/sites'], lab: {$ref: '#/sites/nowhere'}}", "a: {}"),
        ("sites: {lab: {$ref: 'x.yaml#/a/nowhere'}}", "a: {$ref: ['#/b']}\nb: {$ref: ['#/a']}"),
        ("schemas: {a.A: {$ref: '#/schemas/a.B'}, a.B: {$ref: '#/schemas/a.A'}}\nsites: {l: }", ""),
        (
            "schemas: {a.A: {$ref: 'x.yaml#/a'}}\nsites: {l: }",
            "a: {$ref: 'main.yaml#/schemas/a.A'}",
        ),
    ],
)
def test_a_circle_through_merges_and_names_is_refused(
    tmp_path: Path, main: str, shared: str
) -> None:
    with pytest.raises(FederationError) as refusal:
        loaded(tmp_path, main=main, x=shared)

    assert any("lead round in a circle" in p.message for p in refusal.value.problems)


def test_a_circle_is_told_by_the_steps_that_are_in_it(tmp_path: Path) -> None:
    main = written(tmp_path, main="sites: {lab: {$ref: 'x.yaml#/a'}}", x="a: {$ref: '#/a'}\n")

    problem = problem_of(main)

    assert problem.message.count("#/a") == 2
    assert problem.at.endswith("x.yaml:1:11")


def test_a_chain_without_end_is_refused(tmp_path: Path) -> None:
    steps = "".join(f"s{n}: {{$ref: '#/s{n + 1}'}}\n" for n in range(pointers.MOST_STEPS + 1))

    problem = problem_of(
        written(tmp_path, main="sites: {lab: {$ref: 'x.yaml#/s0'}}", x=steps + "s33: {}\n")
    )

    assert "more than 32 others" in problem.message


@pytest.mark.parametrize(
    "nest", ["{type: object, properties: {a: %s}}", "{oneOf: [%s]}", "{items: %s}"]
)
def test_references_can_not_make_something_deeper_than_we_read(tmp_path: Path, nest: str) -> None:
    """The depth is counted on the way down, before a stack is full."""
    inner = "%s"
    for _ in range(20):
        inner = nest % inner
    steps = "".join(
        f"s{n}: {inner % '{$ref: %s}'}\n" % f"'#/s{n + 1}'" for n in range(pointers.MOST_STEPS - 1)
    )

    with pytest.raises(LimitExceeded):
        loaded(tmp_path, main="schemas: {a.B: {$ref: 'x.yaml#/s0'}}", x=steps + "s31: {}\n")


def test_many_references_to_one_large_thing_are_refused_before_they_fill_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pointers, "MOST_VALUES", 100_000)
    large = "{" + ", ".join(f"p{n}: {{type: string}}" for n in range(5_000)) + "}"
    many = ", ".join(f"x{n}: {{$ref: 'x.yaml#/large'}}" for n in range(1_000))

    with pytest.raises(LimitExceeded):
        loaded(
            tmp_path,
            main=f"operations: {{a.B: {{parameters: {{{many}}}, returns: object}}}}\n",
            x=f"large: {{type: object, properties: {large}}}\n",
        )


# -- schemas -----------------------------------------------------------------------------------


TREE = "schemas: {t.Tree: {type: object, properties: {left: {$ref: '#/schemas/t.Tree'}}}}\n"


@pytest.mark.parametrize(
    "schemas",
    ["{$ref: ['x.yaml#/schemas']}", "{t.Tree: {$ref: 'x.yaml#/schemas/t.Tree'}}"],
)
def test_a_schema_of_another_file_that_is_part_of_itself_is_known_by_its_name_here(
    tmp_path: Path, schemas: str
) -> None:
    more = f"schemas: {schemas}\n"
    spec = loaded(tmp_path, main=of_parameter("{$ref: '#/schemas/t.Tree'}", more), x=TREE)

    assert type_of(spec).refusal({"left": {}}) == ""
    assert type_of(spec).refusal(3)
    assert "#/schemas/t.Tree" in resolved_yaml(tmp_path / "main.yaml")


def test_without_a_name_here_it_is_refused_and_the_way_out_told(tmp_path: Path) -> None:
    main = written(tmp_path, main=of_parameter("{$ref: 'x.yaml#/schemas/t.Tree'}"), x=TREE)

    problem = problem_of(main)

    assert "lead round in a circle" in problem.message
    assert "schemas: {t.Tree: {$ref: ...}}" in problem.hint


def test_a_schema_of_another_file_is_not_taken_for_one_of_that_name_here(tmp_path: Path) -> None:
    spec = loaded(
        tmp_path,
        main=of_parameter(
            "{$ref: 'x.yaml#/schemas/a.List'}", "schemas: {a.Item: {type: string}}\n"
        ),
        x="schemas: {a.Item: {type: integer},"
        " a.List: {type: array, items: {$ref: '#/schemas/a.Item'}}}\n",
    )

    assert type_of(spec).refusal([1]) == ""
    assert type_of(spec).refusal(["one"])


def test_what_a_policy_says_of_types_is_meant_as_the_file_that_says_it_means_it(
    tmp_path: Path,
) -> None:
    policy = (
        "{leaves: [{rule: r, types: [{$ref: '#/schemas/a.S'}], allow: [{operation: a.B, to: lab,"
        " type: {$ref: '#/schemas/a.S'}}]}]}"
    )
    offer = "interface: {'#/operations/a.B': {adapter: m.B}}"

    spec = loaded(
        tmp_path,
        main="schemas: {a.S: {type: number}}\noperations: {a.B: {returns: object}}\n"
        "sites: {lab: {$ref: 'x.yaml#/lab'}}\n",
        x=f"schemas: {{a.S: {{type: string}}}}\nlab: {{{offer}, policy: {policy}}}\n",
    )

    [rule] = spec.sites["lab"].policy.leaves
    assert rule.types == (Type.of("string"),)
    assert rule.allow[0].type == Type.of("string")


@pytest.mark.parametrize("limit", ["minimum: 3", "type: number", "units: K", "nullable: true"])
@pytest.mark.parametrize("pointer", ["x.yaml#/it", "#/schemas/a.It"])
def test_limits_beside_a_reference_are_refused_wherever_it_leads(
    tmp_path: Path, limit: str, pointer: str
) -> None:
    more = "schemas: {a.It: {type: integer}}\n"
    main = of_parameter(f"{{$ref: '{pointer}', {limit}}}", more)

    problem = problem_of(written(tmp_path, main=main, x="it: {type: integer}\n"))

    assert limit.partition(":")[0] in problem.message


def test_remarks_and_what_is_accepted_may_stand_beside_a_reference(tmp_path: Path) -> None:
    beside = "description: here, default: 4, accepts-node-input: false"
    spec = loaded(
        tmp_path,
        main=of_parameter(f"{{$ref: 'x.yaml#/it', {beside}}}"),
        x="it: {type: integer, description: there, default: 3}\n",
    )

    [x] = spec.operations["a.B"].parameters
    assert (x.type, x.description, x.default) == (Type.of("integer"), "here", 4)
    assert not x.accepts_node


def test_a_property_that_is_called_ref_is_a_property(tmp_path: Path) -> None:
    schema = "{type: object, properties: {$ref: {type: integer}, ref: {type: integer}}}"

    spec = loaded(tmp_path, main=of_parameter(schema))

    assert type_of(spec).refusal({"$ref": 1, "ref": 2}) == ""
    assert type_of(spec).refusal({"$ref": "text"})


@pytest.mark.parametrize(
    "keyword", ["default", "enum", "example", "examples", "const", "x-remark", "not"]
)
def test_what_looks_like_a_reference_in_a_value_or_a_remark_is_none(
    tmp_path: Path, keyword: str
) -> None:
    value = "{$ref: 'nowhere.yaml#/x'}"
    written_as = f"[{value}]" if keyword in ("enum", "examples") else value

    spec = loaded(tmp_path, main=of_parameter(f"{{{keyword}: {written_as}}}"))

    [x] = spec.operations["a.B"].parameters
    if keyword == "default":
        assert x.default == {"$ref": "nowhere.yaml#/x"}


def test_references_in_items_and_in_what_is_returned_are_followed(tmp_path: Path) -> None:
    spec = loaded(
        tmp_path,
        main="operations: {a.B: {returns: {$ref: 'x.yaml#/all'}}}\n" + OFFER,
        x="all: {type: array, items: {$ref: '#/one'}}\none: {type: integer}\n",
    )

    returns = spec.operations["a.B"].returns
    assert returns.refusal([1]) == ""
    assert returns.refusal(["one"])


def test_an_alias_of_yaml_that_stands_at_several_places_is_followed_at_each(
    tmp_path: Path,
) -> None:
    spec = loaded(
        tmp_path,
        main="schemas: {a.B: &b {properties: {x: {$ref: '#/schemas/a.C'}}}, a.C: {type: integer},"
        " a.D: *b, a.E: &e {$ref: 'x.yaml#/e'}, a.F: *e}\n"
        "operations: {a.B: {parameters: {p: {$ref: '#/schemas/a.D'}, q: *b, r: *e,"
        " s: {$ref: '#/schemas/a.F'}}, returns: object}}\n" + OFFER,
        x="e: {type: string}\n",
    )

    p, q, r, s = (parameter.type for parameter in spec.operations["a.B"].parameters)
    assert p == q
    assert p.refusal({"x": "one"})
    assert r == s == Type.of("string")
    assert parse_federation(resolved_yaml(tmp_path / "main.yaml")).operations == spec.operations


# -- files -------------------------------------------------------------------------------------


def test_a_folder_that_is_a_link_to_the_outside_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x.yaml").write_text("lab: {}\n")
    main = written(tmp_path / "fed", main="sites: {lab: {$ref: 'in/../link/x.yaml#/lab'}}")
    (tmp_path / "fed" / "in").mkdir()
    os.symlink(tmp_path / "out", tmp_path / "fed" / "link")

    assert "leads out of the folder" in problem_of(main).message


def test_a_link_that_leads_to_itself_is_told(tmp_path: Path) -> None:
    main = written(tmp_path, main="sites: {lab: {$ref: 'loop.yaml#/lab'}}")
    os.symlink(tmp_path / "loop.yaml", tmp_path / "loop.yaml")

    problem = problem_of(main)

    assert problem.at == f"{main}:3:21"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")

    problem = problem_of(written(tmp_path, main="sites: {lab: {$ref: 'pipe.yaml#/lab'}}"))

    assert "is a pipe or a device" in problem.message


def test_there_is_a_most_of_files(tmp_path: Path) -> None:
    names = [f"x{n}" for n in range(documents.MOST_FILES)]
    sites = ", ".join(f"{name}: {{$ref: '{name}.yaml#/a'}}" for name in names)

    problem = problem_of(
        written(tmp_path, main=f"sites: {{{sites}}}", **dict.fromkeys(names, "a: {}\n"))
    )

    assert "at most 64 files" in problem.message


# -- the web -----------------------------------------------------------------------------------


class _Odd(BaseHTTPRequestHandler):
    """A web server that leads astray, and one that is slow."""

    go_on = Event()

    def do_GET(self) -> None:
        if self.path == "/slow.yaml":
            while not self.go_on.wait(0.01):
                try:
                    self.wfile.write(b"H")
                    self.wfile.flush()
                except OSError:
                    return
            return
        if self.path == "/moved.yaml":
            self.send_response(302)
            self.send_header("Location", "http://10.0.0.1/lab.yaml")
            self.end_headers()
            return
        name = {"/x.yaml": "x:/../../etc/passwd", "/ftp.yaml": "ftp:x", "/6.yaml": "//[::1"}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"lab: {{$ref: '{name.get(self.path, '#')}#/x'}}\n".encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    _Odd.go_on.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    _Odd.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


def problem_with(folder: Path, address: str) -> Problem:
    main = written(folder, main=f'sites: {{lab: {{$ref: "{address}#/lab"}}}}\n')
    return problem_of(main, allow_private_urls=True)


@pytest.mark.parametrize("path", ["x.yaml", "ftp.yaml", "6.yaml"])
def test_a_name_in_a_file_of_the_web_is_a_file_of_the_web(
    tmp_path: Path, web: str, path: str
) -> None:
    assert "is no file beside http://" in problem_with(tmp_path, f"{web}/{path}").message


@pytest.mark.parametrize("address", ["http://[::1", "http://127.0.0.1:1/ü.yaml", "http://a..b/x"])
def test_an_address_that_is_none_is_told(tmp_path: Path, address: str) -> None:
    assert "can not be had" in problem_with(tmp_path, address).message


def test_a_server_that_never_ends_is_left(
    tmp_path: Path, web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SECONDS", 0.2)

    assert "can not be had" in problem_with(tmp_path, f"{web}/slow.yaml").message


def test_a_name_that_nobody_answers_for_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = Event()

    def look_up(*_: object, **__: object) -> list[object]:
        answered.wait()
        return []

    monkeypatch.setattr(fetch, "SECONDS", 0.1)
    monkeypatch.setattr(fetch.socket, "getaddrinfo", look_up)

    try:
        message = problem_with(tmp_path, "http://nobody.example/a.yaml").message
    finally:
        answered.set()

    assert "nobody.example is not found within" in message


def test_a_redirect_to_a_private_network_is_not_followed(
    tmp_path: Path, web: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_is_public", lambda address: address == "127.0.0.1")
    main = written(tmp_path, main=f'sites: {{lab: {{$ref: "{web}/moved.yaml#/lab"}}}}\n')

    problem = problem_of(main, allow_urls=True)

    assert "10.0.0.1, an address of a private network" in problem.message


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1"),
        *("::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1"),
    ],
)
def test_an_address_that_is_not_of_the_public_network_is_known(address: str) -> None:
    assert not fetch._is_public(address)
