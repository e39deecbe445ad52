"""Advice: which values would be good for the arguments of an operation, as a tree.

Each level of the tree is about one argument. What is advised below a value holds if that value
is taken: "if the scenario is A1B, the years are 1860 to 2099".

    scenario:
      'A1B'
        years: dates from 1860 to 2099
      'E1'
        years: error: the archive has no data for E1

A tree is a frozen value that a site makes and an application walks. Nothing here asks anyone.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from typing import Any

from dfm.errors import ArgumentError

MOST_SHOWN = 12
"""How many of the values one may choose from are shown in the text of a tree."""


class PartialError(ArgumentError):
    """The advisor did not look further: what is good below this value is not known."""


class Anything(Enum):
    """The value of an argument for which any value is good. There is one: `ANYTHING`."""

    ANYTHING = "anything"

    def __repr__(self) -> str:
        return "anything"


ANYTHING = Anything.ANYTHING


class Wanted(Enum):
    """Stands in a question for an argument that the site would fill in, were it not asked about."""

    ADVICE = "advice"


class Advice(ABC):
    """What all parts of a tree have in common; iterating gives the values worth taking."""

    @abstractmethod
    def has_good_options(self) -> bool:
        """Whether some choice of values leads to no error."""

    @abstractmethod
    def collect_into(self, errors: dict[str, set[str]], field: str = "") -> None:
        """Add the error messages below to the set of their argument; `field` is the one above."""

    @abstractmethod
    def select(self, value: Any) -> Advice | None:
        """Return the advice that holds if `value` is taken; None if there is nothing more to say.

        Raises:
            ArgumentError: the value is none of those advised, or it leads to an error.
            PartialError: nobody has looked at what is good below this value.
        """

    @abstractmethod
    def __iter__(self) -> Iterator[Any]: ...

    @abstractmethod
    def _lines(self) -> Iterator[str]:
        """Yield the text of this part, indented from here."""

    def collect_error_messages(self) -> dict[str, set[str]]:
        """Return every error message of the tree, by the argument it is about."""
        errors: dict[str, set[str]] = {}
        self.collect_into(errors)
        return errors

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def __repr__(self) -> str:
        return str(self)


class FieldAdvice(Advice):
    """Advice on one argument, and below it on others."""

    field: str


@dataclass(frozen=True, slots=True, repr=False)
class ErrorFieldAdvice(Advice):
    """The end of a road: no value is good here. `field` is the argument it is about, if that is
    not the one above it."""

    msg: str
    field: str = dataclasses.field(default="", compare=False)

    def has_good_options(self) -> bool:
        """No."""
        return False

    def collect_into(self, errors: dict[str, set[str]], field: str = "") -> None:
        """Add the message."""
        errors.setdefault(self.field or field, set()).add(self.msg)

    def select(self, value: Any) -> Advice | None:
        """Raise the error."""
        raise ArgumentError(self.msg, at=f"advice on {self.field!r}" if self.field else "")

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def _lines(self) -> Iterator[str]:
        yield f"{self.field}: error: {self.msg}" if self.field else f"error: {self.msg}"


@dataclass(frozen=True, slots=True, repr=False)
class PartialFieldAdvice(Advice):
    """The end of what was looked at: more could be said, once the values above are chosen."""

    partial: str = "partial"

    def has_good_options(self) -> bool:
        """As far as anyone has looked."""
        return True

    def collect_into(self, errors: dict[str, set[str]], field: str = "") -> None:
        """There are no errors here."""

    def select(self, value: Any) -> Advice | None:
        """Raise PartialError."""
        raise PartialError(self.partial, hint="asking again with the values above as arguments")

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def _lines(self) -> Iterator[str]:
        yield "..." if self.partial == "partial" else f"... ({self.partial})"


@dataclass(frozen=True, slots=True, repr=False)
class SingleFieldAdvice(FieldAdvice):
    """Advice that is the same whichever of its values is taken.

    `value` is a list of those one may take, a dict, or the one value there is. `kind` says what
    it is to people: "one of", "subset of", "dates", or "" for the value itself.
    """

    field: str
    value: Any
    edge: EdgeT = None
    # Not compared: it is a word for people, and says nothing that the value does not.
    kind: str = dataclasses.field(default="", compare=False)

    def __post_init__(self) -> None:
        _check_edge(self.edge)

    def has_good_options(self) -> bool:
        """Whether what follows has."""
        return _is_good(self.edge)

    def collect_into(self, errors: dict[str, set[str]], field: str = "") -> None:
        """Add what follows."""
        if self.edge is not None:
            self.edge.collect_into(errors, self.field)

    def select(self, value: Any) -> Advice | None:
        """Return what follows, whichever value is taken."""
        return _followed(self.edge, self.field, value)

    def __iter__(self) -> Iterator[Any]:
        if not _is_good(self.edge) or self.value is ANYTHING:
            return iter(())
        if isinstance(self.value, Iterable) and not isinstance(self.value, (str, bytes)):
            return iter(self.value)
        return iter((self.value,))

    def _lines(self) -> Iterator[str]:
        end, more = _end_and_more(self.edge)
        yield f"{self.field}: {_described(self.value, self.kind)}{end}"
        yield from more


@dataclass(frozen=True, slots=True, repr=False)
class BranchFieldAdvice(FieldAdvice):
    """Advice that goes on differently for each of its values."""

    field: str
    branches: tuple[tuple[Any, EdgeT], ...]

    def __post_init__(self) -> None:
        pairs = tuple(tuple(branch) for branch in self.branches)
        for pair in pairs:
            if len(pair) != 2:
                raise ArgumentError("a branch of an advice is a value and what follows it")
            _check_edge(pair[1])
        object.__setattr__(self, "branches", pairs)

    def has_good_options(self) -> bool:
        """Whether any branch has."""
        return any(_is_good(edge) for _, edge in self.branches)

    def collect_into(self, errors: dict[str, set[str]], field: str = "") -> None:
        """Add those of all branches."""
        for _, edge in self.branches:
            if edge is not None:
                edge.collect_into(errors, self.field)

    def select(self, value: Any) -> Advice | None:
        """Return what follows this value."""
        for known, edge in self.branches:
            if equal(known, value):
                return _followed(edge, self.field, value)
        raise ArgumentError(
            f"{value!r:.80} is not among the values advised for {self.field!r}",
            hint=_nearest(value, [known for known, _ in self.branches]),
        )

    def __iter__(self) -> Iterator[Any]:
        return (value for value, edge in self.branches if _is_good(edge))

    def _lines(self) -> Iterator[str]:
        yield f"{self.field}:"
        for value, edge in self.branches[:MOST_SHOWN]:
            end, more = _end_and_more(edge)
            yield f"  {_shown(value)}{end}"
            yield from (f"    {line}" for line in more)
        if (left := len(self.branches) - MOST_SHOWN) > 0:
            yield f"  and {left} more"


EdgeT = BranchFieldAdvice | SingleFieldAdvice | ErrorFieldAdvice | PartialFieldAdvice | None
"""What follows a value: more advice, an error, an end of what was looked at, or nothing."""


def changed(edge: EdgeT, value_to: Callable[[Any], Any], text_to: Callable[[str], str]) -> EdgeT:
    """Return the same tree with other values and other texts."""

    def below(edge: EdgeT) -> EdgeT:
        return changed(edge, value_to, text_to)

    match edge:
        case ErrorFieldAdvice(msg, name):
            return ErrorFieldAdvice(text_to(msg), name)
        case PartialFieldAdvice(partial):
            return PartialFieldAdvice(text_to(partial))
        case SingleFieldAdvice(name, value, following, kind):
            return SingleFieldAdvice(name, value_to(value), below(following), kind)
        case BranchFieldAdvice(name, branches):
            return BranchFieldAdvice(name, tuple((value_to(v), below(e)) for v, e in branches))
    return None


def equal(one: Any, other: Any) -> bool:
    """Whether two values are equal; arrays are if they have one shape and all of them is.

    >>> equal("A1B", "A1B"), equal([1, 2], (1, 2)), equal(1, None)
    (True, False, False)
    """
    if one is other:
        return True
    if getattr(one, "shape", None) != getattr(other, "shape", None):
        return False
    try:
        answer = one == other
        return bool(answer.all() if hasattr(answer, "all") else answer)
    except Exception:  # noqa: BLE001  (comparing runs the values' own code; they are not equal then)
        return False


def _is_good(edge: EdgeT) -> bool:
    return edge is None or edge.has_good_options()


def _check_edge(edge: object) -> None:
    if edge is not None and not isinstance(edge, Advice):
        raise ArgumentError(
            f"what follows a value in an advice is an advice or None, not {type(edge).__name__}"
        )


def _followed(edge: EdgeT, field: str, value: Any) -> Advice | None:
    """Return an edge that leads somewhere.

    Raises:
        ArgumentError, PartialError: the edge is an end.
    """
    at = f"advice on {field!r}, value {value!r:.80}"
    match edge:
        case ErrorFieldAdvice(msg):
            raise ArgumentError(msg, at=at, hint="another of the values, as iterating gives them")
        case PartialFieldAdvice(partial):
            raise PartialError(partial, at=at, hint="asking again with this value as an argument")
    return edge


def _nearest(value: Any, known: list[Any]) -> str:
    texts = [v for v in known if isinstance(v, str)]
    if isinstance(value, str) and (close := get_close_matches(value, texts, n=1)):
        return f"{close[0]!r}, which is there and spelled almost the same"
    shown = ", ".join(_shown(v) for v in known[:8])
    left = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return f"one of {shown}{left}" if known else "another argument: no value is advised here"


# -- text -----------------------------------------------------------------------------------


def _end_and_more(edge: EdgeT) -> tuple[str, list[str]]:
    """Return what a line ends with because of what follows it, and the lines that come after."""
    match edge:
        case None:
            return "", []
        case ErrorFieldAdvice(field=""):
            return f": {edge}", []
        case PartialFieldAdvice():
            return f" {edge}", []
    return "", str(edge).splitlines()


def _described(value: Any, kind: str) -> str:
    if kind == "dates" and isinstance(value, Mapping):
        first, last = value.get("startdate"), value.get("enddate")
        start = f"from {first!s}" if first is not None else ""
        end = f"to {last!s}" if last is not None else ""
        return " ".join(("dates", *filter(None, (start, end))))
    if kind and isinstance(value, (list, tuple)):
        shown = ", ".join(map(_shown, value[:MOST_SHOWN]))
        left = len(value) - MOST_SHOWN
        return f"{kind} {shown}" + (f" and {left} more" if left > 0 else "")
    return _shown(value)


def _shown(value: Any) -> str:
    try:
        text = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001  (a broken `__repr__` must not hide the rest of the tree)
        return f"<{type(value).__name__}>"
    return text if len(text) <= 80 else f"{text[:77]}..."
