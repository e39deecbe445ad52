"""A federation whose adapters advise, well and badly, for the tests of asking all of it.

The classes are local: they reach a worker process by value, as those of a script do.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from dfm import Federation
from dfm.exec.discovery import (
    AdvisedDateRange,
    AdvisedError,
    AdvisedOneOf,
    AdvisedSubsetOf,
    field_advisor,
)

OSLO = {"A1B": ("2000", "2099"), "20C3M": ("1860", "1999")}
BERGEN = {"A1B": ("2000", "2049")}
MIRROR = {"E1": ("1990", "1999")}


def archives() -> Federation:
    """Two sites with archives that differ, each with a mirror, and a home that has none."""
    federation = Federation("archives")
    federation.site("home")
    for name, years in (("oslo", OSLO), ("bergen", BERGEN)):
        site = federation.site(name)
        site.operation("archive.Load")(archive_of(years))
        site.provider("mirror").operation("archive.Load")(archive_of(MIRROR))
        site.operation("archive.Plain")(plain())
    federation.site("oslo").operation("archive.Odd")(odd())
    federation.site("oslo").operation("archive.Unmade")(unmade())
    federation.site("oslo").operation("archive.Dies")(dies())
    federation.site("oslo").operation("archive.Never")(never())
    return federation


def archive_of(years: dict[str, tuple[str, str]]) -> Any:
    class Archive:
        @field_advisor("scenario", order=0)
        async def scenarios(self, value: Any, context: Any) -> Any:
            return AdvisedOneOf(years, split_on_advice=True)

        @field_advisor("day", order=1)
        def days(self, value: Any, context: Any) -> Any:
            return AdvisedDateRange(*years[context.get("scenario")])

        @field_advisor("variables", order=-1)
        def variables(self, value: Any, context: Any) -> Any:
            return AdvisedSubsetOf(["tas", "pr"])

        def body(self, scenario: str, day: str, variables: Any = ("tas",)) -> str:
            return f"{scenario} {day} {variables}"

    return Archive


def odd() -> Any:
    class Odd:
        @field_advisor("way", order=0)
        def ways(self, value: Any, context: Any) -> Any:
            return AdvisedOneOf([1, 2, 3, 4], split_on_advice=True)

        @field_advisor("x", order=1)
        async def on_x(self, value: Any, context: Any) -> Any:
            match context.get("way"):
                case 1:
                    raise LookupError("the index is gone")
                case 2:
                    return AdvisedError("closed")
                case 3:
                    return "x"
            return AdvisedOneOf(["x"])

        def body(self, way: int, x: str) -> str:
            return x

    return Odd


def plain() -> Any:
    def give(x: int = 1) -> int:
        return x

    return give


def unmade() -> Any:
    class Unmade:
        def __init__(self) -> None:
            raise ImportError("no driver")

        def body(self, x: int) -> int:
            return x

    return Unmade


def dies() -> Any:
    class Dies:
        @field_advisor("x")
        def on_x(self, value: Any, context: Any) -> Any:
            os._exit(7)

        def body(self, x: int) -> int:
            return x

    return Dies


def never() -> Any:
    class Never:
        @field_advisor("x", order=0, timeout=0.02)
        async def late(self, value: Any, context: Any) -> Any:
            await asyncio.Event().wait()

        @field_advisor("y", order=1)
        async def for_long(self, value: Any, context: Any) -> Any:
            await asyncio.Event().wait()

        def body(self, x: int, y: int = 0) -> int:
            return x

    return Never
