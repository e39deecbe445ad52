"""Programs for tests: a federation, a pipeline over it, and what its operations do.

The operations are plain functions that every site can import, with a few that fail and a few
that stream. A program is data, so that a failing one shrinks and prints as something to read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from dfm.api import BestOf, NodeRef, Operation, Pipeline, PlaceParam, Yield, operation_class
from dfm.compiler import compile_pipeline
from dfm.federation.models import (
    MISSING,
    AdapterSpec,
    Construct,
    FederationSpec,
    OperationSpec,
    Parameter,
    SiteSpec,
)
from dfm.net import Call, ErrorRecord, Failure, PreparedPipeline, Yielded, simulate
from dfm.net.simulate import BrokenStream, Items
from dfm.wire import Codecs

# -- operations -------------------------------------------------------------------------------


def total(of: Any) -> int:
    """Add up the numbers in a value, whatever it is; streams are read to their end."""
    match of:
        case None:
            return 0
        case complex():
            return int(of.real + of.imag)
        case int() | float():
            return int(of)
        case str() | bytes():
            return len(of)
        case dict():
            return sum(map(total, of.values()))
    return sum(map(total, of))


def pair(a: Any, b: Any = 0) -> list[Any]:
    return [a, b]


def record(x: Any, y: Any = None) -> dict[str, Any]:
    return {"x": x, "y": y}


def number(re: Any, im: Any = 1) -> complex:
    return complex(total(re), total(im))


def fail(say: Any) -> Any:
    raise ValueError(f"no {total(say)}")


def count(to: Any) -> Iterator[int]:
    yield from range(total(to) % 4)


def count_and_fail(to: Any) -> Iterator[int]:
    yield from count(to)
    raise ValueError(f"no more than {total(to) % 4}")


FUNCTIONS: dict[str, Any] = {
    "m.Total": total,
    "m.Pair": pair,
    "m.Record": record,
    "m.Number": number,
    "m.Fail": fail,
    "m.Count": count,
    "m.CountAndFail": count_and_fail,
}
"""What each operation does."""

SIGNATURES: dict[str, tuple[Parameter, ...]] = {
    "m.Total": (Parameter("of"),),
    "m.Pair": (Parameter("a"), Parameter("b", required=False, default=7)),
    "m.Record": (Parameter("x"), Parameter("y", required=False)),
    "m.Number": (Parameter("re"), Parameter("im", required=False)),
    "m.Fail": (Parameter("say"),),
    "m.Count": (Parameter("to"),),
    "m.CountAndFail": (Parameter("to"),),
}

DEFAULTS = {
    name: {p.name: p.default for p in given if p.default is not MISSING}
    for name, given in SIGNATURES.items()
}
"""What an argument is that was not given."""


def run(site: str, call: Call, given: dict[str, Any]) -> Any:
    """Run an operation, the same at every site."""
    return FUNCTIONS[call.operation](**given)


# -- federations -------------------------------------------------------------------------------

Offers = Mapping[str, Sequence[str]]
"""The operations that each site offers."""


def federation_of(offers: Offers) -> FederationSpec:
    """The federation in which sites offer these operations, the same object each time."""
    return _federation_of(tuple((site, tuple(names)) for site, names in offers.items()))


@lru_cache(maxsize=64)
def _federation_of(offers: tuple[tuple[str, tuple[str, ...]], ...]) -> FederationSpec:
    paths = {name: f"{f.__module__}.{f.__qualname__}" for name, f in FUNCTIONS.items()}
    adapters = {name: AdapterSpec(Construct(path)) for name, path in paths.items()}
    return FederationSpec(
        "tests",
        "1.0.0",
        operations={name: OperationSpec(name, given) for name, given in SIGNATURES.items()},
        sites={
            site: SiteSpec(site, {name: adapters[name] for name in names}) for site, names in offers
        },
        callables={path: FUNCTIONS[name] for name, path in paths.items()},
    )


# -- programs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """In an argument: the value of a line of the program, or a part of it."""

    line: int
    path: tuple[tuple[int | str, bool], ...] = ()

    def __repr__(self) -> str:
        parts = (f"[{key!r}]" if subscribed else f".{key}" for key, subscribed in self.path)
        return f"v{self.line}{''.join(parts)}"


@dataclass(frozen=True)
class Param:
    """In an argument: a parameter of the call."""

    name: str

    def __repr__(self) -> str:
        return f"${self.name}"


@dataclass(frozen=True)
class Op:
    """One operation. `site` is a name, several to choose from, or None for any."""

    name: str
    given: Mapping[str, Any]
    site: str | tuple[str, ...] | None = None
    after: tuple[int, ...] = ()

    def __repr__(self) -> str:
        given = ", ".join(f"{k}={v!r}" for k, v in self.given.items())
        after = f" after {list(self.after)}" if self.after else ""
        return f"{self.name}({given}) @ {self.site}{after}"


@dataclass(frozen=True)
class Out:
    """One yield."""

    place: str
    value: Any
    after: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"yield {self.place} = {self.value!r}" + (
            f" after {list(self.after)}" if self.after else ""
        )


@dataclass(frozen=True)
class Program:
    """A pipeline as data, the federation it is for, and the parameter sets of its calls."""

    lines: tuple[Op | Out, ...]
    offers: Offers
    homesite: str
    calls: tuple[Mapping[str, int], ...] = ({},)

    def __repr__(self) -> str:
        lines = "\n".join(f"    v{n}: {line!r}" for n, line in enumerate(self.lines))
        offers = "\n".join(
            f"    {site} offers {', '.join(ops)}" for site, ops in self.offers.items()
        )
        return f"Program for {self.homesite}, calls {list(self.calls)}\n{offers}\n{lines}\n"

    @property
    def federation(self) -> FederationSpec:
        """The federation it is for."""
        return federation_of(self.offers)

    def at(self, sites: Sequence[str]) -> Program:
        """The same program with its operations at these sites, in turn."""
        operations = 0
        lines: list[Op | Out] = []
        for line in self.lines:
            if isinstance(line, Op):
                line = replace(line, site=sites[operations % len(sites)])
                operations += 1
            lines.append(line)
        return replace(self, lines=tuple(lines))

    def pipeline(self) -> Pipeline:
        """Write the pipeline."""
        made: list[Any] = []
        with Pipeline(name="program") as pipeline:
            for line in self.lines:
                made.append(self._statement(line, made))
        return pipeline

    def _statement(self, line: Op | Out, made: Sequence[Any]) -> Any:
        after: Any = [made[n] for n in line.after] or None
        if isinstance(line, Out):
            value = _written(line.value, made)
            return Yield(place=line.place, value=value, multiuse=True, dfm_after=after)
        cls: Any = operation_class(self.federation.operations[line.name], self.federation)
        site = BestOf(list(line.site)) if isinstance(line.site, tuple) else line.site
        given = {name: _written(value, made) for name, value in line.given.items()}
        statement: Operation = cls(**given, site=site or BestOf(), dfm_after=after)
        return statement

    def compiled(self, **options: Any) -> PreparedPipeline:
        """Compile the pipeline."""
        return compile_pipeline(
            self.pipeline(), self.federation, homesite=self.homesite, codecs=Codecs(), **options
        )

    def simulated(self, **options: Any) -> list[Yielded]:
        """Compile the pipeline and say what it means."""
        return simulate(self.compiled(**options).nets, self.calls, run, Codecs().unseal)


def _written(value: Any, made: Sequence[Any]) -> Any:
    """Return an argument as an author would write it."""
    match value:
        case Node(line, path):
            ref: NodeRef = made[line].dfm_reference()
            for key, subscribed in path:
                ref = ref.fieldref(key, subscribed)
            return ref
        case Param(name):
            return PlaceParam(name, multiuse=True)
        case list() | tuple():
            return type(value)(_written(part, made) for part in value)
        case dict():
            return {key: _written(part, made) for key, part in value.items()}
    return value


# -- meaning -------------------------------------------------------------------------------------


def meaning(program: Program) -> list[Yielded]:
    """What a program delivers, worked out line by line, without compiling it."""
    return [y for n, given in enumerate(program.calls) for y in _Call(n, given).run(program.lines)]


@dataclass
class _Call:
    number: int
    given: Mapping[str, Any]
    tokens: list[Any] = field(default_factory=list)
    waits: list[tuple[int, ...]] = field(default_factory=list)
    delivered: list[Yielded] = field(default_factory=list)

    def run(self, lines: Sequence[Op | Out]) -> list[Yielded]:
        yields = 0
        for number, line in enumerate(lines):
            template = line.given if isinstance(line, Op) else line.value
            read = [node.line for node in _nodes(template)]
            awaited = [n for after in line.after for n in self.waits[after]]
            token = self.failure([*read, *awaited], set(awaited) - set(read))
            token = token or self.outcome(number, line)
            if isinstance(line, Out):
                self.deliver(f"yield{yields}", line.place, token)
                yields += 1
            self.tokens.append(token)
            self.waits.append((number,) if isinstance(line, Op) else (*read, *awaited))
        return self.delivered

    def failure(self, lines: Sequence[int], only_awaited: set[int]) -> Failure | None:
        failures = []
        for n in lines:
            token = self.tokens[n]
            if n in only_awaited and isinstance(token, Items):
                token = token.failure
            if isinstance(token, Failure):
                failures.append(token)
        return Failure.merged(failures) if failures else None

    def outcome(self, number: int, line: Op | Out) -> Any:
        if isinstance(line, Out):
            return self.value(line.value)
        items: list[Any] = []
        try:
            made = FUNCTIONS[line.name](**(DEFAULTS[line.name] | self.value(line.given)))
            if not isinstance(made, Iterator):
                return made
            items.extend(made)
        except BrokenStream as broken:
            return broken.failure
        except ValueError as error:
            record = ErrorRecord("ValueError", str(error), operation=line.name, node=number)
            failure = Failure((record,))
            return Items(tuple(items), failure) if line.name == "m.CountAndFail" else failure
        return Items(tuple(items))

    def value(self, template: Any) -> Any:
        match template:
            case Node(line, path):
                value = self.tokens[line]
                for key, subscribed in path:
                    value = value[key] if subscribed else getattr(value, str(key))
                return value
            case Param(name):
                return self.given[name]
            case list() | tuple():
                return type(template)(map(self.value, template))
            case dict():
                return {key: self.value(part) for key, part in template.items()}
        return template

    def deliver(self, name: str, place: str, token: Any) -> None:
        if isinstance(token, Items):
            for number, item in enumerate(token.items):
                self.delivered.append(Yielded(name, place, (self.number, number), item))
            if token.failure is None:
                return
            token = token.failure
        self.delivered.append(Yielded(name, place, (self.number,), token))


def _nodes(template: Any) -> Iterator[Node]:
    match template:
        case Node():
            yield template
        case list() | tuple():
            for part in template:
                yield from _nodes(part)
        case dict():
            for part in template.values():
                yield from _nodes(part)


def outcome(deliveries: Sequence[Yielded]) -> list[tuple[str, str, tuple[int, ...], Any]]:
    """What the application is told, wherever things ran: errors without their sites."""

    def token(value: Any) -> Any:
        if not isinstance(value, Failure):
            return value
        return Failure(tuple(replace(e, site="", stack_trace="") for e in value.errors))

    return sorted(
        ((y.name, y.place, y.frame, token(y.token)) for y in deliveries), key=lambda y: (y[0], y[2])
    )


def has_failed(deliveries: Sequence[Yielded]) -> list[tuple[str, tuple[int, ...], bool]]:
    """Which deliveries are errors."""
    return sorted((y.name, y.frame, isinstance(y.token, Failure)) for y in deliveries)
