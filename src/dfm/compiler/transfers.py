"""Say what goes from one site to another, and home, as a report does.

A yield that is handed over elsewhere than at the homesite is a transfer too. What crosses in a
loop or a branch is counted as often as that is expected to be done. Nothing is known of parts of a
value, so those that go to one site are taken to be the whole of it together, which is a guess.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain, islice

from dfm.compiler.cost import MOST_BYTES, Costs, bytes_read
from dfm.compiler.crossings import Crossing
from dfm.compiler.lines import AnyLine, Delivery, Step
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.compiler.subjects import kind_of
from dfm.net.template import Ref
from dfm.net.transitions import Signal
from dfm.report import PlannedTransfer
from dfm.report.model import DECLARED, END, GUESS

MOST_READERS = 64
"""How many steps are named that read a value through glue."""

Names = dict[str, None]
Readers = Mapping[tuple[str, str], Names]
"""The steps that read a place at a site."""


def transfers_of(plan: Plan, costs: Costs) -> tuple[PlannedTransfer, ...]:
    """Return what crosses in one call, first between sites, then from them to the application.

    Needs: what crosses is known, and who takes part in loops (`join_loops` has run).
    """
    told = _Telling(plan, costs)
    home = (d for d in plan.deliveries if d.site != plan.homesite)
    return (*map(told.crossing, plan.crossings), *map(told.delivery, home))


def wholes_of(plan: Plan) -> Mapping[str, str]:
    """Return for each part of a value that crosses, and each signal, which value it is of."""
    return {part.does.output: part.does.inputs[0] for part in plan.parts}


class _Telling:
    """What a plan tells of all that crosses."""

    def __init__(self, plan: Plan, costs: Costs) -> None:
        self._plan = plan
        self._costs = costs
        self._sizes = costs.sizes
        self._whole = wholes_of(plan)
        self._signals = {p.does.output for p in plan.parts if isinstance(p.does, Signal)}
        self._places = Places(plan)
        self._readers = _readers_of(plan)
        self._yielded = {(ref.place, d.site) for d in plan.deliveries for ref in d.refs}
        self._parts = Counter((c.made_of, c.target) for c in plan.crossings)
        """How many parts of each value go to each site."""
        self._handed = Counter(
            place
            for delivery in plan.deliveries
            if delivery.site != plan.homesite
            for place in self._read(delivery)
        )
        """How many yields that are handed over elsewhere than at home have a part of each value."""

    def crossing(self, crossing: Crossing) -> PlannedTransfer:
        """Tell of what goes from one site to another."""
        key = (crossing.place, crossing.target)
        whole = self._whole.get(crossing.place, crossing.place)
        rate = self._costs.often.sent(whole, crossing.scope)
        together = self._parts[crossing.made_of, crossing.target] if crossing.made_of else 1
        is_part = crossing.place in self._whole and crossing.place not in self._signals
        by = GUESS if is_part else self._sizes.told_by.get(crossing.made_of, DECLARED)
        link = self._costs.link(crossing.source, crossing.target)
        readers = tuple(reversed(self._readers.get(key, {})))
        return PlannedTransfer(
            crossing.place,
            crossing.source,
            crossing.target,
            _often(crossing.bytes / together, rate.times),
            seconds=link.seconds(crossing.bytes) / together * rate.times,
            size_from=GUESS if rate.is_guess else by,
            link_from=link.by,
            made_by=self._sizes.made_by([whole]),
            readers=readers,
            is_yield=not readers and key in self._yielded,
            allowed_by=self._plan.allowances.get(key, ()),
            kind=END
            if crossing.place in self._signals
            else kind_of(self._places.get(whole), whole),
        )

    def delivery(self, delivery: Delivery) -> PlannedTransfer:
        """Tell of a yield that goes home from the site that hands it over."""
        read = self._read(delivery)
        of_wholes = delivery.replace(refs=tuple(map(Ref, read)))
        rate = self._costs.often.of(of_wholes)
        values = {p: self._sizes.bytes_out[p] for p in read if p in self._sizes.bytes_out}
        rest = bytes_read(of_wholes, dict.fromkeys(values, 0))
        link = self._costs.link(delivery.site, self._plan.homesite)
        parts = [(size, self._handed[place]) for place, size in values.items()]
        seconds = sum(link.seconds(size) / n for size, n in parts) or link.seconds(rest)
        return PlannedTransfer(
            delivery.place,
            delivery.site,
            self._plan.homesite,
            _often(rest + sum(size / n for size, n in parts), rate.times),
            seconds=seconds * rate.times,
            size_from=GUESS if rate.is_guess else self._sizes.passed_on_by(delivery),
            link_from=link.by,
            made_by=self._sizes.made_by(read),
            is_yield=True,
            allowed_by=self._plan.allowances.get((delivery.key, self._plan.homesite), ()),
        )

    def _read(self, delivery: Delivery) -> Names:
        """Return the values that a yield has a part of, and its parameters."""
        return dict.fromkeys(self._whole.get(ref.place, ref.place) for ref in delivery.refs)


def _readers_of(plan: Plan) -> Readers:
    """Return who reads what, directly or through glue at the same site; the last reader first."""
    readers: defaultdict[tuple[str, str], Names] = defaultdict(dict)
    for line in reversed(plan.lines):
        if isinstance(line, Step):
            names = [line.name]
        else:
            through = chain.from_iterable(readers.get((p, line.site), ()) for p in line.outputs)
            names = list(islice(through, MOST_READERS))
        for place in _awaited(line):
            readers[place, line.site] |= dict.fromkeys(names)
    return readers


def _awaited(line: AnyLine) -> Iterable[str]:
    gate = () if line.when is None else (line.when,)
    return (*(ref.place for ref in line.refs), *line.after, *gate)


def _often(size: float, times: float) -> int:
    return min(round(size * times), MOST_BYTES)
