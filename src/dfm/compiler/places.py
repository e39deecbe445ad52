"""Who makes each place of a plan, where, and in which loop. All later passes look it up here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain

from dfm.compiler.lines import AnyLine, Delivery, Scope
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan


class Places:
    """The places of a plan. What it does not know is a parameter, which every site has."""

    def __init__(self, plan: Plan) -> None:
        self._makers = {place: line for line in plan.all_lines for place in line.outputs}
        self._around = {scope.item: scope.scope for scope in plan.scopes}
        self._depth = {"": 0}
        for scope in plan.scopes:
            self._depth[scope.item] = self._depth[scope.scope] + 1

    def __contains__(self, place: str) -> bool:
        return place in self._makers

    def maker(self, place: str) -> AnyLine:
        """Return the line that fills a place."""
        return self._makers[place]

    def get(self, place: str) -> AnyLine | None:
        """Return the line that fills a place, or None for a parameter."""
        return self._makers.get(place)

    def site(self, place: str) -> str:
        """Return the site at which a place is made."""
        return self._makers[place].site

    def scope(self, place: str) -> str:
        """Return the loop that a place is in; an item is in its own."""
        line = self._makers[place]
        return line.item if isinstance(line, Scope) and place == line.item else line.scope

    def depth(self, scope: str) -> int:
        """Return how many loops are around what is in a scope."""
        return self._depth[scope]

    def is_in(self, scope: str, outer: str) -> bool:
        """Whether a scope is another one, or lies in it."""
        while self._depth[scope] > self._depth[outer]:
            scope = self._around[scope]
        return scope == outer

    def loops_between(self, inner: str, outer: str) -> Iterator[str]:
        """Yield the loops around one scope that are not around another, innermost first."""
        while not self.is_in(outer, inner):
            yield inner
            inner = self._around[inner]

    def is_bare(self, place: str) -> bool:
        """Whether the tokens of a place carry no value, so that they may as well be sent."""
        line = self._makers[place]
        if isinstance(line, Glue):
            return line.is_bare or place != line.name
        return isinstance(line, Delivery)


class Names:
    """Names for new places: they say what is in them, and are nobody else's."""

    def __init__(self, others: Iterable[str]) -> None:
        self._others = others
        self._given: dict[tuple[object, ...], str] = {}

    @cached_property
    def _taken(self) -> set[str]:
        # Looked at only if a name is asked for, which few passes do for most pipelines.
        return set(self._others)

    def fresh(self, wanted: str) -> str:
        """Return a name like the wanted one that nothing has, another one each time."""
        name, number = wanted, 2
        while name in self._taken:
            name, number = f"{wanted}_{number}", number + 1
        self._taken.add(name)
        return name

    def of(self, wanted: str, *key: object) -> str:
        """Return a fresh name for something, the same one each time."""
        if key not in self._given:
            self._given[key] = self.fresh(wanted)
        return self._given[key]


def names_for(plan: Plan) -> Names:
    """Return names that no place and no statement of a plan has."""
    statements = (s.dfm_node_id.as_identifier() for s in plan.pipeline.dfm_walk())
    return Names(chain(statements, (p for line in plan.all_lines for p in line.outputs)))
