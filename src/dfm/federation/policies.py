"""What may leave a site, and who may call it: policies as values, and how they are judged.

    policy:
      leaves:                                   # nothing else leaves this site
        - rule: yearly means may go anywhere
          operations: [climate.YearlyMean]
          to: ["*"]
          at-most: 1 MB
          allow: [{operation: climate.YearlyMean, to: desk, bytes: 4000}]
          deny: [{operation: climate.LoadField, to: desk}]
      releases: [climate.YearlyMean]            # its result no longer counts as what it was made of
      callers:                                  # nobody else calls anything here
        - rule: the institute may call everything
          operations: ["*"]
          by: [desk]

A value is *made of* the operation that returned it, at its site, and of all that its inputs are
made of, unless that operation releases them; and of all that decides that it is made at all, such
as the condition of a branch, which no operation releases. What is made of something that a site
with `leaves` has made may be sent to a site only if that site's rules allow it for each such
ingredient; what is sent back to the site it comes from needs no rule. It makes no difference how
many sites lie between: the rules of a site follow what is made of its values. The application is
at its homesite, and what is there already needs no rule to be handed to it.

The same judgement is made by the compiler, on what it expects, and by the router of the site that
sends, on what it has in hand. Nothing here knows of pipelines or nets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from dfm.types import ANYTHING, Type


class Ingredient(NamedTuple):
    """Something a value is made of: what an operation returned at a site that has a policy."""

    site: str
    operation: str


Ingredients = frozenset[Ingredient]
NOTHING: Ingredients = frozenset()

COUNT_BYTES = 8
"""The size by which the compiler and sites judge how many items there are of something."""


@dataclass(frozen=True, slots=True)
class Example:
    """A case that a rule says something about, as its owner wrote it down.

    In an egress rule a value made of `operation` that would go `to` a site; in a call rule a call
    of `operation` `by` a site. None is not said.
    """

    operation: str
    site: str
    type: Type | None = None
    bytes: int | None = None
    at: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EgressRule:
    """Allows values to leave: made of these operations, of these types, to these sites.

    Operations and sites are shell patterns; no types are all types. `at_most` is bytes, of one
    value, or of one stream in all. `allow` and `deny` are examples that the rule must decide so.
    """

    name: str
    operations: tuple[str, ...] = ("*",)
    types: tuple[Type, ...] = ()
    to: tuple[str, ...] = ("*",)
    at_most: int | None = None
    allow: tuple[Example, ...] = ()
    deny: tuple[Example, ...] = ()
    at: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CallRule:
    """Allows applications at the sites `by` to call these operations; both are shell patterns."""

    name: str
    operations: tuple[str, ...] = ("*",)
    by: tuple[str, ...] = ("*",)
    allow: tuple[Example, ...] = ()
    deny: tuple[Example, ...] = ()
    at: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one site's owner says. None in place of rules: everything is allowed.

    `releases` are patterns of operations; they release what is made at this site, wherever they
    run.
    """

    leaves: tuple[EgressRule, ...] | None = None
    releases: tuple[str, ...] = ()
    callers: tuple[CallRule, ...] | None = None
    at: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is allowed: by which rule, or why by none.

    `nearest` is the rule that came closest, if there is one.
    """

    allowed: bool
    rule: EgressRule | CallRule | None = None
    why: str = ""
    nearest: EgressRule | CallRule | None = None


def judged(
    policies: Mapping[str, Policy],
    ingredients: Ingredients,
    to: str,
    type_: Type = ANYTHING,
    size: int | None = None,
) -> Iterator[tuple[Ingredient, Verdict]]:
    """Yield what the owner of each ingredient says of sending it `to` a site, in a fixed order.

    All of them must allow it. The owner of what would go back to its site is not asked.
    """
    for ingredient in sorted(ingredients):
        if ingredient.site != to:
            policy = policies[ingredient.site]
            yield ingredient, may_leave(policy, ingredient.operation, to, type_, size)


def releases(policy: Policy, operation: str) -> bool:
    """Whether the result of an operation no longer counts as made of what this site made."""
    return matches(operation, policy.releases)


def may_call(policy: Policy, operation: str, by: str) -> Verdict:
    """Judge a call of an operation at this site by an application at the site `by`."""
    if policy.callers is None:
        return Verdict(True)
    for rule in policy.callers:
        if matches(operation, rule.operations) and matches(by, rule.by):
            return Verdict(True, rule)
    near = next((r for r in policy.callers if matches(operation, r.operations)), None)
    why = "no rule lets it be called" if near is None else f"{near.name!r} is not for {by!r}"
    return Verdict(False, why=why, nearest=near)


def may_keep(policy: Policy, by: str) -> Verdict:
    """Judge the use of this site's cache by a pipeline of an application at the site `by`.

    Whoever may call something here may keep something here.
    """
    if policy.callers is None:
        return Verdict(True)
    rule = next((r for r in policy.callers if matches(by, r.by)), None)
    if rule is not None:
        return Verdict(True, rule)
    return Verdict(False, why=f"no rule lets {by!r} call anything")


def may_leave(
    policy: Policy, operation: str, to: str, type_: Type = ANYTHING, size: int | None = None
) -> Verdict:
    """Judge sending `to` a site a value of that type and size that is made of an operation here.

    A rule for certain types does not allow what may be of another; a size of None is not known
    yet, and no obstacle.
    """
    if policy.leaves is None:
        return Verdict(True)
    near: tuple[int, EgressRule | None, str] = (-1, None, f"no rule lets {operation} leave")
    for rule in policy.leaves:
        passed, why = _judge(rule, operation, to, type_, size)
        if not why:
            return Verdict(True, rule)
        if passed > near[0]:
            near = (passed, rule if passed else None, why if passed else near[2])
    return Verdict(False, why=near[2], nearest=near[1])


def _judge(
    rule: EgressRule, operation: str, to: str, type_: Type, size: int | None
) -> tuple[int, str]:
    """Return how many conditions of a rule hold, and what is wrong with the next one, or ''."""
    if not matches(operation, rule.operations):
        return 0, f"{rule.name!r} is not for {operation}"
    if not matches(to, rule.to):
        return 1, f"{rule.name!r} lets it go to {', '.join(rule.to)} only"
    if rule.types and not any(type_ != ANYTHING and type_.is_within(t) for t in rule.types):
        return 2, f"{rule.name!r} is for {' or '.join(map(str, rule.types))}, this is {type_}"
    if rule.at_most is not None and size is not None and size > rule.at_most:
        return 3, f"{rule.name!r} is for at most {rule.at_most:,} bytes, this has {size:,}"
    return 4, ""


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a name is meant by one of some shell patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def named(rule: EgressRule | CallRule) -> str:
    """Return what people call a rule.

    >>> named(EgressRule("means", at="clinic.dfm.yaml:12:9"))
    "rule 'means' (clinic.dfm.yaml:12:9)"
    """
    return f"rule {rule.name!r}" + (f" ({rule.at})" if rule.at else "")
