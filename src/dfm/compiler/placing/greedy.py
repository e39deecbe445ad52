"""Good choices, quickly: forward, and then by moving single steps.

`forward` gives each step in turn the candidate that is cheapest given those before it. `improved`
moves single steps for as long as that makes the whole cheaper, or until enough has been tried.
`with_earliest` makes ties come out the same way wherever a choice came from. `shake.py` goes on
from where single steps do not help.

For the objective `total`; nothing here is proven.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from dfm.compiler.placing.moves import Moves
from dfm.compiler.placing.problem import Choice, Problem

LOOKS_PER_STEP = 8
"""How often each step is looked at, on average, before improving ends."""


def forward(problem: Problem) -> Choice:
    """Return the choice that is best for each step in turn, given those before it."""
    moves = Moves(problem)
    for variable in range(len(problem.variables)):
        costs = moves.costs(variable)
        moves.move(variable, costs.index(min(costs)))
    return tuple(moves.choice)


def improved(problem: Problem, choice: Sequence[int]) -> Choice:
    """Return a choice that moving any single step makes no cheaper, or what was found so far."""
    moves = Moves(problem, choice)
    queue = deque(range(len(choice)))
    is_queued = [True] * len(choice)
    for _ in range(LOOKS_PER_STEP * len(choice)):
        if not queue:
            break
        variable = queue.popleft()
        is_queued[variable] = False
        costs = moves.costs(variable)
        best = min(costs)
        if best < costs[moves.choice[variable]]:
            moves.move(variable, costs.index(best))
            for other in moves.touched_by(variable):
                if not is_queued[other]:
                    is_queued[other] = True
                    queue.append(other)
    return tuple(moves.choice)


def with_earliest(problem: Problem, choice: Sequence[int]) -> Choice:
    """Return a choice that costs no more, with earlier candidates where that is as good."""
    moves = Moves(problem, choice)
    for variable, chosen in enumerate(choice):
        if chosen:
            costs = moves.costs(variable)
            moves.move(variable, costs.index(min(costs)))
    return tuple(moves.choice)
