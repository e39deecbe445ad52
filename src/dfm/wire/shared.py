"""Big buffers in memory that processes share, and that is gone when the last holder is.

A `Segment` is an anonymous file in memory, known only by its descriptor; the kernel frees it
with the last descriptor and mapping, whoever dies. Its content is written once, when a value is
packed, and sealed against change of size. Each reader maps it privately: reading copies nothing,
and what one reader writes into its value no other sees.

Where the system has no such files, and for small buffers, bytes are copied instead. So they are
when segments and mappings hold a quarter of the descriptors this process may have: a program that
keeps thousands of big results must still be able to open a file.
"""

from __future__ import annotations

import errno
import mmap
import os
from typing import Any

from dfm.errors import CorruptMessage
from dfm.wire.codecs import Codecs, Packed

SEGMENT_BYTES = 64 << 10
"""Buffers of this size and more become segments."""

try:
    from fcntl import (  # type: ignore[attr-defined,unused-ignore]
        F_ADD_SEALS,
        F_GET_SEALS,
        F_SEAL_GROW,
        F_SEAL_SHRINK,
        fcntl,
    )
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit

    _AVAILABLE = hasattr(os, "memfd_create")
except ImportError:
    _AVAILABLE = False

_HOLDERS: set[int] = set()
"""The identities of all that holds a descriptor. A set, because adding and removing are atomic."""


def _descriptors_are_scarce() -> bool:
    most, _ = getrlimit(RLIMIT_NOFILE)
    return most != RLIM_INFINITY and len(_HOLDERS) >= most // 4


class Segment:
    """A buffer in shared memory. Owns its file descriptor."""

    __slots__ = ("fd", "nbytes")

    def __init__(self, fd: int, nbytes: int) -> None:
        self.fd = fd
        self.nbytes = nbytes
        _HOLDERS.add(id(self))

    @staticmethod
    def holding(data: Any) -> Segment:
        """Return a new segment with the bytes of `data`; raises OSError when there is no room."""
        if _descriptors_are_scarce():
            raise OSError(errno.EMFILE, "too many shared buffers")
        view = memoryview(data)
        fd = os.memfd_create("dfm", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        segment = Segment(fd, view.nbytes)
        written = 0
        while written < view.nbytes:
            written += os.write(fd, view[written:])
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)
        return segment

    @staticmethod
    def received(fd: int, nbytes: int) -> Segment | bytes:
        """Take over a descriptor that another process has sent; return bytes if it is one too many.

        Raises:
            CorruptMessage: when it is no segment of that size; reading it could kill the process.
        """
        segment = Segment(fd, nbytes)
        try:
            sound = os.fstat(fd).st_size == nbytes and fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK
        except OSError:
            sound = False
        if not sound:
            raise CorruptMessage(f"a shared buffer of {nbytes} bytes that is not what it says")
        return bytes(segment._copy()) if _descriptors_are_scarce() else segment

    def view(self) -> memoryview:
        """Return its bytes, writable; nobody else sees what is written."""
        # A mapping keeps a descriptor of its own as long as the value lives.
        if _descriptors_are_scarce():
            return self._copy()
        access = mmap.PROT_READ | mmap.PROT_WRITE
        try:
            return memoryview(_Mapping(self.fd, self.nbytes, flags=mmap.MAP_PRIVATE, prot=access))
        except OSError:
            return self._copy()

    def _copy(self) -> memoryview:
        copy = memoryview(bytearray(self.nbytes))
        read = 0
        while read < self.nbytes:
            read += os.preadv(self.fd, [copy[read:]], read)
        return copy

    def __len__(self) -> int:
        return self.nbytes

    def __del__(self) -> None:
        _HOLDERS.discard(id(self))
        os.close(self.fd)


class _Mapping(mmap.mmap):
    """A mapping that is counted."""

    def __init__(self, *_arguments: Any, **_options: Any) -> None:
        _HOLDERS.add(id(self))

    def __del__(self) -> None:
        _HOLDERS.discard(id(self))


class SharedCodecs(Codecs):
    """Codecs between processes of one user on one machine: big buffers become segments.

    A packed value is a copy, so whoever made the value may change it afterwards.
    """

    def pack(self, value: object) -> Packed:
        """Return the value as bytes and segments; raises NoCodec."""
        packed = super().pack(value)
        if not packed.buffers:
            return packed
        return Packed(packed.head, tuple(_shared(b) for b in packed.buffers))

    def unpack(self, packed: Packed) -> Any:
        """Return the value that was packed; raises CorruptMessage."""
        if not packed.buffers:
            return super().unpack(packed)
        views = tuple(b.view() if isinstance(b, Segment) else bytes(b) for b in packed.buffers)
        return super().unpack(Packed(packed.head, views))


def _shared(buffer: Any) -> Any:
    if _AVAILABLE and len(buffer) >= SEGMENT_BYTES:
        try:
            return Segment.holding(buffer)
        except OSError:
            # No descriptors or no memory left for it: slower, and still right.
            return bytes(buffer)
    return bytes(buffer)
