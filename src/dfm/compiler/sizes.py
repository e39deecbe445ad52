"""How large values are expected to be, and which steps they come from.

Both are carried from each line to those that read it: through joins, loops and conditions. A value
is as large wherever it is made, so its size follows from the first site that declares one for its
operation. A part of a value is taken to be as large as the whole, and that is a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dfm.compiler.flows import Part, Parts, Source, parts_of
from dfm.compiler.known import (
    GUESSED_PARAMETER_BYTES,
    GUESSED_SOURCE,
    GUESSED_WORK,
    MOST_BYTES,
    SIGNAL_BYTES,
    Known,
    Told,
)
from dfm.compiler.leaders import leaders_of
from dfm.compiler.lines import AnyLine, Delivery, Line, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.often import Often
from dfm.compiler.plan import Plan
from dfm.net.loops import Gather
from dfm.net.template import Ref, references
from dfm.net.transitions import Branch, Join, Let, Lookup, Store
from dfm.report.model import DECLARED, FROM_TYPE, GUESS
from dfm.types import estimate_size


class Sizes:
    """The expected bytes of one token of each place, who told them, and what is in it of steps."""

    def __init__(self, plan: Plan, known: Known, often: Often) -> None:
        self.bytes_in: dict[str, int] = {}
        self.bytes_out: dict[str, int] = {}
        self.told_by: dict[str, str] = {}
        self.flows: dict[str, Parts] = {}
        self._known = known
        self._often = often
        self._leaders = leaders_of(plan)
        self._loops = {scope.item: scope for scope in plan.scopes}
        self._caches = {line.name for line in plan.placed if isinstance(line, Glue)}
        """Where the author has put them: what comes out of them comes from there."""
        self._kept: dict[str, tuple[str, ...]] = {}
        """The steps that made what is in such a cache."""
        for line in plan.lines:
            match line:
                case Step():
                    self._add_step(line)
                case Scope():
                    self._add_loop(line)
                case Glue():
                    self._add_glue(line)

    def reads_values(self, step: Step) -> bool:
        """Whether a step reads what another step made."""
        return any(self.made_by(ref.place for ref in step.refs))

    def made_by(self, places: Iterable[str]) -> tuple[str, ...]:
        """Return the names of the steps that what is in some places comes from, each once."""
        parts = (part for place in places for part in self.flows.get(place, ()) if not part.is_led)
        steps = (step for part in parts for step in self._kept.get(part.step, (part.step,)))
        return tuple(dict.fromkeys(steps))

    def comes_from(self, place: str, source: str) -> bool:
        """Whether what is in a place comes from a step, or from a cache of that name."""
        return any(p.step == source and not p.is_led for p in self.flows.get(place, ()))

    def reads_a_guess(self, line: AnyLine) -> bool:
        """Whether the size of something that a line reads is a guess, as that of any part is."""
        return any(ref.path or self.told_by.get(ref.place, GUESS) == GUESS for ref in line.refs)

    def passed_on_by(self, line: AnyLine) -> str:
        """Return who told the size of what a line passes on: that of its largest value."""
        if self.reads_a_guess(line):
            return GUESS
        largest = max(line.refs, key=lambda ref: self._size(ref.place), default=None)
        return DECLARED if largest is None else self.told_by[largest.place]

    def _add(self, place: str, size: float, by: str, parts: Parts) -> None:
        self.bytes_out[place], self.told_by[place] = int(min(size, MOST_BYTES)), by
        if parts:
            self.flows[place] = parts

    # -- steps -------------------------------------------------------------------------------

    def _add_step(self, step: Step) -> None:
        read = self.bytes_in[step.name] = bytes_read(step, self.bytes_out)
        size, by = self._size_of_value(step, read)
        size = min(size, MOST_BYTES)
        self._add(step.name, size, by, (Part(step.name, 1.0, int(size)),))

    def _size_of_value(self, step: Step, read: int) -> Told:
        typed = self._known.typed(step.operation)
        learned = self._known.size(step.operation, read)
        if learned is not None:
            if typed is None or self._known.is_size_said(step.operation):
                return learned
            return Told(typed, FROM_TYPE)
        declared = self._known.declared(step.operation, step.candidates)
        costs = [cost for cost in declared if cost is not None]
        says = (cost for cost in costs if cost.fixed_size or cost.output_factor)
        cost = next(says, costs[0] if costs else None)
        by = GUESS if cost is None else DECLARED
        cost = cost or (GUESSED_WORK if self.reads_values(step) else GUESSED_SOURCE)
        if cost.output_factor > 0 and self.reads_a_guess(step):
            by = GUESS
        made = cost.fixed_size + cost.output_factor * read
        if typed is not None and (by == GUESS or not made):
            return Told(typed, FROM_TYPE)
        return Told(made, by)

    # -- loops -------------------------------------------------------------------------------

    def _add_loop(self, loop: Scope) -> None:
        place, rounds = loop.source.place, max(loop.rounds, 1)
        size = self.bytes_out.get(place, GUESSED_PARAMETER_BYTES) // rounds
        parts = parts_of([Source(place, 1.0, 1.0 / rounds)], self.flows)
        parts = _of_size(parts, size) if len(parts) == 1 else parts or self._led_by(loop, size)
        by = GUESS if loop.rounds_are_guess else self.passed_on_by(loop)
        self._add(loop.item, size, by, parts)
        self._add(loop.count, SIGNAL_BYTES, DECLARED, _of_size(parts, SIGNAL_BYTES))

    def _led_by(self, block: Line, size: int) -> Parts:
        """Return where that is which decides a block if no step made it."""
        leader = self._leaders.get(block.key)
        return () if leader is None else (Part(leader, 1.0, size, True),)

    # -- glue --------------------------------------------------------------------------------

    def _add_glue(self, line: Glue) -> None:
        by, parts = self.passed_on_by(line), self._mixed(line.refs)
        match line.does:
            case Lookup(hit, miss):
                self.told_by[hit] = DECLARED  # it is as large as what is stored
                is_there = hit in self._caches
                parts = (Part(hit, 1.0, SIGNAL_BYTES),) if is_there else ()
                self._add(miss, SIGNAL_BYTES, DECLARED, parts)
                if is_there:
                    self._kept[hit] = ()
            case Branch():
                parts = _of_size(parts, SIGNAL_BYTES) or self._led_by(line, SIGNAL_BYTES)
                for gate in line.outputs:
                    self._add(gate, SIGNAL_BYTES, DECLARED, parts)
            case Join():
                self._add_join(line, by)
            case Gather(output, place):
                rounds = self._loops[line.of].rounds
                parts = parts_of([Source(place, 1.0, rounds)], self.flows)
                by = GUESS if self._loops[line.of].rounds_are_guess else by
                self._add(output, self._size(place) * rounds, by, parts)
            case Let() if line.is_bare:
                self._add(line.name, SIGNAL_BYTES, DECLARED, ())
            case Let(output, value) | Store(output, _, value):
                self._add_composed(output, value, by)
                if output in self._caches:
                    self._kept[output] = self.made_by([output])
                    self.flows[output] = (Part(output, 1.0, self._size(output)),)
            case _:
                self._add(line.name, self._largest(line.refs), by, parts)

    def _add_join(self, line: Glue, by: str) -> None:
        """Add what is one of several values: as large as these are on average."""
        taken = [
            (ref.place, share)
            for ref, share in zip(line.refs, self._often.shares_of_join(line), strict=True)
            if ref.place in self.bytes_out
        ]
        whole = sum(share for _, share in taken)
        made = sum(self._size(place) * share for place, share in taken)
        size = made / whole if whole else self._largest(line.refs)
        parts = parts_of([Source(place, share) for place, share in taken], self.flows)
        self._add(line.name, size, by, parts)

    def _add_composed(self, place: str, value: Any, by: str) -> None:
        """Add what is made of values: as large as they are together."""
        refs = references(value)
        size, parts = _bytes_of([value], refs, self.bytes_out), self._mixed(refs)
        self._add(place, size, by, _of_size(parts, size) if len(refs) > 1 else parts)

    def _mixed(self, refs: Iterable[Ref]) -> Parts:
        """Return what is in several values, the large ones counting more."""
        places = dict.fromkeys(ref.place for ref in refs)
        return parts_of([Source(place, max(self._size(place), 1)) for place in places], self.flows)

    def _size(self, place: str) -> int:
        return self.bytes_out.get(place, SIGNAL_BYTES)

    def _largest(self, refs: Iterable[Ref]) -> int:
        return max((self._size(ref.place) for ref in refs), default=SIGNAL_BYTES)


def _of_size(parts: Parts, size: int) -> Parts:
    """Return the parts of what has another size than what it is made of."""
    return tuple(part._replace(bytes=size) for part in parts)


def bytes_read(reader: Step | Delivery, sizes: Mapping[str, int]) -> int:
    """Return the expected bytes of all that is read; a value read twice counts once."""
    read = [v for _, v in reader.arguments] if isinstance(reader, Step) else [reader.value]
    return _bytes_of(read, reader.refs, sizes)


def _bytes_of(templates: Iterable[Any], refs: Iterable[Ref], sizes: Mapping[str, int]) -> int:
    places = dict.fromkeys(ref.place for ref in refs)
    literals = sum(estimate_size(template) for template in templates if not references(template))
    return sum(sizes.get(place, GUESSED_PARAMETER_BYTES) for place in places) + literals
