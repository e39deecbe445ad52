"""What a token can be besides a value: an absence, or an error.

Both flow through the net like values. A transition that reads one does not run: it
passes an absence on as an absence, and errors on as one error that holds them all.
Values are not wrapped; a user's value is never mistaken for either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

MOST_ERRORS = 100
"""Errors that one failure holds."""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One error as data: what an adapter raised, where. `type` is the class name.

    `operation` may also be a statement: If, ForEach, TryFromCache, WriteToCache. `attempts` says
    how often the operation was tried; the error is that of the last time. `frame` is that of the
    iteration in which it happened, and empty outside of loops. `made_of` are the ingredients
    (`federation/policies.py`) of what it may tell of, as its site says when it leaves there.
    """

    type: str
    message: str
    stack_trace: str = ""
    code: str = "dfm-301"
    site: str = ""
    operation: str = ""
    node: int | str | None = None
    hint: str = ""
    attempts: int = 1
    frame: tuple[int, ...] = ()
    made_of: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An error token: the errors that made a value impossible, each once, in a fixed order."""

    errors: tuple[ErrorRecord, ...]

    @staticmethod
    def merged(failures: Iterable[Failure]) -> Failure:
        """Return one failure with the distinct errors of others, in order of first sight.

        No more than the first `MOST_ERRORS`: a loop may have a million of them.
        """
        found: dict[ErrorRecord, None] = {}
        for failure in failures:
            found |= dict.fromkeys(failure.errors)
            if len(found) >= MOST_ERRORS:
                break
        return Failure(tuple(found)[:MOST_ERRORS])

    def without_traces(self) -> Failure:
        """Return the same errors without stack traces, for comparison between targets."""
        return Failure(tuple(replace(e, stack_trace="") for e in self.errors))


class Absence:
    """The token of a branch not taken. There is one: `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absence()


@dataclass(frozen=True, slots=True)
class Count:
    """How many items a loop's sequence had; `failure` says why there were no more, if that is so.

    This is what a loop's `count` place gets, also if there is no sequence because of an error.
    """

    items: int
    failure: Failure | None = None


class Stream:
    """Marks a value that arrives in pieces; exec and simulate each have their own kind."""

    __slots__ = ()

    @property
    def failure(self) -> Failure | None:
        """Why the stream broke, once it has; None otherwise."""
        return None

    def abandon(self) -> None:
        """Say that one of the transitions that would have read it never will."""
