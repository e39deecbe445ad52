"""The `provision` section: how containers and charts are made, as a value.

No pipeline depends on it. Its keys and the kinds of its values are checked; what they mean is the
matter of who makes the containers.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import Any

from dfm.federation.reading import Reading, shown
from dfm.federation.shape import Shape, boolean, fields, is_null, text
from dfm.federation.yaml_tree import Node


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, perhaps one of a few."""

    of: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True, slots=True)
class _Flag:
    """True or false; false if nothing is said."""


@dataclass(frozen=True, slots=True)
class _Object:
    """An object with these keys."""

    keys: MappingType[str, Any]
    required: tuple[str, ...] = ()


_REGISTRY = _Object(
    {"url": _Text(), "username": _Text(default=""), "password": _Text(default="")}, ("url",)
)
_BUILD = _Object(
    {
        "context": _Text(),
        "engine": _Text(("podman", "docker")),
        "arch": _Text(("arm64", "amd64")),
        "save": _Object({"enabled": _Flag(), "file": _Text()}),
        "push": _Object({"enabled": _Flag(), "registry": _REGISTRY}),
    },
    ("context", "engine", "arch"),
)
_DOCKER = _Object(
    {
        "image": _Text(),
        "tag": _Text(),
        "dockerfile": _Object({"dir": _Text(), "file": _Text()}),
        "build": _BUILD,
    },
    ("image", "tag"),
)
_HELM = _Object(
    {
        "path": _Text(),
        "name": _Text(),
        "chartVersion": _Text(),
        "appVersion": _Text(),
        "startup_package_source": _Text(("env", "workspace")),
    },
    ("path", "name", "startup_package_source"),
)
_PROVISION = _Object({"docker": _DOCKER, "helm": _HELM})


def read_provision(r: Reading, node: Node | None) -> dict[str, Any]:
    """Return the section by its keys, with defaults; an object that is not there is None."""
    return {} if is_null(node) else _object(r, node, "provision", _PROVISION)


def _object(r: Reading, node: Node | None, what: str, kind: _Object) -> dict[str, Any]:
    found = fields(r, node, Shape(what, tuple(kind.keys), kind.required))
    for key in kind.required:
        if (given := found.get(key)) is not None and is_null(given):
            r.report(given, f"{key} must be text, not nothing", f"{key}: ...")
    return {key: _value(r, found.get(key), key, inner) for key, inner in kind.keys.items()}


def _value(r: Reading, node: Node | None, key: str, kind: Any) -> Any:
    if isinstance(kind, _Object):
        return None if is_null(node) else _object(r, node, key, kind)
    if isinstance(kind, _Flag):
        return boolean(r, node, key, False)
    if node is None or is_null(node):
        return kind.default
    said = text(r, node, key)
    if kind.of and said not in kind.of:
        r.report(node, f"{key} can not be {shown(said)}", " or ".join(kind.of))
    return said
