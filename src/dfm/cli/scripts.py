"""Running a script of the user's: it inherits our terminal, and its exit code becomes ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Self

from dfm.errors import ArgumentError, WaitTimeout

GRACE_SECONDS = 5.0
"""How long a script that is told to end may take before it is killed."""


def check_script(path: Path) -> Path:
    """Return the absolute path of a script that can be run.

    Raises:
        ArgumentError: it is not there, no regular file, or not executable.
    """
    real = Path(os.path.abspath(path))
    if not real.exists():
        raise ArgumentError("there is no such script", at=str(path))
    if not real.is_file():
        raise ArgumentError("this is no regular file", at=str(path), hint="the path of a script")
    if not os.access(real, os.X_OK):
        raise ArgumentError("the script is not executable", at=str(path), hint=f"chmod +x {path}")
    return real


def run_script(
    path: Path,
    arguments: Sequence[str] = (),
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> int:
    """Run a script to its end and return its exit code, 128 + N if signal N ended it.

    Raises:
        ArgumentError: it can not be run.
        WaitTimeout: it took longer than `timeout`; it was stopped.
    """
    program = check_script(path)
    with _Child() as child:
        child.start([str(program), *arguments], folder, {**os.environ, **(variables or {})}, path)
        code = child.wait(path, timeout)
    return code if code >= 0 else 128 - code


class _Child:
    """A script that runs for as long as the block; SIGTERM is passed on to it."""

    def __init__(self) -> None:
        # A script at a terminal stays in our group, or it could not read from it.
        self._own_group = not (sys.stdin is not None and sys.stdin.isatty())
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: list[int] = []
        self._before: Any = None

    def __enter__(self) -> Self:
        # Before there is a process: a signal must not end us and leave it behind.
        self._before = signal.signal(signal.SIGTERM, self._pass_on)
        return self

    def start(
        self, command: list[str], folder: Path | None, variables: Mapping[str, str], path: Path
    ) -> None:
        """Start it.

        Raises:
            ArgumentError: it can not be run.
        """
        try:
            self._process = subprocess.Popen(
                command, cwd=folder, env=variables, start_new_session=self._own_group
            )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ArgumentError(
                f"the script can not be run: {reason}",
                at=str(path),
                hint="a first line such as `#!/usr/bin/env python3`",
            ) from None
        for number in self._asked:
            self._send(number)

    def wait(self, path: Path, timeout: float | None) -> int:
        """Return how it ended.

        Raises:
            WaitTimeout: it takes too long.
        """
        try:
            return self._process.wait(timeout) if self._process else 0
        except subprocess.TimeoutExpired:
            raise WaitTimeout(
                f"the script took longer than {timeout:g} s and was stopped",
                at=str(path),
                hint="a longer --timeout",
            ) from None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None and self._process is not None:
                self._stop(signal.SIGINT if kind is KeyboardInterrupt else signal.SIGTERM)
        finally:
            signal.signal(signal.SIGTERM, self._before)

    def _stop(self, number: int) -> None:
        """End it and what it has started, first politely."""
        process = self._process
        if process is None:
            return
        self._send(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        self._send(signal.SIGKILL)
        process.wait()

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._asked.append(number)
        self._send(number)

    def _send(self, number: int) -> None:
        """Send a signal to it, and to what it has started if that is a group of its own."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if self._own_group:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)
