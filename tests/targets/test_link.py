"""Links: messages over a socket, whole or not at all."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfm.errors import CorruptMessage
from dfm.targets.local.link import Link, Parser, message_parts
from dfm.wire.messages import Credit, Kind, Message, TokenPackage, Tokens


def as_bytes(*messages: Message) -> bytes:
    """Return what a link writes for messages."""
    return b"".join(bytes(part.data) for m in messages for part in message_parts(m))


def parsed(data: bytes, pieces: list[int]) -> list[Message]:
    """Feed bytes to a parser in pieces of the given sizes (repeated), and return the messages."""
    parser, messages, at, turn = Parser(), [], 0, 0
    while at < len(data):
        space = parser.space()
        count = min(pieces[turn % len(pieces)], len(space), len(data) - at)
        space[:count] = data[at : at + count]
        messages += parser.received(count)
        at, turn = at + count, turn + 1
    return messages


def tokens(*sizes: int) -> Tokens:
    package = TokenPackage(
        "place", (0, 1), Kind.VALUE, b"head", tuple(bytes([n % 251]) * n for n in sizes)
    )
    return Tokens("job", "a", "b", 3, [package])


def contents(message: Message) -> object:
    if not isinstance(message, Tokens):
        return message
    return [(p.place, p.frame, p.kind, p.head, *map(bytes, p.buffers)) for p in message.packages]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 5000), max_size=3), min_size=1, max_size=4),
    st.lists(st.integers(1, 3000), min_size=1, max_size=5),
)
def test_messages_survive_however_their_bytes_are_cut(
    sizes: list[list[int]], pieces: list[int]
) -> None:
    messages: list[Message] = [tokens(*s) for s in sizes]

    arrived = parsed(as_bytes(*messages, Credit("job", "a", "b", 5)), pieces)

    assert [contents(m) for m in arrived[:-1]] == [contents(m) for m in messages]
    assert arrived[-1] == Credit("job", "a", "b", 5)


def test_a_large_buffer_arrives_whole_and_writable() -> None:
    message = tokens(3_000_000, 10, 700_000)

    (arrived,) = parsed(as_bytes(message), [100_000])

    assert contents(arrived) == contents(message)
    assert isinstance(arrived, Tokens)
    assert not memoryview(arrived.packages[0].buffers[0]).readonly


@pytest.mark.parametrize(
    "data",
    [
        b"garbage!" * 4,
        struct.pack("<4sII", b"dfm1", 2**31, 0),
        struct.pack("<4sII", b"dfm1", 1, 2**31),
        struct.pack("<4sII", b"dfm1", 4, 0) + b"\xff\xff\xff\xff",
        struct.pack("<4sIIQ", b"dfm1", 1, 1, 2**63 + 5) + b"\x00",
        struct.pack("<4sIIQ", b"dfm1", 1, 1, 2**62) + b"\x00",
    ],
)
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(CorruptMessage):
        parsed(data, [len(data)])


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def test_a_link_carries_messages_both_ways_and_reports_its_end(
    loop: asyncio.AbstractEventLoop,
) -> None:
    ours, theirs = socket.socketpair()
    heard: list[object] = []

    def back(message: Message) -> None:
        there.send(message)

    def listen(message: Message) -> None:
        heard.append(contents(message))
        there.close()

    here = Link(ours, loop, listen, lambda error: (heard.append(error), loop.stop()))
    there = Link(theirs, loop, back, lambda error: None)
    here.send(tokens(2_000_000))
    loop.run_forever()

    assert heard == [contents(tokens(2_000_000)), None]
