"""Whether arguments fit an operation, asked on the line where they are written.

A `Form` is what there is to know about one operation in one federation: its parameters, who
offers it, and which further fields a site exposes. Every refusal names the operation, the
parameter, what was expected and what was given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.nodes import NodeRef
from dfm.api.references import leaves
from dfm.api.scope import current_scope
from dfm.api.statement import Statement
from dfm.errors import ArgumentError, UnknownName, nearest
from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    Exposed,
    FederationSpec,
    FromParam,
    OperationSpec,
    Parameter,
)
from dfm.types import Type

OWN_NAMES = ("site", "provider", "dfm_after", "dfm_node_id", "dfm_class_name")
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

    def places(self, provider: str | None) -> tuple[str, ...]:
        """Return the sites that offer the operation, themselves or by that provider."""
        return tuple(site for site, by in self.offers if by == provider)


def form_of(spec: OperationSpec, federation: FederationSpec) -> Form:
    """Return the form of an operation in a federation."""
    parameters = {p.name: p for p in spec.parameters}
    offers = {
        place: exposed_fields(adapter, parameters)
        for place, adapter in _adapters(spec.name, federation)
    }
    required = tuple(p.name for p in spec.parameters if p.required and p.default is MISSING)
    exposed = {name: p for fields in offers.values() for name, p in fields.items()}
    return Form(spec, federation, parameters, required, offers, exposed)


def _adapters(operation: str, federation: FederationSpec) -> Iterable[tuple[Place, AdapterSpec]]:
    for site in federation.sites.values():
        for provider in (None, *site.providers):
            if adapter := site.adapter(operation, provider):
                yield (site.name, provider), adapter


def exposed_fields(
    adapter: AdapterSpec, parameters: Mapping[str, Parameter]
) -> dict[str, Parameter]:
    """Return the further fields that a site exposes, apart from an operation's parameters."""
    bindings = (adapter.arguments or {}).values()
    fields: list[Exposed] = [
        b.exposed for b in bindings if not isinstance(b, FromParam) and b.exposed is not None
    ]
    return {
        f.param: Parameter(f.param, f.type, required=False, description=f.description)
        for f in fields
        if f.param not in parameters
    }


def check_arguments(form: Form, data: Mapping[str, Any]) -> None:
    """Refuse arguments that do not fit.

    Raises:
        ArgumentError: for a missing, unknown or unsuitable argument, or a site that does not
            offer the operation.
        UnknownName: for a site or provider that is not there.
    """
    _check_place(form, data.get("site"), data.get("provider"))
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


def _check_place(form: Form, site: Any, provider: Any) -> None:
    named = [site] if isinstance(site, str) else []
    if isinstance(site, BestOf):
        named = site.sites or []
    for name in named:
        if name not in form.federation.sites:
            raise UnknownName("site", name, form.federation.sites)
    if isinstance(provider, str):
        known = {p for s in form.federation.sites.values() for p in s.providers}
        if provider not in known:
            raise UnknownName("provider", provider, known)
    elif provider is not None:
        return
    for name in named or ([""] if provider else []):
        _check_offer(form, name, provider)


def _check_offer(form: Form, site: str, provider: str | None) -> None:
    offering = form.places(provider)
    if site in offering or (not site and offering):
        return
    who = f"site {site!r}" if site else "no site"
    verb = "does not offer" if site else "offers"
    by = f" by a provider {provider!r}" if provider else ""
    raise ArgumentError(
        f"{who} {verb} {form.spec.name}{by}", hint=_offers(form) or "an operation that is offered"
    )


def _offers(form: Form) -> str:
    shown = [f"site={s!r}" + (f", provider={p!r}" if p else "") for s, p in form.offers]
    return "; or ".join(shown[:8])


def _exposed_everywhere(form: Form, name: str, data: Mapping[str, Any]) -> list[Parameter]:
    """Return an exposed field as each possible site declares it.

    Raises:
        ArgumentError: when some site that could be chosen does not expose it.
    """
    site, provider = data.get("site"), data.get("provider")
    if isinstance(site, str):
        sites: Iterable[str] = [site]
    else:
        sites = (site.sites if isinstance(site, BestOf) else None) or form.places(provider)
    found = [form.offers.get((s, provider), {}).get(name) for s in sites]
    fields = [p for p in found if p is not None]
    if found and len(fields) == len(found):
        return fields
    exposing = [f"site={s!r}" + (f", provider={p!r}" if p else "")
                for (s, p), exposed in form.offers.items() if name in exposed]  # fmt: skip
    if exposing:
        raise ArgumentError(
            f"{form.spec.name} takes {name!r} only at some sites", hint="; or ".join(exposing)
        )
    raise ArgumentError(
        f"{form.spec.name} takes no argument {name!r}",
        hint=nearest(name, [*form.parameters, *form.exposed, "site", "provider", "dfm_after"]),
    )


def _check_value(form: Form, parameter: Parameter, value: Any) -> None:
    if isinstance(value, (NodeRef, PlaceParam, Advise)):
        _check_mark(form, parameter, value)
        if isinstance(value, NodeRef):
            _check_feed_when_written(form, parameter, value)
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


def _check_feed_when_written(form: Form, parameter: Parameter, ref: NodeRef) -> None:
    if scope := current_scope():
        check_feed(form, parameter, ref, scope.draft.statements.get(ref.id))


def check_feed(form: Form, parameter: Parameter, ref: NodeRef, source: Statement | None) -> None:
    """Refuse a reference whose value can not be what the parameter wants.

    Raises:
        ArgumentError: naming both operations and both types.
    """
    giving: Form | None = getattr(type(source), "dfm_form", None)
    if giving is None or ref.sel is not None or giving.spec.returns.may_feed(parameter.type):
        return
    where = f" ({source.dfm_location})" if source is not None and source.dfm_location else ""
    raise _refused(
        form,
        parameter,
        f"expected {parameter.type}, but {giving.spec.name}{where} returns {giving.spec.returns}",
    )


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
