"""The runner of one net in one job: tokens in, transitions fired, effects out.

A state machine without clock, thread or socket. It is told of tokens (`put`) and says what
must be done (`Effects`); the answer comes back as another token. Each frame has one table of
tokens and one count of what has not fired yet, so a frame is finished when the count is zero.
The iterations of a loop are frames too; a loop is one entry of the frame around it.

It never looks into values: calling adapters, evaluating, packing and sending are effects.
"""

from __future__ import annotations

from typing import Any, Protocol

from dfm.exec.frames import FrameState, LoopState
from dfm.exec.marking import Marking
from dfm.exec.program import Program
from dfm.net.frame import Path
from dfm.net.loops import Ended, Gather, Last, Loop, Previous, yields_in
from dfm.net.token import ABSENT, Absence, Count, Failure, Stream
from dfm.net.transitions import (
    Ask,
    Branch,
    Call,
    Join,
    Let,
    Lookup,
    Send,
    Signal,
    Store,
    Yield,
    whole,
)

Inputs = dict[str, Any]


class Effects(Protocol):
    """What a net runner asks of its site. None of it may block."""

    def call(self, frame: Path, number: int, call: Call, inputs: Inputs) -> None:
        """Run an operation; answer with `filled`."""

    def ask(self, frame: Path, number: int, ask: Ask) -> None:
        """Ask an adapter for advice; answer with `filled`."""

    def compose(self, frame: Path, number: int, let: Let, inputs: Inputs) -> None:
        """Make a value of values; answer with `filled`."""

    def decide(self, frame: Path, number: int, branch: Branch, inputs: Inputs) -> None:
        """Evaluate a condition; answer with `decided`."""

    def look_up(self, frame: Path, number: int, lookup: Lookup, inputs: Inputs) -> None:
        """Look into the cache; answer with `looked_up`."""

    def store(self, frame: Path, number: int, store: Store, inputs: Inputs) -> None:
        """Put a value into the cache; answer with `filled`."""

    def not_stored(self, frame: Path, store: Store) -> None:
        """Say that there is nothing to store; there is no answer."""

    def relay(self, frame: Path, number: int, stream: Stream) -> None:
        """Let a stream go on under another name; answer with `filled`."""

    def gather(self, frame: Path, number: int, tokens: list[Any]) -> None:
        """Make a list of values; answer with `filled`."""

    def send(self, frame: Path, number: int, send: Send, token: Any) -> None:
        """Copy a token to another site; answer with `fired`, for a stream after its end."""

    def hand_over(
        self, frame: Path, number: int, hand_over: Yield, inputs: Inputs | Failure | Absence
    ) -> None:
        """Hand values, or an error, or nothing, to the application; answer with `fired`."""

    def hand_over_failure(self, frame: Path, hand_over: Yield, failure: Failure) -> None:
        """Tell the application that a loop had no more iterations; there is no answer."""

    def go_through(self, frame: Path, number: int, loop: Loop, token: Any) -> None:
        """Go through a sequence, as far as granted; answer with `items` and `items_over`."""

    def grant(self, frame: Path, number: int, count: int) -> None:
        """Let a loop have that many more items."""

    def iterations_done(self, frame: Path, loop: Loop, count: int) -> None:
        """Tell the leader of a loop that more iterations are done here."""

    def frame_done(self, frame: Path, failures: list[Failure]) -> None:
        """Say that a call is finished here, and which errors were made here."""


class NetRunner(Marking):
    """Runs one net for all frames of one job."""

    def __init__(self, program: Program, effects: Effects) -> None:
        super().__init__(program)
        self._effects = effects
        self._running = False

    # -- told from outside ---------------------------------------------------------------

    def put(self, frame: Path, place: str, token: Any) -> None:
        """Receive the token of a place from the application or from another site."""
        index, number = self._home(place)
        state = self._state(index, frame)
        self._fill(state, number, token)
        if not index and not number:
            self._one_less(state)
        self._run()

    def filled(self, frame: Path, number: int, token: Any) -> None:
        """Receive what an entry puts into its place; a new error is remembered as made here."""
        self._answered(frame, number, (token,))

    def decided(self, frame: Path, number: int, held: bool | Failure) -> None:
        """Receive whether a condition holds."""
        if isinstance(held, Failure):
            self._answered(frame, number, (held, held))
        else:
            self._answered(frame, number, (None, ABSENT) if held else (ABSENT, None))

    def looked_up(self, frame: Path, number: int, found: Any) -> None:
        """Receive what was in the cache: a value, an error, or ABSENT if there was nothing."""
        if isinstance(found, Failure):
            self._answered(frame, number, (found, found))
        else:
            self._answered(frame, number, (found, None if found is ABSENT else ABSENT))

    def fired(self, frame: Path, number: int, failure: Failure | None = None) -> None:
        """Learn that a `send` or `hand_over` is complete."""
        state = self._frames.get((self.program.scope_of[number], frame))
        if state is not None:
            state.failures.add(failure)
            self._complete(state, number - state.scope.first)
            self._run()

    def stream_ended(self, frame: Path, place: str, failure: Failure | None) -> None:
        """Learn that a stream of a place has ended; what only waited for it may go on."""
        index, number = self._home(place)
        state = self._frames.get((index, frame))
        if state is None:
            return
        state.failures.add(failure)
        token = state.tokens[number]
        broken = failure or (token.failure if isinstance(token, Stream) else None)
        self._satisfy(state, state.scope.followers[number])
        for inner, captured in state.scope.captured_by[number]:
            loop = state.loops[inner]
            if not loop.scope.captures[captured][2]:
                self._captured(loop, captured, broken)
        if state.round is not None and broken is not None:
            self._gather(state, state.round, number, broken, is_end=True)
        self._one_less(state)
        self._run()

    def items(self, frame: Path, number: int, tokens: list[Any]) -> None:
        """Receive the next items of a loop's sequence."""
        if (loop := self._loop(frame, number)) is None:
            return
        item = loop.scope.place[loop.loop.item]
        for token in tokens:
            state = self._round(loop, loop.begun)
            loop.begun += 1
            self._fill(state, item, token)
        self._run()

    def items_over(self, frame: Path, number: int, failure: Failure | None) -> None:
        """Learn that a loop's sequence has no more items."""
        if (loop := self._loop(frame, number)) is not None:
            loop.outer.failures.add(failure)
            self._count(loop, Count(loop.begun, failure))
            self._run()

    def progress(self, frame: Path, item: str, site: str, count: int) -> None:
        """Learn that iterations of a loop are done at another site."""
        scope = self.program.scopes[self.program.loops[item]]
        outer = self._frames.get((scope.around, frame))
        if outer is not None:
            loop = outer.loops[scope.index]
            loop.done_elsewhere[site] = loop.done_elsewhere.get(site, 0) + count
            self._grant(loop)

    # -- tokens --------------------------------------------------------------------------

    def _answered(self, frame: Path, number: int, tokens: tuple[Any, ...]) -> None:
        state = self._frames.get((self.program.scope_of[number], frame))
        if state is not None:
            state.failures.add(tokens[0])
            self._put_out(state, number - state.scope.first, tokens)
            self._run()

    # -- firing --------------------------------------------------------------------------

    def _run(self) -> None:
        """Fire what is ready. A list, not recursion: an error may pass through 10,000 steps."""
        if self._running:
            return
        self._running = True
        try:
            while self._ready:
                self._fire(*self._ready.popleft())
        finally:
            self._running = False

    def _fire(self, state: FrameState, entry: int) -> None:
        scope, tokens = state.scope, state.tokens
        obstacle = self._obstacle(state, entry)
        inputs = {scope.names[p]: tokens[p] for p in scope.values[entry]}
        self._release(state, scope.inputs[entry])
        if obstacle is None:
            self._do(state, entry, inputs)
            return
        for token in inputs.values():
            if isinstance(token, Stream):
                token.abandon()
        self._pass_on(state, entry, obstacle)

    def _do(self, state: FrameState, entry: int, inputs: Inputs) -> None:
        frame, number, effects = state.frame, state.scope.first + entry, self._effects
        match state.scope.entries[entry]:
            case Call() as call:
                effects.call(frame, number, call, inputs)
            case Send() as send:
                effects.send(frame, number, send, inputs[send.place])
            case Yield() as hand_over:
                effects.hand_over(frame, number, hand_over, inputs)
            case Let() as let:
                self._let(state, entry, let, inputs)
            case Signal():
                self._complete(state, entry)
            case Join() as join:
                self._join(state, entry, join, inputs)
            case Branch() as branch:
                effects.decide(frame, number, branch, inputs)
            case Loop() as loop:
                self._start_loop(state, entry, loop, next(iter(inputs.values())))
            case Previous() as previous:
                token = state.carried.pop(entry, inputs[previous.initial])
                self._put_out(state, entry, (token,))
            case Lookup() as lookup:
                effects.look_up(frame, number, lookup, inputs)
            case Store() as store:
                effects.store(frame, number, store, inputs)
            case Ask() as ask:
                effects.ask(frame, number, ask)
            case Gather() | Last() | Ended() as give:
                self._give(state, entry, give, inputs)

    def _obstacle(self, state: FrameState, entry: int) -> Failure | Absence | None:
        """Return the error or absence that keeps an entry from being done, or None."""
        scope, tokens = state.scope, state.tokens
        if (gate := scope.gate[entry]) >= 0 and isinstance(tokens[gate], (Absence, Failure)):
            stop: Failure | Absence = tokens[gate]
            return stop
        if isinstance(scope.entries[entry], _DECIDE_THEMSELVES):
            return None
        failures, absent = [], False
        values = scope.values[entry]
        for place in scope.inputs[entry]:
            token = tokens[place]
            if isinstance(token, Failure):
                failures.append(token)
            elif token is ABSENT:
                absent = absent or place in values
            elif isinstance(token, Stream) and place not in values and token.failure:
                failures.append(token.failure)
        if failures:
            return Failure.merged(failures) if len(failures) > 1 else failures[0]
        return ABSENT if absent else None

    def _pass_on(self, state: FrameState, entry: int, obstacle: Failure | Absence) -> None:
        frame, number = state.frame, state.scope.first + entry
        match state.scope.entries[entry]:
            case Send() as send:
                self._effects.send(frame, number, send, obstacle)
            case Yield() as hand_over:
                self._effects.hand_over(frame, number, hand_over, obstacle)
            case Loop():
                loop = state.loops[state.scope.body[entry]]
                self._count(loop, Count(0, obstacle) if isinstance(obstacle, Failure) else ABSENT)
            case Store() as store:
                self._effects.not_stored(frame, store)
                self._put_everywhere(state, entry, obstacle)
            case _:
                self._put_everywhere(state, entry, obstacle)

    def _let(self, state: FrameState, entry: int, let: Let, inputs: Inputs) -> None:
        token = inputs.get(whole(let.value) or "")
        if isinstance(token, Stream):
            self._effects.relay(state.frame, state.scope.first + entry, token)
        else:
            self._effects.compose(state.frame, state.scope.first + entry, let, inputs)

    def _join(self, state: FrameState, entry: int, join: Join, inputs: Inputs) -> None:
        tokens = (inputs[place] for place in join.sources)
        chosen = next((token for token in tokens if token is not ABSENT), ABSENT)
        for token in inputs.values():
            if isinstance(token, Stream) and token is not chosen:
                token.abandon()
        if isinstance(chosen, Stream):
            self._effects.relay(state.frame, state.scope.first + entry, chosen)
        else:
            self._put_out(state, entry, (chosen,))

    # -- loops ---------------------------------------------------------------------------

    def _loop(self, frame: Path, number: int) -> LoopState | None:
        scope = self.program.scopes[self.program.scope_of[number]]
        state = self._frames.get((scope.index, frame))
        return None if state is None else state.loops[scope.body[number - scope.first]]

    def _start_loop(self, state: FrameState, entry: int, loop: Loop, token: Any) -> None:
        if loop.source is None:
            self._count(state.loops[state.scope.body[entry]], token)
            return
        self._effects.go_through(state.frame, state.scope.first + entry, loop, token)
        self._grant(state.loops[state.scope.body[entry]])

    def _count(self, loop: LoopState, count: Count | Absence) -> None:
        """Learn how many iterations a loop has, here or from its leader."""
        loop.is_absent = isinstance(count, Absence)
        loop.count, loop.failure = 0, None
        if isinstance(count, Count):
            loop.count, loop.failure = count.items, count.failure
        for place in loop.outer.scope.outputs[loop.scope.loop]:
            self._fill(loop.outer, place, count)
        self._end_if_over(loop)

    def _grant(self, loop: LoopState) -> None:
        """Let the leader have as many items as iterations may be in flight at any site."""
        followers = loop.loop.followers
        done = min((loop.done, *(loop.done_elsewhere.get(site, 0) for site in followers)))
        more = done + loop.loop.at_most - loop.allowed
        if more >= _worth_telling(loop.loop):
            loop.allowed += more
            self._effects.grant(loop.outer.frame, loop.number, more)

    def _finished(self, state: FrameState) -> None:
        if state.round is None:
            self._effects.frame_done(state.frame, state.failures.found)
            return
        loop = state.round
        del loop.rounds[state.frame[-1]]
        loop.done += 1
        if loop.loop.source is None:
            loop.untold += 1
            if loop.untold == _worth_telling(loop.loop):
                self._effects.iterations_done(loop.outer.frame, loop.loop, loop.untold)
                loop.untold = 0
        elif loop.count is None:
            self._grant(loop)
        self._end_if_over(loop)

    def _end_if_over(self, loop: LoopState) -> None:
        if loop.has_ended or not loop.is_over:
            return
        loop.has_ended = True
        outer = loop.outer
        if loop.failure is not None:
            for hand_over in yields_in(loop.loop.body):
                self._effects.hand_over_failure(outer.frame, hand_over, loop.failure)
        if loop.reads_stream and loop.done:
            outer.failures.add(self._once_only)
        gives = len(loop.loop.gives)
        self._satisfy(outer, tuple(range(loop.scope.loop + 1, loop.scope.loop + 1 + gives)))
        loop.tokens = []
        self._release(outer, tuple(place for place, _, _ in loop.scope.captures))
        self._one_less(outer)

    def _give(
        self, state: FrameState, entry: int, give: Gather | Last | Ended, inputs: Inputs
    ) -> None:
        loop = state.loops[state.scope.body[entry]]
        tokens = loop.gathered_by(entry)
        failures = [loop.failure] if loop.failure is not None else []
        for token in inputs.values():
            if isinstance(token, Stream):
                token.abandon()
        if loop.is_absent:
            self._put_out(state, entry, (ABSENT,))
            return
        match give:
            case Last(_, _, initial):
                last = tokens[0] if tokens else self._repeatable(state, inputs[initial])
                self._put_out(state, entry, (failures[0] if failures else last,))
            case Gather() if not (failures := failures + _failures_in(tokens)):
                values = [token for token in tokens if token is not ABSENT]
                self._effects.gather(state.frame, state.scope.first + entry, values)
            case Gather():
                self._put_out(state, entry, (Failure.merged(failures),))
            case Ended():
                failures += _failures_in(tokens)
                broken = Failure.merged(failures) if failures and give.places else None
                self._put_out(state, entry, (broken,))


def _worth_telling(loop: Loop) -> int:
    """Return how many iterations are told of together.

    Those that are done and not told of leave enough others in flight, which will be done without
    any that have not begun, so nobody waits for the news.
    """
    return max(1, loop.at_most // 8)


def _failures_in(tokens: list[Any]) -> list[Failure]:
    return [token for token in tokens if isinstance(token, Failure)]


_DECIDE_THEMSELVES = (Join, Previous, Gather, Last, Ended)
