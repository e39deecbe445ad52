"""Which jobs a session knows by their ids, and what the objects of one job share."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from dfm.errors import DfmError
from dfm.session.results import Results
from dfm.session.tokens import StreamEnd, Token

J = TypeVar("J")


@dataclass
class Reading:
    """How far a job has been read, by whichever of its objects."""

    results: Results | None = None
    single: bool = True
    late_error: DfmError | None = None
    kept: deque[Token | StreamEnd] = field(default_factory=deque)
    reading: Any = field(default_factory=threading.Lock)
    gathering: Any = field(default_factory=threading.Lock)
    sending: Any = field(default_factory=threading.Lock)


class Register(Generic[J]):
    """Jobs by id. Only those that were let go of are kept alive: nobody else holds them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: weakref.WeakValueDictionary[str, J] = weakref.WeakValueDictionary()
        self._detached: dict[str, J] = {}

    def add(self, job_id: str, job: J) -> None:
        """Know the object of a job that reads it."""
        with self._lock:
            self._known[job_id] = job
            self._detached.pop(job_id, None)

    def keep(self, job_id: str, job: J) -> None:
        """Keep a job alive that an object lets go of, unless another object reads it."""
        with self._lock:
            if self._known.get(job_id) is job:
                self._detached[job_id] = job

    def find(self, job_id: str) -> J | None:
        """Return the job of that id, if it is known."""
        with self._lock:
            return self._known.get(job_id)

    def all(self) -> list[J]:
        """Return all jobs that are known."""
        with self._lock:
            return list(self._known.values())

    def clear(self) -> None:
        """Forget those that were kept."""
        with self._lock:
            self._detached.clear()
