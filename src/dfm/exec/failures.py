"""Exceptions as data: what the application is told of an error at a site."""

from __future__ import annotations

import os
import traceback

from dfm import errors
from dfm.errors import DfmError, SelectionFailed
from dfm.net.frame import Path, frame_of_iteration
from dfm.net.outcomes import Where
from dfm.net.token import ErrorRecord, Failure

MOST_TEXT = 64 * 1024
_OURS = os.path.dirname(os.path.abspath(errors.__file__)) + os.sep


def failure_of(
    error: BaseException,
    *,
    site: str,
    operation: str = "",
    node: int | str | None = None,
    attempts: int = 1,
    remark: str = "",
    frame: Path = (),
) -> Failure:
    """Return an exception as an error token; never raises, whatever the exception does.

    The `remark`, and how many `attempts` there were, stand behind the exception's own message.
    """
    remarks = [f"after {attempts} attempts"] if attempts > 1 else []
    remarks += [remark] if remark else []
    ours = isinstance(error, DfmError)
    message = _clipped(text_of(error, "message" if ours else ""))
    # An error of ours is told by its message; what matters is the owner's error behind it.
    shown = error.__cause__ if isinstance(error, DfmError) else error
    return Failure(
        (
            ErrorRecord(
                type=type(error).__name__,
                message=" ".join([message, *(f"({said})" for said in remarks)]).lstrip(),
                stack_trace="" if shown is None else _clipped(_trace(shown)),
                # That of the class: one of this very error could be made of what it tells of.
                code=type(error).code if isinstance(error, DfmError) else "dfm-301",
                site=site,
                # A part may be taken where it is made, or where it is read: told alike.
                operation="" if isinstance(error, SelectionFailed) else operation,
                node=node,
                hint=_clipped(text_of(error, "hint")) if ours else "",
                attempts=attempts,
                frame=frame_of_iteration(frame),
            ),
        )
    )


def failure_at(where: Where, error: BaseException) -> Failure:
    """Return an exception as an error token, with where it happened."""
    return failure_of(
        error, site=where.site, operation=where.operation, node=where.node, frame=where.frame
    )


def text_of(error: BaseException, part: str = "") -> str:
    """Return the text of an exception, or of an attribute of it, whatever its class does."""
    try:
        return str(getattr(error, part) if part else error)
    except Exception as second:  # noqa: BLE001  (a `__str__` may raise anything)
        return f"(its message can not be shown: {type(second).__name__})"


def _trace(error: BaseException) -> str:
    """Return the traceback without the frames of this library above the owner's code."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    try:
        return "".join(traceback.format_exception(type(error), error, trace))
    except Exception:  # noqa: BLE001  (formatting calls the exception's own code)
        return "".join(traceback.format_tb(trace))


def _clipped(text: str) -> str:
    """Keep the beginning and the end of a text that is too long, and nothing unencodable."""
    if len(text) > MOST_TEXT:
        half = MOST_TEXT // 2
        text = f"{text[:half]}\n... {len(text) - MOST_TEXT} characters left out ...\n{text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode()
