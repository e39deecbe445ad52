"""Programs for tests: pipelines as data, so that a failing one shrinks and prints to be read.

A program is lines (`lines.py`) of operations (`operations.py`). `reference.py` says what it means,
`program_strategies.py` draws some. This module writes it as a pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import indent
from typing import Any

from tests.lines import (
    Cached,
    Choice,
    Collected,
    Combined,
    Compared,
    Joined,
    Keep,
    Line,
    Lines,
    Loop,
    Names,
    Node,
    Op,
    Out,
    Param,
    Reduced,
    Site,
    Write,
    bodies_of,
)
from tests.operations import Offers, federation_of, run

from dfm import api
from dfm.api import operation_class
from dfm.compiler import compile_pipeline
from dfm.federation.models import FederationSpec
from dfm.net import PreparedPipeline, Yielded, simulate
from dfm.wire import Codecs

CONDITIONS: dict[str, Any] = {
    "and": lambda *parts: api.And(exp=list(parts)),
    "or": lambda *parts: api.Or(exp=list(parts)),
    "not": lambda part: api.Not(exp=part),
    "==": lambda left, right: api.Equal(left=left, right=right),
    "!=": lambda left, right: api.NotEqual(left=left, right=right),
    "<": lambda left, right: api.LessThan(left=left, right=right),
    "<=": lambda left, right: api.LessThanOrEqual(left=left, right=right),
    ">": lambda left, right: api.GreaterThan(left=left, right=right),
    ">=": lambda left, right: api.GreaterThanOrEqual(left=left, right=right),
}


@dataclass(frozen=True, repr=False)
class Program:
    """A pipeline as data, the federation it is for, and the parameter sets of its calls."""

    lines: Lines
    offers: Offers
    homesite: str
    calls: tuple[Mapping[str, Any], ...] = ({},)

    def __repr__(self) -> str:
        lines = indent("\n".join(map(repr, self.lines)), "    ")
        offers = "\n".join(
            f"    {site} offers {', '.join(ops)}" for site, ops in self.offers.items()
        )
        return f"Program for {self.homesite}, calls {list(self.calls)}\n{offers}\n{lines}\n"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Let Hypothesis print it as it prints."""
        printer.text(repr(self))

    @property
    def federation(self) -> FederationSpec:
        """The federation it is for."""
        return federation_of(self.offers)

    def at(self, sites: Sequence[str]) -> Program:
        """The same program with all that runs at these sites, in turn."""
        turn = iter(range(1_000_000))
        return replace(self, lines=_at(self.lines, lambda: sites[next(turn) % len(sites)]))

    def pipeline(self) -> api.Pipeline:
        """Write the pipeline."""
        with api.Pipeline(name="program") as pipeline:
            _Writer(self.federation).write(self.lines)
        return pipeline

    def compiled(self, **options: Any) -> PreparedPipeline:
        """Compile the pipeline."""
        return compile_pipeline(
            self.pipeline(), self.federation, homesite=self.homesite, codecs=Codecs(), **options
        )

    def simulated(self, **options: Any) -> list[Yielded]:
        """Compile the pipeline and say what it means."""
        return simulate(self.compiled(**options).nets, self.calls, run, Codecs().unseal)


def _at(lines: Lines, site: Callable[[], str]) -> Lines:
    moved: list[Line] = []
    for line in lines:
        match line:
            case Op() | Reduced() | Write():
                line = replace(line, site=site())
            case Cached():
                line = replace(line, site=site(), body=_at(line.body, site))
            case Loop():
                line = replace(line, body=_at(line.body, site))
            case Choice():
                line = replace(line, then=_at(line.then, site), otherwise=_at(line.otherwise, site))
        moved.append(line)
    return tuple(moved)


@dataclass
class _Writer:
    """Writes lines into the open pipeline; `made` are the statements by the names of the lines."""

    federation: FederationSpec
    made: dict[str, Any] = field(default_factory=dict)

    def write(self, lines: Lines, cache: api.TryFromCache | None = None) -> None:
        for line in lines:
            self.line(line, cache)

    def line(self, line: Line, cache: api.TryFromCache | None) -> None:
        match line:
            case Loop():
                loop = api.ForEach(
                    seq=self.written(line.seq),
                    max_in_flight=line.at_most,
                    ordered=line.ordered,
                    dfm_after=self.after(line),
                )
                self.made[line.name] = loop
                with loop:
                    self.write(line.body)
            case Choice():
                branch = api.If(cond=self.written(line.condition), dfm_after=self.after(line))
                self.made[line.name] = branch
                with branch:
                    self.write(line.then, cache)
                if line.otherwise:
                    with api.Else(dfm_after=self.awaited(line.other_after)):
                        self.write(line.otherwise, cache)
            case Cached():
                key = self.written(line.key)
                block = api.TryFromCache(key=key, dfm_after=self.after(line), **_site(line.site))
                with block as inside:
                    self.write(line.body, inside)
                self.made[line.name] = block
            case Keep():
                assert cache is not None
                self.made[line.name] = cache.cache(self.written(line.value))
            case _:
                self.made[line.name] = self.simple(line)

    def simple(self, line: Line) -> Any:
        match line:
            case Op():
                cls = self.operation(line.operation)
                given = {name: self.written(value) for name, value in line.given.items()}
                after = self.after(line)
                return cls(**given, **line.options, **_site(line.site), dfm_after=after)
            case Out():
                value = self.written(line.value)
                return api.Yield(
                    place=line.place, value=value, multiuse=True, dfm_after=self.after(line)
                )
            case Write():
                value = self.written(line.value)
                after = self.after(line)
                return api.WriteToCache(key=value, value=value, dfm_after=after, **_site(line.site))
            case Collected():
                return self.made[line.loop].collect(self.written(line.value))
            case Reduced():
                return self.made[line.loop].reduce(
                    self.operation(line.operation),
                    self.written(line.value),
                    initial=self.written(line.initial),
                    **{name: self.written(value) for name, value in line.more.items()},
                    **_site(line.site),
                )
            case Joined():
                return api.If.join(*map(self.written, line.values))
        raise AssertionError(f"{line!r} is a block")

    def operation(self, name: str) -> Any:
        return operation_class(self.federation.operations[name], self.federation)

    def after(self, line: Any) -> Any:
        return self.awaited(line.after)

    def awaited(self, names: Names) -> Any:
        return [self.made[name] for name in names] or None

    def written(self, value: Any) -> Any:
        """Return an argument or a condition as an author would write it."""
        match value:
            case Node(name, path):
                ref: api.NodeRef = self.made[name].dfm_reference()
                for key, subscribed in path:
                    ref = ref.fieldref(key, subscribed)
                return ref
            case Param(name):
                return api.PlaceParam(name, multiuse=True)
            case Compared(sign, left, right):
                return CONDITIONS[sign](self.written(left), self.written(right))
            case Combined(word, parts):
                return CONDITIONS[word](*map(self.written, parts))
            case list() | tuple():
                return type(value)(map(self.written, value))
            case dict():
                return {key: self.written(part) for key, part in value.items()}
        return value


def _site(site: Site) -> dict[str, Any]:
    match site:
        case None:
            return {}
        case tuple():
            return {"site": api.BestOf(list(site))}
    return {"site": site}


def lines_in(lines: Lines) -> int:
    """How many lines there are, in blocks too."""
    return sum(1 + sum(map(lines_in, bodies_of(line))) for line in lines)
