"""The types that Python annotations mean.

    int | None, Optional[int]           integer or null
    list[int], Sequence[int]            array of integer
    dict[str, float]                    object, whose members are numbers
    Literal["a", "b"], an Enum          these choices, that class
    dataclasses, models, other classes  that class
    NDArray[np.float32]                 numpy.ndarray of float32
    Annotated[xr.DataArray, Array(units="K")], Annotated[int, Field(ge=1)], Annotated[T, Type]
    Iterator[int], AsyncIterator[int]   stream of integer
    Iterable[int], AsyncIterable[int]   array, stream or object of integers

What can not be read means anything: it is not the place here to find fault with annotations.
"""

from __future__ import annotations

import collections.abc
import types as python_types
from collections.abc import Iterable, Sequence
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NewType,
    NotRequired,
    Required,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from dfm.errors import DeclarationError
from dfm.types.arrays import FACETS, Array
from dfm.types.dtypes import dtype_name
from dfm.types.kinds import JSON_KINDS, KIND_OF_CLASS, STREAM, has_facets
from dfm.types.limits import OF_ITEMS, OF_NUMBERS, OF_OBJECTS, OF_STRINGS
from dfm.types.model import ANYTHING, Type
from dfm.types.names import public_path

STREAMS = (
    collections.abc.Iterator,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
)
ITERABLES = (collections.abc.Iterable, collections.abc.AsyncIterable)
_SEQUENCES = (list, collections.abc.Sequence, collections.abc.MutableSequence)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def type_of(annotation: Any) -> Type:
    """Return the type an annotation means."""
    if annotation is Any or annotation is object or isinstance(annotation, str):
        return ANYTHING
    if isinstance(annotation, (NewType, TypeVar)):
        meant = getattr(annotation, "__supertype__", None) or getattr(annotation, "__bound__", None)
        return ANYTHING if meant is None else type_of(meant)
    if type(annotation).__name__ == "TypeAliasType":
        return type_of(annotation.__value__)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:])
    if origin in (Required, NotRequired, Final):
        return type_of(arguments[0])
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, python_types.UnionType):
        return _union([type_of(member) for member in arguments])
    return _class(annotation if origin is None else origin, arguments)


def _class(cls: Any, arguments: tuple[Any, ...]) -> Type:
    inside = type_of(arguments[0]) if arguments else ANYTHING
    if cls is tuple and arguments:
        return _tuple(arguments)
    if cls in _SEQUENCES:
        kinds = ("array",) if cls is list else ("array", public_path(cls))
        return _of(kinds, items=inside)
    if cls in _MAPPINGS:
        kinds = ("object",) if cls is dict else (public_path(cls),)
        members = type_of(arguments[1]) if len(arguments) == 2 else ANYTHING
        return _of(kinds, additionalProperties=members if cls is dict else ANYTHING)
    if cls in STREAMS:
        return stream_of(inside)
    if cls in ITERABLES:
        return _of(("array", "object", STREAM), items=inside)
    try:
        known = KIND_OF_CLASS.get(cls)
    except TypeError:  # not hashable, so no class
        return ANYTHING
    if known is not None:
        return Type.of(known)
    if is_typeddict(cls):
        return _typed_dict(cls)
    if not isinstance(cls, type) or _can_not_be_asked(cls):
        return ANYTHING
    if cls is complex:
        return Type.of("number", "builtins.complex")
    path = public_path(cls)
    return Type.of(path, **_of_ndarray(arguments)) if path == "numpy.ndarray" else Type.of(path)


def _can_not_be_asked(cls: type) -> bool:
    """Whether a class is there for type checkers only, as the parts of `ArrayLike` are."""
    if cls.__module__.startswith("numpy._typing"):
        return True
    return getattr(cls, "_is_protocol", False) and not getattr(cls, "_is_runtime_protocol", False)


def _of(kinds: tuple[str, ...], **parts: Type) -> Type:
    declared = {name: part.schema() for name, part in parts.items() if part != ANYTHING}
    return Type.of(*kinds, **declared)


def _tuple(arguments: tuple[Any, ...]) -> Type:
    if arguments[-1] is Ellipsis:
        return _of(("array",), items=type_of(arguments[0]))
    members = [] if arguments == ((),) else [type_of(member) for member in arguments]
    items = _union(members) if members else ANYTHING
    counted = {"minItems": len(members), "maxItems": len(members)}
    return Type.of("array", **counted, **_of(("array",), items=items).keywords)


def _typed_dict(cls: Any) -> Type:
    try:
        hints = get_type_hints(cls, include_extras=True)
    except Exception:  # noqa: BLE001  (evaluates the author's text: anything may come out)
        return Type.of("object")
    properties = {name: type_of(hint).schema() for name, hint in hints.items()}
    return Type.of("object", properties=properties, required=sorted(cls.__required_keys__))


def _literal(values: tuple[Any, ...]) -> Type:
    kinds = {KIND_OF_CLASS.get(type(value)) or public_path(type(value)) for value in values}
    if kinds <= set(JSON_KINDS):
        return Type.of(*kinds, enum=list(values))
    return Type.of(*kinds)


# -- unions ----------------------------------------------------------------------------------


def _union(members: list[Type]) -> Type:
    """Return the union of types. Limits that it can not say are left out, so that it is wider."""
    if any(not member.kinds for member in members):
        return ANYTHING
    limits = {
        keyword: value
        for member in members
        for keyword, value in member.keywords.items()
        if all(_says_the_same(keyword, value, other) for other in members)
    }
    if choices := _choices(members):
        limits["enum"] = choices
    return Type.of(*(kind for member in members for kind in member.kinds), **limits)


def _says_the_same(keyword: str, value: Any, other: Type) -> bool:
    if keyword in ("enum", "size"):
        return False
    about_other = any(_is_about(keyword, kind) for kind in other.kinds)
    return not about_other or other.keywords.get(keyword) == value


def _is_about(keyword: str, kind: str) -> bool:
    if keyword in FACETS:
        return has_facets(kind)
    about = {
        "array": OF_ITEMS, "object": OF_OBJECTS, "string": OF_STRINGS, "number": OF_NUMBERS,
        "integer": OF_NUMBERS, STREAM: ("items",), "boolean": (), "null": (),
    }  # fmt: skip
    return kind not in about or keyword in about[kind]


def _choices(members: list[Type]) -> list[Any]:
    choices: list[Any] = []
    for member in members:
        if member.kinds == ("null",):
            choices.append(None)
        elif "enum" in member.keywords:
            choices += member.keywords["enum"]
        else:
            return []
    return choices


# -- what stands beside a class --------------------------------------------------------------

_CONSTRAINTS = {
    "ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf", "pattern": "pattern",
}  # fmt: skip
_LENGTHS = {"string": "Length", "array": "Items", "object": "Properties"}


def _annotated(annotation: Any, remarks: tuple[Any, ...]) -> Type:
    """Return the type of `Annotated[annotation, *remarks]`; a `Type` there is the whole type."""
    if limited := next((r for r in remarks if isinstance(r, Type)), None):
        return limited
    found = type_of(annotation)
    limits: dict[str, Any] = {}
    for remark in remarks:
        if isinstance(remark, Array):
            limits |= remark.limits()
        else:
            limits |= _constraints(remark, found)
    try:
        return Type.of(*found.kinds, **{**found.keywords, **limits}) if limits else found
    except DeclarationError:
        if any(isinstance(remark, Array) for remark in remarks):
            raise
        return found  # bounds of dates, say, which no JSON has


def _constraints(remark: Any, of: Type) -> dict[str, Any]:
    """Return the constraints of annotated-types and pydantic, which need not be loaded."""
    if type(remark).__module__.partition(".")[0] not in ("annotated_types", "pydantic"):
        return {}
    limits: dict[str, Any] = {}
    for part in getattr(remark, "metadata", ()):
        limits |= _constraints(part, of)
    told = {name: getattr(remark, name, None) for name in _CONSTRAINTS}
    limits |= {_CONSTRAINTS[name]: value for name, value in told.items() if value is not None}
    for name, bound in (("min_length", "min"), ("max_length", "max")):
        if isinstance(length := getattr(remark, name, None), int):
            limits |= {f"{bound}{_LENGTHS[k]}": length for k in of.kinds if k in _LENGTHS}
    return limits


def _of_ndarray(arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Return the facets in the arguments of `np.ndarray[shape, np.dtype[...]]`."""
    limits: dict[str, Any] = {}
    if len(arguments) != 2:
        return limits
    lengths = get_args(arguments[0])
    if lengths and Ellipsis not in lengths and get_origin(arguments[0]) is tuple:
        limits["shape"] = [_length(part) for part in lengths]
    scalar = next(iter(get_args(arguments[1])), None)
    scalar = get_origin(scalar) or scalar
    if isinstance(scalar, type) and scalar.__name__ != "generic":
        try:
            limits["dtype"] = dtype_name(scalar)
        except DeclarationError:
            return limits
    return limits


def _length(annotation: Any) -> int | None:
    values: Sequence[Any] = get_args(annotation) if get_origin(annotation) is Literal else ()
    return values[0] if len(values) == 1 and type(values[0]) is int else None


def stream_of(item: Type) -> Type:
    """Return the type of a stream of items of a type."""
    return _of((STREAM,), items=item)


def iterated(found: Type) -> Type:
    """Return what a parameter takes: one for a stream takes whatever can be iterated over."""
    if STREAM not in found.kinds:
        return found
    return Type.of(*found.kinds, *type_of(Iterable).kinds, **found.keywords)
