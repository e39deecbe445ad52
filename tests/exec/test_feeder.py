"""What feeds a loop: as many items as granted, packed where needed, and then the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from dfm.errors import ArgumentError
from dfm.exec.feeder import Feeder, FeederTools, feed
from dfm.exec.mailbox import Mailbox
from dfm.exec.streams import Stream
from dfm.exec.threads import ThreadPool
from dfm.exec.values import Held
from dfm.net.items import items_of
from dfm.net.outcomes import Where
from dfm.wire import Codecs, Packed


class Loop:
    """A loop that is fed: it remembers what comes, and can be waited for."""

    def __init__(self, items: Callable[[], Iterator[Any]], **marks: bool) -> None:
        self.items: list[Any] = []
        self.end: list[Any] = []
        self.changed = asyncio.Event()
        self.pool = ThreadPool("test")
        stream = Stream(1)
        mailbox = Mailbox(asyncio.get_running_loop())
        tools = FeederTools(Codecs(), mailbox, self.pool, Where("here", (0,)))
        marks = {"pack": False, "keep": True} | marks
        self.feeder = Feeder(stream.claim(), tools, self.on_items, self.on_over, **marks)
        self.pool.submit(feed, stream, items, Where("here", (0,)))

    def on_items(self, tokens: list[Any]) -> None:
        self.items += tokens
        self.changed.set()

    def on_over(self, failure: Any) -> None:
        self.end.append(failure)
        self.changed.set()

    async def until(self, count: int, *, is_over: bool = False) -> None:
        while len(self.items) < count or (is_over and not self.end):
            self.changed.clear()
            await self.changed.wait()


def run(play: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await asyncio.wait_for(play(), 10)

    asyncio.run(main())


def test_no_more_items_come_than_were_granted() -> None:
    async def play() -> None:
        loop = Loop(lambda: iter(range(1000)))

        loop.feeder.grant(3)
        await loop.until(3)
        first = list(loop.items)
        loop.feeder.grant(2)
        await loop.until(5)
        loop.feeder.stop()
        loop.pool.close(5)

        assert first == [0, 1, 2]
        assert loop.items == [0, 1, 2, 3, 4]
        assert loop.end == []

    run(play)


def test_the_end_is_told_once_after_the_items() -> None:
    async def play() -> None:
        loop = Loop(lambda: iter("ab"))

        loop.feeder.grant(2)
        await loop.until(2)
        loop.feeder.grant(1)
        await loop.until(2, is_over=True)
        loop.pool.close(5)

        assert loop.items == ["a", "b"]
        assert loop.end == [None]

    run(play)


def test_a_sequence_that_breaks_ends_with_its_error_after_the_items_before() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    async def play() -> None:
        loop = Loop(broken)

        loop.feeder.grant(5)
        await loop.until(0, is_over=True)
        loop.pool.close(5)

        assert loop.items == [1]
        assert [error.message for failure in loop.end for error in failure.errors] == ["no more"]

    run(play)


def test_items_that_leave_the_site_are_packed_and_kept_if_they_are_read_here() -> None:
    async def play() -> None:
        sent = Loop(lambda: iter([[1], [2]]), pack=True, keep=False)
        both = Loop(lambda: iter([[1]]), pack=True, keep=True)

        for loop in (sent, both):
            loop.feeder.grant(2)
            await loop.until(0, is_over=True)
            loop.pool.close(5)

        assert [type(token) for token in sent.items] == [Packed, Packed]
        assert [(type(token), token.value) for token in both.items] == [(Held, [1])]

    run(play)


def test_an_item_that_can_not_travel_ends_the_sequence_with_an_error() -> None:
    async def play() -> None:
        loop = Loop(lambda: iter([[1], [object()]]), pack=True, keep=False)

        loop.feeder.grant(2)
        await loop.until(0, is_over=True)
        loop.pool.close(5)

        assert [error.type for failure in loop.end for error in failure.errors] == ["NoCodec"]

    run(play)


@pytest.mark.parametrize("value", ["text", b"bytes", {1, 2}, 7, None])
def test_what_has_no_items_is_refused(value: object) -> None:
    with pytest.raises(ArgumentError, match="ForEach can not go through"):
        items_of(value)
