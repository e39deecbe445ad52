"""What running something gives, as tokens: values, streams with all their items, failures.

The reference interpreter's part that knows of adapters and exceptions; see `simulate.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from dfm.errors import DfmError, NoCodec, OperationFailed, SelectionFailed
from dfm.net.frame import Path, frame_of_iteration
from dfm.net.lexemes import node_of
from dfm.net.loops import title_of
from dfm.net.template import references
from dfm.net.token import ErrorRecord, Failure, Stream
from dfm.net.transitions import Ask, Call, Let

Run = Callable[[str, Call | Ask, dict[str, Any]], Any]
"""Runs an operation at a site: `run(site, call, arguments)`."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where something happens: at a site, in a frame, for an operation or a statement."""

    site: str
    frame: Path
    operation: str = ""
    node: int | str | None = None

    @staticmethod
    def of(site: str, frame: Path, transition: Any) -> Where:
        """Return where a transition is done; of a part that is taken, of what it is taken."""
        node = getattr(transition, "node", None)
        if isinstance(transition, Let) and (read := references(transition.value)):
            node = node_of(read[0].place)
        return Where(site, frame, title_of(transition), node)


class BrokenStream(OperationFailed):
    """What reading a stream raises after its items, when the operation that makes it failed."""

    def __init__(self, failure: Failure) -> None:
        first = failure.errors[0]
        super().__init__(first.message, site=first.site, operation=first.operation)
        self.failure = failure


@dataclass(frozen=True)
class Items(Stream):
    """A stream with all of its items, for any number of readers, with `for` or `async for`."""

    items: tuple[Any, ...]
    failure: Failure | None = None

    def __iter__(self) -> Iterator[Any]:
        yield from self.items
        if self.failure is not None:
            raise BrokenStream(self.failure)

    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self:
            yield item


def result_of(where: Where, call: Call | Ask, run: Run, filled: Callable[[Any], Any]) -> Any:
    """Return what an operation returns; an iterator becomes a stream of all its items."""

    def returned() -> Any:
        return run(where.site, call, {name: filled(value) for name, value in call.arguments})

    token = attempt(where, returned)
    if not isinstance(token, (Iterator, AsyncIterator)):
        return token
    items: list[Any] = []
    end = attempt(where, lambda: drain(token, items))
    return Items(tuple(items), end if isinstance(end, Failure) else None)


def drain(source: Iterator[Any] | AsyncIterator[Any], items: list[Any]) -> None:
    """Append all items of a source, which may raise after some."""

    async def drain_async(source: AsyncIterator[Any]) -> None:
        async for item in source:
            items.append(item)  # noqa: PERF401  (items before an error count)

    if isinstance(source, AsyncIterator):
        import asyncio

        asyncio.run(drain_async(source))
    else:
        for item in source:
            items.append(item)  # noqa: PERF402  (as above)


def attempt(where: Where, make: Callable[[], Any]) -> Any:
    """Return a value, or the failure of making it; a broken stream that was read stays itself."""
    try:
        return make()
    except BrokenStream as broken:
        return broken.failure
    except Exception as error:  # noqa: BLE001  (whatever an adapter or a value raises is a token)
        return Failure((record_of(where, error),))


def record_of(where: Where, error: Exception) -> ErrorRecord:
    """Return an exception as data."""
    return ErrorRecord(
        type=type(error).__name__,
        message=error.message if isinstance(error, DfmError) else str(error),
        code=error.code if isinstance(error, DfmError) else OperationFailed.code,
        site=where.site,
        # A part may be taken where it is made, or where it is read: told alike.
        operation="" if isinstance(error, SelectionFailed) else where.operation,
        node=where.node,
        hint=error.hint if isinstance(error, DfmError) else "",
        frame=frame_of_iteration(where.frame),
    )


def once_only(site: str) -> Failure:
    """Return the error of a stream in a place where its value would be needed again and again."""
    message = "a stream is read once, so it can not be used again in the iterations of a loop"
    error = NoCodec(message, hint="an operation that makes a list of it")
    return Failure((record_of(Where(site, ()), error),))
