"""Messages over a socket between two processes of one user.

A message is a fixed header (magic, size of the head, number of buffers), the size of each
buffer, the head, and the buffers. Small buffers follow as they are. Big ones are segments of
shared memory: their descriptor goes with the first byte of the message, so their bytes are
never sent. End of file is the death of the other side; there is no other sign of it.

Everything happens on one event loop; nothing blocks.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice, takewhile
from weakref import WeakSet

from dfm.errors import CorruptMessage
from dfm.wire.messages import Message, decode, encode
from dfm.wire.shared import Segment

_HEADER = struct.Struct("<4sII")
_SIZE = struct.Struct("<Q")
_MAGIC = b"dfm1"
MOST_HEAD_BYTES = 1 << 30
MOST_BUFFERS = 1 << 20
MOST_BUFFER_BYTES = 1 << 40
_CHUNK = 1 << 18
_MOST_PARTS = 64
_MOST_DESCRIPTORS = 200
_CONTROL_BYTES = socket.CMSG_SPACE(256 * 4)
_SHARED = 1 << 63
_RETRY_SECONDS = 0.01


_OPEN: WeakSet[Link] = WeakSet()


def _leave_to_parent() -> None:
    """In a forked process: close the links it inherited, or nobody would see them end."""
    for link in list(_OPEN):
        link._sock.close()


os.register_at_fork(after_in_child=_leave_to_parent)


class Link:
    """One end of a link. `on_message` gets each message; `on_end` is called once, at its end."""

    def __init__(
        self,
        sock: socket.socket,
        loop: asyncio.AbstractEventLoop,
        on_message: Callable[[Message], None],
        on_end: Callable[[Exception | None], None],
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._loop = loop
        self._on_message = on_message
        self._on_end = on_end
        self._outgoing: deque[Part] = deque()
        self._writing = False
        self._closed = False
        self._parser = Parser()
        loop.add_reader(sock.fileno(), self._readable)
        _OPEN.add(self)

    def send(self, message: Message) -> None:
        """Send a message; what does not fit now leaves later. Nothing happens on a closed link."""
        if self._closed:
            return
        self._outgoing.extend(message_parts(message))
        if not self._writing:
            self._write()

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, before the first message."""
        self._outgoing.append(Part(memoryview(data)))
        if not self._writing:
            self._write()

    def close(self) -> None:
        """Close this end; `on_end` is not called."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock.fileno())
        if self._writing:
            self._loop.remove_writer(self._sock.fileno())
        self._outgoing.clear()
        self._sock.close()

    def _write(self) -> None:
        outgoing = self._outgoing
        while outgoing:
            try:
                sent = self._send_some()
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                if error.errno == errno.ETOOMANYREFS:
                    # Too many descriptors on their way; the far side takes them as it reads.
                    self._watch_writable(False)
                    self._loop.call_later(_RETRY_SECONDS, self._retry)
                    return
                self._end(error)
                return
            while outgoing and sent >= outgoing[0].data.nbytes:
                sent -= outgoing.popleft().data.nbytes
            if sent:
                outgoing[0] = Part(outgoing[0].data[sent:])
        self._watch_writable(bool(outgoing))

    def _send_some(self) -> int:
        """Send the first parts; the descriptors of a part leave with its first byte."""
        first, *others = islice(self._outgoing, _MOST_PARTS)
        plain = takewhile(lambda part: not part.segments, others)
        data = [first.data, *(part.data for part in plain)]
        if not first.segments:
            return self._sock.sendmsg(data)
        fds = array("i", [segment.fd for segment in first.segments])
        return self._sock.sendmsg(data, [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])

    def _retry(self) -> None:
        if not self._closed:
            self._write()

    def _watch_writable(self, wanted: bool) -> None:
        if wanted and not self._writing:
            self._loop.add_writer(self._sock.fileno(), self._write)
        elif self._writing and not wanted:
            self._loop.remove_writer(self._sock.fileno())
        self._writing = wanted

    def _readable(self) -> None:
        try:
            received, control, flags, _ = self._sock.recvmsg_into(
                [self._parser.space()], _CONTROL_BYTES, socket.MSG_CMSG_CLOEXEC
            )
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if not received:
            self._end(None)
            return
        try:
            self._parser.descriptors.extend(_descriptors(control))
            if flags & socket.MSG_CTRUNC:
                raise CorruptMessage(
                    "this process has no descriptors left for shared memory",
                    hint="more open files (`ulimit -n`)",
                )
            messages = self._parser.received(received)
        except CorruptMessage as error:
            self._end(error)
            return
        for message in messages:
            if self._closed:
                return
            self._on_message(message)

    def _end(self, error: Exception | None) -> None:
        if not self._closed:
            self.close()
            self._on_end(error)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes to send, and the segments whose descriptors go with the first of them."""

    data: memoryview
    segments: tuple[Segment, ...] = ()


def message_parts(message: Message) -> list[Part]:
    """Return a message as parts to be sent in order."""
    head, buffers = encode(message)
    segments: list[Segment] = []
    sizes, plain = [], []
    for buffer in buffers:
        if isinstance(buffer, Segment) and len(segments) < _MOST_DESCRIPTORS:
            segments.append(buffer)
            sizes.append(_SIZE.pack(buffer.nbytes | _SHARED))
            continue
        view = (buffer.view() if isinstance(buffer, Segment) else memoryview(buffer)).cast("B")
        sizes.append(_SIZE.pack(view.nbytes))
        plain.append(view)
    start = _HEADER.pack(_MAGIC, len(head), len(buffers)) + b"".join(sizes) + head
    parts = [Part(memoryview(view)) for view in plain if view.nbytes]
    return [Part(memoryview(start), tuple(segments)), *parts]


def _descriptors(control: list[tuple[int, int, bytes]]) -> list[int]:
    fds = array("i")
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    return list(fds)


class Parser:
    """Cuts a byte stream into messages. Bytes of a large buffer go straight to their place."""

    def __init__(self) -> None:
        self._staging = bytearray(_CHUNK)
        self._start = 0
        self._end = 0
        self._frame: _Frame | None = None
        self.descriptors: deque[int] = deque()

    def __del__(self) -> None:
        for fd in self.descriptors:
            os.close(fd)

    def space(self) -> memoryview:
        """Return where the next bytes should be received."""
        if self._frame is not None and (gap := self._frame.gap()) is not None:
            return gap
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end == len(self._staging):
            rest = bytes(self._staging[self._start : self._end])
            if len(rest) * 2 > len(self._staging):
                self._staging = bytearray(len(self._staging) * 2)
            self._staging[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        return memoryview(self._staging)[self._end :]

    def received(self, count: int) -> list[Message]:
        """Take note of `count` new bytes; return the messages they complete.

        Raises:
            CorruptMessage: when the bytes can not be a message.
        """
        if self._frame is not None and self._frame.gap() is not None:
            self._frame.filled += count
        else:
            self._end += count
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    def _next(self) -> Message | None:
        if self._frame is None and not self._begin():
            return None
        frame = self._frame
        if frame is None:
            return None
        staged = memoryview(self._staging)[self._start : self._end]
        self._start += frame.take(staged)
        if not frame.complete:
            return None
        self._frame = None
        return decode(frame.head, frame.buffers)

    def _begin(self) -> bool:
        """Read a header and the sizes from the staging area; return whether all of it was there."""
        there = self._end - self._start
        if there < _HEADER.size:
            return False
        magic, head_size, count = _HEADER.unpack_from(self._staging, self._start)
        if magic != _MAGIC or head_size > MOST_HEAD_BYTES or count > MOST_BUFFERS:
            raise CorruptMessage("the bytes of a link are not a message")
        need = _HEADER.size + count * _SIZE.size + head_size
        if there < need:
            self._reserve(need)
            return False
        at = self._start + _HEADER.size
        sizes = [_SIZE.unpack_from(self._staging, at + i * _SIZE.size)[0] for i in range(count)]
        at += count * _SIZE.size
        head = bytes(self._staging[at : at + head_size])
        self._start = at + head_size
        self._frame = _Frame(head, [self._buffer(size) for size in sizes])
        return True

    def _buffer(self, size: int) -> bytearray | bytes | Segment:
        if size & _SHARED:
            if not self.descriptors:
                raise CorruptMessage("a message names shared memory that did not come")
            return Segment.received(self.descriptors.popleft(), size & ~_SHARED)
        if size > MOST_BUFFER_BYTES:
            raise CorruptMessage(f"a message names a buffer of {size} bytes")
        return bytearray(size)

    def _reserve(self, need: int) -> None:
        if need > len(self._staging):
            rest = self._staging[self._start : self._end]
            self._staging = bytearray(need + _CHUNK)
            self._staging[: len(rest)] = rest
            self._start, self._end = 0, len(rest)


class _Frame:
    """A message whose head is there and whose buffers are coming in."""

    __slots__ = ("_current", "buffers", "filled", "head")

    def __init__(self, head: bytes, buffers: list[bytearray | bytes | Segment]) -> None:
        self.head = head
        self.buffers = buffers
        self._current = 0
        self.filled = 0

    @property
    def complete(self) -> bool:
        self._skip_full()
        return self._current == len(self.buffers)

    def gap(self) -> memoryview | None:
        """Return the rest of the current buffer when it is worth receiving straight into."""
        if self.complete:
            return None
        rest = memoryview(self._filling())[self.filled :]
        return rest if self.filled or rest.nbytes > _CHUNK else None

    def take(self, staged: memoryview) -> int:
        """Fill buffers from bytes that are already here; return how many were taken."""
        taken = 0
        while not self.complete and taken < staged.nbytes:
            buffer = self._filling()
            count = min(len(buffer) - self.filled, staged.nbytes - taken)
            buffer[self.filled : self.filled + count] = staged[taken : taken + count]
            self.filled += count
            taken += count
        return taken

    def _filling(self) -> bytearray:
        buffer = self.buffers[self._current]
        return buffer if isinstance(buffer, bytearray) else bytearray()

    def _skip_full(self) -> None:
        while self._current < len(self.buffers):
            buffer = self.buffers[self._current]
            if isinstance(buffer, bytearray) and self.filled < len(buffer):
                return
            self._current += 1
            self.filled = 0
