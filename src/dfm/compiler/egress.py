"""What may be sent where, by the policies of all sites.

A question about something that is made of many things is asked of each owner once; answers are
remembered, because a long pipeline asks the same thing thousands of times.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from dfm.compiler.contents import Content, Inputs, Rule, contents_of
from dfm.compiler.cost import costs_of
from dfm.compiler.lines import Step
from dfm.compiler.plan import Plan
from dfm.federation.models import FederationSpec
from dfm.federation.policies import (
    COUNT_BYTES,
    NOTHING,
    Ingredient,
    Ingredients,
    Policy,
    Verdict,
    judged,
    matches,
    may_leave,
    named,
    releases,
)
from dfm.report.model import DECLARED, FROM_TYPE
from dfm.types import Type


def policies_of(federation: FederationSpec) -> dict[str, Policy]:
    """Return the policies of the sites that something may not leave, by site."""
    return {
        site.name: site.policy
        for site in federation.sites.values()
        if site.policy is not None and site.policy.leaves is not None
    }


@dataclass(slots=True)
class Judge:
    """The policies of the sites that have any, and the answers that they gave."""

    policies: Mapping[str, Policy]
    sites: tuple[str, ...]
    _barred: dict[object, frozenset[str]] = field(default_factory=dict)
    _allowances: dict[object, tuple[str, ...]] = field(default_factory=dict)
    _harmless: dict[tuple[str, str], bool] = field(default_factory=dict)
    _answers: dict[tuple[str, ...], bool] = field(default_factory=dict)
    _thresholds: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        rules = (rule for policy in self.policies.values() for rule in policy.leaves or ())
        self._thresholds = sorted({r.at_most for r in rules if r.at_most is not None})

    def denials(
        self, content: Content, to: str, size: int | None
    ) -> Iterator[tuple[Ingredient, Verdict]]:
        """Yield who does not allow something to be sent to a site, and why not."""
        told = judged(self.policies, content.made_of, to, content.type, size)
        return ((ingredient, verdict) for ingredient, verdict in told if not verdict.allowed)

    def allowances(self, content: Content, to: str, size: int | None) -> tuple[str, ...]:
        """Return the rules that allow something to be sent to a site, in words."""
        type_ = content.type
        key = (content.made_of, to, type_, self._room(size))
        if key not in self._allowances:
            told = judged(self.policies, content.made_of, to, type_, size)
            rules = (verdict.rule for _, verdict in told)
            names = dict.fromkeys(named(rule) for rule in rules if rule is not None)
            self._allowances[key] = tuple(names)
        return self._allowances[key]

    def barred(self, content: Content, size: int | None) -> frozenset[str]:
        """Return the sites that something may not be sent to."""
        if not content.made_of:
            return frozenset()
        type_ = content.type
        key = (content.made_of, type_, self._room(size))
        if key not in self._barred:
            found = (self.barred_of(i, type_, size) for i in content.made_of)
            self._barred[key] = frozenset[str]().union(*found)
        return self._barred[key]

    def barred_of(self, ingredient: Ingredient, type_: Type, size: int | None) -> frozenset[str]:
        """Return the sites that what is made of something may not be sent to."""
        site, operation = ingredient[:2]
        key = (site, operation, type_, self._room(size))
        if key not in self._barred:
            policy = self.policies[site]
            self._barred[key] = frozenset(
                to
                for to in self.sites
                if to != site and not may_leave(policy, operation, to, type_, size).allowed
            )
        return self._barred[key]

    def _room(self, size: int | None) -> int | None:
        """Return what is the same for all sizes that the rules do not tell apart."""
        return None if size is None else bisect_left(self._thresholds, size)

    def never(self, site: str, operation: str) -> frozenset[str]:
        """Return the sites that nothing made of something may be sent to, of whatever type."""
        key = (site, operation)
        if key not in self._barred:
            rules = [
                r for r in self.policies[site].leaves or () if matches(operation, r.operations)
            ]
            self._barred[key] = frozenset(
                to for to in self.sites if to != site and not any(matches(to, r.to) for r in rules)
            )
        return self._barred[key]

    def is_harmless(self, site: str, operation: str) -> bool:
        """Whether what is made of something may be sent to all sites, whatever it is."""
        key = (site, operation)
        if key not in self._harmless:
            rules = [r for r in self.policies[site].leaves or () if not r.types]
            rules = [r for r in rules if r.at_most is None and matches(operation, r.operations)]
            self._harmless[key] = all(
                to == site or any(matches(to, rule.to) for rule in rules) for to in self.sites
            )
        return self._harmless[key]

    def is_as_strict(self, site: str, operation: str, other: str) -> bool:
        """Whether a site lets what is made of one operation go nowhere that another's may not."""
        key = (site, operation, other)
        if key not in self._answers:
            self._answers[key] = all(
                matches(other, rule.operations)
                for rule in self.policies[site].leaves or ()
                if matches(operation, rule.operations)
            )
        return self._answers[key]

    def releases(self, site: str, operation: str) -> bool:
        """Whether the result of an operation does not count as made of what a site made."""
        key = (site, operation)
        if key not in self._answers:
            self._answers[key] = releases(self.policies[site], operation)
        return self._answers[key]

    def rule(self, own: Callable[[Step], Ingredients]) -> Rule:
        """Return what steps are made of, if each itself is made of that."""

        def made(step: Step, inputs: Inputs) -> Ingredients:
            operation = step.operation
            kept = (i for made in inputs for i in made if not self.releases(i.site, operation))
            return own(step).union(kept)

        return made

    def adds(self, operation: str, site: str) -> Ingredients:
        """Return what an operation adds to what it returns at a site."""
        return frozenset({Ingredient(site, operation)}) if site in self.policies else NOTHING


def judge_of(plan: Plan) -> Judge:
    """Return the judge of a federation."""
    return Judge(policies_of(plan.federation), tuple(plan.federation.sites))


class Egress:
    """What is in the places of a plan whose steps have their sites, and where it may be sent."""

    def __init__(self, plan: Plan) -> None:
        self.judge = judge = judge_of(plan)
        self.contents = contents_of(plan, judge.rule(lambda s: judge.adds(s.operation, s.site)))
        self.size = sizes_of(plan)


def egress_of(plan: Plan) -> Egress | None:
    """Return where what is in the places of a plan may be sent; None if that is everywhere.

    Needs: each step has a site (`choose_sites` has run).
    """
    return Egress(plan) if plan.enforce_policy and policies_of(plan.federation) else None


def sizes_of(plan: Plan) -> Callable[[str], int | None]:
    """Return what tells the bytes of what is in a place, where they are declared; else None.

    What earlier jobs have told is no reason to refuse the next one: its values may be smaller.
    """
    sizes = costs_of(plan).sizes
    size, told_by = sizes.bytes_out.get, sizes.told_by.get
    counts = {scope.count for scope in plan.scopes}

    def size_of(place: str) -> int | None:
        if place in counts:
            return COUNT_BYTES
        return size(place) if told_by(place) in (DECLARED, FROM_TYPE) else None

    return size_of
