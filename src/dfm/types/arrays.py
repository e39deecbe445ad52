"""What is declared of an array: its dtype, dims, shape and units.

These four are the facets of an array. Nobody needs to declare any; what is not declared fits
everything. Units are compared as texts and never converted. What an array itself tells is in
`array_values`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from dfm.errors import DeclarationError
from dfm.types.dtypes import dtype_bytes, dtype_name, dtypes_meet
from dfm.types.names import describe

FACETS = ("dtype", "dims", "shape", "units")


@dataclass(frozen=True, kw_only=True)
class Array:
    """What an array is like, for an annotation: `Annotated[xr.DataArray, Array(units="K")]`.

    `shape` has None where any length will do, and belongs to `dims` when both are given.

    >>> Array(dtype="f4", dims=("lat", "lon"), shape=(None, 128))
    Array(dtype='float32', dims=('lat', 'lon'), shape=(None, 128), units=None)
    """

    dtype: Any = None
    dims: Sequence[str] | None = None
    shape: Sequence[int | None] | None = None
    units: str | None = None

    def __post_init__(self) -> None:
        """Bring each facet to its one form.

        Raises:
            DeclarationError: for a facet that makes no sense.
        """
        limits = facets_of({name: getattr(self, name) for name in FACETS})
        for name in FACETS:
            value = limits.get(name)
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)

    def limits(self) -> dict[str, Any]:
        """Return the facets as keywords of a type."""
        found = {name: getattr(self, name) for name in FACETS}
        return {
            k: list(v) if isinstance(v, tuple) else v for k, v in found.items() if v is not None
        }


def facets_of(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return those facets that are declared, each in its one form.

    Raises:
        DeclarationError: naming the one that makes no sense.
    """
    found = {name: limits[name] for name in FACETS if limits.get(name) is not None}
    if "dtype" in found:
        found["dtype"] = dtype_name(found["dtype"])
    if "dims" in found:
        found["dims"] = _dims(found["dims"])
    if "shape" in found:
        found["shape"] = _shape(found["shape"])
    if "units" in found:
        found["units"] = _units(found["units"])
    if "shape" in found and "dims" in found and len(found["shape"]) != len(found["dims"]):
        raise DeclarationError(
            f"shape has {len(found['shape'])} lengths for {len(found['dims'])} dims",
            hint="a length for each of dims, null for any",
        )
    return found


def _dims(written: Any) -> list[str]:
    if (
        isinstance(written, (list, tuple))
        and all(isinstance(name, str) and name for name in written)
        and len({*written}) == len(written)
    ):
        return [*written]
    raise DeclarationError(
        f"dims must be a list of different names, not {describe(written)}", hint="[lat, lon]"
    )


def _shape(written: Any) -> list[int | None]:
    if isinstance(written, (list, tuple)) and all(
        n is None or (type(n) is int and n >= 0) for n in written
    ):
        return [*written]
    raise DeclarationError(
        f"shape must be a list of lengths, null for any, not {describe(written)}",
        hint="[null, 64, 128]",
    )


def _units(written: Any) -> str:
    if isinstance(written, str) and written.strip():
        return written.strip()
    raise DeclarationError(f"units must be some text, not {describe(written)}", hint="units: K")


# -- two declarations ------------------------------------------------------------------------


def facets_meet(
    given: Mapping[str, Any], wanted: Mapping[str, Any], *, dataset: bool = False
) -> bool:
    """Whether an array with the facets `given` may be one with those `wanted`.

    A dataset must have at least the dims that are wanted, in any order.

    >>> facets_meet({"dims": ["time", "lat"]}, {"dims": ["lat"], "units": "K"})
    False
    """
    if "dtype" in given and "dtype" in wanted and not dtypes_meet(given["dtype"], wanted["dtype"]):
        return False
    if given.get("units", wanted.get("units")) != wanted.get("units", given.get("units")):
        return False
    if dataset:
        return _lengths_meet(given, wanted)
    if given.get("dims", wanted.get("dims")) != wanted.get("dims", given.get("dims")):
        return False
    return _shapes_meet(_lengths(given), _lengths(wanted))


def _lengths(facets: Mapping[str, Any]) -> Sequence[int | None] | None:
    """Return the length of each dimension, as far as it is declared; None without dimensions."""
    shape: Sequence[int | None] | None = facets.get("shape")
    return [None] * len(facets["dims"]) if shape is None and "dims" in facets else shape


def _shapes_meet(given: Sequence[int | None] | None, wanted: Sequence[int | None] | None) -> bool:
    if given is None or wanted is None:
        return True
    return len(given) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(given, wanted, strict=True)
    )


def _lengths_meet(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if "dims" not in given or "dims" not in wanted:
        return True
    there = dict(zip(given["dims"], _lengths(given) or (), strict=True))
    needed = dict(zip(wanted["dims"], _lengths(wanted) or (), strict=True))
    return there.keys() >= needed.keys() and _shapes_meet(
        [there[dim] for dim in needed], [*needed.values()]
    )


def bytes_of_array(facets: Mapping[str, Any]) -> int | None:
    """Return how large an array is that has these facets; None when they do not tell."""
    shape, size = facets.get("shape"), dtype_bytes(facets.get("dtype", ""))
    if shape is None or size is None or None in shape:
        return None
    return size * int(prod(shape))


def shown(facets: Mapping[str, Any]) -> str:
    """Return facets as they are shown behind a class.

    >>> shown({"dtype": "float32", "dims": ["lat", "lon"], "shape": [None, 128], "units": "K"})
    ' of float32 (lat, lon: 128) in K'
    """
    text = f" of {facets['dtype']}" if "dtype" in facets else ""
    dims, shape = facets.get("dims"), facets.get("shape")
    if dims is not None:
        lengths = shape or [None] * len(dims)
        named = zip(dims, lengths, strict=True)
        text += f" ({', '.join(d if n is None else f'{d}: {n}' for d, n in named)})"
    elif shape is not None:
        text += f" ({', '.join('?' if n is None else str(n) for n in shape)})"
    return text + (f" in {facets['units']}" if "units" in facets else "")
