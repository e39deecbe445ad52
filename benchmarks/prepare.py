"""Measure what preparing a pipeline takes, of up to 10,000 operations on 10 sites; print a table.

    python benchmarks/prepare.py                 all graphs
    python benchmarks/prepare.py chain layered   some of them
    python benchmarks/prepare.py --memory        how much memory it takes at its peak, too

Every operation is offered at all sites, at costs that differ, and may run at any of them. The
goals are 0.3 s for 1,000 operations, 3 s for 10,000, and no more than 12 times as long for ten
times as many. Machines that are shared drift, so sizes take turns, and a program that does
nothing is timed beside them.
"""

from __future__ import annotations

import gc
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import dfm
from dfm.compiler import compile_pipeline
from dfm.federation.models import ComputeCost, SendCost
from dfm.wire import Codecs

SIZES = (100, 1_000, 10_000)
ROUNDS = 5
MOST_SECONDS = {1_000: 0.3, 10_000: 3.0}
MOST_RATIO = 12
SITES = tuple(f"site{number}" for number in range(10))
KINDS = 4
"""How many operations of each form there are, all with costs of their own."""


def federation() -> dfm.Federation:
    """Return ten sites that offer the same operations at costs that differ."""
    fed = dfm.Federation("scale")
    drawn = random.Random(4)

    async def make(first: int) -> dict[str, float]:
        return {"mean": 0.5 * first}

    async def use(v: dict[str, float], factor: float = 1.0) -> dict[str, float]:
        return {"mean": v["mean"] * factor}

    async def mix(v: list[dict[str, float]]) -> dict[str, float]:
        return {"mean": sum(each["mean"] for each in v) / len(v)}

    for site in SITES:
        links = {other: _link(drawn) for other in SITES if other != site}
        builder = fed.site(site, send_costs=links)
        for number in range(KINDS):
            for name, function in (("Make", make), ("Use", use), ("Mix", mix)):
                builder.operation(f"ops.{name}{number}", cost=_cost(drawn))(function)
    return fed


def _link(drawn: random.Random) -> SendCost:
    return SendCost(drawn.uniform(0.001, 0.1), drawn.uniform(1e7, 1e9))


def _cost(drawn: random.Random) -> ComputeCost:
    return ComputeCost(drawn.uniform(0.01, 1), drawn.uniform(1e7, 1e9), 1_000_000, 0.1)


FED = federation()
MAKES, USES, MIXES = (
    [FED.operation(f"ops.{name}{number}") for number in range(KINDS)]
    for name in ("Make", "Use", "Mix")
)


def chain(size: int) -> None:
    """Each operation reads the one before it."""
    value = MAKES[0](first=1990)
    for number in range(size - 1):
        value = USES[number % KINDS](v=value, factor=0.5)
    dfm.Yield(value=value)


def fan_out(size: int) -> None:
    """All operations but one read that one; a few are yielded."""
    source = MAKES[0](first=1990)
    values = [USES[number % KINDS](v=source, factor=0.5) for number in range(size - 1)]
    for value in values[:10]:
        dfm.Yield(value=value, multiuse=True)


def fan_in(size: int) -> None:
    """All operations but two read one, and one reads them all."""
    source = MAKES[0](first=1990)
    values = [USES[number % KINDS](v=source, factor=0.5) for number in range(size - 2)]
    dfm.Yield(value=MIXES[0](v=values))


def layered(size: int) -> None:
    """A random graph in layers of 50; each operation reads one to three of the layer before."""
    drawn = random.Random(size)
    before: list[Any] = []
    layer: list[Any] = []
    for number in range(size):
        if number % 50 == 0:
            before, layer = layer, []
        if before:
            layer.append(drawn.choice(MIXES)(v=drawn.sample(before, drawn.randint(1, 3))))
        else:
            layer.append(drawn.choice(MAKES)(first=number))
    dfm.Yield(value=layer)


GRAPHS: dict[str, Callable[[int], None]] = {
    "chain": chain, "fan-out": fan_out, "fan-in": fan_in, "layered": layered,
}  # fmt: skip


def written(graph: Callable[[int], None], size: int) -> dfm.Pipeline:
    with dfm.Pipeline(name="scale") as pipeline:
        graph(size)
    return pipeline


class Passes:
    """How long each pass of some compilations took."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}
        self._last = 0.0

    def prepare(self, pipeline: dfm.Pipeline) -> float:
        """Return the seconds that preparing takes, noting those of each pass."""
        gc.collect()
        start = self._last = time.perf_counter()
        compile_pipeline(pipeline, FED.spec, homesite=SITES[0], codecs=Codecs(), watch=self._note)
        self._note("the rest")
        return self._last - start

    def _note(self, name: str, plan: object = None) -> None:
        now = time.perf_counter()
        self.seconds.setdefault(name, []).append(now - self._last)
        self._last = now


def nothing() -> float:
    """Return the seconds that a program takes that does nothing."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - start


def measure(name: str) -> bool:
    """Print the rows of a graph, and return whether it reaches the goals."""
    graph = GRAPHS[name]
    start = time.perf_counter()
    pipelines = {size: written(graph, size) for size in SIZES}
    authored = time.perf_counter() - start
    passes = {size: Passes() for size in SIZES}
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    floor = []
    for _ in range(ROUNDS):
        for size, pipeline in pipelines.items():
            seconds[size].append(passes[size].prepare(pipeline))
        floor.append(nothing())
    middle = {size: median(runs) for size, runs in seconds.items()}
    ratio = median(b / a for a, b in zip(seconds[1_000], seconds[10_000], strict=True))
    is_good = ratio <= MOST_RATIO and all(middle[n] <= most for n, most in MOST_SECONDS.items())
    shown = "".join(f"{middle[size] * 1e3:10.0f}" for size in SIZES)
    beside = f"writing all: {authored * 1e3:.0f} ms; nothing: {median(floor) * 1e3:.0f} ms"
    print(f"{name:<18}{shown}{ratio:8.1f}   {'PASS' if is_good else 'FAIL'}   ({beside})")
    for each in passes[SIZES[-1]].seconds:
        cells = [median(passes[size].seconds[each]) * 1e3 for size in SIZES]
        print(f"  {each:<16}" + "".join(f"{cell:10.1f}" for cell in cells))
    return is_good


def measure_memory(name: str) -> None:
    """Print how much memory preparing takes at its peak, and what is left of it."""
    for size in SIZES:
        pipeline = written(GRAPHS[name], size)
        gc.collect()
        tracemalloc.start()
        ready = compile_pipeline(pipeline, FED.spec, homesite=SITES[0], codecs=Codecs())
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        print(f"{name:<18}{size:8,} peak {peak / 2**20:8.1f} MB   kept {kept / 2**20:8.1f} MB")
        del ready


def main(asked: Sequence[str]) -> None:
    """Measure the graphs that were asked for."""
    names = [name for name in asked if not name.startswith("-")] or list(GRAPHS)
    if unknown := set(names) - GRAPHS.keys():
        sys.exit(f"no such graph: {', '.join(sorted(unknown))}; there are {', '.join(GRAPHS)}")
    print(f"{'ms':<18}" + "".join(f"{size:10,}" for size in SIZES) + "   ratio")
    are_good = [measure(name) for name in names]
    if "--memory" in asked:
        for name in names:
            measure_memory(name)
    sys.exit(not all(are_good))


if __name__ == "__main__":
    main(sys.argv[1:])
