"""What sites and the application say to each other while a job runs.

    to a site   JobSubmission  run this net          from a site  Done     calls that are complete
                Tokens   for places of the net                    Tokens   for a site, or yielded
                Credit   you may send more                        Credit   for the sender's stream
                Close    stop and forget the job                  Refused  can not run this job

Every `Tokens` message of a job is numbered by its sender, per destination: a receiver drops
what it has seen and refuses a gap. `Credit` is the acknowledgement: what the reader has taken
comes back as bytes the sender may send on top.

Messages are plain values; `encode` and `decode` turn them into one head and the raw buffers
that travel beside it, so an array is never copied into a message.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import msgspec

from dfm.errors import CorruptMessage

APPLICATION = ""
"""The destination of yields. Sites have names; the application has none."""


class Kind(IntEnum):
    """What a token package holds."""

    VALUE = 0
    ABSENT = 1
    FAILURE = 2
    """The payload is the packed `Failure`; ends a stream that was open at this frame."""
    STREAM = 3
    """A stream begins at this frame; its items follow in `ITEMS`, then `END` or `FAILURE`."""
    ITEMS = 4
    """A list of items; the last number of the frame is the index of the first of them."""
    END = 5
    """The stream of this frame is complete; `count` says how many items it had."""
    PROGRESS = 6
    """`count` more iterations, in this frame, of the loop named `place` are done at the sender."""


_OF_ITERATIONS = (Kind.VALUE, Kind.FAILURE)


class TokenPackage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A token in its envelope: for which place (or yield), in which frame, and its packed value.

    `buffers` are the raw buffers of the value; in an encoded message they are replaced by
    their number, and travel beside the head.
    """

    place: str
    frame: tuple[int, ...]
    kind: int = Kind.VALUE
    head: bytes = b""
    buffers: Any = ()
    count: int = 0

    @property
    def size(self) -> int:
        """Bytes it takes on a link, envelope included (estimated at 32)."""
        return 32 + len(self.head) + sum(map(len, self.buffers))

    @property
    def needs_credit(self) -> bool:
        """Whether, on the way to the application, it counts against the sender's window.

        Items of streams do, and what iterations of loops yield; calls in flight bound the rest.
        """
        return self.kind == Kind.ITEMS or (len(self.frame) > 1 and self.kind in _OF_ITERATIONS)


class JobSubmission(msgspec.Struct, frozen=True, array_like=True, tag="submit"):
    """What a worker is sent to run its part of a job; `net` is None when it has that net."""

    job_id: str
    homesite: str
    pipeline_api_version: str
    fingerprint: str
    net: str | None


class Tokens(msgspec.Struct, frozen=True, array_like=True, tag="tokens"):
    """Tokens of one job, from `source` to `target`; an empty name is the application.

    `labels` say of places what their tokens are made of from now on, as (site, operation), where
    that is news to the target; see `federation/policies.py`.

    `sent_at` is when it left, by `time.monotonic()` of its sender, which all processes of a machine
    share: a target whose sites are on others sets it to what it would be on the receiver's clock,
    or to 0, which says nothing.
    """

    job_id: str
    source: str
    target: str
    number: int
    packages: list[TokenPackage]
    sent_at: float = 0.0
    labels: dict[str, list[tuple[str, str]]] = {}


class Credit(msgspec.Struct, frozen=True, array_like=True, tag="credit"):
    """The reader at `source` has taken `size` bytes that `target` had sent.

    A site says of which stream, by its place and frame; the application does not.
    """

    job_id: str
    source: str
    target: str
    size: int
    place: str = ""
    frame: tuple[int, ...] = ()


class Unwanted(msgspec.Struct, frozen=True, array_like=True, tag="unwanted"):
    """The readers at `source` want no more of a stream that `target` sends."""

    job_id: str
    source: str
    target: str
    place: str
    frame: tuple[int, ...]


class StepMeasure(msgspec.Struct, frozen=True, array_like=True):
    """What some runs of one step took, as medians: of one run, seconds, and bytes in and out."""

    name: str
    count: int
    seconds: float
    bytes_in: int
    bytes_out: int


class LinkMeasure(msgspec.Struct, frozen=True, array_like=True):
    """A message that came in: from where, its bytes, and the seconds that it was under way."""

    source: str
    bytes: int
    seconds: float


class Done(msgspec.Struct, frozen=True, array_like=True, tag="done"):
    """Calls that are complete at a site, and the packed `Failure` of those that failed there.

    `steps` and `links` are what was measured at the site since the last such message.
    """

    job_id: str
    source: str
    calls: list[int]
    failures: dict[int, bytes]
    steps: list[StepMeasure] = []
    links: list[LinkMeasure] = []


class Refused(msgspec.Struct, frozen=True, array_like=True, tag="refused"):
    """A site can not run this job at all; `failure` is the packed reason."""

    job_id: str
    source: str
    failure: bytes


class Close(msgspec.Struct, frozen=True, array_like=True, tag="close"):
    """The job is over: forget it, and stop what still runs of it."""

    job_id: str


Message = JobSubmission | Tokens | Credit | Unwanted | Done | Refused | Close

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> tuple[bytes, list[Any]]:
    """Return the head of a message and the raw buffers that travel beside it."""
    buffers: list[Any] = []
    if isinstance(message, Tokens) and any(p.buffers for p in message.packages):
        packages = []
        for package in message.packages:
            buffers.extend(package.buffers)
            packages.append(msgspec.structs.replace(package, buffers=len(package.buffers)))
        message = msgspec.structs.replace(message, packages=packages)
    return _ENCODER.encode(message), buffers


def decode(head: bytes | memoryview, buffers: Sequence[Any] = ()) -> Message:
    """Return the message of a head and its buffers.

    Raises:
        CorruptMessage: when the head is not a message, or names other buffers than came.
    """
    try:
        message: Message = _DECODER.decode(head)
    except msgspec.MsgspecError as error:
        raise CorruptMessage(f"a message that can not be read: {error}") from error
    if not isinstance(message, Tokens):
        return message
    taken = 0
    for index, package in enumerate(message.packages):
        if package.buffers == () or package.buffers == []:
            continue
        if not isinstance(package.buffers, int) or taken + package.buffers > len(buffers):
            raise CorruptMessage(f"a token for {package.place!r} names buffers that did not come")
        own = tuple(buffers[taken : taken + package.buffers])
        taken += package.buffers
        message.packages[index] = msgspec.structs.replace(package, buffers=own)
    return message
