"""The published JSON Schema takes what the readers take, and has their keys.

Editors check by it while a federation is written. It can not see everything that `dfm check` sees:
`BEYOND` lists the kinds of mistakes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from dfm.errors import FederationError
from dfm.federation import (
    load,
    parse_federation,
    read_bindings,
    read_links,
    read_operations,
    read_policy,
    read_provision,
    read_sites,
    read_types,
)
from dfm.federation.shape import Shape

from .test_mistakes import VALID, cases

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(resources.files("dfm.federation").joinpath("dfm.schema.json").read_text())
CHECKER = jsonschema.Draft7Validator(SCHEMA)
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRONG_ON_PURPOSE = "# wrong.yaml"
HEAD = "dfm: 1.0.0\ninfo: {api-version: 1.0.0, code-package: lab}\n"

BEYOND = (
    # names that something else must have, and places that references lead to
    "no schema 'geo.Windw'",
    "no other files beside it",
    "there is no 'operationz'",
    "there is no 'x' in",
    "is no dictionary of entries",
    "lead round in a circle",
    "'windw', which is not a parameter",
    "no parameter 'windw'",
    "'window' is a parameter",
    "'rows' is already a parameter",
    "has no provider 'rader'",
    "no operation 'sonar.Scn'",
    "no site offers the operation",
    "'offce', which is not a site",
    "there is no link class",
    "'office' is declared twice",
    "the name of the federation",
    # one value that must fit to another
    "'rows' is required and has a default",
    "the default of 'rows'",
    "expected integer, got str",
    "must be string, not the truth value no",
    "of an integer must be a whole number",
    "is never repeated",
    "is never cached",
    # misspellings where any key may be, and in words that may be any name
    "no key 'minimun'",
    "no key 'defualt'",
    "info has no key 'descripton'",
    "no type 'objct'",
    # what JSON has no words for
    "no regular expression",
    "a finite number",
    "not nan",
    "JSON has no .nan",
    "octal",
    "base of 60",
)


def read(text: str) -> Any:
    """Read YAML as editors do: by its version 1.2."""
    return YAML(typ="safe", pure=True).load(StringIO(text))


def mistakes(text: str) -> list[str]:
    """What the schema finds wrong in a text."""
    return [
        jsonschema.exceptions.best_match([error]).message
        for error in CHECKER.iter_errors(read(text))
    ]


def federations() -> Iterator[tuple[str, str]]:
    """Every federation of this repository: its name and its text."""
    files = ROOT / "tests" / "federation" / "files"
    for file in (*files.rglob("*.dfm.yaml"), *(ROOT / "examples").rglob("*.dfm.yaml")):
        yield file.name, file.read_text("utf-8")
    for file in (ROOT / "src" / "dfm" / "new").rglob("*.dfm.yaml.txt"):
        yield f"{file.parent.name} template", file.read_text("utf-8").replace("@NAME@", "lab")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for number, text in enumerate(BLOCK.findall(page.read_text("utf-8"))):
            if re.search(r"^dfm: 1.0.0", text, re.MULTILINE) and WRONG_ON_PURPOSE not in text:
                yield f"{page.name} {number}", text
    yield "test_mistakes.VALID", VALID


FEDERATIONS = dict(federations())


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", FEDERATIONS)
def test_every_federation_of_ours_is_valid(name: str) -> None:
    assert mistakes(FEDERATIONS[name]) == []


def test_there_are_federations_of_every_origin() -> None:
    words = " ".join(FEDERATIONS)

    for origin in ("harbor2.dfm.yaml", "warming.dfm.yaml", "minimal template", "federation-file"):
        assert origin in words


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [(old, new, said) for old, new, said, _ in cases() if "is here twice" not in said],
)
def test_it_finds_the_mistakes_that_a_schema_can_find(old: str, new: str, said: str) -> None:
    text = VALID.replace(old, new.replace("»", ""), 1)

    found = mistakes(text)

    assert bool(found) != any(kind in said for kind in BEYOND)


@pytest.mark.parametrize(
    "text",
    [
        "schemas:\noperations:\nsites:\n  lab:\n",
        "sites: {ref: {}}",
        "sites: {lab: {info: {anything: [1]}, impl: , cache_config: , secrets_vault: , policy: }}",
        "operations: {a.B: {properties: {hints: , ref: {type: [string, null]}}, returns: int}}\n"
        "sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B, is_async: , args: {"
        "x: words, y: {const: null, expose_as: {param: y, type: m.Level, discoverable: no}}}}}}}",
        "operations: {a.B: {parameters: {x: {accepts_place-input: off, default: 1}}, "
        "returns: {type: array, items: true}, timeout: , backoff: '0.5', cache: 'yes'}}\n"
        "sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B}}}}",
        "schemas: {w.X: {type: object, properties: {$ref: {type: string}}}}\nsites: {lab: }",
        "operations: {a.B: {returns: object}}\n"
        "sites: {lab: {interface: {'#/operations/a.B': {adapter: m.B}}, policy: {leaves: [{rule: r,"
        " at_most: 1.5 kB, types: [number, {type: string}],"
        " deny: [{operation: a.B, to: lab, type: [array, object], bytes: 10}]}]}}}",
    ],
)
def test_it_takes_what_the_readers_take(text: str) -> None:
    parse_federation(HEAD + text)  # refuses nothing

    assert mistakes(HEAD + text) == []


@pytest.mark.parametrize(
    "text",
    [
        "operations: {a.B: {$ref: '#/x'}, $ref: ['more.yaml#/operations']}",
        "operations: {a.B: {parameters: {$ref: [p.yaml#/all], x: {$ref: '#/schemas/x.Y', default: 3"
        ", discoverable: false}}, returns: {$ref: '#/schemas/x.Y'}}}",
        "schemas: {$ref: [s.yaml#/schemas], a.B: {$ref: 'https://dfm.example/s.yaml#/a'}}",
        "sites: {$ref: [s.yaml#/all], a: {ref: s.yaml#/a}, b: {providers: {$ref: ['#/p'], "
        "c: {$ref: '#/c'}}, interface: {$ref: ['#/i'], '#/operations/a.B': {$ref: '#/d'}}}}",
    ],
)
def test_it_takes_a_reference_wherever_there_may_be_one(text: str) -> None:
    assert mistakes(HEAD + text) == []


@pytest.mark.parametrize(
    "text",
    [
        "operations: {a.B: {$ref: '#/x', returns: object}}",
        "operations: {a.B: {returns: object, parameters: {}, properties: {}}}",
        "operations: {a.B: {returns: object, parameters: {$ref: '#/x'}}}",
        "schemas: {a.B: {$ref: '#/schemas/a.C', type: string}}",
        "schemas: {a.B: {$ref: 'shared.yaml'}}",
        "sites: {lab: {$ref: ['s.yaml#/a']}}",
        "sites: {lab: {$ref: 's.yaml#/a', info: {}}}",
        "sites: {$ref: 's.yaml#/a'}",
        "sites: {lab: {send_cost: {$ref: ['s.yaml#/a']}}}",
        "sites: {lab: {policy: {releases: []}}}",
        "link-classes: {$ref: ['s.yaml#/a']}",
    ],
)
def test_it_refuses_references_where_there_can_be_none_and_lists_of_nothing(text: str) -> None:
    assert mistakes(HEAD + text)


NULL_IS_A_NAME = ("code-package", "param", "retry-on")
"""Where readers take YAML's `null` for a name; an editor that says otherwise is right as well."""


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values in a value."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, inner in inside:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def changed(value: Any, path: tuple[Any, ...], to: object) -> Any:
    """A copy of a value, with another one at a place."""
    if not path:
        return to
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], to)
    return copy


@pytest.mark.parametrize("other", [None, 0, True, "", "text", [], {}, {"type": "string"}])
def test_whatever_the_readers_take_anywhere_it_takes_as_well(other: object) -> None:
    federation, refused = read(VALID), []

    for path in paths(federation):
        text = json.dumps(changed(federation, path, other))
        try:
            parse_federation(text)
        except FederationError:
            continue
        if other in (None, True) and any(key in path for key in (*NULL_IS_A_NAME, "returns")):
            continue
        refused += [] if CHECKER.is_valid(json.loads(text)) else [path]

    assert refused == []


# -- the keys --------------------------------------------------------------------------------


def part(*path: str | int) -> dict[str, Any]:
    """A part of the schema, without those that only point at another."""
    found: Any = SCHEMA
    for step in path:
        found = found[step]
    only = found.get("allOf", [{}])[0].get("$ref") if "properties" not in found else None
    return part(*only.removeprefix("#/").split("/")) if only else found


def properties(*names: str) -> tuple[str, ...]:
    return tuple(word for name in names for word in ("properties", name))


SITE = ("definitions", "site")
OFFER = ("definitions", "offer")
POLICY = ("definitions", "policy")
LEAVES = (*POLICY, *properties("leaves"), "items")
CALLERS = (*POLICY, *properties("callers"), "items")
SHAPES: dict[tuple[ModuleType, str], tuple[str | int, ...]] = {
    (load, "_ROOT"): (),
    (load, "_INFO"): properties("info"),
    (read_types, "_SCHEMA"): ("definitions", "schema"),
    (read_operations, "_OPERATION"): ("definitions", "operation"),
    (read_sites, "_SITE"): SITE,
    (read_sites, "_INFO"): ("definitions", "note"),
    (read_sites, "_PROVIDER"): ("definitions", "provider"),
    (read_sites, "_ADAPTER"): OFFER,
    (read_sites, "_CONSTRUCT"): (*OFFER, *properties("adapter"), "anyOf", 1),
    (read_sites, "_COMPUTE_COST"): (*OFFER, *properties("compute_cost")),
    (read_sites, "_CACHE"): (*SITE, *properties("cache_config")),
    (read_sites, "_SECRETS"): (*SITE, *properties("secrets_vault")),
    (read_links, "_CLASS"): (*properties("link-classes"), "additionalProperties"),
    (read_links, "_SEND_COST"): (
        *(*SITE, *properties("send_cost"), "additionalProperties", "anyOf", 1),
    ),
    (read_bindings, "_EXPOSED"): ("definitions", "exposed"),
    (read_bindings, "_ANY_ARGUMENT"): ("definitions", "argument", "anyOf", 0),
    (read_policy, "_POLICY"): POLICY,
    (read_policy, "_EGRESS"): LEAVES,
    (read_policy, "_CALL"): CALLERS,
    (read_policy, "_LEAVING"): (*LEAVES, *properties("allow"), "items"),
    (read_policy, "_CALLING"): (*CALLERS, *properties("allow"), "items"),
}
"""Where the keys of each shape stand in the schema."""


def takes_key(schema: dict[str, Any], key: str) -> bool:
    """Whether a schema knows a key."""
    patterns = schema.get("patternProperties", {})
    return key in schema["properties"] or any(re.search(pattern, key) for pattern in patterns)


def required(schema: dict[str, Any]) -> set[str]:
    """The keys that a schema needs, by their first spelling."""
    needs = schema.get("else", schema)
    either = [way["anyOf"][0]["required"][0] for way in needs.get("allOf", ()) if "anyOf" in way]
    return {*needs.get("required", ()), *either}


@pytest.mark.parametrize(("module", "name"), SHAPES)
def test_it_has_the_keys_of_the_readers(module: ModuleType, name: str) -> None:
    shape, schema = getattr(module, name), part(*SHAPES[module, name])

    assert {*schema["properties"]} - {"$ref"} == {*shape.keys}
    for key in (*shape.keys, *(key.replace("-", "_") for key in shape.keys), *shape.spellings):
        assert takes_key(schema, key), key
    assert required(schema) == {*shape.required}
    assert schema.get("additionalProperties", True) is shape.open


def test_a_parameter_has_the_keys_of_a_schema_and_its_own() -> None:
    keys = {
        *part("definitions", "schema")["properties"],
        *SCHEMA["definitions"]["parameter"]["properties"],
    }

    assert keys - {"$ref"} == {*read_operations._PARAMETER.keys}


def test_no_shape_of_the_readers_is_left_out() -> None:
    modules = {module for module, _ in SHAPES}

    shapes = {
        (module, name) for module in modules for name, v in vars(module).items() if type(v) is Shape
    }

    assert shapes - SHAPES.keys() == {(read_operations, "_PARAMETER")}


def provided(kind: Any, schema: dict[str, Any]) -> Iterator[tuple[set[str], set[str]]]:
    """The keys of an object of `provision`, and of those in it, here and in the schema."""
    yield {*kind.keys}, {*schema["properties"]}
    yield {*kind.required}, {*schema.get("required", ())}
    for key, inner in kind.keys.items():
        if hasattr(inner, "keys"):
            yield from provided(inner, schema["properties"][key])


def test_it_has_the_keys_of_provision() -> None:
    for here, there in provided(read_provision._PROVISION, part(*properties("provision"))):
        assert here == there


def test_each_key_of_it_is_explained() -> None:
    def unexplained(schema: Any, name: str = "") -> Iterator[str]:
        if isinstance(schema, list):
            for item in schema:
                yield from unexplained(item)
        elif isinstance(schema, dict):
            for key, inner in schema.get("properties", {}).items():
                refers = inner.get("$ref", "").removeprefix("#/").split("/")
                if not (part(*refers) if refers != [""] else inner).get("description"):
                    yield key
            for word in ("properties", "definitions"):
                yield from unexplained([*schema.get(word, {}).values()])
            for word in ("items", "additionalProperties", "anyOf"):
                yield from unexplained(schema.get(word))

    assert list(unexplained({k: v for k, v in SCHEMA.items() if k != "not"})) == []


def test_limits_are_refused_beside_a_reference_here_as_there() -> None:
    unknown = part("definitions", "schema")["dependencies"]["$ref"]["not"]["anyOf"]

    keys = {key for one in unknown for key in one["required"]}
    assert keys == read_types.NOT_BESIDE_A_REFERENCE - read_types.SPELLINGS.keys()
