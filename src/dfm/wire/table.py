"""What one `Codecs` knows: the registered codecs, its own closed list of classes, and its trust.

Without trust the tables are all there is. With trust (both ends are the same user on the same
machine) a class may also be found by its import path, and pickle is the last resort.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import reduce
from importlib import import_module

from dfm.errors import CorruptMessage
from dfm.wire import registry
from dfm.wire.pickling import PICKLED
from dfm.wire.reader import Reader
from dfm.wire.records import codec_of_record, reachable, unfitness
from dfm.wire.registry import Codec, Unsuited, path_of


class Table:
    """Finds codecs for types and classes for paths. `found` remembers codecs by type."""

    def __init__(self, types: Iterable[type], *, trusted: bool) -> None:
        self.trusted = trusted
        self.last_resort = PICKLED if trusted else None
        self.found: dict[type, Codec] = {}
        self.idle_readers: list[Reader] = []
        self.unpackers = dict(registry.BY_CODE)
        if trusted:
            self.unpackers[PICKLED.code] = PICKLED.unpack
        self._records: dict[str, type] = {}
        for cls in types:
            self._records.update(reachable(cls))

    def idle_reader(self) -> Reader:
        """Return a reader that nobody is using; append it to `idle_readers` after a good read."""
        try:
            return self.idle_readers.pop()
        except IndexError:
            return Reader(self)

    def codec_for(self, cls: type) -> Codec:
        """Return the codec of a class.

        Raises:
            Unsuited: there is none, and why.
        """
        codec = registry.codec_of_type(cls) or self._codec_of_record(cls)
        self.found[cls] = codec
        return codec

    def class_at(self, path: str) -> type:
        """Return the class that travels under a path.

        Raises:
            CorruptMessage: it is not in the table, and (with trust) not importable either.
        """
        if cls := self._listed(path):
            return cls
        if not self.trusted:
            raise CorruptMessage(
                f"a value of class {path[:200]!r} arrived, which is not listed here",
                hint="list it where both sites see it: `dfm.wire.register_type(cls)`",
            )
        module, _, name = path.partition(":")
        try:
            home = sys.modules.get(module) or import_module(module)
            found: object = reduce(getattr, name.split("."), home)
        except (ImportError, AttributeError) as error:
            raise CorruptMessage(f"a value of class {path!r} arrived: {error}") from error
        if not isinstance(found, type):
            raise CorruptMessage(f"{path!r} is no class here")
        return found

    def _listed(self, path: str) -> type | None:
        return self._records.get(path) or registry.RECORDS.get(path)

    def _codec_of_record(self, cls: type) -> Codec:
        codec = codec_of_record(cls)
        if codec is None:
            raise Unsuited("has no codec")
        if self._listed(path_of(cls)) is not cls and not (self.trusted and is_importable(cls)):
            raise Unsuited("is of a class that is not listed")
        if why := unfitness(cls, trusted=self.trusted):
            raise Unsuited(why)
        return codec


def is_importable(cls: type) -> bool:
    """Whether another process of the same user finds this very class under its path."""
    if cls.__module__ == "__main__" or "<locals>" in cls.__qualname__:
        return False
    found: object = sys.modules.get(cls.__module__)
    for name in cls.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is cls
