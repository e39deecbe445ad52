"""The laws that a set of nets must keep, checked before any of them runs.

A *scope* is what has frames of its own: a call, or the body of a loop.

1. Every place is filled exactly once in each frame of its scope: by the application, by another
   site, by a loop, or by one transition. No two scopes of a net have a place, or a loop, of the
   same name. What the application fills begins with a dollar.
2. What is read, or waited for, is of the scope in which that is done, or of one around it.
3. Every transition has an input, and one in a body has one of that scope: this is how it knows
   of an iteration. For the same reason a follower with a body receives something in it.
4. Every `Receive` has exactly one `Send` of the same place, in the body of the same loop, at the
   site it names, and every `Send` has its `Receive`. A `Send` is to another site; what goes to
   the application is a `Yield`.
5. Every loop has exactly one leader, the only one with a sequence. It names the followers, all of
   them; they name it, lie in the same loop as it (or in none), receive its `count` in the scope
   around, and wait for nothing else. They say alike how many iterations may be in flight, at
   least one.
6. A `Previous` stands in a body. Its `place` is of that scope, its `initial` from outside. What a
   loop gives is made of places of the loop's own scope, and of an `initial` from outside.
7. A `Lookup` has a `Store` in its own scope that names it, and a `Store` names no other.
8. Names of yields are unique.
9. Nothing waits for itself, around however many sites and scopes; `verify_order.py` says what
   waits for what.

Together they mean that each transition fires exactly once per frame of its scope, whatever fails
or is absent, and that every site can tell when it is done. That a gate is never read as a value
is no law: it would be None, and harm nobody.

A net that breaks a law is a bug in whatever made it, so it is an `InternalError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dfm.errors import InternalError
from dfm.net.loops import Ended, Loop, Previous, Transition
from dfm.net.model import START, NetIR
from dfm.net.scopes import Scope, loops_in, loops_of_their_scope, scopes_of, waits_itself
from dfm.net.text import format_transition
from dfm.net.transitions import Lookup, Send, Store
from dfm.net.verify_order import cycle_in

Link = tuple[str, str | None, str, str]
"""What crosses: the site that sends, the loop in which it does, the place, the other site."""


def verify(nets: Mapping[str, NetIR]) -> None:
    """Refuse nets that break a law.

    Raises:
        InternalError: naming the law's subject, with the net as a note.
    """
    scopes: list[Scope] = []
    for site, net in nets.items():
        if net.site != site:
            raise _broken(f"the net of {net.site!r} is filed under {site!r}", net)
        scopes += _verified_site(net)
    _verify_loops(scopes)
    _verify_links(nets, scopes)
    _verify_yields(nets.values())
    _verify_order(nets, scopes)


def verify_net(net: NetIR) -> None:
    """Refuse a net that breaks a law that one site can check by itself.

    What other sites send is taken on trust; whether they do is a matter of all nets.

    Raises:
        InternalError: naming the law's subject, with the net as a note.
    """
    scopes = _verified_site(net)
    _verify_yields([net])
    _verify_order({net.site: net}, scopes)


def _verified_site(net: NetIR) -> list[Scope]:
    scopes = scopes_of(net)
    for param in net.params:
        if not param.startswith(START):
            raise _broken(f"the parameter {param!r} does not begin with a dollar", net)
    if twice := _first_repeated(_filled(scopes)):
        raise _broken(f"place {twice!r} at {net.site!r} is filled twice", net)
    in_scope = loops_of_their_scope(scopes)
    for scope in scopes:
        for transition in scope.transitions:
            _verify_inputs(scope, transition, in_scope)
            if isinstance(transition, Loop):
                _verify_loop(scope, transition)
            elif isinstance(transition, Send) and transition.to in ("", scope.site):
                raise _bad(scope, transition, "is to no other site")
        _verify_lookups(scope)
    return scopes


def _filled(scopes: Iterable[Scope]) -> Iterator[str]:
    """Yield the names of places and of loops as often as something bears them."""
    for scope in scopes:
        if scope.loop is None:
            yield from scope.net.places
        else:
            yield from scope.loop.made
            if scope.loop.item not in scope.places:
                yield scope.loop.item


def _verify_inputs(scope: Scope, transition: Transition, in_scope: set[str]) -> None:
    """Check what a transition waits for; `in_scope` are the loops that belong to an iteration."""
    waits = waits_itself(transition)
    if isinstance(transition, Previous) and scope.loop is None:
        raise _bad(scope, transition, "stands in no loop")
    if not waits:
        line = format_transition(transition, scope.site)
        raise _broken(f"nothing starts {line!r} {scope}", scope.net)
    for place in waits:
        if not scope.sees(place):
            raise _unseen(scope, place)
    if isinstance(transition, Previous):
        _verify_own(scope, transition.place)
        _verify_outside(scope, transition.initial)
    elif scope.loop is not None and not _is_of_iteration(scope, transition, in_scope):
        raise _bad(scope, transition, "waits for nothing in it")


def _is_of_iteration(scope: Scope, transition: Transition, in_scope: set[str]) -> bool:
    if isinstance(transition, Loop):
        return transition.item in in_scope
    return not scope.places.isdisjoint(transition.inputs)


def _verify_own(scope: Scope, place: str) -> None:
    if place not in scope.places:
        raise _broken(f"place {place!r} is read {scope}, and is not made there", scope.net)


def _verify_outside(scope: Scope, initial: str) -> None:
    if scope.around is None or not scope.around.sees(initial):
        message = f"place {initial!r} is to begin with {scope}, and is none from outside"
        raise _broken(message, scope.net)


def _verify_loop(scope: Scope, loop: Loop) -> None:
    """Check what one site can of a loop that stands in a scope."""
    body = Scope(scope.net, frozenset(loop.made), loop, scope)
    for give in loop.gives:
        for place in give.places if isinstance(give, Ended) else (give.place,):
            _verify_own(body, place)
    if loop.at_most < 1:
        raise _bad(scope, loop, "lets no iteration begin")
    if _first_repeated(loop.followers) or loop.leader in loop.followers:
        raise _bad(scope, loop, "has the same site twice")
    if (loop.source is not None) != (loop.leader == scope.site):
        raise _bad(scope, loop, "has its sequence at a site that does not lead it")
    if loop.source is None:
        _verify_follower(scope, loop)


def _verify_follower(scope: Scope, loop: Loop) -> None:
    if (loop.count, loop.leader) not in [(r.place, r.site) for r in scope.receives]:
        message = f"does not receive {loop.count!r} from its leader in the scope around it"
        raise _bad(scope, loop, message)
    if loop.after or loop.when is not None or loop.followers or loop.dim is not None:
        raise _bad(scope, loop, "follows, and says what is for its leader to say")
    if loop.body and not loop.receives:
        raise _bad(scope, loop, "receives nothing in it that tells of iterations")


def _verify_lookups(scope: Scope) -> None:
    hits = {t.hit: t for t in scope.transitions if isinstance(t, Lookup)}
    stores = [t for t in scope.transitions if isinstance(t, Store) and t.lookup is not None]
    for store in stores:
        if store.lookup not in hits:
            raise _bad(scope, store, "names no lookup of its scope")
    named = {store.lookup for store in stores}
    for hit, lookup in hits.items():
        if hit not in named:
            raise _bad(scope, lookup, "is named by no store")


def _verify_loops(scopes: Sequence[Scope]) -> None:
    loops = list(loops_in(scopes))
    leaders = {loop.item: (s, loop) for s, loop in loops if loop.source is not None}
    parts = {(loop.item, scope.site) for scope, loop in loops}
    led: set[str] = set()
    for scope, loop in loops:
        if loop.item not in leaders:
            raise _bad(scope, loop, "has no leader")
        around, leader = leaders[loop.item]
        if loop.source is not None:
            if loop.item in led:
                raise _bad(scope, loop, "has two leaders")
            led.add(loop.item)
            for follower in loop.followers:
                if (loop.item, follower) not in parts:
                    raise _bad(scope, loop, f"names {follower!r}, which has no part in it")
        elif scope.site not in leader.followers or loop.leader != around.site:
            raise _bad(scope, loop, f"follows {loop.leader!r}, which does not name it")
        elif loop.count != leader.count:
            raise _bad(scope, loop, f"counts what its leader calls {leader.count!r}")
        elif loop.at_most != leader.at_most:
            raise _bad(scope, loop, f"has another window than at its leader, {leader.at_most}")
        if scope.name != around.name:
            lies = "no loop" if around.name is None else f"the loop {around.name!r}"
            raise _bad(scope, loop, f"lies in {lies} at its leader")


def _verify_links(nets: Mapping[str, NetIR], scopes: Iterable[Scope]) -> None:
    received: dict[Link, Scope] = {
        (r.site, scope.name, r.place, scope.site): scope for scope in scopes for r in scope.receives
    }
    sent: set[Link] = set()
    for scope in scopes:
        for transition in scope.transitions:
            if not isinstance(transition, Send):
                continue
            link = (scope.site, scope.name, transition.place, transition.to)
            if link in sent:
                raise _broken(f"{scope.site!r} sends {transition.place!r} twice", scope.net)
            if link not in received:
                message = f"{scope.site!r} sends {transition.place!r} to {transition.to!r}"
                more = f", which does not receive it from there{_in_loop(scope)}"
                raise _broken(message + more, scope.net)
            sent.add(link)
    for (site, _, place, target), scope in received.items():
        if (site, scope.name, place, target) not in sent:
            message = f"{target!r} receives {place!r} from {site!r}, which does not send it"
            raise _broken(message + _in_loop(scope), nets[target])


def _verify_yields(nets: Iterable[NetIR]) -> None:
    found = [(y.name, net) for net in nets for y in net.yields]
    if twice := _first_repeated([name for name, _ in found]):
        raise _broken(f"there are two yields {twice!r}", dict(found)[twice])


def _verify_order(nets: Mapping[str, NetIR], scopes: Iterable[Scope]) -> None:
    if cycle := cycle_in(scopes):
        way = " -> ".join(map(str, cycle))
        net = next(nets[node.site] for node in cycle if node.site)
        raise _broken(f"these places wait for each other: {way}", net)


def _first_repeated(names: Iterable[str]) -> str | None:
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _in_loop(scope: Scope) -> str:
    return "" if scope.loop is None else f" in the loop {scope.name!r}"


def _unseen(scope: Scope, place: str) -> InternalError:
    message = f"place {place!r} is read {scope} and nothing fills it"
    return _broken(message + ("" if scope.loop is None else ", there or around it"), scope.net)


def _bad(scope: Scope, transition: Transition, what: str) -> InternalError:
    line = format_transition(transition, scope.site)
    return _broken(f"{line!r} {scope} {what}", scope.net)


def _broken(message: str, net: NetIR) -> InternalError:
    error = InternalError(message, at=f"pipeline {net.pipeline_name!r}")
    error.add_note(str(net))
    return error
