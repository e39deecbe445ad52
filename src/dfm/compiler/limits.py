"""What policies forbid to the choice of sites.

What is made of something whose step has but one site may not go to certain sites, whatever is
chosen; that forbids pairs of sites to a value. What is made of something whose step may run here
or there may not go to certain sites if it runs here; that is a bar. The rules of a site follow the
data, so a step may bar every value after it, and a chain of steps as many as the square of its
length. Three things keep them few:

*   What may go to all sites, whatever it is, bars nothing.
*   What leaves a step that could only run where an ingredient comes from is barred by that step
    itself, if its own rules are as strict. So where nothing may leave, each step bars its own
    value only.
*   No more than `MOST_OWNERS` steps bar one value, the latest, and there are no more than
    `MOST_BARS` bars. Those left out are not forgotten: `check_policy` refuses a plan that breaks
    them. Only may another choice then not be found that obeys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dfm.compiler.contents import Content, Inputs, MadeOf, contents_of
from dfm.compiler.egress import Judge, judge_of, sizes_of
from dfm.compiler.lines import Delivery, Step
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan
from dfm.compiler.values import Bars, Limits, Value
from dfm.net.transitions import Branch, Lookup

MOST_OWNERS = 32
MOST_BARS = 20_000

WHOLE = (True, False)
NO_STEP = -2
"""In place of the number of a step: what comes out of a cache is nobody's."""


class Owned(NamedTuple):
    """An ingredient, and the number of the step that adds it if it runs at that site.

    The number is -1 if it runs nowhere else. It stands for a `policies.Ingredient`.
    """

    site: str
    operation: str
    owner: int = -1


def egress_limits(plan: Plan, values: Sequence[Value]) -> Limits:
    """Return where values may not be sent, for the choice of sites.

    Needs: each step has a candidate (`expand_candidates` has run).
    """
    judge = judge_of(plan)
    if not judge.policies or not plan.enforce_policy:
        return Limits()
    return _Limits(plan, values, judge).found()


class _Limits:
    """The limits of one plan, while they are worked out."""

    def __init__(self, plan: Plan, values: Sequence[Value], judge: Judge) -> None:
        self._judge = judge
        self._values = values
        self._homesite = plan.homesite
        self._sizes = sizes_of(plan)
        self._steps = plan.steps
        self._numbers = {step.name: number for number, step in enumerate(self._steps)}
        self._sites = [frozenset(c.site for c in step.candidates) for step in self._steps]
        self._caches = {
            g.name: frozenset({g.asked or ""}) for g in plan.placed if isinstance(g, Glue)
        }
        self._gates = _gates_of(plan)
        self._read = _read_how(plan)
        self._pairs: dict[frozenset[str], frozenset[tuple[str, str]]] = {}
        self._carried = 0
        self._contents = contents_of(plan, self._made)

    def found(self) -> Limits:
        """Return the limits."""
        forbidden: dict[int, frozenset[tuple[str, str]]] = {}
        bars: list[Bars] = []
        for number, value in enumerate(self._values):
            pairs = self._forbidden(value)
            if pairs:
                forbidden[number] = pairs
            if len(bars) < MOST_BARS:
                bars += self._bars(number, value)
        return Limits(forbidden, tuple(bars[:MOST_BARS]))

    # -- what steps are made of ------------------------------------------------------------------

    def _made(self, step: Step, inputs: Inputs) -> MadeOf:
        """Return what a step may be made of, without what follows from what it adds itself."""
        number = self._numbers[step.name]
        sites = self._sites[number]
        owner = number if len(sites) > 1 else -1
        own = {Owned(s, step.operation, owner) for s in sites if self._adds(step.operation, s)}
        kept = {
            ingredient
            for made in inputs
            for ingredient in made
            if not self._judge.releases(ingredient.site, step.operation)
            and not self._is_implied(ingredient, step.operation, sites)
        }
        certain = [i for i in kept if i.owner < 0]
        carried: list[Owned] = []
        if self._carried < MOST_BARS:
            free = sorted((i for i in kept if i.owner >= 0), key=lambda i: i.owner)
            carried = free[-MOST_OWNERS:]
            self._carried += len(carried)
        return frozenset((*own, *certain, *carried))

    def _adds(self, operation: str, site: str) -> bool:
        """Whether what an operation returns at a site may not be sent everywhere."""
        return site in self._judge.policies and not self._judge.is_harmless(site, operation)

    def _is_implied(self, ingredient: Owned, operation: str, sites: frozenset[str]) -> bool:
        """Whether a step that reads something is at its site, and bars as much by itself."""
        home = ingredient.site
        if home not in sites or not sites - self._judge.never(home, ingredient.operation) <= {home}:
            return False
        return self._judge.is_as_strict(home, operation, ingredient.operation)

    # -- what values are forbidden -----------------------------------------------------------

    def _shapes(self, value: Value) -> Iterator[tuple[Content, int | None]]:
        """Yield what is sent of a value, and its bytes; of a part not even the type is known."""
        if value.is_signal and value.place not in self._gates:
            return
        content, (whole, part) = self._contents[value.place], self._read.get(value.place, WHOLE)
        if whole:
            yield content, self._sizes(value.place)
        if part:
            yield Content(content.made_of), None

    def _barred(self, value: Value) -> dict[Owned, frozenset[str]]:
        """Return the sites that each ingredient forbids to a value."""
        found: dict[Owned, frozenset[str]] = {}
        for content, size in self._shapes(value):
            for ingredient in content.made_of:
                to = self._judge.barred_of(ingredient, content.type, size)
                if to:
                    found[ingredient] = found.get(ingredient, frozenset()) | to
        return found

    def _forbidden(self, value: Value) -> frozenset[tuple[str, str]]:
        """Return the pairs of sites that are forbidden to a value, wherever other steps are."""
        source = self._numbers.get(value.source, NO_STEP)
        pairs = frozenset[tuple[str, str]]()
        for ingredient, to in self._barred(value).items():
            if ingredient.owner < 0:
                pairs |= self._all_pairs(to)
            elif ingredient.owner == source:
                pairs |= {(ingredient.site, target) for target in to}
        return pairs

    def _all_pairs(self, to: frozenset[str]) -> frozenset[tuple[str, str]]:
        if to not in self._pairs:
            sites = self._judge.sites
            self._pairs[to] = frozenset((a, b) for b in to for a in sites if a != b)
        return self._pairs[to]

    def _bars(self, number: int, value: Value) -> Iterator[Bars]:
        """Yield what other steps that are not where they are for certain forbid to a value."""
        wanted = {self._homesite} if value.is_yielded else set[str]()
        wanted.update(*map(self._sites_of, value.readers))
        source = self._numbers.get(value.source, NO_STEP)
        barred = self._barred(value)
        for ingredient in sorted(barred):
            to = barred[ingredient] & wanted
            if to and ingredient.owner >= 0 and ingredient.owner != source:
                step = self._steps[ingredient.owner]
                when = frozenset(c for c in step.candidates if c.site == ingredient.site)
                yield Bars(step.name, when, number, to)

    def _sites_of(self, reader: str) -> frozenset[str]:
        """Return where a step may be, or is a cache."""
        return (
            self._caches[reader] if reader in self._caches else self._sites[self._numbers[reader]]
        )


def _gates_of(plan: Plan) -> frozenset[str]:
    return frozenset(
        place
        for line in plan.lines
        if isinstance(line, Glue) and isinstance(line.does, (Branch, Lookup))
        for place in line.outputs
    )


def _read_how(plan: Plan) -> Mapping[str, tuple[bool, bool]]:
    """Return whether the whole of each value, and whether parts of it, are read."""
    found: defaultdict[str, tuple[bool, bool]] = defaultdict(lambda: (False, False))
    readers: tuple[Step | Glue | Delivery, ...] = (*plan.placed, *plan.deliveries)
    for line in readers:
        for ref in line.refs:
            whole, part = found[ref.place]
            found[ref.place] = (whole or not ref.path, part or bool(ref.path))
    return found
