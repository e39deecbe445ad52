"""The runner of one net in one job: tokens in, transitions fired, effects out.

A state machine without clock, thread or socket. It is told of tokens (`put`) and says what
must be done (`Effects`); the answer comes back as another token. Each frame has one table of
tokens and one count of what has not fired yet, so a frame is finished when the count is zero.

It never looks into values: calling adapters, selecting, packing and sending are effects.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from dfm.errors import InternalError
from dfm.exec.program import Program
from dfm.net.frame import Path
from dfm.net.model import Call, Select, Send, Signal, Yield
from dfm.net.token import ABSENT, Absence, Failure, Stream

_EMPTY: Any = type("Empty", (), {"__repr__": lambda _: "EMPTY"})()
_RELEASED: Any = type("Released", (), {"__repr__": lambda _: "RELEASED"})()


class Effects(Protocol):
    """What a net runner asks of its site. None of it may block."""

    def call(self, frame: Path, number: int, call: Call, inputs: dict[str, Any]) -> None:
        """Run an operation; answer with `filled`."""

    def select(self, frame: Path, number: int, select: Select, value: Any) -> None:
        """Take a part of a value; answer with `filled`."""

    def send(self, frame: Path, send: Send, token: Any) -> None:
        """Copy a token to another site; answer with `fired`, for a stream after its end."""

    def hand_over(self, frame: Path, hand_over: Yield, inputs: dict[str, Any]) -> None:
        """Hand values to the application; answer with `fired`, for a stream after its end."""

    def hand_over_failure(self, frame: Path, hand_over: Yield, failure: Failure) -> None:
        """Tell the application that a yield has an error instead of a value."""

    def frame_done(self, frame: Path, failures: list[Failure]) -> None:
        """Say that a frame is finished here, and which errors were made here."""


class _FrameState:
    __slots__ = ("failures", "missing", "remaining", "tokens", "unread")

    def __init__(self, program: Program) -> None:
        places = len(program.place)
        self.tokens: list[Any] = [_EMPTY] * places
        self.missing = list(program.needs)
        self.unread = [
            len(r) + len(f) for r, f in zip(program.readers, program.followers, strict=True)
        ]
        # One for each transition, and one for the start token, which may have no readers.
        self.remaining = len(program.needs) + 1
        self.failures: list[Failure] = []


class NetRunner:
    """Runs one net for all frames of one job."""

    def __init__(self, program: Program, effects: Effects) -> None:
        self.program = program
        self._effects = effects
        self._frames: dict[Path, _FrameState] = {}
        self._ready: deque[tuple[Path, _FrameState, int]] = deque()
        self._running = False

    @property
    def frames_in_flight(self) -> int:
        """How many frames have begun here and are not finished."""
        return len(self._frames)

    # -- told from outside ---------------------------------------------------------------

    def put(self, frame: Path, place: str, token: Any) -> None:
        """Receive the token of a place from the application or from another site."""
        number = self.program.place.get(place)
        if number is None:
            raise InternalError(f"the net of {self.program.net.site!r} has no place {place!r}")
        state = self._frames.get(frame)
        if state is None:
            state = self._frames[frame] = _FrameState(self.program)
        self._fill(frame, state, number, token)
        if number == 0:
            self._one_less(frame, state)
        self._run()

    def filled(self, frame: Path, number: int, token: Any) -> None:
        """Receive the result of a `call` or `select`; a new error is remembered as made here."""
        state = self._frames.get(frame)
        if state is None:
            return
        if isinstance(token, Failure):
            state.failures.append(token)
        self._fill(frame, state, self.program.outputs[number], token)
        self._one_less(frame, state)
        self._run()

    def fired(self, frame: Path, failure: Failure | None = None) -> None:
        """Learn that a `send` or `hand_over` is complete."""
        state = self._frames.get(frame)
        if state is None:
            return
        if failure is not None:
            state.failures.append(failure)
        self._one_less(frame, state)

    def stream_ended(self, frame: Path, number: int, failure: Failure | None) -> None:
        """Learn that a stream of a place has ended; what only waited for it may go on."""
        state = self._frames.get(frame)
        if state is None:
            return
        if failure is not None:
            state.failures.append(failure)
        self._satisfy(frame, state, self.program.followers[number])
        self._one_less(frame, state)
        self._run()

    # -- the inside ----------------------------------------------------------------------

    def _fill(self, frame: Path, state: _FrameState, place: int, token: Any) -> None:
        if state.tokens[place] is not _EMPTY:
            name = self.program.place_names[place]
            raise InternalError(f"place {name!r} got a second token in frame {frame}")
        state.tokens[place] = token if state.unread[place] else _RELEASED
        self._satisfy(frame, state, self.program.readers[place])
        if isinstance(token, Stream):
            # Its production is work of this frame, and followers wait for its end.
            state.remaining += 1
        else:
            self._satisfy(frame, state, self.program.followers[place])

    def _satisfy(self, frame: Path, state: _FrameState, waiting: tuple[int, ...]) -> None:
        missing = state.missing
        for number in waiting:
            missing[number] -= 1
            if not missing[number]:
                self._ready.append((frame, state, number))

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

    def _fire(self, frame: Path, state: _FrameState, number: int) -> None:
        transition = self.program.transitions[number]
        obstacle = self._obstacle(state, number)
        tokens, names = state.tokens, self.program.place_names
        inputs = {names[p]: tokens[p] for p in self.program.values[number]}
        self._release(state, number)
        if obstacle is not None:
            for token in inputs.values():
                if isinstance(token, Stream):
                    token.abandon()
            self._pass_on(frame, state, number, obstacle)
            return
        match transition:
            case Call():
                self._effects.call(frame, number, transition, inputs)
            case Select():
                value = inputs[transition.source.place]
                self._effects.select(frame, number, transition, value)
            case Signal():
                self._fill(frame, state, self.program.outputs[number], None)
                self._one_less(frame, state)
            case Send():
                self._effects.send(frame, transition, inputs[transition.place])
            case Yield():
                self._effects.hand_over(frame, transition, inputs)

    def _obstacle(self, state: _FrameState, number: int) -> Failure | Absence | None:
        """Return the error or absence that keeps a transition from running, or None."""
        failures, absent = [], False
        values = self.program.values[number]
        for place in self.program.inputs[number]:
            token = state.tokens[place]
            if isinstance(token, Failure):
                failures.append(token)
            elif token is ABSENT:
                absent = True
            elif isinstance(token, Stream) and place not in values and token.failure:
                failures.append(token.failure)
        if failures:
            return Failure.merged(failures) if len(failures) > 1 else failures[0]
        return ABSENT if absent else None

    def _pass_on(
        self, frame: Path, state: _FrameState, number: int, obstacle: Failure | Absence
    ) -> None:
        transition = self.program.transitions[number]
        match transition:
            case Call() | Select() | Signal():
                self._fill(frame, state, self.program.outputs[number], obstacle)
                self._one_less(frame, state)
            case Send():
                self._effects.send(frame, transition, obstacle)
            case Yield():
                if isinstance(obstacle, Failure):
                    self._effects.hand_over_failure(frame, transition, obstacle)
                self._one_less(frame, state)

    def _release(self, state: _FrameState, number: int) -> None:
        """Let go of tokens that nobody else will read, so that big values do not linger."""
        for place in self.program.inputs[number]:
            state.unread[place] -= 1
            if not state.unread[place]:
                state.tokens[place] = _RELEASED

    def _one_less(self, frame: Path, state: _FrameState) -> None:
        state.remaining -= 1
        if not state.remaining:
            del self._frames[frame]
            self._effects.frame_done(frame, state.failures)
