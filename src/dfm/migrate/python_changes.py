"""A Python text while it is looked through: what is to change in it, and what is left.

Shared by what looks at its imports and what looks at its strings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dfm.migrate.edits import Edit, Note
from dfm.migrate.names import NEW, OLD
from dfm.migrate.python_tokens import Token


@dataclass(slots=True)
class Source:
    """A Python text, with what was found in it so far."""

    text: str
    tokens: list[Token]
    edits: list[Edit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def change(self, start: int, end: int, new: str) -> None:
        """Write something in place of what stands from `start` to `end`."""
        self.edits.append(Edit(start, end, new))

    def rename(self, old: str, start: int, end: int, new: str) -> None:
        """Rename a dotted name; one with line ends or comments in it keeps them."""
        if self.text[start:end] == old:
            self.change(start, end, new)
        elif new == NEW + old.removeprefix(OLD):
            self.change(start, start + len(OLD), NEW)
        else:
            self.leave(start, f"{old} is written in an unusual way", new)

    def leave(self, at: int, what: str, hint: str = "") -> None:
        """Leave something as it is, and note it."""
        self.notes.append(Note(at, what, hint))
