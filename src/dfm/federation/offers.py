"""What an offer of an operation does to a federation: a larger value from a smaller one.

Pure functions. They see to it that an operation has one signature wherever it is offered, and
that the path of an implementation means one function, though two may be called the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NoReturn

from dfm.errors import FederationError, Problem
from dfm.federation.checks import cost_refusals, default_refusal
from dfm.federation.models import (
    AdapterSpec,
    ComputeCost,
    Construct,
    FederationSpec,
    OperationSpec,
    Parameter,
    ProviderSpec,
    SiteSpec,
)
from dfm.federation.names import Kind, is_path, name_problem
from dfm.federation.options import harm_refusals, option_refusals

Implementation = str | type | Construct
Callables = Mapping[str, Callable[..., Any]]


def with_operation(
    spec: FederationSpec,
    *,
    site: str,
    provider: str | None,
    operation: OperationSpec,
    implementation: Callable[..., Any],
    cost: ComputeCost | None = None,
    options: Mapping[str, Any] | None = None,
) -> FederationSpec:
    """Return the federation in which a site offers one operation more.

    The `options` (and `idempotent`) of the first offer are the operation's; later ones are those
    of their site. Raises FederationError when the operation can not be offered as it is.
    """
    _check_operation(operation, cost)
    before = spec.sites[site].adapter(operation.name, provider)
    path = _path_of(implementation)
    if before is not None:
        spec = _without(spec, site, provider, operation, path, before)
    declared = spec.operations.get(operation.name)
    here = _checked_options(declared or operation, options or {}, operation.at)
    if declared is None:
        operation, here = replace(operation, **here), {}
        spec = replace(spec, operations={**spec.operations, operation.name: operation})
    elif difference := (
        signature_difference(declared, operation) or _idempotence_difference(declared, here)
    ):
        refuse(
            f"{operation.name} at {site} is not as declared at {declared.at}: {difference}",
            operation.at,
            "the same signature at every site, or another name",
        )
    path, callables = _registered(path, implementation, spec.callables)
    differs = declared is not None and declared.description != operation.description
    adapter = AdapterSpec(
        Construct(path),
        cost=cost and replace(cost, compute_throughput=cost.compute_throughput or None),
        description=operation.description if differs else "",
        options={name: value for name, value in here.items() if value != getattr(declared, name)},
        at=operation.at,
    )
    return _with_adapter(
        replace(spec, callables=callables), site, provider, operation.name, adapter
    )


def _check_operation(operation: OperationSpec, cost: ComputeCost | None) -> None:
    check_name("operation", operation.name, operation.at)
    for parameter in operation.parameters:
        check_name("parameter", parameter.name, operation.at)
        if refusal := default_refusal(parameter):
            said = f"{operation.name}: the default of {parameter.name!r}: {refusal}"
            refuse(said, operation.at, "another default, or another annotation")
    for said in cost_refusals(cost):
        refuse(f"{operation.name}: {said}", operation.at)


def _checked_options(
    operation: OperationSpec, options: Mapping[str, Any], at: str
) -> dict[str, Any]:
    """Return options that an operation may have, checked; and `idempotent`, where it is new."""
    options = dict(options)
    for _, said, hint in option_refusals(options):
        refuse(f"{operation.name}: {said}", at, hint)
    harmless = options.get("idempotent", operation.idempotent)
    if not harmless:
        for _, said, hint in harm_refusals(options):
            refuse(f"{operation.name}: {said}", at, hint)
    return options


def signature_difference(declared: OperationSpec, other: OperationSpec) -> str:
    """Say how two signatures of an operation differ, or return ''. Order does not count."""
    ours = {p.name: p for p in declared.parameters}
    theirs = {p.name: p for p in other.parameters}
    if missing := [name for name in ours if name not in theirs]:
        return f"it has no parameter {missing[0]!r}"
    if added := [name for name in theirs if name not in ours]:
        return f"it has a parameter {added[0]!r} of its own"
    for name, parameter in ours.items():
        if difference := _parameter_difference(parameter, theirs[name]):
            return f"the parameter {name!r} {difference}"
    if not declared.returns.agrees_with(other.returns):
        return f"it returns {other.returns}, not {declared.returns}"
    return ""


def _idempotence_difference(declared: OperationSpec, options: dict[str, Any]) -> str:
    """Say how `idempotent` differs from what is declared, or return ''; takes it out."""
    if options.pop("idempotent", declared.idempotent) == declared.idempotent:
        return ""
    return f"it is {'not ' if declared.idempotent else ''}idempotent"


def _parameter_difference(ours: Parameter, theirs: Parameter) -> str:
    if not ours.type.agrees_with(theirs.type):
        limits = "" if str(ours.type) != str(theirs.type) else ", within other limits"
        return f"is {theirs.type}, not {ours.type}{limits}"
    if ours.required != theirs.required:
        return "is required" if theirs.required else "is optional"
    if not _same_default(ours.default, theirs.default):
        return f"has the default {theirs.default!r:.60}, not {ours.default!r:.60}"
    return ""


def _same_default(ours: Any, theirs: Any) -> bool:
    # Not `==`, which is no truth value for arrays.
    return ours is theirs or (type(ours) is type(theirs) and repr(ours) == repr(theirs))


def _with_adapter(
    spec: FederationSpec,
    site: str,
    provider: str | None,
    operation: str,
    adapter: AdapterSpec | None,
) -> FederationSpec:
    """Return the federation with one entry of one interface set, or taken out."""
    at = spec.sites[site]
    owner: SiteSpec | ProviderSpec = at if provider is None else at.providers[provider]
    interface = {name: a for name, a in owner.interface.items() if name != operation}
    if adapter is not None:
        interface[operation] = adapter
    if provider is None:
        return with_site(spec, replace(at, interface=interface), spec.callables)
    changed = replace(at.providers[provider], interface=interface)
    return with_site(
        spec, replace(at, providers={**at.providers, provider: changed}), spec.callables
    )


def with_site(spec: FederationSpec, site: SiteSpec, callables: Callables) -> FederationSpec:
    """Return the federation with one site set, and the callables there are."""
    return replace(spec, sites={**spec.sites, site.name: site}, callables=callables)


def _without(
    spec: FederationSpec,
    site: str,
    provider: str | None,
    operation: OperationSpec,
    path: str,
    before: AdapterSpec,
) -> FederationSpec:
    """Return the federation without an offer that is about to be made again.

    The same function again is a cell of a notebook run again. Another one is a mistake.
    """
    if before.implementation.path.split("#")[0] != path:
        where = f"{site}.{provider}" if provider else site
        refuse(
            f"{where} offers {operation.name} already, by {before.implementation.path}",
            operation.at,
            "a provider for the second one, or another name",
        )
    spec = _with_adapter(spec, site, provider, operation.name, None)
    if not any(True for s in spec.sites.values() for _ in _paths(s, operation.name)):
        left = {name: o for name, o in spec.operations.items() if name != operation.name}
        spec = replace(spec, operations=left)
    used = {path for s in spec.sites.values() for path in _paths(s)}
    callables = {
        p: c for p, c in spec.callables.items() if p in used or p != before.implementation.path
    }
    return replace(spec, callables=callables)


def _paths(site: SiteSpec, operation: str | None = None) -> list[str]:
    """Return the implementation paths of what a site offers."""
    interfaces = [site.interface, *(p.interface for p in site.providers.values())]
    return [
        adapter.implementation.path
        for interface in interfaces
        for name, adapter in interface.items()
        if operation in (None, name)
    ]


# -- implementations ---------------------------------------------------------------------------


def _path_of(implementation: object) -> str:
    module = getattr(implementation, "__module__", None) or "__main__"
    return f"{module}.{getattr(implementation, '__qualname__', type(implementation).__name__)}"


def _registered(
    path: str, implementation: Callable[..., Any], callables: Callables
) -> tuple[str, dict[str, Callable[..., Any]]]:
    """Return a path that means this implementation and no other, and the callables with it."""
    unique, count = path, 1
    while callables.get(unique, implementation) is not implementation:
        count += 1
        unique = f"{path}#{count}"
    return unique, {**callables, unique: implementation}


def constructed(
    implementation: Implementation | None, callables: Callables
) -> tuple[Construct | None, Callables]:
    """Return an implementation given in any form, and the callables with its class.

    Raises FederationError when it is neither a class nor a path.
    """
    if implementation is None or isinstance(implementation, Construct):
        return implementation, callables
    if isinstance(implementation, type):
        path, callables = _registered(_path_of(implementation), implementation, callables)
        return Construct(path), callables
    if not (is_path(implementation) and "." in implementation):
        said = f"an implementation is a class or its dotted path, not {implementation!r:.60}"
        refuse(said, hint="'package.module.Class'")
    return Construct(implementation), callables


def check_name(kind: Kind, name: str, at: str = "") -> None:
    """Raise FederationError when a name of this kind may not be used."""
    if (problem := name_problem(kind, name)) is not None:
        refuse(problem.message, at, problem.hint)


def refuse(message: str, at: str = "", hint: str = "") -> NoReturn:
    """Raise FederationError with this one problem."""
    raise FederationError([Problem(message, at, hint)])
