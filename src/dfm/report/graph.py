"""A plan as boxes and arrows: what every picture of it shows, however it is drawn.

A box stands at a site, on a level: right of all that it reads. There is one more for the
application, at the homesite. A picture must stay readable, so of a large plan a box holds several
operations: the equal ones of a level, or if that is not enough, all of a site that lie between two
crossings. What is left out even then is said in a remark. A value that goes round in a loop has no
arrow back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from dfm.report.model import PlannedStep, PlannedTransfer, PlanReport
from dfm.report.relays import RELAY, with_relays

MOST_BOXES = 60
MOST_LEVELS = 16
MOST_SITES = 16


@dataclass(frozen=True, slots=True)
class Box:
    """Operations that are drawn as one, all at one site.

    Where there are none, it is the application, or where values pass that were made elsewhere.
    """

    site: str
    level: int
    steps: tuple[PlannedStep, ...] = ()
    is_application: bool = False

    @property
    def operations(self) -> tuple[str, ...]:
        """The different operations in it, in order."""
        return tuple(dict.fromkeys(step.operation for step in self.steps))

    @property
    def blocks(self) -> tuple[str, ...]:
        """The kinds of blocks its operations stand in, such as `ForEach`."""
        kinds = (step.within.partition(",")[0] for step in self.steps)
        return tuple(dict.fromkeys(filter(None, kinds)))


@dataclass(frozen=True, slots=True)
class Arrow:
    """What goes from one box to another, both by their number.

    A value that is sent once to several readers is told at the first of its arrows only.
    """

    source: int
    target: int
    transfers: tuple[PlannedTransfer, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows, the sites from top to bottom, and what the picture does not show."""

    sites: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    remark: str = ""

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return 1 + max((box.level for box in self.boxes), default=-1)


def graph_of(report: PlanReport) -> Graph:
    """Return the boxes and arrows of a plan; never more than can be drawn."""
    told, report = report.transfers, with_relays(report)
    plan = _Reads.of(report.steps)
    levels = plan.levels(lambda step, read: 1)
    stages = plan.levels(lambda step, read: int(step.site != read.site))
    alike = [(n, s.site, s.operation, s.within) for n, s in zip(levels, report.steps, strict=True)]
    between = [(n, s.site) for n, s in zip(stages, report.steps, strict=True)]
    ways: list[tuple[list[int], Sequence[Hashable]]] = [
        (levels, range(len(levels))),
        (levels, alike),
        (stages, between),
    ]
    for ranks, keys in ways:
        if len(set(keys)) <= MOST_BOXES and max(ranks, default=0) < MOST_LEVELS:
            break
    return _Drawing(report, plan, ranks, keys).graph(told)


class _Drawing:
    """Puts steps that have the same key into one box, and draws arrows between the boxes."""

    def __init__(
        self, report: PlanReport, plan: _Reads, ranks: Sequence[int], keys: Sequence[Hashable]
    ) -> None:
        self.report = report
        self.plan = plan
        sites = dict.fromkeys(s.site for s in report.steps if s.site != report.homesite)
        self.sites = (*list(sites)[:MOST_SITES], report.homesite)
        groups: dict[Hashable, list[int]] = {}
        for n, key in enumerate(keys):
            if ranks[n] < MOST_LEVELS and report.steps[n].site in self.sites:
                groups.setdefault(key, []).append(n)
        members = sorted(groups.values(), key=lambda those: (ranks[those[0]], those[0]))
        self.boxes = [
            Box(
                report.steps[those[0]].site,
                ranks[those[0]],
                tuple(report.steps[n] for n in those if report.steps[n].operation != RELAY),
            )
            for those in members
        ]
        self.box_of = {n: number for number, those in enumerate(members) for n in those}
        self.arrows: dict[tuple[int, int], list[PlannedTransfer]] = {}

    def graph(self, told: Sequence[PlannedTransfer]) -> Graph:
        """Return what is drawn, with what each transfer of the report is told as."""
        home, last = self.report.homesite, 1 + max((b.level for b in self.boxes), default=-1)
        self.boxes.append(Box(home, last, is_application=True))
        for transfer, as_told in zip(self.report.transfers, told, strict=True):
            self._add_transfer(transfer, as_told)
        for reader, reads in enumerate(self.plan.reads):
            for read in reads:
                self._add(self.box_of.get(read), self.box_of.get(reader))
        self._add_results_made_at_home()
        arrows = (Arrow(*ends, tuple(those)) for ends, those in sorted(self.arrows.items()))
        return Graph(self.sites, tuple(self.boxes), tuple(arrows), self._remark())

    def _add_transfer(self, transfer: PlannedTransfer, as_told: PlannedTransfer) -> None:
        """Draw a value from what made it where it leaves to all that read it."""
        number, steps = self.plan.number, self.plan.steps
        makers = [number[name] for name in transfer.made_by if name in number]
        there = [n for n in makers if steps[n].site == transfer.source] or makers
        readers = [self.box_of.get(number[name]) for name in transfer.readers if name in number]
        targets = [len(self.boxes) - 1] if transfer.is_yield else readers
        sources = [self.box_of.get(maker) for maker in there]
        is_told = False
        for source in dict.fromkeys(sources):
            for target in dict.fromkeys(targets):
                is_told |= self._add(source, target, () if is_told else (as_told,))

    def _add_results_made_at_home(self) -> None:
        """Draw what nobody reads at the homesite to the application; it crosses nothing."""
        read = {source for source, _ in self.arrows}
        for number, box in enumerate(self.boxes[:-1]):
            if box.site == self.report.homesite and number not in read:
                self._add(number, len(self.boxes) - 1)

    def _add(
        self, source: int | None, target: int | None, told: Sequence[PlannedTransfer] = ()
    ) -> bool:
        """Draw an arrow, unless an end of it is not drawn or it would go back."""
        if source is None or target is None:
            return False
        if self.boxes[source].level >= self.boxes[target].level:
            return False
        self.arrows.setdefault((source, target), []).extend(told)
        return True

    def _remark(self) -> str:
        steps = sum(step.operation != RELAY for step in self.report.steps)
        drawn = sum(len(box.steps) for box in self.boxes)
        boxes = sum(bool(box.steps) for box in self.boxes)
        said = f"{drawn:,} operations are drawn as {boxes} boxes" if drawn > boxes else ""
        if steps > drawn:
            left = f"{steps - drawn:,} operations are not drawn"
            said = f"{said}; {left}" if said else left
        return said


@dataclass(frozen=True, slots=True)
class _Reads:
    """The steps of a plan by number, and which others each of them reads."""

    steps: tuple[PlannedStep, ...]
    number: dict[str, int]
    reads: tuple[tuple[int, ...], ...]

    @staticmethod
    def of(steps: tuple[PlannedStep, ...]) -> _Reads:
        number = {step.name: n for n, step in enumerate(steps) if step.name}
        reads = (
            tuple(dict.fromkeys(number[r] for r in step.reads if number.get(r, n) != n))
            for n, step in enumerate(steps)
        )
        return _Reads(steps, number, tuple(reads))

    def levels(self, farther: Callable[[PlannedStep, PlannedStep], int]) -> list[int]:
        """Return for each step the largest sum of `farther(step, read)` over any chain to it."""
        level = [0] * len(self.steps)
        done: set[int] = set()
        for n in self._order():
            reads = [r for r in self.reads[n] if r in done]
            level[n] = max(
                (level[r] + farther(self.steps[n], self.steps[r]) for r in reads), default=0
            )
            done.add(n)
        return level

    def _order(self) -> Iterator[int]:
        """Yield the steps so that what is read comes first, except where it goes in a circle."""
        readers: list[list[int]] = [[] for _ in self.steps]
        for n, reads in enumerate(self.reads):
            for read in reads:
                readers[read].append(n)
        waits = [len(reads) for reads in self.reads]
        done = [False] * len(waits)
        ready = deque(n for n, count in enumerate(waits) if not count)
        for first in range(len(waits)):
            if not ready and not done[first]:
                ready.append(first)
            while ready:
                if done[n := ready.popleft()]:
                    continue
                done[n] = True
                yield n
                for reader in readers[n]:
                    waits[reader] -= 1
                    if not waits[reader]:
                        ready.append(reader)
