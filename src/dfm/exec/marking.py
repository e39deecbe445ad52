"""The marking of a net: which frames there are, the tokens in them, and what may fire.

The part of `NetRunner` that moves tokens; what fires and what that means is in `net_runner.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import Any

from dfm.errors import InternalError
from dfm.exec.frames import EMPTY, RELEASED, Failures, FrameState, LoopState
from dfm.exec.program import Program
from dfm.net.frame import Path
from dfm.net.loops import Ended, Gather, Last, Loop
from dfm.net.outcomes import once_only
from dfm.net.token import MOST_ERRORS, Failure, Stream


class Marking(ABC):
    """The tokens of all frames of one job at one site."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._frames: dict[tuple[int, Path], FrameState] = {}
        self._ready: deque[tuple[FrameState, int]] = deque()
        self._once_only = once_only(program.site)

    @property
    def frames_in_flight(self) -> int:
        """How many frames, iterations included, have begun here and are not finished."""
        return len(self._frames)

    @abstractmethod
    def _finished(self, state: FrameState) -> None:
        """Act on the end of a frame."""

    @abstractmethod
    def _end_if_over(self, loop: LoopState) -> None:
        """Act on the end of a loop, if this is it."""

    # -- frames --------------------------------------------------------------------------

    def _home(self, place: str) -> tuple[int, int]:
        home = self.program.home.get(place)
        if home is None:
            raise InternalError(f"the net of {self.program.site!r} has no place {place!r}")
        return home

    def _state(self, index: int, frame: Path) -> FrameState:
        """Return the state of a frame; one that was not heard of begins."""
        state = self._frames.get((index, frame))
        if state is not None:
            return state
        scope = self.program.scopes[index]
        if scope.around >= 0:
            outer = self._state(scope.around, frame[:-1])
            return self._round(outer.loops[index], frame[-1])
        tokens = [EMPTY] * len(scope.names)
        state = FrameState(scope, frame, tokens, list(scope.needs), Failures())
        # One more for the start token, which may have no readers.
        state.remaining += 1
        self._begin(state)
        return state

    def _round(self, loop: LoopState, number: int) -> FrameState:
        """Return the state of an iteration; one that was not heard of begins."""
        state = loop.rounds.get(number)
        if state is not None:
            return state
        scope, outer = loop.scope, loop.outer
        state = loop.rounds[number] = FrameState(
            scope,
            (*outer.frame, number),
            list(loop.tokens),
            list(loop.missing),
            outer.failures,
            loop,
        )
        self._begin(state)
        for inner in state.loops.values():
            # It may wait for nothing but what is around this iteration, and that has come.
            if not state.missing[inner.scope.loop]:
                self._ready.append((state, inner.scope.loop))
        for entry in scope.previous:
            if not number:
                self._satisfy(state, (entry,))
            elif (entry, number) in loop.carried:
                state.carried[entry] = loop.carried.pop((entry, number))
                self._satisfy(state, (entry,))
        return state

    def _begin(self, state: FrameState) -> None:
        scope = state.scope
        self._frames[scope.index, state.frame] = state
        for index in scope.inner:
            body = self.program.scopes[index]
            entry = scope.entries[body.loop]
            if not isinstance(entry, Loop):
                raise InternalError(f"entry {body.loop} of scope {scope.index} is no loop")
            loop = state.loops[index] = LoopState(entry, body, state)
            for outer, place, _ in loop.scope.captures:
                if state.tokens[outer] is not EMPTY:
                    self._captured(loop, place, state.tokens[outer])

    def _one_less(self, state: FrameState) -> None:
        state.remaining -= 1
        if state.remaining:
            return
        del self._frames[state.scope.index, state.frame]
        self._finished(state)

    # -- tokens --------------------------------------------------------------------------

    def _put_out(self, state: FrameState, entry: int, tokens: tuple[Any, ...]) -> None:
        """Fill the places of an entry, and count it as fired."""
        for place, token in zip(state.scope.outputs[entry], tokens, strict=True):
            self._fill(state, place, token)
        self._one_less(state)

    def _put_everywhere(self, state: FrameState, entry: int, token: Any) -> None:
        """Fill each place of an entry with the same token, and count it as fired."""
        self._put_out(state, entry, (token,) * len(state.scope.outputs[entry]))

    def _complete(self, state: FrameState, entry: int) -> None:
        """Count an entry as fired that has at most the news of it to put anywhere."""
        self._put_everywhere(state, entry, None)

    def _fill(self, state: FrameState, place: int, token: Any) -> None:
        scope = state.scope
        if state.tokens[place] is not EMPTY:
            name = scope.names[place]
            raise InternalError(f"place {name!r} got a second token in frame {state.frame}")
        state.tokens[place] = token if state.unread[place] else RELEASED
        self._satisfy(state, scope.readers[place])
        if isinstance(token, Stream):
            # Its production is work of this frame, and followers wait for its end.
            state.remaining += 1
        else:
            self._satisfy(state, scope.followers[place])
        if scope.captured_by[place]:
            self._capture(state, place, token)
        if state.round is not None and (scope.carries[place] or scope.gathers[place]):
            self._pass_to_loop(state, state.round, place, token)

    def _satisfy(self, state: FrameState, waiting: tuple[int, ...]) -> None:
        missing = state.missing
        for entry in waiting:
            missing[entry] -= 1
            if not missing[entry]:
                self._ready.append((state, entry))

    def _release(self, state: FrameState, places: tuple[int, ...]) -> None:
        """Let go of tokens that nobody else will read, so that big values do not linger."""
        for place in places:
            state.unread[place] -= 1
            if not state.unread[place]:
                state.tokens[place] = RELEASED

    # -- tokens that loops want --------------------------------------------------------------

    def _capture(self, state: FrameState, place: int, token: Any) -> None:
        """Give a token to the loops whose bodies want it; a stream can not be read there."""
        for inner, number in state.scope.captured_by[place]:
            loop = state.loops[inner]
            if not isinstance(token, Stream):
                self._captured(loop, number, token)
            elif loop.scope.captures[number][2]:
                loop.reads_stream = True
                self._captured(loop, number, self._once_only)

    def _captured(self, loop: LoopState, place: int, token: Any) -> None:
        loop.tokens[place] = token
        loop.uncaptured -= 1
        for entry in (*loop.scope.readers[place], *loop.scope.followers[place]):
            loop.missing[entry] -= 1
        for state in list(loop.rounds.values()):
            self._fill(state, place, token)
        self._end_if_over(loop)

    def _pass_to_loop(self, state: FrameState, loop: LoopState, place: int, token: Any) -> None:
        """Keep what the next iteration, or the loop at its end, wants of this one."""
        number = state.frame[-1] + 1
        for entry in state.scope.carries[place]:
            carried = self._repeatable(state, token)
            following = loop.rounds.get(number)
            if following is None:
                loop.carried[entry, number] = carried
            else:
                following.carried[entry] = carried
                self._satisfy(following, (entry,))
        self._gather(state, loop, place, token, is_end=False)

    def _gather(
        self, state: FrameState, loop: LoopState, place: int, token: Any, *, is_end: bool
    ) -> None:
        """Keep a token of which the loop gives something; of a stream, only how it ended."""
        number, name = state.frame[-1], state.scope.names[place]
        for entry in state.scope.gathers[place]:
            kept = loop.gathered.setdefault(entry, [])
            match loop.outer.scope.entries[entry]:
                case Last():
                    if not is_end and (not kept or kept[0][0] < number):
                        kept[:] = [(number, place, self._repeatable(state, token))]
                case Gather() if is_end:
                    pass  # it has been told already that a stream is read once
                case Gather() | Ended() if isinstance(token, Failure):
                    loop.broken[entry] = loop.broken.get(entry, 0) + 1
                    if loop.broken[entry] <= MOST_ERRORS:
                        kept.append((number, _rank(loop, entry, name), token))
                case Gather():
                    kept.append((number, place, self._repeatable(state, token)))

    def _repeatable(self, state: FrameState, token: Any) -> Any:
        """Return a token for use in other frames, where a stream can not be read."""
        if not isinstance(token, Stream):
            return token
        state.failures.add(self._once_only)
        return self._once_only


def _rank(loop: LoopState, entry: int, name: str) -> int:
    """Return where a place stands among those of which an entry is made."""
    give = loop.outer.scope.entries[entry]
    return give.places.index(name) if isinstance(give, Ended) else 0
