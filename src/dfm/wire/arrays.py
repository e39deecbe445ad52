"""Codecs of numpy arrays, scalars and dtypes.

An array is its dtype, shape, order and memory. The memory is not copied unless it has holes.
A dtype is made from a closed grammar, and the shape must account for every byte that arrived,
so no message is answered with more memory than it brought. Arrays of objects travel element
by element through the codecs of the elements.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from dfm.errors import CorruptMessage
from dfm.wire.reader import Reader, expect, numbers, row, writable
from dfm.wire.registry import Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

_SIMPLE = re.compile(r"[<>|=][biufcSUVMm]\d{1,9}(\[\d{0,9}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?")
_MAX_CHARACTER = 0x10FFFF
_EMPTY_ITEMS = 1 << 16


# -- dtypes ---------------------------------------------------------------------------------


def describe_dtype(dtype: np.dtype[Any]) -> Any:
    """Return a dtype as text, or as a dict if it has fields or a shape.

    Raises:
        Unsuited: there is an object in it, or it is none of numpy's own kinds.
    """
    if dtype.subdtype is not None:
        item, shape = dtype.subdtype
        return {"item": describe_dtype(item), "shape": list(shape)}
    if dtype.names is None or dtype.fields is None:
        if not _SIMPLE.fullmatch(dtype.str):
            raise Unsuited(f"has items of dtype {dtype}")
        return dtype.str
    fields = [dtype.fields[name] for name in dtype.names]
    return {
        "names": list(dtype.names),
        "formats": [describe_dtype(f[0]) for f in fields],
        "offsets": [f[1] for f in fields],
        "titles": [f[2] if len(f) > 2 else None for f in fields],
        "itemsize": dtype.itemsize,
        "aligned": dtype.isalignedstruct,
    }


def make_dtype(described: Any) -> np.dtype[Any]:
    """Return the dtype that was described.

    Raises:
        CorruptMessage: the text or the dict describes none.
    """
    if isinstance(described, str):
        return _simple_dtype(described)
    if "item" in expect(described, dict):
        shape = _shape(described["shape"])
        return np.dtype((make_dtype(described["item"]), shape))
    fields: dict[str, Any] = {
        "names": expect(described["names"], list),
        "formats": [make_dtype(f) for f in expect(described["formats"], list)],
        "offsets": numbers(described["offsets"]),
        "itemsize": expect(described["itemsize"], int),
    }
    if any(t is not None for t in expect(described["titles"], list)):
        fields["titles"] = described["titles"]
    return np.dtype(fields, align=expect(described["aligned"], bool))  # type: ignore[call-overload, no-any-return]


@lru_cache(maxsize=256)
def _simple_dtype(text: str) -> np.dtype[Any]:
    if not _SIMPLE.fullmatch(text):
        raise CorruptMessage(f"there is no dtype {text[:60]!r}")
    return np.dtype(text)


def _shape(sides: object) -> tuple[int, ...]:
    shape = tuple(numbers(sides))
    if min(shape, default=0) < 0:
        raise CorruptMessage(f"an array has the shape {shape!r:.80}")
    return shape


# -- arrays ---------------------------------------------------------------------------------


def _pack_array(array: np.ndarray[Any, Any], writer: Writer) -> Any:
    order: Any = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    if array.dtype.kind == "O":
        return ["O", list(array.shape), order, writer.items(list(array.ravel(order)))]
    dtype = describe_dtype(array.dtype)
    if not array.dtype.itemsize and array.size > _EMPTY_ITEMS:
        raise Unsuited(f"has {array.size} items of no size")
    return [dtype, list(array.shape), order, writer.buffer(_memory(array, order))]


def _memory(array: np.ndarray[Any, Any], order: Any) -> memoryview | bytes:
    if not array.nbytes:
        return b""
    flat = np.ascontiguousarray(array) if order == "C" else array
    return flat.reshape(-1, order=order).view(np.uint8).data


def _unpack_array(data: Any, reader: Reader) -> np.ndarray[Any, Any]:
    described, sides, order, content = row(data, 4)
    shape = _shape(sides)
    if order not in ("C", "F"):
        raise CorruptMessage(f"an array has the order {order!r:.20}")
    if described == "O":
        return _objects(shape, order, expect(content, list))
    dtype, memory, count = make_dtype(described), writable(content), prod(shape)
    if count * dtype.itemsize != len(memory) or (not dtype.itemsize and count > _EMPTY_ITEMS):
        raise CorruptMessage(f"{len(memory)} bytes arrived for an array {shape} of {dtype}"[:300])
    if dtype.kind == "U" and not reader.trusted:
        _check_text(memory, dtype)
    return np.ndarray(shape, dtype, memory, order=order)


def _objects(shape: tuple[int, ...], order: Any, items: list[Any]) -> np.ndarray[Any, Any]:
    if len(items) != prod(shape):
        raise CorruptMessage(f"{len(items)} objects arrived for an array {shape}"[:300])
    flat = np.empty(len(items), object)
    for i, item in enumerate(items):
        flat[i] = item
    return flat.reshape(shape, order=order)


def _check_text(memory: memoryview, dtype: np.dtype[Any]) -> None:
    points = np.frombuffer(memory, dtype.str[0] + "u4")
    if points.size and points.max() > _MAX_CHARACTER:
        raise CorruptMessage("an array of text holds what is no character")


# -- scalars and dtypes as values -----------------------------------------------------------


def _pack_scalar(value: np.generic, writer: Writer) -> Any:
    return [describe_dtype(value.dtype), writer.buffer(value.tobytes())]


def _unpack_scalar(data: Any, reader: Reader) -> Any:
    described, content = row(data, 2)
    return _unpack_array([described, [], "C", content], reader)[()]


def _pack_dtype(value: np.dtype[Any], writer: Writer) -> Any:
    return "O" if value.kind == "O" else describe_dtype(value)


def _unpack_dtype(data: Any, reader: Reader) -> np.dtype[Any]:
    return np.dtype(object) if data == "O" else make_dtype(data)


# -- masked arrays --------------------------------------------------------------------------


def _pack_masked(value: np.ma.MaskedArray[Any, Any], writer: Writer) -> Any:
    mask = None if value.mask is np.ma.nomask else writer.part(value.mask, ".mask")
    fill = writer.part(value.fill_value, ".fill_value")
    return [writer.part(value.data, ".data"), mask, fill, value.hardmask]


def _unpack_masked(data: Any, reader: Reader) -> np.ma.MaskedArray[Any, Any]:
    content, mask, fill, hard = row(data, 4)
    return np.ma.MaskedArray(
        expect(content, np.ndarray),
        mask=np.ma.nomask if mask is None else expect(mask, np.ndarray),
        fill_value=fill,
        hard_mask=expect(hard, bool),
    )


add(np.ndarray, Codec("numpy.ndarray", _pack_array, _unpack_array))
add(np.memmap, Codec("numpy.ndarray", _pack_array, _unpack_array))
add(np.ma.MaskedArray, Codec("numpy.ma.MaskedArray", _pack_masked, _unpack_masked))
add(np.dtype, Codec("numpy.dtype", _pack_dtype, _unpack_dtype), family=True)
for _cls in set(np.sctypeDict.values()) - {np.str_, np.bytes_, np.object_}:
    add(_cls, Codec("numpy.generic", _pack_scalar, _unpack_scalar))
add(
    np.str_,
    Codec(
        "numpy.str_", lambda v, w: w.part(str.__str__(v), ""), lambda d, r: np.str_(expect(d, str))
    ),
)
add(
    np.bytes_,
    Codec(
        "numpy.bytes_", lambda v, w: w.part(bytes(v), ""), lambda d, r: np.bytes_(expect(d, bytes))
    ),
)
