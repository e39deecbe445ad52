"""Work on values of one job that may run the owner's code: done on threads, answered on the loop.

Selecting, composing, comparing, listing and packing call methods of values, which may be slow or
raise anything. None of it happens on the site's own event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dfm.errors import NoCodec
from dfm.exec.calls import filled
from dfm.exec.failures import failure_at
from dfm.exec.mailbox import Mailbox
from dfm.exec.threads import ThreadPool
from dfm.exec.values import Held, value_of
from dfm.net.condition import holds
from dfm.net.frame import Path
from dfm.net.loops import Transition
from dfm.net.outcomes import Where
from dfm.net.template import Ref
from dfm.net.token import Stream
from dfm.net.transitions import Branch
from dfm.wire import Codecs

Inputs = dict[str, Any]


class Errands:
    """Runs functions of values for one job; what they return, or their failure, is answered."""

    def __init__(self, pool: ThreadPool, mailbox: Mailbox, codecs: Codecs, site: str) -> None:
        self._pool = pool
        self._mailbox = mailbox
        self._codecs = codecs
        self._site = site

    def where(self, frame: Path, transition: Transition) -> Where:
        """Return where a transition is done."""
        return Where.of(self._site, frame, transition)

    def run(self, where: Where, make: Callable[[], Any], answer: Callable[[Any], None]) -> None:
        """Call `answer` on the site's loop with what `make` returns, or with its failure."""
        self._pool.submit(self._run, where, make, answer)

    def refuse_streams(
        self,
        where: Where,
        inputs: Inputs,
        answer: Callable[[Any], None],
        *,
        of: str = "value",
        hint: str,
    ) -> bool:
        """If there is a stream among values that are needed whole, let it go and answer so."""
        streams = [token for token in inputs.values() if isinstance(token, Stream)]
        for stream in streams:
            stream.abandon()
        if streams:
            error = NoCodec(f"a stream can not be a part of a {of}", hint=hint)
            self._mailbox.post(answer, failure_at(where, error))
        return bool(streams)

    def fill(self, template: Any, inputs: Inputs) -> Any:
        """Return a template with the values of tokens put in; on a thread."""
        return filled(template, self._values(inputs), self._codecs)

    def holds(self, branch: Branch, inputs: Inputs) -> bool:
        """Return whether a condition holds; on a thread."""
        values = self._values(inputs)

        def of_place(ref: Ref) -> Any:
            return ref.of(values[ref.place])

        return holds(branch.condition, of_place, self._codecs.unseal)

    def listed(self, tokens: list[Any]) -> list[Any]:
        """Return the values of tokens; on a thread."""
        return [value_of(token, self._codecs) for token in tokens]

    def token(self, value: Any, *, packs: bool, keeps: bool) -> Any:
        """Return a value as its site holds it; on a thread, because packing runs its code."""
        if not packs:
            return value
        packed = self._codecs.pack(value)
        return Held(value, packed) if keeps else packed

    def _values(self, inputs: Inputs) -> dict[str, Any]:
        return {place: value_of(token, self._codecs) for place, token in inputs.items()}

    def _run(self, where: Where, make: Callable[[], Any], answer: Callable[[Any], None]) -> None:
        result: Any
        try:
            result = make()
        except BaseException as error:  # noqa: BLE001  (it runs the values' own code: SystemExit too)
            result = failure_at(where, error)
        self._mailbox.post(answer, result)
