"""Which class a name in saved data means.

A name means, in this order: a statement that is built in, or a class that the program has
defined or imported already; an operation of the federation that the reader gave. It never
makes a module be imported, so a pipeline from a stranger can not choose what code is loaded.

    dfm.api.Yield                                  built in
    nv_dfm_core.api.Yield, ..._WriteToCache        the same, saved by the earlier system
    <federation>.fed.api.<operation>               an operation
    <federation>.fed.site.<site>[.<provider>].<operation>    the same, bound to a site
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dfm.api.generated import operation_at
from dfm.api.operations import FederatedOperation, made_class, made_paths, operation_class
from dfm.api.pydantic import known_class, known_names
from dfm.api.statement import Statement
from dfm.errors import StructureError, UnknownName
from dfm.federation.models import FederationSpec

_KEY = "dfm_class_name"
_OLD = "nv_dfm_core.api."
_NEW = "dfm.api."


def statement_class(name: str, context: Any) -> type[Statement]:
    """Return the class of statement that saved data calls `name`.

    `context["federation"]` is a `FederationSpec`, or has one as `spec`.

    Raises:
        UnknownName: when there is none, with what to do about it.
    """
    if name.startswith((_OLD, _NEW)):
        name = _NEW + name.removeprefix(_OLD).removeprefix(_NEW).removeprefix("_")
    if (found := known_class(_KEY, name)) is not None:
        if not issubclass(found, Statement):
            raise StructureError(f"{name!r} is no statement", hint="the dfm_class_name of one")
        return found
    given = context.get("federation") if isinstance(context, dict) else None
    if given is not None:
        return _operation_of(given, name)
    if (made := made_class(name)) is not None:
        return made
    raise _unknown(name)


def _operation_of(federation: Any, name: str) -> type[Statement]:
    spec = federation if isinstance(federation, FederationSpec) else federation.spec
    for operation, place in _operations_named(name, spec):
        if operation in spec.operations:
            if spec is not federation and hasattr(federation, "operation"):
                found: type[FederatedOperation] = federation.operation(operation)
            else:
                found = operation_class(spec.operations[operation], spec)
            offered = place is not None and place in found.dfm_form.offers
            return operation_at(found, *place) if place and offered else found
    raise UnknownName("operation", name, (f"{spec.name}.fed.api.{o}" for o in spec.operations))


def _operations_named(
    name: str, spec: FederationSpec
) -> Iterator[tuple[str, tuple[str, str | None] | None]]:
    """Yield the operations that a class name can mean, best first, with the place it names."""
    prefix = f"{spec.name}.fed."
    if name.startswith(prefix + "api."):
        yield name.removeprefix(prefix + "api."), None
    elif name.startswith(prefix + "site."):
        site, _, rest = name.removeprefix(prefix + "site.").partition(".")
        if site in spec.sites:
            yield rest, (site, None)
            provider, _, inner = rest.partition(".")
            if provider in spec.sites[site].providers:
                yield inner, (site, provider)


def _unknown(name: str) -> UnknownName:
    error = UnknownName("class", name, [*known_names(_KEY), *made_paths()])
    if error.hint.endswith("almost the same"):
        return error
    if ".fed." in name:
        error.hint = (
            f"Pipeline.load_from_file(path, federation=...) with federation"
            f" {name.partition('.fed.')[0]!r}"
        )
    else:
        error.hint = "import the module that defines it first, or give federation=..."
    return error
