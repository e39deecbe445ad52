"""What dispatchers and runners of callbacks are: the classes that an application may extend.

A session has a dispatcher; it makes a runner for each job; the job gives the runner its tokens, one
after the other and on one thread of the job. When and where the callbacks are called is the
runner's matter. Those that are here stand in `dfm.session.dispatchers`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from typing import Any, Literal

from dfm.errors import ArgumentError
from dfm.session.callbacks import DfmDataCallback, is_async
from dfm.session.tokens import Token

Kind = Literal["sync", "async", "none"]
PlaceCallbacks = Mapping[str, DfmDataCallback]
SomeTokens = Token | Sequence[Token] | None


class CallbackRunner(ABC):
    """Calls the callbacks of one job, in its own way. Extend it by `dispatch`."""

    def __init__(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> None:
        self.default_callback = default_callback
        self.place_callbacks: dict[str, DfmDataCallback] = dict(place_callbacks or {})

    @abstractmethod
    def dispatch(self, token: SomeTokens) -> None:
        """Have the callbacks called for a token, or several. None is nothing.

        What it raises is an error of the job: CallbackFailed.
        """

    def takes(self, place: str) -> bool:
        """Whether tokens of a place are dispatched; all others are for `job.result()`."""
        return callback_of(place, self.default_callback, self.place_callbacks) is not None

    def start(self) -> None:  # noqa: B027  (may be extended, need not)
        """Make ready; called once, before the first token."""

    def stop(self) -> None:  # noqa: B027  (may be extended, need not)
        """End; called once, after the last token."""

    def needs_this_thread(self) -> bool:
        """Whether callbacks can not be called as long as this thread waits."""
        return False

    def has_something_to_do(self) -> bool:
        """Whether there are callbacks, or a `takes` of its own."""
        has_callbacks = self.default_callback is not None or bool(self.place_callbacks)
        return has_callbacks or type(self).takes is not CallbackRunner.takes


class CallbackDispatcher(ABC):
    """Makes the runner of each job. Extend it by `create_runner`."""

    @abstractmethod
    def create_runner(
        self,
        default_callback: DfmDataCallback | None = None,
        place_callbacks: PlaceCallbacks | None = None,
    ) -> CallbackRunner:
        """Return the runner of one job; raise ValueError for callbacks it can not call."""


def callback_of(
    place: str, default_callback: DfmDataCallback | None, place_callbacks: PlaceCallbacks | None
) -> DfmDataCallback | None:
    """Return the callback of a place: its own, else the default one."""
    return (place_callbacks or {}).get(place, default_callback)


def callbacks_kind(
    default_callback: DfmDataCallback | None, place_callbacks: PlaceCallbacks | None = None
) -> Kind:
    """Return which kind callbacks are, if they are of one kind.

    Raises:
        ArgumentError: some are plain functions and some coroutines.
    """
    kinds = kinds_of(default_callback, place_callbacks)
    if len(kinds) > 1:
        raise ArgumentError(
            "some callbacks are plain functions and some are async", hint="all of one kind"
        )
    return kinds.pop() if kinds else "none"


def kinds_of(
    default_callback: DfmDataCallback | None, place_callbacks: PlaceCallbacks | None
) -> set[Literal["sync", "async"]]:
    """Return which kinds there are. Objects whose `__call__` is async are async, partials too."""
    callbacks = [default_callback, *(place_callbacks or {}).values()]
    return {"async" if is_async(c) else "sync" for c in callbacks if c is not None}


def call_callbacks(
    token: SomeTokens,
    default_callback: DfmDataCallback | None,
    place_callbacks: PlaceCallbacks | None = None,
) -> None:
    """Call the callbacks of a token, or several, here and now. What they raise is raised.

    Raises:
        ArgumentError: one is a coroutine, and would not have been awaited.
    """
    for one in tokens_in(token):
        result = _called(one, default_callback, place_callbacks)
        if inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise ArgumentError(
                "a callback that was taken for a plain function returned an awaitable",
                at=f"place {one.place!r}",
                hint="`async def`, or `call_callbacks_async`",
            )


async def call_callbacks_async(
    token: SomeTokens,
    default_callback: DfmDataCallback | None,
    place_callbacks: PlaceCallbacks | None = None,
) -> None:
    """Call the callbacks of a token, or several, and wait for each. What they raise is raised."""
    for one in tokens_in(token):
        result = _called(one, default_callback, place_callbacks)
        if inspect.isawaitable(result):
            await result


def tokens_in(token: SomeTokens) -> Iterator[Token]:
    """Yield one token, or each of several, or none."""
    if isinstance(token, Token):
        yield token
    elif token is not None:
        yield from token


def _called(
    token: Token, default_callback: DfmDataCallback | None, place_callbacks: PlaceCallbacks | None
) -> Awaitable[Any] | None:
    callback = callback_of(token.place, default_callback, place_callbacks)
    if callback is None:
        return None
    return callback(token.from_site, token.from_node, token.frame, token.place, token.value)
