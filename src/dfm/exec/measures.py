"""What a site measures of one job: the runs of its operations, and the messages that came.

Told home with the calls that are complete, a few medians at a time. Measuring one run costs about
a microsecond: nothing is packed for it, and of a large value only some parts are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dfm.exec.streams import Reader
from dfm.exec.values import Held
from dfm.net.template import Ref, Sealed, references
from dfm.net.transitions import Call
from dfm.report.samples import Message, Samples, thinned
from dfm.types.sizes import FIXED_BYTES, bytes_told, estimate_size
from dfm.wire import Packed
from dfm.wire.messages import LinkMeasure, StepMeasure, Tokens

MOST_RUNS = 64
"""Runs of a step that are kept between two messages home."""

MOST_MESSAGES = 64
"""Messages that are told of in one message home, whatever sites they came from."""


class Run(NamedTuple):
    """What one run of an operation took; the bytes of literals among its arguments not counted."""

    seconds: float
    bytes_in: int
    bytes_out: int


class Meter:
    """Measures one attempt at a call.

    Its seconds are those between `begin` and `end`, all of them together, without the time that
    it waited for the items of streams it reads.
    """

    __slots__ = ("_began", "_bytes_in", "_readers", "_seconds", "now")

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._began = 0.0
        self._seconds = 0.0
        self._bytes_in = 0
        self._readers: tuple[Reader, ...] = ()

    def weigh(self, inputs: Mapping[str, Any]) -> None:
        """Take note of the tokens that are read, before a body can change them."""
        for token in inputs.values():
            if isinstance(token, Reader):
                self._readers += (token,)
            else:
                self._bytes_in += FIXED_BYTES.get(type(token)) or size_of_token(token)

    def begin(self) -> None:
        """Let the time run."""
        self._began = self.now()

    def end(self) -> None:
        """Stop the time."""
        self._seconds += self.now() - self._began

    def run(self, bytes_out: int, waited: float = 0.0) -> Run:
        """Return what the attempt took, `waited` seconds of which it did nothing."""
        bytes_in = self._bytes_in
        for reader in self._readers:
            bytes_in += reader.stream.nbytes
            waited += reader.waited + sum(twin.waited for twin in reader.twins)
        seconds = self._seconds - waited
        return Run(seconds if seconds > 0 else 0.0, bytes_in, bytes_out)


class Measures:
    """What was measured of one job at a site since it told home. Lives on the site's loop.

    What was sent before this was made waited for the site to start or to read its net, which
    tells nothing of the way: it is not measured.
    """

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._steps: dict[str, Samples] = {}
        self._literals: dict[str, int] = {}
        self._came: dict[str, list[Message]] = {}

    def ran(self, call: Call, run: Run) -> None:
        """Take note of a run that was a success."""
        name = call.output
        samples = self._steps.get(name)
        if samples is None:
            samples = self._steps[name] = Samples(MOST_RUNS)
            if name not in self._literals:
                self._literals[name] = sum(_literal_bytes(t) for _, t in call.arguments)
        samples.add(run)

    def came(self, message: Tokens) -> None:
        """Take note of a message that has just come, if it says when it was sent."""
        if message.sent_at < self._since:
            return
        seconds = max(0.0, time.monotonic() - message.sent_at)
        came = self._came.setdefault(message.source, [])
        came.append((sum([package.size for package in message.packages]), seconds))
        if len(came) > 2 * MOST_MESSAGES:
            came[:] = thinned(came, MOST_MESSAGES)

    def take(self) -> tuple[list[StepMeasure], list[LinkMeasure]]:
        """Return what was measured since the last time."""
        steps, self._steps = self._steps, {}
        came, self._came = self._came, {}
        each = MOST_MESSAGES // max(1, len(came)) or 1
        return (
            [self._step(name, samples) for name, samples in steps.items()],
            [LinkMeasure(source, *m) for source, some in came.items() for m in thinned(some, each)],
        )

    def _step(self, name: str, samples: Samples) -> StepMeasure:
        seconds, bytes_in, bytes_out = samples.medians()
        read = int(bytes_in) + self._literals[name]
        return StepMeasure(name, samples.count, seconds, read, int(bytes_out))


def size_of_token(token: Any) -> int:
    """Return about how many bytes a token of a site takes that is no stream."""
    if isinstance(token, Packed):
        return token.nbytes
    if isinstance(token, Held):
        return size_of(token.value, token.packed)
    return size_of(token)


def size_of(value: object, packed: Packed | None = None) -> int:
    """Return about how many bytes a value takes: as it says itself, as packed, or an estimate."""
    if (fixed := FIXED_BYTES.get(type(value))) is not None:
        return fixed
    try:
        if (told := bytes_told(value)) is not None:
            return told
        return estimate_size(value) if packed is None else packed.nbytes
    except Exception:  # noqa: BLE001  (it runs the value's own code, and is only an estimate)
        return 0


def _literal_bytes(template: Any) -> int:
    """Return the bytes of an argument that is the same in every call; 0 if it is not."""
    if (fixed := FIXED_BYTES.get(type(template))) is not None:
        return fixed
    if isinstance(template, Ref):
        return 0
    if isinstance(template, Sealed):
        return 0 if template.references else len(template.data)
    return 0 if references(template) else estimate_size(template)
