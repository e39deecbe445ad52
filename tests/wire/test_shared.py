"""Shared segments: one copy in, none out, and nobody sees another's writing."""

from __future__ import annotations

import os

import numpy as np
import pytest

from dfm.errors import CorruptMessage
from dfm.wire import Packed
from dfm.wire.shared import SEGMENT_BYTES, Segment, SharedCodecs

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="the system has no anonymous files in memory"
)

BIG = np.arange(SEGMENT_BYTES, dtype=np.float64)


def test_a_big_array_becomes_a_segment_and_a_small_one_does_not() -> None:
    codecs = SharedCodecs(trusted=True)

    big, small = codecs.pack(BIG), codecs.pack(BIG[:1000].copy())

    assert isinstance(big.buffers[0], Segment)
    assert isinstance(small.buffers[0], bytes)


def test_a_packed_value_does_not_change_with_the_value_it_was_made_of() -> None:
    codecs = SharedCodecs(trusted=True)
    for size in (BIG.size, 1000):
        array = BIG[:size].copy()

        packed = codecs.pack(array)
        array[:] = -1

        assert np.array_equal(codecs.unpack(packed), BIG[:size])


def test_two_readers_of_one_packed_value_do_not_see_each_others_writing() -> None:
    codecs = SharedCodecs(trusted=True)
    for size in (BIG.size, 1000):
        packed = codecs.pack(BIG[:size])

        first, second = codecs.unpack(packed), codecs.unpack(packed)
        first[:] = -1

        assert np.array_equal(second, BIG[:size])
        assert np.array_equal(codecs.unpack(packed), BIG[:size])


def test_a_value_outlives_its_segment() -> None:
    codecs = SharedCodecs(trusted=True)
    packed = codecs.pack(BIG)

    value = codecs.unpack(packed)
    del packed

    assert np.array_equal(value, BIG)


def test_a_segment_closes_its_descriptor() -> None:
    segment = Segment.holding(bytes(SEGMENT_BYTES))
    fd = segment.fd

    del segment

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_descriptor_that_is_no_sealed_segment_of_its_size_is_refused() -> None:
    short = os.memfd_create("short")
    os.write(short, b"x")
    read_end, write_end = os.pipe()
    os.close(write_end)

    with pytest.raises(CorruptMessage):
        Segment.received(short, 4096)
    with pytest.raises(CorruptMessage):
        Segment.received(read_end, 0)


def test_a_sealed_literal_holds_its_bytes_itself() -> None:
    codecs = SharedCodecs(trusted=True)

    again = codecs.unseal(codecs.seal(BIG))

    assert np.array_equal(again, BIG)


def test_the_size_of_a_packed_value_counts_its_segments() -> None:
    packed: Packed = SharedCodecs(trusted=True).pack(BIG)

    assert packed.nbytes >= BIG.nbytes
