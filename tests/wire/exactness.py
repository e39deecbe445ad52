"""What "the same" means for a value that has travelled: every bit, type and order of it."""

from __future__ import annotations

import dataclasses
import struct
from collections import deque
from datetime import datetime, time
from decimal import Decimal
from typing import Any

import numpy as np

from dfm.wire import Codecs


def travelled(value: object, codecs: Codecs | None = None) -> Any:
    """Return the value after packing and unpacking."""
    codecs = codecs or Codecs()
    return codecs.unpack(codecs.pack(value))


def same(a: Any, b: Any) -> bool:
    """Whether two values can not be told apart."""
    if type(a) is not type(b):
        return False
    match a:
        case float():
            return struct.pack("d", a) == struct.pack("d", b)
        case complex():
            return same(a.real, b.real) and same(a.imag, b.imag)
        case Decimal():
            return a.as_tuple() == b.as_tuple()
        case datetime() | time():
            naive = a.replace(tzinfo=None) == b.replace(tzinfo=None)
            return naive and a.fold == b.fold and repr(a.tzinfo) == repr(b.tzinfo)
        case list() | tuple() | deque():
            return len(a) == len(b) and all(map(same, a, b))
        case dict():
            return same(list(a.items()), list(b.items()))
        case set() | frozenset():
            return len(a) == len(b) and all(any(same(x, y) for y in b) for x in a)
        case slice():
            return same([a.start, a.stop, a.step], [b.start, b.stop, b.step])
        case np.ndarray():
            return a.dtype == b.dtype and a.shape == b.shape and same(_content(a), _content(b))
    if dataclasses.is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    return bool(a == b)


def _content(array: np.ndarray[Any, Any]) -> Any:
    return list(array.flat) if array.dtype == object else array.tobytes()
