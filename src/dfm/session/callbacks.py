"""Callbacks: the application's own functions, called for each token, one after the other."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from dfm.errors import ArgumentError, UnknownName
from dfm.net.frame import Frame
from dfm.net.model import DISCOVERY_PLACE_NAME, STATUS_PLACE_NAME
from dfm.types import describe

DfmDataCallbackSync = Callable[[str, "int | str | None", Frame, str, Any], None]
DfmDataCallbackAsync = Callable[[str, "int | str | None", Frame, str, Any], Awaitable[None]]
DfmDataCallback = DfmDataCallbackSync | DfmDataCallbackAsync
"""`(from_site, from_node, frame, to_place, data)`, plain or `async`."""

SIGNATURE = "a function `callback(from_site, from_node, frame, to_place, data)`, plain or async"


class Callbacks:
    """Which callback a place has, and the event loop for those that are coroutines.

    Coroutines run on the event loop that was running where the job was started; without one,
    on a loop of their own, in the thread that delivers.
    """

    def __init__(
        self,
        default: DfmDataCallback | None,
        places: Mapping[str, DfmDataCallback] | None,
    ) -> None:
        self._default = default
        self._places = dict(places or {})
        self._home = running_loop()
        self._runner: asyncio.Runner | None = None

    def check(self, yield_places: Iterable[str]) -> None:
        """Refuse what can not be called, and callbacks of places that nothing is yielded to.

        Raises:
            ArgumentError, UnknownName: before anything runs.
        """
        for callback in (self._default, *self._places.values()):
            if callback is not None and not callable(callback):
                raise ArgumentError(
                    f"a callback must be callable, got {describe(callback)}", hint=SIGNATURE
                )
        places = {*yield_places, STATUS_PLACE_NAME, DISCOVERY_PLACE_NAME}
        for place in self._places:
            if place not in places:
                raise UnknownName("place", place, places, at="place_callbacks")

    def run_here(self) -> bool:
        """Whether there are coroutines among them that need the event loop of this thread."""
        if self._home is None or self._home is not running_loop():
            return False
        callbacks = [*self._places.values(), self._default]
        return any(map(is_async, callbacks))

    def of(self, place: str) -> DfmDataCallback | None:
        """Return the callback of a place: its own, else the default one."""
        return self._places.get(place, self._default)

    def call(
        self,
        callback: DfmDataCallback,
        from_site: str,
        from_node: int | str | None,
        frame: Frame,
        place: str,
        data: Any,
    ) -> None:
        """Call it, and wait for it if it is a coroutine; what it raises is raised here."""
        result = callback(from_site, from_node, frame, place, data)
        if not inspect.isawaitable(result):
            return
        if self._home is not None:
            if not self._home.is_running():
                if inspect.iscoroutine(result):
                    result.close()
                raise RuntimeError("the event loop on which the job was started has stopped")
            asyncio.run_coroutine_threadsafe(_wait_for(result), self._home).result()
        else:
            if self._runner is None:
                self._runner = asyncio.Runner()
            self._runner.run(_wait_for(result))

    def close(self) -> None:
        """End the loop of its own, if there is one."""
        if self._runner is not None:
            self._runner.close()


def is_async(callback: DfmDataCallback | None) -> bool:
    """Whether a callback is a coroutine: an async function, or an object or partial of one."""
    called = getattr(callback, "__call__", None)  # noqa: B004  (its `__call__` may be the coroutine)
    return inspect.iscoroutinefunction(callback) or inspect.iscoroutinefunction(called)


async def _wait_for(awaitable: Awaitable[None]) -> None:
    await awaitable


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if one does."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
