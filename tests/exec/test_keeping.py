"""The lookups of a job hold their keys until their stores are through, and no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.exec.calling import Clock

from dfm.exec.cache import Cache
from dfm.exec.errands import Errands
from dfm.exec.flights import Flights
from dfm.exec.keeping import Keeping
from dfm.exec.threads import ThreadPool
from dfm.net.outcomes import Where
from dfm.net.text import parse_net
from dfm.net.token import ABSENT
from dfm.net.transitions import Lookup
from dfm.wire import Codecs, Packed

NET = parse_net("""
net "kept" at here
params $
lookup "k" hit value0 miss miss0
node1 = store "k" = 1 for value0 when miss0
""")


class EmptyCache:
    """A cache in which nothing is."""

    key_of = staticmethod(Cache.key_of)

    def get(self, key: str) -> Packed | None:
        return None


class LaterErrands(Errands):
    """Does its work when a test says so."""

    def __init__(self) -> None:
        self._codecs = Codecs()
        self._site = "here"
        self._later: list[tuple[Callable[[], Any], Callable[[Any], None]]] = []

    def run(self, where: Where, make: Callable[[], Any], answer: Callable[[Any], None]) -> None:
        self._later.append((make, answer))

    def work(self) -> None:
        """Do what there is to do, and what that brings."""
        while self._later:
            make, answer = self._later.pop(0)
            answer(make())


def keeping(job_id: str, flights: Flights, errands: Errands) -> Keeping:
    cache: Any = EmptyCache()
    return Keeping(job_id, NET, lambda: cache, flights, errands, Codecs())


def test_a_job_that_is_over_before_its_key_is_known_does_not_hold_it() -> None:
    flights = Flights(Clock(), ThreadPool("unused"))
    lookup = next(t for t in NET.transitions if isinstance(t, Lookup))
    over, other = LaterErrands(), LaterErrands()
    cancelled = keeping("cancelled", flights, over)
    late: list[Any] = []
    found: list[Any] = []

    cancelled.look_up((0,), lookup, {}, late.append)
    cancelled.close()
    over.work()
    keeping("next", flights, other).look_up((0,), lookup, {}, found.append)
    other.work()

    assert (late, found) == ([], [ABSENT])
