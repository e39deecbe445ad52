"""What waits for what in a set of nets, and whether something waits for itself.

    an output          waits for the inputs of its transition, in its own frame
    a received place   waits for the place that is sent
    a body             waits for what its loop starts on, at the leader
    a loop's end       waits for all of its body, at every site
    its count          waits for the end: with at most so many iterations in flight, the last item
                       is taken when those before it are through
    what it gives      waits for the count, and for the values to begin with

A `Previous` waits for what it begins with. For the iteration before it waits too, but that one
waits for none after it: going back ends at the first. So a place may depend on its own previous
token, and even a `Previous` of itself is well defined: it is what it began with, in all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from dfm.net.loops import Last, Loop, Transition
from dfm.net.scopes import Scope


class Node(NamedTuple):
    """A place at a site; without a site, the beginning or the end of a loop.

    Where there are many of them, plain tuples stand for them, which are equal to them.
    """

    name: str
    site: str = ""

    def __str__(self) -> str:
        return f"{self.name}@{self.site}" if self.site else self.name


Pair = tuple[str, str]
Waits = defaultdict[Pair, list[Pair]]


def cycle_in(scopes: Iterable[Scope]) -> list[Node] | None:
    """Return nodes each of which is waited for by the next, the last being the first again."""
    waits: Waits = defaultdict(list)
    for scope in scopes:
        _add_scope(waits, scope)
    if not _has_cycle(waits):
        return None
    try:
        TopologicalSorter(waits).prepare()  # which names one, and takes ten times as long
    except CycleError as error:
        return [Node(*pair) for pair in error.args[1]]
    return None


def _has_cycle(waits: Waits) -> bool:
    """Whether something is never ready if each node is once all is that it waits for."""
    readers: Waits = defaultdict(list)
    for node, inputs in waits.items():
        for place in inputs:
            readers[place].append(node)
    left = {node: len(inputs) for node, inputs in waits.items()}
    ready = [node for node in readers if not left.get(node)]
    while ready:
        for reader in readers[ready.pop()]:
            left[reader] -= 1
            if not left[reader]:
                ready.append(reader)
    return any(left.values())


def _add_scope(waits: Waits, scope: Scope) -> None:
    site = scope.site
    for receive in scope.receives:
        waits[receive.place, site].append((receive.place, receive.site))
    for transition in scope.transitions:
        if isinstance(transition, Loop):
            _add_loop(waits, site, transition)
        else:
            inputs = [(place, site) for place in transition.inputs]
            for place in transition.outputs:
                waits[place, site] += inputs
    if scope.loop is not None:
        _add_body(waits, scope, scope.loop)


def _add_loop(waits: Waits, site: str, loop: Loop) -> None:
    """Add what a loop waits for itself, and what it fills around it."""
    count = (loop.count, site)
    if loop.source is not None:
        waits[_begin(loop)] += [(place, site) for place in loop.starts_on]
        waits[loop.item, site].append(_begin(loop))
        waits[_end(loop)].append(_begin(loop))
        waits[count].append(_end(loop))
    for give in loop.gives:
        waits[give.output, site].append(count)
        if isinstance(give, Last):
            waits[give.output, site].append((give.initial, site))


def _add_body(waits: Waits, scope: Scope, loop: Loop) -> None:
    for place in loop.made:
        waits[place, scope.site].append(_begin(loop))
    for transition in scope.transitions:
        waits[_end(loop)] += [(place, scope.site) for place in _ends_with(transition)]


def _ends_with(transition: Transition) -> tuple[str, ...]:
    """Return the places that have their tokens once a transition of a body is through."""
    if isinstance(transition, Loop):
        return (transition.count, *transition.outputs)
    return transition.outputs or transition.inputs


def _begin(loop: Loop) -> Pair:
    return (f"the beginning of the loop {loop.item!r}", "")


def _end(loop: Loop) -> Pair:
    return (f"the end of the loop {loop.item!r}", "")
