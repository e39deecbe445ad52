"""What a worker was doing when it died, in memory that outlives it.

A page of shared memory with a slot per running call. The worker writes a slot when an adapter
begins and clears it when it ends, which costs about a microsecond and no message; the
application reads the page only after a death.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import threading

from dfm.net.frame import Path

_SLOTS = 64
_SLOT_BYTES = 256
_LATEST = _SLOTS
_PAGE_BYTES = (_SLOTS + 1) * _SLOT_BYTES


def make_page() -> int:
    """Return the file descriptor of a fresh page; it has no name and goes with its last holder."""
    with tempfile.TemporaryFile() as file:
        file.truncate(_PAGE_BYTES)
        return os.dup(file.fileno())


class BlackBox:
    """The page of one worker. As an `Observer`, the worker's side; `running` is the other's."""

    def __init__(self, page: int) -> None:
        self._memory = mmap.mmap(page, _PAGE_BYTES)
        self._free = list(range(_SLOTS))
        self._lock = threading.Lock()

    def call_began(self, job_id: str, operation: str, frame: Path) -> object:
        """Note that an adapter's body is about to run."""
        text = f"{job_id}\0{operation}".encode()[: _SLOT_BYTES - 1] + b"\0"
        self._write(_LATEST, text)
        with self._lock:
            if not self._free:
                return None
            slot = self._free.pop()
        self._write(slot, text)
        return slot

    def call_ended(self, mark: object) -> None:
        """Note that it has returned or raised."""
        if isinstance(mark, int):
            self._memory[mark * _SLOT_BYTES] = 0
            with self._lock:
                self._free.append(mark)

    def call_failed(
        self,
        job_id: str,
        operation: str,
        frame: Path,
        attempt: int,
        error_text: str,
        will_repeat: bool,
    ) -> None:
        """Note nothing: a worker whose adapter raises goes on."""

    def running(self) -> list[tuple[str, str]]:
        """Return `(job, operation)` of each call that had begun and not ended."""
        calls = (self._read(slot) for slot in range(_SLOTS))
        return [call for call in calls if call is not None]

    def latest(self) -> tuple[str, str] | None:
        """Return the call that began last; it may have ended just before its signal struck."""
        return self._read(_LATEST)

    def _write(self, slot: int, text: bytes) -> None:
        start = slot * _SLOT_BYTES
        self._memory[start : start + len(text)] = text

    def _read(self, slot: int) -> tuple[str, str] | None:
        text = self._memory[slot * _SLOT_BYTES : (slot + 1) * _SLOT_BYTES]
        job, _, rest = text.partition(b"\0")
        if not job:
            return None
        return job.decode(errors="replace"), rest.partition(b"\0")[0].decode(errors="replace")

    def close(self) -> None:
        """Let go of the page."""
        self._memory.close()
