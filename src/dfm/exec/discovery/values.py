"""What an advisor may answer: which values are good for one argument.

    answer                          means
    ------------------------------  ----------------------------------------------------------
    AdvisedLiteral(value)           this value
    AdvisedOneOf(values)            one of these
    AdvisedSubsetOf(values)         a list of some of these
    AdvisedDict(dict)               a dict with these keys and values
    AdvisedDateRange(start, end)    a date from `start` to `end`, both included; None is open
    AdvisedError(msg)               none, and why
    Okay()                          any

An answer says which values it takes (`validate`) and which branches of the tree it opens.
Values may be answers themselves: `AdvisedDict({"level": AdvisedOneOf([1, 2])})`.

With `break_on_advice` nobody looks further below; with `split_on_advice` each value has a branch
of its own, so that advisors that come later can say what is good if it is taken.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dfm.errors import ArgumentError, nearest
from dfm.exec.discovery.dates import span_of
from dfm.net.advice import ANYTHING, equal


class AdvisedValue(ABC):
    """An answer of an advisor."""

    __slots__ = ()

    break_on_advice: bool = False
    split_on_advice: bool = False

    @abstractmethod
    def validate(self, value: Any) -> str | None:
        """Say why a value is not good, or return None."""

    @abstractmethod
    def shown(self) -> Any:
        """Return what stands in the tree: plain values that can travel."""

    @property
    def kind(self) -> str:
        """What people call the value in the tree, as `SingleFieldAdvice.kind`."""
        return ""

    def iterate_advice_branches(self) -> Iterator[AdvisedValue]:
        """Yield an answer for each branch of the tree; there is one, if it does not split."""
        yield self


@dataclass(frozen=True)
class AdvisedLiteral(AdvisedValue):
    """One value is good."""

    value: Any
    break_on_advice: bool = False

    def validate(self, value: Any) -> str | None:
        """Refuse what is not equal to it."""
        return None if equal(self.value, value) else f"{value!r:.80} is not {self.value!r:.200}"

    def shown(self) -> Any:
        """Return the value."""
        return self.value


@dataclass(frozen=True)
class _AdvisedMembers(AdvisedValue):
    """Good values that can be counted."""

    values: Iterable[Any]
    break_on_advice: bool = False
    split_on_advice: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.values, (str, bytes)):
            raise ArgumentError(
                f"{type(self).__name__} needs a list of values, not the text {self.values!r:.80}",
                hint=f"{type(self).__name__}([{self.values!r:.40}])",
            )
        object.__setattr__(self, "values", tuple(self.values))

    def shown(self) -> Any:
        """Return the values as a list."""
        return [_shown(member) for member in self.values]

    def iterate_advice_branches(self) -> Iterator[AdvisedValue]:
        """Yield itself, or an answer for each value."""
        if not self.split_on_advice:
            yield self
            return
        for member in self.values:
            yield _answer(member, self.break_on_advice)

    def refusal_of(self, value: Any) -> str | None:
        """Say why a value is none of these, or return None."""
        if any(_takes(member, value) for member in self.values):
            return None
        texts = [member for member in self.values if isinstance(member, str)]
        if isinstance(value, str) and get_close_matches(value, texts):
            known = nearest(value, texts)
        else:
            known = f"one of {_listed(self.values)}" if self.values else "no value at all"
        return f"{value!r:.80} is not good; try {known}"


@dataclass(frozen=True)
class AdvisedOneOf(_AdvisedMembers):
    """Any one of some values is good."""

    @property
    def kind(self) -> str:
        """One of them."""
        return "one of"

    def validate(self, value: Any) -> str | None:
        """Refuse what is none of them."""
        return self.refusal_of(value)


@dataclass(frozen=True)
class AdvisedSubsetOf(_AdvisedMembers):
    """Any list of some of these values is good."""

    @property
    def kind(self) -> str:
        """Some of them."""
        return "some of"

    def validate(self, value: Any) -> str | None:
        """Refuse what is no collection, or has an element that is none of them."""
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            return f"{value!r:.80} is not a list"
        return next((why for part in value if (why := self.refusal_of(part))), None)


@dataclass(frozen=True)
class AdvisedDict(AdvisedValue):
    """A dict with these keys is good, if its values are; `allow_extras` lets it have more keys."""

    dict: Mapping[Any, Any]
    allow_extras: bool = False
    break_on_advice: bool = False

    def validate(self, value: Any) -> str | None:
        """Refuse what is no dict, has other keys, or a value that is not good."""
        if not isinstance(value, Mapping):
            return f"{value!r:.80} is not a dict"
        if missing := [key for key in self.dict if key not in value]:
            return f"{_listed(missing)} is missing"
        if not self.allow_extras and (extra := [key for key in value if key not in self.dict]):
            return f"{_listed(extra)} is not expected; there are {_listed(self.dict)}"
        refused = ((key, _refusal(good, value[key])) for key, good in self.dict.items())
        return next((f"[{key!r}]: {why}" for key, why in refused if why is not None), None)

    def shown(self) -> Any:
        """Return the dict, with what stands in the tree for each value."""
        return {key: _shown(member) for key, member in self.dict.items()}


@dataclass(frozen=True)
class AdvisedDateRange(AdvisedValue):
    """Any date from `start` to `end` is good: a date, a datetime, or one of them as ISO text."""

    start: Any = None
    end: Any = None
    break_on_advice: bool = False

    def __post_init__(self) -> None:
        spans = [span_of(limit) for limit in (self.start, self.end) if limit is not None]
        if len(spans) == 2 and spans[0][0] > spans[1][1]:
            raise ArgumentError(
                f"the dates end ({self.end}) before they begin ({self.start})",
                hint="AdvisedDateRange(start, end)",
            )

    @property
    def kind(self) -> str:
        """Dates."""
        return "dates"

    def validate(self, value: Any) -> str | None:
        """Refuse what is no date, or begins outside."""
        try:
            first, _ = span_of(value)
        except ArgumentError as error:
            return error.message
        if self.start is not None and first < span_of(self.start)[0]:
            return f"{value!s:.80} is before {self.start}"
        if self.end is not None and first > span_of(self.end)[1]:
            return f"{value!s:.80} is after {self.end}"
        return None

    def shown(self) -> Any:
        """Return the two dates as they were given."""
        return {"startdate": self.start, "enddate": self.end}


@dataclass(frozen=True)
class AdvisedError(AdvisedValue):
    """No value is good."""

    msg: str

    def validate(self, value: Any) -> str | None:
        """Refuse every value."""
        return self.msg

    def shown(self) -> Any:
        """Return the message; it stands in the tree as an error."""
        return self.msg


@dataclass(frozen=True)
class Okay(AdvisedValue):
    """Any value is good."""

    def validate(self, value: Any) -> str | None:
        """Refuse nothing."""
        return None

    def shown(self) -> Any:
        """Return `ANYTHING`."""
        return ANYTHING


def _answer(member: Any, break_on_advice: bool) -> AdvisedValue:
    return member if isinstance(member, AdvisedValue) else AdvisedLiteral(member, break_on_advice)


def _takes(member: Any, value: Any) -> bool:
    if isinstance(member, AdvisedValue):
        return member.validate(value) is None
    return equal(member, value)


def _refusal(good: Any, value: Any) -> str | None:
    return _answer(good, False).validate(value)


def _shown(member: Any) -> Any:
    return member.shown() if isinstance(member, AdvisedValue) else member


def _listed(values: Iterable[Any]) -> str:
    known = list(values)
    left = f" and {len(known) - 8} more" if len(known) > 8 else ""
    return ", ".join(f"{_shown(v)!r:.60}" for v in known[:8]) + left
