"""Say which yields may deliver nothing although nothing fails: those that need a branch.

A value can be absent for reasons: gates that may not be there. What reads several values has the
reasons of all of them. A join has only those that all its values have, if the values of two of
its sources are made behind the two gates of one branch, because one of them is always there.
"""

from __future__ import annotations

from collections.abc import Iterable

from dfm.compiler.lines import Scope
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan
from dfm.net.loops import Gather
from dfm.net.transitions import Branch, Join, Lookup

Reasons = frozenset[str]

MOST_REASONS = 32
"""How many reasons are told apart; more are one."""

_ALWAYS_THERE: Reasons = frozenset()


def note_optional_yields(plan: Plan) -> frozenset[str]:
    """Return the names of the yields that may deliver nothing.

    Needs: lines in an order in which they could be done (`order_lines` has run).
    """
    whole = {part.does.output: part.does.inputs[0] for part in plan.parts}
    found: dict[str, Reasons] = {}
    gates: dict[str, str] = {}
    """The other gate of each gate."""

    def reasons(places: Iterable[str | None]) -> Reasons:
        known = (found.get(whole.get(p, p), _ALWAYS_THERE) for p in places if p is not None)
        return _ALWAYS_THERE.union(*known)

    counts = {scope.item: scope.count for scope in plan.scopes}
    for line in plan.lines:
        why = reasons((*(ref.place for ref in line.refs), line.when))
        if isinstance(line, Scope):
            found[line.count] = why
            continue
        match line:
            case Glue(does=Branch() | Lookup()):
                one, other = line.outputs
                gates |= {one: other, other: one}
                found |= {one: why | {one}, other: why | {other}}
                continue
            case Glue(does=Join()):
                why = _of_join(line.name, [reasons((ref.place,)) for ref in line.refs], gates)
            case Glue(does=Gather()):
                why = _ALWAYS_THERE  # what is absent is left out
        if isinstance(line, Glue) and line.of:
            why |= reasons((counts[line.of],))
        found[line.name] = why if len(why) <= MOST_REASONS else frozenset((line.name,))
    return frozenset(
        delivery.name
        for delivery in plan.deliveries
        if reasons((*(ref.place for ref in delivery.refs), delivery.when))
    )


def _of_join(name: str, sources: list[Reasons], gates: dict[str, str]) -> Reasons:
    """Return why none of some values may be there."""
    common = frozenset.intersection(*sources)
    rest = [source - common for source in sources]
    single = {gate for reasons in rest if len(reasons) == 1 for gate in reasons}
    if not all(rest) or any(gates.get(gate) in single for gate in single):
        return common
    return common | {name}
