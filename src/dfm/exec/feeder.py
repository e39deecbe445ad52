"""What feeds a loop: the items of its sequence, as many at a time as may be in flight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dfm.exec.failures import failure_at
from dfm.exec.mailbox import Mailbox
from dfm.exec.streams import ROOM, Reader, Stream
from dfm.exec.threads import ThreadPool
from dfm.exec.values import PLAIN, Held
from dfm.net.outcomes import Where
from dfm.net.token import Failure
from dfm.wire import Codecs

AT_ONCE = 64
"""Items of a value in memory that are handed to a loop together."""


@dataclass(frozen=True, slots=True)
class FeederTools:
    """What a feeder works with, and where its loop is."""

    codecs: Codecs
    mailbox: Mailbox
    pool: ThreadPool
    where: Where


class Feeder:
    """Takes items from a reader as it is granted room. Lives on the site's loop.

    `on_items` is given tokens, `on_over` the end; neither is called from within `grant`. Items
    that leave the site are packed on the way if they `pack`, and then also kept as they are if
    they are read here (`keep`).
    """

    def __init__(
        self,
        reader: Reader,
        tools: FeederTools,
        on_items: Callable[[list[Any]], None],
        on_over: Callable[[Failure | None], None],
        *,
        pack: bool,
        keep: bool,
    ) -> None:
        self._reader = reader
        self._tools = tools
        self._on_items = on_items
        self._on_over = on_over
        self._pack = pack
        self._keep = keep
        self._room = 0
        self._busy = False
        self._over = False

    def grant(self, count: int) -> None:
        """Let that many more items come."""
        self._room += count
        if not self._busy:
            self._come_back()

    def stop(self) -> None:
        """Want no more."""
        self._over = True
        self._reader.close()

    def _come_back(self) -> None:
        self._busy = True
        self._tools.mailbox.post(self._go_on)

    def _go_on(self) -> None:
        self._busy = False
        if self._over:
            return
        items, over = self._reader.take(min(self._room, ROOM))
        self._room -= len(items)
        if not items and not over:
            # Without room the next grant comes back; else whoever feeds the stream does.
            if self._room:
                self._busy = True
                self._reader.when_ready(self._come_back)
        elif not self._pack or PLAIN.issuperset(map(type, items)):
            self._have(items, None, over)
        else:
            self._busy = True
            self._tools.pool.submit(self._packed, items, over)

    def _packed(self, items: list[Any], over: bool) -> None:
        """Pack items, which runs the values' own code and may be slow: on a thread of its own."""
        codecs, tokens, failure = self._tools.codecs, [], None
        try:
            for item in items:
                packed = codecs.pack(item)
                tokens.append(Held(item, packed) if self._keep else packed)
        except BaseException as error:  # noqa: BLE001  (the values' own code may raise anything)
            failure = failure_at(self._tools.where, error)
        self._tools.mailbox.post(self._have, tokens, failure, over)

    def _have(self, tokens: list[Any], failure: Failure | None, over: bool) -> None:
        self._busy = False
        if self._over:
            return
        if tokens:
            self._on_items(tokens)
        if over or failure is not None:
            self.stop()
            self._on_over(failure or self._reader.failure)
        elif self._room and not self._busy:
            self._come_back()


def feed(stream: Stream, items: Callable[[], Iterator[Any]], where: Where) -> None:
    """Feed the items of a value to a stream, on a thread of its own, at its reader's pace."""
    failure, some = None, []
    try:
        for item in items():
            some.append(item)
            if len(some) == AT_ONCE:
                stream.feed(some)
                some = []
                if not stream.wait_for_room():
                    break
    except BaseException as error:  # noqa: BLE001  (going through a value runs its own code)
        failure = failure_at(where, error)
    stream.feed(some)
    stream.end(failure)
