"""Where the tokens of one job leave its site: numbered, in batches, within credit.

Everything that becomes ready in one turn of the site's loop leaves in one message per
destination. Streams, and what iterations yield, may be ahead of their reader by at most a window
of bytes; single tokens are not held back, for the calls in flight bound them. Streams that are
not read now must not hold up those that are, so a stream of which another site has taken all may
always send some more.
"""

from __future__ import annotations

from collections.abc import Callable

from dfm.net.frame import Path
from dfm.wire import Packed
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
        seal: Callable[[object], bytes],
    ) -> None:
        self.job_id = job_id
        self.site = site
        self._send = send
        self._wants_flush = wants_flush
        self._seal = seal
        self._outbox: dict[str, list[TokenPackage]] = {}
        self._done: list[int] = []
        self._failures: dict[int, bytes] = {}
        self._numbers = Numbering()
        self._used: dict[str, int] = {}
        self._untaken: dict[tuple[str, StreamKey], int] = {}
        self._credits: dict[tuple[str, StreamKey], int] = {}
        self._waiting: dict[str, dict[StreamKey | None, list[Callable[[], None]]]] = {}
        self._flush_asked = False

    def route(
        self,
        target: str,
        place: str,
        frame: Path,
        kind: Kind,
        packed: Packed | None = None,
        count: int = 0,
    ) -> None:
        """Put a token into the next message to `target`."""
        package = TokenPackage(
            place,
            frame,
            kind,
            packed.head if packed else b"",
            packed.buffers if packed else (),
            count,
        )
        if kind is Kind.ITEMS or (target == APPLICATION and package.needs_credit):
            self._used[target] = self._used.get(target, 0) + package.size
            if target != APPLICATION:
                key = target, (place, frame[:-1])
                self._untaken[key] = self._untaken.get(key, 0) + package.size
        self._outbox.setdefault(target, []).append(package)
        self._ask_flush()

    def done(self, call: int, failure: object | None) -> None:
        """Say that a call is complete here; leaves after the tokens of that call."""
        self._done.append(call)
        if failure is not None:
            self._failures[call] = self._seal(failure)
        self._ask_flush()

    def flush(self) -> None:
        """Send what has gathered."""
        self._flush_asked = False
        outbox, self._outbox = self._outbox, {}
        for target, packages in outbox.items():
            number = self._numbers.next(target)
            self._send(Tokens(self.job_id, self.site, target, number, packages))
        credits, self._credits = self._credits, {}
        for (source, (place, frame)), size in credits.items():
            self._send(Credit(self.job_id, self.site, source, size, place, frame))
        if self._done:
            done, self._done = self._done, []
            failures, self._failures = self._failures, {}
            self._send(Done(self.job_id, self.site, done, failures))

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
