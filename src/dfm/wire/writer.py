"""Value -> msgpack tree and buffers: one `Writer` is one packing.

The quick writer keeps no account of where it is. When it fails, for whatever reason, the
careful one (`careful.py`) packs again and says what is wrong. A writer never changes the value
and never copies a buffer: an array's memory is in `buffers` itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec.msgpack import Encoder, Ext

from dfm.errors import NoCodec
from dfm.wire.codes import BUFFER, BYTES, PAIRS, TAGGED, TUPLES
from dfm.wire.registry import BY_TYPE, Unsuited

if TYPE_CHECKING:
    from dfm.wire.table import Table

DEPTH_LIMIT = 100
INLINE_LIMIT = 4096
SCALARS = frozenset({type(None), bool, int, float, str})

encode = Encoder().encode


def is_flat(value: Any) -> bool:
    """Whether a value is a scalar, or a list or dict of scalars: what is quick to see."""
    cls = type(value)
    if cls is list:
        return SCALARS.issuperset(map(type, value))
    if cls is dict:
        return SCALARS.issuperset(map(type, chain(value, value.values())))
    return cls in SCALARS


def shown(key: object, size: int = 40) -> str:
    """Return the beginning of an object's `repr`, even if that fails."""
    try:
        text = repr(key)
    except Exception:  # noqa: BLE001  (a broken `__repr__` is not what we are here to report)
        return f"<{type(key).__name__}>"
    return text if len(text) <= size else f"{text[: size - 3]}..."


def told(error: Exception) -> str:
    """Return an error's class and the beginning of its text, even if that fails."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  (as above)
        text = "(without a text)"
    return f"{type(error).__name__}: {text if len(text) <= 200 else text[:197] + '...'}"


class Writer:
    """Packs one value; `buffers` fills while it works."""

    __slots__ = ("_table", "buffers", "depth", "tagged", "trusted")

    def __init__(self, table: Table) -> None:
        self._table = table
        self.trusted = table.trusted
        self.buffers: list[bytes | memoryview] = []
        self.depth = 0
        self.tagged = False

    def head(self, value: object) -> bytes:
        """Return the head of the packed value."""
        tree = self.tree(value)
        return TAGGED + encode(tree) if self.tagged else encode(tree)

    def tree(self, value: Any) -> Any:
        """Return the value as what msgpack can write; the very same object when it can already."""
        cls = type(value)
        if cls in SCALARS:
            return value
        if self.depth >= DEPTH_LIMIT:
            raise NoCodec("too deep")
        self.depth += 1
        tree: Any
        if cls is list:
            whole = self.depth < DEPTH_LIMIT and _are_flat_tuples(value)
            tree = self.tag(TUPLES, value) if whole else self.items(value)
        elif cls is dict:
            tree = self._dict(value)
        elif cls is bytes:
            tree = self._bytes(value)
        else:
            tree = self._by_codec(value, cls)
        self.depth -= 1
        return tree

    def items(self, values: Sequence[Any]) -> Any:
        """Return each of some values as a tree."""
        plain = SCALARS.issuperset(map(type, values))
        return values if plain else [self.tree(v) for v in values]

    def part(self, value: object, label: str) -> Any:
        """Return a part of a value as a tree; `label` says where in the whole it is."""
        return self.tree(value)

    def item(self, value: object, key: object) -> Any:
        """Return the part of a value that `value[key]` gives, as a tree."""
        return self.tree(value)

    def buffer(self, data: bytes | memoryview) -> Any:
        """Return the tree of raw bytes (one dimension, format B): inline if small, else beside."""
        if len(data) < INLINE_LIMIT:
            return bytes(data)
        # Read-only, so that unpacking it in this process makes a copy and can not write to it.
        self.buffers.append(data if isinstance(data, bytes) else data.toreadonly())
        return self.tag(BUFFER, len(self.buffers) - 1)

    def tag(self, code: int, tree: Any) -> Ext:
        """Mark a tree as more than plain msgpack."""
        self.tagged = True
        return Ext(code, encode(tree))

    def _bytes(self, value: bytes) -> Any:
        return value if len(value) < INLINE_LIMIT else self.tag(BYTES, self.buffer(value))

    def _dict(self, value: dict[Any, Any]) -> Any:
        if not SCALARS.issuperset(map(type, value)):
            return self.tag(PAIRS, [self.tree(v) for v in chain.from_iterable(value.items())])
        return {k: self.tree(v) for k, v in value.items()}

    def _by_codec(self, value: object, cls: type) -> Any:
        codec = BY_TYPE.get(cls) or self._table.found.get(cls)
        try:
            codec = codec or self._table.codec_for(cls)
            tree = codec.pack(value, self)
            return self.tag(codec.code, tree if codec.code else [codec.name, tree])
        except Unsuited as reason:
            why = str(reason)
        return self._by_last_resort(value, why)

    def _by_last_resort(self, value: object, why: str) -> Any:
        if codec := self._table.last_resort:
            return self.tag(codec.code, codec.pack(value, self))
        raise NoCodec(why)


def _are_flat_tuples(values: list[Any]) -> bool:
    return (
        len(values) > 1
        and type(values[0]) is tuple
        and _ONLY_TUPLES.issuperset(map(type, values))
        and SCALARS.issuperset(map(type, chain.from_iterable(values)))
    )


_ONLY_TUPLES = frozenset({tuple})
