"""What an array tells of itself, held against what is declared of it.

A value that does not tell a facet (an array of numpy has no units, and its dims no names) is
not refused for it. Nothing is computed, and no library of arrays is imported: a value that has
a `dtype`, a `shape`, `sizes` or `attrs` is asked for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dfm.types.arrays import facets_meet, shown
from dfm.types.dtypes import dtype_of
from dfm.types.names import describe


def seen(value: object) -> dict[str, Any]:
    """Return the facets that a value tells."""
    found: dict[str, Any] = {}
    table = hasattr(value, "columns")  # whose columns may have any name, `dtype` included
    if not table and (dtype := dtype_of(value)):
        found["dtype"] = dtype
    sizes = None if table else getattr(value, "sizes", None)
    if isinstance(sizes, Mapping):
        found["dims"], found["shape"] = [str(dim) for dim in sizes], [*sizes.values()]
    elif isinstance(shape := getattr(value, "shape", None), tuple):
        found["shape"] = [*shape]
    attributes = getattr(value, "attrs", None)
    if isinstance(attributes, Mapping) and attributes.get("units") is not None:
        found["units"] = str(attributes["units"]).strip()
    return found


def array_misfit(value: object, wanted: Mapping[str, Any]) -> str:
    """Say what a value is when it has not the wanted facets, or return ''.

    The dtype and the units of a dataset are those of each of its variables; the dtype of a
    table is that of each of its columns.
    """
    facets = seen(value)
    if not facets_meet(facets, wanted, dataset=_variables(value) is not None):
        return describe(value) + shown(facets)
    of_parts = {name: wanted[name] for name in ("dtype", "units") if name in wanted}
    for name, part in _parts(value).items() if of_parts else ():
        told = {k: v for k, v in seen(part).items() if k in of_parts}
        if not facets_meet(told, of_parts):
            return f"{describe(value)} with {name!r}{shown(told)}"
    return ""


def _variables(value: object) -> Mapping[Any, Any] | None:
    found = getattr(value, "data_vars", None)
    return found if isinstance(found, Mapping) else None


def _parts(value: object) -> Mapping[Any, Any]:
    """Return the variables of a dataset, or the columns of a table, by name."""
    if hasattr(value, "columns") and callable(columns := getattr(value, "items", None)):
        return dict(columns())
    return _variables(value) or {}
