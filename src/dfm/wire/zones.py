"""The codec of `zoneinfo.ZoneInfo`: a zone travels as its key.

A key leads to a file, so only keys that this system lists are looked up.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

from dfm.errors import CorruptMessage
from dfm.wire.reader import Reader, expect
from dfm.wire.registry import Codec, Unsuited, add

if TYPE_CHECKING:
    from dfm.wire.writer import Writer


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_known(key: str) -> bool:
    return key.removeprefix("posix/").removeprefix("right/") in _known()


def _pack(value: ZoneInfo, writer: Writer) -> Any:
    if not _is_known(value.key):
        raise Unsuited(f"has the key {value.key!r}, which is no time zone of this system")
    return value.key


def _unpack(data: Any, reader: Reader) -> ZoneInfo:
    key = expect(data, str)
    if not _is_known(key):
        raise CorruptMessage(
            f"this system has no time zone {key[:60]!r}", hint="install the package tzdata"
        )
    return ZoneInfo(key)


add(ZoneInfo, Codec("zoneinfo.ZoneInfo", _pack, _unpack))
