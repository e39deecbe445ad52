"""The way onto an event loop from other threads, with one wake-up for many letters.

`call_soon_threadsafe` writes to a pipe each time. Here a letter that arrives while the loop
has been woken and has not yet looked costs an append.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

Letter = tuple[Callable[..., None], tuple[Any, ...]]


class Mailbox:
    """Calls functions on an event loop, in the order in which they were posted.

    `on_error` is told what they raise; without it, the loop's own handler is.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self._loop = loop
        self._on_error = on_error
        self._letters: deque[Letter] = deque()
        self._woken = False

    def post(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call `function(*arguments)` on the loop soon; from any thread; not once it is closed."""
        self._letters.append((function, arguments))
        if self._woken:
            return
        self._woken = True
        try:
            if self._is_here():
                self._loop.call_soon(self._open)
            else:
                self._loop.call_soon_threadsafe(self._open)
        except RuntimeError:
            if not self._loop.is_closed():
                raise
            self._letters.clear()

    def _is_here(self) -> bool:
        """Whether this is the loop's own thread, which needs no waking."""
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:
            return False

    def _open(self) -> None:
        # Cleared first: a letter posted from here on wakes the loop again, at worst needlessly.
        self._woken = False
        letters = self._letters
        for _ in range(len(letters)):
            function, arguments = letters.popleft()
            try:
                function(*arguments)
            except Exception as error:  # noqa: BLE001  (one bad letter must not lose the others)
                self._report(function, error)

    def _report(self, function: Callable[..., None], error: Exception) -> None:
        if self._on_error is not None:
            self._on_error(error)
        else:
            context = {"message": f"{function!r} raised", "exception": error}
            self._loop.call_exception_handler(context)
