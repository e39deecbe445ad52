"""Cut every edge between two sites."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dfm.compiler.cost import SIGNAL_BYTES
from dfm.compiler.plan import Crossing, Delivery, Part, Plan, Step
from dfm.net.model import Select, Signal
from dfm.net.template import Item, Ref, Selector, fill, references

Path = tuple[Selector, ...]
SIGNAL: Literal["signal"] = "signal"
Carriers = dict[tuple[str, str, Path | Literal["signal"]], str]
"""The place that carries a part of a value, or the signal that it is there, to a site."""

_NOT_A_WORD = re.compile(r"\W")


def cut_crossings(plan: Plan) -> Plan:
    """Let no more cross between two sites than is read at the other one, and that once.

    A value read at several places of a site is sent there once. Where only parts of it are
    read, the parts are sent. Where something only waits for it, a signal is sent.

    Needs: each step and each delivery has a site.
    Leaves: every place that is read is made at the reader's site or crosses to it.
    """
    steps = {step.name: step for step in plan.steps}
    names = _Names(set(steps))
    carriers: Carriers = {}
    parts: dict[str, Part] = {}
    crossings: list[Crossing] = []
    for (place, target), want in _wants(plan, steps).items():
        source = steps[place]
        for path in _shortest(want.paths):
            name = place
            if path:
                name = names.of_part(place, path)
                parts[name] = Part(source.site, Select(name, Ref(place, path)))
            carriers[place, target, path] = name
            crossings.append(Crossing(name, source.site, target, source.bytes_out))
        if want.is_awaited and () not in want.paths:
            name = names.of_signal(place)
            parts[name] = Part(source.site, Signal(name, place))
            carriers[place, target, SIGNAL] = name
            crossings.append(Crossing(name, source.site, target, SIGNAL_BYTES))
    return replace(
        plan,
        steps=tuple(_rewritten_step(step, carriers) for step in plan.steps),
        deliveries=tuple(_rewritten_delivery(d, carriers) for d in plan.deliveries),
        parts=tuple(parts.values()),
        crossings=tuple(crossings),
    )


@dataclass(slots=True)
class _Want:
    """What a site wants of a value that is made elsewhere."""

    paths: dict[Path, None] = field(default_factory=dict)
    is_awaited: bool = False


def _wants(plan: Plan, steps: Mapping[str, Step]) -> dict[tuple[str, str], _Want]:
    """Return what crosses, by place and target site, in the order in which it is read."""
    wants: defaultdict[tuple[str, str], _Want] = defaultdict(_Want)
    lines: tuple[Step | Delivery, ...] = (*plan.steps, *plan.deliveries)
    for line in lines:
        for ref in line.refs:
            if ref.place in steps and steps[ref.place].site != line.site:
                wants[ref.place, line.site].paths[ref.path] = None
        for place in line.after:
            if steps[place].site != line.site:
                wants[place, line.site].is_awaited = True
    return wants


def _shortest(paths: Collection[Path]) -> list[Path]:
    """Return the paths that are no part of another one."""
    return [p for p in paths if not any(p[:n] in paths for n in range(len(p)))]


# -- readers at other sites ---------------------------------------------------------------------


def _rewritten_step(step: Step, carriers: Carriers) -> Step:
    refs = _carried(step, carriers)
    after = tuple(_carried_order(place, step.site, carriers) for place in step.after)
    if not refs:
        return step if after == step.after else replace(step, after=after)
    arguments = tuple((n, _renamed(template, refs)) for n, template in step.arguments)
    read = references([template for _, template in arguments])
    return replace(step, arguments=arguments, refs=read, after=after)


def _rewritten_delivery(delivery: Delivery, carriers: Carriers) -> Delivery:
    refs = _carried(delivery, carriers)
    value = _renamed(delivery.value, refs)
    after = tuple(_carried_order(place, delivery.site, carriers) for place in delivery.after)
    return replace(delivery, value=value, refs=references(value), after=after)


def _carried(line: Step | Delivery, carriers: Carriers) -> dict[Ref, Ref]:
    """Return what a line reads by other names now."""
    found = {}
    for ref in line.refs:
        for length in range(len(ref.path) + 1):
            name = carriers.get((ref.place, line.site, ref.path[:length]))
            if name is not None and (carried := Ref(name, ref.path[length:])) != ref:
                found[ref] = carried
    return found


def _carried_order(place: str, site: str, carriers: Carriers) -> str:
    return carriers.get((place, site, SIGNAL), place)


def _renamed(template: Any, refs: Mapping[Ref, Ref]) -> Any:
    return fill(template, lambda ref: refs.get(ref, ref)) if refs else template


# -- names ----------------------------------------------------------------------------------------


class _Names:
    """Names for new places: they say what is in them, and are nobody else's."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._given: dict[tuple[str, Path | None], str] = {}

    def of_part(self, place: str, path: Path) -> str:
        """Return the name of a part of a value, the same one each time."""
        words = (str(s.key if isinstance(s, Item) else s.name) for s in path)
        wanted = "_".join([place, *(_NOT_A_WORD.sub("_", word)[:20] for word in words)])
        return self._fresh(wanted, (place, path))

    def of_signal(self, place: str) -> str:
        """Return the name of the signal that a value is there, the same one each time."""
        return self._fresh(f"{place}_done", (place, None))

    def _fresh(self, wanted: str, key: tuple[str, Path | None]) -> str:
        if key not in self._given:
            name, number = wanted, 2
            while name in self._taken:
                name, number = f"{wanted}_{number}", number + 1
            self._taken.add(name)
            self._given[key] = name
        return self._given[key]
