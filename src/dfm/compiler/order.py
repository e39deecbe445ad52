"""Put lines in an order in which they could be done, and refuse those that have none."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from dfm.compiler.lines import AnyLine, Delivery, Line, Scope, with_after
from dfm.compiler.made import Glue, glue
from dfm.compiler.places import Names, Places, names_for
from dfm.compiler.plan import Plan
from dfm.errors import StructureError
from dfm.net.model import START
from dfm.net.transitions import Let

MOST_WAITS = 8
"""For how many places one waits, rather than for one place that waits for all of them."""

Nodes = Mapping[str, AnyLine]
"""The lines by key; a loop is there twice, as its beginning and as its end."""


def order_lines(plan: Plan) -> Plan:
    """Put each line after what it needs, else as it was written; wait for places only.

    A loop is over when all in it is done, so what it gives comes after all that. To wait for a
    yield is to wait for all that the yield waits for.

    Needs: lines that wait for others by name (`read_statements` has run).
    Leaves: what a line reads and waits for is a place of a line before it.

    Raises:
        StructureError: for lines that wait for each other in a circle, naming each.
    """
    nodes: dict[str, AnyLine] = {line.key: line for line in plan.all_lines}
    nodes |= {scope.end: scope for scope in plan.scopes}
    places = Places(plan)
    order = list(_sorted(plan, nodes, places))
    ranks = {key: rank for rank, key in enumerate(order)}
    lines, deliveries = _waiting_for_places(nodes, order, places, names_for(plan))
    return replace(
        plan,
        lines=tuple(
            line.replace(rank=ranks[line.end]) if isinstance(line, Scope) else line
            for line in lines
        ),
        deliveries=tuple(deliveries[d.key].replace(rank=ranks[d.key]) for d in plan.deliveries),
    )


def _numbers(plan: Plan) -> dict[str, int]:
    """Return the number of each line as it was written, and of the end of each loop."""
    known = {d.key: d.rank for d in plan.deliveries} | {s.end: s.rank for s in plan.scopes}
    taken = set(known.values())
    free = (n for n in range(len(known) + len(plan.lines)) if n not in taken)
    return known | {line.key: n for line, n in zip(plan.lines, free, strict=True)}


def _sorted(plan: Plan, nodes: Nodes, places: Places) -> Iterable[str]:
    """Return the keys of lines, each after those it needs, the first written first."""
    numbers, needs = _numbers(plan), _all_needs(plan, nodes, places)
    if all(numbers[n] < numbers[key] for key, before in needs.items() for n in before):
        return sorted(numbers, key=numbers.__getitem__)  # as most pipelines are written
    return _rearranged(numbers, needs, nodes)


def _all_needs(plan: Plan, nodes: Nodes, places: Places) -> Mapping[str, list[str]]:
    """Return the keys of the lines that must come before each line, and each end of a loop."""
    needs = {line.key: list(_needs(line, nodes, places)) for line in plan.all_lines}
    needs |= {scope.end: [scope.item] for scope in plan.scopes}
    for line in plan.all_lines:
        if line.scope:
            last = line.end if isinstance(line, Scope) else line.key
            needs[_end(line.scope, nodes)].append(last)
    return needs


def _rearranged(
    numbers: Mapping[str, int], needs: Mapping[str, list[str]], nodes: Nodes
) -> Iterator[str]:
    """Yield keys, each after those it needs, of several that could come that of least number."""
    sorter = TopologicalSorter(needs)
    try:
        sorter.prepare()
    except CycleError as error:
        raise _circle(_from_first(error.args[1], numbers), nodes) from None
    ready: list[tuple[int, str]] = []
    while sorter.is_active():
        for key in sorter.get_ready():
            heapq.heappush(ready, (numbers[key], key))
        _, first = heapq.heappop(ready)
        yield first
        sorter.done(first)


def _from_first(circle: Sequence[str], numbers: Mapping[str, int]) -> list[str]:
    """Return a circle, which ends where it begins, begun with the least number."""
    least = min(range(len(circle) - 1), key=lambda n: numbers[circle[n]])
    return [*circle[least:-1], *circle[: least + 1]]


def _needs(line: AnyLine, nodes: Nodes, places: Places) -> Iterator[str]:
    """Yield the keys of the lines that must come before a line."""
    if line.scope:
        yield line.scope
    gate = () if line.when is None else (line.when,)
    for place in (*(ref.place for ref in line.refs), *line.after, *gate):
        other = nodes.get(place, places.get(place))
        if other is None:
            continue  # a parameter
        yield other.key
        inside = _scope_of(other, place)
        yield from (_end(loop, nodes) for loop in places.loops_between(inside, line.scope))
    if isinstance(line, Glue) and line.of:
        yield _end(line.of, nodes)


def _scope_of(line: AnyLine, place: str) -> str:
    return line.item if isinstance(line, Scope) and place == line.item else line.scope


def _end(loop: str, nodes: Nodes) -> str:
    scope = nodes[loop]
    return scope.end if isinstance(scope, Scope) else loop


def _circle(keys: list[str], nodes: Nodes) -> StructureError:
    lines = [nodes[key] for key in keys]
    where = [line.at or line.key for line in lines]
    way = [at for n, at in enumerate(where) if n == 0 or at != where[n - 1]]
    if len(way) == 1:
        way *= 2
    return StructureError(
        f"these statements wait for each other: {' before '.join(way)}",
        at=lines[0].at,
        hint="leave out one dfm_after",
    )


def _waiting_for_places(
    nodes: Nodes, order: list[str], places: Places, names: Names
) -> tuple[list[Line], dict[str, Delivery]]:
    """Replace waiting for a yield by waiting for all that the yield waits for.

    If it is in a branch or loop, that is waited for only where the yield is done. Who reads some of
    that anyway would not wait for the end of it, if it is a stream: he waits for a place that says
    that all is there.
    """
    read_by_who_waits: defaultdict[str, set[str]] = defaultdict(set)
    """By what is waited for."""
    for line in nodes.values():
        for key in line.after:
            read_by_who_waits[key].update(ref.place for ref in line.refs)
    instead: dict[str, tuple[str, ...]] = {}
    scopes: dict[str, str] = {}
    """The loops of the places that are made here."""
    lines: list[Line] = []
    deliveries: dict[str, Delivery] = {}
    for key in order:
        node = nodes[key]
        if key != node.key:
            continue  # the end of a loop
        after = dict.fromkeys(p for one in node.after for p in instead.get(one, (one,)))
        line = with_after(node, tuple(after))
        if not isinstance(line, Delivery):
            lines.append(line)
            continue
        deliveries[key] = line
        if key in read_by_who_waits:
            instead[key] = waits = _waits(line)
            around = {scopes[p] if p in scopes else places.scope(p) for p in waits}
            is_told = not line.scope or around == {line.scope}
            is_read = not read_by_who_waits[key].isdisjoint(waits)
            if not is_told or is_read or line.when is not None or len(waits) > MOST_WAITS:
                does = Let(names.fresh(f"{key}_all"), None, waits, line.when)
                lines.append(glue(does, scope=line.scope, at=line.at))
                scopes[does.output] = line.scope
                instead[key] = (does.output,)
    return lines, deliveries


def _waits(delivery: Delivery) -> tuple[str, ...]:
    """Return the places that a yield waits for, apart from its gate."""
    reads = (ref.place for ref in delivery.refs if not ref.place.startswith(START))
    return tuple(dict.fromkeys((*reads, *delivery.after)))
