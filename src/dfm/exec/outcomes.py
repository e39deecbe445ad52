"""Outcomes of calls: what a body returned or raised, made the token that its job is told.

Runs on the threads of bodies, for packing a value and checking it run the value's own code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dfm.errors import NoCodec
from dfm.exec.adapters import AdapterTable
from dfm.exec.failures import failure_of
from dfm.exec.invocation import Invocation
from dfm.exec.measures import Meter, size_of
from dfm.exec.memo import Memo
from dfm.exec.returns import Check, check_returned, item_check
from dfm.exec.streams import StreamBroken
from dfm.exec.values import Held
from dfm.net.token import Failure
from dfm.wire import Codecs, Packed


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Tells the jobs of a site what became of their calls, each once."""

    site: str
    adapters: AdapterTable
    codecs: Codecs
    memo: Memo

    def returned(self, call: Invocation, value: Any, meter: Meter) -> None:
        """Tell what a body returned, if that is what its operation declares, and what it took."""
        operation = call.call.operation
        try:
            check_returned(self.adapters.returns(operation), self.site, operation, value)
            token = self.token(call, value)
            self.memo.put(call, token)
        except Exception as error:  # noqa: BLE001  (checking and packing run the value's own code)
            self.failed(call, error)
        else:
            packed = token.packed if isinstance(token, Held) else token if call.packs else None
            call.run = meter.run(size_of(value, packed))
            self.ended(call, token)

    def remembered(self, call: Invocation) -> bool:
        """Tell what the call returned another time; return whether there is such a value."""
        found = self.memo.get(call)
        declared = self.adapters.returns(call.call.operation)
        if found is None or (declared is not None and declared.refusal(found[1])):
            return False
        packed, value = found
        self.ended(call, _held(call, value, packed) if call.packs else value)
        return True

    def failed(self, call: Invocation, error: BaseException) -> None:
        """Tell an error that ended the call."""
        self.ended(call, self.failure(call, error))

    def ended(self, call: Invocation, token: Any) -> None:
        """Tell the token of a call."""
        self.memo.leave(call)
        call.let_go()
        call.job.call_ended(call, token)

    def token(self, call: Invocation, value: Any) -> Any:
        """Return a value as the site holds it.

        Raises:
            NoCodec: when it has to travel and can not.
        """
        return _held(call, value, self.codecs.pack(value)) if call.packs else value

    def failure(
        self, call: Invocation, error: BaseException, attempts: int = 1, remark: str = ""
    ) -> Failure:
        """Return an error of a call as a token."""
        if isinstance(error, StreamBroken):
            return error.failure
        operation = call.call.operation
        if isinstance(error, NoCodec):
            error.message = f"{operation} returned a value that can not travel: {error.message}"
        return failure_of(
            error,
            site=self.site,
            operation=operation,
            node=call.call.node,
            attempts=attempts,
            remark=remark,
            frame=call.frame,
        )

    def item_check(self, operation: str) -> Check | None:
        """Return what holds the items of an operation's stream against what it declares."""
        return item_check(self.adapters.returns(operation), self.site, operation)


def _held(call: Invocation, value: Any, packed: Packed) -> Any:
    return Held(value, packed) if call.kept else packed
