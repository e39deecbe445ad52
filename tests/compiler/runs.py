"""Small programs that are compiled for every placement of their operations, and simulated.

Operations do the same at `home`, `a` and `b`. A program is a function that is told the site of
each operation it writes, in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle, product
from random import Random
from typing import Any

from tests.compiler.plans import adapter, compiled, written

from dfm.api import Operation, Pipeline, operation_class
from dfm.federation.models import FederationSpec, OperationSpec, Parameter, SiteSpec
from dfm.net import Call, Failure, PreparedPipeline, Yielded, simulate
from dfm.wire import Codecs

SITES = ("home", "a", "b")


def add(a: Any, b: Any = 0) -> Any:
    return a + b


def items(to: int) -> list[int]:
    return list(range(to))


def count(to: int) -> Iterator[int]:
    yield from range(to)


def fail(say: Any = "no") -> Any:
    raise ValueError(str(say))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "m.Add": add,
    "m.Items": items,
    "m.Count": count,
    "m.Fail": fail,
}
OPERATIONS = {
    "m.Add": OperationSpec("m.Add", (Parameter("a"), Parameter("b", required=False))),
    "m.Items": OperationSpec("m.Items", (Parameter("to"),)),
    "m.Count": OperationSpec("m.Count", (Parameter("to"),)),
    "m.Fail": OperationSpec("m.Fail", (Parameter("say", required=False),)),
}
FEDERATION = FederationSpec(
    "runs",
    "1.0.0",
    operations=OPERATIONS,
    sites={name: SiteSpec(name, {op: adapter() for op in OPERATIONS}) for name in SITES},
)
Add, Items, Count, Fail = (operation_class(spec, FEDERATION) for spec in OPERATIONS.values())

At = Callable[[], str]
"""The site of the next operation."""

Program = Callable[[At], None]
Delivered = dict[str, list[tuple[tuple[int, ...], Any]]]
"""What each place gets: frames and values; of an error the messages."""


def pipeline_of(program: Program, sites: Sequence[str] = ("home",)) -> Pipeline:
    """The pipeline that a program writes with its operations at these sites, in turn."""
    at = cycle(sites)
    with written() as p:
        program(lambda: next(at))
    return p


def prepared(program: Program, sites: Sequence[str] = ("home",)) -> PreparedPipeline:
    """The pipeline of a program, compiled."""
    return compiled(pipeline_of(program, sites), FEDERATION)


def delivered(
    nets: PreparedPipeline,
    calls: Sequence[Mapping[str, Any]] = ({},),
    caches: dict[tuple[str, str], Any] | None = None,
    log: list[str] | None = None,
) -> Delivered:
    """What the application gets from nets."""

    def run(site: str, call: Any, given: dict[str, Any]) -> Any:
        if log is not None:
            log.append(f"{call.operation}({', '.join(map(repr, given.values()))})")
        return FUNCTIONS[call.operation](**given)

    found: Delivered = {}
    for each in simulate(nets.nets, calls, run, Codecs().unseal, caches):
        found.setdefault(each.place, []).append((each.frame, _shown(each)))
    return {place: sorted(got, key=repr) for place, got in sorted(found.items())}


def _shown(each: Yielded) -> Any:
    if isinstance(each.token, Failure):
        return " and ".join(error.message for error in each.token.errors)
    return each.token


def everywhere(program: Program, calls: Sequence[Mapping[str, Any]] = ({},)) -> Delivered:
    """What a program delivers, after making sure that it is the same for every placement."""
    operations = sum(isinstance(s, Operation) for s in pipeline_of(program).dfm_walk())
    placements = list(product(SITES, repeat=operations))
    Random(operations).shuffle(placements)
    expected = delivered(prepared(program), calls)
    for sites in placements[:27]:
        assert delivered(prepared(program, sites), calls) == expected, sites
    return expected


def runs_of(program: Program, sites: Sequence[str] = ("home",), **options: Any) -> list[str]:
    """The operations that run when a program does, with their arguments."""
    log: list[str] = []
    delivered(prepared(program, sites), log=log, **options)
    return log


def calls_of(nets: PreparedPipeline) -> list[Call]:
    """The calls in all nets, in loops too."""
    return [t for net in nets.nets.values() for t in net.walk() if isinstance(t, Call)]
