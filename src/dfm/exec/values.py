"""How a site holds a value: as it is, packed for the wire, or both."""

from __future__ import annotations

from typing import Any

from dfm.wire import Codecs, Packed

PLAIN = frozenset({int, float, str, bytes, bool, type(None)})
"""Types whose values are packed at once; packing others may run code of theirs, and be slow."""


class Held:
    """A value that other sites want too: kept, and packed where it was made."""

    __slots__ = ("packed", "value")

    def __init__(self, value: Any, packed: Packed) -> None:
        self.value = value
        self.packed = packed


def value_of(token: Any, codecs: Codecs) -> Any:
    """Return the value of a token. Unpacking makes a copy of its own for each reader."""
    if isinstance(token, Packed):
        return codecs.unpack(token)
    if isinstance(token, Held):
        return token.value
    return token


def packed_of(token: Any, codecs: Codecs) -> Packed:
    """Return the packed form of a token."""
    if isinstance(token, Packed):
        return token
    if isinstance(token, Held):
        return token.packed
    return codecs.pack(token)
