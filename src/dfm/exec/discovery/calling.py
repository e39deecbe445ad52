"""Calls an owner's function and waits for it, but not for ever.

A plain function runs on a thread of its own, a coroutine on the lane of its adapter. One that
takes too long is cancelled if it is a coroutine; a plain one can not be, so its thread is left to
it. Whoever waits here must be allowed to block.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, wait
from typing import Any

from dfm.errors import DfmError
from dfm.exec.context import CURRENT_JOB
from dfm.wire.writer import told

RunOnThread = Callable[[Callable[[], None]], object]
SpawnOnLane = Callable[[Coroutine[Any, Any, None]], object]


class TookTooLong(Exception):
    """The function has not returned in time."""


def call_on(
    run: RunOnThread,
    spawn: SpawnOnLane,
    function: Callable[[], Any],
    seconds: float,
    job_id: str = "",
) -> Any:
    """Return what a function returns, and what that gives if it is awaitable.

    Raises:
        TookTooLong: after so many seconds.
        BaseException: whatever the function raises.
    """
    deadline = time.monotonic() + seconds
    done: Future[Any] = Future()
    run(lambda: _settle(done, function, job_id))
    result = _result(done, seconds)
    if not inspect.isawaitable(result):
        return result
    awaited: Future[Any] = Future()
    left = max(0.0, deadline - time.monotonic())
    spawn(_settle_async(awaited, result, left, job_id))
    return _result(awaited, left)


def told_of(error: BaseException) -> str:
    """Return an error's class and its text, in one line."""
    if isinstance(error, DfmError):
        return f"{type(error).__name__}: {error.message}"
    text = told(error) if isinstance(error, Exception) else type(error).__name__
    return " ".join(text.split())


def _settle(done: Future[Any], function: Callable[[], Any], job_id: str) -> None:
    CURRENT_JOB.set(job_id)
    try:
        done.set_result(function())
    except BaseException as error:  # noqa: BLE001  (SystemExit of an adapter is its failure too)
        done.set_exception(error)


async def _settle_async(
    done: Future[Any], awaitable: Awaitable[Any], seconds: float, job_id: str
) -> None:
    CURRENT_JOB.set(job_id)
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            result = await awaitable
    except BaseException as error:  # noqa: BLE001  (as above; and it must not end the lane)
        done.set_exception(TookTooLong() if limit.expired() else error)
    else:
        done.set_result(result)


def _result(done: Future[Any], seconds: float) -> Any:
    # Not `result(seconds)`: its TimeoutError could as well be the function's own.
    wait([done], timeout=seconds)
    if not done.done():
        raise TookTooLong
    return done.result()
