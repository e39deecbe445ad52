"""Where the entries of a cache are: a folder on this machine, or any that fsspec knows.

Entries appear whole or not at all. On this machine they are written beside their place and
moved there, and are for this account alone. Elsewhere that depends on the storage: an object
that is there once it is closed is written in one go, anything else is moved to its place.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from typing import Any, Protocol

from dfm.exec.cache_entry import CorruptEntry
from dfm.exec.file_lock import FileLock

_LOCAL = ("", "file", "local")
_WHOLE_AT_ONCE = frozenset(
    {"memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "adl", "oci", "oss", "tos", "webhdfs"}
)
_OTHERS_MAY_WRITE = 0o022


class Storage(Protocol):
    """Entries by name. What goes wrong is an exception, of whatever kind the storage has."""

    def read(self, name: str) -> bytes | None:
        """Return the bytes of an entry, or None when there is none."""

    def write(self, name: str, parts: list[Any]) -> None:
        """Put an entry there, in place of the one that may be there."""

    def remove(self, name: str) -> None:
        """Take an entry away, if it is there."""

    def lock(self, name: str) -> FileLock | None:
        """Return the lock of an entry between processes, or None when there are no such locks."""


def storage_of(folder: Any) -> Storage:
    """Return the storage in a folder, given as a `Path` or `UPath`; it is made if need be."""
    if getattr(folder, "protocol", "") in _LOCAL:
        return LocalStorage(os.fspath(folder))
    return RemoteStorage(folder)


class LocalStorage:
    """A folder on this machine."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        os.makedirs(folder, mode=0o700, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        """Return the bytes of an entry, or None when there is none.

        Raises:
            CorruptEntry: when another account could have written it.
        """
        try:
            file = open(self._path(name), "rb")  # noqa: SIM115  (closed by the `with` below)
        except FileNotFoundError:
            return None
        with file:
            _check_owner(os.fstat(file.fileno()))
            return file.read()

    def write(self, name: str, parts: list[Any]) -> None:
        """Put an entry there; only this account can read it."""
        number, temporary = tempfile.mkstemp(prefix=f".{name[:16]}-", dir=self._folder)
        try:
            with open(number, "wb", buffering=0) as file:
                for part in parts:
                    _write(file, memoryview(part))
                os.fsync(file.fileno())
            os.replace(temporary, self._path(name))
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise

    def remove(self, name: str) -> None:
        """Take an entry away, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(self._path(name))

    def lock(self, name: str) -> FileLock | None:
        """Return the lock of an entry between processes."""
        return FileLock(self._path(f"{name}.lock"))

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)


class RemoteStorage:
    """A folder of a file system that fsspec knows."""

    def __init__(self, folder: Any) -> None:
        self._system = folder.fs
        self._folder = str(folder.path).rstrip("/")
        self._whole = folder.protocol in _WHOLE_AT_ONCE

    def read(self, name: str) -> bytes | None:
        """Return the bytes of an entry, or None when there is none."""
        try:
            content: bytes = self._system.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        return content

    def write(self, name: str, parts: list[Any]) -> None:
        """Put an entry there."""
        path = self._path(name)
        if self._whole:
            self._put(path, parts)
            return
        temporary = self._path(f".{name[:16]}-{os.urandom(8).hex()}")
        try:
            self._put(temporary, parts)
            self._system.mv(temporary, path)
        except BaseException:
            with suppress(Exception):
                self._system.rm_file(temporary)
            raise

    def remove(self, name: str) -> None:
        """Take an entry away, if it is there."""
        with suppress(FileNotFoundError):
            self._system.rm_file(self._path(name))

    def lock(self, name: str) -> FileLock | None:
        """Return None: two machines may compute the same, and the last one writes."""
        return None

    def _put(self, path: str, parts: list[Any]) -> None:
        with self._system.open(path, "wb") as file:
            for part in parts:
                file.write(part)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


def _write(file: Any, part: memoryview) -> None:
    while part:
        part = part[file.write(part) :]


def _check_owner(status: os.stat_result) -> None:
    if not hasattr(os, "geteuid"):
        return
    if status.st_uid != os.geteuid() or status.st_mode & _OTHERS_MAY_WRITE:
        raise CorruptEntry("another account could have written it")
