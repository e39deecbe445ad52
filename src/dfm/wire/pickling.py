"""Pickle, the last resort: the only module of the package that pickles.

Used only where both ends are the same user on the same machine (`Codecs(trusted=True)`). A
reader without trust does not have its code at all, so a pickle that arrives there is refused
before a byte of it is looked at.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dfm.errors import CorruptMessage
from dfm.wire.codes import PICKLE
from dfm.wire.reader import Reader, expect, writable
from dfm.wire.registry import Codec
from dfm.wire.writer import shown

if TYPE_CHECKING:
    from dfm.wire.writer import Writer


def _pack(value: object, writer: Writer) -> Any:
    import cloudpickle

    buffers: list[pickle.PickleBuffer] = []
    stream = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return [writer.buffer(stream), *(writer.buffer(b.raw()) for b in buffers)]


def _unpack(data: Any, reader: Reader) -> Any:
    if not reader.trusted:
        raise CorruptMessage("a pickle arrived, and this site refuses them")
    stream, *buffers = expect(data, list)
    return pickle.loads(stream, buffers=[writable(b) for b in buffers])  # noqa: S301


PICKLED = Codec("pickle", _pack, _unpack, PICKLE)


def culprit(value: object, *, depth: int = 20) -> tuple[str, object]:
    """Return the innermost part of a value that can not be pickled, and where in it that is.

    >>> culprit({"a": 1, "b": [2, (n for n in [3])]})
    ("['b'][1]", <generator object <genexpr> at 0x...>)
    """
    for label, part in _parts(value) if depth else ():
        if not _pickles(part):
            inner, found = culprit(part, depth=depth - 1)
            return label + inner, found
    return "", value


def _parts(value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"[{shown(key)}]", part) for key, part in value.items()]
    if isinstance(value, (list, tuple)):
        return [(f"[{i}]", part) for i, part in enumerate(value)]
    return [(f".{name}", part) for name, part in getattr(value, "__dict__", {}).items()]


def _pickles(value: object) -> bool:
    import cloudpickle

    try:
        cloudpickle.dumps(value, protocol=5)
    except Exception:  # noqa: BLE001  (a class raises anything when pickled; that is the question)
        return False
    return True
