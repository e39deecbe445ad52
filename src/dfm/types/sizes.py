"""How large values are on the wire: of a value at hand, and of a type whose values are to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dfm.types.arrays import bytes_of_array
from dfm.types.kinds import is_class

if TYPE_CHECKING:
    from dfm.types.model import Type

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

    >>> estimate_size([1.5, "four"])
    13
    """
    match value:
        case None | bool():
            return 1
        case int() | float():
            return 8
        case str() | bytes() | bytearray():
            return len(value)
        case Mapping():
            return 1 + sum(estimate_size(k) + estimate_size(v) for k, v in value.items())
        case list() | tuple() | set() | frozenset():
            return 1 + sum(estimate_size(v) for v in value)
    size = getattr(value, "nbytes", None)
    if isinstance(size, int):
        return size
    memory = getattr(value, "memory_usage", None)
    if callable(memory):
        used = memory()
        return int(used.sum()) if hasattr(used, "sum") else int(used)
    fields = getattr(value, "__dict__", None)
    return 16 + (estimate_size(fields) if isinstance(fields, dict) and fields else 0)
