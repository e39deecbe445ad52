"""The count that says when a job is finished.

Each call that was started is owed one "done" by each participating site. A call is complete
when all have come; the job is complete when no more calls will be started and none is open.
Nothing else is asked, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dfm.errors import InternalError
from dfm.net.token import Failure


@dataclass
class Ledger:
    """Counts calls. Not thread-safe: its job holds a lock.

    >>> ledger = Ledger(("a", "b"))
    >>> ledger.start(1)
    >>> ledger.stop()
    >>> ledger.site_done("a", [0], {}), ledger.complete
    ([], False)
    >>> ledger.site_done("b", [0], {}), ledger.complete
    ([(0, None)], True)
    """

    sites: Sequence[str]
    started: int = 0
    stopped: bool = False
    failures: dict[int, Failure] = field(default_factory=dict)
    _owed: dict[int, set[str]] = field(default_factory=dict)
    _partial: dict[int, list[Failure]] = field(default_factory=dict)

    @property
    def open_calls(self) -> int:
        """Calls that are started and not complete."""
        return len(self._owed)

    @property
    def complete(self) -> bool:
        """Whether the job has nothing more to do."""
        return self.stopped and not self._owed

    def start(self, calls: int) -> None:
        """Open the next `calls` calls."""
        for call in range(self.started, self.started + calls):
            self._owed[call] = set(self.sites)
        self.started += calls

    def stop(self) -> None:
        """Say that no more calls will be started."""
        self.stopped = True

    def site_done(
        self, site: str, calls: Sequence[int], failures: Mapping[int, Failure]
    ) -> list[tuple[int, Failure | None]]:
        """Take note of a site's part; return the calls this completes, with their errors."""
        completed = []
        for call in calls:
            owed = self._owed.get(call)
            if owed is None or site not in owed:
                raise InternalError(f"site {site!r} said twice that call {call} is done")
            owed.discard(site)
            if call in failures:
                self._partial.setdefault(call, []).append(failures[call])
            if not owed:
                completed.append((call, self._close(call)))
        return completed

    def _close(self, call: int) -> Failure | None:
        del self._owed[call]
        parts = self._partial.pop(call, None)
        if parts is None:
            return None
        self.failures[call] = Failure.merged(parts)
        return self.failures[call]
