"""Records: classes whose values travel by their fields.

    kind            at a site without trust            with trust
    -----------     ------------------------------     -------------------------------
    dataclass       made by its constructor            restored field by field
    named tuple     made by its constructor            restored field by field
    enum            looked up by member name; a combination of flags by its number
    pydantic        validated; private attributes      restored as it was
                    are made anew

Made by the constructor means that `__post_init__` and validators have their say about what
another owner sends. Validation is strict: values arrive as exactly what they were, and to
convert them can make much of little (`list(range(10**12))`). Restored means exactly as it was,
without running any of them. A class whose state is more than its fields is refused, or
pickled where that is allowed.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from enum import Enum, Flag
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from dfm.errors import CorruptMessage
from dfm.wire import codes
from dfm.wire.reader import Reader, expect, row
from dfm.wire.registry import BY_CODE, Codec, Unsuited, path_of

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

_HEAP_TYPE = 1 << 9  # set in `__flags__` of classes written in Python
_STANDARD_STATE = ("dataclasses", "pydantic.main")


# -- which classes are records --------------------------------------------------------------


def codec_of_record(cls: type) -> Codec | None:
    """Return the codec of a dataclass, enum, named tuple or pydantic model; None for the rest."""
    path = path_of(cls)
    if issubclass(cls, Enum):
        return Codec(path, partial(_pack_enum, path), _unpack_enum, codes.ENUM)
    if _is_named_tuple(cls):
        return Codec(path, partial(_pack_named_tuple, path), _unpack_named_tuple, codes.NAMED_TUPLE)
    if _is_model(cls):
        return Codec(path, partial(_pack_model, path), _unpack_model, codes.MODEL)
    if dataclasses.is_dataclass(cls):
        names = dict.fromkeys(f.name for f in dataclasses.fields(cls))
        pack = partial(_pack_dataclass, path, names)
        return Codec(path, pack, _unpack_dataclass, codes.DATACLASS)
    return None


def reachable(cls: object) -> dict[str, type]:
    """Return a record and the records its fields are annotated with, by path."""
    found: dict[str, type] = {}
    todo = [cls]
    while todo:
        cls = todo.pop()
        if isinstance(cls, type) and path_of(cls) not in found and codec_of_record(cls):
            found[path_of(cls)] = cls
            todo.extend(_annotations(cls))
        todo.extend(typing.get_args(cls))
    return found


def _annotations(cls: Any) -> list[object]:
    if _is_model(cls):
        return [f.annotation for f in cls.model_fields.values()]
    try:
        hints = typing.get_type_hints(cls)
    except (NameError, TypeError, AttributeError):  # names that only a type checker sees
        return []
    names: Any = getattr(cls, "__dataclass_fields__", None) or getattr(cls, "_fields", ())
    return [hints[n] for n in names if n in hints]


def unfitness(cls: type, *, trusted: bool) -> str:
    """Say why values of a record can not travel by their fields, or return ''."""
    if issubclass(cls, Enum):
        return ""
    natives = [b for b in cls.__mro__ if not b.__flags__ & _HEAP_TYPE and b is not object]
    if natives and not _is_named_tuple(cls):
        return f"is a {natives[0].__name__} besides its fields"
    if trusted and _pickles_itself(cls):
        return "says itself how it is pickled"
    if _is_model(cls):
        return "" if trusted else _model_unfitness(cls)
    if dataclasses.is_dataclass(cls):
        return _slots_unfitness(cls) or ("" if trusted else _constructor_unfitness(cls))
    return ""


def _is_named_tuple(cls: type) -> bool:
    return issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)


def _is_model(cls: type) -> bool:
    return hasattr(cls, "__pydantic_complete__") and hasattr(cls, "model_fields")


def _pickles_itself(cls: Any) -> bool:
    state = getattr(cls.__getstate__, "__module__", None)
    return (
        cls.__reduce__ is not object.__reduce__
        or cls.__reduce_ex__ is not object.__reduce_ex__
        or (cls.__getstate__ is not object.__getstate__ and state not in _STANDARD_STATE)
    )


def _slots_unfitness(cls: type) -> str:
    slots: set[str] = set()
    for base in cls.__mro__:
        own = base.__dict__.get("__slots__", ())
        slots.update((own,) if isinstance(own, str) else own)
    extra = slots - _field_names(cls) - {"__dict__", "__weakref__"}
    return f"has a slot {min(extra)!r} besides its fields" if extra else ""


def _constructor_unfitness(cls: type) -> str:
    if set(inspect.signature(cls).parameters) == _field_names(cls):
        return ""
    return "is of a class whose constructor does not take exactly its fields"


def _model_unfitness(cls: Any) -> str:
    if cls.model_config.get("use_enum_values"):
        return "is of a model with `use_enum_values`, whose values are not of the types it declares"
    odd = [n for n, f in cls.model_fields.items() if not isinstance(f.validation_alias, str | None)]
    return f"is of a model in which {odd[0]!r} has several aliases" if odd else ""


def _field_names(cls: Any) -> frozenset[str]:
    return frozenset(f.name for f in dataclasses.fields(cls))


# -- enums and named tuples -----------------------------------------------------------------


def _pack_enum(path: str, value: Enum, writer: Writer) -> Any:
    if value.name in type(value).__members__:
        return [path, value.name]
    return [path, writer.part(value.value, ".value")]


def _unpack_enum(data: Any, reader: Reader) -> Enum:
    path, key = row(data, 2)
    cls = reader.class_at(path)
    if not issubclass(cls, Enum):
        raise CorruptMessage(f"{path!r} is no enum here")
    if type(key) is str and key in cls.__members__:
        return cls.__members__[key]
    if not issubclass(cls, Flag):
        raise CorruptMessage(f"{path!r} has no member {key!r:.60}")
    return cls(expect(key, int))


def _pack_named_tuple(path: str, value: tuple[Any, ...], writer: Writer) -> Any:
    if getattr(value, "__dict__", None):
        raise Unsuited("has attributes besides its fields")
    names: tuple[str, ...] = value._fields  # type: ignore[attr-defined]
    return [path, [writer.part(v, f".{n}") for n, v in zip(names, value, strict=True)]]


def _unpack_named_tuple(data: Any, reader: Reader) -> Any:
    path, items = row(data, 2)
    cls: Any = reader.class_at(path)
    if not _is_named_tuple(cls) or len(expect(items, list)) != len(cls._fields):
        raise CorruptMessage(f"{path!r} is no named tuple of {len(items)} fields here")
    return tuple.__new__(cls, items) if reader.trusted else cls(*items)


# -- dataclasses ----------------------------------------------------------------------------


def _pack_dataclass(path: str, names: dict[str, None], value: Any, writer: Writer) -> Any:
    state = getattr(value, "__dict__", None)
    if state and not state.keys() <= names.keys():
        cls, extra = type(value), state.keys() - names.keys()
        odd = [n for n in extra if not isinstance(getattr(cls, n, None), cached_property)]
        if odd:
            raise Unsuited(f"has an attribute {min(odd)!r} besides its fields")
    return [path, {n: writer.part(getattr(value, n), f".{n}") for n in names}]


def _unpack_dataclass(data: Any, reader: Reader) -> Any:
    path, parts = row(data, 2)
    cls = reader.class_at(path)
    if not dataclasses.is_dataclass(cls) or _field_names(cls) != expect(parts, dict).keys():
        raise CorruptMessage(
            f"{path!r} is no dataclass with the fields {', '.join(map(str, parts))[:200]} here",
            hint="the same version of the class at both sites",
        )
    if not reader.trusted:
        return cls(**parts)
    made = object.__new__(cls)
    for name, part in parts.items():
        object.__setattr__(made, name, part)
    return made


# -- pydantic models; pydantic itself is never imported here ----------------------------------


def _pack_model(path: str, value: Any, writer: Writer) -> Any:
    names = type(value).model_fields
    private = value.__getstate__()["__pydantic_private__"] if writer.trusted else None
    fields = {n: writer.part(v, f".{n}") for n, v in vars(value).items() if n in names}
    return [
        path,
        fields,
        writer.part(value.__pydantic_extra__, ""),
        sorted(value.__pydantic_fields_set__),
        writer.part(private, ""),
    ]


def _unpack_model(data: Any, reader: Reader) -> Any:
    path, fields, extra, given, private = row(data, 5)
    cls: Any = reader.class_at(path)
    if not _is_model(cls) or not expect(fields, dict).keys() <= cls.model_fields.keys():
        raise CorruptMessage(
            f"{path!r} is no model with the fields {', '.join(map(str, fields))[:200]} here",
            hint="the same version of the class at both sites",
        )
    made = cls.__new__(cls) if reader.trusted else _validated(cls, fields, extra)
    state = {
        "__dict__": fields if reader.trusted else vars(made),
        "__pydantic_extra__": extra if reader.trusted else made.__pydantic_extra__,
        "__pydantic_fields_set__": set(expect(given, list)),
        "__pydantic_private__": private if reader.trusted else made.__pydantic_private__,
    }
    made.__setstate__(state)
    return made


def _validated(cls: Any, fields: dict[str, Any], extra: Any) -> Any:
    if getattr(cls, "__pydantic_root_model__", False):
        made = cls.model_validate(fields["root"], strict=True)
    else:
        aliases = {n: f.validation_alias or n for n, f in cls.model_fields.items()}
        named = {aliases[n]: v for n, v in fields.items()}
        made = cls.model_validate({**(extra or {}), **named}, strict=True)
    if type(made) is not cls:
        raise CorruptMessage(f"{path_of(cls)!r} validates to a {type(made).__name__}")
    return made


BY_CODE[codes.ENUM] = _unpack_enum
BY_CODE[codes.NAMED_TUPLE] = _unpack_named_tuple
BY_CODE[codes.DATACLASS] = _unpack_dataclass
BY_CODE[codes.MODEL] = _unpack_model
