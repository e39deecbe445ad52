"""What a net runner remembers of a frame, and of a loop that is under way in one."""

from __future__ import annotations

from typing import Any

from dfm.exec.program import Scope
from dfm.net.frame import Path
from dfm.net.loops import Loop
from dfm.net.token import MOST_ERRORS, Failure

EMPTY: Any = type("Empty", (), {"__repr__": lambda _: "EMPTY"})()
"""In place of a token that has not come."""

RELEASED: Any = type("Released", (), {"__repr__": lambda _: "RELEASED"})()
"""In place of a token that nobody will read again."""


class Failures:
    """The errors made in one call, in its loops too."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[Failure] = []

    def add(self, token: object) -> None:
        """Remember a token if it is an error, and there are not too many."""
        if isinstance(token, Failure) and len(self.found) < MOST_ERRORS:
            self.found.append(token)


class FrameState:
    """One frame of one scope: its tokens, and how many entries have not fired.

    `missing[e]` is how many tokens entry e still waits for, `unread[p]` how many still read p.
    `round` is the loop whose iteration it is, and `carried` holds, by entry, tokens of the one
    before.
    """

    __slots__ = (
        "carried", "failures", "frame", "loops", "missing", "remaining", "round", "scope", "tokens",
        "unread",
    )  # fmt: skip

    def __init__(
        self,
        scope: Scope,
        frame: Path,
        tokens: list[Any],
        missing: list[int],
        failures: Failures,
        round_of: LoopState | None = None,
    ) -> None:
        self.scope = scope
        self.frame = frame
        self.tokens = tokens
        self.missing = missing
        self.unread = list(scope.unread)
        self.remaining = len(scope.entries)
        self.failures = failures
        self.round = round_of
        self.loops: dict[int, LoopState] = {}
        self.carried: dict[int, Any] = {}


class LoopState:
    """A loop in one frame, at this site.

    `number` is that of the loop among all entries of the program. `tokens` and `missing` are what
    each new iteration starts with: captured tokens are in. So many iterations have `begun` as
    items have come; so many are `allowed`. The loop is over when `done` is its `count`, and all
    that it captures has come. `carried` are tokens for iterations that have not begun here,
    `gathered` those of which the loop gives something, by entry; of errors not more than one
    failure can hold, and `broken` counts them.
    """

    __slots__ = (
        "allowed", "begun", "broken", "carried", "count", "done", "done_elsewhere", "failure",
        "gathered", "has_ended", "is_absent", "loop", "missing", "number", "outer",
        "reads_stream", "rounds", "scope", "tokens", "uncaptured", "untold",
    )  # fmt: skip

    def __init__(self, loop: Loop, scope: Scope, outer: FrameState) -> None:
        self.loop = loop
        self.number = outer.scope.first + scope.loop
        self.scope = scope
        self.outer = outer
        self.tokens = [EMPTY] * len(scope.names)
        self.missing = list(scope.needs)
        self.uncaptured = len(scope.captures)
        self.rounds: dict[int, FrameState] = {}
        self.begun = 0
        self.allowed = 0
        self.done = 0
        self.untold = 0
        self.done_elsewhere: dict[str, int] = {}
        self.count: int | None = None
        self.failure: Failure | None = None
        self.is_absent = False
        self.has_ended = False
        self.reads_stream = False
        self.carried: dict[tuple[int, int], Any] = {}
        self.gathered: dict[int, list[tuple[int, int, Any]]] = {}
        self.broken: dict[int, int] = {}

    @property
    def is_over(self) -> bool:
        """Whether all iterations are done here, and nothing more will come for them."""
        return self.done == self.count and not self.uncaptured

    def gathered_by(self, give: int) -> list[Any]:
        """Return the tokens of which an entry is made, in the order of the iterations."""
        found = sorted(self.gathered.get(give, ()), key=lambda entry: entry[:2])
        return [token for _, _, token in found]
