"""What a job took, in the terms in which it was planned.

Steps are known by the place of their value, as in `PlannedStep.name`. A step that ran many times,
in several calls or in a loop, has the median of its times, so that one slow run does not
speak for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MeasuredStep:
    """How often an operation ran, and the median seconds and bytes of one run of it.

    Seconds are those of the adapter's body, of the attempt that succeeded; of a stream, until its
    last item, without the time that it waited for its reader. Bytes are estimates that do not pack
    the values. What came from a cache did not run.
    """

    count: int
    seconds: float
    bytes_in: int = 0
    bytes_out: int = 0


@dataclass(frozen=True, slots=True)
class MeasuredLink:
    """What went from one site to another: bytes and messages in all.

    `samples` are some of the messages, as bytes and seconds under way.
    """

    bytes: int
    messages: int = 0
    samples: tuple[tuple[int, float], ...] = ()


Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job took: its calls, its steps, its links by (source, target), and the whole of it.

    `ended` says how, if not well: "failed", "cancelled" or "lost".

    What arrives in the application arrives at the homesite.
    """

    calls: int = 0
    steps: Mapping[str, MeasuredStep] = field(default_factory=dict)
    links: Mapping[Link, MeasuredLink] = field(default_factory=dict)
    seconds: float = 0.0
    ended: str = ""
