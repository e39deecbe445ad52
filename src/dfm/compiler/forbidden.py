"""Why no choice of sites obeys the policies of all, in the fewest words.

Nothing is searched for here. Steps lose the sites to which what they read can not come, from
whatever site it is; the first that has none left is the one to tell of. Where sites are left for
each step, but do not go together, all that can be said is which values have to stay where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NoReturn

from dfm.compiler.contents import Content, contents_of
from dfm.compiler.egress import judge_of, sizes_of
from dfm.compiler.lines import AnyLine
from dfm.compiler.made import Glue
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.plan import Plan
from dfm.compiler.subjects import PART, WHOLE, forms_read
from dfm.compiler.values import Limits, Value
from dfm.compiler.ways_out import Refused, WaysOut
from dfm.errors import PolicyError

MOST_ROUNDS = 10
"""How often news of lost sites go through all values."""


def refuse_by_policy(plan: Plan, values: Sequence[Value], limits: Limits) -> NoReturn:
    """Raise what tells which values can not go where they are wanted, and why.

    Needs: no choice of sites keeps within the limits.

    Raises:
        PolicyError: always.
    """
    left = _Left(plan, values, limits)
    stuck = left.stuck()
    mistakes = Mistakes(plan.pipeline_name)
    for mistake in _told(plan, left, stuck):
        mistakes.add(mistake)
    mistakes.raise_any()
    owners = sorted(judge_of(plan).policies)
    raise PolicyError(
        "every choice of sites would send something somewhere that the policy of"
        f" {' or '.join(map(repr, owners))} does not allow",
        hint="operations that the policies release, or asking the owners of these sites",
    )


class _Left:
    """The sites that are left for each step."""

    def __init__(self, plan: Plan, values: Sequence[Value], limits: Limits) -> None:
        self._values = values
        self._limits = limits
        self._homesite = plan.homesite
        self.sites = {
            line.name: [line.asked or ""]
            if isinstance(line, Glue)
            else list(dict.fromkeys(c.site for c in line.candidates))
            for line in plan.placed
        }
        self._barred = self._bars_that_hold()

    def stuck(self) -> list[tuple[Value, str | None, str]]:
        """Return which values can not reach which reader (None for home), at which site."""
        for _ in range(MOST_ROUNDS):
            before = {name: list(sites) for name, sites in self.sites.items()}
            if found := [pair for n in range(len(self._values)) for pair in self._narrow(n)]:
                return found
            if before == self.sites:
                break
            self._barred = self._bars_that_hold()
        return []

    def _bars_that_hold(self) -> dict[int, frozenset[str]]:
        """Return what is barred by steps that have no site left but those at which they bar."""
        found: dict[int, frozenset[str]] = {}
        for bar in self._limits.bars:
            if {*self.sites[bar.owner]} <= {c.site for c in bar.when}:
                found[bar.value] = found.get(bar.value, frozenset()) | bar.to
        return found

    def _narrow(self, number: int) -> Iterator[tuple[Value, str | None, str]]:
        """Take from the readers of a value, and from its source, the sites that are no use."""
        value = self._values[number]
        for reader in (*value.readers, *((None,) if value.is_yielded else ())):
            targets = [self._homesite] if reader is None else self.sites[reader]
            reached = [
                t
                for t in targets
                if any(self._may_go(number, s, t) for s in self.sites[value.source])
            ]
            if not reached:
                yield value, reader, targets[0]
                continue
            if reader is not None:
                self.sites[reader] = reached
            self.sites[value.source] = [
                s
                for s in self.sites[value.source]
                if any(self._may_go(number, s, t) for t in reached)
            ]

    def _may_go(self, number: int, source: str, target: str) -> bool:
        if source == target:
            return True
        forbidden = self._limits.forbidden.get(number, frozenset())
        barred = self._barred.get(number, frozenset())
        return (source, target) not in forbidden and target not in barred


def _told(
    plan: Plan, left: _Left, stuck: Sequence[tuple[Value, str | None, str]]
) -> Iterator[PolicyError]:
    """Yield what to say of values that are stuck, as if each step were at the first site left."""
    judge, sizes = judge_of(plan), sizes_of(plan)
    at = {name: sites[0] for name, sites in left.sites.items()}
    contents = contents_of(plan, judge.rule(lambda s: judge.adds(s.operation, at[s.name])))
    placed = {line.name: line for line in plan.placed}
    ways_out = WaysOut(plan, judge, contents)
    lost: set[str | None] = set()
    for value, reader, target in stuck:
        lost.add(reader)
        if value.source in lost:
            continue  # it would not be there to be sent
        line: AnyLine | None
        if reader is None:
            line = next((d for d in plan.deliveries if value.place in _read_by(d)), None)
        else:
            line = placed[reader]
        source = left.sites[value.source]
        where = source[0] if len(source) == 1 else ""
        made_of = contents.made_of(value.place)
        for form in dict.fromkeys((*forms_read(line, value.place), WHOLE, PART)):
            content = contents[value.place] if form == WHOLE else Content(made_of)
            size = sizes(value.place) if form == WHOLE else None
            what = Refused(value.place, content, size, where, target, line, form)
            if found := list(ways_out.refusals(what)):
                yield from found
                break


def _read_by(line: AnyLine) -> set[str]:
    return {ref.place for ref in line.refs}
