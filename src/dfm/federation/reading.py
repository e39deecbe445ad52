"""What is found while one file is read: mistakes, places, and what could not be made out.

The one thing that changes during a load. Separate so that every reader is a plain function
which reports here and goes on, and so that the cross checks, which see only values, can be
told where a value was declared and what they should say nothing about.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NoReturn, Protocol

from dfm.errors import FederationError, Problem, nearest

# Looking for the nearest name is slow where there are many, and nobody reads that many hints.
MAX_COMPARISONS = 30_000

Path = tuple[str, ...]


class Placed(Protocol):
    """Anything that knows where it was written."""

    @property
    def line(self) -> int: ...  # noqa: D102
    @property
    def column(self) -> int: ...  # noqa: D102


def shown(name: str) -> str:
    """Quote a name for a message, short enough to read."""
    return repr(name if len(name) <= 60 else name[:57] + "...")


class Reading:
    """Mistakes so far in one file, and where its declarations are."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.unclear: set[Path] = set()
        self._found: dict[tuple[int, int, str], Problem] = {}
        self._places: dict[Path, tuple[int, int]] = {}
        self._comparisons = 0

    # -- mistakes ----------------------------------------------------------------------------

    def report(self, node: Placed, message: str, hint: str = "") -> None:
        """Note a mistake and go on. The same mistake at the same place is noted once."""
        self.report_at(node.line, node.column, message, hint)

    def report_at(self, line: int, column: int, message: str, hint: str = "") -> None:
        """Note a mistake at a line and column."""
        problem = Problem(message, self.place(line, column), hint)
        self._found.setdefault((line, column, message), problem)

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
        """Every mistake so far, in the order of the file."""
        return [self._found[key] for key in sorted(self._found, key=lambda key: key[:2])]

    # -- places ------------------------------------------------------------------------------

    def place(self, line: int, column: int) -> str:
        """Return `file:line:column`."""
        return f"{self.file}:{line}:{column}"

    def declare(self, path: Path, node: Placed) -> str:
        """Remember where the thing at `path` was declared, and return that place."""
        self._places[path] = (node.line, node.column)
        return self.place(node.line, node.column)

    def declared(self, path: Path) -> tuple[int, int]:
        """Return line and column of `path`, or of the nearest thing around it."""
        for end in range(len(path), 0, -1):
            if (place := self._places.get(path[:end])) is not None:
                return place
        return (1, 1)

    def leave_unclear(self, path: Path) -> None:
        """Say that the contents of `path` could not be made out, so nothing follows from them."""
        self.unclear.add(path)
