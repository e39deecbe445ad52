"""Take a YAML node as what it should be, or report the one thing that is wrong with it.

Each function looks at one node, reports at most one mistake about it, and returns something
usable either way, so that a reader goes on and finds the next mistake. What belongs in a
federation is said in the readers, not here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from dfm.federation.names import is_path
from dfm.federation.reading import Path, Reading, shown
from dfm.federation.scalars import FALSE, NULL, TRUE, Ambiguous, kind_of, number_of, value_of
from dfm.federation.yaml_tree import Mapping, Node, Scalar, Sequence

_REFERENCE_KEYS = ("$ref", "ref")


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of one kind of object.

    `spellings` maps other spellings to keys; a key with hyphens may always be written with
    underscores. An `open` object may have other keys, unless they look like a misspelling.
    """

    what: str
    keys: tuple[str, ...]
    required: tuple[str, ...] = ()
    spellings: MappingType[str, str] = field(default_factory=dict)
    open: bool = False

    def key(self, written: str) -> str | None:
        """Return the key that is meant by what is written, or None."""
        if written in self.keys:
            return written
        hyphenated = written.replace("_", "-")
        if hyphenated in self.keys:
            return hyphenated
        return self.spellings.get(written)


def kind(node: Node) -> str:
    """Say what a node is, for a message."""
    if isinstance(node, Scalar):
        return kind_of(node)
    return "a list" if isinstance(node, Sequence) else "a mapping"


def is_null(node: Node | None) -> bool:
    """Whether there is nothing here: no key, or a key without a value."""
    if node is None:
        return True
    return isinstance(node, Scalar) and node.plain and node.text in NULL


def described(node: Node) -> str:
    """Say what a node is, and what it says if it is text."""
    return shown(node.text) if isinstance(node, Scalar) and kind(node) == "text" else kind(node)


def fields(r: Reading, node: Node | None, shape: Shape, at: Node | None = None) -> dict[str, Node]:
    """Return the values of an object by key; nothing at all is an empty object.

    Reports unknown, twice spelled and missing keys; the latter at `at` when given. A misspelled
    key is taken for the one that it must have been meant for.
    """
    found: dict[str, Node] = {}
    if node is not None and not isinstance(node, Mapping) and not is_null(node):
        r.report(node, f"{shape.what} must be a mapping, not {described(node)}", _keys_of(shape))
        return found
    unknown: list[tuple[Scalar, Node]] = []
    for written, (key, value) in (node.entries if isinstance(node, Mapping) else {}).items():
        name = shape.key(written)
        if name is None:
            unknown.append((key, value))
        elif name in found:
            message = f"{shape.what} has {name!r} twice, in two spellings"
            r.report(key, message, f"only {name!r}")
        else:
            found[name] = value
    for key, value in unknown:
        if meant := _report_unknown_key(r, key, shape):
            found.setdefault(meant, value)
    for name in shape.required:
        if name not in found and (place := at or node) is not None:
            r.report(place, f"{shape.what} has no {name!r}, which it needs", f"{name}: ...")
    return found


def _keys_of(shape: Shape) -> str:
    return "the keys " + ", ".join(shape.required or shape.keys[:6])


def _report_unknown_key(r: Reading, key: Scalar, shape: Shape) -> str:
    """Report a key that is not in the shape; return the one it was meant for, if any."""
    name = key.text[:200]
    close = get_close_matches(name, shape.keys, n=1, cutoff=0.8 if shape.open else 0.6)
    if shape.open and not close:
        return ""
    r.report(key, f"{shape.what} has no key {shown(name)}", r.nearest(name, shape.keys))
    return close[0] if close else ""


def entries(
    r: Reading, node: Node | None, what: str, path: Path, *, merged: bool = True
) -> list[tuple[Scalar, Node]]:
    """Return the names and values of a dictionary; nothing at all is an empty dictionary.

    `merged` is whether others may be merged into it; elsewhere `$ref` is a name like any other.
    """
    if node is None or is_null(node):
        return []
    if not isinstance(node, Mapping):
        r.report(node, f"{what} must be a mapping from names, not {described(node)}")
        r.leave_unclear(path)
        return []
    if not merged:
        return list(node.entries.values())
    if "$ref" in node.entries:  # that could not be followed, which is reported
        r.leave_unclear(path)
    return [entry for name, entry in node.entries.items() if name != "$ref"]


def is_reference(node: Node) -> bool:
    """Whether this is `{$ref: ...}` in place of an object."""
    if not isinstance(node, Mapping):
        return False
    return "$ref" in node.entries or list(node.entries) == ["ref"]


def reference(node: Mapping) -> tuple[Scalar, Node]:
    """Return the key and the value of the reference in a node that has one."""
    return next(node.entries[key] for key in _REFERENCE_KEYS if key in node.entries)


def text(r: Reading, node: Node | None, what: str, *, optional: bool = True) -> str:
    """Return a text; nothing is '' where it is optional. Numbers and dates need quotes."""
    if node is None or (optional and is_null(node)):
        return ""
    if not isinstance(node, Scalar):
        r.report(node, f"{what} must be text, not {kind(node)}")
        return ""
    if (found := kind_of(node)) == "text":
        return node.text
    quoted = f'quotes around it: "{node.text[:40]}"' if node.text else "some text"
    r.report(node, f"{what} must be text, not {found}", quoted)
    return ""


def name(r: Reading, node: Node, what: str) -> str:
    """Return a name by its source text, so that `on` and `no` are names; '' when it is none."""
    if isinstance(node, Scalar) and node.text:
        return node.text
    r.report(node, f"{what} must be a name, not {kind(node)}")
    return ""


def class_path(r: Reading, node: Node, what: str, *, dotted: bool = True) -> str:
    """Return a dotted path of identifiers; '' when it is none."""
    path = text(r, node, what, optional=False)
    if not path:
        if kind(node) == "text":
            r.report(node, f"{what} is empty", "a dotted path such as package.module.Class")
        return ""
    if not is_path(path):
        hint = "a dotted path such as package.module.Class"
        r.report(node, f"{what} must be a dotted path, not {shown(path)}", hint)
        return ""
    if dotted and "." not in path:
        hint = f"the module in front of it: package.module.{path[:60]}"
        r.report(node, f"{what} {shown(path)} names no module", hint)
        return ""
    return path


def boolean(r: Reading, node: Node | None, what: str, default: bool) -> bool:
    """Return true or false, in any usual spelling."""
    if node is None:
        return default
    if isinstance(node, Scalar):
        word = node.text.lower()
        if word in TRUE or word == "1":
            return True
        if word in FALSE or word == "0":
            return False
    r.report(node, f"{what} must be true or false, not {described(node)}")
    return default


def number(r: Reading, node: Node | None, what: str) -> float | None:
    """Return a number, or None when there is none."""
    if node is None or is_null(node):
        return None
    if isinstance(node, Scalar) and node.tag != "str":
        value = number_of(node.text)
        if value is not None:
            return value
    r.report(node, f"{what} must be a number, not {described(node)}")
    return None


def whole(r: Reading, node: Node | None, what: str) -> int | None:
    """Return a whole number, or None when there is none; 1e6 is one."""
    value = number(r, node, what)
    if value is None or node is None:
        return None
    if not math.isfinite(value) or value != int(value):
        r.report(node, f"{what} must be a whole number, not {value}")
        return None
    return int(value)


def json_value(r: Reading, node: Node, what: str) -> Any:
    """Return any JSON value; a key is its source text."""
    match node:
        case Mapping():
            return {k: json_value(r, v, what) for k, (_, v) in node.entries.items()}
        case Sequence():
            return [json_value(r, item, what) for item in node.items]
    try:
        value = value_of(node)
    except Ambiguous as error:
        r.report(node, f"{what} is ambiguous: {error}", f'quotes for the text: "{node.text[:40]}"')
        return node.text
    if isinstance(value, float) and not math.isfinite(value):
        r.report(node, f"{what} must be a JSON value, and JSON has no {node.text}")
        return None
    return value


def json_object(r: Reading, node: Node | None, what: str) -> dict[str, Any]:
    """Return a dictionary of JSON values; nothing at all is an empty one."""
    if node is None or is_null(node):
        return {}
    if not isinstance(node, Mapping):
        r.report(node, f"{what} must be a mapping from names, not {described(node)}")
        return {}
    value: dict[str, Any] = json_value(r, node, what)
    return value


def strings(r: Reading, node: Node | None, what: str) -> list[tuple[Scalar, str]]:
    """Return the names in a list, by their source text, each with its node."""
    if node is None or is_null(node):
        return []
    if not isinstance(node, Sequence):
        text = node.text[:40] if isinstance(node, Scalar) else ""
        hint = "" if not text else f'["{text}"]' if text[0] in "*&!" else f"[{text}]"
        r.report(node, f"{what} must be a list of names, not {described(node)}", hint)
        return []
    named = [(item, name(r, item, f"an entry of {what}")) for item in node.items]
    return [(item, found) for item, found in named if isinstance(item, Scalar) and found]
