"""The caches of a pipeline at a site: looked into, and written, once per key at a time.

A lookup that finds nothing holds its key until the stores of its block are through; others who
look for the key meanwhile wait, and then find what was stored.

A key of a pipeline is never that of a call which the site remembers (`memo.py`). Where its owner
says who may call it, applications at different sites have different keys (`callers.py`); where
policies say what may leave sites, a value is kept with what it is made of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from dfm.exec.cache import Cache
from dfm.exec.egress import Egress
from dfm.exec.errands import Errands, Inputs
from dfm.exec.flights import Flights
from dfm.net.frame import Path
from dfm.net.loops import walk
from dfm.net.model import NetIR
from dfm.net.template import references
from dfm.net.token import ABSENT, Failure
from dfm.net.transitions import Lookup, Store
from dfm.wire import Codecs

Owner = tuple[str, Path, str]


class Keeping:
    """The lookups and stores of one job at one site. Lives on the site's loop."""

    def __init__(
        self,
        job_id: str,
        net: NetIR,
        cache: Callable[[], Cache],
        flights: Flights,
        errands: Errands,
        codecs: Codecs,
        egress: Egress | None = None,
        whose: str = "",
    ) -> None:
        self._job_id = job_id
        self._whose = whose
        self._cache = cache
        self._flights = flights
        self._errands = errands
        self._codecs = codecs
        self._egress = egress
        stores = (t.lookup for t in walk(net.transitions) if isinstance(t, Store) and t.lookup)
        self._stores = Counter(stores)
        self._held: dict[tuple[Path, str], tuple[str, int]] = {}
        self._closed = False

    def look_up(
        self, frame: Path, lookup: Lookup, inputs: Inputs, answer: Callable[[Any], None]
    ) -> None:
        """Answer with what is kept for a key, or ABSENT; then the key is held for the stores."""
        owner, where = (self._job_id, frame, lookup.hit), self._errands.where(frame, lookup)

        def found_key(key: Any) -> None:
            if isinstance(key, Failure):
                answer(key)
            elif not self._closed:  # else nobody would let go of the key
                self._flights.enter(
                    key, owner, lambda: self._errands.run(where, get(key), had(key))
                )

        def get(key: str) -> Callable[[], Any]:
            return lambda: self._cache().get(key)

        def had(key: str) -> Callable[[Any], None]:
            def act(packed: Any) -> None:
                if packed is None:
                    self._held[frame, lookup.hit] = (key, self._stores[lookup.hit])
                    answer(ABSENT)
                else:
                    self._flights.leave(key, owner)
                    if self._egress is not None and not isinstance(packed, Failure):
                        packed = self._egress.found(lookup.hit, packed)
                    answer(packed)

            return act

        self._errands.run(where, lambda: self._key(lookup.hit, lookup.key, inputs), found_key)

    def store(
        self, frame: Path, store: Store, inputs: Inputs, answer: Callable[[Any], None]
    ) -> None:
        """Keep a value, and answer with it."""

        def keep() -> Any:
            packed = kept = self._codecs.pack(self._filled(store.value, inputs))
            if self._egress is not None:
                kept = self._egress.labelled(store.output, packed)
            self._cache().put(self._key(store.output, store.key, inputs), kept)
            return packed

        def done(result: Any) -> None:
            self.let_go(frame, store)
            answer(result)

        self._errands.run(self._errands.where(frame, store), keep, done)

    def let_go(self, frame: Path, store: Store) -> None:
        """Learn that a store is through; after the last one others may look for the key."""
        held = self._held.pop((frame, store.lookup or ""), None)
        if held is None or store.lookup is None:
            return
        key, stores = held
        if stores > 1:
            self._held[frame, store.lookup] = (key, stores - 1)
        else:
            self._flights.leave(key, (self._job_id, frame, store.lookup))

    def close(self) -> None:
        """Let go of everything, and hold nothing any more."""
        self._closed = True
        self._held.clear()
        self._flights.leave_all(self._job_id)

    def _key(self, output: str, template: Any, inputs: Inputs) -> str:
        key = self._filled(template, inputs)
        if self._egress is not None:
            key = self._egress.cache_key(output, key)
        kept = {"kept by": self._whose, "key": key}
        return self._cache().key_of(kept, self._codecs)

    def _filled(self, template: Any, inputs: Inputs) -> Any:
        # A sealed value could read what it does not say, and what it is made of would not be known.
        read = {ref.place for ref in references(template)}
        return self._errands.fill(template, {place: inputs[place] for place in read})
