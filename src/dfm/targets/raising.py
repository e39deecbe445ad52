"""Errors that came as data, made exceptions again at home."""

from __future__ import annotations

from collections.abc import Mapping

from dfm import errors
from dfm.errors import InternalError, OperationFailed, RunError
from dfm.net.token import ErrorRecord, Failure

_BY_CODE = {
    cls.code: cls
    for cls in vars(errors).values()
    if isinstance(cls, type) and issubclass(cls, RunError) and cls is not RunError
}


def run_error(
    record: ErrorRecord, *, locations: Mapping[int | str, str], call: int | None = None
) -> RunError:
    """Return the exception of an error record, with the place where the author wrote the step."""
    cls = _BY_CODE.get(record.code, OperationFailed)
    if cls is OperationFailed:
        message = f"{_failed(record)}: {record.type}: {record.message}"
    else:
        message = record.message
    return cls(
        message,
        at=_where(record, locations, call),
        hint=record.hint,
        site=record.site,
        operation=record.operation,
        frame=((call,) if call is not None else record.frame[:1]) + record.frame[1:],
        stack_trace=record.stack_trace,
    )


def job_error(
    failure: Failure, *, locations: Mapping[int | str, str], call: int, others: int
) -> RunError:
    """Return the exception of a failed job: its first error, and notes on the others."""
    error = run_error(failure.errors[0], locations=locations, call=call)
    for record in failure.errors[1:4]:
        error.add_note(f"also: {run_error(record, locations=locations).message}")
    if others:
        error.add_note(f"{others} more call{'s' if others > 1 else ''} of this job failed")
    return error


def _failed(record: ErrorRecord) -> str:
    if not record.operation and record.type == InternalError.__name__:
        return f"site {record.site!r} failed"  # no step of the pipeline did
    return f"{record.operation or 'a selection'} failed at site {record.site!r}"


def _where(record: ErrorRecord, locations: Mapping[int | str, str], call: int | None) -> str:
    parts = []
    if record.node is not None and record.node in locations:
        parts.append(locations[record.node])
    if record.site:
        parts.append(f"site {record.site!r}")
    if record.operation:
        parts.append(f"operation {record.operation!r}")
    if call is not None:
        parts.append(f"call {call}")
    if iterations := record.frame[1:]:
        parts.append(f"iteration {', '.join(map(str, iterations))}")
    return ", ".join(parts)
