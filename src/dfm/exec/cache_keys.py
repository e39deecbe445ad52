"""Keys of a cache: a digest of a value that says nothing of the value.

Equal for values that are equal part by part and of the same types, whatever the order of their
dictionaries and sets. `1`, `1.0` and `True` have different keys. Where we can not look into a
value, its packed form counts: two equal ones may then differ, but different ones never agree.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from dfm.errors import NoCodec
from dfm.wire import Codecs


def key_of(value: object, codecs: Codecs) -> str:
    """Return the key of a value, as 64 hexadecimal digits.

    Raises:
        NoCodec: when there is something in it that can not be packed.
    """
    try:
        return _digest(value, codecs).hex()
    except RecursionError as error:
        said = "a key is nested too deeply, or contains itself"
        raise NoCodec(said, hint="a flatter value as the key") from error


def _digest(value: object, codecs: Codecs) -> bytes:
    state = hashlib.sha256()
    _feed(state, value, codecs)
    return state.digest()


def _feed(state: Any, value: Any, codecs: Codecs) -> None:
    """Write a value so that no two different values give the same bytes."""
    kind = type(value)
    if value is None:
        state.update(b"n")
    elif kind is bool:
        state.update(b"t" if value else b"f")
    elif kind is int:
        state.update(b"i%x;" % value)
    elif kind is float:
        state.update(b"d" + struct.pack(">d", value))
    elif kind is complex:
        state.update(b"c" + struct.pack(">dd", value.real, value.imag))
    elif kind is str:
        _feed_bytes(state, b"s", value.encode("utf-8", "surrogatepass"))
    elif kind in (bytes, bytearray):
        _feed_bytes(state, b"b" if kind is bytes else b"B", value)
    elif kind in (list, tuple):
        state.update(b"%c%d;" % (b"l" if kind is list else b"u", len(value)))
        for part in value:
            _feed(state, part, codecs)
    elif kind is dict:
        entries = (_digest(k, codecs) + _digest(v, codecs) for k, v in value.items())
        _feed_unordered(state, b"m", entries)
    elif kind in (set, frozenset):
        tag = b"e" if kind is set else b"E"
        _feed_unordered(state, tag, (_digest(part, codecs) for part in value))
    else:
        _feed_other(state, value, codecs)


def _feed_other(state: Any, value: Any, codecs: Codecs) -> None:
    kind = type(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and kind is numpy.ndarray:
        _feed_array(state, value, numpy, codecs)
        return
    if isinstance(value, Enum):
        parts: dict[str, Any] = {"": value.name}
    elif is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
    elif hasattr(kind, "__pydantic_fields__"):
        parts = {**value.__dict__, **(value.__pydantic_extra__ or {})}
    else:
        packed = codecs.pack(value)
        _feed_class(state, b"p", kind)
        state.update(b"%d;" % len(packed.buffers))
        for part in (packed.head, *packed.buffers):
            _feed_bytes(state, b"", part)
        return
    _feed_class(state, b"o", kind)
    _feed(state, parts, codecs)


def _feed_array(state: Any, array: Any, numpy: Any, codecs: Codecs) -> None:
    """Write an array: what its elements are, its shape, and the elements in order."""
    description = repr((array.dtype, array.dtype.str, array.shape))
    _feed_bytes(state, b"a", description.encode())
    if array.dtype.hasobject:
        _feed(state, array.ravel().tolist(), codecs)
    elif array.size:
        state.update(numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8).data)


def _feed_class(state: Any, tag: bytes, kind: type) -> None:
    _feed_bytes(state, tag, f"{kind.__module__}:{kind.__qualname__}".encode())


def _feed_bytes(state: Any, tag: bytes, content: Any) -> None:
    state.update(tag + b"%d;" % len(content))
    state.update(content)


def _feed_unordered(state: Any, tag: bytes, digests: Iterable[bytes]) -> None:
    ordered = sorted(digests)
    state.update(tag + b"%d;" % len(ordered))
    for digest in ordered:
        state.update(digest)
