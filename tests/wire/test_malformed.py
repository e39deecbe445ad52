"""Malformed messages are refused, whatever is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.msgpack import Ext
from tests.wire.hostile import CODECS, HERE, encode, head, mark, named, refused

from dfm.wire import codes
from dfm.wire.writer import DEPTH_LIMIT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\xc1\xc1",
        b"\xff\xff",
        b"\x91",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff\x01",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xffx",
        b"\xc9\xff\xff\xff\xff\x05",
        b"\xa1\xff",
        encode([1]) + b"\x00",
        head([1]) + b"\x00",
        encode(mark(codes.TUPLE, [1])),
        b"\x81\x90\x01\x02",
        head(mark(99, 1)),
        head(mark(-1, b"abc")),
        head(Ext(codes.TUPLE, b"")),
        head(Ext(codes.TUPLE, b"\x92\x01")),
        head(named("no.such", 1)),
        head(named("numpy.no_such", 1)),
        head(mark(codes.NAMED, [1])),
        head(mark(codes.NAMED, [["x"], 1])),
        head(mark(codes.NAMED, 5)),
        head(mark(codes.BUFFER, 0)),
        head(mark(codes.BUFFER, -1)),
        head(mark(codes.BUFFER, "a")),
        head(mark(codes.BYTEARRAY, 10**12)),
        head(mark(codes.BYTES, 10**12)),
        head(mark(codes.SET, [[1]])),
        head(mark(codes.PAIRS, [1])),
        head(mark(codes.PAIRS, [[1], 2])),
        head(mark(codes.PAIRS, 3)),
        head(mark(codes.TUPLE, "abc")),
        head(mark(codes.TUPLES, [[1], 2])),
        head(mark(codes.BIG_INT, "a")),
        head(mark(codes.TEXT, b"\xff")),
        head(mark(codes.DECIMAL, "x")),
        head(mark(codes.UUID, b"1")),
        head(mark(codes.FRACTION, [1, 0])),
        head(mark(codes.COMPLEX, [1])),
        head(mark(codes.RANGE, [1, 2, 0])),
        head(mark(codes.DATETIME, [b"\x07\xe4\x01\x63\x01\x01\x01\x01\x01\x01", 0, None])),
        head(mark(codes.DATETIME, [2020, 13, 1, 0, 0, 0, 0, 0, None])),
        head(mark(codes.DATE, 0)),
        head(mark(codes.TIMEZONE, [5, 0, 0, None])),
        head(named("zoneinfo.ZoneInfo", "../../etc/passwd")),
        head(mark(codes.PATH, ["SomePath", "a"])),
        head(mark(codes.DEFAULT_DICT, ["open", []])),
        head(mark(codes.DEQUE, ["a", [1]])),
        head(mark(codes.MEMORYVIEW, ["Z", [1], False, b"a"])),
        head(mark(codes.MEMORYVIEW, ["d", [2], False, b"12345678"])),
        head(mark(codes.ENUM, [f"{HERE}:Word", "__class__"])),
        head(mark(codes.ENUM, [f"{HERE}:Word", "mro"])),
        head(mark(codes.ENUM, [f"{HERE}:Bits", 64])),
        head(mark(codes.ENUM, [f"{HERE}:Point", "x"])),
        head(mark(codes.DATACLASS, [f"{HERE}:Word", {"name": 1}])),
        head(mark(codes.DATACLASS, [f"{HERE}:Point", {}])),
        head(mark(codes.DATACLASS, [f"{HERE}:Point", {"x": 1, "y": 2, "__class__": 3}])),
        head(mark(codes.NAMED_TUPLE, [f"{HERE}:Pair", [1]])),
        head(mark(codes.NAMED_TUPLE, [f"{HERE}:Point", [1, 2]])),
        head(mark(codes.MODEL, [f"{HERE}:Model", {"n": "x"}, None, [], None])),
        head(mark(codes.MODEL, [f"{HERE}:Point", {}, None, [], None])),
    ],
)
def test_a_malformed_head_is_refused(data: bytes) -> None:
    refused(data)


def ndarray(dtype: Any, shape: Any, content: Any = b"", order: Any = "C") -> bytes:
    return head(named("numpy.ndarray", [dtype, shape, order, content]))


def struct_dtype(**changes: Any) -> dict[str, Any]:
    whole = {
        "names": ["a"],
        "formats": ["<i4"],
        "offsets": [0],
        "titles": [None],
        "itemsize": 4,
        "aligned": False,
    }
    return whole | changes


@pytest.mark.parametrize(
    "data",
    [
        ndarray("<f8", [2], b"x" * 15),
        ndarray("<f8", [2], b"x" * 24),
        ndarray("<f8", [0, 5], b"x" * 8),
        ndarray("<f8", [-1, -2], b"x" * 16),
        ndarray("<f8", [2.0], b"x" * 16),
        ndarray("<f8", "ab", b"x" * 16),
        ndarray("<f8", [2**62, 4], b""),
        ndarray("<f8", [1] * 100, b"x" * 8),
        ndarray("<f8", [1], b"x" * 8, "A"),
        ndarray("<f8", [1], "x" * 8),
        ndarray("<f8", [2**40]),
        ndarray("|O", [1], b"x" * 8),
        ndarray("O8", [1], b"x" * 8),
        ndarray("O", [2], [1]),
        ndarray("O", [1], b"x"),
        ndarray("object", [1], b"x" * 8),
        ndarray("i4,O", [1], b"x" * 12),
        ndarray("(2,)O", [1], b"x" * 16),
        ndarray(["O"], [1], b"x" * 8),
        ndarray(struct_dtype(formats=["|O"], itemsize=8), [1], b"x" * 8),
        ndarray({"item": "|O", "shape": [1]}, [1], b"x" * 8),
        ndarray({"item": "<i4"}, [1], b"x" * 4),
        ndarray(struct_dtype(offsets=[2]), [1], b"x" * 4),
        ndarray(struct_dtype(offsets=[-4]), [1], b"x" * 4),
        ndarray(struct_dtype(itemsize=2), [2], b"x" * 4),
        ndarray(struct_dtype(itemsize=-4), [1], b"x" * 4),
        ndarray(struct_dtype(names=["a", "a"]), [1], b"x" * 4),
        ndarray(struct_dtype(names=[1]), [1], b"x" * 4),
        ndarray("|V0", [10**12]),
        ndarray("<U1", [1], b"\xff\xff\xff\x7f"),
        ndarray("<M8[x]", [1], b"x" * 8),
        head(named("numpy.generic", ["<f8", b"x"])),
        head(named("numpy.dtype", "<f9999999999")),
        head(named("numpy.generic", ["|O", b"12345678"])),
        head(named("numpy.dtype", "os.system")),
    ],
)
def test_a_malformed_array_is_refused(data: bytes) -> None:
    refused(data)


def test_an_image_without_pixels_has_no_endless_side() -> None:
    assert "without pixels" in refused(
        head(named("PIL.Image.Image", ["L", [0, 10**6], None, {}, b""]))
    )


def test_a_buffer_is_used_exactly_once() -> None:
    packed = CODECS.pack(b"x" * 5000)
    one = mark(codes.BUFFER, 0)

    assert "used twice" in refused(head([mark(codes.BYTES, one)] * 2), b"x" * 5000)
    assert "belong to nothing" in refused(packed.head, b"x" * 5000, b"y")
    assert "belong to nothing" in refused(encode(1), b"y")
    assert "no buffer 0" in refused(packed.head)


@pytest.mark.parametrize("opener", [b"\x91", b"\x81\x01", b"\x81", b"\xdc\x00\x01"])
@pytest.mark.parametrize("levels", [DEPTH_LIMIT + 1, 900, 1_000_000])
def test_a_depth_bomb_is_refused(opener: bytes, levels: int) -> None:
    for tagged in (b"", codes.TAGGED):
        refused(tagged + opener * levels + b"\x01")


def test_a_depth_bomb_of_marks_is_refused() -> None:
    for code in (codes.TUPLE, codes.PAIRS, codes.FROZENSET):
        tree: Any = 1
        for _ in range(DEPTH_LIMIT + 2):
            tree = mark(code, [tree])
        assert "nested" in refused(head(tree))
