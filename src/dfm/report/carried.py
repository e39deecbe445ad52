"""What people call what goes over a link."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dfm.report.measured import Link
from dfm.report.model import ANSWER, COUNT, END, FOUND, ITEMS, VALUE, PlannedTransfer

_NAMES = {
    ITEMS: ("items of {}", "a loop"),
    COUNT: ("the number of items of {}", "a loop"),
    ANSWER: ("the answer to a condition on {}", "a parameter"),
    FOUND: ("whether a cache has it", ""),
    END: ("the end of {}", "a loop"),
}
"""What transfers that carry no value are called, and of what if no operation made it."""

Operations = Mapping[str, str]
"""The operations of steps, by the names of these."""


def operations_of(transfer: PlannedTransfer, operations: Operations) -> tuple[str, ...]:
    """Return the operations that made what crosses, each once."""
    return tuple(dict.fromkeys(operations.get(name, name) for name in transfer.made_by))


def carried_by(transfer: PlannedTransfer, operations: Operations) -> str:
    """Return what a transfer carries.

    >>> told = PlannedTransfer("node3", "a", "b", 8, made_by=("node1",), kind=COUNT)
    >>> carried_by(told, {"node1": "climate.Years"})
    'the number of items of climate.Years'
    """
    made = ", ".join(operations_of(transfer, operations))
    if transfer.kind == VALUE:
        return made or transfer.value
    name, otherwise = _NAMES[transfer.kind]
    return name.format(made or otherwise)


def carried(transfers: Sequence[PlannedTransfer], operations: Operations) -> list[str]:
    """Return what goes over a link: operations, with how many of their values, and the rest."""
    values = [t for t in transfers if t.kind == VALUE]
    made = Counter(operations.get(n, n) for t in values for n in t.made_by or (t.value,))
    others = dict.fromkeys(carried_by(t, operations) for t in transfers if t.kind != VALUE)
    return [*(n if count == 1 else f"{count} {n}" for n, count in made.items()), *others]


def unplanned(link: Link, homesite: str) -> list[str]:
    """Return what goes over a link for which nothing is planned: from the homesite, the calls.

    >>> unplanned(("desk", "archive"), homesite="desk")
    ['the call itself']
    """
    return ["the call itself"] if link[0] == homesite else []
