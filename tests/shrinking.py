"""Make a program that does not do what it should smaller, for people to read.

Hypothesis can do that too, but it must draw each smaller program anew, which takes minutes. This
takes lines out, blocks apart and arguments away, one at a time, as long as the program stays
wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from traceback import format_exception
from typing import Any

from hypothesis import Phase
from tests.lines import Cached, Choice, Line, Lines, Loop, Op, Out, bodies_of, walk
from tests.mending import mended, without
from tests.programs import Program

PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""The phases of a test that calls `check_program`."""

PLAIN: dict[str, Any] = {
    "after": (), "other_after": (), "otherwise": (), "options": {}, "site": None,
    "ordered": False, "at_most": None,
}  # fmt: skip
"""What lines can do without, and what they then have."""

Wrong = Callable[[Program], str]
"""Says what is wrong with a program, or nothing."""


def check_program(program: Program, wrong: Wrong) -> None:
    """Fail if something is wrong with a program, and show a smaller one."""
    kind, found = _found(program, wrong)
    if found:
        small = smallest(program, lambda p: _found(p, wrong)[0] == kind)
        raise AssertionError(f"{small}\n{_found(small, wrong)[1]}\nas drawn:\n{program}\n{found}")


def _found(program: Program, wrong: Wrong) -> tuple[str, str]:
    """Return what is wrong with a program, and of what kind that is."""
    try:
        found = wrong(program)
    except Exception as error:  # noqa: BLE001  (whatever is raised is wrong)
        return type(error).__name__, "".join(format_exception(error)[-4:])
    return "difference" if found else "", found


def smallest(program: Program, is_wrong: Callable[[Program], bool]) -> Program:
    """Return a program none of whose smaller ones is wrong."""
    while (found := next(filter(is_wrong, smaller(program)), None)) is not None:
        program = found
    return program


def smaller(program: Program) -> Iterator[Program]:
    """Yield programs with a little less in them."""
    for line in walk(program.lines):
        yield replace(program, lines=without(program.lines, {line.name}))
    if len(program.calls) > 1:
        yield from (replace(program, calls=(call,)) for call in program.calls)
    for lines in _simpler_lines(program.lines):
        if (left := mended(lines)) != program.lines:
            yield replace(program, lines=left)
    for site in program.offers:
        others = {name: ops for name, ops in program.offers.items() if name != site}
        if others:
            home = program.homesite if program.homesite in others else next(iter(others))
            yield replace(program, offers=others, homesite=home)


def _simpler_lines(lines: Lines) -> Iterator[Lines]:
    for number, line in enumerate(lines):
        for instead in _simpler(line):
            yield (*lines[:number], *instead, *lines[number + 1 :])


def _simpler(line: Line) -> Iterator[Lines]:
    """Yield what can stand in the place of a line."""
    if not isinstance(line, Cached):
        yield from (body for body in bodies_of(line) if body)
    for field in fields(line):
        if getattr(line, field.name) != PLAIN.get(field.name, getattr(line, field.name)):
            yield (replace(line, **{field.name: PLAIN[field.name]}),)
    match line:
        case Op():
            if line.operation != "m.Fail":
                yield (Op(line.name, "m.Fail", {"say": 1}, line.site, line.after, line.options),)
            given = dict.fromkeys(line.given, 1)
            if given != line.given:
                yield (replace(line, given=given),)
        case Out() if line.value != 0:
            yield (replace(line, value=0),)
        case Choice() if line.condition not in (0, 1):
            yield from ((replace(line, condition=c),) for c in (0, 1))
        case Loop() if line.seq not in ([], [1]):
            yield from ((replace(line, seq=seq),) for seq in ([], [1]))
    match line:
        case Loop() | Cached():
            yield from ((replace(line, body=body),) for body in _simpler_lines(line.body))
        case Choice():
            yield from ((replace(line, then=then),) for then in _simpler_lines(line.then))
            yield from ((replace(line, otherwise=o),) for o in _simpler_lines(line.otherwise))
