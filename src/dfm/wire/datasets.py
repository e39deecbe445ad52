"""Codecs of xarray: variables, data arrays, datasets, and the index of climate calendars.

Names, dimensions, attributes and indexes are kept; values that are still in a file are loaded.
`encoding` stays behind: it says how a file on the sender's disk was written, path included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from dfm.errors import CorruptMessage
from dfm.wire.reader import Reader, expect, numbers, row
from dfm.wire.registry import Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer


# -- variables ------------------------------------------------------------------------------


def _pack_variable(variable: Any, writer: Writer) -> Any:
    return [
        writer.items(list(variable.dims)),
        writer.part(_loaded(variable), ".data"),
        writer.part(dict(variable.attrs), ".attrs"),
    ]


def _loaded(variable: Any) -> Any:
    data = variable.data
    return data if isinstance(data, _ARRAYS) else variable.values


_ARRAYS = (np.ndarray, pd.api.extensions.ExtensionArray)


def _unpack_variable(data: Any, reader: Reader) -> xr.Variable:
    dims, values, attrs = row(data, 3)
    if not isinstance(values, _ARRAYS):
        raise CorruptMessage(f"a variable holds {type(values).__name__}")
    return xr.Variable(expect(dims, list), values, expect(attrs, dict))


# -- coordinates ----------------------------------------------------------------------------


def _pack_coords(coords: Any, writer: Writer) -> Any:
    groups = coords.xindexes.group_by_index()
    if odd := [type(i).__name__ for i, _ in groups if type(i) not in _INDEX_KINDS]:
        raise Unsuited(f"has a {odd[0]}")
    indexed = [_pack_index(index, variables, writer) for index, variables in groups]
    plain = {n: v for n, v in coords.variables.items() if n not in coords.xindexes}
    return [writer.items(list(coords.variables)), indexed, writer.part(plain, ".coords")]


def _pack_index(index: Any, variables: Any, writer: Writer) -> Any:
    attrs = {n: dict(v.attrs) for n, v in variables.items()}
    multi = type(index) is xr.indexes.PandasMultiIndex
    dtypes = index.level_coords_dtype if multi else index.coord_dtype
    return [
        multi,
        writer.part(index.dim, ".dims"),
        writer.item(index.to_pandas_index(), next(iter(variables))),
        writer.part(dtypes, ".dtype"),
        writer.part(attrs, ".attrs"),
    ]


def _unpack_coords(data: Any, reader: Reader) -> xr.Coordinates:
    order, indexed, plain = row(data, 3)
    variables = _variables(plain)
    indexes: dict[Any, Any] = {}
    for one in expect(indexed, list):
        multi, dim, values, dtypes, attrs = row(one, 5)
        if not isinstance(values, pd.Index):
            raise CorruptMessage(f"a coordinate is indexed by {type(values).__name__}")
        kind: Any = xr.indexes.PandasMultiIndex if multi else xr.indexes.PandasIndex
        index = kind(values, dim, dtypes)
        for name, variable in index.create_variables().items():
            variable.attrs = attrs[name]
            variables[name] = variable
            indexes[name] = index
    return xr.Coordinates({n: variables[n] for n in order}, indexes=indexes)


def _variables(parts: object) -> dict[Any, xr.Variable]:
    variables = dict(expect(parts, dict))
    if odd := [type(v).__name__ for v in variables.values() if not isinstance(v, xr.Variable)]:
        raise CorruptMessage(f"the message holds {odd[0]} where a variable belongs")
    return variables


_INDEX_KINDS = (xr.indexes.PandasIndex, xr.indexes.PandasMultiIndex)


# -- arrays and datasets --------------------------------------------------------------------


def _pack_array(array: Any, writer: Writer) -> Any:
    coords = _pack_coords(array.coords, writer)
    variable = writer.part(array.variable, "")
    return [coords, variable, writer.part(array.name, ".name")]


def _unpack_array(data: Any, reader: Reader) -> xr.DataArray:
    coords, variable, name = row(data, 3)
    if not isinstance(variable, xr.Variable):
        raise CorruptMessage("a data array has no variable")
    return xr.DataArray(variable, coords=_unpack_coords(coords, reader), name=name)


def _pack_dataset(dataset: Any, writer: Writer) -> Any:
    coords = _pack_coords(dataset.coords, writer)
    variables = {name: dataset.variables[name] for name in dataset.data_vars}
    return [coords, writer.part(variables, ""), writer.part(dict(dataset.attrs), ".attrs")]


def _unpack_dataset(data: Any, reader: Reader) -> xr.Dataset:
    coords, parts, attrs = row(data, 3)
    variables = _variables(parts)
    return xr.Dataset(variables, _unpack_coords(coords, reader), expect(attrs, dict))


# -- climate calendars ----------------------------------------------------------------------


def _pack_calendar_index(index: Any, writer: Writer) -> Any:
    from dfm.wire.calendars import kind_of, numbers_of

    kinds = [kind_of(date) for date in index[:1]] if len({type(d) for d in index}) == 1 else []
    if not kinds or any(kind_of(d) != kinds[0] for d in index):
        return [None, writer.items(list(index)), writer.part(index.name, ".name")]
    given = np.array([numbers_of(date) for date in index], "<i8")
    return [kinds[0], writer.part(given, ""), writer.part(index.name, ".name")]


def _unpack_calendar_index(data: Any, reader: Reader) -> xr.CFTimeIndex:
    from dfm.wire.calendars import is_date, make_date

    kind, dates, name = row(data, 3)
    if kind is not None:
        dates = [make_date(kind, numbers(g)) for g in expect(dates, np.ndarray).tolist()]
    if not all(map(is_date, expect(dates, list))):
        raise CorruptMessage("an index of dates holds something else")
    return xr.CFTimeIndex(dates, name=name)  # type: ignore[no-untyped-call]


add(xr.Variable, Codec("xarray.Variable", _pack_variable, _unpack_variable))
add(
    xr.IndexVariable,
    Codec(
        "xarray.IndexVariable",
        _pack_variable,
        lambda data, reader: _unpack_variable(data, reader).to_index_variable(),
    ),
)
add(xr.DataArray, Codec("xarray.DataArray", _pack_array, _unpack_array))
add(xr.Dataset, Codec("xarray.Dataset", _pack_dataset, _unpack_dataset))
add(
    xr.CFTimeIndex,
    Codec("xarray.CFTimeIndex", _pack_calendar_index, _unpack_calendar_index),
)
