"""Whether arguments fit an operation, asked on the line where they are written.

A `Form` is what there is to know about one operation in one federation: its parameters, who
offers it, and which further fields a site exposes. Every refusal names the operation, the
parameter, what was expected and what was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any

from dfm.api.flow import named, sources_of
from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.nodes import NodeId, NodeRef
from dfm.api.options import PREFIX, CallOptions
from dfm.api.references import leaves
from dfm.api.statement import Statement
from dfm.errors import ArgumentError, UnknownName, nearest
from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    FederationSpec,
    OperationSpec,
    Parameter,
)
from dfm.federation.options import OPTIONS, harm_refusals
from dfm.types import Type

OWN_NAMES = (
    *("site", "provider", "dfm_after", "dfm_node_id", "dfm_class_name"),
    *CallOptions.model_fields,
)
Place = tuple[str, str | None]
"""A site, or a provider of a site."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the arguments of one operation must look like.

    `offers` says who offers the operation, and which fields each of them exposes; `exposed`
    has all of these, whoever exposes them.
    """

    spec: OperationSpec
    federation: FederationSpec
    parameters: Mapping[str, Parameter]
    required: tuple[str, ...]
    offers: Mapping[Place, Mapping[str, Parameter]]
    exposed: Mapping[str, Parameter]

    def candidates(self, site: Any, provider: Any) -> list[Place]:
        """Return who can be meant by a site and a provider, or the best of some."""
        sites, providers = named_places(site, "sites"), named_places(provider, "providers")
        return [
            (at, by)
            for at, by in self.offers
            if (not sites or at in sites)
            and (by in providers if providers else isinstance(provider, BestOf) or by is None)
        ]


def form_of(spec: OperationSpec, federation: FederationSpec) -> Form:
    """Return the form of an operation in a federation."""
    parameters = {p.name: p for p in spec.parameters}
    offers = {
        place: adapter.exposed(parameters) for place, adapter in _adapters(spec.name, federation)
    }
    required = tuple(p.name for p in spec.parameters if p.required and p.default is MISSING)
    exposed = {name: p for fields in offers.values() for name, p in fields.items()}
    return Form(spec, federation, parameters, required, offers, exposed)


def _adapters(operation: str, federation: FederationSpec) -> Iterable[tuple[Place, AdapterSpec]]:
    for site in federation.sites.values():
        for provider in (None, *site.providers):
            if adapter := site.adapter(operation, provider):
                yield (site.name, provider), adapter


def check_arguments(form: Form, data: Mapping[str, Any]) -> None:
    """Refuse arguments that do not fit.

    Raises:
        ArgumentError: for a missing, unknown or unsuitable argument, or a site that does not
            offer the operation.
        UnknownName: for a site or provider that is not there.
    """
    _check_place(form, data.get("site"), data.get("provider"))
    _check_options(form, data)
    for name, value in data.items():
        if (parameter := form.parameters.get(name)) is not None:
            _check_value(form, parameter, value)
        elif name not in OWN_NAMES:
            for parameter in _exposed_everywhere(form, name, data):
                _check_value(form, parameter, value)
    for name in form.required:
        if name not in data:
            raise ArgumentError(
                f"{form.spec.name} needs the argument {name!r}",
                hint=f"{name}=...: {_accepted(form.parameters[name])}",
            )


def _check_options(form: Form, data: Mapping[str, Any]) -> None:
    """Refuse to repeat or remember an operation that does harm if it runs twice."""
    if form.spec.idempotent:
        return
    for name, why, hint in harm_refusals({name: data.get(PREFIX + name) for name in OPTIONS}):
        raise ArgumentError(
            f"{form.spec.name} can not be called with {name!r}: {why}",
            hint=f"leaving out {name!r} here; or in the federation {hint}",
        )


def _check_place(form: Form, site: Any, provider: Any) -> None:
    sites, providers = named_places(site, "sites"), named_places(provider, "providers")
    for name in sites:
        if name not in form.federation.sites:
            raise UnknownName("site", name, form.federation.sites)
    known = {p for s in form.federation.sites.values() for p in s.providers}
    for name in providers:
        if name not in known:
            raise UnknownName("provider", name, known)
    if not isinstance(provider, (str, BestOf, NoneType)):
        return
    offering = form.candidates(site, provider)
    for name in sites:
        if not any(s == name for s, _ in offering):
            raise _not_offered(form, f"site {name!r} does not offer", providers)
    for name in providers:
        if not any(p == name for _, p in offering):
            who = f"site {sites[0]!r} does not offer" if len(sites) == 1 else "no site offers"
            raise _not_offered(form, who, [name])


def named_places(asked: Any, kind: str) -> list[str]:
    """Return the sites, or the providers, that an author named."""
    if isinstance(asked, str):
        return [asked]
    return (getattr(asked, kind) if isinstance(asked, BestOf) else None) or []


def _not_offered(form: Form, who: str, providers: Sequence[str]) -> ArgumentError:
    by = " or ".join(map(repr, providers))
    return ArgumentError(
        f"{who} {form.spec.name}" + (f" by a provider {by}" if by else ""),
        hint=_offers(form) or "an operation that is offered",
    )


def _offers(form: Form) -> str:
    shown = [f"site={s!r}" + (f", provider={p!r}" if p else "") for s, p in form.offers]
    return "; or ".join(shown[:8])


def _exposed_everywhere(form: Form, name: str, data: Mapping[str, Any]) -> list[Parameter]:
    """Return an exposed field as each possible site declares it.

    Raises:
        ArgumentError: when some site that could be chosen does not expose it.
    """
    places = form.candidates(data.get("site"), data.get("provider"))
    fields = [form.offers[place][name] for place in places if name in form.offers[place]]
    if places and len(fields) == len(places):
        return fields
    exposing = [f"site={s!r}" + (f", provider={p!r}" if p else "")
                for (s, p), exposed in form.offers.items() if name in exposed]  # fmt: skip
    if exposing:
        raise ArgumentError(
            f"{form.spec.name} takes {name!r} only at some sites", hint="; or ".join(exposing)
        )
    raise ArgumentError(
        f"{form.spec.name} takes no argument {name!r}",
        hint=nearest(
            name, [*form.parameters, *form.exposed, *OPTIONS, "site", "provider", "dfm_after"]
        ),
    )


def _check_value(form: Form, parameter: Parameter, value: Any) -> None:
    if isinstance(value, (NodeRef, PlaceParam, Advise)):
        _check_mark(form, parameter, value)
    elif value is not None or parameter.required:
        _check_literal(form, parameter, value)


def _check_mark(form: Form, parameter: Parameter, mark: NodeRef | PlaceParam | Advise) -> None:
    match mark:
        case NodeRef() if not parameter.accepts_node:
            raise _refused(form, parameter, "takes no result of another operation")
        case PlaceParam() if not parameter.accepts_place:
            raise _refused(form, parameter, "takes no PlaceParam")
        case Advise() if not parameter.discoverable:
            raise _refused(form, parameter, "can not be advised on")


def _check_literal(form: Form, parameter: Parameter, value: Any) -> None:
    if not parameter.accepts_literal:
        raise _refused(form, parameter, "takes no literal value")
    inside = leaves(value)
    for mark in inside:
        _check_mark(form, parameter, mark)
    # Only the outside of a value with references in it is known yet.
    wanted = Type(parameter.type.kinds) if inside else parameter.type
    if why := wanted.refusal(value):
        raise _refused(form, parameter, why)


def check_feed(
    form: Form, parameter: Parameter, ref: NodeRef, statements: Mapping[NodeId, Statement]
) -> None:
    """Refuse a reference whose value can not be what the parameter wants.

    Raises:
        ArgumentError: naming both operations and both types.
    """
    for source in sources_of(ref, statements):
        if why := source.refusal(parameter.type):
            way = "".join(f", by {named(reader)}" for reader in reversed(source.by))
            raise _refused(form, parameter, f"{why}{way}")


def _refused(form: Form, parameter: Parameter, why: str) -> ArgumentError:
    return ArgumentError(
        f"argument {parameter.name!r} of {form.spec.name}: {why}", hint=_accepted(parameter)
    )


def _accepted(parameter: Parameter) -> str:
    """Say what a parameter takes."""
    ways = []
    if parameter.accepts_literal:
        ways.append(str(parameter.type))
    if parameter.accepts_node:
        ways.append("the result of an operation")
    if parameter.accepts_place:
        ways.append("a PlaceParam")
    return ", or ".join(ways) or "Advise()"
