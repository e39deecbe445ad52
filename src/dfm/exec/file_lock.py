"""A lock between processes of one machine: a file that one of them has locked.

The system lets go of it when its process dies. The file is there only while somebody holds or
wants the lock. Advisory: it keeps those apart who ask for it.
"""

from __future__ import annotations

import os

try:
    import fcntl

    HAS_LOCKS = True
except ImportError:  # Windows has none; there, each process is on its own
    HAS_LOCKS = False


class FileLock:
    """The lock that a path stands for. Not to be taken twice by the same object."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if nobody has it; return whether it was free.

        Raises:
            OSError: when the folder can not be written, or knows no locks.
        """
        return self._acquire(wait=False)

    def acquire(self) -> None:
        """Take the lock as soon as it is free. Nothing can end this wait.

        Raises:
            OSError: as `try_acquire`.
        """
        self._acquire(wait=True)

    def release(self) -> None:
        """Let go of the lock."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            # Gone before it is free: whoever waits for it sees that the name is another's now.
            os.unlink(self._path)
        except OSError:
            pass
        finally:
            os.close(file)

    def _acquire(self, *, wait: bool) -> bool:
        if not HAS_LOCKS:
            return True
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                if self._is_ours(file):
                    self._file = file
                    return True
            except BlockingIOError:
                return False
            finally:
                if self._file != file:
                    os.close(file)

    def _is_ours(self, file: int) -> bool:
        """Whether the name still means the file; the one who had it may have removed it."""
        try:
            return os.path.samestat(os.fstat(file), os.stat(self._path))
        except FileNotFoundError:
            return False
