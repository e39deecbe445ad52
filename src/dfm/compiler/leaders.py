"""Who leads a loop or a branch that no step's value decides: the first step in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dfm.compiler.lines import Line
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan
from dfm.net.transitions import Branch

Leaders = Mapping[str, str]
"""The first step in each loop and branch, in blocks in it too, by the key of its line."""


def leaders_of(plan: Plan) -> Leaders:
    """Return the first step in each loop and behind the gates of each branch.

    Needs: lines in an order in which they could be done (`order_lines` has run).
    """
    loops = {scope.item: scope for scope in plan.scopes}
    branches = {
        gate: line
        for line in plan.lines
        if isinstance(line, Glue) and isinstance(line.does, Branch)
        for gate in line.outputs
    }

    def around(line: Line) -> Iterator[Line]:
        """Yield the blocks around a line, innermost first."""
        while (block := branches.get(line.when or "") or loops.get(line.scope)) is not None:
            yield block
            line = block

    leaders: dict[str, str] = {}
    for step in plan.steps:
        for block in around(step):
            if block.key in leaders:
                break
            leaders[block.key] = step.name
    return leaders
