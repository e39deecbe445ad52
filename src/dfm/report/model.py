"""The plan of a pipeline as a value: what was decided, why, and what it is predicted to cost.

Times are seconds, sizes bytes, and all of them are predictions for one call. Where a number comes
from is said beside it:

    "declared"        the federation says so
    "type"            the declared type tells it
    "from 14 runs"    measured in that many earlier jobs
    "inferred"        not measured there; worked out from what earlier jobs took elsewhere
    "guess"           nobody says anything
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from dfm.report.measured import Link, Measured

GUESS = "guess"
DECLARED = "declared"
FROM_TYPE = "type"
INFERRED = "inferred"

VALUE = "value"
ITEMS, COUNT = "items", "count"
ANSWER, FOUND, END = "answer", "found", "end"


def from_runs(runs: int) -> str:
    """Return how a number is called that so many jobs have told; what none has told is inferred.

    >>> from_runs(1), from_runs(14), from_runs(0)
    ('from 1 run', 'from 14 runs', 'inferred')
    """
    if not runs:
        return INFERRED
    return f"from {runs} run" + ("" if runs == 1 else "s")


def is_learned(*sources: str) -> bool:
    """Whether one of these says that a number comes from earlier jobs.

    >>> is_learned(DECLARED, GUESS), is_learned(FROM_TYPE, from_runs(2))
    (False, True)
    """
    return any(source not in (DECLARED, FROM_TYPE, GUESS) for source in sources)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A site, or a provider of one, that does not run an operation, with the one reason."""

    site: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One operation as placed. `seconds` and `bytes_out` are of one run of it.

    `name` is the place of its value, and `reads` are the names of the steps whose values it reads,
    directly or through loops, branches and caches. `times` is how often it is expected to run in a
    call: more than once in a loop, half of once in a branch; `times_from` is GUESS if nobody has
    said how long the loop is, or how likely the branch. `within` says in which block it
    stands, if it is in one.
    """

    node: int | str
    operation: str
    site: str
    provider: str | None
    seconds: float
    bytes_out: int
    reason: str
    at: str = ""
    within: str = ""
    name: str = ""
    reads: tuple[str, ...] = ()
    times: float = 1.0
    times_from: str = DECLARED
    time_from: str = DECLARED
    size_from: str = DECLARED
    rejected: tuple[Rejected, ...] = ()

    @property
    def assumed(self) -> bool:
        """Whether its time, its size or how often it runs is a guess."""
        return GUESS in (self.times_from, self.time_from, self.size_from)

    @property
    def where(self) -> str:
        """The site, with the provider if it has one."""
        return f"{self.site}.{self.provider}" if self.provider is not None else self.site


@dataclass(frozen=True, slots=True)
class PlannedTransfer:
    """A value that goes from one site to another, or home to the application.

    `kind` is VALUE, or what else crosses: the ITEMS or the COUNT of a loop's sequence, the ANSWER
    to a condition, whether a cache has FOUND something, or only that something is at its END.
    `bytes` and `seconds` are of all that crosses in one call. `made_by` are the names of the steps
    it comes from; `readers` those of the steps that read it there, none if it is yielded.
    `allowed_by` are the policy rules that let it leave, if the site has a policy.
    """

    value: str
    source: str
    target: str
    bytes: int
    seconds: float = 0.0
    size_from: str = DECLARED
    link_from: str = DECLARED
    made_by: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    is_yield: bool = False
    allowed_by: tuple[str, ...] = ()
    kind: str = VALUE

    @property
    def assumed(self) -> bool:
        """Whether its size, or what its link can do, is a guess."""
        return GUESS in (self.size_from, self.link_from)


@dataclass(frozen=True, slots=True)
class Alternative:
    """What would have crossed between sites if all source data had been moved home first."""

    bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What was decided, what it is predicted to cost per call, and what it did cost if it has run.

    `seconds` is what was minimised: by the objective "total" all work and all transfers, one after
    the other; by "makespan" the longest chain of them, sites working side by side. `bound` is what
    no plan can be cheaper than; the plan is `proven` to be the best if that is as much.
    """

    steps: tuple[PlannedStep, ...] = ()
    transfers: tuple[PlannedTransfer, ...] = ()
    pipeline: str = ""
    homesite: str = ""
    objective: str = "total"
    seconds: float = 0.0
    bound: float = 0.0
    proven: bool = True
    method: str = ""
    all_at_home: Alternative = field(default_factory=Alternative)
    measured: Measured | None = None

    @property
    def gap(self) -> float:
        """How much cheaper the best plan could be, as a fraction of this one; 0 if proven."""
        if self.proven or self.seconds <= 0:
            return 0.0
        return max(0.0, 1.0 - self.bound / self.seconds)

    @property
    def bytes_moved(self) -> int:
        """Bytes predicted to cross between sites, per call."""
        return sum(t.bytes for t in self.transfers)

    @property
    def assumed(self) -> bool:
        """Whether any time, size, link or number of runs of it is a guess."""
        return any(s.assumed for s in self.steps) or any(t.assumed for t in self.transfers)

    def bytes_per_link(self) -> dict[Link, int]:
        """Return predicted bytes by (source site, target site), per call."""
        links: dict[Link, int] = {}
        for t in self.transfers:
            links[t.source, t.target] = links.get((t.source, t.target), 0) + t.bytes
        return links

    def with_measured(self, measured: Measured) -> PlanReport:
        """Return this report with what a job took beside what was predicted."""
        return replace(self, measured=measured)

    def __str__(self) -> str:
        from dfm.report.text import format_report

        return format_report(self)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as a value that JSON can hold; the keys are documented and stay."""
        from dfm.report.json import to_json

        return to_json(self)

    def to_mermaid(self) -> str:
        """Return a flowchart in the language of Mermaid, with a subgraph for each site."""
        from dfm.report.mermaid import to_mermaid

        return to_mermaid(self)

    def to_svg(self) -> str:
        """Return a picture: a lane for each site, and what crosses between them."""
        from dfm.report.svg import to_svg

        return to_svg(self)

    def _repr_html_(self) -> str:
        from dfm.report.html import to_html

        return to_html(self)
