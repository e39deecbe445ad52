"""A policy given in Python: refused where it can not be one, and in the form that a file gives.

A rule is a wish about data, so nothing is guessed: a text in place of a tuple of patterns, which
Python would take for its letters, is a mistake and not a pattern.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from dfm.federation.offers import refuse
from dfm.federation.policies import CallRule, EgressRule, Example, Policy
from dfm.types import ANYTHING, Type, describe

_Rule = TypeVar("_Rule", EgressRule, CallRule)


def checked_policy(policy: Policy, at: str = "") -> Policy:
    """Return a policy with tuples for lists, written `at` that line if it does not say so itself.

    Raises FederationError when a part of it is not of its kind.
    """
    _check_kind("a policy", policy, Policy, at, "dfm.federation.Policy(...)")
    at = policy.at or at
    return replace(
        policy,
        leaves=_rules("leaves", policy.leaves, EgressRule, at),
        releases=_patterns("releases", policy.releases, at),
        callers=_rules("callers", policy.callers, CallRule, at),
        at=at,
    )


def _rules(
    key: str, rules: Iterable[_Rule] | None, kind: type[_Rule], at: str
) -> tuple[_Rule, ...] | None:
    if rules is None:
        return None
    return tuple(_rule(rule, kind, at) for rule in _each(key, rules, at))


def _rule(rule: _Rule, kind: type[_Rule], at: str) -> _Rule:
    _check_kind("a rule", rule, kind, at, f"dfm.federation.{kind.__name__}(...)")
    at = rule.at or at
    if not isinstance(rule.name, str) or not rule.name:
        refuse(f"the name of a rule is a text, not {describe(rule.name)}", at)
    changed: dict[str, Any] = {
        "operations": _named(rule.name, "operations", rule.operations, at),
        "allow": _examples(rule.name, "allow", rule.allow, at),
        "deny": _examples(rule.name, "deny", rule.deny, at),
        "at": at,
    }
    match rule:
        case CallRule():
            changed["by"] = _named(rule.name, "by", rule.by, at)
        case EgressRule():
            changed["to"] = _named(rule.name, "to", rule.to, at)
            changed["types"] = tuple(_each("types", rule.types, at))
            for type_ in changed["types"]:
                _check_type(rule.name, type_, at)
            _check_size(rule.name, "at_most", rule.at_most, at)
    return replace(rule, **changed)


def _examples(rule: str, key: str, examples: Iterable[Example], at: str) -> tuple[Example, ...]:
    found = tuple(_each(key, examples, at))
    for example in found:
        _check_kind(f"an example of the rule {rule!r}", example, Example, at, "Example(...)")
        if example.type is not None:
            _check_type(rule, example.type, at)
        _check_size(rule, "bytes", example.bytes, at)
    return tuple(replace(example, at=example.at or at) for example in found)


def _check_type(rule: str, type_: object, at: str) -> None:
    if not isinstance(type_, Type) or type_ == ANYTHING:
        said = f"the rule {rule!r}: a type here must say something, not {describe(type_)}"
        refuse(said, at, "Type.of('number'), or Type.of_annotation(float)")


def _check_size(rule: str, key: str, size: object, at: str) -> None:
    if size is not None and (type(size) is not int or size < 0):
        refuse(f"the rule {rule!r}: {key} is a number of bytes, not {describe(size)}", at, "4000")


def _named(rule: str, key: str, patterns: Iterable[str], at: str) -> tuple[str, ...]:
    found = _patterns(key, patterns, at)
    if not found:
        refuse(f"the rule {rule!r}: {key} names none", at, "('*',), which is all")
    return found


def _patterns(key: str, patterns: Iterable[str], at: str) -> tuple[str, ...]:
    found = tuple(_each(key, patterns, at))
    for pattern in found:
        _check_kind(f"a pattern of {key}", pattern, str, at, "'climate.*'")
    return found


def _each(key: str, given: Iterable[Any], at: str) -> Iterable[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        hint = f"({given!r:.60},)" if isinstance(given, str) else ""
        refuse(f"{key} of a policy is a tuple, not {describe(given)}", at, hint)
    return given


def _check_kind(what: str, given: object, kind: type, at: str, hint: str) -> None:
    if not isinstance(given, kind):
        refuse(f"{what} is a {kind.__name__}, not {describe(given)}", at, hint)
