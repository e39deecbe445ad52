"""The plan: a pipeline on its way to nets.

Every pass takes a plan and returns one that knows more. The fields stand in the order in which
passes fill them, so a plan also says how far compiling has come. A plan prints as text, one
line a step; that is what `watch` shows and what the tests of the passes compare.

Plans are frozen and are never sent anywhere: sites get nets, applications get a report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dfm.federation.models import FederationSpec
from dfm.net.model import NetIR, Select, Signal
from dfm.net.template import Ref
from dfm.net.text import format_template, format_transition, has_text_form
from dfm.types import describe

if TYPE_CHECKING:
    from dfm.api import Pipeline
    from dfm.wire import Codecs

Arguments = tuple[tuple[str, Any], ...]
"""Templates by parameter name. Unlike in a net, a template may hold any value."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation: what is to be done, then where it could be done, then where it will be.

    `name` is the place of its value. `refs` are the values it reads, `after` the steps it waits
    for without reading them. `asked` are the sites that the author named, None for any;
    `is_pinned` says that it was one site by name. `at` is where it was written. Guesses are
    times and sizes for which no cost is declared.
    """

    name: str
    node: int | str
    operation: str
    provider: str | None = None
    arguments: Arguments = ()
    refs: tuple[Ref, ...] = ()
    after: tuple[str, ...] = ()
    asked: tuple[str, ...] | None = None
    is_pinned: bool = False
    at: str = ""
    candidates: tuple[str, ...] = ()
    site: str = ""
    reason: str = ""
    seconds: float = 0.0
    bytes_out: int = 0
    time_is_guess: bool = False
    size_is_guess: bool = False

    def __str__(self) -> str:
        at = f"{self.provider}/" if self.provider is not None else ""
        given = ", ".join(f"{name}={show(template)}" for name, template in self.arguments)
        after = f" after {', '.join(self.after)}" if self.after else ""
        where = self.site or " | ".join(self.candidates or self.asked or ("anywhere",))
        return f"{self.name} = {at}{self.operation}({given}){after} @ {where}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One yield: a value for the application, then the site that hands it over."""

    name: str
    place: str
    value: Any
    refs: tuple[Ref, ...] = ()
    after: tuple[str, ...] = ()
    node: int | str | None = None
    at: str = ""
    site: str = ""

    def __str__(self) -> str:
        after = f" after {', '.join(self.after)}" if self.after else ""
        where = f" @ {self.site}" if self.site else ""
        return f"yield {self.name} {self.place!r} = {show(self.value)}{after}{where}"


@dataclass(frozen=True, slots=True)
class Part:
    """A place made so that less than a value crosses: a part of it, or that it is there."""

    site: str
    transition: Select | Signal

    def __str__(self) -> str:
        return f"{format_transition(self.transition)} @ {self.site}"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A place whose token goes from one site to another."""

    place: str
    source: str
    target: str
    bytes: int

    def __str__(self) -> str:
        return f"{self.place}: {self.source} -> {self.target}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline, the federation it is for, and what has been decided so far.

    `allowed` are the sites that may run steps. `steps` are in an order in which they could run.
    """

    pipeline: Pipeline
    federation: FederationSpec
    homesite: str
    allowed: tuple[str, ...]
    codecs: Codecs
    steps: tuple[Step, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    parts: tuple[Part, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    nets: Mapping[str, NetIR] = field(default_factory=dict)

    @property
    def pipeline_name(self) -> str:
        """The name of the pipeline; one without a name is called so."""
        return self.pipeline.name or "pipeline"

    @property
    def step_sites(self) -> tuple[str, ...]:
        """The sites that run steps, in the federation's order."""
        used = {step.site for step in self.steps}
        return tuple(site for site in self.federation.sites if site in used)

    def __str__(self) -> str:
        if self.nets:
            return "\n".join(map(str, self.nets.values()))
        lines = (*self.steps, *self.deliveries, *self.parts, *self.crossings)
        return "".join(f"{line}\n" for line in lines)


Pass = Callable[[Plan], Plan]
Watcher = Callable[[str, Plan], None]
"""Is shown the name of each pass and the plan it returned."""


def show(template: Any) -> str:
    """Return a template for people to read.

    >>> show({"a": [1, Ref("node0")], "b": (2, Ref("node1"))})
    '{"a": [1, node0], "b": (2, node1)}'
    """
    match template:
        case list():
            return f"[{', '.join(map(show, template))}]"
        case tuple():
            return f"({', '.join(map(show, template))})"
        case dict():
            return f"{{{', '.join(f'{show(k)}: {show(v)}' for k, v in template.items())}}}"
    return format_template(template) if has_text_form(template) else f"<{describe(template)}>"
