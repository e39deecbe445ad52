"""What earlier jobs have told about costs, as the compiler asks for it.

Only the questions: who answers them, and from what, is no concern of a compiler.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from dfm.federation.models import SendCost


class Estimate(NamedTuple):
    """A number, and how many jobs have told it."""

    value: float
    runs: int


class LearnedLink(NamedTuple):
    """What a link can do, and how many jobs have told it."""

    cost: SendCost
    runs: int


class Learned(Protocol):
    """Costs as measured; each answer is None where nothing is known."""

    def work(
        self, operation: str, site: str, provider: str | None, bytes_in: float
    ) -> Estimate | None:
        """Return the seconds that an operation takes there when it reads so many bytes."""

    def size(self, operation: str, bytes_in: float) -> Estimate | None:
        """Return the bytes that an operation returns when it reads so many."""

    def link(self, source: str, target: str) -> LearnedLink | None:
        """Return what the link from one site to another can do."""
