"""Cut every edge between two sites."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dfm.compiler.arguments import renamed
from dfm.compiler.cost import SIGNAL_BYTES, costs_of
from dfm.compiler.crossings import Crossing, Part
from dfm.compiler.lines import AnyLine, Delivery, Scope, Step, with_after
from dfm.compiler.made import Glue
from dfm.compiler.places import Names, Places, names_for
from dfm.compiler.plan import Plan
from dfm.net.loops import Ended
from dfm.net.template import Item, Ref, Selector, references
from dfm.net.transitions import Branch, Let, Lookup, Signal, Store

Path = tuple[Selector, ...]
SIGNAL: Literal["signal"] = "signal"
Carriers = dict[tuple[str, str, Path | Literal["signal"]], str]
"""The place that carries a part of a value, or the signal that it is there, to a site."""

_NOT_A_WORD = re.compile(r"\W")


def cut_crossings(plan: Plan) -> Plan:
    """Let no more cross between two sites than is read at the other one, and that once.

    A value read at several places of a site is sent there once. Where only parts of it are
    read, the parts are sent. Where something only waits for it, a signal is sent. What is made
    in a loop is sent in each of its iterations.

    Needs: each line has a site, and waits only for what it can see (`await_ends` has run).
    Leaves: every place that is read is made at the reader's site or crosses to it.
    """
    places, sizes, names = Places(plan), costs_of(plan).bytes_out, names_for(plan)
    carriers: Carriers = {}
    parts: dict[str, Part] = {}
    crossings: list[Crossing] = []
    for (place, target), want in _wants(plan, places).items():
        source, scope = places.site(place), places.scope(place)
        for path in _shortest(want.paths):
            name = place
            if path:
                name = _name_of_part(names, place, path)
                parts[name] = Part(source, Let(name, Ref(place, path)), scope)
            carriers[place, target, path] = name
            size = sizes.get(place, SIGNAL_BYTES)
            crossings.append(Crossing(name, source, target, size, scope, place))
        if want.is_awaited and () not in want.paths:
            name = names.of(f"{place}_done", place, SIGNAL)
            parts[name] = Part(source, Signal(name, place), scope)
            carriers[place, target, SIGNAL] = name
            crossings.append(Crossing(name, source, target, SIGNAL_BYTES, scope))
    return replace(
        plan,
        lines=tuple(_rewritten(line, carriers) for line in plan.lines),
        deliveries=tuple(_rewritten(d, carriers) for d in plan.deliveries),
        parts=tuple(parts.values()),
        crossings=tuple(crossings),
    )


@dataclass(slots=True)
class _Want:
    """What a site wants of a value that is made elsewhere."""

    paths: dict[Path, None] = field(default_factory=dict)
    is_awaited: bool = False


def _wants(plan: Plan, places: Places) -> dict[tuple[str, str], _Want]:
    """Return what crosses, by place and target site, in the order in which it is read."""
    wants: defaultdict[tuple[str, str], _Want] = defaultdict(_Want)
    for line in plan.all_lines:
        for place, path in _reads(line, places):
            maker = places.get(place)
            if maker is not None and maker.site != line.site:
                if path is None:
                    wants[place, line.site].is_awaited = True
                else:
                    wants[place, line.site].paths[path] = None
    return wants


def _reads(line: AnyLine, places: Places) -> Iterator[tuple[str, Path | None]]:
    """Yield what a line reads of which place, and, with None, what it only waits for."""
    for ref in line.refs:
        yield ref.place, ref.path
    if not (isinstance(line, Glue) and isinstance(line.does, Ended)):
        for place in line.after:
            yield place, () if place in places and places.is_bare(place) else None
    if line.when is not None:
        yield line.when, ()


def _shortest(paths: Collection[Path]) -> list[Path]:
    """Return the paths that are no part of another one."""
    return [p for p in paths if not any(p[:n] in paths for n in range(len(p)))]


# -- readers at other sites ---------------------------------------------------------------------


def _rewritten(line: AnyLine, carriers: Carriers) -> Any:
    """Return a line that reads what has crossed to its site by the name that it has there."""
    if line.after:
        after = (carriers.get((p, line.site, SIGNAL), p) for p in line.after)
        line = with_after(line, tuple(after))
    refs = _carried(line, carriers)
    if not refs:
        return line
    match line:
        case Step():
            arguments = tuple((n, renamed(template, refs)) for n, template in line.arguments)
            read = references([template for _, template in arguments])
            return line.replace(arguments=arguments, refs=read)
        case Delivery():
            value = renamed(line.value, refs)
            return line.replace(value=value, refs=references(value))
        case Scope():
            return line.replace(source=renamed(line.source, refs))
        case Glue():
            read = tuple(dict.fromkeys(refs.get(ref, ref) for ref in line.refs))
            return line.replace(does=_renamed(line.does, refs), refs=read)


def _renamed(does: Any, refs: Mapping[Ref, Ref]) -> Any:
    """Return a transition that reads other places; whole values keep theirs."""
    match does:
        case Let():
            return replace(does, value=renamed(does.value, refs))
        case Branch():
            return replace(does, condition=renamed(does.condition, refs))
        case Lookup():
            return replace(does, key=renamed(does.key, refs))
        case Store():
            return replace(does, key=renamed(does.key, refs), value=renamed(does.value, refs))
    return does


def _carried(line: AnyLine, carriers: Carriers) -> dict[Ref, Ref]:
    """Return what a line reads by other names now."""
    found = {}
    for ref in line.refs:
        for length in range(len(ref.path) + 1):
            name = carriers.get((ref.place, line.site, ref.path[:length]))
            if name is not None and (carried := Ref(name, ref.path[length:])) != ref:
                found[ref] = carried
    return found


def _name_of_part(names: Names, place: str, path: Path) -> str:
    """Return the name of a part of a value, the same one each time."""
    words = (str(s.key if isinstance(s, Item) else s.name) for s in path)
    wanted = "_".join([place, *(_NOT_A_WORD.sub("_", word)[:20] for word in words)])
    return names.of(wanted, place, path)
