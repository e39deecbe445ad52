"""The lines of each kind of statement; `read.py` says in which order and where they stand.

Places are called like their statements. A statement of which more is needed than one place has
others beside it: `node5_else`, `node4_hit`, `node9_before`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dfm import api
from dfm.api.references import references_in
from dfm.compiler.arguments import renamed, to_template
from dfm.compiler.conditions import to_condition
from dfm.compiler.lines import Delivery, Line, Scope, Step
from dfm.compiler.made import Glue, glue
from dfm.compiler.places import Names
from dfm.compiler.record import Record
from dfm.net.loops import Gather, Last, Previous
from dfm.net.template import Ref, references
from dfm.net.transitions import Branch, Join, Let, Lookup, Store, whole

GUESSED_ROUNDS = 10
"""How often a loop is expected to go round, if its sequence is not known yet."""

Scopes = Mapping[str, str]
"""The loop that each value is in."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a statement stands: in which loop, behind which gate, in which blocks.

    `within` is what people call the innermost block, `blocks` are those that somebody waits for.
    The step of a reduction reads other places `instead` of what it names.
    """

    scope: str = ""
    gate: str | None = None
    within: str = ""
    blocks: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)


class Own(Record, frozen=True):
    """What belongs to one statement: its name, what it waits for, and where it stands."""

    name: str
    at: str
    after: tuple[str, ...]
    where: Where
    names: Names

    def template(self, value: Any) -> Any:
        """Return a value of the statement with places in it."""
        return self.instead(to_template(value))

    def instead(self, template: Any) -> Any:
        """Return a template that reads what it should here."""
        given = self.where.instead
        if not given:
            return template
        read = (ref for ref in references(template) if ref.place in given)
        return renamed(template, {ref: Ref(given[ref.place], ref.path) for ref in read})

    def fresh(self, suffix: str | int) -> str:
        """Return the name of one more place."""
        return self.names.fresh(f"{self.name}_{suffix}")

    def glue(self, does: Any, title: str = "", **more: Any) -> Glue:
        """Return a line of the statement in its own loop, unless that is said."""
        return glue(does, **{"scope": self.where.scope, "at": self.at, "title": title, **more})


def step(operation: api.Operation, own: Own) -> Step:
    """Return the line of an operation."""
    arguments = tuple((n, own.template(v)) for n, v in operation.dfm_arguments().items())
    asked, provider = operation.site, operation.provider
    sites = asked.sites if isinstance(asked, api.BestOf) else None
    providers = provider.providers if isinstance(provider, api.BestOf) else [provider]
    return Step(
        name=own.name,
        node=operation.dfm_node_id.ident,
        operation=operation.dfm_title(),
        provider=provider if isinstance(provider, str) else None,
        arguments=arguments,
        refs=references([template for _, template in arguments]),
        after=own.after,
        when=own.where.gate,
        scope=own.where.scope,
        asked=(asked,) if isinstance(asked, str) else _each_once(sites),
        providers=_each_once(providers),
        is_pinned=isinstance(asked, str),
        given=tuple(operation.dfm_options.items()),
        at=own.at,
        within=own.where.within,
    )


def _each_once(names: Any) -> Any:
    return None if names is None else tuple(dict.fromkeys(names))


def delivery(statement: api.Yield, own: Own, name: str) -> Delivery:
    """Return the line of a yield."""
    sources = references_in(statement.value)
    value = own.template(statement.value)
    return Delivery(
        key=own.name,
        name=name,
        place=statement.place,
        value=value,
        refs=references(value),
        after=own.after,
        when=own.where.gate,
        scope=own.where.scope,
        node=sources[0].id.ident if sources else None,
        at=own.at,
    )


# -- branches -------------------------------------------------------------------------------


def branch(statement: api.If, own: Own) -> Glue:
    """Return the line of a condition, which fills the gates of both blocks."""
    condition = to_condition(statement.cond)
    gate, node = own.where.gate, statement.dfm_node_id.ident
    does = Branch(own.name, own.fresh("else"), condition, own.after, gate, node)
    return own.glue(does, "the condition of If", likelihood=statement.likelihood)


def later_gate(own: Own, gate: str) -> Glue:
    """Return the line of a gate that is there later than another one."""
    return own.glue(Let(own.fresh("gate"), None, own.after, gate))


def join(statement: api.Join, own: Own, scopes: Scopes) -> list[Line]:
    """Return the lines of a join: first a place for each value that has none in this loop."""
    lines: list[Line] = []
    sources = []
    for number, value in enumerate(map(own.template, statement.values)):
        place = whole(value)
        if place is None or scopes.get(place) != own.where.scope:
            place = own.fresh(number)
            lines.append(own.glue(Let(place, value), "a value of a join"))
        sources.append(place)
    return [*lines, *_gated(own, lambda name: own.glue(Join(name, tuple(sources))), "first")]


def _gated(own: Own, made: Any, suffix: str, around: str | None = None) -> list[Line]:
    """Return a line that stands behind no gate, and one more if it should, or should wait."""
    if own.where.gate == around and not own.after:
        return [made(own.name)]
    first = made(own.fresh(suffix))
    does = Let(own.name, Ref(first.name), own.after, own.where.gate)
    return [first, own.glue(does, near=first.name)]


# -- loops ----------------------------------------------------------------------------------


def loop(statement: api.ForEach, own: Own) -> list[Line]:
    """Return the lines of a loop: its sequence, if that is no place yet, and its scope."""
    sequence = own.template(statement.seq)
    lines: list[Line] = []
    if not isinstance(sequence, Ref):
        does = Let(own.fresh("seq"), sequence, when=own.where.gate)
        lines.append(own.glue(does, "the sequence of ForEach"))
    is_literal = isinstance(sequence, (list, tuple))
    scope = Scope(
        item=own.name,
        count=own.fresh("count"),
        source=Ref(lines[0].key) if lines else sequence,
        scope=own.where.scope,
        node=statement.dfm_node_id.ident,
        dim=statement.dim,
        window=statement.max_in_flight,
        is_ordered=statement.ordered,
        rounds=len(sequence) if is_literal else GUESSED_ROUNDS,
        rounds_are_guess=not is_literal,
        after=own.after,
        when=own.where.gate,
        at=own.at,
    )
    return [*lines, scope]


def collect(statement: api.Collect, own: Own, scope: Scope, scopes: Scopes) -> list[Line]:
    """Return the lines of a list of what a loop makes."""
    value = own.template(statement.value)
    place, lines = whole(value), []
    if place is None or scopes.get(place) != scope.item:
        place = own.fresh("value")
        lines.append(own.glue(Let(place, value), "the value of collect", scope=scope.item))

    def gathered(name: str) -> Glue:
        return own.glue(Gather(name, place), scope=scope.scope, of=scope.item, near=place)

    return [*lines, *_gated(own, gathered, "list", scope.when)]


@dataclass(frozen=True, slots=True)
class Reduction:
    """A reduction that has begun: its loop, and the places of what there is before each step."""

    own: Own
    scope: Scope
    initial: Glue
    before: str


def reduction(statement: api.Reduce, own: Own, scope: Scope) -> Reduction:
    """Return the beginning of a reduction; its step comes next, then `reduced`."""
    step = statement.dfm_body[0].dfm_node_id.as_identifier()
    does = Let(own.fresh("initial"), own.template(statement.initial), own.after, own.where.gate)
    initial = own.glue(does, "the initial value of reduce", near=step)
    return Reduction(own, scope, initial, own.fresh("before"))


def reduced(begun: Reduction) -> list[Line]:
    """Return the lines of what is left of a reduction after each step, and at the end."""
    own, scope, initial = begun.own, begun.scope, begun.initial
    each, step = own.fresh("each"), initial.near
    gate_less = Own(own.name, own.at, (), own.where, own.names)

    def last(name: str) -> Glue:
        does = Last(name, each, initial.name)
        return own.glue(does, scope=scope.scope, of=scope.item, near=step)

    return [
        own.glue(Previous(begun.before, each, initial.name), scope=scope.item, near=step),
        own.glue(Join(each, (step, begun.before)), scope=scope.item, near=step),
        *_gated(gate_less, last, "last", scope.when),
    ]


# -- caches ---------------------------------------------------------------------------------


def lookup(statement: api.TryFromCache, own: Own) -> Glue:
    """Return the line of a look into a cache."""
    key, gate, node = own.template(statement.key), own.where.gate, statement.dfm_node_id.ident
    does = Lookup(own.fresh("hit"), own.fresh("miss"), key, own.after, gate, node)
    return own.glue(does, "the key of TryFromCache", asked=statement.site)


def store(statement: api.WriteToCache, own: Own, hit: str | None) -> Glue:
    """Return the line of what is put into a cache."""
    key, value = own.template(statement.key), own.template(statement.value)
    gate, node = own.where.gate, statement.dfm_node_id.ident
    does = Store(own.name, key, value, hit, own.after, gate, node)
    return own.glue(does, "what is kept in the cache", asked=statement.site, near=hit or "")


def found_or_stored(own: Own, hit: str, stored: tuple[str, ...]) -> Glue:
    """Return the line of the value of a TryFromCache."""
    return own.glue(Join(own.name, (hit, *stored)), near=hit)
