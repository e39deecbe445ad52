"""What an application sees of a job: tokens, in the order in which they became true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from dfm.api import NodeId
from dfm.errors import CorruptMessage
from dfm.net.advice import Advice
from dfm.net.frame import Frame, Path
from dfm.net.model import DISCOVERY_PLACE_NAME, Yield
from dfm.net.token import Failure
from dfm.wire import Codecs, Packed
from dfm.wire.messages import Kind, TokenPackage


class JobStatus(IntEnum):
    """Where a job is. FINISHED, FAILED, CANCELLED and LOST are ends; a job has exactly one of them.

    ABORTED is no status of a job but a way to ask: it equals every end that is not FINISHED.
    UNKNOWN is that of a job which a session does not know.

    >>> JobStatus.LOST == JobStatus.ABORTED, JobStatus.LOST == JobStatus.FAILED
    (True, False)
    >>> JobStatus.FAILED in {JobStatus.FINISHED, JobStatus.ABORTED}
    True
    """

    UNKNOWN = -1
    SUBMITTED = 0
    RUNNING = 1
    FINISHED = 2
    FAILED = 3
    CANCELLED = 4
    LOST = 5
    ABORTED = 6

    def __str__(self) -> str:
        return self.name

    __format__ = Enum.__format__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, JobStatus) and "ABORTED" in (self.name, other.name):
            return int(self) > 2 and int(other) > 2
        return int.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        # What equals ABORTED has its hash, so that it is found in `{FINISHED, ABORTED}`.
        return hash(min(int(self), 3))

    @property
    def is_end(self) -> bool:
        """Whether the job will not change any more."""
        return self >= JobStatus.FINISHED


@dataclass(frozen=True, slots=True)
class Token:
    """One value for the application: where it was yielded to, in which frame, and from where."""

    place: str
    frame: Frame
    value: Any
    from_site: str
    from_node: int | str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A package as it came, not yet unpacked; `credit` is what its reader gives back for it."""

    site: str
    package: TokenPackage
    credit: int = 0


@dataclass(frozen=True, slots=True)
class CallEnd:
    """A call is complete; `failure` has its errors."""

    call: int
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class YieldedFailure:
    """A yield has an error instead of a value (for a stream: after its items)."""

    place: str
    frame: Path
    from_site: str
    from_node: int | str | None
    failure: Failure


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """A stream that was yielded is complete."""

    name: str
    frame: Path


def tokens_of(
    arrival: Arrival, yields: Mapping[str, tuple[str, Yield]], codecs: Codecs
) -> Iterator[Token | YieldedFailure | StreamEnd]:
    """Unpack a package into what it says; a chunk of a stream is several tokens."""
    package = arrival.package
    _, hand_over = yields[package.place]
    frame = package.frame
    match package.kind:
        case Kind.VALUE:
            value = codecs.unpack(Packed(package.head, tuple(package.buffers)))
            if hand_over.place == DISCOVERY_PLACE_NAME:
                value = _answers(value)
            yield Token(hand_over.place, Frame(frame), value, arrival.site, hand_over.node)
        case Kind.ITEMS:
            items = codecs.unpack(Packed(package.head, tuple(package.buffers)))
            outer, first = frame[:-1], frame[-1]
            for index, item in enumerate(items, first):
                yield Token(
                    hand_over.place, Frame((*outer, index)), item, arrival.site, hand_over.node
                )
        case Kind.FAILURE:
            failure = codecs.unpack(Packed(package.head))
            yield YieldedFailure(hand_over.place, frame, arrival.site, hand_over.node, failure)
        case Kind.END | Kind.STREAM:
            yield StreamEnd(package.place, frame)
        case _:
            return


def _answers(value: Any) -> list[tuple[NodeId, str | None, Advice | None]]:
    """Return what a site advises, with the ids of statements as applications know them."""
    try:
        answers = [(NodeId(ident=node), provider, advice) for node, provider, advice in value]
    except (TypeError, ValueError) as error:
        raise CorruptMessage(f"this is no list of advice: {value!r:.80}") from error
    for _, provider, advice in answers:
        if not isinstance(provider, str | None) or not isinstance(advice, Advice | None):
            raise CorruptMessage(f"this is no advice: {(provider, advice)!r:.80}")
    return answers
