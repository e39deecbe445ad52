"""What leaves a site is within a window, which streams that nobody reads do not use up."""

from __future__ import annotations

from typing import Any

from dfm.exec.router import WINDOW_BYTES, Router
from dfm.wire import Codecs, Packed
from dfm.wire.messages import APPLICATION, Credit, Kind, Message

FRAME = (0,)
FULL = Packed(b"", (bytes(WINDOW_BYTES),))


class Outside:
    """A router, and what it has sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.resumed: list[str] = []
        self.router = Router("job", "here", self.sent.append, lambda _: None, Codecs())

    def sends(self, target: str, place: str, packed: Packed = FULL) -> int:
        """Send a chunk of a stream; return its size."""
        self.router.route(target, place, (*FRAME, 0), Kind.ITEMS, packed, 1)
        self.router.flush()
        message: Any = self.sent[-1]
        size: int = message.packages[0].size
        return size

    def has_room(self, target: str, place: str) -> bool:
        return self.router.has_room(target, (place, FRAME))

    def waits(self, target: str, place: str) -> None:
        self.router.when_room(target, lambda: self.resumed.append(place), (place, FRAME))


def test_a_stream_that_is_not_read_does_not_hold_up_another_to_the_same_site() -> None:
    outside = Outside()

    outside.sends("there", "unread")

    assert not outside.has_room("there", "unread")
    assert outside.has_room("there", "read")


def test_of_a_stream_that_waits_behind_another_the_next_leaves_when_its_last_was_taken() -> None:
    outside = Outside()
    outside.sends("there", "unread")
    size = outside.sends("there", "read")
    outside.waits("there", "unread")
    outside.waits("there", "read")

    outside.router.credited("there", size - 1, ("read", FRAME))
    before = list(outside.resumed)
    outside.router.credited("there", 1, ("read", FRAME))

    assert (before, outside.resumed) == ([], ["read"])


def test_all_go_on_when_there_is_room_in_the_window() -> None:
    outside = Outside()
    size = outside.sends("there", "unread")
    outside.waits("there", "unread")
    outside.waits("there", "read")

    outside.router.credited("there", size, ("unread", FRAME))

    assert outside.resumed == ["unread", "read"]


def test_streams_to_the_application_share_its_window() -> None:
    outside = Outside()

    size = outside.sends(APPLICATION, "one")
    before = outside.has_room(APPLICATION, "other")
    outside.router.credited(APPLICATION, size, ("", ()))

    assert not before
    assert outside.has_room(APPLICATION, "other")


def test_what_was_taken_in_one_turn_is_credited_once_per_stream() -> None:
    outside = Outside()

    for place in ("one", "one", "other"):
        outside.router.credit("there", 10, (place, FRAME))
    outside.router.flush()

    assert outside.sent == [
        Credit("job", "here", "there", 20, "one", FRAME),
        Credit("job", "here", "there", 10, "other", FRAME),
    ]
