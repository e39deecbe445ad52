"""Whether what sites send is allowed, judged by somebody who sees all nets at once.

Written from `federation/policies.py` alone, as slowly and plainly as can be: nothing here is
shared with what sites judge by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from dfm.federation.models import FederationSpec
from dfm.federation.policies import EgressRule
from dfm.net.loops import Ended, Gather, Last, Loop, Previous, read_values
from dfm.net.model import NetIR
from dfm.net.template import references
from dfm.net.token import Failure
from dfm.net.transitions import (
    Branch,
    Call,
    Join,
    Let,
    Lookup,
    Send,
    Signal,
    Store,
    Yield,
    gate_of,
    value_places,
)
from dfm.types import ANYTHING
from dfm.wire import Codecs, Packed
from dfm.wire.messages import APPLICATION, Done, Kind, Message, Tokens

Ingredient = tuple[str, str]
Node = tuple[str, str]
"""A site and a place."""

DETAILS_STAY = "the details stay at site "


class NaiveJudge:
    """Judges the messages of one job."""

    def __init__(self, nets: Mapping[str, NetIR], spec: FederationSpec, homesite: str) -> None:
        self.spec = spec
        self.homesite = homesite
        self.nets = nets
        self.made: defaultdict[Node, set[Ingredient]] = defaultdict(set)
        self.type: dict[Node, Any] = {}
        self.yields = {y.name: y for net in nets.values() for y in net.yields}
        self.counts: set[Node] = set()
        self.streamed: defaultdict[tuple[Any, ...], int] = defaultdict(int)
        self.codecs = Codecs(trusted=True)
        before = -1
        while before != (before := sum(map(len, self.made.values()))):
            for site, net in nets.items():
                for transition in net.walk():
                    self.flow(site, transition)

    # -- what things are made of ---------------------------------------------------------------

    def of(self, site: str, *places: str | None) -> set[Ingredient]:
        """What some places are made of together."""
        return set().union(*(self.made[site, place] for place in places if place is not None))

    def flow(self, site: str, t: Any) -> None:
        """Let ingredients flow through one transition."""
        match t:
            case Call():
                self.made[site, t.output] |= self.result(site, t) | self.of(site, t.when)
                self.type[site, t.output] = self.spec.operations[t.operation].returns
            case Let():
                self.made[site, t.output] |= self.of(site, *value_places(t), t.when)
            case Store():
                kept = self.of(site, *(ref.place for ref in references(t.value)), t.when)
                self.made[site, t.output] |= kept
                if t.lookup is not None:
                    self.made[site, t.lookup] |= kept
            case Join():
                self.made[site, t.output] |= self.of(site, *t.sources)
            case Branch() | Lookup():
                for output in t.outputs:
                    self.made[site, output] |= self.of(site, *value_places(t), t.when)
            case Previous():
                self.made[site, t.output] |= self.of(site, t.place, t.initial)
            case Send():
                self.made[t.to, t.place] |= self.of(site, t.place)
            case Loop():
                if t.source is not None:
                    for output in (t.item, t.count):
                        self.made[site, output] |= self.of(site, t.source.place, t.when)
                self.counts.add((site, t.count))
                for inner in t.body:
                    self.decided_by_count(site, t, inner)
                for give in t.gives:
                    match give:
                        case Gather():
                            self.made[site, give.output] |= self.of(site, give.place)
                        case Last():
                            self.made[site, give.output] |= self.of(site, give.place, give.initial)
                        case Ended():
                            pass

    def decided_by_count(self, site: str, loop: Loop, inner: Any) -> None:
        """What reads nothing of an iteration tells how many there are."""
        if isinstance(inner, (Signal, Yield)):
            return
        if isinstance(inner, Previous):
            # What goes on from one iteration to the next tells how many there are.
            self.made[site, inner.output] |= self.of(site, loop.count)
            return
        if not {*read_values(inner), gate_of(inner)} & {*loop.made}:
            outputs = inner.outputs
            if isinstance(inner, Loop):
                # Who follows a loop has no items of it.
                outputs = (inner.count,) if inner.source is None else (inner.item, inner.count)
            for output in outputs:
                self.made[site, output] |= self.of(site, loop.count)

    def result(self, site: str, call: Call) -> set[Ingredient]:
        """What the result of an operation is made of."""
        read = self.of(site, *value_places(call))
        released = {i for i in read if self.matches(call.operation, self.policy(i[0]).releases)}
        return (read - released) | self.own(site, call.operation)

    def own(self, site: str, operation: str) -> set[Ingredient]:
        policy = self.spec.sites[site].policy
        governs = policy is not None and policy.leaves is not None
        return {(site, operation)} if governs else set()

    def policy(self, site: str) -> Any:
        return self.spec.sites[site].policy

    # -- what may leave ------------------------------------------------------------------------

    def forbidden(self, ingredient: Ingredient, to: str, type_: Any, size: int) -> bool:
        """Whether no rule allows it."""
        site, operation = ingredient
        rules = self.policy(site).leaves
        return site != to and not any(
            self.allows(rule, operation, to, type_, size) for rule in rules
        )

    def allows(self, rule: EgressRule, operation: str, to: str, type_: Any, size: int) -> bool:
        return (
            self.matches(operation, rule.operations)
            and self.matches(to, rule.to)
            and (not rule.types or type_ in rule.types)
            and (rule.at_most is None or size <= rule.at_most)
        )

    @staticmethod
    def matches(name: str, patterns: tuple[str, ...]) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in patterns)

    # -- messages ------------------------------------------------------------------------------

    def wrong(self, message: Message) -> Iterator[str]:
        """Say what of a message of a site should not have been sent."""
        match message:
            case Tokens():
                for package in message.packages:
                    yield from self.wrong_token(message, package)
            case Done():
                for failure in message.failures.values():
                    opened = self.codecs.unseal(failure)
                    yield from self.wrong_error(message.source, self.homesite, opened)

    def wrong_token(self, message: Tokens, package: Any) -> Iterator[str]:
        site, to = message.source, message.target or self.homesite
        packed = Packed(package.head, tuple(package.buffers))
        if site == to:
            return
        if package.kind == Kind.FAILURE:
            yield from self.wrong_error(site, to, self.codecs.unpack(packed))
        if package.kind not in (Kind.VALUE, Kind.ITEMS):
            return
        size = packed.nbytes
        if package.kind == Kind.ITEMS:
            key = (site, to, package.place, package.frame[:-1])
            self.streamed[key] = size = self.streamed[key] + size
        if message.target == APPLICATION:
            hand_over = self.yields[package.place]
            made = self.of(site, *value_places(hand_over), hand_over.when)
            read = references(hand_over.value)
            whole = len(read) == 1 and hand_over.value == read[0] and not read[0].path
            type_ = self.type.get((site, read[0].place), ANYTHING) if whole else ANYTHING
        else:
            made = self.of(site, package.place)
            type_ = self.type.get((site, package.place), ANYTHING)
            if (site, package.place) in self.counts:
                size = 8
        for ingredient in sorted(made):
            if self.forbidden(ingredient, to, type_, size):
                what = f"{package.place} {package.frame} ({size} bytes)"
                yield f"{what} went from {site} to {to}, and is made of {ingredient}"

    def wrong_error(self, site: str, to: str, failure: Failure) -> Iterator[str]:
        if site == to:
            return
        for record in failure.errors:
            if record.type == "EgressDenied" or record.message.startswith(DETAILS_STAY):
                continue
            size = len(record.message) + len(record.stack_trace)
            for ingredient in sorted(self.told_by(record)):
                if self.forbidden(ingredient, to, ANYTHING, size):
                    yield f"{record.type} of {record.operation} told {to} {record.message!r}"

    def told_by(self, record: Any) -> set[Ingredient]:
        """What an error of an operation can tell of."""
        found: set[Ingredient] = set()
        for t in self.nets[record.site].walk():
            is_it = isinstance(t, Call) and (t.operation, t.node) == (record.operation, record.node)
            if isinstance(t, Call) and is_it:
                found |= self.of(record.site, *value_places(t), t.when)
                found |= self.own(record.site, t.operation)
        return found
