"""A federation's worth of workers: started when a job needs them, watched, replaced when dead.

Lives on the hub's thread. A worker belongs to a site, not to a job; it runs any number of jobs
at once. When its link ends, the jobs it took part in end with an error that names the site,
what it was running, and the signal; the next job starts a fresh worker.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Collection
from contextlib import suppress

from dfm.errors import CorruptMessage, RunError, SiteLost, SiteStartFailed
from dfm.targets.introduction import Introduction
from dfm.targets.local.blackbox import BlackBox, make_page
from dfm.targets.local.bootstrap import FAILED_TO_START, introduce, start_process
from dfm.targets.local.link import Link
from dfm.wire.messages import Message

MessageSink = Callable[[str, "Worker", Message], None]
LossSink = Callable[["Worker", Callable[[str], RunError]], None]

SOCKET_BYTES = 1 << 20


class Worker:
    """The application's end of one worker process."""

    def __init__(
        self,
        introduction: Introduction,
        loop: asyncio.AbstractEventLoop,
        on_message: MessageSink,
        on_loss: LossSink,
    ) -> None:
        self.site = introduction.site.name
        self.introduction = introduction
        self._on_loss = on_loss
        first = introduce(introduction)
        page = make_page()
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            os.close(page)
            raise
        try:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
            self._process = start_process(theirs, page)
            self._box = BlackBox(page)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(page)
        self._link = Link(ours, loop, lambda m: on_message(self.site, self, m), self._lost)
        self._link.send_raw(first)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def send(self, message: Message) -> None:
        """Send a message to the site."""
        self._link.send(message)

    def hang_up(self) -> None:
        """Close the link: the worker ends by itself."""
        self._link.close()

    def has_ended(self) -> bool:
        """Whether the process has ended; lets go of all that belongs to it if so."""
        if self._process.poll() is None:
            return False
        self._box.close()
        return True

    def reap(self, deadline: float) -> None:
        """Wait for the process to end, and kill it at the deadline (monotonic seconds)."""
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(0.0, deadline - time.monotonic()))
        finally:
            # Ctrl-C may have ended the wait. To a process that has ended this does nothing.
            self._process.kill()
            self._process.wait()
            self._box.close()

    def _lost(self, broken: Exception | None) -> None:
        # The socket ends when the process dies, and its status follows at once. If it lives (an
        # adapter closed our socket), it must not: no one can talk to it. Killing a process that
        # is already ending does not change its status.
        self._process.kill()
        code = self._process.wait()
        calls = self._box.running(), self._box.latest()
        self._box.close()
        # An operating system's error (reset, broken pipe) is only another sign of the death.
        how = f"was ended: {broken.message}" if isinstance(broken, CorruptMessage) else _how(code)
        self._on_loss(self, lambda job_id: self._error(job_id, how, *calls))

    def _error(
        self, job_id: str, how: str, running: list[tuple[str, str]], latest: tuple[str, str] | None
    ) -> SiteLost:
        operations = sorted({operation for job, operation in running if job == job_id})
        doing = f" while it ran {', '.join(operations)}" if operations else ""
        if not operations and latest is not None and latest[0] == job_id:
            # A signal that an operation sends to its own process strikes a moment later.
            operations = [latest[1]]
            doing = f" just after it ran {latest[1]}"
        return SiteLost(
            f"the worker of site {self.site!r} {how}{doing}",
            at=", ".join([f"site {self.site!r}", *(f"operation {o!r}" for o in operations)]),
            hint=_hint(how, bool(operations)),
            site=self.site,
            operation=operations[0] if operations else "",
        )


class JobExecution:
    """The workers of one federation."""

    def __init__(
        self,
        introduction_of: Callable[[str], Introduction],
        loop: asyncio.AbstractEventLoop,
        on_message: MessageSink,
        on_loss: LossSink,
    ) -> None:
        self._introduction_of = introduction_of
        self._loop = loop
        self._on_message = on_message
        self._on_loss = on_loss
        self._workers: dict[str, Worker] = {}
        self._retired: list[Worker] = []

    @property
    def pids(self) -> dict[str, int]:
        """The process of each started site."""
        return {site: worker.pid for site, worker in list(self._workers.items())}

    def worker(self, site: str) -> Worker:
        """Return the worker of a site as it is now, started if need be; raises SiteStartFailed."""
        introduction = self._introduction_of(site)
        worker = self._workers.get(site)
        if worker is not None and worker.introduction != introduction:
            self._retired.append(self._workers.pop(site))
        if site not in self._workers:
            try:
                self._workers[site] = Worker(introduction, self._loop, self._on_message, self._lost)
            except OSError as error:
                raise SiteStartFailed(
                    f"the worker of site {site!r} could not be started: {error.strerror or error}",
                    site=site,
                    hint="checking the limits on processes, open files and memory (`ulimit -a`)",
                ) from error
        return self._workers[site]

    @property
    def has_retired(self) -> bool:
        """Whether workers of sites that have changed since are still there."""
        return bool(self._retired)

    def sweep(self, in_use: Collection[object]) -> None:
        """End retired workers that no job uses any more."""
        for worker in [w for w in self._retired if w not in in_use]:
            worker.hang_up()
            if worker.has_ended():
                self._retired.remove(worker)

    def shutdown(self) -> list[Worker]:
        """Hang up on all workers; return them, to be reaped on another thread."""
        workers = [*self._workers.values(), *self._retired]
        self._workers.clear()
        self._retired.clear()
        for worker in workers:
            worker.hang_up()
        return workers

    def _lost(self, worker: Worker, error: Callable[[str], RunError]) -> None:
        if self._workers.get(worker.site) is worker:
            del self._workers[worker.site]
        if worker in self._retired:
            self._retired.remove(worker)
        self._on_loss(worker, error)


def _how(code: int) -> str:
    """Say how a process ended.

    >>> _how(-9), _how(3)
    ('was killed by SIGKILL', 'ended with exit code 3')
    """
    if code == FAILED_TO_START:
        return "could not start; its traceback is on standard error"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"


def _hint(how: str, in_operation: bool) -> str:
    if not in_operation:
        return "running the job again: the next one gets a fresh worker"
    if "SIGKILL" in how:
        return "a look at memory (the system kills what takes too much of it), or smaller pieces"
    return "calling the function by itself, in a program of its own, to see what ends the process"
