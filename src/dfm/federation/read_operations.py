"""The `operations` section: the public signature of each operation."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any

from dfm.federation.models import MISSING, OperationSpec, Parameter
from dfm.federation.read_bindings import FLAGS
from dfm.federation.read_options import OPTION_KEYS, read_options
from dfm.federation.read_types import SCHEMA_KEYS, SPELLINGS, Schemas, read_returns, read_type
from dfm.federation.reading import Path, Reading, shown
from dfm.federation.shape import (
    Shape,
    boolean,
    entries,
    fields,
    is_reference,
    json_value,
    strings,
    text,
)
from dfm.federation.yaml_tree import Mapping, Node, Scalar
from dfm.types import ANYTHING

_OPERATION = Shape(
    "an operation",
    (
        *("returns", "parameters", "required", "description", *OPTION_KEYS, "idempotent"),
        *(k for k in SCHEMA_KEYS if k not in ("description", "properties", "required")),
    ),
    required=("returns",),
    spellings={"properties": "parameters"},
)
_PARAMETER = Shape("a parameter", (*SCHEMA_KEYS, *FLAGS.values()), spellings=SPELLINGS, open=True)


def read_operations(r: Reading, node: Node | None, schemas: Schemas) -> dict[str, OperationSpec]:
    """Return the operations by name, each as far as it could be made out."""
    section = ("operations",)
    found = entries(r, node, "operations", section)
    return {key.text: _operation(r, key, value, schemas) for key, value in found}


def _operation(r: Reading, key: Scalar, node: Node, schemas: Schemas) -> OperationSpec:
    path = ("operations", key.text)
    at = r.declare(path, key)
    if is_reference(node):  # that could not be followed, which is reported
        r.leave_unclear(path)
        return OperationSpec(key.text, at=at)
    if not isinstance(node, Mapping):
        r.leave_unclear(path)
    found = fields(r, node, _OPERATION, at=key)
    if (kind_of_it := text(r, found.get("type"), "type")) not in ("", "object"):
        said = f"the type of an operation is object, not {shown(kind_of_it)}"
        r.report(found["type"], said, "leaving `type` out")
    return OperationSpec(
        name=key.text,
        parameters=_parameters(r, path, found, schemas),
        returns=read_returns(r, found["returns"], schemas) if "returns" in found else ANYTHING,
        description=text(r, found.get("description"), "description"),
        idempotent=boolean(r, found.get("idempotent"), "idempotent", True),
        at=at,
        **read_options(r, found, path),
    )


def _parameters(
    r: Reading, path: Path, found: MappingType[str, Node], schemas: Schemas
) -> tuple[Parameter, ...]:
    parameters = entries(r, found.get("parameters"), "parameters", path)
    names = [key.text for key, _ in parameters]
    required: set[str] = set()
    for item, name in strings(r, found.get("required"), "required"):
        if name in required:
            r.report(item, f"the parameter {shown(name)} is required twice", "once")
        elif name not in names and path not in r.unclear:
            said = f"required names {shown(name)}, which is not a parameter"
            r.report(item, said, r.nearest(name, names))
        required.add(name)
    return tuple(_parameter(r, path, k, v, k.text in required, schemas) for k, v in parameters)


def _parameter(
    r: Reading, path: Path, key: Scalar, node: Node, required: bool, schemas: Schemas
) -> Parameter:
    at = r.declare((*path, "parameters", key.text), key)
    written = node.entries if isinstance(node, Mapping) else {}
    by_key = {_PARAMETER.key(name): value for name, (_, value) in written.items()}
    if isinstance(needed := by_key.get("required"), Scalar):
        hint = f"`required: [{key.text[:40]}]` beside `parameters`"
        r.report(needed, "required is said of the operation, not of a parameter", hint)
        node = _without(node, "required")
    accepts = {
        flag: boolean(r, by_key.get(spelling), spelling, True) for flag, spelling in FLAGS.items()
    }
    if not any(accepts[flag] for flag in ("accepts_literal", "accepts_node", "accepts_place")):
        said = f"the parameter {shown(key.text)} does not accept anything"
        r.report(key, said, "one of " + ", ".join(list(FLAGS.values())[:3]))
    return Parameter(
        name=key.text,
        type=read_type(r, node, schemas, _PARAMETER),
        required=required,
        default=_default(r, (*path, "parameters", key.text, "default"), by_key.get("default")),
        description=text(r, by_key.get("description"), "description"),
        at=at,
        **accepts,
    )


def _default(r: Reading, path: Path, node: Node | None) -> Any:
    if node is None:
        return MISSING
    r.declare(path, node)
    mistakes_before = r.count
    value = json_value(r, node, "default")
    return value if r.count == mistakes_before else MISSING


def _without(node: Node, key: str) -> Node:
    if not isinstance(node, Mapping):
        return node
    return node.with_entries((k, entry) for k, entry in node.entries.items() if k != key)
