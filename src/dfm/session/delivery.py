"""Takes what came for a job and calls the application's callbacks, in order, on one thread."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from dfm.api import ErrorInfo, ErrorToken, StopToken
from dfm.errors import CallbackFailed, DfmError
from dfm.net.frame import Frame
from dfm.net.model import STATUS_PLACE_NAME
from dfm.net.token import Failure
from dfm.session.callbacks import SIGNATURE, Callbacks
from dfm.session.job_state import JobState
from dfm.session.tokens import Arrival, CallEnd, JobStatus, StreamEnd, Token, YieldedFailure


def deliver(
    state: JobState,
    unpacked: Callable[[Arrival], Iterator[Token | YieldedFailure | StreamEnd]],
    callbacks: Callbacks,
    homesite: str,
    keep: Callable[[Token | StreamEnd], None],
) -> CallbackFailed | None:
    """Deliver until the job is over; return the first error of a callback, if any.

    A callback that raises does not stop the delivery. What has no callback is kept.
    """
    first_error: CallbackFailed | None = None
    try:
        for token in _events(state, unpacked, homesite):
            if isinstance(token, StreamEnd):
                keep(token)
                continue
            callback = callbacks.of(token.place)
            if callback is None:
                if token.place != STATUS_PLACE_NAME and not isinstance(token.value, ErrorToken):
                    keep(token)
                continue
            try:
                callbacks.call(
                    callback,
                    token.from_site,
                    token.from_node,
                    token.frame,
                    token.place,
                    token.value,
                )
            except BaseException as error:  # noqa: BLE001  (its SystemExit is a failure too)
                first_error = first_error or _callback_failed(callback, token, error)
    except DfmError as error:
        state.end(JobStatus.LOST, error)
    finally:
        callbacks.close()
    return first_error


def _events(
    state: JobState,
    unpacked: Callable[[Arrival], Iterator[Token | YieldedFailure | StreamEnd]],
    homesite: str,
) -> Iterator[Token | StreamEnd]:
    """Yield all a callback may want to see, the ends of calls and of the job included."""
    while (entry := state.take(None)) is not None:
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


def _callback_failed(callback: Any, token: Token, error: BaseException) -> CallbackFailed:
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
