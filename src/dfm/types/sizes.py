"""How large values are on the wire: of a value at hand, and of a type whose values are to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from dfm.types.arrays import bytes_of_array
from dfm.types.kinds import is_class

if TYPE_CHECKING:
    from dfm.types.model import Type

MOST_PARTS = 32
"""Parts of a value that are looked at on one level; shared among those who have parts again."""

MOST_DEPTH = 16
"""Levels, for a value may be a part of itself."""

FIXED_BYTES: dict[type, int] = {type(None): 1, bool: 1, int: 8, float: 8}
"""Types whose values all take the same."""

_PLAIN = {"null": 1, "boolean": 1, "integer": 8, "number": 8}


def estimated_bytes(type_: Type) -> int | None:
    """Return about how many bytes each value of a type takes; None when it does not tell."""
    declared = type_.keywords.get("size")
    if isinstance(declared, int):
        return declared
    sizes = [_bytes_of(type_, kind) for kind in type_.kinds]
    known = [size for size in sizes if size is not None]
    return max(known) if known and len(known) == len(sizes) else None


def _bytes_of(type_: Type, kind: str) -> int | None:
    if kind == "array":
        count: int | None = type_.keywords.get("maxItems")
        size = estimated_bytes(type_.part("items"))
        if size is None or count is None or count != type_.keywords.get("minItems"):
            return None
        return 1 + count * size
    if kind == "object" or is_class(kind):
        return bytes_of_array(type_.keywords)
    return _PLAIN.get(kind)


def estimate_size(value: object) -> int:
    """Return about how many bytes a value takes on the wire; never copies or encodes it.

    Of what has many parts it looks at some, evenly spread, and takes the others to be like them.

    >>> estimate_size([1.5, "four"])
    13
    >>> estimate_size([1.5] * 1_000_000)
    8000001
    """
    return _size(value, MOST_PARTS, MOST_DEPTH)


def bytes_told(value: object) -> int | None:
    """Return the bytes that a value of a class such as arrays itself says to take; None of others.

    Only what the class has is asked: a value that answers to any name may do so at great cost.
    """
    size = getattr(value, "nbytes", None) if hasattr(type(value), "nbytes") else None
    return size if isinstance(size, int) else None


def _size(value: object, parts: int, depth: int) -> int:
    kind = type(value)
    if (fixed := FIXED_BYTES.get(kind)) is not None:
        return fixed
    if kind is str or kind is bytes:
        return len(value)  # type: ignore[arg-type]
    if kind is list or kind is tuple:
        return _size_of_all(value, parts, depth)  # type: ignore[arg-type]
    if kind is dict:
        return _size_of_mapping(value, parts, depth)  # type: ignore[arg-type]
    return _size_of_other(value, parts, depth)


def _size_of_other(value: object, parts: int, depth: int) -> int:
    if (told := bytes_told(value)) is not None:
        return told
    match value:
        case int() | float():
            return 8
        case str() | bytes() | bytearray():
            return len(value)
        case Mapping():
            return _size_of_mapping(value, parts, depth)
        case list() | tuple():
            return _size_of_all(value, parts, depth)
        case set() | frozenset():
            return 1 + _size_of_some(list(islice(value, parts)), len(value), parts, depth)
    return _size_of_object(value, parts, depth)


def _size_of_all(values: Sequence[object], parts: int, depth: int) -> int:
    count = len(values)
    if count > parts:
        values = [values[i * count // parts] for i in range(parts)]
    return 1 + _size_of_some(values, count, parts, depth)


def _size_of_mapping(value: Mapping[Any, object], parts: int, depth: int) -> int:
    keys, values = list(islice(value, parts)), list(islice(value.values(), parts))
    count = len(value)
    return 1 + _size_of_some(keys, count, 1, depth) + _size_of_some(values, count, parts, depth)


def _size_of_some(values: Sequence[object], count: int, parts: int, depth: int) -> int:
    """Return the size of `count` values of which some are at hand."""
    if not values or depth == 0:
        return 8 * count
    total, others = 0, []
    for value in values:
        if (fixed := FIXED_BYTES.get(type(value))) is not None:
            total += fixed
        else:
            others.append(value)
    each = max(1, parts // max(1, len(others)))
    for value in others:
        total += _size(value, each, depth - 1)
    return total if count == len(values) else total * count // len(values)


def _size_of_object(value: object, parts: int, depth: int) -> int:
    memory = getattr(value, "memory_usage", None) if hasattr(type(value), "memory_usage") else None
    if callable(memory):
        used = memory()
        return int(used.sum()) if hasattr(used, "sum") else int(used)
    fields = getattr(value, "__dict__", None)
    return 16 + (_size(fields, parts, depth) if isinstance(fields, dict) and fields else 0)
