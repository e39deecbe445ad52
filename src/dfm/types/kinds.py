"""Kinds: the words that types are made of, which values are of them, and which of them meet.

    string number integer boolean array object null     as in JSON Schema
    stream                                               what a generator gives
    package.module.Class                                 any class, by its path

An `object` is a dict or any richer thing (array, dataset, model, stream): federations use the
word for all of them. A class that is not loaded is taken for no plain kind, and for any class.
"""

from __future__ import annotations

import numbers
from collections.abc import AsyncIterator, Iterator

from dfm.types.names import class_path, is_numpy_bool, loaded_class

JSON_KINDS = ("string", "number", "integer", "boolean", "array", "object", "null")
STREAM = "stream"
KINDS = (*JSON_KINDS, STREAM)

KIND_OF_CLASS: dict[object, str] = {
    str: "string",
    float: "number",
    int: "integer",
    bool: "boolean",
    list: "array",
    tuple: "array",
    dict: "object",
    type(None): "null",
    None: "null",
}
_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (numbers.Real,),
    "integer": (numbers.Integral,),
    "boolean": (bool,),
    "array": (list, tuple),
    "null": (type(None),),
    STREAM: (Iterator, AsyncIterator),
}
_PLAIN = (str, bool, int, float, list, tuple, type(None))


def is_class(kind: str) -> bool:
    """Whether a kind is the path of a class."""
    return kind not in KINDS


def has_facets(kind: str) -> bool:
    """Whether a value of that kind can be an array, of some dtype and units."""
    return kind == "object" or is_class(kind)


def is_kind(value: object, kind: str) -> bool:
    """Whether a value is of a kind. It depends on the value's class only."""
    match kind:
        case "boolean":
            return isinstance(value, bool) or is_numpy_bool(value)
        case "integer":
            return type(value) is int or _is_number(value, numbers.Integral)
        case "number":
            return type(value) in (int, float) or _is_number(value, numbers.Real)
        case "object":
            return not isinstance(value, _PLAIN)
    if kind in _CLASSES:
        return isinstance(value, _CLASSES[kind])
    cls = loaded_class(kind)
    if cls is None:
        return any(class_path(base) == kind for base in type(value).__mro__)
    try:
        return isinstance(value, cls)
    except TypeError:  # a protocol, or a typed dict, that can not be asked
        return True


def kinds_meet(given: str, wanted: str) -> bool:
    """Whether a value of one kind may be of the other."""
    if given == wanted or {given, wanted} == {"integer", "number"}:
        return True
    if is_class(given) and is_class(wanted):
        a, b = loaded_class(given), loaded_class(wanted)
        return a is None or b is None or _related(a, b)
    if "object" in (given, wanted):
        return is_class(given) or is_class(wanted) or STREAM in (given, wanted)
    if not is_class(given) and not is_class(wanted):
        return False
    plain, path = (given, wanted) if is_class(wanted) else (wanted, given)
    cls = loaded_class(path)
    return cls is not None and any(_related(cls, one) for one in _CLASSES[plain])


def _is_number(value: object, numeric: type) -> bool:
    """Whether a value is a number of that kind, one of numpy's perhaps; booleans are none."""
    return isinstance(value, numeric) and not isinstance(value, bool)


def _related(a: type, b: type) -> bool:
    try:
        return issubclass(a, b) or issubclass(b, a)
    except TypeError:  # as above
        return True
