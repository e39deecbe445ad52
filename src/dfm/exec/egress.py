"""What may leave a site in one job: judged where it leaves, whatever the compiler said.

Each value, item, count and gate is held against the policies of all sites that it is made of
something of (`made_of.py`); what one of them does not let go becomes an error that says so, and
nothing of it is sent. Errors carry data too: of one that tells of what may not leave, its
message and traceback stay.

Not hidden, and no promise: that something failed, of which class and in which operation and
iteration; when and how often something is done, and that there is an item more or less at a
follower of a loop; how big a value is, in what is measured of a job; that a cache had a value.
To whom values go is what the target says of the application's site, and no better than that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dfm.errors import EgressDenied, InternalError
from dfm.exec.made_of import Made, MadeOf, Making
from dfm.federation.models import SiteSpec
from dfm.federation.policies import COUNT_BYTES, NOTHING, Ingredient, Ingredients, Verdict, judged
from dfm.net.frame import Path, frame_of_iteration
from dfm.net.loops import Loop, title_of
from dfm.net.model import NetIR
from dfm.net.token import ErrorRecord, Failure
from dfm.net.transitions import Call, Let, Lookup, Send, Store, Yield, whole
from dfm.types import ANYTHING, Type
from dfm.wire import Packed
from dfm.wire.messages import APPLICATION

Labels = Mapping[str, Sequence[tuple[str, str]]]
"""What places are made of, as sites tell each other."""

_HINT = (
    "an operation in between that the owner of site {!r} `releases`, or a rule of theirs"
    " for this; `dfm can-i` says what is allowed"
)


@dataclass(slots=True)
class Exit:
    """Something that may leave, by one way.

    As of `version`: what it is made of, and the biggest size that was found to be allowed.
    """

    making: Making
    copy_of: str | None
    node: int | str | None = None
    version: int = -1
    made_of: Ingredients = NOTHING
    passed: int = -1
    told: Ingredients = NOTHING


class Egress:
    """What may leave one site in one job. Lives on the site's loop, but for keys of caches."""

    def __init__(self, site: SiteSpec, net: NetIR, homesite: str) -> None:
        self._site = site.name
        self._homesite = homesite
        self._made_of = MadeOf(net, site.policies)
        self._policies = self._made_of.policies
        self._made_here = {place for made in self._made_of.all for place in made.outputs}
        self._types = {
            made.outputs[0]: site.returns.get(made.by.operation, ANYTHING)
            for made in self._made_of.all
            if isinstance(made.by, Call)
        }
        self._copies = {
            made.by.output: name
            for made in self._made_of.all
            if isinstance(made.by, Let) and (name := whole(made.by.value)) is not None
        }
        self._nodes = {p: getattr(m.by, "node", None) for m in self._made_of.all for p in m.outputs}
        self._counts_told: dict[tuple[str, str], Ingredients] = {}
        self._exits: dict[tuple[str, str], Exit] = {}
        self._steps: dict[tuple[str, Any], list[Making]] = {}
        self._cached: dict[str, Made] = {}
        for made in self._made_of.all:
            self._note(made)
        self._streamed: dict[tuple[str, str, Path], int] = {}
        self._counted: set[tuple[str, str, Path]] = set()

    @staticmethod
    def of(site: SiteSpec, net: NetIR, homesite: str) -> Egress | None:
        """Return what judges a job at a site, or None if no site says what may leave it."""
        governed = any(policy.leaves is not None for policy in site.policies.values())
        return Egress(site, net, homesite) if governed else None

    def _note(self, made: Made) -> None:
        by = made.by
        match by:
            case Send():
                exit_ = Exit(made.making, by.place, self._nodes.get(by.place))
                self._add_exit(by.to, by.place, exit_)
            case Yield():
                self._add_exit(APPLICATION, by.name, Exit(made.making, whole(by.value), by.node))
            case Lookup() | Store():
                self._cached[made.outputs[0]] = made
        if title := title_of(by):
            node = getattr(by, "node", None)
            self._steps.setdefault((title, node), []).append(made.making)

    def _add_exit(self, target: str, name: str, exit_: Exit) -> None:
        # Of two that leave by one name, the one would be judged as if it were the other.
        if (target, name) in self._exits:
            to = f"site {target!r}" if target else "the application"
            raise InternalError(f"{self._site!r} would send {name!r} to {to} twice")
        self._exits[target, name] = exit_

    # -- what values are made of ---------------------------------------------------------------

    def learn(self, labels: Labels) -> None:
        """Take note of what another site says that places are made of.

        It does not matter whether the net says that they come from there.

        Raises:
            InternalError: for a place that is made here.
        """
        for place, ingredients in labels.items():
            if place in self._made_here:
                raise InternalError(f"{place!r} came to {self._site!r}, which makes it itself")
            self._made_of.learn(place, self._made_of.ingredients(ingredients))

    def news(self, target: str, place: str) -> dict[str, list[tuple[str, str]]]:
        """Return what a place is made of, and the counts of loops around it, as far as is news."""
        news = {}
        exit_ = self._exit(target, place)
        if exit_.told != exit_.made_of:
            exit_.told = exit_.made_of
            news[place] = _pairs(exit_.made_of)
        for loop in self._made_of.loops_around.get(place, ()):
            made_of = self._made_of.place(loop.count)
            told = self._counts_told.get((target, loop.count), NOTHING)
            if target != loop.leader and made_of != told:
                self._counts_told[target, loop.count] = made_of
                news[loop.count] = _pairs(made_of)
        return news

    def _exit(self, target: str, name: str) -> Exit:
        exit_ = self._exits[target, name]
        if exit_.version != self._made_of.version:
            exit_.version = self._made_of.version
            made_of = self._made_of.made_by(exit_.making)
            if made_of != exit_.made_of:
                exit_.made_of, exit_.passed = made_of, -1
        return exit_

    def _type(self, place: str | None) -> Type:
        """Return the type of what is exactly what one operation here returned."""
        while place in self._copies:
            place = self._copies[place]
        return ANYTHING if place is None else self._types.get(place, ANYTHING)

    # -- whether values may leave --------------------------------------------------------------

    def refusal(self, target: str, name: str, frame: Path, size: int) -> Failure | None:
        """Return the error of sending something of that size, or None if it may leave."""
        to = target or self._homesite
        exit_ = self._exit(target, name)
        if to == self._site or size <= exit_.passed:
            return None
        type_ = self._type(exit_.copy_of)
        for ingredient, verdict in judged(self._policies, exit_.made_of, to, type_, size):
            if not verdict.allowed:
                return self._denied(ingredient, to, verdict, exit_.node, frame)
        exit_.passed = size
        return None

    def item_refusal(self, target: str, name: str, frame: Path, size: int) -> Failure | None:
        """Return the error of sending that much more of the stream of a frame, or None."""
        key = target, name, frame
        self._streamed[key] = total = self._streamed.get(key, 0) + size
        return self.refusal(target, name, frame, total)

    def stream_ended(self, target: str, name: str, frame: Path) -> None:
        """Forget a stream."""
        self._streamed.pop((target, name, frame), None)

    def loop_refusal(self, loop: Loop, frame: Path) -> Failure | None:
        """Return the error of beginning a loop whose followers may not know how long it is."""
        told = [site for site in loop.followers if (site, loop.count) in self._exits]
        for follower in told:
            if refusal := self.refusal(follower, loop.count, frame, COUNT_BYTES):
                return refusal
        # A follower that is refused the count of a loop that has begun would wait for ever.
        self._counted |= {(site, loop.count, frame) for site in told}
        return None

    def count_refusal(self, target: str, name: str, frame: Path) -> Failure | None:
        """Return the error of sending the count of a loop, or None."""
        key = target, name, frame
        if key in self._counted:
            self._counted.remove(key)
            return None
        return self.refusal(target, name, frame, COUNT_BYTES)

    def _denied(
        self,
        ingredient: Ingredient,
        to: str,
        verdict: Verdict,
        node: int | str | None,
        frame: Path,
    ) -> Failure:
        owner, operation = ingredient
        said = verdict.nearest or self._policies[owner]
        where = f" ({said.at})" if said.at else ""
        record = ErrorRecord(
            EgressDenied.__name__,
            f"what is made of {operation} at site {owner!r} may not be sent"
            f" from {self._site!r} to {to!r}: {verdict.why}{where}",
            code=EgressDenied.code,
            site=self._site,
            operation=operation,
            node=node,
            hint=_HINT.format(owner),
            frame=frame_of_iteration(frame),
            made_of=(),
        )
        return Failure((record,))

    # -- errors --------------------------------------------------------------------------------

    def told(self, target: str, failure: Failure) -> Failure:
        """Return what may leave of an error: without the details of what may not."""
        to = target or self._homesite
        if to == self._site:
            return failure
        return Failure(tuple(self._told(to, record) for record in failure.errors))

    def _told(self, to: str, record: ErrorRecord) -> ErrorRecord:
        made_of = record.made_of
        if made_of is None:
            made_of = tuple(_pairs(self._tells_of(record)))
            record = replace(record, made_of=made_of)
        ingredients = self._made_of.ingredients(made_of)
        size = sum(len(t.encode()) for t in (record.message, record.stack_trace, record.hint))
        for ingredient, verdict in judged(self._policies, ingredients, to, size=size):
            if not verdict.allowed:
                owner = ingredient.site
                said = f"the details stay at site {record.site!r}, by the policy of {owner!r}"
                return replace(record, message=said, stack_trace="", hint="", made_of=())
        return record

    def _tells_of(self, record: ErrorRecord) -> Ingredients:
        """Return what an error may tell of; if it is not known which step it is of, of anything."""
        if record.site != self._site:
            return NOTHING
        everything = (made.making for made in self._made_of.all)
        steps = self._steps.get((record.operation, record.node), everything)
        return NOTHING.union(*map(self._made_of.told_by, steps))

    # -- caches --------------------------------------------------------------------------------

    def cache_key(self, output: str, key: Any) -> Any:
        """Return the key under which a site keeps what a pipeline calls by a key.

        It says what the key is made of, so that nobody can try out who has stored something for
        what; and by which policies, for what was kept before they were made has no labels.
        """
        making = self._cached[output].key
        made_of = NOTHING if making is None else self._made_of.made_by(making)
        releases = {s: p.releases for s, p in self._policies.items() if p.leaves is not None}
        return [releases, _pairs(made_of), key]

    def labelled(self, output: str, packed: Packed) -> Packed:
        """Return a value as it is kept, with what it is made of."""
        made_of = self._made_of.made_by(self._cached[output].making)
        return Packed(packed.head, (*packed.buffers, json.dumps(_pairs(made_of)).encode()))

    def found(self, output: str, packed: Packed) -> Packed:
        """Return a value as it was before it was kept, and take note of what it is made of."""
        *buffers, label = packed.buffers
        self._made_of.learn(output, self._made_of.ingredients(json.loads(bytes(label))))
        return Packed(packed.head, tuple(buffers))


def _pairs(ingredients: Ingredients) -> list[tuple[str, str]]:
    return sorted((i.site, i.operation) for i in ingredients)
