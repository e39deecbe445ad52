"""What a loop goes through: the items of a value, in order.

    list, tuple            their members         numpy array     slices along the first axis
    dict                   (key, value) pairs    xarray object   slices along `dim`, or the first
    iterator, range, view  what it gives

Text and bytes are values, not sequences of their letters; sets have no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from dfm.errors import ArgumentError
from dfm.types import describe


def items_of(value: Any, dim: str | None = None) -> Iterator[Any]:
    """Return an iterator over the items of a value.

    Raises:
        ArgumentError: for what has no items, or no such dimension.
    """
    dims = getattr(value, "dims", None)
    if dims is not None and hasattr(value, "isel"):
        return _slices(value, tuple(dims), dim)
    if dim is not None:
        raise ArgumentError(
            f"ForEach goes along the dimension {dim!r}, but got {describe(value)}",
            hint="an xarray object, or no dim",
        )
    if isinstance(value, Mapping):
        return iter([*value.items()])
    unordered = isinstance(value, Set) and not hasattr(value, "__reversed__")
    is_model = hasattr(type(value), "model_fields")
    if unordered or is_model or isinstance(value, (str, bytes, bytearray)):
        raise _refusal(value)
    if getattr(value, "ndim", None) == 0 or not isinstance(value, Iterable):
        raise _refusal(value)
    try:
        return iter(value)
    except TypeError:
        raise _refusal(value) from None


def _slices(value: Any, dims: tuple[Any, ...], dim: str | None) -> Iterator[Any]:
    """Return slices of an xarray object; a dataset has no first dimension."""
    if dim is None and hasattr(value, "data_vars") and len(dims) != 1:
        named = ", ".join(map(repr, dims))
        raise ArgumentError(
            "ForEach over a dataset needs the dimension to go along", hint=f"dim=, one of {named}"
        )
    if not dims or (dim is not None and dim not in dims):
        raise ArgumentError(
            f"ForEach goes along the dimension {dim!r}, but the value has"
            f" {', '.join(map(repr, dims)) or 'no dimension'}",
            hint="dim=, a dimension that it has",
        )
    along = dims[0] if dim is None else dim
    return (value.isel({along: number}) for number in range(value.sizes[along]))


def _refusal(value: Any) -> ArgumentError:
    return ArgumentError(
        f"ForEach can not go through {describe(value)}",
        hint="a list, tuple, dict, array, or what a generator gives",
    )
