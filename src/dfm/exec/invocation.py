"""One call to be made, and the two who are told of it: its job, and an observer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from dfm.exec.measures import Run
from dfm.exec.streams import Reader, Stream
from dfm.net.frame import Path
from dfm.net.model import Call
from dfm.net.token import Failure


class Outcome(Protocol):
    """Where the outcome of a call is told, from any thread."""

    @property
    def job_id(self) -> str:
        """The job of the call."""

    @property
    def closed(self) -> bool:
        """Whether nobody wants the outcome any more."""

    def call_ended(self, call: Invocation, token: Any) -> None:
        """The call has its token."""

    def stream_began(self, call: Invocation, stream: Stream) -> None:
        """The call's token is a stream that produces from now on."""

    def stream_ended(self, call: Invocation, failure: Failure | None) -> None:
        """The stream has produced all it will."""


class Observer(Protocol):
    """Sees calls begin and end, on adapter threads. Must be quick and must not raise."""

    def call_began(self, job_id: str, operation: str, frame: Path) -> object:
        """An adapter's body is about to run; what is returned is given to `call_ended`."""

    def call_ended(self, mark: object) -> None:
        """The body has returned or raised."""

    def call_failed(
        self,
        job_id: str,
        operation: str,
        frame: Path,
        attempt: int,
        error_text: str,
        will_repeat: bool,
    ) -> None:
        """An attempt at a call, from 1, has failed; if `will_repeat`, another one follows."""


@contextmanager
def observed(call: Invocation, observer: Observer | None) -> Iterator[None]:
    """Tell an observer, if there is one, that the call's own code runs inside the block."""
    if observer is None:
        yield
        return
    mark = observer.call_began(call.job.job_id, call.call.operation, call.frame)
    try:
        yield
    finally:
        observer.call_ended(mark)


class Invocation:
    """One call to be made, and who wants its result.

    `readers` transitions read it, and if it is `awaited` others wait for it. It is packed if it
    `packs`, for the wire, and then the value itself is `kept` only if something here reads it.
    `copies` are inputs for further attempts, and `key` is that of the result in the site's cache.
    `run` is what it took, once its operation has run for it and that was a success.
    """

    __slots__ = (
        "awaited", "call", "copies", "frame", "inputs", "job", "kept", "key", "number", "packs",
        "readers", "run", "stream",
    )  # fmt: skip

    def __init__(
        self,
        job: Outcome,
        frame: Path,
        number: int,
        call: Call,
        inputs: dict[str, Any],
        *,
        readers: int,
        awaited: bool,
        packs: bool,
        kept: bool,
    ) -> None:
        self.job = job
        self.frame = frame
        self.number = number
        self.call = call
        self.inputs = {k: v.claim() if isinstance(v, Stream) else v for k, v in inputs.items()}
        self.readers = readers
        self.awaited = awaited
        self.packs = packs
        self.kept = kept
        self.stream: Stream | None = None
        self.copies: dict[str, Any] | None = None
        self.key: str | None = None
        self.run: Run | None = None

    def let_go(self) -> None:
        """Close the streams it read and drop its inputs."""
        for value in self.inputs.values():
            if isinstance(value, Reader):
                value.close()
        self.inputs = {}
        self.copies = None
