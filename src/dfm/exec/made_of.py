"""What the values of a net are made of, in the words of `federation/policies.py`.

A site works it out from its own net, which it runs itself, so nothing that the net says of itself
has to be believed. What comes from other sites comes with what it is made of (`learn`).

What a transition makes is made of what it reads, and of what decides that it is done at all: its
gate, and in a loop, if it reads nothing of the iteration, the sequence. So it makes no difference
whether somebody is sent the answer, or something else if the answer is yes. An operation releases
some of what it reads, and nothing of what decides.

    Join, Previous, Last        all that the token may come from
    items, count of a loop      the sequence
    gates                       what the condition or the key reads
    Lookup                      the key; what the value was made of when it was kept, is learned
    Store                       the value
    Signal, Ended, Ask          nothing: they say that something is over; advice is given to be told

What the count of a loop is made of, is told to those who follow with the first that they are sent
of the loop, for they may be done with an iteration long before there is a count.

There is one set of ingredients for all tokens of a place in a job, and it only grows. It is
complete when a token is there whose inputs have been there: only what an iteration will take of
the one before is not known in the first one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dfm.federation.policies import NOTHING, Ingredient, Ingredients, Policy, releases
from dfm.net.loops import Gather, Last, Loop, Previous, Transition
from dfm.net.model import NetIR
from dfm.net.template import references
from dfm.net.transitions import Ask, Call, Send, Signal, Store, Yield, gate_of, value_places

Places = tuple[str, ...]

UNKNOWN = Policy(leaves=())
"""In place of the policy of a site that another one knows to have one, and we do not."""


@dataclass(frozen=True, slots=True)
class Making:
    """How something is made: of what it `reads`, and of what `decides`; perhaps by an operation."""

    reads: Places
    decides: Places = ()
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A transition and how it makes its outputs; `key` is how the key of a cache is made."""

    by: Transition
    outputs: Places
    making: Making
    key: Making | None = None


class MadeOf:
    """What each place of a site's net is made of in one job."""

    def __init__(self, net: NetIR, policies: Mapping[str, Policy]) -> None:
        self.policies = dict(policies)
        self._site = net.site
        self._made: dict[str, Ingredients] = {}
        self._readers: dict[str, list[tuple[str, Places]]] = {}
        self.all = tuple(makings_of(net))
        self.loops_around = dict(_loops_around(net.transitions))
        self.version = 0
        for made in self.all:
            for place in made.making.reads:
                self._readers.setdefault(place, []).append((made.making.operation, made.outputs))
            for place in made.making.decides:
                self._readers.setdefault(place, []).append(("", made.outputs))
        for made in self.all:
            for place in made.outputs:
                self.learn(place, self.own(made.making.operation))

    def own(self, operation: str) -> Ingredients:
        """Return what an operation adds to what it returns here."""
        policy = self.policies.get(self._site)
        if not operation or policy is None or policy.leaves is None:
            return NOTHING
        return frozenset({Ingredient(self._site, operation)})

    def place(self, name: str) -> Ingredients:
        """Return what a place is made of, as far as is known."""
        return self._made.get(name, NOTHING)

    def places(self, names: Iterable[str]) -> Ingredients:
        """Return what some places are made of together."""
        return NOTHING.union(*map(self.place, names))

    def made_by(self, making: Making) -> Ingredients:
        """Return what is made in some way is made of."""
        read = self._kept(making.operation, self.places(making.reads))
        return read | self.own(making.operation) | self.places(making.decides)

    def told_by(self, making: Making) -> Ingredients:
        """Return what an error in the making may tell of: nothing has been released."""
        reads = self.places((*making.reads, *making.decides))
        return reads | self.own(making.operation)

    def ingredients(self, pairs: Iterable[Sequence[str]]) -> Ingredients:
        """Return ingredients of which another site tells."""
        found = frozenset(Ingredient(*pair) for pair in pairs)
        for ingredient in found:
            self.policies.setdefault(ingredient.site, UNKNOWN)
        return found

    def learn(self, place: str, ingredients: Iterable[Ingredient]) -> None:
        """Add to what a place is made of, and to all that is made of it."""
        todo = [(place, frozenset(ingredients))]
        while todo:
            name, more = todo.pop()
            before = self.place(name)
            if more <= before:
                continue
            self._made[name] = before | more
            self.version += 1
            for operation, outputs in self._readers.get(name, ()):
                kept = self._kept(operation, more)
                todo += [(output, kept) for output in outputs]

    def _kept(self, operation: str, ingredients: Ingredients) -> Ingredients:
        """Return what an operation does not release."""
        if not operation:
            return ingredients
        kept = (i for i in ingredients if not releases(self.policies[i.site], operation))
        return frozenset(kept)


# -- what a net says ---------------------------------------------------------------------------


def makings_of(net: NetIR) -> Iterator[Made]:
    """Yield how each transition makes what it fills or hands over, in loops too."""
    scopes: list[tuple[tuple[Transition, ...], Loop | None]] = [(net.transitions, None)]
    for transitions, around in scopes:
        own = frozenset(() if around is None else around.made)
        for transition in transitions:
            yield from _made(transition, around, own)
            if isinstance(transition, Loop):
                scopes.append((transition.body, transition))


def _made(transition: Transition, around: Loop | None, own: frozenset[str]) -> Iterator[Made]:
    gate = gate_of(transition)
    gates = () if gate is None else (gate,)

    def making(reads: Places, operation: str = "") -> Making:
        if around is None or not own.isdisjoint((*reads, *gates)):
            return Making(reads, gates, operation)
        return Making(reads, (*gates, around.count), operation)

    match transition:
        case Signal() | Ask():
            pass
        case Call():
            yield Made(
                transition,
                transition.outputs,
                making(value_places(transition), transition.operation),
            )
        case Store():
            made = making(_read(transition.value))
            yield Made(transition, transition.outputs, made, making(_read(transition.key)))
        case Previous():
            # How often it went on tells how many iterations there are.
            count = () if around is None else (around.count,)
            reads = (transition.place, transition.initial)
            yield Made(transition, transition.outputs, Making(reads, count))
        case Loop():
            if transition.source is not None:
                outputs = (transition.item, transition.count)
                yield Made(transition, outputs, making((transition.source.place,)))
            yield from _given(transition, gates)
        case Send() | Yield():
            # What tells that a yield is done tells nothing of the value.
            yield Made(transition, (), making(value_places(transition)))
        case _:
            made = making(value_places(transition))
            yield Made(transition, transition.outputs, made, made)


def _loops_around(
    transitions: Iterable[Transition], around: tuple[Loop, ...] = ()
) -> Iterator[tuple[str, tuple[Loop, ...]]]:
    """Yield each place that is sent in a loop, and the loops it is sent in."""
    for transition in transitions:
        match transition:
            case Loop():
                yield from _loops_around(transition.body, (*around, transition))
            case Send(place=place) if around:
                yield place, around


def _given(loop: Loop, gates: Places) -> Iterator[Made]:
    for give in loop.gives:
        match give:
            case Gather():
                yield Made(loop, (give.output,), Making((give.place,), gates))
            case Last():
                yield Made(loop, (give.output,), Making((give.place, give.initial), gates))


def _read(template: object) -> Places:
    return tuple(dict.fromkeys(ref.place for ref in references(template)))
