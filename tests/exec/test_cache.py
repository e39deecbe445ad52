"""The cache of a site: what was put there is got back, whole, or not at all."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import literals
from upath import UPath

from dfm.errors import InternalError, NoCodec
from dfm.exec.cache import Cache
from dfm.exec.cache_entry import CorruptEntry, decode, encode
from dfm.exec.cache_keys import key_of
from dfm.wire import Codecs, Packed, register_type

LOG = logging.getLogger("dfm.site")
CODECS = Codecs()
KEY = key_of("a key", CODECS)
PACKED = Packed(b"head", (b"first", memoryview(b""), memoryview(b"third")))


def cache_in(folder: Any) -> Cache:
    return Cache(lambda: folder, LOG)


@pytest.fixture(params=["path", "file", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A folder of each kind of storage."""
    if request.param == "path":
        yield tmp_path / "cache"
        return
    path = UPath(tmp_path / "cache", protocol=request.param)
    path.mkdir(parents=True, exist_ok=True)
    yield path
    if request.param == "memory":
        fsspec.filesystem("memory").rm(path.path, recursive=True)


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


# -- what is kept ------------------------------------------------------------------------------


def test_what_was_put_is_got_back(folder: Any) -> None:
    cache = cache_in(folder)

    cache.put(KEY, PACKED)

    assert cache.get(KEY) == PACKED


def test_another_process_finds_it(folder: Any) -> None:
    cache_in(folder).put(KEY, PACKED)

    assert cache_in(folder).get(KEY) == PACKED


def test_what_was_not_put_is_not_there(folder: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert cache_in(folder).get(KEY) is None
    assert warnings_of(caplog) == []


def test_the_last_one_counts(folder: Any) -> None:
    cache = cache_in(folder)

    cache.put(KEY, PACKED)
    cache.put(KEY, Packed(b"newer"))

    assert cache.get(KEY) == Packed(b"newer")


def test_what_was_discarded_is_gone(folder: Any) -> None:
    cache = cache_in(folder)
    cache.put(KEY, PACKED)

    cache.discard(KEY)
    cache.discard(KEY)

    assert cache.get(KEY) is None


def test_a_big_array_comes_back_as_it_was(folder: Any) -> None:
    array = np.random.default_rng(1).normal(size=(300, 400))
    cache = cache_in(folder)

    cache.put(KEY, CODECS.pack({"field": array}))
    packed = cache.get(KEY)

    assert packed is not None
    first, second = CODECS.unpack(packed)["field"], CODECS.unpack(packed)["field"]
    first[:] = 0
    assert np.array_equal(second, array)


def test_only_this_account_can_read_what_is_kept(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        cache_in(tmp_path / "cache").put(KEY, PACKED)
    finally:
        os.umask(old)

    (entry,) = (tmp_path / "cache").iterdir()
    assert entry.name == KEY
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("key", ["", "../etc/passwd", "a" * 63, "A" * 64, KEY + "\n", KEY + "/x"])
def test_a_key_is_a_digest_and_nothing_else(tmp_path: Path, key: str) -> None:
    cache = cache_in(tmp_path)

    for use in (cache.get, cache.discard, cache.lock, lambda k: cache.put(k, PACKED)):
        with pytest.raises(InternalError):
            use(key)
    assert list(tmp_path.iterdir()) == []


# -- damage ------------------------------------------------------------------------------------


def test_every_change_of_a_byte_is_seen() -> None:
    data = b"".join(map(bytes, encode(KEY, PACKED)))

    for place in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = data[:place] + bytes([data[place] ^ flip]) + data[place + 1 :]
            with pytest.raises(CorruptEntry):
                decode(KEY, damaged)


def test_an_entry_cut_short_or_made_longer_is_seen() -> None:
    data = b"".join(map(bytes, encode(KEY, PACKED)))

    for end in range(len(data)):
        with pytest.raises(CorruptEntry):
            decode(KEY, data[:end])
    with pytest.raises(CorruptEntry):
        decode(KEY, data + b"\0")


@given(st.binary(max_size=200))
def test_whatever_else_is_there_is_no_entry(data: bytes) -> None:
    with pytest.raises(CorruptEntry):
        decode(KEY, data)


def test_the_entry_of_another_key_is_not_taken_for_this_one() -> None:
    data = b"".join(map(bytes, encode(KEY, PACKED)))

    with pytest.raises(CorruptEntry):
        decode(key_of("another", CODECS), data)


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5))
def test_an_entry_is_read_as_it_was_written(parts: list[bytes]) -> None:
    packed = Packed(parts[0], tuple(parts[1:]))

    assert decode(KEY, b"".join(encode(KEY, packed))) == packed


@pytest.mark.parametrize("damage", [b"", b"rubbish", b"dfmcache"])
def test_a_corrupt_entry_is_a_miss_with_a_warning_and_is_taken_away(
    folder: Any, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    cache = cache_in(folder)
    cache.put(KEY, PACKED)
    (folder / KEY).write_bytes(damage)

    assert cache.get(KEY) is None

    assert not (folder / KEY).exists()
    (said,) = warnings_of(caplog)
    assert said.startswith(f"the entry {KEY} of the cache is not used:")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owners here")
def test_an_entry_that_others_may_write_is_not_believed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = cache_in(tmp_path)
    cache.put(KEY, PACKED)
    (tmp_path / KEY).chmod(0o666)

    assert cache.get(KEY) is None
    assert "another account could have written it" in warnings_of(caplog)[0]


# -- trouble -----------------------------------------------------------------------------------


class FullDisk(Exception):
    """What a storage of somebody else's may raise."""


class Trouble(UPath):
    """Not a folder at all."""


def test_a_folder_that_can_not_be_made_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = cache_in(tmp_path / "file" / "cache")

    cache.put(KEY, PACKED)

    assert cache.get(KEY) is None
    assert cache.lock(KEY) is None
    assert len(warnings_of(caplog)) == 1


def test_a_site_without_storage_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    def none() -> Any:
        raise FullDisk("no room")

    cache = Cache(none, LOG)
    cache.put(KEY, PACKED)

    assert cache.get(KEY) is None
    assert warnings_of(caplog) == ["there is no cache: FullDisk: no room"]


def test_a_disk_that_is_full_is_said_once_and_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    cache = cache_in(tmp_path)
    cache.put(KEY, PACKED)
    monkeypatch.setattr(os, "fsync", full)

    for number in range(3):
        cache.put(key_of(number, CODECS), PACKED)
    cache.put(KEY, Packed(b"newer"))

    assert [path.name for path in tmp_path.iterdir()] == [KEY]
    assert cache.get(KEY) == PACKED
    assert len(warnings_of(caplog)) == 1
    assert "No space left on device" in warnings_of(caplog)[0]


def test_storage_without_whole_writes_has_entries_moved_into_place(tmp_path: Path) -> None:
    from dfm.exec.cache_storage import RemoteStorage

    folder = UPath(tmp_path, protocol="file")
    storage = RemoteStorage(folder)

    storage.write(KEY, [b"one", memoryview(b"two")])

    assert storage.read(KEY) == b"onetwo"
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


# -- keys --------------------------------------------------------------------------------------


class Colour(Enum):
    RED = 1


@register_type
@dataclass(frozen=True)
class Box:
    low: float
    high: float


def test_a_key_is_64_hexadecimal_digits() -> None:
    assert key_of({"a": [1, None]}, CODECS).isalnum()
    assert len(key_of(b"", CODECS)) == 64


@given(literals())
def test_equal_values_have_one_key(value: Any) -> None:
    assert key_of(value, CODECS) == key_of(value, CODECS)


@given(st.dictionaries(st.text() | st.integers(), st.integers(), min_size=2))
def test_the_order_of_a_dictionary_does_not_count(entries: dict[Any, int]) -> None:
    turned = dict(reversed(entries.items()))

    assert key_of({"in": [entries]}, CODECS) == key_of({"in": [turned]}, CODECS)


def test_the_order_of_a_set_does_not_count() -> None:
    # 0 and 8 collide in a small set, so the order of insertion is the order in it.
    assert list({0, 8}) != list({8, 0})
    assert key_of({0, 8}, CODECS) == key_of({8, 0}, CODECS)


DIFFERENT = [
    None, False, True, 0, 1, -1, 255, -255, 1.0, 0.0, -0.0, 1j, "", "1", "a", b"", b"1", b"a",
    bytearray(b"a"), [], (), {}, set(), frozenset(), [1], (1,), {1}, frozenset({1}), {1: 1},
    {"1": 1}, [[]], [[], []], [[1], 2], [[1, 2]], [1, [2]], ["ab"], ["a", "b"], {"a": {"b": 1}},
    {"a": 1, "b": 2}, {"a": 2, "b": 1}, [1, True], [True, 1], Colour.RED, "RED",
    Box(1, 2), Box(1.0, 2), Box(2, 1), {"low": 1, "high": 2}, float("inf"), float("nan"), 2**70,
]  # fmt: skip
ARRAYS = [
    np.arange(6), np.arange(6).reshape(2, 3), np.arange(6).reshape(3, 2), np.arange(6.0),
    np.arange(6, dtype="i4"), np.arange(6, dtype=">i8"), np.array([]), np.array([], "i4"),
    np.zeros((0, 2)), np.zeros((2, 0)), np.array(1), np.array([1]), list(range(6)),
    np.array(["a", "b"]), np.array([["a"], ["b"]], object), np.array(["a", "b"], object),
    np.array(["2020-01-01"], "M8[D]"), np.array(["2020-01-01"], "M8[s]"), np.int64(1),
    np.float32(1),
]  # fmt: skip


def test_different_values_have_different_keys() -> None:
    keys = [key_of(value, CODECS) for value in (*DIFFERENT, *ARRAYS)]

    assert len(set(keys)) == len(keys)


def test_the_memory_order_of_an_array_does_not_count() -> None:
    array = np.arange(12).reshape(3, 4)

    keys = {key_of(a, CODECS) for a in (array, np.asfortranarray(array), array[:, ::-1][:, ::-1])}

    assert len(keys) == 1


def test_what_can_not_be_packed_has_no_key() -> None:
    with pytest.raises(NoCodec):
        key_of({"lock": open}, CODECS)


def test_what_contains_itself_has_no_key() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(NoCodec, match="contains itself"):
        key_of(endless, CODECS)
