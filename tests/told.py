"""What a line of a program can have, and what an application is told of it, as text.

The text can be compared and sorted, whoever tells it. Errors are told apart by what they say and
by their operation; at which site they happened is not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dfm.api import ErrorToken
from dfm.errors import SelectionFailed
from dfm.net import Failure, Yielded

Error = tuple[str, str, str]
"""Class, message, and the operation, if it was one."""

Told = tuple[str, tuple[int, ...], str]
"""A delivery: the place, the frame, and the value or the errors as text."""

ATTEMPTS = re.compile(r"( \(after \d+ attempts\))?( \(not repeated: retry_on [^)]*\))?$")


@dataclass(frozen=True)
class Errors:
    """What a line has instead of a value when something failed."""

    errors: frozenset[Error]

    @staticmethod
    def of(error: Exception, operation: str = "") -> Errors:
        if isinstance(error, Broken):
            return error.errors
        message = getattr(error, "message", None) or str(error)
        operation = "" if isinstance(error, SelectionFailed) else operation
        return Errors(frozenset([(type(error).__name__, message, operation)]))

    def __repr__(self) -> str:
        return f"errors {sorted(self.errors)}"


class Broken(Exception):
    """What reading a stream ends with if it failed."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Stream:
    """The items of a stream, and why there are no more if that is an error."""

    items: tuple[Any, ...]
    errors: Errors | None = None

    def __iter__(self) -> Iterator[Any]:
        yield from self.items
        if self.errors is not None:
            raise Broken(self.errors)


class Nothing:
    """What a line has instead of a value when it is not done."""


NOTHING = Nothing()

ONCE_ONLY = Errors(
    frozenset(
        {
            (
                "NoCodec",
                "a stream is read once, so it can not be used again in the iterations of a loop",
                "",
            )
        }
    )
)


def fully(errors: Errors) -> str:
    """All that is known of errors."""
    return repr(errors)


def without_attempts(errors: Errors) -> str:
    """Errors without how often something was tried, which only what really runs it knows."""
    shortened = (
        (kind, ATTEMPTS.sub("", message, count=1), operation)
        for kind, message, operation in errors.errors
    )
    return f"errors {sorted(set(shortened))}"


def merely(errors: Errors) -> str:
    """That there are errors."""
    return "errors"


AsText = Callable[[Errors], str]


def delivered(deliveries: Iterable[Yielded], as_text: AsText = fully) -> Counter[Told]:
    """What the reference interpreter delivers, in the same words."""
    return Counter((y.place, y.frame, shown(y.token, as_text)) for y in deliveries)


def shown(token: Any, as_text: AsText = fully) -> str:
    """A value or errors as text."""
    if isinstance(token, (Failure, ErrorToken)):
        token = Errors(frozenset((e.type, e.message, e.operation) for e in token.errors))
    return as_text(token) if isinstance(token, Errors) else repr(token)
