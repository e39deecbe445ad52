"""One job at one site: its net runner, and everything the runner asks for.

Lives on the site's event loop. Adapter calls, selections and packing that may run the
owner's code go to other threads, and come back through the mailbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from dfm.errors import InternalError
from dfm.exec.calls import CallRunner
from dfm.exec.errands import Errands, Inputs
from dfm.exec.feeder import Feeder, FeederTools, feed
from dfm.exec.invocation import Invocation
from dfm.exec.keeping import Keeping
from dfm.exec.mailbox import Mailbox
from dfm.exec.net_runner import NetRunner
from dfm.exec.program import Program
from dfm.exec.router import Router
from dfm.exec.stream_links import IncomingStreams, SenderTools, StreamSender
from dfm.exec.streams import Stream
from dfm.exec.values import packed_of, value_of
from dfm.net.frame import Path
from dfm.net.items import items_of
from dfm.net.loops import Loop
from dfm.net.outcomes import Where
from dfm.net.token import ABSENT, Absence, Count, Failure
from dfm.net.token import Stream as StreamMark
from dfm.net.transitions import Ask, Branch, Call, Let, Lookup, Send, Store, Yield, whole
from dfm.wire import Codecs, Packed
from dfm.wire.messages import APPLICATION, Kind, TokenPackage
from dfm.wire.numbering import Numbering

_READ_IT = "an operation that reads the stream"


class JobController:
    """Runs one job at one site: the `Effects` of its net runner, the `Outcome` of its calls.

    `whose` says whose values it finds in the site's cache.
    """

    def __init__(
        self,
        job_id: str,
        program: Program,
        router: Router,
        calls: CallRunner,
        codecs: Codecs,
        mailbox: Mailbox,
        whose: str = "",
    ) -> None:
        self._job_id = job_id
        self._router = router
        self._calls = calls
        self._codecs = codecs
        self._mailbox = mailbox
        self._runner = NetRunner(program, self)
        self._program = program
        self._site = program.site
        self._errands = Errands(calls.errands, mailbox, codecs, program.site)
        self._keeping = Keeping(
            job_id,
            program.net,
            calls.cache,
            calls.flights,
            self._errands,
            codecs,
            router.egress,
            whose,
        )
        self._feeders: dict[tuple[Path, int], Feeder] = {}
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
        for feeder in self._feeders.values():
            feeder.stop()
        self._keeping.close()

    # -- tokens that arrive ------------------------------------------------------------------

    def receive(self, source: str, packages: list[TokenPackage]) -> None:
        """Take tokens from the application or another site."""
        for package in packages:
            self._receive_one(source, package)

    def _receive_one(self, source: str, package: TokenPackage) -> None:
        place, frame = package.place, package.frame
        match package.kind:
            case Kind.VALUE:
                packed = Packed(package.head, tuple(package.buffers))
                is_count = place in self._program.counts
                token = self._codecs.unpack(packed) if is_count else packed
                self._runner.put(frame, place, token)
            case Kind.ABSENT:
                self._runner.put(frame, place, ABSENT)
            case Kind.FAILURE:
                failure = self._codecs.unpack(Packed(package.head))
                if self._incoming.has(place, frame):
                    self._end_stream(place, frame, failure)
                else:
                    self._runner.put(frame, place, failure)
            case Kind.STREAM:
                readers, awaited = self._program.wanted(place)
                stream = self._incoming.begin(
                    source, place, frame, readers=readers, awaited=awaited
                )
                self._runner.put(frame, place, stream)
            case Kind.ITEMS:
                self._incoming.items(source, package)
            case Kind.END:
                self._end_stream(place, frame, None)
            case Kind.PROGRESS:
                self._runner.progress(frame, place, source, package.count)
            case _:
                raise InternalError(f"a token of unknown kind {package.kind}")

    def _end_stream(self, place: str, frame: Path, failure: Failure | None) -> None:
        made_here = self._incoming.end(place, frame, failure)
        self._runner.stream_ended(frame, place, made_here)

    def unwanted(self, target: str, place: str, frame: Path) -> None:
        """Learn that a site wants no more of a stream that it is being sent."""
        if sender := self._outgoing.get((target, place, frame)):
            sender.stop()

    # -- outcomes of calls (from any thread) --------------------------------------------------

    def call_ended(self, call: Invocation, token: Any) -> None:
        """The call has its token."""
        self._mailbox.post(self._call_ended, call, token)

    def stream_began(self, call: Invocation, stream: Stream) -> None:
        """The call's token is a stream."""
        self._mailbox.post(self._stream_began, call, stream)

    def stream_ended(self, call: Invocation, failure: Failure | None) -> None:
        """The stream has produced all it will."""
        self._mailbox.post(self._stream_ended, call, failure)

    def _call_ended(self, call: Invocation, token: Any) -> None:
        if not self._closed:
            self._measured(call)
            self._runner.filled(call.frame, call.number, token)

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
            self._measured(call)
            place = self._program.output(call.number)
            self._runner.stream_ended(call.frame, place, failure)

    def _measured(self, call: Invocation) -> None:
        if call.run is not None:
            self._router.measures.ran(call.call, call.run)

    # -- effects: calls ----------------------------------------------------------------------

    def call(self, frame: Path, number: int, call: Call, inputs: Inputs) -> None:
        """Run an operation."""
        self._calls.start(self._invocation(frame, number, call, inputs))

    def ask(self, frame: Path, number: int, ask: Ask) -> None:
        """Ask an adapter for advice."""
        call = Call(ask.output, ask.operation, ask.provider, ask.arguments, node=ask.node)
        self._calls.ask(self._invocation(frame, number, call, {}))

    def relay(self, frame: Path, number: int, stream: StreamMark) -> None:
        """Let a stream go on under the name of another place."""
        place = self._program.output(number)
        call = Call(place, getattr(stream, "operation", ""), node=getattr(stream, "node", None))
        self._calls.relay(self._invocation(frame, number, call, {"stream": stream}))

    def _invocation(self, frame: Path, number: int, call: Call, inputs: Inputs) -> Invocation:
        readers, awaited = self._program.wanted(call.output)
        packs, keeps = self._program.carried(number)
        return Invocation(
            self,
            frame,
            number,
            call,
            inputs,
            readers=readers,
            awaited=awaited,
            packs=packs,
            kept=keeps,
        )

    # -- effects: values ---------------------------------------------------------------------

    def compose(self, frame: Path, number: int, let: Let, inputs: Inputs) -> None:
        """Make a value of values."""
        where, answer = self._errands.where(frame, let), partial(self._filled, frame, number)
        if not self._errands.refuse_streams(where, inputs, answer, hint=_READ_IT):
            self._make(where, number, lambda: self._errands.fill(let.value, inputs))

    def gather(self, frame: Path, number: int, tokens: list[Any]) -> None:
        """Make a list of values."""
        self._make(Where(self._site, frame), number, lambda: self._errands.listed(tokens))

    def decide(self, frame: Path, number: int, branch: Branch, inputs: Inputs) -> None:
        """Evaluate a condition."""
        where = self._errands.where(frame, branch)
        answer = self._open(self._runner.decided, frame, number)
        if not self._errands.refuse_streams(where, inputs, answer, of="condition", hint=_READ_IT):
            self._errands.run(where, lambda: self._errands.holds(branch, inputs), answer)

    def look_up(self, frame: Path, number: int, lookup: Lookup, inputs: Inputs) -> None:
        """Look into the site's cache."""
        where = self._errands.where(frame, lookup)
        answer = self._open(self._runner.looked_up, frame, number)
        if not self._errands.refuse_streams(where, inputs, answer, of="key", hint=_READ_IT):
            self._keeping.look_up(frame, lookup, inputs, answer)

    def store(self, frame: Path, number: int, store: Store, inputs: Inputs) -> None:
        """Put a value into the site's cache."""
        where, answer = self._errands.where(frame, store), partial(self._filled, frame, number)
        if self._errands.refuse_streams(where, inputs, answer, of="kept value", hint=_READ_IT):
            self._keeping.let_go(frame, store)
        else:
            self._keeping.store(frame, store, inputs, answer)

    def not_stored(self, frame: Path, store: Store) -> None:
        """Let others look for the key."""
        self._keeping.let_go(frame, store)

    def _make(self, where: Where, number: int, make: Callable[[], Any]) -> None:
        packs, keeps = self._program.carried(number)
        token = self._errands.token
        self._errands.run(
            where,
            lambda: token(make(), packs=packs, keeps=keeps),
            partial(self._filled, where.frame, number),
        )

    def _open(
        self, answer: Callable[[Path, int, Any], None], frame: Path, number: int
    ) -> Callable[[Any], None]:
        """Return a function that passes an answer on, as long as the job is not over."""

        def pass_on(result: Any) -> None:
            if not self._closed:
                answer(frame, number, result)

        return pass_on

    # -- effects: loops ----------------------------------------------------------------------

    def go_through(self, frame: Path, number: int, loop: Loop, token: Any) -> None:
        """Begin to go through a sequence."""
        if refusal := self._router.loop_refusal(loop, frame):
            if isinstance(token, Stream):
                token.abandon()
            over = self._open(self._runner.items_over, frame, number)
            self._mailbox.post(over, refusal)
            return
        stream, where = token, self._errands.where(frame, loop)
        if not isinstance(token, Stream) or (loop.source is not None and loop.source.path):
            if isinstance(token, Stream):
                token.abandon()
            stream = Stream(1)
            self._calls.errands.submit(feed, stream, partial(self._items_of, loop, token), where)
        tools = FeederTools(self._codecs, self._mailbox, self._calls.errands, where)
        index, place = self._program.home[loop.item]
        scope = self._program.scopes[index]
        self._feeders[frame, number] = Feeder(
            stream.claim(),
            tools,
            partial(self._runner.items, frame, number),
            partial(self._items_over, frame, number),
            pack=scope.packs[place],
            keep=scope.keeps[place],
        )

    def grant(self, frame: Path, number: int, count: int) -> None:
        """Let a loop have that many more items."""
        if feeder := self._feeders.get((frame, number)):
            feeder.grant(count)

    def iterations_done(self, frame: Path, loop: Loop, count: int) -> None:
        """Tell the leader of a loop that more iterations are done here."""
        self._router.route(loop.leader, loop.item, frame, Kind.PROGRESS, None, count)

    def _items_of(self, loop: Loop, token: Any) -> Iterator[Any]:
        value = value_of(token, self._codecs)
        return items_of(value if loop.source is None else loop.source.of(value), loop.dim)

    def _items_over(self, frame: Path, number: int, failure: Failure | None) -> None:
        del self._feeders[frame, number]
        self._runner.items_over(frame, number, failure)

    # -- effects: sending --------------------------------------------------------------------

    def send(self, frame: Path, number: int, send: Send, token: Any) -> None:
        """Copy a token to another site."""
        self._dispatch(send.to, send.place, frame, number, token)

    def hand_over(
        self, frame: Path, number: int, hand_over: Yield, inputs: Inputs | Failure | Absence
    ) -> None:
        """Hand a value, or an error, to the application, as soon as it has room."""
        if self._closed:
            return
        refusal = None
        if isinstance(inputs, Absence):
            # Told of what is not reached too, or it would tell whether that is reached.
            refusal = self._router.refusal(APPLICATION, hand_over.name, frame)
            if refusal is None:
                self._runner.fired(frame, number)
                return
        if len(frame) > 1 and not self._router.has_room(APPLICATION):
            later = partial(self.hand_over, frame, number, hand_over, inputs)
            self._router.when_room(APPLICATION, later)
            return
        if refusal is not None:
            self._dispatch(APPLICATION, hand_over.name, frame, number, refusal, is_made=True)
        elif isinstance(inputs, (Failure, Absence)):
            self._dispatch(APPLICATION, hand_over.name, frame, number, inputs)
        elif (place := whole(hand_over.value)) is not None:
            self._dispatch(APPLICATION, hand_over.name, frame, number, inputs[place])
        else:
            self._compose_yield(frame, number, hand_over, inputs)

    def hand_over_failure(self, frame: Path, hand_over: Yield, failure: Failure) -> None:
        """Hand over the error of a loop that had no more iterations."""
        self._router.route_failure(APPLICATION, hand_over.name, frame, failure)

    def frame_done(self, frame: Path, failures: list[Failure]) -> None:
        """Tell home that a call is complete here."""
        self._router.done(frame[0], Failure.merged(failures) if failures else None)

    def _compose_yield(self, frame: Path, number: int, hand_over: Yield, inputs: Inputs) -> None:
        def made(result: Any) -> None:
            if self._closed:
                return
            self._dispatch(APPLICATION, hand_over.name, frame, number, result, is_made=True)

        where = self._errands.where(frame, hand_over)
        hint = "yielding it alone"
        if not self._errands.refuse_streams(where, inputs, made, of="yielded value", hint=hint):
            self._errands.run(
                where,
                lambda: self._codecs.pack(self._errands.fill(hand_over.value, inputs)),
                made,
            )

    def _dispatch(
        self,
        target: str,
        place: str,
        frame: Path,
        number: int,
        token: Any,
        *,
        is_made: bool = False,
    ) -> None:
        """Send a token; a failure that `is_made` here is remembered as such."""
        failure, refusal = None, None
        if isinstance(token, Stream):
            self._send_stream(target, place, frame, number, token)
            return
        if isinstance(token, Failure):
            failure = token if is_made else None
            self._router.route_failure(target, place, frame, token)
        elif isinstance(token, Absence):
            refusal = self._router.route(target, place, frame, Kind.ABSENT)
        elif isinstance(token, Count):
            refusal = self._router.route_count(target, place, frame, token)
        else:
            packed = packed_of(token, self._codecs)
            refusal = self._router.route(target, place, frame, Kind.VALUE, packed)
        if refusal is not None:
            self._router.route_failure(target, place, frame, refusal)
        self._runner.fired(frame, number, refusal or failure)

    def _send_stream(
        self, target: str, place: str, frame: Path, number: int, stream: Stream
    ) -> None:
        if refusal := self._router.route(target, place, frame, Kind.STREAM):
            stream.abandon()
            self._router.route_failure(target, place, frame, refusal)
            self._runner.fired(frame, number, refusal)
            return
        key = (target, place, frame)

        def ended(failure: Failure | None) -> None:
            self._outgoing.pop(key, None)
            if not self._closed:
                self._runner.fired(frame, number, failure)

        tools = SenderTools(
            self._router, self._codecs, self._mailbox, self._calls.errands, self._site
        )
        sender = StreamSender(stream.claim(), target, place, frame, tools, ended)
        self._outgoing[key] = sender
        sender.go_on()
