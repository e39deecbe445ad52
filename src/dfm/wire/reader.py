"""Head and buffers -> value: one `Reader` is one unpacking.

It believes nothing. Lengths are checked against the bytes that are there before anything is
made of them, a buffer can be used once only, and whatever goes wrong is a `CorruptMessage`.
It imports and runs nothing that a message names, unless it trusts the peer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar, cast

from msgspec.msgpack import Decoder

from dfm.errors import CorruptMessage
from dfm.wire.codes import BUFFER, NAMED, PICKLE, TAGGED
from dfm.wire.registry import BY_CODE, codec_of_name
from dfm.wire.writer import DEPTH_LIMIT, told

if TYPE_CHECKING:
    from dfm.wire.table import Table

Buffer = bytes | bytearray | memoryview
K = TypeVar("K")


def _refuse_mark(code: int, data: memoryview) -> None:
    raise CorruptMessage(f"a plain head holds a mark (code {code})")


_decode_plain = Decoder(ext_hook=_refuse_mark).decode


def read(table: Table, head: Buffer, buffers: Sequence[Buffer]) -> Any:
    """Return the value of a head and its buffers.

    Raises:
        CorruptMessage: they are not what they should be, or name what is not known here.
    """
    try:
        value = _read(table, head, buffers)
    except CorruptMessage:
        raise
    except RecursionError as error:
        raise CorruptMessage("the message is nested too deeply") from error
    except Exception as error:  # codecs, models and libraries raise anything when given nonsense
        raise CorruptMessage(f"the message can not be read: {told(error)}") from error
    # Each level takes a byte of the head at least.
    if not table.trusted and len(head) > DEPTH_LIMIT and _is_deep(value):
        raise CorruptMessage(f"the message is nested more than {DEPTH_LIMIT} levels deep")
    return value


def _read(table: Table, head: Buffer, buffers: Sequence[Buffer]) -> Any:
    if head[:1] != TAGGED:
        value, unused = _decode_plain(head), len(buffers)
    else:
        reader = table.idle_reader()
        try:
            value, unused = reader.read(memoryview(head)[1:], buffers)
        finally:
            table.idle_readers.append(reader)
    if unused:
        raise CorruptMessage(f"{unused} of the {len(buffers)} buffers belong to nothing")
    return value


class Reader:
    """Unpacks one value at a time; to make one costs more than to read a small message."""

    __slots__ = ("_buffers", "_decode", "_depth", "_table", "trusted")

    def __init__(self, table: Table) -> None:
        self._table = table
        self._buffers: list[Buffer | None] = []
        self._depth = 0
        self._decode = Decoder(ext_hook=self._open).decode
        self.trusted = table.trusted

    def read(self, tree: memoryview, buffers: Sequence[Buffer]) -> tuple[Any, int]:
        """Return the value of a head without its first byte, and how many buffers it left over."""
        self._buffers, self._depth = list(buffers), 0
        try:
            value = self._decode(tree)
            return value, sum(b is not None for b in self._buffers)
        finally:
            self._buffers = []

    def class_at(self, path: object) -> type:
        """Return the class that travels under a path."""
        return self._table.class_at(expect(path, str))

    def _open(self, code: int, data: memoryview) -> Any:
        unpack = self._table.unpackers.get(code)
        if unpack is None:
            raise CorruptMessage(
                "a pickle arrived, and this site refuses them"
                if code == PICKLE
                else f"the message holds an unknown mark (code {code})",
                hint="registered codecs and listed classes; see `dfm.wire.register`",
            )
        if self._depth > DEPTH_LIMIT:  # one more than values: a buffer or a long integer is a mark
            raise CorruptMessage(f"the message is nested more than {DEPTH_LIMIT} levels deep")
        self._depth += 1
        content = self._decode(data)
        self._depth -= 1
        return unpack(content, self)

    def claim(self, index: object) -> memoryview:
        """Return a buffer, which nobody can have after this."""
        if not isinstance(index, int) or not 0 <= index < len(self._buffers):
            raise CorruptMessage(f"there is no buffer {index!r:.40} in the message")
        buffer, self._buffers[index] = self._buffers[index], None
        if buffer is None:
            raise CorruptMessage(f"buffer {index} is used twice")
        view = memoryview(buffer)
        return view if view.format == "B" and view.ndim == 1 else view.cast("B")


def writable(data: object) -> memoryview:
    """Return a view that may be written to: of the data itself if it can be, else of a copy."""
    view = viewed(data)
    return memoryview(bytearray(view)) if view.readonly else view


def viewed(data: object) -> memoryview:
    """Return a view of what arrived for `Writer.buffer`."""
    return memoryview(expect(data, *_RAW))


_RAW: tuple[type[Any], ...] = (bytes, memoryview)


def expect(value: object, *types: type[K]) -> K:
    """Return the value if its type is exactly one of these."""
    if type(value) in types:
        return cast(K, value)
    wanted = " or ".join(t.__name__ for t in types)
    raise CorruptMessage(f"the message holds {type(value).__name__} where {wanted} belongs")


def row(data: object, size: int) -> list[Any]:
    """Return the data if it is a list of this length, which it must be before it is unpacked."""
    items = expect(data, list)
    if len(items) != size:
        raise CorruptMessage(f"the message holds {len(items)} parts where {size} belong")
    return items


def numbers(data: object) -> list[int]:
    """Return the data if it is a list of integers."""
    return [expect(n, int) for n in expect(data, list)]


def _named(content: Any, reader: Reader) -> Any:
    name, inner = row(content, 2)
    return codec_of_name(expect(name, str)).unpack(inner, reader)


BY_CODE[NAMED] = _named
BY_CODE[BUFFER] = lambda content, reader: reader.claim(content)


def _is_deep(value: object) -> bool:
    level = [value] if type(value) in _HOLDERS else []
    for _ in range(DEPTH_LIMIT):
        if not level:
            return False
        level = [part for holder in level for part in _parts(holder) if type(part) in _HOLDERS]
    return bool(level)


_HOLDERS = frozenset({list, dict, tuple, set, frozenset})


def _parts(holder: Any) -> Iterable[Any]:
    return chain(holder, holder.values()) if type(holder) is dict else holder
