"""What is known of costs: what earlier jobs have told, what a federation declares, what types say.

Of each number, what jobs have told goes first, then what is declared, then what a type tells, and
at last a guess. Only how large a number is, or an array of a known shape, jobs do not know better
than the type. Guesses are the same for every site, so between sites of which nobody says anything
a guess decides nothing:

    operation without cost     10 ms, as many bytes out as in; 1 MB if it reads no other value;
                               rather, as many bytes as the type of what it returns tells
    link without cost          10 ms + 100 MB/s
    parameter of a call        1 kB; nothing is known of it until the pipeline runs

Nothing here knows of plans: it is asked of operations, sites and bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from dfm.compiler.learned import Learned
from dfm.compiler.lines import Candidate
from dfm.federation.models import ComputeCost, FederationSpec, SendCost
from dfm.report.model import DECLARED, GUESS, from_runs

GUESSED_SECONDS = 0.010
GUESSED_WORK = ComputeCost(GUESSED_SECONDS, output_factor=1.0)
GUESSED_SOURCE = ComputeCost(GUESSED_SECONDS, fixed_size=1_000_000)
GUESSED_LINK = SendCost(fixed_time=0.010, bandwidth=100e6)
GUESSED_PARAMETER_BYTES = 1_000
SIGNAL_BYTES = 1
MOST_BYTES = 1 << 60
"""Where sizes stop growing, so that a long chain of growing values stays finite."""


class Told(NamedTuple):
    """A number, and who told it: one of the words of `report/model.py`."""

    value: float
    by: str


class ToldLink(NamedTuple):
    """What a link can do, and who told it."""

    cost: SendCost
    by: str

    def seconds(self, size: float) -> float:
        """Return how long so many bytes are under way."""
        return link_seconds(self.cost, size)


def link_seconds(cost: SendCost, size: float) -> float:
    """Return how long so many bytes are under way on a link that can do that."""
    return cost.fixed_time + (size / cost.bandwidth if cost.bandwidth else 0.0)


AT_ONCE = ToldLink(SendCost(), DECLARED)
"""The way from a site to itself."""

Candidates = tuple[Candidate, ...]
Declared = tuple[ComputeCost | None, ...]
"""What is declared for an operation at each of its candidates."""


@dataclass(frozen=True, slots=True)
class Known:
    """The answers of a federation, and of its earlier jobs. Each is worked out once."""

    federation: FederationSpec
    learned: Learned | None = None
    _declared: dict[tuple[str, Candidates], Declared] = field(default_factory=dict)
    _typed: dict[str, int | None] = field(default_factory=dict)
    _links: dict[tuple[str, str], ToldLink] = field(default_factory=dict)

    def declared(self, operation: str, candidates: Candidates) -> Declared:
        """Return what the federation declares for an operation at each of its candidates."""
        key = (operation, candidates)
        if key not in self._declared:
            sites = self.federation.sites
            found = (sites[site].adapter(operation, provider) for site, provider in candidates)
            self._declared[key] = tuple(a.cost if a is not None else None for a in found)
        return self._declared[key]

    def typed(self, operation: str) -> int | None:
        """Return how many bytes an operation returns, if the type of its result tells."""
        if operation not in self._typed:
            size = self.federation.operations[operation].returns.estimated_bytes()
            self._typed[operation] = None if size is None else min(size, MOST_BYTES)
        return self._typed[operation]

    def is_size_said(self, operation: str) -> bool:
        """Whether the type of a result says how large it is, which may be wrong, and not what."""
        return "size" in self.federation.operations[operation].returns.keywords

    def work(self, operation: str, at: Candidate, size: int) -> Told | None:
        """Return the seconds that an operation takes there, as jobs have told."""
        if self.learned is None:
            return None
        known = self.learned.work(operation, at.site, at.provider, size)
        return None if known is None else Told(known.value, from_runs(known.runs))

    def size(self, operation: str, size: int) -> Told | None:
        """Return the bytes that an operation returns when it reads so many, as jobs have told."""
        known = None if self.learned is None else self.learned.size(operation, size)
        return None if known is None else Told(known.value, from_runs(known.runs))

    def link(self, source: str, target: str) -> ToldLink:
        """Return what the link between two sites can do."""
        if source == target:
            return AT_ONCE
        key = (source, target)
        if key not in self._links:
            self._links[key] = self._link(source, target)
        return self._links[key]

    def _link(self, source: str, target: str) -> ToldLink:
        known = None if self.learned is None else self.learned.link(source, target)
        if known is not None:
            return ToldLink(known.cost, from_runs(known.runs))
        declared = self.federation.link(source, target)
        return ToldLink(GUESSED_LINK, GUESS) if declared is None else ToldLink(declared, DECLARED)
