"""Cross checks of policies: whether rules speak of operations and sites that there are.

A policy that misspells a name would silently forbid what its owner meant to allow. So a name, and
also a pattern, that means nothing here is a mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dfm.federation.mistake import Mistake, Unclear, is_clear
from dfm.federation.models import FederationSpec, SiteSpec
from dfm.federation.policies import CallRule, EgressRule, Example, Policy
from dfm.federation.reading import Path, shown

_WILD = frozenset("*?[")


def check_policies(spec: FederationSpec, unclear: Unclear) -> Iterator[Mistake]:
    """Every policy names operations and sites that there are, and each of its rules by one name."""
    for site in spec.sites.values():
        if site.policy is not None:
            yield from _Checks(spec, unclear, site).mistakes(site.policy)


@dataclass(frozen=True, slots=True)
class _Checks:
    """The checks of one site's policy."""

    spec: FederationSpec
    unclear: Unclear
    site: SiteSpec

    def mistakes(self, policy: Policy) -> Iterator[Mistake]:
        path = ("sites", self.site.name, "policy")
        yield from self._operations(policy.releases, (*path, "releases"), self.spec.operations)
        names: dict[str, str] = {}
        lists: dict[str, Sequence[EgressRule | CallRule]] = {
            "leaves": policy.leaves or (),
            "callers": policy.callers or (),
        }
        for key, rules in lists.items():
            for number, rule in enumerate(rules):
                at = (*path, key, str(number))
                yield from self._name(rule, names, at)
                yield from self._rule(rule, at)

    def _name(
        self, rule: EgressRule | CallRule, names: dict[str, str], path: Path
    ) -> Iterator[Mistake]:
        if not rule.name:
            return  # reported where it is read
        if rule.name in names:
            first = f", first at {names[rule.name]}" if names[rule.name] else ""
            said = f"the rule {shown(rule.name)} is here twice{first}"
            yield Mistake((*path, "rule"), said, "another name for one of them")
        names.setdefault(rule.name, rule.at)

    def _rule(self, rule: EgressRule | CallRule, path: Path) -> Iterator[Mistake]:
        offered = _offered(self.site)
        yield from self._operations(rule.operations, (*path, "operations"), offered)
        key, sites = ("to", rule.to) if isinstance(rule, EgressRule) else ("by", rule.by)
        if is_clear(("sites",), self.unclear):
            yield from _unmatched("site", sites, (*path, key), self.spec.sites)
        for kind, examples in (("allow", rule.allow), ("deny", rule.deny)):
            for number, example in enumerate(examples):
                yield from self._example(example, key, (*path, kind, str(number)))

    def _example(self, example: Example, key: str, path: Path) -> Iterator[Mistake]:
        at = (*path, "operation")
        if example.operation:
            yield from self._operations((example.operation,), at, _offered(self.site), exact=True)
        if (
            example.site
            and example.site not in self.spec.sites
            and is_clear(("sites",), self.unclear)
        ):
            said = f"there is no site {shown(example.site)}"
            yield Mistake((*path, key), said, "", example.site, self.spec.sites)

    def _operations(
        self, patterns: tuple[str, ...], path: Path, offered: Collection[str], exact: bool = False
    ) -> Iterator[Mistake]:
        """Yield the patterns that no operation of the federation, or of this site, matches."""
        if not is_clear(("operations",), self.unclear):
            return
        unknown = list(_unmatched("operation", patterns, path, self.spec.operations, exact))
        yield from unknown
        if offered is self.spec.operations or not self._offers_are_clear():
            return
        known = {m.path for m in unknown}
        for mistake in _unmatched("operation", patterns, path, offered, exact):
            if mistake.path not in known:
                said = f"the site {self.site.name!r} does not offer {shown(mistake.name)}"
                hint = (
                    f"`releases`, if what {mistake.name[:60]} returns may go once it is made"
                    if "leaves" in path
                    else "an operation that it offers"
                )
                yield Mistake(mistake.path, f"{said}, so the rule says nothing of it", hint)

    def _offers_are_clear(self) -> bool:
        here = ("sites", self.site.name)
        return not any(path[:2] == here or path == ("sites",) for path in self.unclear)


def _offered(site: SiteSpec) -> frozenset[str]:
    """Return the operations that a site offers, itself or by a provider."""
    interfaces = [site.interface, *(p.interface for p in site.providers.values())]
    return frozenset(name for interface in interfaces for name in interface)


def _unmatched(
    kind: str, patterns: tuple[str, ...], path: Path, names: Collection[str], exact: bool = False
) -> Iterator[Mistake]:
    """Yield the patterns that match none of the names; `*` may match nothing."""
    for number, pattern in enumerate(patterns):
        at = path if exact else (*path, str(number))
        if exact or _WILD.isdisjoint(pattern):
            if pattern not in names:
                yield Mistake(at, f"there is no {kind} {shown(pattern)}", "", pattern, names)
        elif pattern != "*" and not any(fnmatchcase(name, pattern) for name in names):
            said = f"no {kind} matches {shown(pattern)}"
            yield Mistake(at, said, "", pattern, names)
