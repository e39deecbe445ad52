"""Let what waits from outside of a loop wait for its end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from dfm.compiler.lines import AnyLine, Scope, with_after
from dfm.compiler.made import Glue, glue
from dfm.compiler.places import Names, Places, names_for
from dfm.compiler.plan import Plan
from dfm.net.loops import Ended


def await_ends(plan: Plan) -> Plan:
    """Replace waiting for places of a loop, from outside, by waiting for the end of the loop.

    In each iteration the places have other tokens, so there is no one token to wait for. The
    loop says once that it is over, at each site that makes some of the places, and with the
    errors that were in them.

    Needs: each line has a site (`deliver_yields` has run).
    Leaves: what a line waits for is in its own loop or in one around it.
    """
    if not plan.scopes:
        return plan
    ends = _Ends(plan)
    lines = [ends.outside(line) for line in plan.lines]
    deliveries = [ends.outside(delivery) for delivery in plan.deliveries]
    return replace(plan, lines=(*lines, *ends.made), deliveries=tuple(deliveries))


class _Ends:
    """The ends of loops that somebody waits for."""

    def __init__(self, plan: Plan) -> None:
        self.made: list[Glue] = []
        self._places = Places(plan)
        self._names: Names = names_for(plan)
        self._given: dict[tuple[str, str, tuple[str, ...]], str] = {}

    def outside(self, line: AnyLine) -> Any:
        """Return a line that waits only for what it can see."""
        if isinstance(line, Glue) and line.of:
            return line
        visible: list[str] = []
        hidden: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        """What it can not see, by loop and site."""
        for place in line.after:
            scope = self._places.scope(place)
            if self._places.is_in(line.scope, scope):
                visible.append(place)
            else:
                hidden[scope, self._places.site(place)].append(place)
        while hidden:
            deepest = max(hidden, key=lambda key: self._places.depth(key[0]))
            loop, site = deepest
            over = self._over(loop, site, tuple(hidden.pop(deepest)))
            around = self._places.maker(loop).scope
            if self._places.is_in(line.scope, around):
                visible.append(over)
            else:
                hidden[around, site].append(over)
        return with_after(line, tuple(dict.fromkeys(visible)))

    def _over(self, loop: str, site: str, places: tuple[str, ...]) -> str:
        """Return the place that says that a loop is over at a site."""
        key = (loop, site, places)
        if key not in self._given:
            name = self._given[key] = self._names.fresh(f"{loop}_over")
            scope = self._places.maker(loop)
            if isinstance(scope, Scope):
                does = Ended(name, places)
                self.made.append(glue(does, scope=scope.scope, of=loop, at=scope.at, site=site))
        return self._given[key]
