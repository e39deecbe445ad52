"""The classes of operations, and of operations at one site, as text.

Each is written twice in its file: as type checkers see it, with every argument, and as the
one line that makes it from the federation when the program runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dfm.codegen.annotate import Annotator, Imports, default_text
from dfm.codegen.text import docstring, indented
from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    FederationSpec,
    OperationSpec,
    Parameter,
)
from dfm.federation.options import OPTIONS
from dfm.types import Type

Place = tuple[str, str | None]
"""A site, or a provider of a site."""

_OPTION_TYPES = {
    "cache": "bool | None",
    "retries": "int | None",
    "retry_on": "_d.Errors",
    "backoff": "float | None",
    "timeout": "float | None",
}
# A declared attribute of such a name would hide what annotations mean, or a method of pydantic's.
_NOT_DECLARED = frozenset(
    (
        *("bool", "float", "int", "list", "str", "tuple", "object", "type"),
        *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw"),
        *("schema", "schema_json", "update_forward_refs", "validate"),
    )
)


@dataclass(frozen=True)
class Written:
    """A class to be written: an operation, perhaps at one place only."""

    operation: OperationSpec
    federation: FederationSpec
    place: Place | None = None

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.operation.name.rpartition(".")[2]

    @property
    def adapter(self) -> AdapterSpec | None:
        """How the place runs the operation."""
        if self.place is None:
            return None
        return self.federation.sites[self.place[0]].adapter(self.operation.name, self.place[1])

    @property
    def exposed(self) -> tuple[Parameter, ...]:
        """The further parameters that the place exposes."""
        if (adapter := self.adapter) is None:
            return ()
        own = {p.name for p in self.operation.parameters}
        return tuple(adapter.exposed(own).values())


def operations_module(
    package: str,
    title: str,
    classes: Sequence[Written],
    schemas: Mapping[Type, tuple[str, str]],
) -> str:
    """Return the text of a module of operations."""
    imports = Imports()
    annotator = Annotator(schemas, imports, inside=("_d.Result", "_d.PlaceParam"))
    typed = [_typed_class(written, annotator) for written in classes]
    made = [f"{w.name} = {_made(w)}" for w in classes]
    lines = [docstring(title), "", "from __future__ import annotations", ""]
    if classes:
        lines += [
            "import typing as _t",
            "",
            "import dfm.api.generated as _d",
            "",
            "if _t.TYPE_CHECKING:",
        ]
        lines += indented([*imports.lines(), "", *_apart(typed)])
        lines += ["else:", f"    from {package}.fed import federation as _federation", ""]
        lines += [*indented(made), ""]
    lines += [f"__all__ = {sorted(w.name for w in classes)!r}", ""]
    return "\n".join(lines)


def _apart(classes: Iterable[list[str]]) -> list[str]:
    return [line for written in classes for line in (*written, "")]


def _made(written: Written) -> str:
    found = f"_federation().operation({written.operation.name!r})"
    if written.place is None:
        return found
    site, provider = written.place
    return f"_d.operation_at({found}, {site!r}, {provider!r})"


def _typed_class(written: Written, annotator: Annotator) -> list[str]:
    parameters = [*written.operation.parameters, *written.exposed]
    types = {p.name: _annotation(p, annotator) for p in parameters}
    here = written.exposed if written.place else parameters
    declared = [f"{p.name}: {types[p.name]}" for p in here if p.name not in _NOT_DECLARED]
    base = "_d.Operation" if written.place is None else _api_class(written, annotator)
    body = [docstring(_description(written)), "", *declared, *([""] if declared else [])]
    body += ["def __init__(", "    self,", "    *,"]
    body += [f"    {p.name}: {types[p.name]}{_default(p)}," for p in parameters]
    body += [f"    {line}," for line in (*_where(written), *_how(written.operation, types))]
    body += [") -> None: ..."]
    return [f"class {written.name}({base}):", *indented(body)]


def _api_class(written: Written, annotator: Annotator) -> str:
    namespace, _, name = written.operation.name.rpartition(".")
    module = ".".join(filter(None, (written.federation.name, "fed", "api", namespace)))
    return f"{annotator.imports.alias(module)}.{name}"


def _annotation(parameter: Parameter, annotator: Annotator) -> str:
    ways = [annotator.annotation(parameter.type)] if parameter.accepts_literal else []
    if ways == ["_t.Any"]:
        return "_t.Any"
    if parameter.accepts_node:
        ways.append("_d.Result")
    if parameter.accepts_place:
        ways.append("_d.PlaceParam")
    if parameter.discoverable:
        ways.append("_d.Advise")
    if not parameter.required or parameter.default is None:
        ways.append("None")
    return " | ".join(dict.fromkeys(ways)) or "_t.Never"


def _default(parameter: Parameter) -> str:
    if parameter.default is not MISSING:
        return f" = {default_text(parameter.default)}"
    return "" if parameter.required else " = ..."


def _where(written: Written) -> list[str]:
    if written.place is None:
        offering = sorted({site for site, _ in places_of(written.operation, written.federation)})
        known = f"_t.Literal[{', '.join(map(repr, offering))}] | " if offering else ""
        return [
            f"site: {known}str | _d.BestOf | _d.Advise = ...",
            "provider: str | _d.BestOf | None = None",
            *_WHEN,
        ]
    site, provider = written.place
    pinned = "None = None" if provider is None else f"_t.Literal[{provider!r}] = {provider!r}"
    return [f"site: _t.Literal[{site!r}] = {site!r}", f"provider: {pinned}", *_WHEN]


_WHEN = ("dfm_after: _d.After = None", "dfm_node_id: _d.NodeId = ...")


def _how(operation: OperationSpec, parameters: Iterable[str]) -> list[str]:
    """Return the options of a call; one that an own parameter hides has its longer name."""
    names = OPTIONS if operation.idempotent else ("timeout",)
    hidden = set(parameters)
    return [f"{'dfm_' * (name in hidden)}{name}: {_OPTION_TYPES[name]} = None" for name in names]


def places_of(operation: OperationSpec, federation: FederationSpec) -> list[Place]:
    """Return who offers an operation."""
    return [
        (site.name, provider)
        for site in federation.sites.values()
        for provider in (None, *site.providers)
        if site.adapter(operation.name, provider) is not None
    ]


def _description(written: Written) -> str:
    operation, adapter = written.operation, written.adapter
    said = (adapter.description if adapter else "").strip() or operation.description.strip()
    lines = [said or f"The operation {operation.name}."]
    if written.place is not None:
        by = ".".join(filter(None, written.place))
        lines += ["", f"{operation.name} at {by}, and nowhere else."]
    described = [*operation.parameters, *written.exposed]
    if described:
        lines += ["", "Parameters:", *(line for p in described for line in _described(p))]
    return "\n".join([*lines, "", f"Returns: {operation.returns}"])


def _described(parameter: Parameter) -> list[str]:
    accepts = [
        text
        for flag, text in (
            (parameter.accepts_literal, "literal input"),
            (parameter.accepts_node, "node input"),
            (parameter.accepts_place, "place input"),
        )
        if flag
    ]
    advised = "Discoverable" if parameter.discoverable else "Not discoverable"
    head = f"    {parameter.name} ({parameter.type}) [Accepts: {', '.join(accepts)}. {advised}]"
    return [head, *(f"        {line}" for line in parameter.description.strip().splitlines())]
