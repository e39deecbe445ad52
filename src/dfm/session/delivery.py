"""Takes what came for a job and calls the application's callbacks, in order, on one thread."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from threading import Event
from typing import Any

from dfm.api import ErrorInfo, ErrorToken, StopToken
from dfm.errors import CallbackFailed, DfmError
from dfm.net.frame import Frame
from dfm.net.model import STATUS_PLACE_NAME
from dfm.net.token import Failure
from dfm.session.callbacks import SIGNATURE
from dfm.session.job_state import JobState, ReaderGone
from dfm.session.runner import CallbackRunner, callback_of
from dfm.session.tokens import Arrival, CallEnd, JobStatus, StreamEnd, Token, YieldedFailure


def deliver(
    state: JobState,
    unpacked: Callable[[Arrival], Iterator[Token | YieldedFailure | StreamEnd]],
    runner: CallbackRunner,
    homesite: str,
    kept: deque[Token | StreamEnd],
    gone: Event,
) -> CallbackFailed | None:
    """Deliver until the job is over, or `gone`; return the first error of a callback, if any.

    What was `kept` comes first. A callback that raises does not stop the delivery. What has no
    callback is kept.
    """
    first_error: CallbackFailed | None = None
    earlier = [kept.popleft() for _ in range(len(kept))]
    _hook(runner.start)
    try:
        for token in chain(earlier, _events(state, unpacked, homesite, gone)):
            if isinstance(token, StreamEnd):
                kept.append(token)
                continue
            if not runner.takes(token.place):
                if token.place != STATUS_PLACE_NAME and not isinstance(token.value, ErrorToken):
                    kept.append(token)
                continue
            try:
                runner.dispatch(token)
            except BaseException as error:  # noqa: BLE001  (its SystemExit is a failure too)
                first_error = first_error or _callback_failed(runner, token, error)
    except ReaderGone:
        pass
    except DfmError as error:
        state.end(JobStatus.LOST, error)
    finally:
        _hook(runner.stop)
    return first_error


def _events(
    state: JobState,
    unpacked: Callable[[Arrival], Iterator[Token | YieldedFailure | StreamEnd]],
    homesite: str,
    gone: Event,
) -> Iterator[Token | StreamEnd]:
    """Yield all a callback may want to see, the ends of calls and of the job included."""
    while (entry := state.take(None, gone)) is not None:
        if isinstance(entry, CallEnd):
            data = error_token(entry.failure) if entry.failure else StopToken()
            yield Token(STATUS_PLACE_NAME, Frame((entry.call,)), data, homesite)
            continue
        for token in unpacked(entry):
            if isinstance(token, YieldedFailure):
                data = error_token(token.failure)
                frame = Frame(token.frame)
                yield Token(token.place, frame, data, token.from_site, token.from_node)
            else:
                yield token
    if state.status in (JobStatus.FINISHED, JobStatus.FAILED):
        yield Token(STATUS_PLACE_NAME, Frame.stop_frame(), StopToken(), homesite)
    elif state.status is JobStatus.LOST and state.error is not None:
        info = ErrorInfo(
            type=type(state.error).__name__, message=state.error.message, stack_trace=""
        )
        yield Token(STATUS_PLACE_NAME, Frame.stop_frame(), ErrorToken(errors=[info]), homesite)


def error_token(failure: Failure) -> ErrorToken:
    """Return an error as applications see it."""
    return ErrorToken(
        errors=[
            ErrorInfo(
                type=e.type,
                message=e.message,
                stack_trace=e.stack_trace,
                site=e.site,
                operation=e.operation,
            )
            for e in failure.errors
        ]
    )


def _hook(called: Callable[[], None]) -> None:
    try:
        called()
    except Exception as error:  # the application's own code, whatever it raises
        name = getattr(called, "__qualname__", repr(called))
        raise CallbackFailed(f"{name} raised {type(error).__name__}: {error}") from error


def _callback_failed(runner: CallbackRunner, token: Token, error: BaseException) -> CallbackFailed:
    if isinstance(error, CallbackFailed):
        return error
    callback = callback_of(token.place, runner.default_callback, runner.place_callbacks) or runner
    name = getattr(callback, "__qualname__", repr(callback))
    failed = CallbackFailed(
        f"the callback {name} raised {type(error).__name__}: {error}",
        at=f"place {token.place!r}, frame {token.frame.frame}",
        hint=SIGNATURE if _has_wrong_signature(callback) else "catching it in the callback",
    )
    failed.__cause__ = error
    return failed


def _has_wrong_signature(callback: Any) -> bool:
    try:
        inspect.signature(callback).bind("site", None, Frame([0]), "place", None)
    except TypeError:
        return True
    except ValueError:  # it has no signature to look at
        return False
    return False
