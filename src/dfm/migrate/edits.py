"""What is found in a text: edits to make, and notes on what is left as it is.

Positions are offsets into the text, so that whoever finds something in a part of a file (a cell
of a notebook) can say where it is in the whole. Nothing here knows of files or of names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Write `new` in place of what stands from `start` to `end`."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """Something to see to by hand: where, what, and what to try.

    `works` is True when it stops nothing: a comment, or a sentence that mentions a name.
    """

    at: int
    what: str
    hint: str = ""
    works: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The edits and notes for one text, both in the order of the text."""

    edits: tuple[Edit, ...] = ()
    notes: tuple[Note, ...] = ()


def found(edits: Iterable[Edit] = (), notes: Iterable[Note] = ()) -> Found:
    """Return edits and notes in order, each once."""
    return Found(tuple(sorted(set(edits))), tuple(sorted(set(notes))))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits made; they do not overlap.

    >>> apply("a.b = c", [Edit(0, 3, "x")])
    'x = c'
    """
    parts, done = [], 0
    for edit in sorted(edits):
        parts += [text[done : edit.start], edit.new]
        done = edit.end
    return "".join([*parts, text[done:]])


def moved(offset: int, edits: Iterable[Edit]) -> int:
    """Return where an offset is once edits are made.

    >>> moved(9, [Edit(0, 3, "x"), Edit(20, 22, "")])
    7
    """
    return offset + sum(len(e.new) - (e.end - e.start) for e in edits if e.end <= offset)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return where an offset is, both counted from 1.

    >>> line_and_column("ab" + chr(10) + "cd", 4)
    (2, 2)
    """
    before = text.rfind("\n", 0, offset)
    return text.count("\n", 0, offset) + 1, offset - before
