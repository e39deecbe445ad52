"""What nets mean: a reference interpreter over the nets of all sites at once.

For each call there is one frame, and in it each place of each site gets one token. A loop makes
a frame inside the frame for each of its items. Transitions fire, in the order in which they
stand, until none can. Every target must deliver what this delivers; only the order between
different yields, and between the iterations of a loop, is its own.

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

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from dfm.errors import NoCodec
from dfm.net.condition import holds
from dfm.net.frame import Path
from dfm.net.items import items_of
from dfm.net.loops import Ended, Gather, Give, Last, Loop, Previous, Transition, yields_in
from dfm.net.model import START, NetIR
from dfm.net.outcomes import Items, Run, Where, attempt, drain, once_only, result_of
from dfm.net.template import Ref, fill
from dfm.net.token import ABSENT, Absence, Count, Failure
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
    gate_of,
    value_places,
)

Unseal = Callable[[bytes], Any]
Caches = dict[tuple[str, str], Any]
"""What the caches of the sites hold, by site and the text (`repr`) of the key."""


@dataclass(frozen=True, slots=True)
class Yielded:
    """One delivery to the application: a value or a `Failure`, never an absence."""

    name: str
    place: str
    frame: Path
    token: Any


def simulate(
    nets: Mapping[str, NetIR],
    calls: Sequence[Mapping[str, Any]],
    run: Run,
    unseal: Unseal | None = None,
    caches: Caches | None = None,
) -> list[Yielded]:
    """Return what the application receives, by call, then by yield as the nets list them.

    `calls` are parameter sets as the application gives them, without dollars. `unseal` opens
    sealed literals. `caches` is looked into, and added to; without it every cache is empty, and
    shared by the calls. Nets that `verify` refuses may deliver less than they should.
    """
    machine = _Machine(run, () if unseal is None else (unseal,), {} if caches is None else caches)
    names = (y.name for net in nets.values() for y in net.yields)
    order = {name: number for number, name in enumerate(names)}
    delivered: list[Yielded] = []
    for number, given in enumerate(calls):
        frame = machine.run_call(nets, (number,), given)
        delivered += sorted(frame, key=lambda y: (order[y.name], _turn(y)))
    return delivered


def _turn(delivery: Yielded) -> tuple[float, ...]:
    """Return where a delivery stands among those of its yield: an error after what lies in it."""
    is_failure = isinstance(delivery.token, Failure)
    return (*delivery.frame, float("inf")) if is_failure else delivery.frame


@dataclass(eq=False)
class _Scope:
    """One frame of one scope, at all sites: its tokens, and the transitions that have not fired.

    `around` is the scope around it, `before` the iteration before it.
    """

    frame: Path
    waiting: list[tuple[str, Transition]]
    around: _Scope | None = None
    before: _Scope | None = None
    tokens: dict[tuple[str, str], Any] = field(default_factory=dict)
    loops: dict[str, list[_Scope]] = field(default_factory=dict)

    def has(self, site: str, place: str) -> bool:
        """Whether a place, here or around, has its token."""
        if (site, place) in self.tokens:
            return True
        return self.around is not None and self.around.has(site, place)

    def token(self, site: str, place: str) -> Any:
        """Return the token of a place, here or around."""
        if (site, place) in self.tokens or self.around is None:
            return self.tokens[site, place]
        return self.around.token(site, place)

    def read(self, site: str, place: str) -> Any:
        """Return the token of a place to be read; inside a loop, a stream from around is none."""
        token = self.token(site, place)
        is_from_around = (site, place) not in self.tokens
        return once_only(site) if is_from_around and isinstance(token, Items) else token


@dataclass
class _Machine:
    run: Run
    unseal: tuple[Unseal, ...]
    caches: Caches
    nets: Mapping[str, NetIR] = field(default_factory=dict)
    delivered: list[Yielded] = field(default_factory=list)
    scopes: list[_Scope] = field(default_factory=list)
    moves: int = 0

    def run_call(
        self, nets: Mapping[str, NetIR], frame: Path, given: Mapping[str, Any]
    ) -> list[Yielded]:
        """Fire what can fire, in any scope, until nothing can."""
        self.nets, self.delivered = nets, []
        scope = _Scope(frame, [(site, t) for site, net in nets.items() for t in net.transitions])
        scope.tokens = {
            (site, place): None if place == START else given[place.removeprefix("$")]
            for site, net in nets.items()
            for place in net.params
        }
        self.scopes = [scope]
        before = -1
        while before != (before := self.moves):
            for scope in list(self.scopes):
                left = [w for w in scope.waiting if not self.try_to_fire(scope, *w)]
                self.moves += len(scope.waiting) - len(left)
                scope.waiting = left
            self.scopes = [scope for scope in self.scopes if scope.waiting]
        return self.delivered

    def try_to_fire(self, scope: _Scope, site: str, transition: Transition) -> bool:
        """Put, send or deliver what this transition has for the frame, if it can."""
        match transition:
            case Loop():
                return self.go_through(scope, site, transition)
            case Previous():
                return self.look_back(scope, site, transition)
        if not all(scope.has(site, place) for place in transition.inputs):
            return False
        token = self.obstacle(scope, site, transition)
        if token is None:
            token = self.token_of(scope, site, transition)
        match transition:
            case Send():
                scope.tokens[transition.to, transition.place] = token
            case Yield():
                self.delivered += _deliveries(transition, scope.frame, token)
                scope.tokens.update({(site, place): None for place in transition.outputs})
            case Branch() | Lookup() if isinstance(token, tuple):
                scope.tokens.update(
                    {(site, p): t for p, t in zip(transition.outputs, token, strict=True)}
                )
            case _:
                scope.tokens.update({(site, place): token for place in transition.outputs})
        return True

    def obstacle(
        self, scope: _Scope, site: str, transition: Transition
    ) -> Failure | Absence | None:
        """Return the error or absence that keeps a transition from running, or None."""
        gate = gate_of(transition)
        if gate is not None and isinstance(token := scope.token(site, gate), (Absence, Failure)):
            return token
        if isinstance(transition, Join):
            return None
        values = _values(transition)
        waits = transition.starts_on if isinstance(transition, Loop) else transition.inputs
        tokens = {p: scope.read(site, p) if p in values else scope.token(site, p) for p in waits}
        failures = [_failure(token, is_read=p in values) for p, token in tokens.items()]
        if found := [failure for failure in failures if failure is not None]:
            return Failure.merged(found)
        return ABSENT if any(isinstance(tokens[p], Absence) for p in values) else None

    def token_of(self, scope: _Scope, site: str, transition: Transition) -> Any:
        """Return what a transition makes of values."""

        def value_of(ref: Ref) -> Any:
            return ref.of(scope.read(site, ref.place))

        def filled(template: Any) -> Any:
            return fill(template, value_of, *self.unseal)

        where = Where.of(site, scope.frame, transition)
        match transition:
            case Call() | Ask():
                return result_of(where, transition, self.run, filled)
            case Let():
                return attempt(where, lambda: filled(transition.value))
            case Yield():
                return attempt(where, lambda: filled(transition.value))
            case Signal():
                return None
            case Send():
                return scope.token(site, transition.place)
            case Join():
                tokens = [scope.read(site, place) for place in transition.sources]
                return next((t for t in tokens if not isinstance(t, Absence)), ABSENT)
            case Branch():
                condition = transition.condition
                held = attempt(where, lambda: holds(condition, value_of, *self.unseal))
                return held if isinstance(held, Failure) else _gates(held)
            case Lookup():
                key = attempt(where, lambda: repr(filled(transition.key)))
                if isinstance(key, Failure):
                    return key
                found = (site, key) in self.caches
                return (self.caches[site, key], ABSENT) if found else (ABSENT, None)
            case Store():
                return attempt(where, lambda: self.store(site, transition, filled))
        raise AssertionError(f"a {type(transition).__name__} is no step")

    def store(self, site: str, store: Store, filled: Callable[[Any], Any]) -> Any:
        """Put a value into the cache of a site, and return it."""
        value = filled(store.value)
        if isinstance(value, Items):
            raise NoCodec("a stream can not be kept in a cache")
        self.caches[site, repr(filled(store.key))] = value
        return value

    # -- loops -----------------------------------------------------------------------------

    def go_through(self, scope: _Scope, site: str, loop: Loop) -> bool:
        """Begin a loop at its leader, and end it at each site once its part of it is done."""
        is_new = loop.source is not None and loop.item not in scope.loops
        if is_new and all(scope.has(site, place) for place in loop.starts_on):
            self.begin(scope, site, loop)
            self.moves += 1
        if not all(scope.has(site, place) for place in (loop.count, *loop.inputs)):
            return False
        rounds = scope.loops[loop.item]
        if any(at == site for inner in rounds for at, _ in inner.waiting):
            return False
        count = scope.token(site, loop.count)
        if isinstance(count, Count) and count.failure is not None:
            for hand_over in yields_in(loop.body):
                self.delivered += _deliveries(hand_over, scope.frame, count.failure)
        for give in loop.gives:
            scope.tokens[site, give.output] = _given(scope, site, give, rounds, count)
        return True

    def begin(self, scope: _Scope, site: str, loop: Loop) -> None:
        """Make a frame for each item, with what every site has to do in it."""
        token: Any = self.obstacle(scope, site, loop)
        items: list[Any] = []
        if token is None:
            end = attempt(
                Where.of(site, scope.frame, loop),
                lambda: drain(self.items(scope, site, loop), items),
            )
            token = Count(len(items), end if isinstance(end, Failure) else None)
        elif isinstance(token, Failure):
            token = Count(0, token)
        scope.tokens[site, loop.count] = token
        rounds = scope.loops[loop.item] = [_Scope((), []) for _ in items]
        body = [(at, t) for at, net in self.nets.items() for t in _body(net, loop.item)]
        for number, item in enumerate(items):
            inner = rounds[number]
            inner.frame, inner.waiting, inner.around = (*scope.frame, number), list(body), scope
            inner.before = rounds[number - 1] if number else None
            inner.tokens[site, loop.item] = item
        self.scopes += rounds

    def items(self, scope: _Scope, site: str, loop: Loop) -> Iterator[Any]:
        """Return what a loop goes through; a follower goes through nothing by itself."""
        if loop.source is None:
            return iter(())
        return items_of(loop.source.of(scope.read(site, loop.source.place)), loop.dim)

    def look_back(self, scope: _Scope, site: str, previous: Previous) -> bool:
        """Take a token of the iteration before, or from around the loop in the first one."""
        if not scope.has(site, previous.initial):
            return False
        if scope.before is None:
            token = scope.read(site, previous.initial)
        elif (site, previous.place) in scope.before.tokens:
            token = scope.before.tokens[site, previous.place]
            token = once_only(site) if isinstance(token, Items) else token
        else:
            return False
        scope.tokens[site, previous.output] = token
        return True


def _body(net: NetIR, item: str) -> tuple[Transition, ...]:
    loops = (t for t in net.walk() if isinstance(t, Loop))
    return next((loop.body for loop in loops if loop.item == item), ())


def _given(scope: _Scope, site: str, give: Give, rounds: Sequence[_Scope], count: Any) -> Any:
    """Return what a loop gives when it is over."""
    if isinstance(count, Absence):
        return ABSENT
    failures = [] if count.failure is None else [count.failure]
    match give:
        case Gather(_, place):
            tokens = [inner.tokens[site, place] for inner in rounds]
            tokens = [once_only(site) if isinstance(t, Items) else t for t in tokens]
            failures += [token for token in tokens if isinstance(token, Failure)]
            values = [token for token in tokens if not isinstance(token, Absence)]
            return Failure.merged(failures) if failures else values
        case Last(_, place, initial):
            if failures:
                return failures[0]
            token = rounds[-1].tokens[site, place] if rounds else scope.read(site, initial)
            return once_only(site) if isinstance(token, Items) else token
        case Ended(_, places):
            tokens = [inner.tokens[site, place] for inner in rounds for place in places]
            failures += [f for t in tokens if (f := _failure(t, is_read=False)) is not None]
            return Failure.merged(failures) if failures and places else None


def _gates(held: bool) -> tuple[Any, Any]:
    return (None, ABSENT) if held else (ABSENT, None)


def _values(transition: Transition) -> tuple[str, ...]:
    """Return the places whose values a transition reads, apart from what a loop captures."""
    if isinstance(transition, Loop):
        return () if transition.source is None else (transition.source.place,)
    if isinstance(transition, Previous):
        return (transition.initial,)
    return value_places(transition)


def _failure(token: Any, *, is_read: bool) -> Failure | None:
    """Return the error in a token; a stream that is only waited for must end, and end well."""
    if isinstance(token, Items) and not is_read:
        return token.failure
    return token if isinstance(token, Failure) else None


def _deliveries(transition: Yield, frame: Path, token: Any) -> Iterator[Yielded]:
    deliver = partial(Yielded, transition.name, transition.place)
    if isinstance(token, Items):
        for number, item in enumerate(token.items):
            yield deliver((*frame, number), item)
        token = token.failure or ABSENT
    if not isinstance(token, Absence):
        yield deliver(frame, token)
