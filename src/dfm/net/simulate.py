"""What nets mean: a reference interpreter over the nets of all sites at once.

For each call there is one frame, and in it each place of each site gets one token. Transitions
fire, in the order in which they stand, until none can. Every target must deliver what this
delivers; only the order between different yields is its own.

    >>> from dfm.net.text import parse_net
    >>> here = parse_net('''
    ...     net "sum" at here
    ...     params $, $x
    ...     node0 = m.Double(v=$x)
    ...     send node0 to there
    ... ''')
    >>> there = parse_net('''
    ...     net "sum" at there
    ...     params $
    ...     receive node0 from here
    ...     yield yield0 "out" = node0
    ... ''')
    >>> nets = {"here": here, "there": there}
    >>> delivered = simulate(nets, [{"x": 3}, {"x": 4}], lambda site, call, given: given["v"] * 2)
    >>> [(y.place, y.frame, y.token) for y in delivered]
    [('out', (0,), 6), ('out', (1,), 8)]

It is for reading and for tests: it copies nothing, overlaps nothing and forgets nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dfm.errors import DfmError, OperationFailed
from dfm.net.frame import Path
from dfm.net.model import START, Call, NetIR, Select, Send, Signal, Transition, Yield
from dfm.net.template import Ref, fill, references
from dfm.net.token import ABSENT, Absence, ErrorRecord, Failure, Stream

Run = Callable[[str, Call, dict[str, Any]], Any]
"""Runs an operation at a site: `run(site, call, arguments)`."""

Unseal = Callable[[bytes], Any]
Marking = dict[tuple[str, str], Any]
"""The token of each place that has one, by site and place."""


@dataclass(frozen=True, slots=True)
class Yielded:
    """One delivery to the application: a value or a `Failure`, never an absence."""

    name: str
    place: str
    frame: Path
    token: Any


class BrokenStream(OperationFailed):
    """What reading a stream raises after its items, when the operation that makes it failed."""

    def __init__(self, failure: Failure) -> None:
        first = failure.errors[0]
        super().__init__(first.message, site=first.site, operation=first.operation)
        self.failure = failure


@dataclass(frozen=True)
class Items(Stream):
    """A stream with all of its items, for any number of readers, with `for` or `async for`."""

    items: tuple[Any, ...]
    failure: Failure | None = None

    def __iter__(self) -> Iterator[Any]:
        yield from self.items
        if self.failure is not None:
            raise BrokenStream(self.failure)

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self:
            yield item


def simulate(
    nets: Mapping[str, NetIR],
    calls: Sequence[Mapping[str, Any]],
    run: Run,
    unseal: Unseal | None = None,
) -> list[Yielded]:
    """Return what the application receives, by call, then by yield as the nets list them.

    `calls` are parameter sets as the application gives them, without dollars. `unseal` opens
    sealed literals. Nets that `verify` refuses may deliver less than they should.
    """
    machine = _Machine(run, () if unseal is None else (unseal,))
    names = (y.name for net in nets.values() for y in net.yields)
    order = {name: number for number, name in enumerate(names)}
    delivered: list[Yielded] = []
    for number, given in enumerate(calls):
        frame = machine.run_frame(nets, (number,), given)
        delivered += sorted(frame, key=lambda y: order[y.name])
    return delivered


@dataclass
class _Machine:
    run: Run
    unseal: tuple[Unseal, ...]
    tokens: Marking = field(default_factory=dict)
    delivered: list[Yielded] = field(default_factory=list)

    def run_frame(
        self, nets: Mapping[str, NetIR], frame: Path, given: Mapping[str, Any]
    ) -> list[Yielded]:
        """Fire what can fire, until nothing can."""
        self.delivered = []
        self.tokens = {
            (site, place): None if place == START else given[place.removeprefix("$")]
            for site, net in nets.items()
            for place in net.params
        }
        waiting = [(site, t) for site, net in nets.items() for t in net.transitions]
        before = len(waiting) + 1
        while len(waiting) < before:
            before = len(waiting)
            waiting = [(site, t) for site, t in waiting if not self.try_to_fire(site, t, frame)]
        return self.delivered

    def try_to_fire(self, site: str, transition: Transition, frame: Path) -> bool:
        """Put, send or deliver the one token this transition has for the frame, if it can."""
        if any((site, place) not in self.tokens for place in transition.inputs):
            return False
        token = self.obstacle(site, transition)
        if token is None:
            token = self.token_of(site, transition)
        match transition:
            case Call() | Select() | Signal():
                self.tokens[site, transition.output] = token
            case Send():
                self.tokens[transition.to, transition.place] = token
            case Yield():
                self.delivered += _deliveries(transition, frame, token)
        return True

    def obstacle(self, site: str, transition: Transition) -> Failure | Absence | None:
        """Return the error or absence that keeps a transition from running, or None."""
        tokens = [self.tokens[site, place] for place in transition.inputs]
        awaited = _only_awaited(transition)
        for number, place in enumerate(transition.inputs):
            if place in awaited and isinstance(tokens[number], Items):
                tokens[number] = tokens[number].failure
        if failures := [token for token in tokens if isinstance(token, Failure)]:
            return Failure.merged(failures)
        return ABSENT if any(isinstance(token, Absence) for token in tokens) else None

    def token_of(self, site: str, transition: Transition) -> Any:
        """Return what a transition makes of values."""

        def value_of(ref: Ref) -> Any:
            return ref.of(self.tokens[site, ref.place])

        def filled(template: Any) -> Any:
            return fill(template, value_of, *self.unseal)

        match transition:
            case Call():
                return _result(site, transition, self.run, filled)
            case Select():
                return _attempt(site, None, lambda: value_of(transition.source))
            case Signal():
                return None
            case Send():
                return self.tokens[site, transition.place]
            case Yield():
                return _attempt(site, None, lambda: filled(transition.value))


def _only_awaited(transition: Transition) -> tuple[str, ...]:
    """Return the places whose values are not read; a stream there must end, and end well."""
    match transition:
        case Call():
            templates = [template for _, template in transition.arguments]
        case Yield():
            templates = [transition.value]
        case Signal():
            return transition.inputs
        case Select() | Send():
            return ()
    read = {ref.place for ref in references(templates)}
    return tuple(place for place in transition.after if place not in read)


def _result(site: str, call: Call, run: Run, filled: Callable[[Any], Any]) -> Any:
    """Return what an operation returns; an iterator becomes a stream of all its items."""

    def returned() -> Any:
        return run(site, call, {name: filled(value) for name, value in call.arguments})

    token = _attempt(site, call, returned)
    if not isinstance(token, (Iterator, AsyncIterator)):
        return token
    items: list[Any] = []
    end = _attempt(site, call, lambda: _drain(token, items))
    return Items(tuple(items), end if isinstance(end, Failure) else None)


def _drain(source: Iterator[Any] | AsyncIterator[Any], items: list[Any]) -> None:
    async def drain(source: AsyncIterator[Any]) -> None:
        async for item in source:
            items.append(item)  # noqa: PERF401  (items before an error count)

    if isinstance(source, AsyncIterator):
        import asyncio

        asyncio.run(drain(source))
    else:
        for item in source:
            items.append(item)  # noqa: PERF402  (as above)


def _attempt(site: str, call: Call | None, make: Callable[[], Any]) -> Any:
    """Return a value, or the failure of making it; a broken stream that was read stays itself."""
    try:
        return make()
    except BrokenStream as broken:
        return broken.failure
    except Exception as error:  # noqa: BLE001  (whatever an adapter or a value raises is a token)
        return Failure((_record(site, call, error),))


def _record(site: str, call: Call | None, error: Exception) -> ErrorRecord:
    return ErrorRecord(
        type=type(error).__name__,
        message=error.message if isinstance(error, DfmError) else str(error),
        code=error.code if isinstance(error, DfmError) else OperationFailed.code,
        site=site,
        operation=call.operation if call else "",
        node=call.node if call else None,
        hint=error.hint if isinstance(error, DfmError) else "",
    )


def _deliveries(transition: Yield, frame: Path, token: Any) -> Iterator[Yielded]:
    deliver = partial(Yielded, transition.name, transition.place)
    if isinstance(token, Items):
        for number, item in enumerate(token.items):
            yield deliver((*frame, number), item)
        token = token.failure or ABSENT
    if not isinstance(token, Absence):
        yield deliver(frame, token)
