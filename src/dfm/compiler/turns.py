"""Let the yields of an ordered loop be handed over in the order of its items."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dfm.compiler.lines import Delivery, Scope
from dfm.compiler.made import Glue, glue
from dfm.compiler.places import Places, names_for
from dfm.compiler.plan import Plan
from dfm.net.loops import Ended, Previous
from dfm.net.transitions import START


def order_yields(plan: Plan) -> Plan:
    """Let each yield in an ordered loop wait for its turn, at each site that hands over.

    In an iteration one yield waits for the one before it, and the first one for the last one of
    the iteration before. A loop in the loop has one turn, which it passes on when it is over.

    Needs: each delivery has a site (`deliver_yields` has run).
    """
    ordered = [scope for scope in plan.scopes if scope.is_ordered]
    if not ordered:
        return plan
    turns = _Turns(plan)
    for scope in ordered:
        for site in turns.sites_of(scope):
            turns.chain(scope, site)
    return replace(
        plan,
        lines=(*plan.lines, *turns.made),
        deliveries=tuple(turns.yields[d.key] for d in plan.deliveries),
    )


class _Turns:
    """The yields as they are chained, and the glue that chains them."""

    def __init__(self, plan: Plan) -> None:
        self.yields: dict[str, Delivery] = {d.key: d for d in plan.deliveries}
        self.made: list[Glue] = []
        self._names = names_for(plan)
        self._sites: defaultdict[str, dict[str, None]] = defaultdict(dict)
        """Where yields in each loop are handed over, also those in loops in it."""
        self._inside: defaultdict[str, list[Scope | Delivery]] = defaultdict(list)
        """What has a turn in each loop, in the order in which it could be done."""
        self._chained: set[tuple[str, str]] = set()
        places = Places(plan)
        for delivery in plan.deliveries:
            for loop in places.loops_between(delivery.scope, ""):
                self._sites[loop][delivery.site] = None
        with_turns: list[Scope | Delivery] = [*plan.deliveries, *plan.scopes]
        for line in sorted(with_turns, key=lambda line: line.rank):
            self._inside[line.scope].append(line)

    def sites_of(self, scope: Scope) -> Sequence[str]:
        """Return the sites that hand something over in a loop."""
        return tuple(self._sites[scope.item])

    def chain(self, scope: Scope, site: str, before: str = START) -> None:
        """Let the yields of an ordered loop at a site go one after another, the first `before`."""
        if (scope.item, site) in self._chained:
            return
        self._chained.add((scope.item, site))
        turn = said = self._names.fresh(f"{scope.item}_turn")
        for line in self._with_turns(scope, site):
            if isinstance(line, Delivery):
                self._wait(line, said)
                said = self._names.fresh(f"{line.name}_said")
                self.yields[line.key] = self.yields[line.key].replace(said=said)
            else:
                self._enter(line, site, said)
                said = self._names.fresh(f"{line.item}_over")
                over = Ended(said)
                self.made.append(glue(over, scope=line.scope, of=line.item, at=line.at, site=site))
        previous = Previous(turn, said, before)
        self.made.append(glue(previous, scope=scope.item, at=scope.at, site=site))

    def _with_turns(self, scope: Scope, site: str) -> Iterator[Scope | Delivery]:
        for line in self._inside[scope.item]:
            is_here = line.site == site if isinstance(line, Delivery) else (
                site in self._sites[line.item]
            )  # fmt: skip
            if is_here:
                yield line

    def _enter(self, scope: Scope, site: str, turn: str) -> None:
        """Let all yields of a loop in an ordered one wait for its turn."""
        if scope.is_ordered:
            self.chain(scope, site, turn)
            return
        for line in self._with_turns(scope, site):
            if isinstance(line, Delivery):
                self._wait(line, turn)
            else:
                self._enter(line, site, turn)

    def _wait(self, delivery: Delivery, turn: str) -> None:
        line = self.yields[delivery.key]
        self.yields[delivery.key] = line.replace(after=(*line.after, turn))
