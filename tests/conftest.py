"""Around every test: nothing may be left behind, and nothing may hang.

A test that leaves a child process (a zombie counts), a thread, an open file descriptor or an
entry in shared memory fails. What is shared by several tests belongs in a fixture of a wider
scope, which is set up before the first look and so is no leak.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long one example takes says more about the machine than about the code. Where `CI` is set,
# examples are the same each time: a change is not refused for what another one did.
settings.register_profile(
    "dfm",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("dfm")

# A test says itself when plans may learn from earlier jobs; nothing is kept in anybody's home.
os.environ["DFM_LEARN"] = "0"

# Tests press Ctrl-C in programs that they start. A shell that runs the tests in the background has
# it ignored in all of them.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

DEADLINE_SECONDS = 60.0
GRACE_SECONDS = 5.0

OF_THE_INTERPRETER = ("/dev/urandom", "/dev/random", "/proc/self/fd")
SHARED_MEMORY = ("dfm", "psm_", "sem.")

PROC = Path("/proc/self")
ON_LINUX = (PROC / "fd").is_dir()

REAL_STDERR = pytest.StashKey[int]()


@dataclass(frozen=True)
class Belongings:
    """What this process holds at one moment."""

    processes: frozenset[int]
    threads: frozenset[threading.Thread]
    descriptors: frozenset[tuple[int, str]]
    shared_memory: frozenset[str]

    @staticmethod
    def now() -> Belongings:
        """Look."""
        return Belongings(
            processes=frozenset(children()),
            threads=frozenset(threading.enumerate()),
            descriptors=frozenset(descriptors()),
            shared_memory=frozenset(shared_memory()),
        )

    def __sub__(self, before: Belongings) -> Belongings:
        return Belongings(
            self.processes - before.processes,
            self.threads - before.threads,
            self.descriptors - before.descriptors,
            self.shared_memory - before.shared_memory,
        )

    def __bool__(self) -> bool:
        return bool(self.processes or self.threads or self.descriptors or self.shared_memory)

    def __str__(self) -> str:
        return "\n".join(
            [
                *(f"process {pid}: {command_of(pid)}" for pid in sorted(self.processes)),
                *(f"thread {thread.name}" for thread in self.threads),
                *(f"file descriptor {number}: {target}" for number, target in self.descriptors),
                *(f"shared memory /dev/shm/{name}" for name in sorted(self.shared_memory)),
            ]
        )


def children() -> Iterator[int]:
    """Yield the processes we started and have not reaped, zombies included."""
    if not ON_LINUX:
        return
    for thread in os.listdir(PROC / "task"):
        with suppress(OSError):  # the thread may have ended meanwhile
            yield from map(int, (PROC / "task" / thread / "children").read_bytes().split())


def descriptors() -> Iterator[tuple[int, str]]:
    """Yield our open file descriptors and what they are open on."""
    if not ON_LINUX:
        return
    for number in os.listdir(PROC / "fd"):
        with suppress(OSError):  # the one that was open for listing is closed by now
            target = os.readlink(f"/proc/self/fd/{number}")
            if target not in OF_THE_INTERPRETER:
                yield int(number), target


def shared_memory() -> Iterator[str]:
    """Yield the entries of shared memory that look like ours or the standard library's."""
    with suppress(FileNotFoundError):
        yield from (name for name in os.listdir("/dev/shm") if name.startswith(SHARED_MEMORY))


def command_of(pid: int) -> str:
    """Return the command line of a process; a zombie has none."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b" ".join(words).decode(errors="replace").strip() or "a zombie"
    return "gone"


def wait_for(left: Belongings) -> None:
    """Let what is ending anyway come to its end, within the grace."""
    until = time.monotonic() + GRACE_SECONDS
    for thread in left.threads:
        if thread is not threading.current_thread():
            thread.join(max(0.0, until - time.monotonic()))
    for pid in left.processes:
        with suppress(OSError):  # reaped meanwhile
            handle = os.pidfd_open(pid)
            try:
                select.select([handle], [], [], max(0.0, until - time.monotonic()))
            finally:
                os.close(handle)
    gc.collect()


def pytest_configure(config: pytest.Config) -> None:
    """Keep hold of the real standard error: while a test runs, descriptor 2 is captured."""
    config.stash[REAL_STDERR] = os.dup(2)
    config.addinivalue_line(
        "markers", f"deadline(seconds): how long the test may take; {DEADLINE_SECONDS:g} if unsaid"
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the real standard error."""
    os.close(config.stash[REAL_STDERR])


@pytest.fixture(autouse=True)
def _ends_in_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Print where every thread stands, and stop the run, when a test takes too long."""
    marker = request.node.get_closest_marker("deadline")
    seconds = marker.args[0] if marker else DEADLINE_SECONDS
    faulthandler.dump_traceback_later(seconds, exit=True, file=request.config.stash[REAL_STDERR])
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(_ends_in_time: None) -> Iterator[None]:
    """Fail a test after which this process holds more than before."""
    before = Belongings.now()
    yield
    left = Belongings.now() - before
    if left:
        wait_for(left)
        left = Belongings.now() - before
    if left:
        pytest.fail(f"the test left behind:\n{left}", pytrace=False)
