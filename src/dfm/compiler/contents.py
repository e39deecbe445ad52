"""What is in each place: what it is made of, and of which type it is known to be.

    step                    itself, all that it reads unless it releases that, and what decides
    item, count of a loop   the sequence
    gates                   what the condition or the key reads
    join, previous, last    all that the token may come from
    store, list, part       what is stored, gathered, taken a part of
    signal, end             nothing: they say that something is over

What decides that something is done at all is part of what it is made of: its gate, and in a loop,
if it reads nothing of the iteration, the item. An operation does not release that. A type is known
of what an operation returns, while it is where that was done, and of nothing that is made of it.
Sites work out the same from their nets (`exec/made_of.py`, `exec/egress.py`), and so it must stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from dfm.compiler.lines import AnyLine, Delivery, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.federation.policies import NOTHING
from dfm.net.loops import Ended, Gather, Last, Previous
from dfm.net.template import references
from dfm.net.transitions import Join, Let, Lookup, Store, whole
from dfm.types import ANYTHING, Type

MadeOf = frozenset[Any]
"""Ingredients, or what stands for them: things with a site and an operation."""


class Content(NamedTuple):
    """What is in a place."""

    made_of: MadeOf = NOTHING
    type: Type = ANYTHING


Inputs = Sequence[MadeOf]
Rule = Callable[[Step, Inputs], MadeOf]
"""What a step is made of, given what it reads; what decides is no concern of it."""


def contents_of(plan: Plan, rule: Rule) -> Contents:
    """Return what is in each place of a plan, before its crossings have been cut or after.

    Needs: lines in an order in which they could be done (`order_lines` has run).
    """
    found = Contents(plan, rule)
    while found.settle():
        pass
    return found


class Contents:
    """What is in the places of a plan."""

    def __init__(self, plan: Plan, rule: Rule) -> None:
        self._plan = plan
        self._rule = rule
        self._places = Places(plan)
        self._parts = {part.does.output: part for part in plan.parts}
        self._of: dict[str, MadeOf] = {}
        self._scopes = {scope.item: scope for scope in plan.scopes}
        self._stored: defaultdict[str, list[str]] = defaultdict(list)
        """What may be found by each lookup, as far as this pipeline puts it there."""
        self._read_before: set[str] = set()
        """The places that lines before them read: of the iteration before, of an earlier call."""
        for line in plan.lines:
            match line:
                case Glue(does=Store(output=output, lookup=lookup)) if lookup is not None:
                    self._stored[lookup].append(output)
                    self._read_before.add(output)
                case Glue(does=Previous(place=place)):
                    self._read_before.add(place)

    def __getitem__(self, place: str) -> Content:
        """Return what is in a place, which may be a part of what is in another."""
        return Content(self.made_of(place), self._type(place))

    def of_delivery(self, delivery: Delivery) -> Content:
        """Return what a yield hands over."""
        made = self._all(ref.place for ref in delivery.refs) | self._deciding(delivery)
        place = whole(delivery.value)
        is_known = place is not None and self._is_at(place, delivery.site)
        return Content(made, self._type(place) if place is not None and is_known else ANYTHING)

    def made_of(self, place: str) -> MadeOf:
        """Return what a place is made of."""
        part = self._parts.get(place)
        if part is None:
            return self._of.get(place, NOTHING)
        return self.made_of(part.does.inputs[0]) if isinstance(part.does, Let) else NOTHING

    def settle(self) -> bool:
        """Work out all places once, in order; return whether that has to be done again."""
        before = {place: self.made_of(place) for place in self._read_before}
        for line in self._plan.lines:
            match line:
                case Step():
                    made = self._rule(line, [self.made_of(ref.place) for ref in line.refs])
                    self._of[line.name] = made | self._deciding(line)
                case Scope():
                    made = self.made_of(line.source.place) | self._deciding(line)
                    self._of[line.item] = self._of[line.count] = made
                case Glue():
                    made = self._glue(line)
                    self._of.update(dict.fromkeys(line.outputs, made))
                    if isinstance(line.does, Lookup):
                        self._of[line.does.hit] = self._all(
                            (line.name, *self._stored[line.does.hit])
                        )
        return any(self.made_of(place) != made for place, made in before.items())

    def _glue(self, line: Glue) -> MadeOf:
        """Return what is in the places that glue fills."""
        read = (ref.place for ref in line.refs)
        match line.does:
            case Ended():
                return NOTHING
            case Join():
                return self._all(read)
            case Previous(place=place):
                return self._all((place, *read)) | self.made_of(line.scope)
            case Gather() | Last():
                gate = self._scopes[line.of].when
                return self._all((*read, *(() if gate is None else (gate,))))
            case Store(value=value):
                stored = (ref.place for ref in references(value))
                return self._all(stored) | self._deciding(line)
        return self._all(read) | self._deciding(line)

    def _all(self, places: Iterable[str]) -> MadeOf:
        return NOTHING.union(*map(self.made_of, places))

    def _deciding(self, line: AnyLine) -> MadeOf:
        """Return what that is made of which decides that a line is done at all."""
        gate = NOTHING if line.when is None else self.made_of(line.when)
        if not line.scope:
            return gate
        reads = (*(ref.place for ref in line.refs), *(() if line.when is None else (line.when,)))
        if any(self._scope_of(place) == line.scope for place in reads):
            return gate
        return gate | self.made_of(line.scope)

    def _scope_of(self, place: str) -> str:
        if place in self._parts:
            return self._parts[place].scope
        return self._places.scope(place) if place in self._places else ""

    # -- types -----------------------------------------------------------------------------------

    def _type(self, place: str) -> Type:
        """Return the type of what an operation returned, or of a copy of it that was made there."""
        match self._places.get(place):
            case Step(operation=operation):
                return self._plan.federation.operations[operation].returns
            case Glue(does=Let(value=value), site=site):
                copied = whole(value)
                if copied is not None and self._is_at(copied, site):
                    return self._type(copied)
        return ANYTHING

    def _is_at(self, place: str, site: str) -> bool:
        return place in self._places and self._places.site(place) == site
