"""The scopes of a net: the outermost one, and one for the body of each loop.

What the laws in `verify.py` are stated over. It checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dfm.net.loops import Last, Loop, Receive, Transition
from dfm.net.model import NetIR


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """A scope at one site: what stands in it, and the places that are its own.

    `loop` is the one whose body it is, `around` the scope in which that loop stands.
    """

    net: NetIR
    places: frozenset[str]
    loop: Loop | None = None
    around: Scope | None = None

    @property
    def site(self) -> str:
        """The site it is at."""
        return self.net.site

    @property
    def name(self) -> str | None:
        """The name of its loop; the outermost scope has none."""
        return None if self.loop is None else self.loop.item

    @property
    def receives(self) -> tuple[Receive, ...]:
        """What other sites send in its frames."""
        return self.net.receives if self.loop is None else self.loop.receives

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """What is done in its frames."""
        return self.net.transitions if self.loop is None else self.loop.body

    def sees(self, place: str) -> bool:
        """Whether a place is of this scope or of one around it."""
        scope: Scope | None = self
        while scope is not None and place not in scope.places:
            scope = scope.around
        return scope is not None

    def __str__(self) -> str:
        return f"at {self.site!r}" + ("" if self.loop is None else f" in the loop {self.name!r}")


def scopes_of(net: NetIR) -> list[Scope]:
    """Return the scopes of a net, each before those in it."""
    found: list[Scope] = []
    waiting = [Scope(net, frozenset(net.places))]
    while waiting:
        scope = waiting.pop()
        found.append(scope)
        loops = [loop for loop in scope.transitions if isinstance(loop, Loop)]
        waiting += [Scope(net, frozenset(loop.made), loop, scope) for loop in reversed(loops)]
    return found


def loops_in(scopes: Iterable[Scope]) -> Iterator[tuple[Scope, Loop]]:
    """Yield each loop with the scope in which it stands."""
    for scope in scopes:
        yield from ((scope, loop) for loop in scope.transitions if isinstance(loop, Loop))


def waits_itself(transition: Transition) -> tuple[str, ...]:
    """Return what a transition waits for; a loop, without what its body waits for."""
    if not isinstance(transition, Loop):
        return transition.inputs
    initial = (give.initial for give in transition.gives if isinstance(give, Last))
    return (*transition.starts_on, *initial)


def loops_of_their_scope(scopes: Iterable[Scope]) -> set[str]:
    """Return the loops that wait, or whose bodies do, for a place of the scope they stand in.

    The same is in `Loop.inputs`; asked of each loop in turn, deep nets would take too long.
    """
    found = set()
    for scope in scopes:
        for transition in scope.transitions:
            if scope.around is None and not isinstance(transition, Loop):
                continue  # on no way into a loop
            for place in waits_itself(transition):
                if isinstance(transition, Loop) and place in scope.places:
                    found.add(transition.item)
                elif loop := _loop_on_the_way(scope, place):
                    found.add(loop)
    return found


def _loop_on_the_way(scope: Scope, place: str) -> str | None:
    """Return the loop through which a scope reads a place of one around it."""
    while place not in scope.places:
        if scope.around is None:
            return None
        if place in scope.around.places:
            return scope.name
        scope = scope.around
    return None
