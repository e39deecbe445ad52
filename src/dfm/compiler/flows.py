"""Where values come from: through joins, loops and caches back to the steps that made them."""

from __future__ import annotations

from collections.abc import Mapping

from dfm.compiler.lines import Step
from dfm.compiler.made import Glue
from dfm.compiler.plan import Plan
from dfm.net.template import references
from dfm.net.transitions import Branch, Lookup, Store

MOST_ORIGINS = 4
"""Of how many steps a value is said to come; more make no better choice, and much more work."""

Origins = Mapping[str, tuple[str, ...]]
"""The steps that what is in a place was made by, for each place that holds a step's value."""


def origins_of(plan: Plan) -> Origins:
    """Return the steps that made what is in each place.

    Needs: lines in an order in which they could be done (`order_lines` has run).
    """
    found: dict[str, tuple[str, ...]] = {}
    for line in plan.lines:
        if isinstance(line, Step):
            found[line.name] = (line.name,)
            continue
        refs = line.refs
        if isinstance(line, Glue):
            match line.does:
                case Branch() | Lookup():
                    continue
                case Store(value=value):
                    refs = references(value)
        made = dict.fromkeys(step for ref in refs for step in found.get(ref.place, ()))
        if made:
            found[line.outputs[0]] = tuple(made)[:MOST_ORIGINS]
    return found
