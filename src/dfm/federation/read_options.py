"""The keys that say how an operation is called: `retries`, `timeout` and the like.

Read here; whether the numbers make sense is seen by the cross checks.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any

from dfm.federation.options import OPTIONS
from dfm.federation.reading import Path, Reading
from dfm.federation.shape import boolean, is_null, number, strings, whole
from dfm.federation.yaml_tree import Node

OPTION_KEYS = tuple(name.replace("_", "-") for name in OPTIONS)


def read_options(r: Reading, found: MappingType[str, Node], path: Path) -> dict[str, Any]:
    """Return the options that are given and can be made out, by the names of their fields."""
    options: dict[str, Any] = {}
    for name, key in zip(OPTIONS, OPTION_KEYS, strict=True):
        node = found.get(key)
        if node is None or (is_null(node) and name != "timeout"):
            continue
        r.declare((*path, name), node)
        mistakes_before = r.count
        value = _value(r, node, name, key)
        if r.count == mistakes_before:
            options[name] = value
    return options


def _value(r: Reading, node: Node, name: str, key: str) -> Any:
    match name:
        case "cache":
            return boolean(r, node, key, False)
        case "retries":
            return whole(r, node, key)
        case "retry_on":
            return tuple(error for _, error in strings(r, node, key))
    seconds = number(r, node, key)
    return None if seconds is None else float(seconds)
