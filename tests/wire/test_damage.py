"""Whatever bytes arrive, they are a value or a refusal."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.hostile import CODECS, VALUES, head, mark, named, refused

from dfm.errors import CorruptMessage
from dfm.wire import Packed, codes, registry


def damaged(packed: Packed, rng: random.Random) -> Packed:
    """Return the message with a few bytes changed, lost, added or swapped."""
    data, buffers = bytearray(packed.head), [bytes(b) for b in packed.buffers]
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                data[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del data[at : at + rng.randint(1, 4)]
            case 2:
                data[at:at] = rng.randbytes(rng.randint(1, 4))
            case 3:
                data[at : at + 1] = rng.choice(
                    [b"\xc1", b"\xdd", b"\xc7", b"\xd4", b"\x90", b"\xc0"]
                )
            case 4:
                other = rng.randrange(len(data) + 1)
                data[at:at] = data[other : other + rng.randint(1, 30)]
            case _ if buffers:
                buffers[0] = buffers[0][: rng.randrange(len(buffers[0]) + 1)]
    return Packed(bytes(data), tuple(buffers))


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
@pytest.mark.filterwarnings("default")
def test_a_damaged_message_is_a_value_or_a_refusal(value: Any) -> None:
    packed, rng = CODECS.pack(value), random.Random(20261122)

    for _ in range(150):
        with suppress(CorruptMessage):
            CODECS.unpack(damaged(packed, rng))


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_a_truncated_message_is_refused(value: Any) -> None:
    packed, sealed = CODECS.pack(value), CODECS.seal(value)

    for end in range(0, len(packed.head), 1 + len(packed.head) // 40):
        refused(packed.head[:end], *map(bytes, packed.buffers))
    for end in range(0, len(sealed), 1 + len(sealed) // 40):
        with pytest.raises(CorruptMessage):
            CODECS.unseal(sealed[:end])


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans(), st.lists(st.binary(max_size=20), max_size=2))
def test_random_bytes_are_a_value_or_a_refusal(data: bytes, tagged: bool, buffers: Any) -> None:
    with suppress(CorruptMessage):
        CODECS.unpack(Packed(codes.TAGGED * tagged + data, tuple(buffers)))
    with suppress(CorruptMessage):
        CODECS.unseal(data)


trees = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.text(max_size=3) | st.binary(max_size=9),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.text(max_size=2), inner, max_size=3),
        st.builds(mark, st.sampled_from(sorted(registry.BY_CODE)), inner),
        st.builds(named, st.sampled_from(sorted(registry.BY_NAME)), inner),
    ),
    max_leaves=25,
)


@pytest.mark.filterwarnings("default")
@settings(max_examples=500)
@given(trees)
def test_well_formed_nonsense_is_a_value_or_a_refusal(tree: Any) -> None:
    with suppress(CorruptMessage):
        CODECS.unpack(Packed(head(tree)))
