"""Cross checks: whether the parts of a federation fit together.

Pure functions over a `FederationSpec`, so they hold for a federation written in Python as for
one in a file. Each yields mistakes with the path of the declaration that is wrong; where that
is in a file, the caller knows. `unclear` are paths whose contents could not be made out:
nothing is concluded from what they do not contain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from dfm.federation.check_policies import check_policies
from dfm.federation.mistake import Mistake, Unclear, is_clear
from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    ComputeCost,
    FederationSpec,
    FromParam,
    FromProvider,
    OperationSpec,
    Parameter,
    SendCost,
    SiteSpec,
)
from dfm.federation.names import Kind, name_problem
from dfm.federation.options import harm_refusals, option_refusals, options_of
from dfm.federation.reading import MAX_COMPARISONS, Path, shown
from dfm.types import describe


def mistakes(spec: FederationSpec, unclear: Unclear = ()) -> Iterator[Mistake]:
    """Yield everything that does not fit together in a federation."""
    for check in CHECKS:
        yield from check(spec, unclear)


# -- names -----------------------------------------------------------------------------------


def check_names(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """Every name is one that may be used."""
    for kind, name, path in _names(spec):
        if (problem := name_problem(kind, name)) is not None:
            yield Mistake(path, problem.message, problem.hint)


def _names(spec: FederationSpec) -> Iterator[tuple[Kind, str, Path]]:
    for operation in spec.operations.values():
        path: Path = ("operations", operation.name)
        yield "operation", operation.name, path
        for parameter in operation.parameters:
            yield "parameter", parameter.name, (*path, "parameters", parameter.name)
    for site in spec.sites.values():
        yield "site", site.name, ("sites", site.name)
        for provider in site.providers:
            yield "provider", provider, ("sites", site.name, "providers", provider)
    for use in _uses(spec):
        for argument, binding in (use.adapter.arguments or {}).items():
            path = (*use.path, "args", argument)
            yield "argument", argument, path
            exposed = getattr(binding, "exposed", None)
            if exposed is not None and exposed.param:
                yield "parameter", exposed.param, path


def check_provider_names(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """No provider is named like the federation, whose package is imported beside it."""
    for site in spec.sites.values():
        if spec.name in site.providers:
            said = f"the provider {shown(spec.name)} has the name of the federation"
            yield Mistake(("sites", site.name, "providers", spec.name), said, "another name")


def check_namespaces(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """No operation is also the namespace of another: `a.b` beside `a.b.C`."""
    for name in spec.operations:
        parts = name.split(".")
        for end in range(1, len(parts)):
            if (outer := ".".join(parts[:end])) in spec.operations:
                said = f"the operation {shown(outer)} is also the namespace of {shown(name)}"
                yield Mistake(("operations", outer), said, "another name for one of them")


# -- operations ------------------------------------------------------------------------------


def check_defaults(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """A default is of the parameter's type, and only an optional parameter has one."""
    for operation in spec.operations.values():
        for parameter in operation.parameters:
            path = ("operations", operation.name, "parameters", parameter.name, "default")
            if refusal := default_refusal(parameter):
                said = f"the default of {shown(parameter.name)}: {refusal}"
                yield Mistake(path, said, "another default, or another type")
            elif parameter.required and parameter.default is not MISSING:
                said = f"the parameter {shown(parameter.name)} is required and has a default"
                yield Mistake(path, said, "leaving it out of `required`, or leaving out `default`")


def default_refusal(parameter: Parameter) -> str:
    """Say why the default is not of the parameter's type, or return ''.

    An optional parameter may have the default None whatever its type is.
    """
    if parameter.default is MISSING or (parameter.default is None and not parameter.required):
        return ""
    return parameter.type.refusal(parameter.default)


def check_offers(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """Every operation that a site offers is declared, and every one declared is offered."""
    uses = list(_uses(spec))
    unknown: dict[str, None] = {}
    for use in uses:
        if use.operation is None and use.name and is_clear(("operations", use.name), unclear):
            unknown[use.name] = None
            said = f"there is no operation {shown(use.name)}"
            yield Mistake(use.path, said, "", use.name, spec.operations)
    if any(_may_offer_more(path) for path in unclear):
        return
    offered = {use.name for use in uses}
    lonely = [name for name in spec.operations if name not in offered]
    if not spec.sites and lonely:
        said = f"there are no sites, so nobody offers {_listed(lonely)}"
        yield Mistake(("operations", lonely[0]), said, "a section `sites`")
        return
    meant = _meant(list(unknown), lonely)
    for name in lonely:
        if name not in meant and is_clear(("operations", name), unclear):
            said = f"no site offers the operation {shown(name)}"
            hint = f'"#/operations/{name[:60]}" in the interface of a site'
            yield Mistake(("operations", name), said, hint)


def _may_offer_more(path: Path) -> bool:
    """Whether something that could not be made out at `path` may offer operations."""
    match path:
        case ("sites",) | ("sites", _) | ("sites", _, "interface" | "providers"):
            return True
        case ("sites", _, "providers", _) | ("sites", _, "providers", _, "interface"):
            return True
    return False


def _meant(unknown: list[str], lonely: list[str]) -> set[str]:
    """Return which of the `lonely` names the unknown ones are misspellings of."""
    few = unknown[: MAX_COMPARISONS // max(1, len(lonely))]
    return {m for name in few for m in get_close_matches(name[:200], lonely, n=1)}


def _listed(names: list[str]) -> str:
    return shown(names[0]) + (f" and {len(names) - 1} more" if len(names) > 1 else "")


# -- adapters --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Use:
    """One operation offered by one site or provider."""

    path: Path
    site: SiteSpec
    name: str
    operation: OperationSpec | None
    adapter: AdapterSpec


def _uses(spec: FederationSpec) -> Iterator[_Use]:
    for site in spec.sites.values():
        path: Path = ("sites", site.name)
        owners = [(path, site.interface)]
        owners += [((*path, "providers", p.name), p.interface) for p in site.providers.values()]
        for owner, interface in owners:
            for name, adapter in interface.items():
                path = (*owner, "interface", name)
                yield _Use(path, site, name, spec.operations.get(name), adapter)


def check_bindings(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """`from-param` names a parameter of the operation, `from-provider` a provider of the site."""
    for use in _uses(spec):
        parameters = use.operation and is_clear(("operations", use.name), unclear)
        names = tuple(p.name for p in use.operation.parameters) if use.operation else ()
        providers = ("sites", use.site.name, "providers")
        for argument, binding in (use.adapter.arguments or {}).items():
            path = (*use.path, "args", argument)
            match binding:
                case FromParam(param) if param and parameters and param not in names:
                    said = f"{use.name} has no parameter {shown(param)}"
                    yield Mistake(path, said, "", param, names)
                case FromProvider(provider) if provider and provider not in use.site.providers:
                    if is_clear(providers, unclear):
                        said = f"the site {use.site.name!r} has no provider {shown(provider)}"
                        yield Mistake(path, said, "", provider, use.site.providers)


def check_exposed(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """An exposed field has a name of its own."""
    for use in _uses(spec):
        taken = (
            {p.name: "a parameter of the operation" for p in use.operation.parameters}
            if use.operation
            else {}
        )
        for argument, binding in (use.adapter.arguments or {}).items():
            exposed = getattr(binding, "exposed", None)
            if exposed is None or not exposed.param:
                continue
            if (holder := taken.get(exposed.param)) is not None:
                said = f"the exposed field {shown(exposed.param)} is already {holder}"
                yield Mistake((*use.path, "args", argument), said, f"'{exposed.param}_override'")
            taken[exposed.param] = f"exposed by the argument {shown(argument)}"


# -- costs -----------------------------------------------------------------------------------


def check_costs(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """Costs are finite and not negative, and are costs of sending to a site that exists."""
    for use in _uses(spec):
        for said in cost_refusals(use.adapter.cost):
            yield Mistake((*use.path, "compute_cost"), said, "leaving it out, when nobody knows")
    for site in spec.sites.values():
        for target, cost in site.send_costs.items():
            path = ("sites", site.name, "send_cost", target)
            if target not in spec.sites and is_clear(("sites",), unclear):
                said = f"send_cost names {shown(target)}, which is not a site"
                yield Mistake(path, said, "", target, spec.sites)
            for said in cost_refusals(cost):
                yield Mistake(path, said, "leaving it out, when nobody knows")


def check_links(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """Link classes have sensible costs, and the class of a site's links is one of them."""
    for name, cost in spec.link_classes.items():
        for said in cost_refusals(cost):
            yield Mistake(("link-classes", name), said, "leaving it out, when nobody knows")
    for site in spec.sites.values():
        name, path = site.link_class or "", ("sites", site.name, "link-class")
        if name and name not in spec.link_classes and is_clear(("link-classes",), unclear):
            said = f"there is no link class {shown(name)}"
            hint = "" if spec.link_classes else "a section `link-classes`"
            yield Mistake(path, said, hint, name, spec.link_classes)


def check_options(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """Options are within their limits; what must not run twice is neither repeated nor cached."""
    for operation in spec.operations.values():
        options = {**options_of(operation), "idempotent": operation.idempotent}
        yield from _option_mistakes(("operations", operation.name), options, operation)
    for use in _uses(spec):
        yield from _option_mistakes(use.path, use.adapter.options, use.operation)


def _option_mistakes(
    path: Path, options: Mapping[str, Any], operation: OperationSpec | None
) -> Iterator[Mistake]:
    for name, said, hint in option_refusals(options):
        yield Mistake((*path, name), said, hint)
    if operation is not None and operation.idempotent is False:
        for name, said, hint in harm_refusals(options):
            yield Mistake((*path, name), said, hint)


def cost_refusals(cost: object) -> Iterator[str]:
    """Yield what is wrong with the numbers of a cost."""
    if cost is None:
        return
    if not isinstance(cost, (ComputeCost, SendCost)):
        yield f"it must be a ComputeCost or a SendCost, not {describe(cost)}"
        return
    for part in fields(cost):
        value = getattr(cost, part.name)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if value is not None and not is_number:
            yield f"{part.name} must be a number, not {describe(value)}"
        elif value is not None and (not math.isfinite(value) or value < 0):
            yield f"{part.name} must be 0 or more and finite, not {value}"


Check = Callable[[FederationSpec, Unclear], Iterator[Mistake]]

CHECKS: tuple[Check, ...] = (
    check_names,
    check_provider_names,
    check_namespaces,
    check_defaults,
    check_offers,
    check_bindings,
    check_exposed,
    check_costs,
    check_links,
    check_options,
    check_policies,
)
