"""Where learned costs are kept: one SQLite file per federation, for all its targets.

Several processes may read and write at once (WAL). A file is opened for each reading and each
writing and closed again, so that nothing stays open in an idle session or is carried into a fork.
What can not be read or written raises `StoreError`, within a second; callers decide what to do
without it.

A run is a row: when, what ran where on which target, how often, and a few samples as JSON. Of
each key the last fifty are kept. `forgotten` counts how often something was forgotten, so that
sessions that are under way notice.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dfm.costs.history import MOST_RUNS, History
from dfm.costs.news import UNREAD, Mark, News, StoreError
from dfm.costs.runs import (
    JobRun,
    LinkKey,
    LinkRun,
    LinkSample,
    Run,
    StepKey,
    StepRun,
    StepSample,
    is_sound,
)

VERSION = 1
"""Of the tables. A file of a later version is left alone."""
READING_WAITS = 0.1
WRITING_WAITS = 1.0
"""Seconds for which others may have the file for themselves. Writers do not keep readers out."""
_AROUND_THE_FILE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH,
    }
)  # fmt: skip
MOST_ROWS = 200_000
"""How many rows are kept in all, however many operations and sites there have been."""

_TABLES = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('step', 'link')),
    key TEXT NOT NULL,
    ended REAL NOT NULL,
    times INTEGER NOT NULL,
    samples TEXT NOT NULL
);
CREATE INDEX runs_by_key ON runs (target, kind, key, ended);
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO facts VALUES ('forgotten', 0);
"""


def store_of(federation: str) -> CostStore:
    """Return the store of the federation of that name; it need not be there."""
    folder = os.environ.get("DFM_STATE_DIR")
    if folder:
        state = Path(folder).expanduser().absolute()
    else:
        from platformdirs import user_state_path

        state = user_state_path("dfm")
    return CostStore(state / quote(federation, safe="").replace(".", "%2E") / "costs.sqlite")


class CostStore:
    """The learned costs of one federation, in a file that need not be there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stamp(self) -> tuple[int, ...]:
        """Return numbers that change when the store does; cheap, and empty if there is none."""
        found: list[int] = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            try:
                status = os.stat(path)
            except OSError:
                continue
            found += [status.st_ino, status.st_size, status.st_mtime_ns]
        return tuple(found)

    def read(self, target: str, since: Mark = UNREAD) -> News:
        """Return what was learned on a target since a mark.

        Raises:
            StoreError: when there is a file that can not be read.
        """
        if not os.path.exists(self.path):
            return News(History(), UNREAD, all=since != UNREAD)
        with self._open() as db:
            forgotten = _forgotten(db)
            known = since.row if forgotten == since.forgotten else 0
            rows = db.execute(
                "SELECT kind, key, ended, times, samples FROM runs"
                " WHERE id > ? AND target = ? ORDER BY ended, id",
                (known, target),
            ).fetchall()
            last = db.execute("SELECT max(id) FROM runs").fetchone()[0] or 0
            history = _history_of(rows)
        return News(history, Mark(forgotten, last), all=forgotten != since.forgotten)

    def targets(self) -> tuple[str, ...]:
        """Return the targets of which something is kept, sorted.

        Raises:
            StoreError: when there is a file that can not be read.
        """
        if not os.path.exists(self.path):
            return ()
        with self._open() as db:
            found = db.execute("SELECT DISTINCT target FROM runs ORDER BY target").fetchall()
        return tuple(name for (name,) in found)

    def add(self, target: str, jobs: Iterable[JobRun]) -> None:
        """Keep what jobs told; the file and its folder are made if need be.

        Raises:
            StoreError: when it can not be written.
        """
        rows = [(target, *row) for job in jobs for row in _rows_of(job)]
        if not rows:
            return
        with self._open(to_write=True) as db:
            db.executemany(
                "INSERT INTO runs (target, kind, key, ended, times, samples)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
            for key in sorted({(target, kind, key) for _, kind, key, *_ in rows}):
                db.execute(
                    "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE target = ? AND"
                    " kind = ? AND key = ? ORDER BY ended DESC, id DESC LIMIT -1 OFFSET ?)",
                    (*key, MOST_RUNS),
                )
            db.execute("DELETE FROM runs WHERE id <= (SELECT max(id) FROM runs) - ?", (MOST_ROWS,))

    def forget(
        self, *, operation: str | None = None, site: str | None = None, target: str | None = None
    ) -> int:
        """Forget what is of an operation, a site and a target, each if given; return how many runs.

        With an operation links stay as they are.

        Raises:
            StoreError: when it can not be written.
        """
        if not os.path.exists(self.path):
            return 0
        with self._open(to_write=True) as db:
            found = db.execute("SELECT id, kind, key FROM runs WHERE target = ? OR ? IS NULL",
                               (target, target)).fetchall()  # fmt: skip
            gone = [(row,) for row, kind, key in found if _is_of(kind, key, operation, site)]
            db.executemany("DELETE FROM runs WHERE id = ?", gone)
            db.execute("UPDATE facts SET value = value + 1 WHERE name = 'forgotten'")
        return len(gone)

    def remove(self) -> None:
        """Remove the file, whatever is in it."""
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    @contextmanager
    def _open(self, *, to_write: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction."""
        try:
            with closing(self._connected(to_write=to_write)) as db:
                db.execute("BEGIN IMMEDIATE" if to_write else "BEGIN")
                yield db
                db.execute("COMMIT")
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            raise self._error(error, "kept" if to_write else "read") from error

    def _connected(self, *, to_write: bool) -> sqlite3.Connection:
        """Return the open file, with its tables."""
        if to_write:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._connection("mode=rwc", WRITING_WAITS)
        try:
            return self._connection("mode=rw", READING_WAITS)
        except sqlite3.OperationalError:
            if os.access(self.path.parent, os.W_OK):
                raise
            # Even to read, SQLite writes beside the file: not where nobody can write.
            return self._connection("mode=ro&immutable=1", READING_WAITS)

    def _connection(self, how: str, waits: float) -> sqlite3.Connection:
        uri = f"{self.path.absolute().as_uri()}?{how}"
        db = sqlite3.connect(uri, uri=True, timeout=waits, isolation_level=None)
        try:
            _check(db)
            db.execute("PRAGMA synchronous = NORMAL")  # no waiting for the disk
        except BaseException:
            db.close()
            raise
        return db

    def _error(self, error: Exception, done: str) -> StoreError:
        is_useless = not (isinstance(error, OSError) or _is_around_the_file(error))
        anew = "`dfm costs forget` to start anew, or " if is_useless else ""
        refused = StoreError(
            f"learned costs can not be {done}: {error}",
            at=str(self.path),
            hint=f"{anew}another folder in DFM_STATE_DIR",
        )
        refused.is_useless = is_useless
        return refused


def _is_around_the_file(error: Exception) -> bool:
    """Whether it is the disk, a permission or another process, and the file may be as it should."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _AROUND_THE_FILE


def _check(db: sqlite3.Connection) -> None:
    """Make the tables if there are none, and refuse those of a later version."""
    if (version := _version(db)) == VERSION:
        return
    if version:
        raise ValueError(f"it is of version {version}, not {VERSION}")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("BEGIN IMMEDIATE")
    if not _version(db):  # another process may have been quicker
        for statement in _TABLES.split(";\n"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _forgotten(db: sqlite3.Connection) -> int:
    (number,) = db.execute("SELECT value FROM facts WHERE name = 'forgotten'").fetchone()
    return int(number)


def _rows_of(job: JobRun) -> Iterator[tuple[Any, ...]]:
    both: tuple[tuple[str, Mapping[Any, Any]], ...] = (("step", job.steps), ("link", job.links))
    for kind, runs in both:
        for key, run in runs.items():
            yield kind, json.dumps(key), run.when, run.times, json.dumps(run.samples)


def _history_of(rows: Iterable[tuple[str, str, float, int, str]]) -> History:
    """Return rows, the latest last, by their keys."""
    steps: dict[str, list[StepRun]] = {}
    links: dict[str, list[LinkRun]] = {}
    for kind, key, when, times, samples in rows:
        numbers = json.loads(samples)
        if not numbers or not all(is_sound(*sample) for sample in numbers):
            raise ValueError(f"{samples} was not measured")
        if kind == "link":
            found = tuple(LinkSample(*sample) for sample in numbers)
            links.setdefault(key, []).append(Run(when, found, times))
        else:
            ran = tuple(StepSample(*sample) for sample in numbers)
            steps.setdefault(key, []).append(Run(when, ran, times))
    return History(
        {StepKey(*json.loads(key)): tuple(runs) for key, runs in steps.items()},
        {LinkKey(*json.loads(key)): tuple(its) for key, its in links.items()},
    )


def _is_of(kind: str, key: str, operation: str | None, site: str | None) -> bool:
    names = json.loads(key)
    if kind == "link":
        return operation is None and (site is None or site in names)
    return operation in (None, names[0]) and site in (None, names[1])
