"""JSON Schema, as far as the type of a parameter or of what is returned needs it.

`type` becomes the kinds of a `Type`, the other keywords its limits. A reference to a schema
of the same file, `{$ref: "#/schemas/geo.Window"}`, is that schema's type. Every keyword is
checked here, so that a limit can not fail later, when a value is held against it.

Beside a class, `dtype`, `dims`, `shape` and `units` say what an array is like. Beside a plain
kind they are remarks, like any word that we do not know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from typing import Any

from dfm.errors import DeclarationError, nearest
from dfm.federation.names import is_path
from dfm.federation.reading import Reading, shown
from dfm.federation.shape import (
    Shape,
    boolean,
    entries,
    fields,
    is_null,
    is_reference,
    json_value,
    kind,
    name,
    number,
    reference,
    strings,
    text,
    whole,
)
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence
from dfm.types import ANYTHING, JSON_KINDS, KINDS, Type
from dfm.types.arrays import FACETS, facets_of
from dfm.types.kinds import has_facets
from dfm.types.limits import BOUNDS, COUNTS

Schemas = MappingType[str, Type | None]

_MOST = 2**31
_MOST_BYTES = 2**60
_LIMITS = (
    *BOUNDS,
    *COUNTS,
    "size",
    *("multipleOf", "pattern", "format", "enum", "uniqueItems"),
    *("items", "properties", "required", "additionalProperties", "patternProperties"),
    *("oneOf", "anyOf", "allOf"),
)
_REMARKS = (
    *("title", "description", "default", "example", "examples", "readOnly", "writeOnly"),
    *("$id", "customTypePath", "customBasePath", "discriminator", "x-enum-varnames"),
)
SCHEMA_KEYS = ("type", "nullable", *_LIMITS, *FACETS, *_REMARKS)
SPELLINGS = {"unit": "units"}
NOT_BESIDE_A_REFERENCE = frozenset(("type", "nullable", *_LIMITS, *FACETS, *SPELLINGS))
_SCHEMA = Shape("a schema", SCHEMA_KEYS, spellings=SPELLINGS, open=True)

# Other words that people write for a kind, to be helpful about.
_WORDS = {
    "int": "integer", "float": "number", "str": "string", "bool": "boolean", "list": "array",
    "tuple": "array", "dict": "object", "None": "null",
}  # fmt: skip
_ANY = frozenset({"any", "Any"})
_CLASS_OF_FORMAT = {
    "date-time": "datetime.datetime",
    "date": "datetime.date",
    "time": "datetime.time",
    "duration": "datetime.timedelta",
    "uuid": "uuid.UUID",
    "path": "pathlib.Path",
}
_KIND_OF_VALUE = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array"}


def read_schemas(r: Reading, node: Node | None) -> dict[str, Type]:
    """Return the types of the `schemas` section by name."""
    path = ("schemas",)
    found = entries(r, node, "schemas", path)
    for key, _ in found:
        if not is_path(key.text):
            r.report(key, f"the schema name {shown(key.text)} is not a dotted path", "module.Class")
        r.declare((*path, key.text), key)
    types = _Types(r, {key.text: value for key, value in found})
    return {name: types[name] or ANYTHING for name in types}


class _Types(MappingType[str, "Type | None"]):
    """The types of schemas, each read when it is asked for first, so that they may be in any order.

    A schema that is part of itself is anything there: a type is finite.
    """

    def __init__(self, r: Reading, nodes: MappingType[str, Node]) -> None:
        self._r = r
        self._nodes = nodes
        self._known: dict[str, Type | None] = {}

    def __getitem__(self, name: str) -> Type | None:
        if name not in self._known:
            node = self._nodes[name]
            self._known[name] = None
            self._known[name] = read_type(self._r, node, self)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def read_type(r: Reading, node: Node | None, schemas: Schemas, shape: Shape = _SCHEMA) -> Type:
    """Return the type that a JSON Schema object means. Nothing at all means anything."""
    if node is not None and is_reference(node) and isinstance(node, Mapping):
        return _referred(r, node, schemas, shape)
    found = fields(r, node, shape)
    return type_of(r, found, schemas)


def _referred(r: Reading, node: Mapping, schemas: Schemas, shape: Shape) -> Type:
    key, value = reference(node)
    beside = tuple(k for k in shape.keys if k not in NOT_BESIDE_A_REFERENCE)
    allowed = Shape(f"{shape.what} with a {key.text}", ("$ref", *beside), spellings={"ref": "$ref"})
    fields(r, node, allowed)
    pointer = value.text if isinstance(value, Scalar) else ""
    schema = pointer.removeprefix("#/schemas/")
    if not pointer or schema == pointer:
        return ANYTHING  # it could not be followed, which is reported
    if schema not in schemas:
        if ("schemas",) not in r.unclear:
            r.report(value, f"there is no schema {shown(schema)}", r.nearest(schema, schemas))
        return ANYTHING
    return schemas[schema] or ANYTHING


def type_of(r: Reading, found: MappingType[str, Node], schemas: Schemas) -> Type:
    """Return the type that the keywords of a JSON Schema object mean."""
    kinds = _kinds(r, found.get("type"), schemas)
    limits: dict[str, Any] = {}
    for keyword in _LIMITS:
        if keyword in found and (limit := _limit(r, keyword, found[keyword], kinds, schemas)):
            limits[keyword] = limit[0]
    if any(map(has_facets, kinds)):
        limits |= _facets(r, found)
    if not kinds and "enum" in limits:
        kinds = {
            _KIND_OF_VALUE.get(type(v), "null" if v is None else "object") for v in limits["enum"]
        }
    elif kinds and "enum" in limits:
        _check_enum(r, found["enum"], limits["enum"], kinds)
    if kinds and boolean(r, found.get("nullable"), "nullable", False):
        kinds.add("null")
        if "enum" in limits and None not in limits["enum"]:
            limits["enum"].append(None)
    if (known := _CLASS_OF_FORMAT.get(str(limits.get("format")))) and "string" in kinds:
        kinds.add(known)
    return Type.of(*kinds, **limits)


# -- kinds -----------------------------------------------------------------------------------


def read_kinds(r: Reading, node: Node | None, schemas: Schemas) -> Type:
    """Return the type that a word, or a list of words, means."""
    return Type.of(*_kinds(r, node, schemas))


def _kinds(r: Reading, node: Node | None, schemas: Schemas) -> set[str]:
    if node is None or is_null(node):
        return set()
    if isinstance(node, Sequence):
        if not node.items:
            r.report(node, "a list of types is empty", "leaving `type` out, which means anything")
        return {k for item in node.items for k in _kind(r, item, schemas)}
    return _kind(r, node, schemas)


def _kind(r: Reading, node: Node, schemas: Schemas) -> set[str]:
    word = name(r, node, "a type")
    if not word:
        return set()
    if (schema := schemas.get(word)) is not None:
        return set(schema.kinds or KINDS)
    if word in KINDS or word in schemas or ("." in word and is_path(word)):
        return {word}
    r.report(node, f"there is no type {shown(word)}", _type_hint(word))
    return set()


def _type_hint(word: str) -> str:
    if word in _ANY:
        return "leaving `type` out, which means anything"
    if word in _WORDS:
        return f"'{_WORDS[word]}'"
    return nearest(word[:100], KINDS) + ", or a dotted class path"


def read_returns(r: Reading, node: Node, schemas: Schemas) -> Type:
    """Return the type an operation's `returns` means; `object` and `Any` mean anything.

    It is a schema, or a word. The word may be any path, for documentation; only kinds, dotted
    class paths and schemas of this file mean something to the check of a pipeline.
    """
    if isinstance(node, Mapping):
        return read_type(r, node, schemas)
    word = name(r, node, "returns")
    if not word or word in _ANY or word == "object":
        return ANYTHING
    if (schema := schemas.get(word)) is not None:
        return schema
    if (known := _WORDS.get(word, word)) in KINDS:
        return Type.of(known)
    if not is_path(word):
        hint = "'array'" if "[" in word else "a kind such as 'integer', or a dotted class path"
        r.report(node, f"returns must be a type's name, not {shown(word)}", hint)
        return ANYTHING
    close = r.nearest(word, KINDS) if "." not in word else ""
    if close.startswith("'"):
        r.report(node, f"there is no type {shown(word)}", close)
    return Type.of(word) if "." in word else ANYTHING


# -- limits ----------------------------------------------------------------------------------


def _limit(
    r: Reading, keyword: str, node: Node, kinds: set[str], schemas: Schemas
) -> tuple[Any] | None:
    """Return the value of a limit, in a tuple; None when it is left out."""
    if is_null(node):
        return None
    match keyword:
        case "pattern":
            return _pattern(r, node)
        case "enum":
            return _enum(r, node)
        case "required":
            return ([n for _, n in strings(r, node, "required")],)
        case "uniqueItems":
            return (boolean(r, node, keyword, False),)
        case "format":
            return (text(r, node, keyword),)
    if keyword in BOUNDS or keyword == "multipleOf":
        return _bound(r, keyword, node, kinds)
    if keyword in COUNTS or keyword == "size":
        return _count(r, keyword, node, _MOST if keyword in COUNTS else _MOST_BYTES)
    return _parts(r, keyword, node, schemas)


def _bound(r: Reading, keyword: str, node: Node, kinds: set[str]) -> tuple[Any] | None:
    value = number(r, node, keyword)
    if value is None:
        return None
    if not math.isfinite(value):
        r.report(node, f"{keyword} must be a finite number, not {value}")
    elif keyword == "multipleOf" and value <= 0:
        r.report(node, f"multipleOf must be more than 0, not {value}")
    elif "integer" in kinds and value != int(value):
        hint = "`number` in place of `integer`, or a whole number"
        r.report(node, f"{keyword} of an integer must be a whole number, not {value}", hint)
    else:
        return (int(value) if value == int(value) else value,)
    return None


def _count(r: Reading, keyword: str, node: Node, most: int) -> tuple[Any] | None:
    value = whole(r, node, keyword)
    if value is not None and not 0 <= value < most:
        r.report(node, f"{keyword} must be from 0 to {most - 1}, not {value}")
        return None
    return None if value is None else (value,)


def _pattern(r: Reading, node: Node) -> tuple[Any] | None:
    # This engine takes no time that grows out of bounds with the text: it has no look-around.
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    if not isinstance(node, Scalar):
        r.report(node, f"pattern must be text, not {kind(node)}")
        return None
    try:
        SchemaValidator(core_schema.str_schema(pattern=node.text))
    except SchemaError as error:
        said = [line.strip() for line in str(error).splitlines() if "error:" in line]
        reason = re.sub(r"^error: ", "", said[-1]) if said else "it does not compile"
        r.report(node, f"the pattern {shown(node.text)} is no regular expression: {reason}")
        return None
    return (node.text,)


def _enum(r: Reading, node: Node) -> tuple[Any] | None:
    if not isinstance(node, Sequence) or not node.items:
        what = "an empty list" if isinstance(node, Sequence) else kind(node)
        r.report(node, f"enum must be a list of values, not {what}", "[draft, final]")
        return None
    return (json_value(r, node, "an entry of enum"),)


def _check_enum(r: Reading, node: Node, values: list[Any], kinds: set[str]) -> None:
    if not isinstance(node, Sequence) or not kinds <= set(JSON_KINDS):
        return
    wanted = Type.of(*kinds)
    for item, value in zip(node.items, values, strict=False):
        if wanted.refusal(value):
            written = f'quotes around it: "{item.text[:40]}"' if isinstance(item, Scalar) else ""
            hint = written if "string" in kinds else f"{wanted}"
            r.report(item, f"an entry of enum must be {wanted}, not {kind(item)}", hint)


def _parts(r: Reading, keyword: str, node: Node, schemas: Schemas) -> tuple[Any] | None:
    """Return the schemas inside a schema, in normal form."""
    match keyword, node:
        case (("items" | "additionalProperties"), Scalar()):
            return (boolean(r, node, keyword, True),)
        case (("items" | "additionalProperties"), _):
            return (read_type(r, node, schemas).schema(),)
        case (("properties" | "patternProperties"), _):
            inside = entries(r, node, keyword, ("schemas", ""), merged=False)
            return ({k.text: read_type(r, v, schemas).schema() for k, v in inside},)
        case _, Sequence():
            return ([read_type(r, item, schemas).schema() for item in node.items],)
    r.report(node, f"{keyword} must be a list of schemas, not {kind(node)}")
    return None


# -- arrays ----------------------------------------------------------------------------------


def _facets(r: Reading, found: MappingType[str, Node]) -> dict[str, Any]:
    """Return the dtype, dims, shape and units of an array, each reported where it is wrong."""
    facets: dict[str, Any] = {}
    for facet in FACETS:
        node = found.get(facet)
        if node is None or is_null(node):
            continue
        mistakes = r.count
        value = _facet(r, facet, node)
        if r.count > mistakes:
            continue
        try:
            facets = facets_of({**facets, facet: value})
        except DeclarationError as error:
            r.report(node, error.message, error.hint)
    return facets


def _facet(r: Reading, facet: str, node: Node) -> Any:
    match facet:
        case "dims":
            return [word for _, word in strings(r, node, facet)]
        case "shape":
            return json_value(r, node, facet)
    return text(r, node, facet)
