"""The schemas of a federation as pydantic models, for values that authors and adapters make.

    from harbor.fed.schema.geo import Window

    Scan(window=Window(west=4.1, east=4.6), max_rows=10)

A schema of an object with properties is a class. Any other is a name for its type, and one that
says the same as an earlier one is a name for that.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping

from dfm.codegen.annotate import Annotator, Imports
from dfm.codegen.layout import Module
from dfm.codegen.text import docstring, indented
from dfm.errors import FederationError, Problem
from dfm.federation.names import name_problem
from dfm.types import Type

Known = Mapping[Type, tuple[str, str]]
"""The module and the name of the class of a type."""

_CONSTRAINTS = {
    "minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of", "minLength": "min_length", "maxLength": "max_length",
    "minItems": "min_length", "maxItems": "max_length", "pattern": "pattern",
}  # fmt: skip
_ABOUT = {
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "string": ("minLength", "maxLength", "pattern"),
    "array": ("minItems", "maxItems"),
}
# Names that models have already.
_TAKEN = re.compile(
    r"(_|model_)|(construct|copy|dict|from_orm|json|parse_file|parse_obj|parse_raw|schema"
    r"|schema_json|update_forward_refs|validate)$"
)


def check_names(schemas: Iterable[str]) -> None:
    """Refuse names that no class can have.

    Raises:
        FederationError: with each of them.
    """
    problems = [p for name in schemas if (p := _name_problem(name)) is not None]
    if problems:
        raise FederationError(problems)


def _name_problem(name: str) -> Problem | None:
    problem = name_problem("operation", name)
    return problem and Problem(problem.message.replace("operation", "schema"), hint=problem.hint)


def classes_of(package: str, schemas: Mapping[str, Type]) -> dict[Type, tuple[str, str]]:
    """Return the classes of schemas; of several with one type the first has it."""
    classes: dict[Type, tuple[str, str]] = {}
    for name, found in schemas.items():
        module = ".".join((package, "fed", "schema", *name.split(".")[:-1]))
        if is_model(found):
            classes.setdefault(found, (module, name.rpartition(".")[2]))
    return classes


def is_model(found: Type) -> bool:
    """Whether a schema is an object with properties."""
    return found.kinds == ("object",) and bool(found.properties)


def schema_modules(package: str, schemas: Mapping[str, Type]) -> dict[Module, str]:
    """Return the text of each module of schemas."""
    by_module: dict[Module, dict[str, Type]] = {}
    for name, found in schemas.items():
        *namespace, last = name.split(".")
        by_module.setdefault(("schema", *namespace), {})[last] = found
    classes = classes_of(package, schemas)
    return {m: _module(package, m, named, classes) for m, named in by_module.items()}


def _module(package: str, module: Module, named: Mapping[str, Type], classes: Known) -> str:
    own = ".".join((package, "fed", *module))
    imports = Imports()
    models, names = [], []
    for name, found in named.items():
        annotator = Annotator(classes, imports, here=f"{own}.{name}")
        if classes.get(found) == (own, name):
            models.append(_model(name, found, annotator))
        else:
            names += [f"{name}: _t.TypeAlias = {_alias(found, annotator)}", ""]
    lines = [docstring(f"Schemas of the federation {package}. Generated: do not edit."), ""]
    lines += ["from __future__ import annotations", "", "import typing as _t", ""]
    lines += ["import pydantic as _p", "", *(line for model in models for line in (*model, ""))]
    # At the end, for schemas of two modules may name each other.
    lines += [f"{line}  # noqa: E402" for line in imports.lines()]
    lines += ["", *names] if names else [""]
    return "\n".join([*lines, f"__all__ = {sorted(named)!r}", ""])


def _alias(found: Type, annotator: Annotator) -> str:
    return annotator.annotation(found)


def _model(name: str, found: Type, annotator: Annotator) -> list[str]:
    required = found.keywords.get("required", [])
    extra = "forbid" if found.keywords.get("additionalProperties") is False else "allow"
    body = [docstring(f"The schema {annotator.here.partition('.fed.schema.')[2]}."), ""]
    body += [f"__dfm_schema__ = {annotator.here.partition('.fed.schema.')[2]!r}", ""]
    body += [f"model_config = _p.ConfigDict(extra={extra!r}, populate_by_name=True)", ""]
    taken: set[str] = set()
    for written, part in found.properties.items():
        field = _field_name(written, taken)
        taken.add(field)
        body.append(_field(field, written, part, written in required, annotator))
    return [f"class {name}(_p.BaseModel):", *indented(body)]


def _field_name(written: str, taken: Iterable[str]) -> str:
    """Return a name that a field can have, for a property that is called anything."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", written).lstrip("_0123456789") or "field"
    if keyword.iskeyword(name) or _TAKEN.match(name):
        name = f"{name.removeprefix('model_')}_"
    while name in taken:
        name += "_"
    return name


def _field(name: str, written: str, part: Type, required: bool, annotator: Annotator) -> str:
    annotation = annotator.annotation(part)
    if limits := ", ".join(_limits(part)):
        annotation = f"_t.Annotated[{annotation}, _p.Field({limits})]"
    if not required:
        annotation = f"{annotation} | None"
    both = f"validation_alias={written!r}, serialization_alias={written!r}"
    named = "" if name == written else both
    if required:
        return f"{name}: {annotation}" + (f" = _p.Field({named})" if named else "")
    default = f"_p.Field(default=None, {named})" if named else "None"
    return f"{name}: {annotation} = {default}"


def _limits(part: Type) -> list[str]:
    """Return the limits of a plain type as arguments of `pydantic.Field`."""
    kinds = [kind for kind in part.kinds if kind != "null"]
    if len(kinds) != 1 or "enum" in part.keywords:
        return []
    limits = part.keywords
    return [f"{_CONSTRAINTS[k]}={limits[k]!r}" for k in _ABOUT.get(kinds[0], ()) if k in limits]
