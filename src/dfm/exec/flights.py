"""Who computes the value of a key: one at a time, while the others wait for it.

To wait for another may be to wait for oneself: the one who computes may need, somewhere in its
work, what we would make next. So not everybody waits:

- Within one call, only for the same step in an earlier iteration: an iteration never needs a
  later one.
- A call that holds a key does not wait for other calls. So whoever waits began to wait before
  it held anything, and whom it waits for held a key by then: no ring of calls can come about.
- Nobody waits longer than `PATIENCE`, for a site can not see what a call holds elsewhere.

Who does not wait goes on without, and computes the value, too. With `leaf=True` who holds a
key waits for nothing until it leaves, so everybody may wait for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dfm.exec.file_lock import FileLock
from dfm.exec.threads import ThreadPool
from dfm.exec.timers import Timer, Timers
from dfm.net.frame import Path

PATIENCE = 300.0
"""Seconds that anybody waits for a value that another is computing."""


class Owner(NamedTuple):
    """Who wants a key: the step of that name, in that frame of that job."""

    job_id: str
    frame: Path
    name: str

    @property
    def call(self) -> tuple[str, int]:
        """The call that it is part of."""
        return (self.job_id, self.frame[0])


class _Turn:
    """One owner's wish for one key."""

    __slots__ = ("key", "left", "lock", "on_turn", "owner", "timer", "told")

    def __init__(self, key: str, owner: Owner, on_turn: Callable[[], object]) -> None:
        self.key = key
        self.owner = owner
        self.on_turn = on_turn
        self.told = False
        self.left = False
        self.lock: FileLock | None = None
        self.timer: Timer | None = None


class Flights:
    """The keys of a site that somebody computes the value of, and those who wait.

    `lock_of` gives the lock of a key that other processes of this machine respect, or None.
    """

    def __init__(
        self,
        timers: Timers,
        errands: ThreadPool,
        lock_of: Callable[[str], FileLock | None] | None = None,
        *,
        leaf: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self._timers = timers
        self._errands = errands
        self._lock_of = lock_of
        self._leaf = leaf
        self._patience = patience
        self._guard = threading.Lock()
        self._holding: dict[str, _Turn] = {}
        self._waiting: dict[str, list[_Turn]] = {}
        self._held: dict[tuple[str, int], int] = {}
        self._closed = False

    def enter(self, key: str, owner: tuple[str, Path, str], on_turn: Callable[[], object]) -> None:
        """Call `on_turn` when this owner may look for the value, and compute it if it is not there.

        That may be at once, or later, from any thread. Every `enter` needs a `leave`.
        """
        turn = _Turn(key, Owner(*owner), on_turn)
        with self._guard:
            holder = self._holding.get(key)
            if holder is None:
                self._hold(turn)
            elif self._may_wait(turn.owner, holder.owner):
                self._waiting.setdefault(key, []).append(turn)
                self._expect(turn)
                return
        if holder is None:
            self._begin(turn)
        else:
            self._tell(turn)

    def leave(self, key: str, owner: tuple[str, Path, str]) -> None:
        """Say that this owner has stored the value, or never will."""
        with self._guard:
            told = list(self._leave(key, lambda turn: turn.owner == owner))
        self._go_on(told)

    def leave_all(self, job_id: str) -> None:
        """Say that a job is over: it holds nothing, and its owners are not told any more."""
        told: list[_Turn] = []
        with self._guard:
            for key in [*self._holding]:
                told += self._leave(key, lambda turn: turn.owner.job_id == job_id)
        self._go_on(told)

    def close(self) -> None:
        """Let go of all locks; for a site that is closing, which tells nobody anything more."""
        with self._guard:
            self._closed = True
            locks = [turn.lock for turn in self._holding.values() if turn.lock is not None]
            for turn in self._holding.values():
                turn.lock = None
        for lock in locks:
            lock.release()

    # -- with the guard held ---------------------------------------------------------------------

    def _may_wait(self, owner: Owner, holder: Owner) -> bool:
        if self._leaf:
            return True
        if owner.call == holder.call:
            return owner.name == holder.name and holder.frame < owner.frame
        return owner.call not in self._held

    def _hold(self, turn: _Turn) -> None:
        self._holding[turn.key] = turn
        self._held[turn.owner.call] = self._held.get(turn.owner.call, 0) + 1

    def _leave(self, key: str, which: Callable[[_Turn], bool]) -> Iterator[_Turn]:
        """Take out some who hold or want a key; yield those who are to go on now.

        One whose lock must be let go of is among them.
        """
        waiting = self._waiting.pop(key, [])
        for turn in filter(which, waiting):
            self._forget(turn)
        if waiting := [turn for turn in waiting if not turn.left]:
            self._waiting[key] = waiting
        holder = self._holding.get(key)
        if holder is None or not which(holder):
            return
        del self._holding[key]
        self._forget(holder)
        self._held[holder.owner.call] -= 1
        if not self._held[holder.owner.call]:
            del self._held[holder.owner.call]
        yield from self._hand_over(key, holder)

    def _hand_over(self, key: str, before: _Turn) -> Iterator[_Turn]:
        waiting = self._waiting.pop(key, [])
        if not waiting:
            yield before
            return
        # The earliest iteration of the call that has waited longest: its later ones wait for it.
        first = min(
            (t for t in waiting if t.owner.call == waiting[0].owner.call),
            key=lambda turn: turn.owner.frame,
        )
        first.lock, before.lock = before.lock, None
        self._hold(first)
        yield first
        waiting.remove(first)
        yield from (t for t in waiting if not self._may_wait(t.owner, first.owner))
        if patient := [t for t in waiting if self._may_wait(t.owner, first.owner)]:
            self._waiting[key] = patient

    def _forget(self, turn: _Turn) -> None:
        turn.left = True
        self._stop_expecting(turn)

    def _expect(self, turn: _Turn) -> None:
        turn.timer = self._timers.after(
            self._patience, turn.owner.job_id, self._lose_patience, turn
        )

    def _stop_expecting(self, turn: _Turn) -> None:
        if turn.timer is not None:
            self._timers.cancel(turn.timer)
            turn.timer = None

    # -- without it ------------------------------------------------------------------------------

    def _go_on(self, turns: list[_Turn]) -> None:
        for turn in turns:
            if turn.left:
                self._release(turn)
            elif turn.lock is not None or self._holding.get(turn.key) is not turn:
                self._tell(turn)
            else:
                self._begin(turn)

    def _tell(self, turn: _Turn) -> None:
        with self._guard:
            if turn.told or turn.left:
                return
            turn.told = True
            self._stop_expecting(turn)
        turn.on_turn()

    def _lose_patience(self, turn: _Turn) -> None:
        with self._guard:
            waiting = self._waiting.get(turn.key, [])
            if turn in waiting:
                waiting.remove(turn)
        self._tell(turn)

    # -- other processes -------------------------------------------------------------------------

    def _begin(self, turn: _Turn) -> None:
        """Take the lock of a key that this owner now holds here, then tell it."""
        if self._lock_of is None:
            self._tell(turn)
        else:
            self._errands.submit(self._lock, turn, self._lock_of)

    def _lock(self, turn: _Turn, lock_of: Callable[[str], FileLock | None]) -> None:
        try:
            lock = lock_of(turn.key)
            free = lock is None or lock.try_acquire()
        except OSError:
            lock, free = None, True  # a folder without locks
        if lock is None or free:
            self._locked(turn, lock)
            return
        with self._guard:
            patient = self._leaf or self._held.get(turn.owner.call, 0) <= 1
            if patient and not turn.left:
                self._expect(turn)
        if patient:
            # Not on a thread of the pool: this wait has no end that we could bring about.
            name = f"dfm-lock-{turn.key[:8]}"
            threading.Thread(target=self._await, args=(turn, lock), name=name, daemon=True).start()
        else:
            self._tell(turn)

    def _await(self, turn: _Turn, lock: FileLock) -> None:
        try:
            lock.acquire()
        except OSError:
            self._tell(turn)
        else:
            self._locked(turn, lock)

    def _locked(self, turn: _Turn, lock: FileLock | None) -> None:
        with self._guard:
            late = turn.left or turn.told or self._closed
            if not late:
                turn.lock = lock
        if late and lock is not None:
            lock.release()
        self._tell(turn)

    def _release(self, turn: _Turn) -> None:
        lock, turn.lock = turn.lock, None
        if lock is not None and not self._errands.submit(lock.release):
            lock.release()
