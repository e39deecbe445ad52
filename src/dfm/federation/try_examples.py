"""Hold the rules of policies against the examples that their owners wrote beside them.

What a rule should `allow` must be allowed by that very rule. What it should `deny` must be allowed
by no rule of the policy, because nobody cares which rule lets something out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dfm.federation.models import FederationSpec, SiteSpec
from dfm.federation.policies import (
    CallRule,
    EgressRule,
    Example,
    Policy,
    Verdict,
    may_call,
    may_leave,
)
from dfm.types import ANYTHING


@dataclass(frozen=True, slots=True)
class Tried:
    """An example of a rule at a site, and why it is not as its owner said: '' if it is."""

    site: str
    rule: EgressRule | CallRule
    example: Example
    should_be_allowed: bool
    why: str = ""

    @property
    def at(self) -> str:
        """Where the example was written, else where its rule was."""
        return self.example.at or self.rule.at

    def __str__(self) -> str:
        example, verb = (
            self.example,
            "go to" if isinstance(self.rule, EgressRule) else "be called by",
        )
        should = "should" if self.should_be_allowed else "should not"
        details = [] if example.type is None else [str(example.type)]
        details += [] if example.bytes is None else [f"{example.bytes:,} bytes"]
        what = example.operation + (f" ({', '.join(details)})" if details else "")
        return f"{what} {should} {verb} {example.site!r}"


def try_examples(federation: FederationSpec) -> Iterator[Tried]:
    """Yield each example of each rule, in the order of the federation, and how it came out."""
    for site in federation.sites.values():
        policy = site.policy
        if policy is None:
            continue
        rules: tuple[EgressRule | CallRule, ...] = (*(policy.leaves or ()), *(policy.callers or ()))
        for rule in rules:
            for example in rule.allow:
                yield Tried(
                    site.name, rule, example, True, _why_not(federation, site, rule, example)
                )
            for example in rule.deny:
                yield Tried(site.name, rule, example, False, _why(federation, site, rule, example))


def _why_not(
    federation: FederationSpec, site: SiteSpec, rule: EgressRule | CallRule, example: Example
) -> str:
    """Say why a rule alone does not allow what it should, or return ''."""
    leaves = (rule,) if isinstance(rule, EgressRule) else None
    callers = (rule,) if isinstance(rule, CallRule) else None
    return _verdict(federation, site, Policy(leaves, callers=callers), rule, example).why


def _why(
    federation: FederationSpec, site: SiteSpec, rule: EgressRule | CallRule, example: Example
) -> str:
    """Say what allows what should be denied, or return ''."""
    policy = site.policy or Policy()
    verdict = _verdict(federation, site, policy, rule, example)
    if not verdict.allowed:
        return ""
    if verdict.rule is None:
        return f"what goes back to {site.name!r} needs no rule"
    at = f" ({verdict.rule.at})" if verdict.rule.at else ""
    return f"{verdict.rule.name!r} allows it{at}"


def _verdict(
    federation: FederationSpec,
    site: SiteSpec,
    policy: Policy,
    rule: EgressRule | CallRule,
    example: Example,
) -> Verdict:
    """Judge an example; without a type it is of the type that its operation returns."""
    if isinstance(rule, CallRule):
        return may_call(policy, example.operation, example.site)
    if example.site == site.name:
        return Verdict(True)
    operation = federation.operations.get(example.operation)
    returns = ANYTHING if operation is None else operation.returns
    type_ = returns if example.type is None else example.type
    return may_leave(policy, example.operation, example.site, type_, example.bytes)
