"""Values <-> bytes.

A packed value is a *head* and *buffers*. The head is msgpack. Small JSON-like values are plain
msgpack and nothing else. A head that needs more starts with the byte 0xC1, which msgpack never
uses, and holds marks: msgpack extensions whose content is msgpack again.

    mark              content                        stands for
    --------------    ---------------------------    -----------------------------------------
    a code (below)    what the codec wrote           tuple, set, datetime, dataclass, ...
    0                 [name, what the codec wrote]   `numpy.ndarray`, a registered class, ...
    1                 n                              the n-th buffer, which only one mark may use
    2                 [stream, buffers...]           a pickle; read by those who trust only

Codes are in `codes.py`. A class travels as a key (`module:Class`) into the receiver's own
table of classes. Byte strings and arrays of 4 KiB and more are buffers; an array's memory is
handed over as it is, without a copy, so send or copy it before you change the array. A part
that appears twice in a value is packed twice and arrives as two.

Unpacked values belong to whoever unpacked them: arrays can be written to. They lie in the given
buffers where those are writable, and in a copy where they are not (`bytes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msgspec import MsgspecError
from msgspec.msgpack import Decoder

from dfm.errors import CorruptMessage, NoCodec
from dfm.wire.careful import CarefulWriter
from dfm.wire.reader import read
from dfm.wire.table import Table
from dfm.wire.writer import Writer, encode, is_flat

_decode_parts = Decoder(list[memoryview]).decode


@dataclass(frozen=True, slots=True)
class Packed:
    """A value as bytes: a head, and big buffers beside it (one dimension, format B)."""

    head: bytes
    buffers: tuple[Any, ...] = ()

    @property
    def nbytes(self) -> int:
        """How many bytes there are to send."""
        return len(self.head) + sum(map(len, self.buffers))


class Codecs:
    """Packs and unpacks values; safe to share between threads.

    `types` are the records (dataclasses, enums, named tuples, pydantic models) that may travel
    besides those listed with `register_type`; classes of other kinds among them are left to
    their own codecs. `trusted` means that both ends are the same user on the same machine:
    classes are found by import path then, and pickle is the last resort.

    >>> codecs = Codecs()
    >>> codecs.unpack(codecs.pack({("a", 1): {2.5, None}}))
    {('a', 1): {2.5, None}}
    >>> codecs.pack({"jobs": [open]})
    Traceback (most recent call last):
    dfm.errors.NoCodec: a value of type builtin_function_or_method (at ['jobs'][0]) can not ...
    """

    def __init__(self, *, types: Iterable[type] = (), trusted: bool = False) -> None:
        self._table = Table(types, trusted=trusted)
        self.trusted = trusted

    def pack(self, value: object) -> Packed:
        """Return the value as bytes.

        Raises:
            NoCodec: it can not travel; names the type and the place inside the value.
        """
        return self._pack_quickly(value) or self._pack_carefully(value)

    def _pack_quickly(self, value: object) -> Packed | None:
        try:
            if is_flat(value):
                return Packed(encode(value))
            writer = Writer(self._table)
            return Packed(writer.head(value), tuple(writer.buffers))
        except Exception:  # noqa: BLE001  (the careful writer can do it, or says why not)
            return None

    def _pack_carefully(self, value: object) -> Packed:
        writer = CarefulWriter(self._table)
        try:
            return Packed(writer.head(value), tuple(writer.buffers))
        except RecursionError as error:
            raise NoCodec(
                "the value is nested too deeply", hint="a flatter value, or a shallower call stack"
            ) from error

    def unpack(self, packed: Packed) -> Any:
        """Return the value that was packed.

        Raises:
            CorruptMessage: the bytes are not what they should be, or name what is not known here.
        """
        return read(self._table, packed.head, packed.buffers)

    def seal(self, value: object) -> bytes:
        """Return the value as one bytes object; equal for equal values.

        Raises:
            NoCodec: it can not travel; names the type and the place inside the value.
        """
        packed = Codecs.pack(self, value)
        return encode([packed.head, *packed.buffers])

    def unseal(self, data: bytes) -> Any:
        """Return the value that was sealed.

        Raises:
            CorruptMessage: the bytes are not what they should be, or name what is not known here.
        """
        try:
            head, *buffers = _decode_parts(data)
        except (MsgspecError, ValueError, RecursionError) as error:
            raise CorruptMessage(f"the sealed value can not be read: {error}") from error
        return read(self._table, head, buffers)
