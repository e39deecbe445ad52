"""The codec of PIL images: mode, size, palette, `info` and pixels.

An image read from a file arrives as a plain `PIL.Image.Image`: the pixels of the current
frame, without the file. The bytes that arrive must be those of the size, to the byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from dfm.errors import CorruptMessage
from dfm.wire.reader import Reader, expect, numbers, row, viewed
from dfm.wire.registry import Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

_BYTES_PER_PIXEL = {
    "L": 1, "P": 1, "LA": 2, "PA": 2, "La": 2, "I;16": 2, "I;16L": 2, "I;16B": 2, "RGB": 3,
    "YCbCr": 3, "HSV": 3, "LAB": 3, "RGBA": 4, "RGBX": 4, "RGBa": 4, "CMYK": 4, "I": 4, "F": 4,
}  # fmt: skip


_EMPTY_SIDE = 1 << 16


def _nbytes(mode: str, width: int, height: int) -> int:
    if mode == "1":
        return (width + 7) // 8 * height
    return _BYTES_PER_PIXEL[mode] * width * height


def _pack(value: Image.Image, writer: Writer) -> Any:
    if value.mode != "1" and value.mode not in _BYTES_PER_PIXEL:
        raise Unsuited(f"has the mode {value.mode!r}")
    palette = None
    if value.palette is not None:
        kind = "RGBA" if value.palette.mode == "RGBA" else "RGB"
        palette = [kind, bytes(value.getpalette(kind) or ())]
    return [
        value.mode,
        list(value.size),
        palette,
        writer.part(dict(value.info), ".info"),
        writer.buffer(value.tobytes()),
    ]


def _unpack(data: Any, reader: Reader) -> Image.Image:
    mode, sides, palette, info, content = row(data, 5)
    if expect(mode, str) != "1" and mode not in _BYTES_PER_PIXEL:
        raise CorruptMessage(f"there is no image of mode {mode[:20]!r}")
    width, height = numbers(row(sides, 2))
    size = (width, height)
    if not all(size) and max(size) > _EMPTY_SIDE:
        raise CorruptMessage(f"an image without pixels has the size {size}")
    if min(size) < 0 or _nbytes(mode, *size) != len(viewed(content)):
        raise CorruptMessage(f"{len(content)} bytes arrived for a {mode} image of size {size}")
    made = Image.frombytes(mode, size, bytes(content)) if all(size) else Image.new(mode, size)
    if palette is not None:
        kind, colours = row(palette, 2)
        made.putpalette(expect(colours, bytes), expect(kind, str))
    made.info = expect(info, dict)
    return made


add(Image.Image, Codec("PIL.Image.Image", _pack, _unpack), family=True)
