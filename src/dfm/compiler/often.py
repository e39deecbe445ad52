"""How often each line of a plan is expected to be done in a call.

What is in a loop is done as often as the loop goes round: ten times, if its sequence is not known.
What is in a branch is done as often as the author says that its condition is true, and the rest of
the time what is in its `Else`; half the time, if the author says nothing, and half the time nothing
is found in a cache. What reads a value is not done more often than the value is there.

Apart from the costs because it is about a plan alone: no federation and no bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dfm.compiler.lines import AnyLine, Scope
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan
from dfm.net.transitions import Branch, Join, Lookup

GUESSED_LIKELIHOOD = 0.5
MOST_TIMES = 1_000_000.0
"""Where counting stops, for loops in loops."""
_NEARLY_ALL = 1.0 - 1e-9


class Rate(NamedTuple):
    """How many times in a call, and whether that is a guess."""

    times: float
    is_guess: bool = False


ONCE = Rate(1.0)


class Often:
    """How many tokens each place of a plan is expected to get in a call.

    With `if_taken` each branch that may be taken is taken: how many tokens there are then.

    Needs: lines in an order in which they could be done (`order_lines` has run).
    """

    def __init__(self, plan: Plan, *, if_taken: bool = False) -> None:
        self._if_taken = if_taken
        self._rates: dict[str, Rate] = {}
        self._open: dict[str, Rate] = {}
        """How often gates are open; their tokens come in any case."""
        self._scopes: dict[str, Rate] = {"": ONCE}
        self._scope_of: dict[str, str] = {}
        self._counts = {scope.item: scope.count for scope in plan.scopes}
        for line in plan.lines:
            match line:
                case Scope():
                    self._add_loop(line)
                case Glue(does=Branch() | Lookup()):
                    self._add_gates(line)
                case Glue(does=Join()):
                    self._add(line.name, self._of_join(line), line.scope)
                case _:
                    self._add(line.name, self.of(line), line.scope)

    def __getitem__(self, place: str) -> Rate:
        """Return how many tokens a place gets; absent ones are none, unless it is a gate."""
        return self._rates[place]

    def sent(self, place: str, scope: str) -> Rate:
        """Return how many tokens of a place are sent; of a later one, as many as its loop has."""
        return self._rates.get(place, self._scopes[scope])

    def of(self, line: AnyLine) -> Rate:
        """Return how often a line is done in a call; of a loop, how often it begins."""
        if isinstance(line, Glue) and line.of:
            around = self._rates[self._counts[line.of]]
        elif line.when is None:
            around = self._scopes[line.scope]
        else:
            around = self._open.get(line.when, self._rates[line.when])
        read = [self._rates[p] for p in self._read_beside(line)]
        times = min((around.times, *(rate.times for rate in read)))
        return Rate(times, around.is_guess or any(rate.is_guess for rate in read))

    def shares_of_join(self, line: Glue) -> list[float]:
        """Return how many tokens of each of its sources a join is expected to take.

        It takes the first that is there, so there is less left for each further one.
        """
        left, taken = self._scopes[line.scope].times, []
        for ref in line.refs:
            there = self._rates[ref.place].times if ref.place in self._rates else left
            taken.append(min(there, left))
            left -= taken[-1]
        return taken

    def _add(self, place: str, rate: Rate, scope: str) -> None:
        self._rates[place], self._scope_of[place] = rate, scope

    def _add_loop(self, loop: Scope) -> None:
        begun = self.of(loop)
        inside = Rate(
            min(begun.times * loop.rounds, MOST_TIMES), begun.is_guess or loop.rounds_are_guess
        )
        self._add(loop.count, begun, loop.scope)
        self._add(loop.item, inside, loop.item)
        self._scopes[loop.item] = inside

    def _add_gates(self, line: Glue) -> None:
        done, likelihood = self.of(line), line.likelihood
        first = GUESSED_LIKELIHOOD if likelihood is None else likelihood
        is_guess = done.is_guess or likelihood is None
        for place, share in zip(line.outputs, (first, 1.0 - first), strict=True):
            taken = float(share > 0) if self._if_taken else share
            self._open[place] = Rate(done.times * taken, is_guess)
            self._add(place, done, line.scope)
        if isinstance(line.does, Lookup):  # what is found is no gate but a value
            self._add(line.does.hit, self._open[line.does.hit], line.scope)

    def _of_join(self, line: Glue) -> Rate:
        times, most = sum(self.shares_of_join(line)), self._scopes[line.scope]
        return most if times > most.times * _NEARLY_ALL else Rate(times, self.of(line).is_guess)

    def _read_beside(self, line: AnyLine) -> Iterable[str]:
        """Yield the places that a line reads in its own loop."""
        return (r.place for r in line.refs if self._scope_of.get(r.place) == line.scope)
