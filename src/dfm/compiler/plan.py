"""The plan: a pipeline on its way to nets.

Every pass takes a plan and returns one that knows more. The fields stand in the order in which
passes fill them, so a plan also says how far compiling has come. A plan prints as text, one
line for each of its lines (`lines.py`); that is what `watch` shows and what the tests of the
passes compare.

Plans are frozen and are never sent anywhere: sites get nets, applications get a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeGuard

from dfm.compiler.crossings import Crossing, Part
from dfm.compiler.learned import Learned
from dfm.compiler.lines import AnyLine, Delivery, Line, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.placing.problem import Objective, Solution
from dfm.federation.models import FederationSpec
from dfm.net.model import NetIR

if TYPE_CHECKING:
    from dfm.api import Pipeline
    from dfm.api.outline import Outline
    from dfm.compiler.cost import Costs
    from dfm.compiler.stating import Stated
    from dfm.wire import Codecs


@dataclass(frozen=True)
class Plan:
    """A pipeline, the federation it is for, and what has been decided so far.

    `allowed` are the sites that may run steps. `lines` are in an order in which they could be
    done, a loop before what stands in it; `deliveries` are as they were written. `allowances` say
    by which policy rules what crosses may do so, by the key of what crosses and its target.
    `stated` is the choice of sites as a problem, with its `solution`; `barred` are the sites to
    which policies do not let go what is in a place, now that its steps have sites.
    """

    pipeline: Pipeline
    federation: FederationSpec
    homesite: str
    allowed: tuple[str, ...]
    codecs: Codecs
    objective: Objective = "total"
    learned: Learned | None = field(default=None, compare=False, repr=False)
    enforce_policy: bool = True
    outline: Outline | None = field(default=None, compare=False, repr=False)
    lines: tuple[Line, ...] = ()
    costs: Costs | None = field(default=None, compare=False, repr=False)
    stated: Stated | None = field(default=None, compare=False, repr=False)
    solution: Solution | None = field(default=None, compare=False, repr=False)
    barred: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    deliveries: tuple[Delivery, ...] = ()
    parts: tuple[Part, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    allowances: Mapping[tuple[str, str], tuple[str, ...]] = field(
        default_factory=dict, compare=False
    )
    nets: Mapping[str, NetIR] = field(default_factory=dict)

    @property
    def pipeline_name(self) -> str:
        """The name of the pipeline; one without a name is called so."""
        return self.pipeline.name or "pipeline"

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The operations."""
        return tuple(line for line in self.lines if isinstance(line, Step))

    @cached_property
    def placed(self) -> tuple[Step | Glue, ...]:
        """What has a site of its own: the steps, and the caches that the author puts somewhere."""
        return tuple(line for line in self.lines if isinstance(line, Step) or self._is_placed(line))

    def _is_placed(self, line: Line) -> TypeGuard[Glue]:
        return isinstance(line, Glue) and line.asked in self.federation.sites

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The loops, each before those in it."""
        return tuple(line for line in self.lines if isinstance(line, Scope))

    @cached_property
    def all_lines(self) -> tuple[AnyLine, ...]:
        """What fills places, then what is handed over."""
        return (*self.lines, *self.deliveries)

    @cached_property
    def step_sites(self) -> tuple[str, ...]:
        """The sites that run steps, in the federation's order."""
        used = {step.site for step in self.steps}
        return tuple(site for site in self.federation.sites if site in used)

    @cached_property
    def default_site(self) -> str:
        """The site of what could be anywhere: home if it has steps, or nobody has."""
        sites = self.step_sites
        return self.homesite if self.homesite in sites or not sites else sites[0]

    def first_allowed(self, sites: Iterable[str], held: Mapping[str, str]) -> str:
        """Return the first of some sites to which policies let go what is held in these places.

        `held` are the sites of the places. If there is no such site, it is the first.
        """
        first, *others = sites
        barred = [(self.barred[place], at) for place, at in held.items() if place in self.barred]
        allowed = (s for s in (first, *others) if not any(s in to and s != at for to, at in barred))
        return next(allowed, first)

    def __str__(self) -> str:
        if self.nets:
            return "\n".join(map(str, self.nets.values()))
        lines = (*self.lines, *self.deliveries, *self.parts, *self.crossings)
        return "".join(f"{line}\n" for line in lines)


Pass = Callable[[Plan], Plan]
Watcher = Callable[[str, Plan], None]
"""Is shown the name of each pass and the plan it returned."""
