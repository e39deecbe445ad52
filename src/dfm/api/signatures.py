"""What `help()` and editors show of an operation: its docstring and its signature."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dfm.api.markers import BestOf
from dfm.api.options import PREFIX
from dfm.federation.models import MISSING, OperationSpec, Parameter
from dfm.federation.options import OPTIONS
from dfm.types import Type

if TYPE_CHECKING:
    from dfm.api.arguments import Form

_PYTHON = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "array": "list",
    "object": "object",
    "null": "None",
    "stream": "Iterator",
}


class Shown(str):
    """Text that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


_LEFT_OUT = Shown("...")


def annotation_of(wanted: Type) -> str:
    """Return a type as a Python annotation.

    >>> annotation_of(Type.of("integer", "null"))
    'int | None'
    """
    return " | ".join(_PYTHON.get(kind, kind) for kind in wanted.kinds) or "Any"


def signature_of(form: Form) -> inspect.Signature:
    """Return the signature of the operation's class: parameters first, then where and when."""
    parameters = [_parameter(p) for p in form.parameters.values()]
    parameters.sort(key=lambda p: p.default is not inspect.Parameter.empty)
    parameters += [keyword(p.name, annotation_of(p.type)) for p in form.exposed.values()]
    parameters += [
        keyword("site", "str | BestOf", BestOf()),
        keyword("provider", "str | BestOf | None", None),
        keyword("dfm_after", "Statement | NodeId | None", None),
        keyword("dfm_node_id", "NodeId"),
        inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD),
    ]
    return inspect.Signature(parameters)


def _parameter(parameter: Parameter) -> inspect.Parameter:
    annotation = annotation_of(parameter.type)
    if parameter.default is not MISSING:
        return keyword(parameter.name, annotation, parameter.default)
    if not parameter.required:
        return keyword(parameter.name, annotation)
    return inspect.Parameter(
        parameter.name, inspect.Parameter.KEYWORD_ONLY, annotation=Shown(annotation)
    )


def keyword(name: str, annotation: str, default: Any = _LEFT_OUT) -> inspect.Parameter:
    """Return a parameter as it is shown; without a default, one that may be left out."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Shown(annotation)
    )


def docstring_of(form: Form) -> str:
    """Return the docstring of the operation's class."""
    lines = [form.spec.description.strip() or f"The operation {form.spec.name}."]
    described = [*form.parameters.values(), *form.exposed.values()]
    if described:
        lines += ["", "Parameters:"]
        lines += [f"    {line}" for p in described for line in _describe(p)]
    lines += ["", f"Returns: {annotation_of(form.spec.returns)}"]
    offered = [f"{s}.{p}" if p else s for s, p in form.offers]
    lines += ["", f"Offered by: {', '.join(offered) or 'no site yet'}"]
    lines += ["", f"Options: {', '.join(_options(form))}"]
    lines += ["", "Example:", *(f"    {line}" for line in _example(form))]
    return "\n".join(lines)


def _options(form: Form) -> list[str]:
    """Return the options of a call, as they are written and as they are if nobody says."""
    plain = OperationSpec("plain")
    shown = []
    for name in OPTIONS:
        written = PREFIX + name if name in form.parameters or name in form.exposed else name
        here = getattr(form.spec, name)
        shown.append(f"{written} (= {here!r})" if here != getattr(plain, name) else written)
    if not form.spec.idempotent:
        shown = [s for s in shown if s.removeprefix(PREFIX) == "timeout"]
        shown.append("and none to run it twice, because it is not idempotent")
    return shown


def _example(form: Form) -> list[str]:
    name = form.spec.name.rpartition(".")[2]
    given = ", ".join(f"{required}=..." for required in form.required)
    return ["with Pipeline() as p:", f"    result = {name}({given})", "    Yield(value=result)"]


def _describe(parameter: Parameter) -> list[str]:
    notes = []
    if not parameter.required:
        notes.append("optional" if parameter.default is MISSING else f"= {parameter.default!r}")
    if not parameter.accepts_literal:
        notes.append("no literals")
    if not parameter.accepts_node:
        notes.append("no results of operations")
    if not parameter.accepts_place:
        notes.append("no PlaceParam")
    head = f"{parameter.name}: {annotation_of(parameter.type)}"
    text = [f"    {line}" for line in parameter.description.strip().splitlines()]
    return [head + (f" ({', '.join(notes)})" if notes else ""), *text]
