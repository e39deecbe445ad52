"""Codecs of the containers that msgpack would turn into lists and maps with text keys.

Sets are written in a fixed order, so equal sets have equal bytes; dicts keep theirs.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from itertools import chain
from typing import TYPE_CHECKING, Any

from dfm.errors import CorruptMessage
from dfm.wire import codes
from dfm.wire.reader import Reader, expect, row
from dfm.wire.registry import BY_CODE, Codec, Unsuited, add
from dfm.wire.writer import encode

if TYPE_CHECKING:
    from dfm.wire.writer import Writer

FACTORIES = {cls.__name__: cls for cls in (bool, int, float, str, bytes, list, tuple, dict, set)}


def _pack_tuple(value: tuple[Any, ...], writer: Writer) -> Any:
    return writer.items(value)


def _unpack_tuple(data: Any, reader: Reader) -> tuple[Any, ...]:
    return tuple(expect(data, list))


def _unpack_tuples(data: Any, reader: Reader) -> list[tuple[Any, ...]]:
    rows = expect(data, list)
    if not _ONLY_LISTS.issuperset(map(type, rows)):
        raise CorruptMessage("a list of tuples holds something else")
    return list(map(tuple, rows))


def _pack_set(value: set[Any] | frozenset[Any], writer: Writer) -> Any:
    kinds = set(map(type, value))
    if kinds == {int} or kinds == {str}:
        return writer.items(sorted(value))
    return sorted(writer.items(list(value)), key=encode)


def _unpack_set(data: Any, reader: Reader) -> set[Any]:
    return set(expect(data, list))


def _unpack_frozenset(data: Any, reader: Reader) -> frozenset[Any]:
    return frozenset(expect(data, list))


def unpack_pairs(data: Any, reader: Reader) -> dict[Any, Any]:
    """Return the dict of a flat list of keys and values."""
    items = iter(expect(data, list))
    return dict(zip(items, items, strict=True))


def _pack_pairs(value: dict[Any, Any], writer: Writer) -> Any:
    keys = writer.items(list(value))
    parts = [writer.item(v, k) for k, v in value.items()]
    return list(chain.from_iterable(zip(keys, parts, strict=True)))


def _pack_default_dict(value: defaultdict[Any, Any], writer: Writer) -> Any:
    factory = value.default_factory
    name = None if factory is None else getattr(factory, "__name__", "")
    if factory is not None and FACTORIES.get(str(name)) is not factory:
        raise Unsuited(f"has a default_factory of its own, {factory!r}")
    return [name, _pack_pairs(value, writer)]


def _unpack_default_dict(data: Any, reader: Reader) -> defaultdict[Any, Any]:
    name, pairs = row(data, 2)
    if name is not None and expect(name, str) not in FACTORIES:
        raise CorruptMessage(f"there is no default factory {name[:40]!r}")
    return defaultdict(FACTORIES.get(name), unpack_pairs(pairs, reader))


def _pack_deque(value: deque[Any], writer: Writer) -> Any:
    return [value.maxlen, writer.items(list(value))]


def _unpack_deque(data: Any, reader: Reader) -> deque[Any]:
    limit, items = row(data, 2)
    return deque(expect(items, list), expect(limit, int, type(None)))


_ONLY_LISTS = frozenset({list})

BY_CODE[codes.PAIRS] = unpack_pairs
BY_CODE[codes.TUPLES] = _unpack_tuples

add(tuple, Codec("tuple", _pack_tuple, _unpack_tuple, codes.TUPLE))
add(set, Codec("set", _pack_set, _unpack_set, codes.SET))
add(frozenset, Codec("frozenset", _pack_set, _unpack_frozenset, codes.FROZENSET))
add(
    OrderedDict,
    Codec(
        "OrderedDict",
        _pack_pairs,
        lambda data, reader: OrderedDict(unpack_pairs(data, reader)),
        codes.ORDERED_DICT,
    ),
)
add(
    Counter,
    Codec(
        "Counter",
        _pack_pairs,
        lambda data, reader: Counter(unpack_pairs(data, reader)),
        codes.COUNTER,
    ),
)
add(
    defaultdict,
    Codec("defaultdict", _pack_default_dict, _unpack_default_dict, codes.DEFAULT_DICT),
)
add(deque, Codec("deque", _pack_deque, _unpack_deque, codes.DEQUE))
