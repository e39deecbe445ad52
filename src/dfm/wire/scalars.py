"""Codecs of numbers, text, bytes, paths and other single values of the standard library.

Each `unpack` checks what it is given before it makes anything of it: `bytearray(10**12)`
would be a very large answer to a very small message.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import PosixPath, PurePath, PurePosixPath, PureWindowsPath, WindowsPath
from types import EllipsisType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dfm.errors import CorruptMessage
from dfm.wire import codes
from dfm.wire.reader import Reader, expect, numbers, row, viewed, writable
from dfm.wire.registry import BY_CODE, Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

FRACTION_BITS = 1 << 14
"""Larger fractions are refused: reducing one takes time quadratic in its size."""

_PATHS: dict[str, type[PurePath]] = {
    cls.__name__: cls for cls in (PurePosixPath, PureWindowsPath, PosixPath, WindowsPath)
}
_PURE = {"PosixPath": PurePosixPath, "WindowsPath": PureWindowsPath}


# -- numbers and text -----------------------------------------------------------------------


def _unpack_big_int(data: Any, reader: Reader) -> int:
    return int.from_bytes(expect(data, bytes), "little", signed=True)


def _unpack_text(data: Any, reader: Reader) -> str:
    return expect(data, bytes).decode("utf-8", "surrogatepass")


def _unpack_complex(data: Any, reader: Reader) -> complex:
    real, imaginary = row(data, 2)
    return complex(expect(real, float), expect(imaginary, float))


def _pack_fraction(value: Fraction, writer: Writer) -> Any:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > FRACTION_BITS:
        raise Unsuited(f"has a part of more than {FRACTION_BITS} bits")
    return writer.items([value.numerator, value.denominator])


def _unpack_fraction(data: Any, reader: Reader) -> Fraction:
    parts = numbers(row(data, 2))
    if max(n.bit_length() for n in parts) > FRACTION_BITS:
        raise CorruptMessage(f"a fraction has a part of more than {FRACTION_BITS} bits")
    return Fraction(*parts)


def _unpack_range(data: Any, reader: Reader) -> range:
    return range(*numbers(row(data, 3)))


def _unpack_slice(data: Any, reader: Reader) -> slice:
    start, stop, step = row(data, 3)
    return slice(start, stop, step)


# -- bytes ----------------------------------------------------------------------------------


def _unpack_bytes(data: Any, reader: Reader) -> bytes:
    view = viewed(data)
    whole = view.obj
    return whole if type(whole) is bytes and len(whole) == len(view) else bytes(view)


def _pack_bytearray(value: bytearray, writer: Writer) -> Any:
    return writer.buffer(memoryview(value))


def _unpack_bytearray(data: Any, reader: Reader) -> bytearray:
    return bytearray(viewed(data))


def _pack_memoryview(value: memoryview, writer: Writer) -> Any:
    if value.format not in _FORMATS or (value.ndim > 1 and not value.nbytes):
        raise Unsuited(f"has items of format {value.format!r} in {value.ndim} dimensions")
    flat = value.cast("B") if value.c_contiguous and value.nbytes else memoryview(value.tobytes())
    return [value.format, list(value.shape or ()), value.readonly, writer.buffer(flat)]


def _unpack_memoryview(data: Any, reader: Reader) -> memoryview:
    form, shape, readonly, content = row(data, 4)
    if form not in _FORMATS or min(numbers(shape), default=0) < 0:
        raise CorruptMessage(f"a memoryview has format {form!r:.40} and shape {shape!r:.80}")
    view = viewed(content) if readonly else writable(content)
    view = view.cast(form, shape) if view.nbytes else view.cast(form)
    return view.toreadonly() if readonly else view


_FORMATS = tuple("cbB?hHiIlLqQfd")


# -- names of things ------------------------------------------------------------------------


def _pack_path(value: PurePath, writer: Writer) -> Any:
    return [type(value).__name__, writer.part(str(value), "")]


def _unpack_path(data: Any, reader: Reader) -> PurePath:
    kind, text = row(data, 2)
    cls = _PATHS.get(expect(kind, str))
    if cls is None:
        raise CorruptMessage(f"there is no path of kind {kind[:40]!r}")
    try:
        return cls(expect(text, str))
    except NotImplementedError:  # a concrete path of the other kind of system
        return _PURE[kind](text)


def _unpack_ellipsis(data: Any, reader: Reader) -> EllipsisType:
    return ...


BY_CODE[codes.BIG_INT] = _unpack_big_int
BY_CODE[codes.TEXT] = _unpack_text
BY_CODE[codes.BYTES] = _unpack_bytes

add(complex, Codec("complex", lambda v, w: [v.real, v.imag], _unpack_complex, codes.COMPLEX))
add(
    Decimal,
    Codec("Decimal", lambda v, w: str(v), lambda d, r: Decimal(expect(d, str)), codes.DECIMAL),
)
add(Fraction, Codec("Fraction", _pack_fraction, _unpack_fraction, codes.FRACTION))
add(
    range,
    Codec("range", lambda v, w: w.items([v.start, v.stop, v.step]), _unpack_range, codes.RANGE),
)
add(
    slice,
    Codec("slice", lambda v, w: w.items([v.start, v.stop, v.step]), _unpack_slice, codes.SLICE),
)
add(EllipsisType, Codec("Ellipsis", lambda v, w: None, _unpack_ellipsis, codes.ELLIPSIS))
add(bytearray, Codec("bytearray", _pack_bytearray, _unpack_bytearray, codes.BYTEARRAY))
add(memoryview, Codec("memoryview", _pack_memoryview, _unpack_memoryview, codes.MEMORYVIEW))
add(
    UUID,
    Codec("UUID", lambda v, w: v.bytes, lambda d, r: UUID(bytes=expect(d, bytes)), codes.UUID),
)
for _cls in _PATHS.values():
    add(_cls, Codec("path", _pack_path, _unpack_path, codes.PATH))
