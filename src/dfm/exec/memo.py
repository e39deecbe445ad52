"""Calls that a site remembers: made once for the same arguments, across jobs and processes.

The key of a call says what runs, of which version of the federation, with which arguments as
the adapter's body gets them; only its digest is kept, so no argument can be read from it. What
can not be remembered (streams, values that can not be packed) is computed each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dfm.errors import CorruptMessage, NoCodec
from dfm.exec.cache import Cache
from dfm.exec.flights import Flights, Owner
from dfm.exec.invocation import Invocation
from dfm.exec.streams import Reader
from dfm.exec.values import packed_of
from dfm.wire import Codecs, Packed


class Memo:
    """What the calls of a site returned. Its methods may block, but for `leave` and `leave_all`."""

    def __init__(self, cache: Cache, flights: Flights, codecs: Codecs) -> None:
        self._cache = cache
        self._flights = flights
        self._codecs = codecs

    def begin(
        self,
        call: Invocation,
        identity: Mapping[str, Any],
        arguments: Mapping[str, Any],
        on_turn: Callable[[], object],
    ) -> bool:
        """Call `on_turn` once nobody else computes the same; return whether it can be remembered.

        `identity` is what runs. From then on the call has a `key`, and must `leave`.
        """
        operation = call.call.operation
        if any(isinstance(value, Reader) for value in call.inputs.values()):
            self._warn(f"{operation} reads a stream, so what it returns is not kept")
            return False
        try:
            call.key = self._cache.key_of(
                {"call": dict(identity), "arguments": dict(arguments)}, self._codecs
            )
        except NoCodec as error:
            self._warn(f"{operation} has an argument that no key can be made of: {error.message}")
            return False
        self._flights.enter(call.key, _owner(call), on_turn)
        return True

    def get(self, call: Invocation) -> tuple[Packed, Any] | None:
        """Return what was remembered, packed and as a value, or None."""
        packed = self._cache.get(call.key) if call.key is not None else None
        if packed is None:
            return None
        try:
            return packed, self._codecs.unpack(packed)
        except CorruptMessage as error:
            self._warn(f"what {call.call.operation} returned can not be read any more: {error}")
            return None

    def put(self, call: Invocation, token: Any) -> None:
        """Remember what a call returned, and let those go on who wait for it."""
        if call.key is None:
            return
        try:
            self._cache.put(call.key, packed_of(token, self._codecs))
        except Exception as error:  # noqa: BLE001  (packing runs the value's own code)
            said = f"{type(error).__name__}: {error}"
            self._warn(f"what {call.call.operation} returned can not be kept: {said}")
        self.leave(call)

    def refuse_stream(self, call: Invocation) -> None:
        """Say that a call returned a stream, which is not kept."""
        self._warn(f"{call.call.operation} returned a stream, which is not kept")
        self.leave(call)

    def leave(self, call: Invocation) -> None:
        """Let those go on who wait for the same, if the call has a key."""
        if call.key is not None:
            key, call.key = call.key, None
            self._flights.leave(key, _owner(call))

    def leave_all(self, job_id: str) -> None:
        """Let those go on who wait for calls of a job; it is over."""
        self._flights.leave_all(job_id)

    def _warn(self, said: str) -> None:
        self._cache.warn_once(said, None)


def _owner(call: Invocation) -> Owner:
    return Owner(call.job.job_id, call.frame, call.call.output)
