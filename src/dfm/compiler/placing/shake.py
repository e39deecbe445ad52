"""A better choice, by moving a step together with all around it.

Moving single steps ends where several would have to move together: each alone would only add
transfers. So a step is moved with its neighbours to the site of one of them, and then single
steps move for as long as that pays. What does not pay in the end is undone. This goes on until
no step is worth it any more, or enough has been tried.

For the objective `total`; nothing here is proven.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from dfm.compiler.placing.moves import Moves
from dfm.compiler.placing.problem import Choice, Problem

LOOKS_PER_SHAKE = 60
"""At how many steps is looked after each shake."""


def shaken(problem: Problem, choice: Sequence[int], most_shakes: int) -> Choice:
    """Return a choice that costs no more, after shaking each step in turn."""
    shake = _Shake(problem, choice)
    step = in_vain = 0
    while shake.count < most_shakes and in_vain < len(choice):
        in_vain = 0 if shake.around(step) else in_vain + 1
        step = (step + 1) % len(choice)
    return tuple(shake.moves.choice)


class _Shake:
    def __init__(self, problem: Problem, choice: Sequence[int]) -> None:
        self.moves = Moves(problem, choice)
        self.count = 0
        self._sites = [variable.sites for variable in problem.variables]
        self._undo: list[tuple[int, int]] = []
        self._change = 0

    def around(self, step: int) -> bool:
        """Try the sites of a step's neighbours for all of them, and tell whether that has paid."""
        near = self.moves.touched_by(step)
        sites = dict.fromkeys(self._site(other) for other in near)
        sites.pop(self._site(step), None)
        return sum(self._pays((step, *near), site) for site in sites) > 0

    def _site(self, step: int) -> int:
        return self._sites[step][self.moves.choice[step]]

    def _pays(self, steps: Sequence[int], site: int) -> bool:
        """Move steps to a site and see what follows; undo all of it if that is no better."""
        self.count += 1
        self._undo.clear()
        self._change = 0
        for step in steps:
            if site in self._sites[step] and self._site(step) != site:
                self._move(step, self._sites[step].index(site), self.moves.costs(step))
        self._settle(steps)
        if self._change >= 0:
            for step, before in reversed(self._undo):
                self.moves.move(step, before)
        return self._change < 0

    def _move(self, step: int, chosen: int, costs: Sequence[int]) -> None:
        before = self.moves.choice[step]
        self._change += costs[chosen] - costs[before]
        self._undo.append((step, before))
        self.moves.move(step, chosen)

    def _settle(self, steps: Sequence[int]) -> None:
        """Move single steps for as long as that is cheaper, beginning with some."""
        queue = deque(steps)
        for _ in range(LOOKS_PER_SHAKE):
            if not queue:
                break
            step = queue.popleft()
            costs = self.moves.costs(step)
            best = min(costs)
            if best < costs[self.moves.choice[step]]:
                self._move(step, costs.index(best), costs)
                queue.extend(n for n in self.moves.touched_by(step) if n not in queue)
