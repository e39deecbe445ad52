"""The `provision` section: its keys are checked, and it is kept out of the federation.

It says how containers and charts are made, which no pipeline depends on.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any

from dfm.federation.reading import Reading
from dfm.federation.shape import Shape, fields, is_null
from dfm.federation.yaml_tree import Node

# The keys of each object; a mapping in turn where the value is an object.
_KEYS: dict[str, Any] = {
    "docker": {
        "image": None,
        "tag": None,
        "dockerfile": {"dir": None, "file": None},
        "build": {
            "context": None,
            "engine": None,
            "arch": None,
            "save": {"enabled": None, "file": None},
            "push": {
                "enabled": None,
                "registry": {"url": None, "username": None, "password": None},
            },
        },
    },
    "helm": {
        "path": None,
        "name": None,
        "chartVersion": None,
        "appVersion": None,
        "startup_package_source": None,
    },
}


def check_provision(r: Reading, node: Node | None) -> None:
    """Report keys that `provision` does not have."""
    if not is_null(node):
        _check(r, node, "provision", _KEYS)


def _check(r: Reading, node: Node | None, what: str, keys: MappingType[str, Any]) -> None:
    found = fields(r, node, Shape(what, tuple(keys)))
    for key, inner in keys.items():
        if inner is not None and not is_null(found.get(key)):
            _check(r, found[key], key, inner)
