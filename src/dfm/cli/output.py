"""Standard output: results go there and nothing else does, and it may not take them.

A command prints with `write`. While it runs somebody else's code it is `reserved`, so that what
that code prints goes to standard error. What the streams refuse, a full disk or a reader that has
gone, becomes an error of ours in `checked`. All that a command prints goes through `click.echo`,
which is how such an OSError is told apart from every other.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TextIO

import click

from dfm.errors import RunError


class OutputFailed(RunError):
    """Standard output does not take what is written to it."""

    code = "dfm-312"


class ReaderGone(OutputFailed):
    """Nobody reads standard output, or standard error, any more, as after `| head -1`."""

    exit_code = 141
    """As the shell reports a process that SIGPIPE ended."""


def write(text: str, out: TextIO | None) -> None:
    """Write a line and flush it.

    Raises:
        OutputFailed: when there is no standard output. What else goes wrong is an OSError.
    """
    if out is None:
        raise OutputFailed("cannot write to standard output: it is closed")
    click.echo(text, file=out)


@contextmanager
def reserved() -> Iterator[TextIO | None]:
    """Give the real standard output, while what anybody prints goes to standard error."""
    out = sys.stdout
    with redirect_stdout(sys.stderr):
        yield out


@contextmanager
def checked() -> Iterator[None]:
    """Raise OutputFailed in place of an OSError of the standard streams."""
    try:
        yield
    except OSError as error:
        if not (name := _stream_of(error)):
            raise
        if isinstance(error, BrokenPipeError):
            raise ReaderGone(f"cannot write to {name}: nobody reads it") from None
        reason = (error.strerror or str(error)).lower()
        raise OutputFailed(f"cannot write to {name}: {reason}") from None


def silence() -> None:
    """Let what the streams refuse to take go nowhere, so that leaving Python does not fail."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and _is_broken(stream):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)


def _stream_of(error: OSError) -> str:
    """Return the stream that was written to where an error was raised, or ''."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code is not click.echo.__code__:
        return ""
    return "standard error" if trace.tb_frame.f_locals["err"] else "standard output"


def _is_broken(stream: TextIO) -> bool:
    """Whether a stream refuses what it holds."""
    try:
        stream.flush()
    except OSError:
        return True
    return False
