"""Operations as classes, made from a federation instead of from generated code.

    LoadField = operation_class(spec.operations["climate.LoadField"], spec)

    with Pipeline() as p:
        field = LoadField(scenario="A1B", first=2090, last=2099)

The class has the declared parameters as fields; one that is optional, has no default and is
not given stays `MISSING` and is absent from `dfm_arguments()`.
"""

from __future__ import annotations

import copy
import warnings
from abc import ABC
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from weakref import WeakValueDictionary, ref

from pydantic import Field, create_model

from dfm.api.arguments import OWN_NAMES, Form, check_arguments, check_feed, form_of
from dfm.api.literals import Argument
from dfm.api.nodes import NodeId, NodeRef
from dfm.api.signatures import docstring_of, signature_of
from dfm.api.statement import Statement
from dfm.api.statements import Operation
from dfm.errors import FederationError, Problem, StructureError
from dfm.federation.models import MISSING, FederationSpec, OperationSpec, Parameter

# Weak references, newest last: snapshots of a federation come and go, and each has its classes.
_by_path: dict[str, list[ref[type[FederatedOperation]]]] = {}


def made_class(path: str) -> type[FederatedOperation] | None:
    """Return the newest class in use that `operation_class` made for a path, or None."""
    found = (reference() for reference in reversed(_by_path.get(path, [])))
    return next((cls for cls in found if cls is not None), None)


def made_paths() -> list[str]:
    """Return the paths of the classes in use."""
    return [path for path in list(_by_path) if made_class(path) is not None]


class FederatedOperation(Operation, ABC):
    """What the classes made by `operation_class` have in common."""

    dfm_form: ClassVar[Form]

    if TYPE_CHECKING:  # parameters are only known at run time

        def __init__(self, **arguments: Any) -> None: ...

    @classmethod
    def _remember(cls, path: str) -> None:
        # Not among the classes that a program defines itself: those go first.
        alive = [reference for reference in _by_path.get(path, []) if reference() is not None]
        _by_path[path] = [*alive, ref(cls)]

    @classmethod
    def _check(cls, data: dict[str, Any]) -> None:
        if cls is FederatedOperation:
            raise StructureError("FederatedOperation is abstract", hint="an operation's own class")
        check_arguments(cls.dfm_form, data)

    @classmethod
    def dfm_parameter_names(cls) -> list[str]:
        """Return the names of the operation's own parameters, in declared order."""
        return list(cls.dfm_form.parameters)

    @classmethod
    def _advisable(cls) -> Iterator[str]:
        form = cls.dfm_form
        return (name for name in form.required if form.parameters[name].discoverable)

    @classmethod
    def _names_to_write(cls) -> list[str]:
        return cls.dfm_parameter_names()

    def dfm_arguments(self) -> dict[str, Any]:
        """Return the arguments that were given, and declared defaults, in declared order."""
        form, values = self.dfm_form, self.__dict__
        return {
            name: values[name]
            for names in (form.parameters, form.exposed)
            for name in names
            if values[name] is not MISSING
        }

    def dfm_check_sources(self, statements: Mapping[NodeId, Statement]) -> None:
        """Refuse references to results that can not be what this operation wants."""
        for name, parameter in self.dfm_form.parameters.items():
            if isinstance(read := self.__dict__[name], NodeRef):
                check_feed(self.dfm_form, parameter, read, statements)

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, FederatedOperation) and type(other) is not type(self):
            # Two snapshots of one federation have two classes for one operation, and a class that
            # is bound to a site says no more than its operation with that site.
            return self._said() == other._said()
        return super().__eq__(other)

    def _said(self) -> tuple[Any, ...]:
        own = (getattr(self, name) for name in OWN_NAMES if name != "dfm_class_name")
        named = (self.dfm_form.federation.name, self.__api_name__)
        return (*named, *own, self.dfm_arguments())

    __hash__ = Statement.__hash__


# A class holds its federation, so an id in a key stays true for as long as its entry lives.
_made: WeakValueDictionary[tuple[int, str], type[FederatedOperation]] = WeakValueDictionary()


def operation_class(spec: OperationSpec, federation: FederationSpec) -> type[FederatedOperation]:
    """Return the class of an operation; the same one for the same values, while it is in use.

    Raises:
        FederationError: when a parameter has a name that no field can have.
    """
    made = _made.get((id(federation), spec.name))
    if made is not None and made.dfm_form.spec is spec:
        return made
    form = form_of(spec, federation)
    _check_names(form)
    module, _, name = f"{federation.name}.fed.api.{spec.name}".rpartition(".")
    path = f"{module}.{name}"
    fields: dict[str, Any] = {
        **{p.name: (Argument, _default(p)) for p in form.parameters.values()},
        **dict.fromkeys(form.exposed, (Argument, MISSING)),
        "dfm_class_name": (Literal[path], path),
    }
    with warnings.catch_warnings():
        # Parameters named `copy` or `json` hide methods of pydantic that nothing here uses.
        warnings.filterwarnings("ignore", "Field name .* shadows", UserWarning)
        cls = create_model(name, __base__=FederatedOperation, __module__=module, **fields)
    cls.__doc__ = docstring_of(form)
    cls.__api_name__ = spec.name
    cls.dfm_form = form
    cls.__signature__ = signature_of(form)
    _made[id(federation), spec.name] = cls
    return cls


def _default(parameter: Parameter) -> Any:
    if parameter.default is MISSING:
        return ... if parameter.required else MISSING
    if isinstance(parameter.default, (list, dict, set)):
        return Field(default_factory=partial(copy.deepcopy, parameter.default))
    return parameter.default


_DEPRECATED = frozenset(
    (
        *("construct", "copy", "dict", "from_orm", "json", "parse_file", "parse_obj", "parse_raw"),
        *("schema", "schema_json", "update_forward_refs", "validate"),
    )
)
_RESERVED = frozenset(dir(FederatedOperation)) - _DEPRECATED | frozenset(OWN_NAMES)


def _check_names(form: Form) -> None:
    problems = [
        Problem(
            f"{form.spec.name} can not have a parameter {p.name!r}: the name is reserved",
            at=p.at or form.spec.at,
            hint="another name",
        )
        for p in (*form.parameters.values(), *form.exposed.values())
        if p.name in _RESERVED or p.name.startswith(("_", "dfm_"))
    ]
    if problems:
        raise FederationError(problems)
