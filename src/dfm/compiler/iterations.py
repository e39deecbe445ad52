"""Let everything in a loop wait for its iteration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dfm.compiler.lines import AnyLine, with_after
from dfm.compiler.made import Glue
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.net.loops import Previous


def await_iterations(plan: Plan) -> Plan:
    """Let what reads nothing of its own iteration wait for the item, so that it knows of it.

    At other sites than the one that leads the loop, an iteration begins with what is received in
    it. A token of the iteration before is not enough: nobody sends that.

    Leaves: each line in a loop waits, at last, for the item of its iteration.
    """
    if not plan.scopes:
        return plan
    places = Places(plan)
    begun = {place for line in plan.lines if _is_given(line) for place in line.outputs}
    begun |= {scope.item for scope in plan.scopes}

    def awaiting(line: AnyLine) -> Any:
        """Return a line that waits for its iteration."""
        if not line.scope or _is_given(line):
            return line
        if isinstance(line, Glue) and isinstance(line.does, Previous):
            return line
        gate = () if line.when is None else (line.when,)
        waits = (*(ref.place for ref in line.refs), *line.after, *gate)
        if not any(p in begun and places.scope(p) == line.scope for p in waits):
            line = with_after(line, (*line.after, line.scope))
        begun.update(line.outputs)
        return line

    return replace(
        plan,
        lines=tuple(map(awaiting, plan.lines)),
        deliveries=tuple(map(awaiting, plan.deliveries)),
    )


def _is_given(line: AnyLine) -> bool:
    return isinstance(line, Glue) and bool(line.of)
