"""Whether a target delivers what a program means: all of it, nothing else, in a promised order.

Used by the tests with some programs, and by the release check with many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from tests.lines import Lines, Loop, Out, bodies_of, walk
from tests.operations import SIGNATURES, federation_of, run
from tests.program_strategies import SITES
from tests.programs import Program
from tests.told import Told, delivered, shown, without_attempts

from dfm import Frame, Session
from dfm.errors import DfmError
from dfm.federation.models import FederationSpec
from dfm.net import PreparedPipeline, simulate
from dfm.net.model import STATUS_PLACE_NAME
from dfm.wire import Codecs

LIMIT = 60.0

Arrival = tuple[str, tuple[int, ...], Any]
"""What the application was told: a place, a frame, and a value or an `ErrorToken`."""


def everything_everywhere(cache: str) -> FederationSpec:
    """The federation in which each site offers each operation, with caches in a folder."""
    return federation_of({site: list(SIGNATURES) for site in SITES}, cache)


def disagreement(program: Program, session: Session) -> str:
    """Say where a target does not deliver what the reference interpreter says, or nothing."""
    prepared = program.compiled()
    simulated = simulate(prepared.nets, program.calls, run, Codecs().unseal)

    arrivals, has_failed = _run(program, prepared, session)

    told = Counter((place, f, shown(data, without_attempts)) for place, f, data in arrivals)
    wrong = difference(told, delivered(simulated, without_attempts))
    if not has_failed and any(text.startswith("errors") for _, _, text in told):
        wrong.append("errors were told, and the job did not fail")
    return "\n".join([*wrong, *out_of_order(program.lines, arrivals)])


def difference(told: Counter[Told], meant: Counter[Told]) -> list[str]:
    """Say what should not have been told, and what should."""
    return [
        *(f"told, but not meant: {one}" for one in sorted((told - meant).elements())),
        *(f"meant, but not told: {one}" for one in sorted((meant - told).elements())),
    ]


def _run(
    program: Program, prepared: PreparedPipeline, session: Session
) -> tuple[list[Arrival], bool]:
    """Return what was told, in order, and whether the job says that something failed.

    Raises:
        TimeoutError: if it does not end.
    """
    arrivals: list[Arrival] = []

    def listen(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        if place != STATUS_PLACE_NAME:
            arrivals.append((place, frame.path or (), data))

    calls = [{k: v for k, v in c.items() if k in prepared.param_places} for c in program.calls]
    job = session.execute(prepared, calls, default_callback=listen)
    try:
        if not job.wait_until_finished(LIMIT):
            raise TimeoutError(f"not finished after {LIMIT:g} s:\n{program}")
    except DfmError:
        return arrivals, True
    return arrivals, False


# -- order -------------------------------------------------------------------------------------


def out_of_order(lines: Lines, arrivals: Sequence[Arrival]) -> Iterator[str]:
    """Say what came too late: items of streams, and what `ordered` loops deliver.

    Only yields that have a place of their own can be told apart.
    """
    places = Counter(line.place for line in walk(lines) if isinstance(line, Out))
    for out, loops in _outs(lines):
        if places[out.place] > 1:
            continue
        frames = [frame for place, frame, _ in arrivals if place == out.place]
        depth = 1 + len(loops)
        ordered = [n for n, loop in enumerate(loops, start=1) if loop.ordered]
        for level in (*ordered, depth):
            yield from _too_late(out.place, frames, level)


def _outs(lines: Lines, loops: tuple[Loop, ...] = ()) -> Iterator[tuple[Out, tuple[Loop, ...]]]:
    """Yield each yield with the loops around it, outermost first."""
    for line in lines:
        if isinstance(line, Out):
            yield line, loops
        inside = (*loops, line) if isinstance(line, Loop) else loops
        for body in bodies_of(line):
            yield from _outs(body, inside)


def _too_late(place: str, frames: Sequence[tuple[int, ...]], level: int) -> Iterator[str]:
    """Say where the frames of one yield go back at a level, of those that agree above it."""
    turns: dict[tuple[int, ...], list[int]] = {}
    for frame in frames:
        if len(frame) > level:
            turns.setdefault(frame[:level], []).append(frame[level])
    for above, numbers in turns.items():
        for before, after in pairwise(numbers):
            if after < before:
                yield f"{place} {[*above, after]} came after {[*above, before]}"
