"""One job at one site: its net runner, and everything the runner asks for.

Lives on the site's event loop. Adapter calls, selections and packing that may run the
owner's code go to other threads, and come back through the mailbox.
"""

from __future__ import annotations

from typing import Any

from dfm.errors import InternalError, NoCodec
from dfm.exec.calls import CallRunner, filled
from dfm.exec.failures import failure_of
from dfm.exec.invocation import Invocation
from dfm.exec.mailbox import Mailbox
from dfm.exec.net_runner import NetRunner
from dfm.exec.program import Program
from dfm.exec.router import Router
from dfm.exec.stream_links import IncomingStreams, SenderTools, StreamSender
from dfm.exec.streams import Stream
from dfm.exec.values import packed_of, value_of
from dfm.net.frame import Path
from dfm.net.model import Call, Select, Send, Yield
from dfm.net.template import Ref
from dfm.net.token import ABSENT, Absence, Failure
from dfm.wire import Codecs, Packed
from dfm.wire.messages import APPLICATION, Kind, TokenPackage
from dfm.wire.numbering import Numbering


class JobController:
    """Runs one job at one site: the `Effects` of its net runner, the `Outcome` of its calls."""

    def __init__(
        self,
        job_id: str,
        program: Program,
        router: Router,
        calls: CallRunner,
        codecs: Codecs,
        mailbox: Mailbox,
    ) -> None:
        self._job_id = job_id
        self._router = router
        self._calls = calls
        self._codecs = codecs
        self._mailbox = mailbox
        self._runner = NetRunner(program, self)
        self._program = program
        self._site = program.net.site
        self.arrived = Numbering()
        self._closed = False
        self._streams: set[Stream] = set()
        self._incoming = IncomingStreams(router, codecs, mailbox)
        self._outgoing: dict[tuple[str, str, Path], StreamSender] = {}

    @property
    def job_id(self) -> str:
        """The job."""
        return self._job_id

    @property
    def closed(self) -> bool:
        """Whether the job is over here."""
        return self._closed

    @property
    def router(self) -> Router:
        """Where its tokens leave."""
        return self._router

    def close(self) -> None:
        """Stop what still runs of the job, and forget it."""
        self._closed = True
        self._calls.cancel(self._job_id)
        for stream in [*self._streams, *self._incoming.streams]:
            stream.stop()
        for sender in list(self._outgoing.values()):
            sender.stop()

    # -- tokens that arrive ------------------------------------------------------------------

    def receive(self, source: str, packages: list[TokenPackage]) -> int:
        """Take tokens from the application or another site; return bytes of items to credit now."""
        credit = 0
        for package in packages:
            credit += self._receive_one(source, package)
        return credit

    def _receive_one(self, source: str, package: TokenPackage) -> int:
        place, frame = package.place, package.frame
        match package.kind:
            case Kind.VALUE:
                self._runner.put(frame, place, Packed(package.head, tuple(package.buffers)))
            case Kind.ABSENT:
                self._runner.put(frame, place, ABSENT)
            case Kind.FAILURE:
                failure = self._codecs.unpack(Packed(package.head))
                if self._incoming.end(place, frame, failure):
                    self._runner.stream_ended(frame, self._program.place[place], None)
                else:
                    self._runner.put(frame, place, failure)
            case Kind.STREAM:
                number = self._program.place[place]
                readers, awaited = self._wanted(number)
                stream = self._incoming.begin(
                    source, place, frame, readers=readers, awaited=awaited
                )
                self._runner.put(frame, place, stream)
            case Kind.ITEMS:
                return self._incoming.items(source, package)
            case Kind.END:
                if self._incoming.end(place, frame, None):
                    self._runner.stream_ended(frame, self._program.place[place], None)
            case _:
                raise InternalError(f"a token of unknown kind {package.kind}")
        return 0

    def unwanted(self, target: str, place: str, frame: Path) -> None:
        """Learn that a site wants no more of a stream that it is being sent."""
        if sender := self._outgoing.get((target, place, frame)):
            sender.stop()

    def _wanted(self, place: int) -> tuple[int, bool]:
        """Return how many transitions read a place, and whether any only waits for it."""
        return len(self._program.readers[place]), bool(self._program.followers[place])

    # -- outcomes of calls (from any thread) --------------------------------------------------

    def call_ended(self, call: Invocation, token: Any) -> None:
        """The call has its token."""
        self._mailbox.post(self._filled, call.frame, call.number, token)

    def stream_began(self, call: Invocation, stream: Stream) -> None:
        """The call's token is a stream."""
        self._mailbox.post(self._stream_began, call, stream)

    def stream_ended(self, call: Invocation, failure: Failure | None) -> None:
        """The stream has produced all it will."""
        self._mailbox.post(self._stream_ended, call, failure)

    def _filled(self, frame: Path, number: int, token: Any) -> None:
        if not self._closed:
            self._runner.filled(frame, number, token)

    def _stream_began(self, call: Invocation, stream: Stream) -> None:
        if self._closed:
            stream.stop()
            return
        self._streams.add(stream)
        call.stream = stream
        self._runner.filled(call.frame, call.number, stream)

    def _stream_ended(self, call: Invocation, failure: Failure | None) -> None:
        if call.stream is not None:
            self._streams.discard(call.stream)
        if not self._closed:
            place = self._program.outputs[call.number]
            self._runner.stream_ended(call.frame, place, failure)

    # -- effects -----------------------------------------------------------------------------

    def call(self, frame: Path, number: int, call: Call, inputs: dict[str, Any]) -> None:
        """Run an operation."""
        place = self._program.outputs[number]
        readers, awaited = self._wanted(place)
        invocation = Invocation(
            self,
            frame,
            number,
            call,
            inputs,
            readers=readers,
            awaited=awaited,
            packs=self._program.packs[place],
            kept=any(map(self._program.keeps, self._program.readers[place])),
        )
        self._calls.start(invocation)

    def select(self, frame: Path, number: int, select: Select, value: Any) -> None:
        """Take a part of a value: here when that is plain indexing, else on a thread."""
        if isinstance(value, Stream):
            value.abandon()
            error = NoCodec(
                "a part of a stream can not be taken", hint="an operation that reads the stream"
            )
            self._mailbox.post(self._filled, frame, number, failure_of(error, site=self._site))
            return
        self._calls.errands.submit(self._select, frame, number, select.source, value)

    def _select(self, frame: Path, number: int, ref: Ref, token: Any) -> None:
        result: Any
        try:
            result = self._codecs.pack(ref.of(value_of(token, self._codecs)))
        except Exception as error:  # noqa: BLE001  (selecting runs the value's own code)
            result = failure_of(error, site=self._site)
        self._mailbox.post(self._filled, frame, number, result)

    def send(self, frame: Path, send: Send, token: Any) -> None:
        """Copy a token to another site."""
        self._dispatch(send.to, send.place, frame, token)

    def hand_over(self, frame: Path, hand_over: Yield, inputs: dict[str, Any]) -> None:
        """Hand a value to the application."""
        template = hand_over.value
        streams = [token for token in inputs.values() if isinstance(token, Stream)]
        if isinstance(template, Ref) and not template.path:
            self._dispatch(APPLICATION, hand_over.name, frame, inputs[template.place])
        elif streams:
            self._refuse_parts_of_streams(frame, hand_over, streams)
        else:
            self._calls.errands.submit(self._compose, frame, hand_over, inputs)

    def _refuse_parts_of_streams(
        self, frame: Path, hand_over: Yield, streams: list[Stream]
    ) -> None:
        for stream in streams:
            stream.abandon()
        error = NoCodec("a stream can not be a part of a yielded value", hint="yielding it alone")
        self._composed(frame, hand_over, failure_of(error, site=self._site))

    def hand_over_failure(self, frame: Path, hand_over: Yield, failure: Failure) -> None:
        """Hand an error to the application."""
        self._router.route(
            APPLICATION, hand_over.name, frame, Kind.FAILURE, self._codecs.pack(failure)
        )

    def frame_done(self, frame: Path, failures: list[Failure]) -> None:
        """Tell home that a call is complete here."""
        self._router.done(frame[0], Failure.merged(failures) if failures else None)

    # -- sending -----------------------------------------------------------------------------

    def _compose(self, frame: Path, hand_over: Yield, inputs: dict[str, Any]) -> None:
        """Fill and pack what a yield of several values hands over; on a pool thread."""
        result: Packed | Failure
        try:
            values = {place: value_of(token, self._codecs) for place, token in inputs.items()}
            result = self._codecs.pack(filled(hand_over.value, values, self._codecs))
        except Exception as error:  # noqa: BLE001  (as in `_select`)
            result = failure_of(error, site=self._site)
        self._mailbox.post(self._composed, frame, hand_over, result)

    def _composed(self, frame: Path, hand_over: Yield, result: Packed | Failure) -> None:
        if self._closed:
            return
        if isinstance(result, Failure):
            self.hand_over_failure(frame, hand_over, result)
            self._runner.fired(frame, result)
        else:
            self._dispatch(APPLICATION, hand_over.name, frame, result)

    def _dispatch(self, target: str, place: str, frame: Path, token: Any) -> None:
        if isinstance(token, Stream):
            self._send_stream(target, place, frame, token)
            return
        if isinstance(token, Failure):
            packed = self._codecs.pack(token)
            self._router.route(target, place, frame, Kind.FAILURE, packed)
        elif isinstance(token, Absence):
            self._router.route(target, place, frame, Kind.ABSENT)
        else:
            packed = packed_of(token, self._codecs)
            self._router.route(target, place, frame, Kind.VALUE, packed)
        self._runner.fired(frame)

    def _send_stream(self, target: str, place: str, frame: Path, stream: Stream) -> None:
        self._router.route(target, place, frame, Kind.STREAM)
        key = (target, place, frame)

        def ended(failure: Failure | None) -> None:
            self._outgoing.pop(key, None)
            if not self._closed:
                self._runner.fired(frame, failure)

        tools = SenderTools(
            self._router, self._codecs, self._mailbox, self._calls.errands, self._site
        )
        sender = StreamSender(stream.claim(), target, place, frame, tools, ended)
        self._outgoing[key] = sender
        sender.go_on()
