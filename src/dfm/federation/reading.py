"""What is found while one file is read: mistakes, places, and what could not be made out.

The one thing that changes during a load. Separate so that every reader is a plain function
which reports here and goes on, and so that the cross checks, which see only values, can be
told where a value was declared and what they should say nothing about.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from typing import NamedTuple, NoReturn, Protocol

from dfm.errors import FederationError, Problem, nearest

# Looking for the nearest name is slow where there are many, and nobody reads that many hints.
MAX_COMPARISONS = 30_000

Path = tuple[str, ...]


class Placed(Protocol):
    """Anything that knows where it was written; without a file it is the one being read."""

    @property
    def line(self) -> int: ...  # noqa: D102
    @property
    def column(self) -> int: ...  # noqa: D102
    @property
    def file(self) -> str: ...  # noqa: D102


class Spot(NamedTuple):
    """A place in a file."""

    line: int
    column: int
    file: str = ""


def shown(name: str) -> str:
    """Quote a name for a message, short enough to read."""
    return repr(name if len(name) <= 60 else name[:57] + "...")


class Reading:
    """Mistakes so far in a federation, and where its declarations are; `file` is being read now."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.unclear: set[Path] = set()
        self._main = file
        self._found: dict[tuple[Spot, str], Problem] = {}
        self._places: dict[Path, Spot] = {}
        self._comparisons = 0

    def of(self, file: str) -> Reading:
        """Return the same for another file that belongs to the federation."""
        other = copy.copy(self)  # what was found is shared
        other.file = file
        return other

    # -- mistakes ----------------------------------------------------------------------------

    def report(self, node: Placed, message: str, hint: str = "") -> None:
        """Note a mistake and go on. The same mistake at the same place is noted once."""
        spot = self._spot(node)
        problem = Problem(message, f"{spot.file}:{spot.line}:{spot.column}", hint)
        self._found.setdefault((spot, message), problem)

    def report_at(self, line: int, column: int, message: str, hint: str = "") -> None:
        """Note a mistake at a line and column of the file being read."""
        self.report(Spot(line, column), message, hint)

    def nearest(self, name: str, offered: Collection[str]) -> str:
        """Return a hint naming the nearest of the names `offered`."""
        self._comparisons += len(offered)
        few = self._comparisons <= MAX_COMPARISONS and len(name) <= 200
        return nearest(name, offered) if few else ""

    def fail(self, line: int, column: int, message: str, hint: str = "") -> NoReturn:
        """Give up: raise FederationError with every mistake so far and this one."""
        self.report_at(line, column, message, hint)
        raise FederationError(self.problems)

    @property
    def count(self) -> int:
        """How many mistakes there are so far."""
        return len(self._found)

    @property
    def problems(self) -> Sequence[Problem]:
        """Every mistake so far, in the order of the file, those of other files after it."""
        keys = sorted(
            self._found, key=lambda k: (k[0].file != self._main, k[0].file, k[0].line, k[0].column)
        )
        return [self._found[key] for key in keys]

    # -- places ------------------------------------------------------------------------------

    def place(self, line: int, column: int) -> str:
        """Return `file:line:column` of the file being read."""
        return f"{self.file}:{line}:{column}"

    def declare(self, path: Path, node: Placed) -> str:
        """Remember where the thing at `path` was declared, and return that place."""
        self._places[path] = spot = self._spot(node)
        return f"{spot.file}:{spot.line}:{spot.column}"

    def declared(self, path: Path) -> Spot:
        """Return the place of `path`, or of the nearest thing around it."""
        for end in range(len(path), 0, -1):
            if (place := self._places.get(path[:end])) is not None:
                return place
        return Spot(1, 1, self.file)

    def leave_unclear(self, path: Path) -> None:
        """Say that the contents of `path` could not be made out, so nothing follows from them."""
        self.unclear.add(path)

    def _spot(self, node: Placed) -> Spot:
        return Spot(node.line, node.column, node.file or self.file)
