"""One entry of a cache as bytes: a packed value that shows if it is not what was written.

    magic (8) | version (2) | sha256 of all the rest, and of the key (32)
    number of parts (8) | length of each (8 each) | the parts: the head, then the buffers

The digest finds damage, a file cut short, and an entry under another's name. It does not prove
who wrote it: that is for the rights on the folder (`cache_storage.py`).
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

from dfm.wire import Packed

MAGIC = b"dfmcache"
VERSION = 1

_START = struct.Struct(">8sH32s")
_LENGTH = struct.Struct(">Q")


class CorruptEntry(Exception):
    """What is there is not an entry that was written for this key; its text says why."""


def encode(key: str, packed: Packed) -> list[Any]:
    """Return the bytes of an entry, in parts to be written in order; nothing is copied."""
    parts = [packed.head, *packed.buffers]
    lengths = b"".join(map(_LENGTH.pack, (len(parts), *map(len, parts))))
    return [_START.pack(MAGIC, VERSION, _digest(key, [lengths, *parts])), lengths, *parts]


def decode(key: str, data: bytes) -> Packed:
    """Return the packed value of an entry; its buffers lie in `data`.

    Raises:
        CorruptEntry: when these are not the bytes that were written for this key.
    """
    if len(data) < _START.size + _LENGTH.size:
        raise CorruptEntry("it is too short")
    magic, version, digest = _START.unpack_from(data)
    if magic != MAGIC:
        raise CorruptEntry("it is not an entry of a cache")
    if version != VERSION:
        raise CorruptEntry(f"it is of version {version}, and we read {VERSION}")
    body = memoryview(data)[_START.size :]
    if digest != _digest(key, [body]):
        raise CorruptEntry("its content is not what was written")
    return _parts(body)


def _parts(body: memoryview) -> Packed:
    (count,) = _LENGTH.unpack_from(body)
    start = _LENGTH.size * (1 + count)
    if not 1 <= count <= len(body) // _LENGTH.size or start > len(body):
        raise CorruptEntry("its parts are not as long as it says")
    lengths = [_LENGTH.unpack_from(body, _LENGTH.size * (1 + n))[0] for n in range(count)]
    if start + sum(lengths) != len(body):
        raise CorruptEntry("its parts are not as long as it says")
    parts = []
    for length in lengths:
        parts.append(body[start : start + length])
        start += length
    return Packed(bytes(parts[0]), tuple(parts[1:]))


def _digest(key: str, parts: list[Any]) -> bytes:
    state = hashlib.sha256(MAGIC + VERSION.to_bytes(2, "big") + key.encode())
    for part in parts:
        state.update(part)
    return state.digest()
