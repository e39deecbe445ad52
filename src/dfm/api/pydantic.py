"""The two bases of our models: strict values, and polymorphic ones.

A `PolymorphicBaseModel` says in a field which class it is, so a list of them comes back from
JSON as what it was. The class is looked up among those that exist in this process and are
subclasses of the one asked for. A name in data never makes anything be imported.

Construction and loading are kept apart: `Class(...)` is an author writing, `model_validate`
is data being read. Pydantic would run an overridden `__init__` for both; `authored` stops that.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self, TypeVar
from weakref import WeakValueDictionary

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, PydanticSerializationError, core_schema
from pydantic_core import PydanticSerializationUnexpectedValue as UnexpectedValue

from dfm.api.location import where_written
from dfm.api.refusals import declaration_error, no_positional
from dfm.errors import StructureError, UnknownName

__all__ = ["PolymorphicBaseModel"]

_F = TypeVar("_F", bound=Callable[..., None])


def authored(init: _F) -> _F:
    """Mark an `__init__` that only authors run, not the reading of data."""
    init.__pydantic_base_init__ = True  # type: ignore[attr-defined]
    return init


class Written(dict[str, Any]):
    """The arguments of a constructor, as opposed to data that is read."""


class _Resolved(dict[str, Any]):
    """Data whose class has been looked up."""


class StrictModel(BaseModel):
    """A frozen value that takes its fields by position too, and refuses with our own errors.

    `dfm_tag` marks the value in JSON. Data without the tag is not taken for one, so a user's
    dictionary is never mistaken for a marker whose fields all have defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dfm_tag: ClassVar[str] = ""

    @authored
    def __init__(self, /, *args: Any, **data: Any) -> None:
        if self.dfm_tag:
            data.setdefault("tag", self.dfm_tag)
        if args:
            _name(args, data, type(self))
        try:
            self.__pydantic_validator__.validate_python(Written(data), self_instance=self)
        except ValidationError as error:
            raise declaration_error(error, type(self), at=str(where_written())) from None

    @model_validator(mode="before")
    @classmethod
    def _is_tagged(cls, data: Any) -> Any:
        read = isinstance(data, dict) and not isinstance(data, Written)
        if read and cls.dfm_tag and data.get("tag") != cls.dfm_tag:
            raise PydanticCustomError("not_tagged", "its tag is not '{tag}'", {"tag": cls.dfm_tag})
        return data

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, field in type(self).model_fields.items():
            if name != "tag" and (value := self.__dict__[name]) != field.default:
                yield name, value


def _name(args: tuple[Any, ...], data: dict[str, Any], model: type[BaseModel]) -> None:
    """Put positional arguments under the names of the fields they are for."""
    names = [name for name in model.model_fields if name != "tag"]
    if len(args) > len(names) or data.keys() & set(names[: len(args)]):
        raise no_positional(model.__name__, names)
    data.update(zip(names, args, strict=False))


class DataModel(BaseModel):
    """A model that raises errors of `dfm.errors` when it reads data, or can not be dumped."""

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Read data; see pydantic. Mistakes are raised as errors of `dfm.errors`."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise declaration_error(error, cls) from None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Read JSON; see pydantic. Mistakes are raised as errors of `dfm.errors`."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as error:
            raise declaration_error(error, cls) from None

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return the fields as data; see pydantic."""
        try:
            return super().model_dump(**options)
        except PydanticSerializationError as error:
            raise declaration_error(error, type(self)) from None

    def model_dump_json(self, **options: Any) -> str:
        """Return the fields as JSON; see pydantic."""
        try:
            return super().model_dump_json(**options)
        except PydanticSerializationError as error:
            # Only a dump to Python objects tells what was raised on the way.
            self.model_dump(mode="json")
            raise declaration_error(error, type(self)) from None


_classes: WeakValueDictionary[tuple[str, str], type[PolymorphicBaseModel]] = WeakValueDictionary()


def known_class(discriminator: str, name: str) -> type[PolymorphicBaseModel] | None:
    """Return the class of that name that exists in this process, or None."""
    return _classes.get((discriminator, name))


def known_names(discriminator: str) -> list[str]:
    """Return the names of the classes that exist in this process."""
    return [name for key, name in list(_classes) if key == discriminator]


class PolymorphicBaseModel(DataModel):
    """A model that names its class in a field, `dfm_class_name` unless overridden."""

    @classmethod
    def _discriminator_name(cls) -> str:
        return "dfm_class_name"

    @classmethod
    def dfm_class_path(cls) -> str:
        """Return the name under which this class is found again in data."""
        field = cls.model_fields.get(cls._discriminator_name())
        if field is not None and isinstance(field.default, str) and field.default:
            return field.default
        return f"{cls.__module__}.{cls.__qualname__}"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for path in (f"{cls.__module__}.{cls.__qualname__}", cls.dfm_class_path()):
            cls._remember(path)

    @classmethod
    def _remember(cls, path: str) -> None:
        """Make the class known to `known_class` under a path."""
        _classes[cls._discriminator_name(), path] = cls

    @classmethod
    def _class_named(cls, name: str, context: Any) -> type[PolymorphicBaseModel]:
        """Return the class that data calls `name`.

        Raises:
            UnknownName: when there is none in this process.
        """
        key = cls._discriminator_name()
        if (found := known_class(key, name)) is not None:
            return found
        raise UnknownName("class", name, known_names(key))

    @classmethod
    def _validated(cls, data: dict[str, Any], handler: Any, context: Any) -> Any:
        """Return what data of this very class says; subclasses decode it first."""
        return handler(data)

    @model_validator(mode="wrap")
    @classmethod
    def _as_the_class_named(cls, data: Any, handler: Any, info: Any) -> Any:
        if isinstance(data, _Resolved):
            return cls._validated(data, handler, info.context)
        if not isinstance(data, dict) or isinstance(data, Written):
            return handler(data)
        key = cls._discriminator_name()
        if key not in data:
            if inspect.isabstract(cls):
                raise PydanticCustomError(
                    "class_not_named", "there is no '{key}' in it", {"key": key}
                )
            return handler(data)
        if not isinstance(data[key], str):
            raise PydanticCustomError("class_not_named", "its '{key}' is no text", {"key": key})
        found = cls._class_named(data[key], info.context)
        if not issubclass(found, cls):
            raise StructureError(
                f"{data[key]!r} is no {cls.__name__}", hint=f"the {key} of a {cls.__name__}"
            )
        if inspect.isabstract(found):
            raise StructureError(f"{data[key]!r} is abstract", hint="the name of a class below it")
        resolved = _Resolved(data | {key: found.dfm_class_path()})
        if found is cls:
            return cls._validated(resolved, handler, info.context)
        return found.model_validate(resolved, context=info.context)

    def _dump(self, inner: Callable[[Any], Any], info: Any) -> Any:
        """Return the fields as data; subclasses may change what `inner` makes of them."""
        return inner(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def dump(value: Any, inner: Callable[[Any], Any], info: Any) -> Any:
            # A list declared as list[Base] would show only Base's fields of each member.
            if not isinstance(value, source):
                raise UnexpectedValue(f"{type(value).__name__} is no {source.__name__}")
            if type(value) is source:
                return value._dump(inner, info)
            return value.model_dump(
                mode=info.mode,
                by_alias=info.by_alias,
                exclude_unset=info.exclude_unset,
                exclude_defaults=info.exclude_defaults,
                exclude_none=info.exclude_none,
            )

        schema = handler(source)
        schema["serialization"] = core_schema.wrap_serializer_function_ser_schema(  # type: ignore[index]
            dump, info_arg=True
        )
        return schema
