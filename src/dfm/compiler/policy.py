"""The last word on a plan: nothing crosses that the policy of a site does not let go.

    contents    what is in each place: what it is made of, and of which type
    egress      what may be sent where
    limits      what that forbids to the choice of sites
    forbidden   why no choice obeys, when none does
    ways_out    what to say of something that may not be sent, and what to try
    subjects    what people call it

Sites refuse again when values leave them, whatever was decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from dfm.compiler.contents import Content
from dfm.compiler.egress import Egress, egress_of
from dfm.compiler.forbidden import refuse_by_policy
from dfm.compiler.limits import egress_limits
from dfm.compiler.lines import AnyLine, Delivery
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.compiler.subjects import PART, WHOLE, forms_read
from dfm.compiler.ways_out import Refused, WaysOut
from dfm.net.transitions import Let, whole

__all__ = ["check_policy", "egress_limits", "refuse_by_policy"]


def check_policy(plan: Plan) -> Plan:
    """Refuse a plan in which something crosses that may not, and note which rules allow the rest.

    Needs: all that crosses is known (`join_loops` has run).

    Raises:
        PolicyError: naming the rule, what crosses, and the ways out; all that may not.
    """
    egress = egress_of(plan)
    if egress is None:
        return plan
    mistakes = Mistakes(plan.pipeline_name)
    ways_out = WaysOut(plan, egress.judge, egress.contents)
    readers: dict[tuple[str, str], AnyLine] = {}
    allowances: dict[tuple[str, str], tuple[str, ...]] = {}
    for sent in _all_sent(plan, egress):
        if not sent.content.made_of:
            continue
        allowances[sent.key, sent.to] = egress.judge.allowances(sent.content, sent.to, sent.size)
        if sent.to in egress.judge.barred(sent.content, sent.size):
            readers = readers or _readers_of(plan)
            reader = readers.get((sent.key, sent.to))
            what = Refused(
                sent.place, sent.content, sent.size, sent.source, sent.to, reader, sent.form
            )
            for mistake in ways_out.refusals(what):
                mistakes.add(mistake)
    mistakes.raise_any()
    return replace(plan, allowances=allowances)


class _Sent(NamedTuple):
    """Something that leaves a site. `key` is its name; it is in `place`, in some form."""

    key: str
    place: str
    content: Content
    size: int | None
    source: str
    to: str
    form: str


def _all_sent(plan: Plan, egress: Egress) -> Iterator[_Sent]:
    """Yield all that leaves a site, for another or for the application."""
    contents = egress.contents
    parts = {part.does.output: part.does for part in plan.parts}
    for crossing in plan.crossings:
        part, place = parts.get(crossing.place), crossing.place
        read, form = (part.value.place, PART) if isinstance(part, Let) else (place, WHOLE)
        size = egress.size(place) if part is None else None
        yield _Sent(place, read, contents[place], size, crossing.source, crossing.target, form)
    for delivery in plan.deliveries:
        if delivery.site != plan.homesite:
            copied = whole(delivery.value)
            size = None if copied is None else egress.size(copied)
            place = delivery.refs[0].place if delivery.refs else delivery.when or ""
            content = contents.of_delivery(delivery)
            [form] = forms_read(delivery, place)
            yield _Sent(delivery.key, place, content, size, delivery.site, plan.homesite, form)


def _readers_of(plan: Plan) -> dict[tuple[str, str], AnyLine]:
    """Return the first line that reads what crosses to a site, and each yield by its key."""
    found: dict[tuple[str, str], AnyLine] = {}
    for line in plan.all_lines:
        gate = () if line.when is None else (line.when,)
        for place in (*(ref.place for ref in line.refs), *gate):
            found.setdefault((place, line.site), line)
        if isinstance(line, Delivery):
            found[line.key, plan.homesite] = line
    return found
