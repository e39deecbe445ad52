"""What an enemy has to work with: listed classes, packed values, and marks of his own making."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, Flag
from pathlib import Path
from typing import Any, NamedTuple

import cftime
import msgspec
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from msgspec.msgpack import Ext
from PIL import Image
from pydantic import BaseModel

from dfm.errors import CorruptMessage
from dfm.net.template import Item, Ref
from dfm.wire import Codecs, Packed, codes

encode = msgspec.msgpack.encode


class Bits(Flag):
    ONE = 1
    TWO = 2


class Word(Enum):
    A = "a"


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclass
class Point:
    x: Any
    y: Any = None


class Model(BaseModel):
    n: int
    items: list[int] = []


CODECS = Codecs(types=[Bits, Word, Pair, Point, Model])
HERE = __name__

VALUES: list[Any] = [
    [1, "a", 2.5, None, True],
    {"a": {"b": [1]}},
    (1, (2,)),
    [(1, 2), (3, 4)],
    {1, 2},
    {(1,): 2},
    2**80,
    "\ud800",
    b"x" * 5000,
    bytearray(5000),
    memoryview(b"y" * 6000),
    1j,
    Decimal("1.5"),
    datetime(2020, 1, 1, tzinfo=UTC),
    range(5),
    slice(1, 2),
    Path("/a"),
    Bits.ONE | Bits.TWO,
    Word.A,
    Pair(1, (2,)),
    Point(np.arange(3)),
    Model(n=1, items=[2]),
    Ref("a", (Item(1),)),
    np.arange(2000.0),
    np.zeros(3, "U3"),
    np.zeros(2, "i4,(2,2)f8"),
    np.array([1, (2,)], object),
    np.float32(1),
    np.ma.MaskedArray([1, 2], [0, 1]),
    pd.Series(["a", None]),
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    pd.DataFrame(np.ones((50, 20))),
    pd.date_range("2020", periods=3, tz="Europe/Paris"),
    pd.Categorical(["a", "b"]),
    pd.array([1, None]),
    pd.MultiIndex.from_product([["a"], [1, 2]]),
    pd.period_range("2020", periods=2),
    pd.interval_range(0, 2),
    xr.Dataset({"t": (("x", "y"), np.ones((2, 3)))}, {"x": [1, 2]}, {"u": "K"}),
    xr.DataArray([1.0], dims="t", coords={"t": [cftime.Datetime360Day(2000, 2, 30)]}),
    Image.new("P", (9, 7)),
]


def mark(code: int, content: Any) -> Ext:
    return Ext(code, encode(content))


def named(name: str, content: Any) -> Ext:
    return mark(codes.NAMED, [name, content])


def head(tree: Any) -> bytes:
    return codes.TAGGED + encode(tree)


def refused(data: bytes, *buffers: bytes) -> str:
    """Return how the message was refused."""
    with pytest.raises(CorruptMessage) as refusal:
        CODECS.unpack(Packed(data, buffers))
    return str(refusal.value)
