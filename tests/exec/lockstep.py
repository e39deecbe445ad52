"""All sites of a job in one thread, in any order: what races would do, again and again the same.

Every effect that a net runner asks for becomes a step; `choose` says which of the open steps is
taken next. There are no threads, codecs or sockets here, only the runners and what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dfm.exec.net_runner import NetRunner
from dfm.exec.program import program_of
from dfm.net.condition import holds
from dfm.net.frame import Path
from dfm.net.items import items_of
from dfm.net.loops import Loop
from dfm.net.model import START, NetIR
from dfm.net.outcomes import Items, Run, Where, attempt, drain, result_of
from dfm.net.simulate import Yielded
from dfm.net.template import Ref, fill
from dfm.net.token import ABSENT, Absence, Failure
from dfm.net.transitions import Ask, Branch, Call, Let, Lookup, Send, Store, Yield

Inputs = dict[str, Any]
Choose = Callable[[int], int]
"""Chooses one of so many steps."""


class Lockstep:
    """The sites of one job."""

    def __init__(
        self, nets: Mapping[str, NetIR], run: Run, choose: Choose, unseal: Any = None
    ) -> None:
        self.run = run
        self.choose = choose
        self.unseal = () if unseal is None else (unseal,)
        self.steps: list[Callable[[], None]] = []
        self.delivered: list[Yielded] = []
        self.done: list[tuple[str, Path]] = []
        self.most_in_flight = 0
        self.caches: dict[tuple[str, str], Any] = {}
        self.sites = {site: _Site(site, net, self) for site, net in nets.items()}

    def play(self, calls: Sequence[Mapping[str, Any]]) -> list[Yielded]:
        """Run all calls to their end; return what was delivered, in order of arrival."""
        for number, given in enumerate(calls):
            for site in self.sites.values():
                for place in site.runner.program.net.params:
                    value = None if place == START else given[place.removeprefix(START)]
                    self.later(site.runner.put, (number,), place, value)
        while self.steps:
            self.steps.pop(self.choose(len(self.steps)))()
            in_flight = max(site.runner.frames_in_flight for site in self.sites.values())
            self.most_in_flight = max(self.most_in_flight, in_flight)
        return self.delivered

    def later(self, function: Callable[..., None], *arguments: Any) -> None:
        """Add a step."""
        self.steps.append(lambda: function(*arguments))


class _Site:
    """The effects of one site's net runner."""

    def __init__(self, site: str, net: NetIR, world: Lockstep) -> None:
        self.site = site
        self.world = world
        self.runner = NetRunner(program_of(net), self)
        self.sequences: dict[tuple[Path, int], tuple[list[Any], Failure | None]] = {}

    def filled_with(self, inputs: Inputs) -> Callable[[Any], Any]:
        return lambda template: fill(
            template, lambda ref: ref.of(inputs[ref.place]), *self.world.unseal
        )

    def answer(self, frame: Path, number: int, token: Any) -> None:
        self.runner.filled(frame, number, token)
        if isinstance(token, Items):
            place = self.runner.program.output(number)
            self.world.later(self.runner.stream_ended, frame, place, token.failure)

    def call(self, frame: Path, number: int, call: Call, inputs: Inputs) -> None:
        def act() -> None:
            token = result_of(
                Where.of(self.site, frame, call), call, self.world.run, self.filled_with(inputs)
            )
            self.answer(frame, number, token)

        self.world.later(act)

    def ask(self, frame: Path, number: int, ask: Ask) -> None:
        self.world.later(lambda: self.answer(frame, number, "advice"))

    def compose(self, frame: Path, number: int, let: Let, inputs: Inputs) -> None:
        make = self.filled_with(inputs)
        token = attempt(Where.of(self.site, frame, let), lambda: make(let.value))
        self.world.later(self.runner.filled, frame, number, token)

    def gather(self, frame: Path, number: int, tokens: list[Any]) -> None:
        self.world.later(self.runner.filled, frame, number, tokens)

    def decide(self, frame: Path, number: int, branch: Branch, inputs: Inputs) -> None:
        def value_of(ref: Ref) -> Any:
            return ref.of(inputs[ref.place])

        held = attempt(
            Where.of(self.site, frame, branch),
            lambda: holds(branch.condition, value_of, *self.world.unseal),
        )
        self.world.later(self.runner.decided, frame, number, held)

    def look_up(self, frame: Path, number: int, lookup: Lookup, inputs: Inputs) -> None:
        def act() -> None:
            make = self.filled_with(inputs)
            key = attempt(Where.of(self.site, frame, lookup), lambda: repr(make(lookup.key)))
            found = self.world.caches.get((self.site, key), ABSENT)
            self.runner.looked_up(frame, number, key if isinstance(key, Failure) else found)

        self.world.later(act)

    def store(self, frame: Path, number: int, store: Store, inputs: Inputs) -> None:
        def act() -> None:
            make = self.filled_with(inputs)
            value = attempt(Where.of(self.site, frame, store), lambda: make(store.value))
            if not isinstance(value, Failure):
                self.world.caches[self.site, repr(make(store.key))] = value
            self.runner.filled(frame, number, value)

        self.world.later(act)

    def not_stored(self, frame: Path, store: Store) -> None:
        pass

    def relay(self, frame: Path, number: int, stream: Any) -> None:
        self.world.later(self.answer, frame, number, stream)

    def send(self, frame: Path, number: int, send: Send, token: Any) -> None:
        other = self.world.sites[send.to].runner
        self.world.later(self.arrive, other, frame, send.place, token)
        self.runner.fired(frame, number)

    def arrive(self, other: NetRunner, frame: Path, place: str, token: Any) -> None:
        other.put(frame, place, token)
        if isinstance(token, Items):
            self.world.later(other.stream_ended, frame, place, None)

    def hand_over(
        self, frame: Path, number: int, hand_over: Yield, inputs: Inputs | Failure | Absence
    ) -> None:
        token: Any = inputs
        if not isinstance(inputs, (Failure, Absence)):
            make = self.filled_with(inputs)
            token = attempt(Where.of(self.site, frame, hand_over), lambda: make(hand_over.value))
        self.deliver(frame, hand_over, token)
        self.world.later(self.runner.fired, frame, number)

    def hand_over_failure(self, frame: Path, hand_over: Yield, failure: Failure) -> None:
        self.deliver(frame, hand_over, failure)

    def deliver(self, frame: Path, hand_over: Yield, token: Any) -> None:
        delivered = self.world.delivered
        if isinstance(token, Items):
            for number, item in enumerate(token.items):
                delivered.append(Yielded(hand_over.name, hand_over.place, (*frame, number), item))
            token = token.failure or ABSENT
        if not isinstance(token, Absence):
            delivered.append(Yielded(hand_over.name, hand_over.place, frame, token))

    def go_through(self, frame: Path, number: int, loop: Loop, token: Any) -> None:
        items: list[Any] = []
        source = loop.source
        end = attempt(
            Where.of(self.site, frame, loop),
            lambda: drain(items_of(token if source is None else source.of(token), loop.dim), items),
        )
        self.sequences[frame, number] = items, end if isinstance(end, Failure) else None

    def grant(self, frame: Path, number: int, count: int) -> None:
        self.world.later(self.give, frame, number, count)

    def give(self, frame: Path, number: int, count: int) -> None:
        if (frame, number) not in self.sequences:
            return
        items, end = self.sequences[frame, number]
        some, items[:] = items[:count], items[count:]
        self.runner.items(frame, number, some)
        if not items:
            del self.sequences[frame, number]
            self.runner.items_over(frame, number, end)

    def iterations_done(self, frame: Path, loop: Loop, count: int) -> None:
        leader = self.world.sites[loop.leader].runner
        self.world.later(leader.progress, frame, loop.item, self.site, count)

    def frame_done(self, frame: Path, failures: list[Failure]) -> None:
        self.world.done.append((self.site, frame))
