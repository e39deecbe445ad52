"""Measure what an application waits for, on this machine, and print a table.

    python benchmarks/measure.py            all rows
    python benchmarks/measure.py job calls  some of them

Every figure is the median of several runs with the 95th percentile beside it; machines that
are shared drift, so compare rows of one run only.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

import numpy as np

import dfm

TARGETS = ("inline", "local")


def federation() -> dfm.Federation:
    """Return three sites with trivial operations: what is measured is everything else."""
    fed = dfm.Federation("bench")
    fed.site("home")

    async def echo(value: int) -> int:
        return value

    async def add(a: int, b: int) -> int:
        return a + b

    def items(n: int) -> Any:
        yield from range(n)

    def make_array(mb: int) -> Any:
        return np.ones(mb * 250_000, dtype=np.float32)

    def pass_array(array: Any) -> Any:
        return array

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)

    operations = {
        "ops.Echo": echo, "ops.Add": add, "ops.Items": items, "ops.MakeArray": make_array,
        "ops.PassArray": pass_array, "ops.Wait": wait,
    }  # fmt: skip
    for name in ("a", "b", "c"):
        site = fed.site(name)
        for operation, function in operations.items():
            site.operation(operation)(function)
    return fed


FED = federation()
OPS = FED.operations.ops


def single() -> dfm.Pipeline:
    with dfm.Pipeline(name="single") as pipeline:
        dfm.Yield(value=OPS.Echo(value=1, site="a"))
    return pipeline


def chain() -> dfm.Pipeline:
    with dfm.Pipeline(name="chain") as pipeline:
        value = OPS.Add(a=1, b=1, site="a")
        for site in ("b", "c"):
            value = OPS.Add(a=value, b=1, site=site)
        dfm.Yield(value=value)
    return pipeline


@contextmanager
def prepared(target: str, pipeline: dfm.Pipeline) -> Iterator[tuple[dfm.Session, Any]]:
    """Yield a warm session and the pipeline prepared for it."""
    with FED.session(homesite="home", target=target) as session:
        ready = session.prepare(pipeline)
        if not ready.has_param_places():
            session.execute(ready).wait_until_finished()
        yield session, ready


def timed(run: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of each of several runs."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return seconds


def row(name: str, target: str, seconds: list[float], per: int = 0) -> None:
    """Print a row: time, or with `per` things done in each run, things a second."""
    middle = median(seconds)
    high = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else middle
    if per:
        print(f"{name:<12} {target:<7} {per / middle:12,.0f} /s   (p95 {per / high:,.0f} /s)")
    else:
        print(f"{name:<12} {target:<7} {middle * 1e3:12.2f} ms   (p95 {high * 1e3:.2f} ms)")


def measure_import() -> None:
    for text in ("pass", "import dfm", "import dfm.api, dfm.session"):
        row(text[:12], "", timed(lambda t=text: subprocess.run([sys.executable, "-c", t]), 7))


def measure_help() -> None:
    command = [sys.executable, "-m", "dfm.cli.main", "--help"]
    row("help", "", timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL), 7))


def measure_open() -> None:
    for target in TARGETS:

        def run(target: str = target) -> None:
            with FED.session(homesite="home", target=target) as session:
                session.execute(chain()).result()

        row("open", target, timed(run, 7))


def measure_job() -> None:
    for name, pipeline in (("job", single()), ("chain", chain())):
        for target in TARGETS:
            with prepared(target, pipeline) as (session, ready):
                row(name, target, timed(lambda s=session, r=ready: s.execute(r).result(), 300))


def measure_jobs() -> None:
    with prepared("local", single()) as (session, ready):

        def run() -> None:
            for _ in range(1000):
                session.execute(ready).result()

        row("1000 jobs", "local", timed(run, 3))


def measure_calls() -> None:
    with dfm.Pipeline(name="calls") as pipeline:
        one = OPS.Add(a=dfm.PlaceParam(place="x"), b=1, site="a")
        dfm.Yield(value=OPS.Add(a=one, b=1, site="b"))
    sets = [{"x": n} for n in range(10_000)]
    for target in TARGETS:
        with prepared(target, pipeline) as (session, ready):
            row(
                "calls",
                target,
                timed(lambda s=session, r=ready: s.execute(r, sets).result(), 3),
                10_000,
            )


def measure_stream() -> None:
    with dfm.Pipeline(name="stream") as pipeline:
        dfm.Yield(value=OPS.Items(n=10_000, site="a"))
    for target in TARGETS:
        with prepared(target, pipeline) as (session, ready):
            row("stream", target, timed(lambda s=session, r=ready: list(s.execute(r)), 9), 10_000)
            first = [_first_item(session, ready) for _ in range(15)]
            row("first item", target, first)


def _first_item(session: dfm.Session, ready: Any) -> float:
    start = time.perf_counter()
    job = session.execute(ready)
    next(iter(job))
    seconds = time.perf_counter() - start
    job.cancel()
    return seconds


def measure_array() -> None:
    for mb in (1, 10, 100):
        with dfm.Pipeline(name="array") as pipeline:
            made = OPS.MakeArray(mb=mb, site="a")
            dfm.Yield(value=OPS.PassArray(array=made, site="b"))
        for target in TARGETS:
            with prepared(target, pipeline) as (session, ready):
                row(f"{mb} MB", target, timed(lambda s=session, r=ready: s.execute(r).result(), 7))


def measure_loop() -> None:
    with dfm.Pipeline(name="loop") as pipeline:
        with dfm.ForEach(seq=OPS.Items(n=10_000, site="a")) as item:
            dfm.Yield(value=OPS.Add(a=item, b=1, site="b"))
    for target in TARGETS:
        with prepared(target, pipeline) as (session, ready):
            seconds = timed(lambda s=session, r=ready: s.execute(r).result(), 5)
            row("loop", target, seconds, per=10_000)


def measure_fan() -> None:
    with dfm.Pipeline(name="fan") as pipeline:
        with dfm.ForEach(seq=list(range(1000))):
            OPS.Wait(seconds=0.01, site="a")
    for target in TARGETS:
        with prepared(target, pipeline) as (session, ready):
            row("fan", target, timed(lambda s=session, r=ready: s.execute(r).result(), 5))


def measure_jobs16() -> None:
    with dfm.Pipeline(name="wait") as pipeline:
        OPS.Wait(seconds=0.5, site="a")
    with prepared("local", pipeline) as (session, ready):

        def run() -> None:
            for job in [session.execute(ready) for _ in range(16)]:
                job.result()

        row("16 jobs", "local", timed(run, 3))


def main() -> None:
    """Run the rows that were asked for."""
    rows = {n.removeprefix("measure_"): f for n, f in globals().items() if n.startswith("measure_")}
    asked = sys.argv[1:] or list(rows)
    if unknown := set(asked) - set(rows):
        sys.exit(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(rows)}")
    for name in asked:
        rows[name]()


main()
