"""Who wants what: the values of a plan on their way, for the choice of sites.

Beside what steps read there are tokens of a byte: gates, which say that a branch is taken; items
of a loop for steps that read nothing of their iteration; how often a loop goes round; and that
something is done that somebody only waits for. They cost as much as the latency of a link.

What glue reads is not wanted anywhere: where the glue will be depends on the choice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dfm.compiler.cost import SIGNAL_BYTES, Costs
from dfm.compiler.flows import Part
from dfm.compiler.lines import AnyLine, Delivery, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.compiler.values import Value
from dfm.net.loops import Gather, Last, Previous
from dfm.net.transitions import Branch, Join

MOST_WAITING = 4
"""How many steps may wait for a token of a byte so that it counts for the choice of their sites."""
MOST_BYTES_FOR_A_SIGNAL = 100
"""How large a value may be so that who waits for it may as well read it, if anyone does."""

Names = dict[str, None]


def values_of(plan: Plan, costs: Costs, *, has_policies: bool = False) -> tuple[Value, ...]:
    """Return what is on its way from each step to those that want something made of it.

    With policies also that which no step wants, and all of what is a byte, however many wait.
    """
    wants = _Wants(plan, costs, has_policies)
    return tuple(value for place in costs.sizes.bytes_out for value in wants.values(place))


class _Wants:
    """The steps that want what is in each place."""

    def __init__(self, plan: Plan, costs: Costs, has_policies: bool) -> None:
        self._costs = costs
        self._flows = costs.sizes.flows
        self._has_policies = has_policies
        self._places = Places(plan)
        self._numbers = {line.name: n for n, line in enumerate(plan.placed)}
        self._readers: defaultdict[str, Names] = defaultdict(dict)
        self._waiting: defaultdict[str, Names] = defaultdict(dict)
        self._told: defaultdict[str, Names] = defaultdict(dict)
        """Who is behind a gate, or in a loop, and so gets its token or the count of its items."""
        self._yielded = {ref.place for delivery in plan.deliveries for ref in delivery.refs}
        self._ends: dict[str, tuple[str, ...]] = {}
        for line in plan.placed:
            for ref in line.refs:
                self._readers[ref.place][line.name] = None
            for place in self._awaited(line.after):
                self._waiting[place][line.name] = None
        for each in plan.all_lines:
            if (doer := self._doer(each)) is not None:
                self._tell(each, doer)

    def _awaited(self, places: Iterable[str]) -> Iterator[str]:
        """Yield what is waited for; of several things at once, what none of the others needs."""
        for place in places:
            line = self._places.get(place)
            if isinstance(line, Glue) and line.is_end:
                if place not in self._ends:
                    self._ends[place] = tuple(self._awaited(self._last_of(line)))
                yield from self._ends[place]
            else:
                yield place

    def _last_of(self, end: Glue) -> list[str]:
        made = (self._places.maker(place) for place in end.after if place in self._places)
        needed = {place for line in made for place in _needs(line)}
        return [place for place in end.after if place not in needed]

    def _doer(self, line: AnyLine) -> str | None:
        """Return the step at whose site a line will be, as far as that can be told."""
        match line:
            case Step() | Glue() if line.name in self._numbers:
                return line.name
            case Delivery():
                places = tuple(ref.place for ref in line.refs)
            case Glue(does=Join() | Previous() | Gather() | Last()):
                return None
            case Glue(near=near) if near:
                places = (near,)
            case _:
                places = line.outputs[:1]
        parts = [part for place in places for part in self._flows.get(place, ())]
        is_at_largest = isinstance(line, Scope) or isinstance(getattr(line, "does", None), Branch)
        if len({part.step for part in parts}) > 1 and not is_at_largest:
            return None
        return max(parts, key=lambda part: part.share).step if parts else None

    def _tell(self, line: AnyLine, doer: str) -> None:
        """Note what must come to the site of a line so that it knows that it is to be done."""
        gate = () if line.when is None else (line.when,)
        if gate:
            self._told[gate[0]][doer] = None
        if not line.scope:
            return
        reads = () if self._is_led(line) else tuple(ref.place for ref in line.refs)
        awaited = (*reads, *line.after, *gate)
        if not any(p in self._places and self._places.scope(p) == line.scope for p in awaited):
            self._waiting[line.scope][doer] = None
        for loop in self._places.loops_between(line.scope, ""):
            self._told[self._places.maker(loop).outputs[1]][doer] = None

    def _is_led(self, line: AnyLine) -> bool:
        """Whether it is a loop whose sequence is where its leader is, and so waits for no step."""
        return isinstance(line, Scope) and any(p.is_led for p in self._flows.get(line.item, ()))

    def values(self, place: str) -> Iterator[Value]:
        """Yield what is on its way of what is in a place."""
        times = self._costs.counted[place].times
        is_yielded = place in self._yielded
        reading, waiting = self._readers.get(place, {}), self._waiting.get(place, {})
        if self._may_as_well_read(place):
            reading, waiting = reading | waiting, {}
        readers, told = self._in_order(reading), self._in_order(self._told.get(place, {}))
        waiters = self._in_order(waiting.keys() - reading.keys())
        for part in self._flows.get(place, ()):
            if readers or is_yielded or (self._has_policies and not told):
                yield self._value(part, place, readers, times, is_yielded=is_yielded)
            if self._counts(told):
                yield self._value(part, place, told, times)
            if self._counts(waiters):
                most = max(self._costs.counted[name].times for name in waiters)
                signal = Part(part.step, part.share, SIGNAL_BYTES, True)
                yield self._value(signal, place, waiters, min(times, most))

    def _may_as_well_read(self, place: str) -> bool:
        """Whether a value is read, and so small that it makes no difference to be sent a signal."""
        is_small = self._costs.bytes_out[place] <= MOST_BYTES_FOR_A_SIGNAL
        return is_small and place in self._readers and not self._has_policies

    def _in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=self._numbers.__getitem__))

    def _counts(self, wanting: tuple[str, ...]) -> bool:
        return bool(wanting) and (self._has_policies or len(wanting) <= MOST_WAITING)

    def _value(
        self,
        part: Part,
        place: str,
        readers: tuple[str, ...],
        times: float,
        *,
        is_yielded: bool = False,
    ) -> Value:
        """Return what a step contributes, for those that want it; they come after that step."""
        first = self._numbers[part.step]
        after = tuple(name for name in readers if self._numbers[name] > first)
        times *= part.share
        return Value(part.step, place, after, is_yielded, part.bytes, times, part.is_led)


def _needs(line: AnyLine) -> tuple[str, ...]:
    """Return the places that must be there before a line can be done; in a loop, its item."""
    gate = () if line.when is None else (line.when,)
    return (*(ref.place for ref in line.refs), *line.after, *gate, line.scope)
