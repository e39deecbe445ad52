"""The plan: a pipeline on its way to nets.

Every pass takes a plan and returns one that knows more. The fields stand in the order in which
passes fill them, so a plan also says how far compiling has come. A plan prints as text, one
line for each of its lines (`lines.py`); that is what `watch` shows and what the tests of the
passes compare.

Plans are frozen and are never sent anywhere: sites get nets, applications get a report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dfm.compiler.crossings import Crossing, Part
from dfm.compiler.lines import AnyLine, Delivery, Line, Scope, Step
from dfm.federation.models import FederationSpec
from dfm.net.model import NetIR

if TYPE_CHECKING:
    from dfm.api import Pipeline
    from dfm.compiler.cost import Costs
    from dfm.wire import Codecs


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline, the federation it is for, and what has been decided so far.

    `allowed` are the sites that may run steps. `lines` are in an order in which they could be
    done, a loop before what stands in it; `deliveries` are as they were written.
    """

    pipeline: Pipeline
    federation: FederationSpec
    homesite: str
    allowed: tuple[str, ...]
    codecs: Codecs
    lines: tuple[Line, ...] = ()
    costs: Costs | None = field(default=None, compare=False, repr=False)
    deliveries: tuple[Delivery, ...] = ()
    parts: tuple[Part, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    nets: Mapping[str, NetIR] = field(default_factory=dict)

    @property
    def pipeline_name(self) -> str:
        """The name of the pipeline; one without a name is called so."""
        return self.pipeline.name or "pipeline"

    @property
    def steps(self) -> tuple[Step, ...]:
        """The operations."""
        return tuple(line for line in self.lines if isinstance(line, Step))

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The loops, each before those in it."""
        return tuple(line for line in self.lines if isinstance(line, Scope))

    @property
    def all_lines(self) -> tuple[AnyLine, ...]:
        """What fills places, then what is handed over."""
        return (*self.lines, *self.deliveries)

    @property
    def step_sites(self) -> tuple[str, ...]:
        """The sites that run steps, in the federation's order."""
        used = {step.site for step in self.steps}
        return tuple(site for site in self.federation.sites if site in used)

    @property
    def default_site(self) -> str:
        """The site of what could be anywhere: home if it has steps, or nobody has."""
        sites = self.step_sites
        return self.homesite if self.homesite in sites or not sites else sites[0]

    def __str__(self) -> str:
        if self.nets:
            return "\n".join(map(str, self.nets.values()))
        lines = (*self.lines, *self.deliveries, *self.parts, *self.crossings)
        return "".join(f"{line}\n" for line in lines)


Pass = Callable[[Plan], Plan]
Watcher = Callable[[str, Plan], None]
"""Is shown the name of each pass and the plan it returned."""
