"""Where the tokens of one job leave its site: numbered, in batches, within credit.

Everything that becomes ready in one turn of the site's loop leaves in one message per
destination. Streams, and what iterations yield, may be ahead of their reader by at most a window
of bytes; single tokens are not held back, for the calls in flight bound them. Streams that are
not read now must not hold up those that are, so a stream of which another site has taken all may
always send some more.

This is the last step before the wire, so here is refused what a policy does not let leave
(`egress.py`), whoever asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from dfm.errors import InternalError
from dfm.exec.egress import Egress, Labels
from dfm.exec.measures import Measures
from dfm.net.frame import Path
from dfm.net.loops import Loop
from dfm.net.token import Count, Failure
from dfm.wire import Codecs, Packed
from dfm.wire.messages import (
    APPLICATION,
    Credit,
    Done,
    Kind,
    Message,
    TokenPackage,
    Tokens,
    Unwanted,
)
from dfm.wire.numbering import Numbering

WINDOW_BYTES = 1 << 20
"""Bytes that may be on their way to one destination and have not been taken there."""

StreamKey = tuple[str, Path]
"""A stream at its reader's site: the place and the frame of its token."""


class Router:
    """The outgoing side of one job at one site."""

    def __init__(
        self,
        job_id: str,
        site: str,
        send: Callable[[Message], None],
        wants_flush: Callable[[Router], None],
        codecs: Codecs,
        egress: Egress | None = None,
    ) -> None:
        self.job_id = job_id
        self.site = site
        self._send = send
        self._wants_flush = wants_flush
        self._codecs = codecs
        self.egress = egress
        self._labels: dict[str, dict[str, list[tuple[str, str]]]] = {}
        self._outbox: dict[str, list[TokenPackage]] = {}
        self._done: list[int] = []
        self._failures: dict[int, bytes] = {}
        self._numbers = Numbering()
        self._used: dict[str, int] = {}
        self._untaken: dict[tuple[str, StreamKey], int] = {}
        self._credits: dict[tuple[str, StreamKey], int] = {}
        self._waiting: dict[str, dict[StreamKey | None, list[Callable[[], None]]]] = {}
        self._flush_asked = False
        self.measures = Measures()

    def route(
        self,
        target: str,
        place: str,
        frame: Path,
        kind: Kind,
        packed: Packed | None = None,
        count: int = 0,
    ) -> Failure | None:
        """Put a token into the next message to `target`.

        Return the error to be sent instead, if it may not leave. Errors and counts have ways of
        their own.
        """
        if self.egress is not None:
            refusal = self._refusal(self.egress, target, place, frame, kind, packed)
            if refusal is not None:
                return refusal
        self._put(target, place, frame, kind, packed, count)
        return None

    def route_failure(self, target: str, place: str, frame: Path, failure: Failure) -> None:
        """Put an error into the next message to `target`, as much of it as may leave."""
        packed = self._codecs.pack(self.told(target, failure))
        if self.egress is not None:
            self.egress.stream_ended(target, place, frame)
        self._put(target, place, frame, Kind.FAILURE, packed)

    def route_count(self, target: str, place: str, frame: Path, count: Count) -> Failure | None:
        """Put the count of a loop into the next message to `target`, as `route` does."""
        if self.egress is not None:
            if refusal := self.egress.count_refusal(target, place, frame):
                return refusal
            if count.failure is not None:
                count = replace(count, failure=self.told(target, count.failure))
        self._put(target, place, frame, Kind.VALUE, self._codecs.pack(count))
        return None

    def refusal(self, target: str, place: str, frame: Path) -> Failure | None:
        """Return the error of sending what a token of a place would be, if none may leave."""
        return None if self.egress is None else self.egress.refusal(target, place, frame, 0)

    def loop_refusal(self, loop: Loop, frame: Path) -> Failure | None:
        """Return the error of beginning a loop whose followers may not know how long it is."""
        return None if self.egress is None else self.egress.loop_refusal(loop, frame)

    def learn(self, labels: Labels) -> None:
        """Take note of what another site says that places are made of."""
        if self.egress is not None:
            self.egress.learn(labels)

    def _refusal(
        self,
        egress: Egress,
        target: str,
        place: str,
        frame: Path,
        kind: Kind,
        packed: Packed | None,
    ) -> Failure | None:
        match kind:
            case Kind.PROGRESS:
                return None
            case Kind.END:
                egress.stream_ended(target, place, frame)
                return None
            case Kind.FAILURE:
                raise InternalError("an error is to leave as it is")
        size = packed.nbytes if packed else 0
        if kind is Kind.ITEMS:
            return egress.item_refusal(target, place, frame[:-1], size)
        return egress.refusal(target, place, frame, size)

    def told(self, target: str, failure: Failure) -> Failure:
        """Return as much of an error as may leave for `target`."""
        return failure if self.egress is None else self.egress.told(target, failure)

    def _put(
        self,
        target: str,
        place: str,
        frame: Path,
        kind: Kind,
        packed: Packed | None,
        count: int = 0,
    ) -> None:
        package = TokenPackage(
            place,
            frame,
            kind,
            packed.head if packed else b"",
            packed.buffers if packed else (),
            count,
        )
        if self.egress is not None:
            self._announce(self.egress, target, place, kind)
        if kind is Kind.ITEMS or (target == APPLICATION and package.needs_credit):
            self._used[target] = self._used.get(target, 0) + package.size
            if target != APPLICATION:
                key = target, (place, frame[:-1])
                self._untaken[key] = self._untaken.get(key, 0) + package.size
        self._outbox.setdefault(target, []).append(package)
        self._ask_flush()

    def _announce(self, egress: Egress, target: str, place: str, kind: Kind) -> None:
        """Tell a site what a place is made of, before its first token is there."""
        if target == APPLICATION or kind is Kind.PROGRESS:
            return
        if news := egress.news(target, place):
            self._labels.setdefault(target, {}).update(news)

    def done(self, call: int, failure: Failure | None) -> None:
        """Say that a call is complete here; leaves after the tokens of that call."""
        self._done.append(call)
        if failure is not None:
            self._failures[call] = self._codecs.seal(self.told(APPLICATION, failure))
        self._ask_flush()

    def flush(self) -> None:
        """Send what has gathered."""
        self._flush_asked = False
        outbox, self._outbox = self._outbox, {}
        now = time.monotonic()
        for target, packages in outbox.items():
            number = self._numbers.next(target)
            labels = self._labels.pop(target, {})
            self._send(Tokens(self.job_id, self.site, target, number, packages, now, labels))
        credits, self._credits = self._credits, {}
        for (source, (place, frame)), size in credits.items():
            self._send(Credit(self.job_id, self.site, source, size, place, frame))
        if self._done:
            done, self._done = self._done, []
            failures, self._failures = self._failures, {}
            self._send(Done(self.job_id, self.site, done, failures, *self.measures.take()))

    # -- credit ------------------------------------------------------------------------------

    def credit(self, source: str, size: int, stream: StreamKey) -> None:
        """Tell `source`, soon, that `size` bytes of a stream have been taken here."""
        key = source, stream
        self._credits[key] = self._credits.get(key, 0) + size
        self._ask_flush()

    def has_room(self, target: str, stream: StreamKey | None = None) -> bool:
        """Whether there is room for more, of a stream if one is given, on the way to `target`."""
        if self._used.get(target, 0) < WINDOW_BYTES:
            return True
        apart = stream is not None and target != APPLICATION
        return apart and (target, stream) not in self._untaken

    def when_room(
        self, target: str, resume: Callable[[], None], stream: StreamKey | None = None
    ) -> None:
        """Call `resume` once there is room again."""
        self._waiting.setdefault(target, {}).setdefault(stream, []).append(resume)

    def credited(self, target: str, size: int, stream: StreamKey) -> None:
        """Learn that the reader at `target` has taken `size` bytes; a site says of which stream."""
        self._used[target] = self._used.get(target, 0) - size
        if target != APPLICATION:
            left = self._untaken.pop((target, stream), 0) - size
            if left > 0:
                self._untaken[target, stream] = left
        if self.has_room(target):
            waiting = self._waiting.pop(target, {})
            for resume in [resume for some in waiting.values() for resume in some]:
                resume()
        elif self.has_room(target, stream):
            for resume in self._waiting.get(target, {}).pop(stream, ()):
                resume()

    def unwanted(self, source: str, place: str, frame: Path) -> None:
        """Tell `source` that no more of a stream is wanted here."""
        self._send(Unwanted(self.job_id, self.site, source, place, frame))

    def _ask_flush(self) -> None:
        if not self._flush_asked:
            self._flush_asked = True
            self._wants_flush(self)
