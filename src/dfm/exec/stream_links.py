"""Streams that cross between sites: sent as fast as they come, as credit allows, while wanted.

A stream leaves as a `STREAM` token, chunks of `ITEMS`, and an `END` or a `FAILURE`. What its
readers have taken is credited to the sender; when they want no more, the sender is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dfm.errors import CorruptMessage
from dfm.exec.failures import failure_of
from dfm.exec.mailbox import Mailbox
from dfm.exec.router import Router
from dfm.exec.streams import ROOM, Reader, Stream
from dfm.exec.threads import ThreadPool
from dfm.exec.values import PLAIN
from dfm.net.frame import Path
from dfm.net.token import Failure
from dfm.wire import Codecs, Packed
from dfm.wire.messages import Kind, TokenPackage


@dataclass(frozen=True, slots=True)
class SenderTools:
    """What a sender works with; the same for all streams of a job at a site."""

    router: Router
    codecs: Codecs
    mailbox: Mailbox
    pool: ThreadPool
    site: str


class StreamSender:
    """Sends one stream to one destination. Lives on the site's loop; `ended` is called once."""

    def __init__(
        self,
        reader: Reader,
        target: str,
        place: str,
        frame: Path,
        tools: SenderTools,
        ended: Callable[[Failure | None], None],
    ) -> None:
        self._reader = reader
        self._target = target
        self._place = place
        self._frame = frame
        self._stream = (place, frame)
        self._tools = tools
        self._ended = ended
        self._sent = 0
        self._over = False

    def go_on(self) -> None:
        """Send what is there; come back when there is more, or more room."""
        router = self._tools.router
        while not self._over:
            if not router.has_room(self._target, self._stream):
                router.when_room(self._target, self.go_on, self._stream)
                return
            items, over = self._reader.take(ROOM)
            if not PLAIN.issuperset(map(type, items)):
                # Packing runs the values' own code, which may be slow: not on this loop.
                self._tools.pool.submit(self._pack, items, over)
                return
            if items and not self._sends(self._tools.codecs.pack(items), len(items)):
                return
            if over:
                self._end(self._reader.failure)
            elif not items:
                self._reader.when_ready(lambda: self._tools.mailbox.post(self.go_on))
                return

    def stop(self) -> None:
        """Send no more of it."""
        if not self._over:
            self._end(None)

    def _pack(self, items: list[Any], over: bool) -> None:
        result: Packed | Failure
        try:
            result = self._tools.codecs.pack(items)
        except BaseException as error:  # noqa: BLE001  (it runs the values' own code)
            made_by = self._reader.stream
            result = failure_of(
                error,
                site=self._tools.site,
                operation=made_by.operation,
                node=made_by.node,
                frame=self._frame,
            )
        self._tools.mailbox.post(self._packed, result, len(items), over)

    def _packed(self, result: Packed | Failure, count: int, over: bool) -> None:
        if self._over:
            return
        if isinstance(result, Failure):
            self._end(result, made_here=result)
            return
        if not self._sends(result, count):
            return
        if over:
            self._end(self._reader.failure)
        else:
            self.go_on()

    def _sends(self, packed: Packed, count: int) -> bool:
        """Send some items if they may leave, else the error of it, and then it is over."""
        frame = (*self._frame, self._sent)
        route = self._tools.router.route
        if refusal := route(self._target, self._place, frame, Kind.ITEMS, packed, count):
            self._end(refusal, made_here=refusal)
            return False
        self._sent += count
        return True

    def _end(self, failure: Failure | None, *, made_here: Failure | None = None) -> None:
        self._over = True
        self._reader.close()
        router = self._tools.router
        if failure is None:
            router.route(self._target, self._place, self._frame, Kind.END, None, self._sent)
        else:
            router.route_failure(self._target, self._place, self._frame, failure)
        self._ended(made_here)


class IncomingStreams:
    """The streams that one job at one site is being sent. Lives on the site's loop."""

    def __init__(self, router: Router, codecs: Codecs, mailbox: Mailbox) -> None:
        self._router = router
        self._codecs = codecs
        self._mailbox = mailbox
        self._streams: dict[tuple[str, Path], Stream] = {}
        self._unreadable: dict[tuple[str, Path], Failure] = {}

    @property
    def streams(self) -> Iterable[Stream]:
        """Those that have not ended."""
        return list(self._streams.values())

    def begin(self, source: str, place: str, frame: Path, *, readers: int, awaited: bool) -> Stream:
        """Return a new stream; `source` is told when its readers want no more."""

        def unwanted() -> None:
            self._mailbox.post(self._router.unwanted, source, place, frame)

        stream = Stream(readers, to_the_end=awaited, on_stop=unwanted)
        self._streams[place, frame] = stream
        return stream

    def items(self, source: str, package: TokenPackage) -> None:
        """Take a chunk, and credit it: at once if its readers keep up, else when they do."""
        key = (package.place, package.frame[:-1])
        stream = self._streams.get(key)
        credit = partial(self._router.credit, source, package.size, key)
        if stream is None or stream.stopped or key in self._unreadable:
            credit()
            return
        try:
            items = self._codecs.unpack(Packed(package.head, tuple(package.buffers)))
        except CorruptMessage as error:
            failure = failure_of(error, site=self._router.site, frame=package.frame[:-1])
            self._unreadable[key] = failure
            stream.end(failure)
            self._router.unwanted(source, *key)
            credit()
            return
        stream.nbytes += package.size
        stream.feed(items)
        if stream.has_room() or not stream.claimed:
            # Its readers may wait for a value that comes behind these items.
            credit()
        else:
            stream.when_room(lambda: self._mailbox.post(credit))

    def has(self, place: str, frame: Path) -> bool:
        """Whether there is a stream that has not ended."""
        return (place, frame) in self._streams

    def end(self, place: str, frame: Path, failure: Failure | None) -> Failure | None:
        """End a stream; return the error of reading it, if it could not be read here."""
        stream = self._streams.pop((place, frame))
        unreadable = self._unreadable.pop((place, frame), None)
        if unreadable is None:
            stream.end(failure)
        return unreadable
