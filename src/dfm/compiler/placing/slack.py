"""A bound for a total, with what each decision adds to it.

What a choice costs is at least the `bound`, plus the `alone` of each step at its site, plus the
`pair` of each reader's site with that of its source. None of these is negative, and at least
one choice of each step adds nothing by itself; so the bound holds, and what adds more than is
known to be affordable can be left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dfm.compiler.placing.problem import Problem

Rows = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Slack:
    """A bound, and what decisions add: `alone[step][site]`, `pairs[step]` with its sources.

    `pairs[step]` has the source of each value that a step reads, and what their sites add,
    `rows[site of the source][site of the step]`.
    """

    bound: int
    alone: list[list[int]]
    pairs: list[list[tuple[int, Rows]]]

    def rounded(self, problem: Problem) -> tuple[int, ...]:
        """Return the choice that adds least for each step in turn, given those before it."""
        at: list[int] = []
        choice = []
        for variable, alone, pairs in zip(problem.variables, self.alone, self.pairs, strict=True):
            rows = [rows[at[source]] for source, rows in pairs]
            added = [alone[site] + sum(row[site] for row in rows) for site in variable.sites]
            # A site may have several candidates, which the bound does not tell apart.
            best = min(range(len(added)), key=lambda n: (added[n], variable.work[n]))
            at.append(variable.sites[best])
            choice.append(best)
        return tuple(choice)
