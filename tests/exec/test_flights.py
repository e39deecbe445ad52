"""One at a time computes the value of a key, and nobody waits for what waits for it."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exec.calling import SECONDS, Clock

from dfm.exec.file_lock import FileLock
from dfm.exec.flights import PATIENCE, Flights, Owner
from dfm.exec.threads import ThreadPool


@pytest.fixture
def errands() -> Iterator[ThreadPool]:
    pool = ThreadPool("errand")
    yield pool
    pool.close(SECONDS)


class Board:
    """Flights without other processes, and who was told to go on, in order."""

    def __init__(self, *, leaf: bool = False) -> None:
        self.clock = Clock()
        self.flights = Flights(self.clock, ThreadPool("unused"), leaf=leaf)
        self.told: list[Owner] = []

    def enter(self, key: str, *owner: Any) -> None:
        self.flights.enter(key, owner, lambda: self.told.append(Owner(*owner)))

    def leave(self, key: str, *owner: Any) -> None:
        self.flights.leave(key, owner)


A, B, C = ("a", (0,), "x"), ("b", (0,), "x"), ("c", (0,), "x")


def test_the_first_goes_on_at_once() -> None:
    board = Board()

    board.enter("k", *A)

    assert board.told == [A]


def test_the_others_go_on_one_after_the_other() -> None:
    board = Board()

    for owner in (A, B, C):
        board.enter("k", *owner)
    seen = [list(board.told)]
    for owner in (A, B, C):
        board.leave("k", *owner)
        seen.append(list(board.told))

    assert seen == [[A], [A, B], [A, B, C], [A, B, C]]


def test_keys_do_not_wait_for_each_other() -> None:
    board = Board()

    board.enter("k", *A)
    board.enter("l", *B)

    assert board.told == [A, B]


def test_one_who_leaves_while_it_waits_is_not_told() -> None:
    board = Board()

    board.enter("k", *A)
    board.enter("k", *B)
    board.leave("k", *B)
    board.leave("k", *A)

    assert board.told == [A]
    assert board.clock.armed == 0


def test_a_job_that_is_over_holds_nothing_and_waits_for_nothing() -> None:
    board = Board()
    board.enter("k", *A)
    board.enter("l", *B)
    board.enter("k", *C)
    board.enter("l", "a", (1,), "x")

    board.flights.leave_all("a")
    board.leave("l", *B)

    assert board.told == [A, B, C]


def test_nobody_waits_for_ever() -> None:
    board = Board()
    board.enter("k", *A)
    board.enter("k", *B)

    board.clock.advance(PATIENCE - 1)
    before = list(board.told)
    board.clock.advance(1)

    assert (before, board.told) == ([A], [A, B])
    board.leave("k", *B)
    board.enter("k", *C)
    assert board.told == [A, B]


def test_an_iteration_waits_for_an_earlier_one_and_never_for_a_later_one() -> None:
    board = Board()
    board.enter("k", "a", (0, 5), "x")

    board.enter("k", "a", (0, 6), "x")
    board.enter("k", "a", (0, 4), "x")

    assert board.told == [("a", (0, 5), "x"), ("a", (0, 4), "x")]


def test_another_step_of_the_same_call_does_not_wait() -> None:
    board = Board()

    board.enter("k", "a", (0, 1), "x")
    board.enter("k", "a", (0, 2), "y")

    assert len(board.told) == 2


def test_a_call_that_holds_a_key_does_not_wait_for_another_call() -> None:
    board = Board()
    board.enter("k", *A)
    board.enter("l", *B)

    board.enter("l", "a", (0,), "y")

    assert board.told[-1] == ("a", (0,), "y")


def test_who_waits_looks_again_at_whom_it_waits_for() -> None:
    board = Board()
    board.enter("k", *A)
    board.enter("k", *B)
    board.enter("k", *C)
    board.enter("m", "c", (0,), "y")

    board.leave("k", *A)

    assert board.told == [A, ("c", (0,), "y"), B, C]


def test_everybody_waits_for_one_who_waits_for_nothing() -> None:
    board = Board(leaf=True)
    board.enter("k", "a", (0, 5), "x")

    for owner in (("a", (0, 4), "y"), ("a", (0, 5), "z"), ("b", (0,), "x")):
        board.enter("k", *owner)

    assert len(board.told) == 1


# -- any order ---------------------------------------------------------------------------------


class World:
    """Calls at work: each frame enters and leaves nested keys, when it may go on."""

    def __init__(self, plans: list[list[tuple[Owner, list[str]]]], *, leaf: bool) -> None:
        self.clock = Clock()
        self.flights = Flights(self.clock, ThreadPool("unused"), leaf=leaf)
        self.steps = [self._run(owner, keys) for calls in plans for owner, keys in calls]
        self.waiting: set[int] = set()
        self.holders: dict[str, list[Owner]] = {}

    def _run(self, owner: Owner, keys: list[str]) -> Iterator[str]:
        for depth, key in enumerate(keys):
            mine = owner._replace(name=f"{owner.name}{depth}")
            yield from self._enter(key, mine)
            self.holders.setdefault(key, []).append(mine)
        for depth, key in reversed(list(enumerate(keys))):
            mine = owner._replace(name=f"{owner.name}{depth}")
            yield "work"
            self.holders[key].remove(mine)
            self.flights.leave(key, mine)

    def _enter(self, key: str, owner: Owner) -> Iterator[str]:
        told: list[bool] = []
        self.flights.enter(key, owner, lambda: told.append(True))
        while not told:
            yield "wait"
        assert told == [True]

    def run(self, draw: random.Random) -> int:
        """Let everybody come to the end, in some order; return the most that held one key."""
        most, idle = 0, 0
        while self.steps:
            step = draw.choice(self.steps)
            said = next(step, None)
            if said is None:
                self.steps.remove(step)
            idle = idle + 1 if said == "wait" else 0
            assert idle < 2000, "everybody waits"
            most = max([most, *map(len, self.holders.values())])
        return most


@st.composite
def plans(draw: st.DrawFn, depth: int) -> list[list[tuple[Owner, list[str]]]]:
    """Draw calls of several frames, each of which wants some keys, one inside the other."""
    keys = st.lists(st.sampled_from("klm"), min_size=1, max_size=depth)
    frames = st.lists(keys, min_size=1, max_size=4)
    calls = draw(st.lists(frames, min_size=1, max_size=4))
    return [
        [(Owner(f"job{number % 2}", (number, i), "x"), wanted) for i, wanted in enumerate(frames)]
        for number, frames in enumerate(calls)
    ]


@given(plans(3), st.randoms(use_true_random=False))
def test_whatever_the_order_everybody_comes_to_the_end(
    drawn: list[list[tuple[Owner, list[str]]]], order: random.Random
) -> None:
    world = World(drawn, leaf=False)

    world.run(order)

    assert world.clock.armed == 0
    assert not world.flights._holding
    assert not world.flights._held
    assert not world.flights._waiting


@given(plans(1), st.randoms(use_true_random=False))
def test_what_waits_for_nothing_is_computed_by_one_at_a_time(
    drawn: list[list[tuple[Owner, list[str]]]], order: random.Random
) -> None:
    assert World(drawn, leaf=True).run(order) == 1


# -- other processes ---------------------------------------------------------------------------

HOLDER = """
import sys
from dfm.exec.file_lock import FileLock
lock = FileLock(sys.argv[1])
assert lock.try_acquire()
print("held", flush=True)
sys.stdin.read(1)
"""


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which holds the lock of the key k until it gets a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "k")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        if process.poll() is None:
            process.communicate("x", timeout=SECONDS)


def flights_in(folder: Path, clock: Clock, errands: ThreadPool) -> Flights:
    return Flights(clock, errands, lambda key: FileLock(str(folder / key)))


def test_one_waits_for_another_process(
    tmp_path: Path, elsewhere: subprocess.Popen[str], errands: ThreadPool
) -> None:
    clock, told = Clock(), threading.Event()
    flights = flights_in(tmp_path, clock, errands)

    flights.enter("k", A, told.set)
    clock.wait_until_armed()
    waited = not told.is_set()
    elsewhere.kill()

    assert told.wait(SECONDS)
    assert waited
    flights.leave("k", A)
    errands.close(SECONDS)
    assert list(tmp_path.iterdir()) == []


def test_nobody_waits_for_another_process_for_ever(
    tmp_path: Path, elsewhere: subprocess.Popen[str], errands: ThreadPool
) -> None:
    clock, told = Clock(), threading.Event()
    flights = flights_in(tmp_path, clock, errands)

    flights.enter("k", A, told.set)
    clock.wait_until_armed()
    clock.advance(PATIENCE)

    assert told.wait(SECONDS)


def test_who_holds_a_key_does_not_wait_for_another_process(
    tmp_path: Path, elsewhere: subprocess.Popen[str], errands: ThreadPool
) -> None:
    clock, first, second = Clock(), threading.Event(), threading.Event()
    flights = flights_in(tmp_path, clock, errands)

    flights.enter("l", A, first.set)
    assert first.wait(SECONDS)
    flights.enter("k", ("a", (0,), "y"), second.set)

    assert second.wait(SECONDS)
    flights.leave_all("a")
    errands.close(SECONDS)


def test_the_next_here_takes_the_lock_over(tmp_path: Path, errands: ThreadPool) -> None:
    clock, first, second = Clock(), threading.Event(), threading.Event()
    flights = flights_in(tmp_path, clock, errands)

    flights.enter("k", A, first.set)
    assert first.wait(SECONDS)
    flights.enter("k", B, second.set)
    flights.leave("k", A)

    assert second.wait(SECONDS)
    assert not FileLock(str(tmp_path / "k")).try_acquire()
    flights.leave("k", B)
    errands.close(SECONDS)
    assert list(tmp_path.iterdir()) == []


def test_who_leaves_when_its_site_is_closing_lets_go_of_the_lock(
    tmp_path: Path, errands: ThreadPool
) -> None:
    told = threading.Event()
    flights = flights_in(tmp_path, Clock(), errands)
    flights.enter("k", A, told.set)
    assert told.wait(SECONDS)

    errands.close(SECONDS)
    flights.leave("k", A)

    assert list(tmp_path.iterdir()) == []


def test_a_site_that_closes_lets_go_of_the_locks_of_those_who_never_leave(
    tmp_path: Path, errands: ThreadPool
) -> None:
    told = threading.Event()
    flights = flights_in(tmp_path, Clock(), errands)
    flights.enter("k", A, told.set)
    assert told.wait(SECONDS)

    flights.close()
    flights.leave("k", A)

    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_comes_after_the_site_has_closed_is_let_go_of(
    tmp_path: Path, elsewhere: subprocess.Popen[str], errands: ThreadPool
) -> None:
    waiting: list[threading.Thread] = []
    waits = threading.Event()

    class Watched(FileLock):
        def acquire(self) -> None:
            waiting.append(threading.current_thread())
            waits.set()
            super().acquire()

    flights = Flights(Clock(), errands, lambda key: Watched(str(tmp_path / key)))
    flights.enter("k", A, lambda: None)
    assert waits.wait(SECONDS)

    flights.close()
    elsewhere.kill()
    waiting[0].join(SECONDS)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_written_is_no_reason_to_wait(
    tmp_path: Path, errands: ThreadPool
) -> None:
    told = threading.Event()
    flights = flights_in(tmp_path / "missing", Clock(), errands)

    flights.enter("k", A, told.set)

    assert told.wait(SECONDS)


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    first, second = FileLock(str(tmp_path / "l")), FileLock(str(tmp_path / "l"))

    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    assert second.try_acquire()
    second.release()

    assert list(tmp_path.iterdir()) == []


def test_many_who_take_turns_never_hold_a_lock_together(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(50):
            lock = FileLock(str(tmp_path / "l"))
            lock.acquire()
            inside.append(1)
            most.append(len(inside))
            inside.pop()
            lock.release()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)

    assert most == [1] * 200
