"""The `policy` of a site: what may leave it, what releases, and who may call it.

What a rule is about must be written out: a list that is there but empty, or a key without a value,
is reported, because nobody can tell whether it was to allow everything or nothing. Whether the
names exist is seen by the cross checks (`check_policies.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingType
from fractions import Fraction
from typing import TypeVar

from dfm.federation.names import site_name
from dfm.federation.policies import CallRule, EgressRule, Example, Policy
from dfm.federation.read_types import Schemas, read_kinds, read_type
from dfm.federation.reading import Path, Reading, shown
from dfm.federation.shape import (
    Shape,
    described,
    fields,
    is_null,
    kind,
    name,
    strings,
    text,
    whole,
)
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence
from dfm.types import Type

_POLICY = Shape("a policy", ("leaves", "releases", "callers"))
_EGRESS = Shape(
    "a rule of what leaves",
    ("rule", "operations", "types", "to", "at-most", "allow", "deny"),
    required=("rule",),
)
_CALL = Shape(
    "a rule of callers", ("rule", "operations", "by", "allow", "deny"), required=("rule",)
)
_LEAVING = Shape(
    "an example of what leaves", ("operation", "to", "type", "bytes"), required=("operation", "to")
)
_CALLING = Shape("an example of a call", ("operation", "by"), required=("operation", "by"))

_SIZE = re.compile(r"((?:0|[1-9][0-9]*)(?:\.[0-9]+)?)(?: ?(B|[kMGT]B|[KMGT]iB))?", re.ASCII)
_UNITS: dict[str, int] = {
    "B": 1,
    **{f"{letter}B": 1000**n for n, letter in enumerate("kMGT", 1)},
    **{f"{letter}iB": 1024**n for n, letter in enumerate("KMGT", 1)},
}
_MOST_BYTES = 2**60

EVERYTHING = ("*",)
_T = TypeVar("_T")


def read_policy(r: Reading, node: Node | None, site: Path, schemas: Schemas) -> Policy | None:
    """Return what a site's owner says, as far as it could be made out."""
    if node is None or is_null(node):
        return None
    path = (*site, "policy")
    found = fields(r, node, _POLICY)

    def rules(key: str, read: Callable[[Node, Path], _T]) -> tuple[_T, ...] | None:
        if key not in found:
            return None
        items = _items(r, found[key], key, f"{key}: [] to allow nothing, or leaving it out")
        return tuple(read(item, (*path, key, str(n))) for n, item in enumerate(items))

    leaves = rules("leaves", lambda item, at: _egress_rule(r, item, at, schemas))
    callers = rules("callers", lambda item, at: _call_rule(r, item, at))
    releases = _patterns(r, found, "releases", path, default=())
    return Policy(leaves, releases, callers, at=r.declare(path, node))


def _egress_rule(r: Reading, node: Node, path: Path, schemas: Schemas) -> EgressRule:
    found = fields(r, node, _EGRESS)
    return EgressRule(
        name=_name(r, found, path),
        operations=_patterns(r, found, "operations", path),
        types=_types(r, found, schemas),
        to=_sites(_patterns(r, found, "to", path)),
        at_most=_size(r, found.get("at-most"), "at-most"),
        allow=_examples(r, found, "allow", path, schemas),
        deny=_examples(r, found, "deny", path, schemas),
        at=r.declare(path, node),
    )


def _call_rule(r: Reading, node: Node, path: Path) -> CallRule:
    found = fields(r, node, _CALL)
    return CallRule(
        name=_name(r, found, path),
        operations=_patterns(r, found, "operations", path),
        by=_sites(_patterns(r, found, "by", path)),
        allow=_examples(r, found, "allow", path, None),
        deny=_examples(r, found, "deny", path, None),
        at=r.declare(path, node),
    )


def _name(r: Reading, found: MappingType[str, Node], path: Path) -> str:
    if (node := found.get("rule")) is None:
        return ""
    r.declare((*path, "rule"), node)
    name = text(r, node, "the name of a rule", optional=False)
    if not name and kind(node) == "text":
        r.report(node, "the name of a rule is empty", "rule: what it is for")
    return name


def _items(r: Reading, node: Node, what: str, hint: str) -> tuple[Node, ...]:
    """Return what is in a list, which must be one."""
    if isinstance(node, Sequence):
        return node.items
    r.report(node, f"{what} must be a list, not {described(node)}", hint)
    return ()


def _patterns(
    r: Reading,
    found: MappingType[str, Node],
    key: str,
    path: Path,
    default: tuple[str, ...] = EVERYTHING,
) -> tuple[str, ...]:
    """Return the patterns under a key. Nothing there is the default; an empty list is a mistake."""
    if (node := found.get(key)) is None:
        return default
    if is_null(node) or (isinstance(node, Sequence) and not node.items):
        hint = f'{key}: ["*"] for all, or leaving it out'
        r.report(node, f"{key} is there and names none", hint if default else f"leaving {key} out")
        return ()
    named = strings(r, node, key)
    for number, (item, _) in enumerate(named):
        r.declare((*path, key, str(number)), item)
    return tuple(pattern for _, pattern in named)


def _sites(patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(site_name, patterns))


def _types(r: Reading, found: MappingType[str, Node], schemas: Schemas) -> tuple[Type, ...]:
    if (node := found.get("types")) is None:
        return ()
    items = _items(r, node, "types", "[number]")
    if isinstance(node, Sequence) and not items:
        r.report(node, "types is there and names none", "leaving it out, for all types")
    return tuple(_type(r, item, schemas) for item in items)


def _type(r: Reading, node: Node, schemas: Schemas) -> Type:
    """Return the type that a word or a schema means."""
    mistakes = r.count
    if isinstance(node, Scalar) and (schema := schemas.get(node.text)) is not None:
        found = schema
    else:
        found = (read_type if isinstance(node, Mapping) else read_kinds)(r, node, schemas)
    if found == Type() and r.count == mistakes:
        r.report(node, "a type here must say something; this is anything", "a kind: [number]")
    return found


def _size(r: Reading, node: Node | None, what: str) -> int | None:
    """Return a number of bytes, in any unit."""
    if node is None:
        return None
    if is_null(node):
        r.report(node, f"{what} is there and says nothing", f"leaving {what} out, for any size")
        return None
    size = _exact_size(r, node, what)
    if size is not None and not 0 <= size < _MOST_BYTES:
        r.report(node, f"{what} must be from 0 to {_MOST_BYTES - 1} bytes, not {size}")
        return None
    return size


def _exact_size(r: Reading, node: Node, what: str) -> int | None:
    if not isinstance(node, Scalar):
        return whole(r, node, what)
    if written := _SIZE.fullmatch(node.text):
        size = Fraction(written[1]) * _UNITS[written[2] or "B"]
        if size.denominator == 1:
            return int(size)
        r.report(node, f"{what} must be a whole number of bytes, not {float(size)}")
    elif node.text[:1].isdigit() and node.text[-1:].isalpha():
        units = "B, kB, MB, GB, TB, or KiB, MiB, GiB, TiB"
        r.report(node, f"{what} has a unit that is none: {shown(node.text)}", units)
    elif kind(node) == "text":
        r.report(node, f"{what} must be a size, not {described(node)}", "4000, 10 kB or 1 MiB")
    else:
        return whole(r, node, what)
    return None


# -- examples --------------------------------------------------------------------------------


def _examples(
    r: Reading, found: MappingType[str, Node], key: str, path: Path, schemas: Schemas | None
) -> tuple[Example, ...]:
    """Return the examples under a key; those of calls, without schemas, have no type or size."""
    if (node := found.get(key)) is None:
        return ()
    items = _items(r, node, key, f"leaving {key} out")
    return tuple(_example(r, item, (*path, key, str(n)), schemas) for n, item in enumerate(items))


def _example(r: Reading, node: Node, path: Path, schemas: Schemas | None) -> Example:
    found = fields(r, node, _CALLING if schemas is None else _LEAVING)
    where = "by" if schemas is None else "to"
    named = {
        key: name(r, found[key], f"{key} of an example")
        for key in ("operation", where)
        if key in found
    }
    for key in named:
        r.declare((*path, key), found[key])
    type_ = found.get("type")
    return Example(
        operation=named.get("operation", ""),
        site=site_name(named.get(where, "")),
        type=None if type_ is None or schemas is None else _type(r, type_, schemas),
        bytes=_size(r, found.get("bytes"), "bytes"),
        at=r.declare(path, node),
    )
