"""The values that a site keeps: by the key of what they were made from, across jobs and processes.

A cache may lose anything at any time, so nothing that goes wrong with it is an error of a job:
it is said in the site's log, and the value counts as not there. Methods may block, and are not
for an event loop.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from typing import Any

from dfm.errors import InternalError
from dfm.exec.cache_entry import CorruptEntry, decode, encode
from dfm.exec.cache_keys import key_of
from dfm.exec.cache_storage import Storage, storage_of
from dfm.exec.file_lock import FileLock
from dfm.wire import Codecs, Packed

_KEY = re.compile(r"[0-9a-f]{64}")


class Cache:
    """The cache of one site. `folder` gives where it is, when it is first needed."""

    def __init__(self, folder: Callable[[], Any], logger: logging.Logger) -> None:
        self._folder = folder
        self._logger = logger
        self._opening = threading.Lock()
        self._storage: Storage | None = None
        self._said: set[str] = set()

    @staticmethod
    def key_of(value: object, codecs: Codecs) -> str:
        """Return the key of a value: a digest, the same for equal values.

        Raises:
            NoCodec: when there is something in it that can not be packed.
        """
        return key_of(value, codecs)

    def get(self, key: str) -> Packed | None:
        """Return what is kept for a key, or None; what is not as it was written is taken away."""
        storage = self._open(key)
        if storage is None:
            return None
        try:
            data = storage.read(key)
            return None if data is None else decode(key, data)
        except CorruptEntry as error:
            self._logger.warning("the entry %s of the cache is not used: %s", key, error)
            self.discard(key)
        except Exception as error:  # noqa: BLE001  (a storage may raise anything)
            self.warn_once("the cache can not be read", error)
        return None

    def put(self, key: str, packed: Packed) -> None:
        """Keep a value for a key, if that is possible."""
        storage = self._open(key)
        if storage is None:
            return
        try:
            storage.write(key, encode(key, packed))
        except Exception as error:  # noqa: BLE001  (as above)
            self.warn_once("the cache can not be written", error)

    def discard(self, key: str) -> None:
        """Take away what is kept for a key, if anything is."""
        storage = self._open(key)
        if storage is None:
            return
        try:
            storage.remove(key)
        except Exception as error:  # noqa: BLE001  (as above)
            self.warn_once("an entry of the cache can not be taken away", error)

    def lock(self, key: str) -> FileLock | None:
        """Return the lock of a key between the processes of this machine, if there can be one."""
        storage = self._open(key)
        return None if storage is None else storage.lock(key)

    def warn_once(self, message: str, error: object) -> None:
        """Say in the log what is wrong, but not again and again."""
        said = f"{message}: {type(error).__name__}: {error}" if error else message
        # The same trouble with another entry is the same trouble.
        known = _KEY.sub("", f"{message} {type(error).__name__} {getattr(error, 'errno', '')}")
        if known not in self._said:
            self._said.add(known)
            self._logger.warning("%s", said)

    def _open(self, key: str) -> Storage | None:
        if not _KEY.fullmatch(key):
            raise InternalError(f"{key!r:.80} is not the key of a cache")
        with self._opening:
            if self._storage is None:
                try:
                    self._storage = storage_of(self._folder())
                except Exception as error:  # noqa: BLE001  (a site of the owner's may raise anything)
                    self.warn_once("there is no cache", error)
        return self._storage
