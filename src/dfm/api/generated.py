"""What the packages that `dfm fed gen code` writes are made of, and operations bound to a place.

    from dfm.api.generated import operation_at

    ScanAtPier = operation_at(federation.operation("sonar.Scan"), "pier")

The class takes the fields that this place exposes, and refuses every other place. A pipeline
that is saved with it names it `<federation>.fed.site.<site>[.<provider>].<operation>`.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal, TypeAlias
from weakref import WeakValueDictionary

from pydantic import create_model

from dfm.api.arguments import Place
from dfm.api.markers import Advise, BestOf, PlaceParam
from dfm.api.nodes import NodeId
from dfm.api.operations import FederatedOperation
from dfm.api.signatures import docstring_of, keyword, signature_of
from dfm.api.statement import After, NodeParam, Valued
from dfm.api.statements import Operation
from dfm.errors import ArgumentError, StructureError, UnknownName

__all__ = [
    "Advise",
    "After",
    "BestOf",
    "Errors",
    "NodeId",
    "Operation",
    "PlaceParam",
    "Result",
    "operation_at",
]

Errors: TypeAlias = type[BaseException] | str | Sequence[type[BaseException] | str] | None
"""What `retry_on` takes."""

Result: TypeAlias = NodeParam | Valued
"""What stands for a value that is not known yet."""


class PlacedOperation(FederatedOperation):
    """What the classes made by `operation_at` have in common."""

    dfm_place: ClassVar[Place]

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        pinned = dict(zip(("site", "provider"), cls.dfm_place, strict=True))
        for name, here in pinned.items():
            if data.get(name, here) != here:
                raise ArgumentError(
                    f"{cls.dfm_class_path()} is for {name}={here!r}, not {data[name]!r}",
                    hint=f"leaving out {name}, or the class {cls.dfm_form.spec.name} for any site",
                )
        super()._check({**data, **pinned})


_made: WeakValueDictionary[tuple[int, Place], type[PlacedOperation]] = WeakValueDictionary()


def operation_at(
    operation: type[Operation], site: str, provider: str | None = None
) -> type[Operation]:
    """Return the class of an operation at one site, or one provider of it.

    Raises:
        StructureError: for a class that was not made from a federation.
        UnknownName: when nobody of that name offers the operation.
    """
    if not issubclass(operation, FederatedOperation):
        raise StructureError(f"{operation.__name__} is of no federation", hint="fed.operation(...)")
    place = (site, provider)
    made = _made.get((id(operation), place))
    if made is not None and issubclass(made, operation):
        return made
    form = operation.dfm_form
    if place not in form.offers:
        offering = [".".join(filter(None, offer)) for offer in form.offers]
        kind = f"place that offers {form.spec.name}, called"
        raise UnknownName(kind, ".".join(filter(None, place)), offering)
    made = _placed(operation, place)
    _made[id(operation), place] = made
    return made


def _placed(operation: type[FederatedOperation], place: Place) -> type[PlacedOperation]:
    form = operation.dfm_form
    exposed = form.offers[place]
    here = replace(form, offers={place: exposed}, exposed=exposed)
    words = [form.federation.name, "fed", "site", *filter(None, place), form.spec.name]
    path = ".".join(words)
    module, _, name = path.rpartition(".")
    site, provider = place
    fields: dict[str, Any] = {
        "site": (Literal[site], site),
        "provider": (None if provider is None else Literal[provider], provider),
        "dfm_class_name": (Literal[path], path),
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Field name .* shadows", UserWarning)
        bases: Any = (PlacedOperation, operation)
        cls: Any = create_model(name, __base__=bases, __module__=module, **fields)
    cls.dfm_place = place
    cls.dfm_form = here
    cls.__api_name__ = form.spec.name
    cls.__doc__ = docstring_of(here)
    cls.__signature__ = _signature(cls)
    placed: type[PlacedOperation] = cls
    return placed


def _signature(cls: type[PlacedOperation]) -> inspect.Signature:
    """Return the signature, in which the place is what it is."""
    signature = signature_of(cls.dfm_form)
    pinned = {
        name: keyword(name, f"Literal[{here!r}]" if here else "None", here)
        for name, here in zip(("site", "provider"), cls.dfm_place, strict=True)
    }
    return signature.replace(
        parameters=[pinned.get(p.name, p) for p in signature.parameters.values()]
    )
