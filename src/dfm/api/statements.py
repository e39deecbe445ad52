"""Operations, where they run, and yields. What branches, loops and keeps has files of its own."""

from __future__ import annotations

import inspect
from abc import ABC
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from dfm.api.literals import Argument, decode
from dfm.api.markers import Advise, BestOf
from dfm.api.names import check_place_name
from dfm.api.nodes import NodeId
from dfm.api.options import PREFIX, CallOptions, with_prefixes
from dfm.api.scope import current_scope, is_discovering
from dfm.api.signatures import keyword
from dfm.api.statement import Expression, Statement
from dfm.api.visitor import ApiVisitor
from dfm.errors import StructureError

ANY_SITE = BestOf()


class Located(BaseModel, ABC):
    """Something that runs at a site: a named one, the best of some, or the best of all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: str | BestOf | Advise = ANY_SITE
    provider: str | BestOf | None = None

    @field_validator("site")
    @classmethod
    def _names_sites(cls, site: Any) -> Any:
        if isinstance(site, BestOf) and site.providers is not None:
            raise StructureError(
                "site=BestOf(providers=...) names no sites", hint="provider=BestOf(providers=...)"
            )
        return site

    @field_validator("provider")
    @classmethod
    def _names_providers(cls, provider: Any) -> Any:
        if isinstance(provider, BestOf) and provider.sites is not None:
            raise StructureError(
                "provider=BestOf(sites=...) names no providers", hint="BestOf(providers=[...])"
            )
        return provider


class Operation(Expression, Located, CallOptions, ABC):
    """A call of one of the federation's operations. Its fields are the operation's parameters.

        load = federation.operation("climate.LoadField")

        with Pipeline() as p:
            field = load(scenario="A1B", first=1990, site="institute_a")

    Every operation takes `site` and `provider` (a name, or `BestOf(...)`; otherwise the cheapest
    site is chosen), `dfm_after` (what must be done before), and how it is called: `cache`,
    `retries`, `retry_on`, `backoff`, `timeout`. `help(load)` lists the others.
    """

    dfm_class_name: str = ""

    __api_name__: ClassVar[str] = ""

    @classmethod
    def dfm_title(cls) -> str:
        """Return the operation's public name."""
        return cls.__api_name__ or cls.__name__

    @classmethod
    def dfm_parameter_names(cls) -> list[str]:
        """Return the names of the operation's own parameters, in declared order."""
        return [name for name in cls.model_fields if name not in Operation.model_fields]

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        if cls is Operation:
            raise StructureError("Operation is abstract", hint="an operation of a federation")

    @classmethod
    def _complete(cls, data: dict[str, Any]) -> dict[str, Any]:
        return super()._complete(cls._advised(with_prefixes(data, cls.model_fields)))

    @classmethod
    def _advised(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return arguments with a request for advice for each that is left out in discovery."""
        if not is_discovering():
            return data
        return {**{name: Advise() for name in cls._advisable() if name not in data}, **data}

    @classmethod
    def _advisable(cls) -> Iterator[str]:
        """Yield the names of the arguments that must be given, or else can be advised on."""
        for name in cls.dfm_parameter_names():
            if cls.model_fields[name].is_required():
                yield name

    @classmethod
    def _read(cls, data: dict[str, Any], context: Any) -> dict[str, Any]:
        for name in Located.model_fields.keys() & data.keys():
            data = {**data, name: decode(data[name])}
        return super()._read(cls._advised(data), context)

    def dfm_arguments(self) -> dict[str, Any]:
        """Return the arguments that were given, and declared defaults for those that were not.

        A parameter that is not in it is absent: the adapter's own default stands.
        """
        return {
            name: value
            for name, value in super().dfm_values().items()
            if name not in _NO_ARGUMENTS and (value is not None or name in self.model_fields_set)
        }

    def dfm_values(self) -> dict[str, Any]:
        """Return the arguments; see `dfm_arguments`."""
        return self.dfm_arguments()

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        yield from super().__repr_args__()
        if self.site != ANY_SITE:
            yield "site", self.site
        if self.provider is not None:
            yield "provider", self.provider
        yield from self.dfm_options.items()

    def dfm_check_sources(self, statements: Mapping[NodeId, Statement]) -> None:
        """Refuse references to results that can not be what this operation wants.

        Raises:
            ArgumentError: naming both operations; only operations of a federation know types.
        """

    def dfm_check_written(self) -> None:
        """Refuse what can be seen to be wrong in the open pipeline as it is now."""
        super().dfm_check_written()
        if scope := current_scope():
            self.dfm_check_sources(scope.draft.statements)

    def _dump(self, inner: Any, info: Any) -> Any:
        data = super()._dump(inner, info)
        options = (PREFIX + name for name in self.dfm_options)
        saved = {*self.dfm_arguments(), *options, *_ALWAYS_SAVED}
        return {name: value for name, value in data.items() if name in saved}

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_operation`."""
        return visitor.visit_operation(self)


_NO_ARGUMENTS = frozenset((*Located.model_fields, *CallOptions.model_fields))


_ALWAYS_SAVED = frozenset(Operation.model_fields) - frozenset(CallOptions.model_fields)


class Yield(Statement):
    """Hand a value to the application, under the name of a place.

        with Pipeline() as p:
            Yield(value=LoadField(scenario="A1B", first=1990), place="field")

        session.execute(p).result()     # {"field": ...}

    The value may hold results of operations at any depth: `value={"mean": mean, "n": 3}`. Several
    yields may have one place if each says `multiuse=True`; the place then gets a list. So it does
    from one yield inside a loop, which need not say so.
    """

    dfm_class_name: Literal["dfm.api.Yield"] = "dfm.api.Yield"
    place: str = "yield"
    value: Argument
    multiuse: bool = False

    _good_name = field_validator("place")(check_place_name)

    def accept(self, visitor: ApiVisitor) -> Any:
        """Call `visit_yield`."""
        return visitor.visit_yield(self)


Yield.__signature__ = inspect.Signature(
    [
        keyword("value", "Any", inspect.Parameter.empty),
        keyword("place", "str", "yield"),
        keyword("multiuse", "bool", False),
        keyword("dfm_after", "Statement | NodeId | None", None),
        keyword("dfm_node_id", "NodeId"),
    ]
)
