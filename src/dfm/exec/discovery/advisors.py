"""Advisors: the functions of an adapter that know which values of an argument are good.

    class LoadField:
        @field_advisor("scenario", order=0)
        async def scenarios(self, value, context):
            return AdvisedOneOf(await self.archive.scenarios(), split_on_advice=True)

        @field_advisor("year", order=1)
        def years(self, value, context):
            return AdvisedOneOf(self.archive.years_of(context.get("scenario")))

        def body(self, scenario, year): ...

Finding them runs none of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from dfm.errors import AdapterUnavailable, ArgumentError, nearest

ADVISOR_SECONDS = 30.0
"""How long an advisor may take, if it does not say."""

_MARK = "__dfm_advises__"
_ADVISORS = "__dfm_advisors__"
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Advisor:
    """One advisor: the argument it is about, its turn, how long it may take, and its function."""

    field: str
    order: int
    seconds: float
    name: str
    function: Callable[[Any, Any], Any]

    @property
    def turn(self) -> tuple[bool, int, str]:
        """What sorts advisors: orders from 0 on come first, then those that count from the end."""
        return (self.order < 0, self.order, self.name)

    @property
    def title(self) -> str:
        """What people call it: `LoadField.scenarios()`."""
        name: str = getattr(self.function, "__qualname__", self.name)
        return f"{name.rpartition('<locals>.')[2]}()"


def field_advisor(
    field: str,
    order: int = -1,
    *,
    of: Callable[..., Any] | None = None,
    timeout: float = ADVISOR_SECONDS,
) -> Callable[[_F], _F]:
    """Make a method the advisor on an argument of the adapter's body.

    It is called as `(value, context)`, may be a coroutine, and returns one of the answers of
    `dfm.exec.discovery`. `value` is what the author gave, or None if advice is wanted. Advisors
    are asked by `order`: 0, 1, ..., then those with negative orders; -1, the default, is last. For
    an adapter that is a function, `of` is that function. One that takes longer than `timeout`
    seconds has failed.

    Raises:
        ArgumentError: the field is no name, or the timeout is not positive.
    """
    if not isinstance(field, str) or not field.isidentifier():
        raise ArgumentError(
            f"{field!r:.60} is not the name of an argument",
            hint='@field_advisor("name of an argument of body")',
        )
    if isinstance(of, type):
        raise ArgumentError(
            f"of={of.__name__} is a class", hint="a method of the class, without `of`"
        )
    if not timeout > 0:
        raise ArgumentError(f"timeout={timeout!r}: it must be more than 0 seconds")

    def mark(function: _F) -> _F:
        setattr(function, _MARK, (field, order, float(timeout)))
        if of is not None:
            known = {a.__name__: a for a in getattr(of, _ADVISORS, ())}
            setattr(of, _ADVISORS, tuple({**known, function.__name__: function}.values()))
        return function

    return mark


def advisors_of(body: Callable[..., Any]) -> tuple[Advisor, ...]:
    """Return the advisors of an adapter, by its body, in the order in which they are asked.

    Raises:
        AdapterUnavailable: two are about one argument, or one is about none that the body takes.
    """
    found = sorted(_found(body), key=lambda advisor: advisor.turn)
    taken = _arguments_of(body)
    seen: dict[str, str] = {}
    for advisor in found:
        if taken is not None and advisor.field not in taken:
            raise AdapterUnavailable(
                f"the advisor {advisor.name!r} is about {advisor.field!r},"
                " which is no argument of the adapter",
                hint=nearest(advisor.field, taken),
            )
        if other := seen.get(advisor.field):
            raise AdapterUnavailable(
                f"{other!r} and {advisor.name!r} are both advisors on {advisor.field!r}",
                hint="one advisor for an argument",
            )
        seen[advisor.field] = advisor.name
    return tuple(found)


def _found(body: Callable[..., Any]) -> Iterator[Advisor]:
    owner = getattr(body, "__self__", None)
    if owner is not None and not inspect.ismodule(owner):
        for name in dir(type(owner)):
            if hasattr(getattr(type(owner), name, None), _MARK):
                yield _advisor(getattr(owner, name), name)
    for function in getattr(body, _ADVISORS, ()):
        yield _advisor(function, function.__name__)


def _advisor(function: Callable[..., Any], name: str) -> Advisor:
    field, order, seconds = getattr(function, _MARK)
    return Advisor(field, order, seconds, name, function)


def _arguments_of(body: Callable[..., Any]) -> frozenset[str] | None:
    """Return the names a body takes; None if it takes any, or does not say."""
    try:
        parameters = inspect.signature(body).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return frozenset(p.name for p in parameters if p.kind is not p.VAR_POSITIONAL)
