"""The `args` of an adapter: where each argument of its body comes from."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any

from dfm.federation.models import (
    Binding,
    Const,
    Exposed,
    FromParam,
    FromProvider,
    FromSecrets,
    FromSite,
    OperationSpec,
)
from dfm.federation.names import NAME
from dfm.federation.read_types import Schemas, read_kinds
from dfm.federation.reading import Path, Reading, shown
from dfm.federation.shape import (
    Shape,
    boolean,
    described,
    entries,
    fields,
    is_null,
    json_object,
    json_value,
    kind,
    name,
    text,
)
from dfm.federation.yaml_tree import Mapping, Node, Scalar

_SOURCES = ("from-param", "from-secrets", "const", "from-provider", "from-site")
_FORMS = {
    "from-param": "{{from-param: {argument}}}",
    "from-secrets": "{{from-secrets: SOME_KEY}}",
    "const": "{{const: ...}}",
    "from-provider": "{{from-provider: radar.base_url}}",
    "from-site": "{{from-site: federation_name}}",
}
_WITH_EXPOSURE = ("expose-as", "doc")
FLAGS = {
    "accepts_literal": "accepts-literal-input",
    "accepts_node": "accepts-node-input",
    "accepts_place": "accepts-place-input",
    "discoverable": "discoverable",
}
"""What a parameter, or an exposed field, says of what it accepts."""

_EXPOSED = Shape(
    "expose-as", ("param", "type", "description", *FLAGS.values()), required=("param", "type")
)
_ARGUMENT = {
    source: Shape(
        f"an argument with {source}",
        (source, "doc") if source == "from-param" else (source, *_WITH_EXPOSURE),
    )
    for source in _SOURCES
}
_ANY_ARGUMENT = Shape("an argument", (*_SOURCES, *_WITH_EXPOSURE))


def read_arguments(
    r: Reading, node: Node | None, adapter: Path, spec: OperationSpec | None, schemas: Schemas
) -> dict[str, Binding] | None:
    """Return the binding of each argument, or None for `from-operation`."""
    if isinstance(node, Scalar) and not is_null(node):
        if node.text == "from-operation":
            return None
        said = f"args must be `from-operation` or a mapping, not {shown(node.text)}"
        r.report(node, said, "from-operation")
        return None
    bindings: dict[str, Binding] = {}
    for key, value in entries(r, node, "args", (*adapter, "args"), merged=False):
        r.declare((*adapter, "args", key.text), value)
        bindings[key.text] = _binding(r, key, value, spec, schemas)
    return bindings


def _binding(
    r: Reading, key: Scalar, node: Node, spec: OperationSpec | None, schemas: Schemas
) -> Binding:
    if isinstance(node, Scalar):
        return _bare(r, key, node, spec)
    if not isinstance(node, Mapping):
        said = f"the argument {shown(key.text)} must be a mapping, not {kind(node)}"
        r.report(node, said, "{const: ...}")
        return Const(None)
    written = [s for s in map(_ANY_ARGUMENT.key, node.entries) if s in _SOURCES]
    if len(set(written)) != 1:
        count = f"{len(set(written))} sources" if written else "no source"
        said = f"the argument {shown(key.text)} has {count}, and needs one"
        misspelled = next((k for k in node.entries if _ANY_ARGUMENT.key(k) is None), None)
        hint = r.nearest(misspelled, _SOURCES) if misspelled and not written else ""
        r.report(node, said, hint or "one of " + ", ".join(_SOURCES))
        return Const(None)
    source = written[0] or ""
    found = fields(r, node, _ARGUMENT[source])
    text(r, found.get("doc"), "doc")
    return _from_source(r, source, found, schemas)


def _bare(r: Reading, key: Scalar, node: Scalar, spec: OperationSpec | None) -> Binding:
    """Take a plain string as a constant, unless it looks like a parameter."""
    if kind(node) != "text":
        said = f"the argument {shown(key.text)} must say where it comes from, and is {kind(node)}"
        r.report(node, said, f"{{const: {node.text[:40] or 'null'}}}")
    elif (source := _ANY_ARGUMENT.key(node.text)) in _FORMS:
        said = f"the argument {shown(key.text)} is only the word {shown(node.text)}"
        form = _FORMS[source].format(argument=key.text[:40])
        r.report(node, said, f"{form}, or {{const: {node.text}}} for the text")
    elif spec is not None and spec.parameter(node.text) is not None:
        said = f"{shown(node.text)} is a parameter of the operation, but stands here as text"
        hint = f"{{from-param: {node.text}}}, or {{const: {node.text}}} for the text"
        r.report(node, said, hint)
    return Const(node.text)


def constructor_arguments(r: Reading, node: Node | None, what: str) -> dict[str, Any]:
    """Return the arguments of a constructor, which are plain values: bindings are reported."""
    for key, value in node.entries.values() if isinstance(node, Mapping) else ():
        written = (
            [_ANY_ARGUMENT.key(k) for k in value.entries] if isinstance(value, Mapping) else []
        )
        if None not in written and any(source in _SOURCES for source in written):
            said = f"the constructor argument {shown(key.text)} is a plain value, not a binding"
            hint = "the value itself, or `args` beside `adapter`, for the arguments of its body"
            r.report(value, said, hint)
    return json_object(r, node, what)


def _from_source(
    r: Reading, source: str, found: MappingType[str, Node], schemas: Schemas
) -> Binding:
    node = found[source]
    exposed = _exposed(r, found.get("expose-as"), schemas)
    match source:
        case "from-param":
            return FromParam(name(r, node, source))
        case "const":
            return Const(json_value(r, node, source), exposed)
        case "from-secrets":
            key = text(r, node, source, optional=False)
            return FromSecrets(key, exposed)
        case "from-site":
            return FromSite(_attribute(r, node, source), exposed)
    provider, _, attribute = _attribute(r, node, source, parts=2).partition(".")
    return FromProvider(provider, attribute, exposed)


def _attribute(r: Reading, node: Node, source: str, parts: int = 1) -> str:
    found = name(r, node, source)
    split = found.split(".")
    if found and not (len(split) == parts and all(NAME.fullmatch(part) for part in split)):
        wanted = "the name of an attribute" if parts == 1 else "provider.attribute"
        example = "federation_name" if parts == 1 else "radar.base_url"
        r.report(node, f"{source} must be {wanted}, not {shown(found)}", f"a name like {example}")
        return ""
    return found


def _exposed(r: Reading, node: Node | None, schemas: Schemas) -> Exposed | None:
    if node is None or is_null(node):
        return None
    if isinstance(node, Scalar):
        said = f"expose-as must be a mapping, not {described(node)}"
        r.report(node, said, f"{{param: {node.text[:40]}, type: string}}")
        return None
    found = fields(r, node, _EXPOSED)
    accepts = {name: boolean(r, found.get(flag), flag, True) for name, flag in FLAGS.items()}
    if not any(accepts[flag] for flag in ("accepts_literal", "accepts_node", "accepts_place")):
        said = "expose-as does not accept anything"
        r.report(node, said, "one of " + ", ".join(list(FLAGS.values())[:3]))
    if "param" not in found:
        return None
    return Exposed(
        param=name(r, found["param"], "param"),
        type=read_kinds(r, found.get("type"), schemas),
        description=text(r, found.get("description"), "description"),
        **accepts,
    )
