"""Why a step is not run by any other site: one reason for each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache

from dfm.compiler.contents import Content
from dfm.compiler.cost import costs_of
from dfm.compiler.egress import Egress, egress_of
from dfm.compiler.lines import AnyLine, Candidate, Step
from dfm.compiler.moves import Chains, Moves, Sent
from dfm.compiler.places import Places
from dfm.compiler.placing.problem import Solution
from dfm.compiler.plan import Plan
from dfm.compiler.stating import Stated
from dfm.compiler.subjects import WHOLE, forms_read, lacks_type, said_why, subject_of
from dfm.federation.policies import Ingredient, Policy, Verdict, may_call
from dfm.report import Rejected
from dfm.report.amounts import format_seconds

_LITTLE = 5_000
"""Nanoseconds that would be shown as nothing."""


class Rejections:
    """The reasons of a plan whose sites have been chosen."""

    def __init__(self, plan: Plan, stated: Stated, solution: Solution) -> None:
        self._plan = plan
        self._stated = stated
        self._numbers = {line.name: n for n, line in enumerate(stated.placed)}
        self._moves = Moves(stated.problem, solution.choice)
        self._chains: Chains | None = None
        if plan.objective == "makespan":
            self._chains = Chains(stated.problem, solution.choice)
        self._offering: dict[str, tuple[tuple[Candidate, bool], ...]] = {}

    def of(self, step: Step) -> tuple[Rejected, ...]:
        """Return why a step is where it is and nowhere else, in the order of the federation."""
        chosen = Candidate(step.site, step.provider)
        costs = self._costs(step, chosen)
        if step.operation not in self._offering:
            self._offering[step.operation] = tuple(self._offers(step.operation))
        return tuple(
            Rejected(str(who), costs.get(who) or self._refusal(step, who, is_offered))
            for who, is_offered in self._offering[step.operation]
            if who != chosen
        )

    def _offers(self, operation: str) -> Iterator[tuple[Candidate, bool]]:
        """Yield all that offer an operation, and the sites where nobody does."""
        for site in self._plan.federation.sites.values():
            who = [Candidate(site.name, provider) for provider in (None, *site.providers)]
            offering = [(c, True) for c in who if site.adapter(operation, c.provider) is not None]
            yield from offering or [(who[0], False)]

    def _refusal(self, step: Step, who: Candidate, is_offered: bool) -> str:
        """Say why somebody is no candidate."""
        if not is_offered:
            return "not offered there"
        is_asked = step.asked is None or who.site in step.asked
        if not is_asked or (step.providers is not None and who.provider not in step.providers):
            return "not asked for by the author"
        if who.site not in self._plan.allowed:
            return "left out by restrict_to_sites"
        policy = self._plan.federation.sites[who.site].policy or Policy()
        return f"policy: {_said(may_call(policy, step.operation, self._plan.homesite), policy)}"

    def _costs(self, step: Step, chosen: Candidate) -> dict[Candidate, str]:
        """Say what each candidate would cost more than the one that was chosen."""
        if len(step.candidates) == 1:
            return {}
        number, first = self._numbers[step.name], step.candidates.index(chosen)
        found = {}
        for n, change in enumerate(self._moves.changes(number)):
            ends = f"; {chosen} comes first" if first < n else ""
            if change.forbidden is not None:
                reason = self._forbidden(change.forbidden, step, step.candidates[n])
            elif self._chains is not None:
                reason = _longer(self._chains, number, n) or f"as quick{ends}"
            else:
                reason = _dearer(change.work, change.transfers) or f"as cheap{ends}"
            found[step.candidates[n]] = reason
        return found

    @cached_property
    def _egress(self) -> Egress | None:
        return egress_of(self._plan)

    def _forbidden(self, sent: Sent, moved: Step, to: Candidate) -> str:
        """Say what would have to go where it may not, and who says so."""
        stated = self._stated
        source = stated.placed[stated.problem.links[sent.link].source]
        way = f"{stated.sites[sent.source]} to {stated.sites[sent.target]}"
        for subject, why in self._denied(sent, moved, to):
            return f"policy: {subject} would have to go from {way}; {why}"
        made = f"what {source.operation} returns" if isinstance(source, Step) else source.title
        return f"policy: something made of {made} would go from {way}"

    def _denied(self, sent: Sent, moved: Step, to: Candidate) -> Iterator[tuple[str, str]]:
        """Yield what may not be sent, and who says so, if one step were somewhere else."""
        egress = self._egress
        if egress is None:
            return
        judge, target = egress.judge, self._stated.sites[sent.target]
        source = self._stated.placed[self._stated.problem.links[sent.link].source]
        for place, form in self._read(sent, moved, to):
            made_of, type_ = egress.contents[place]
            if source.name == moved.name:
                made_of -= {Ingredient(moved.site, moved.operation)}
                made_of |= judge.adds(moved.operation, to.site)
            content = Content(made_of, type_) if form == WHOLE else Content(made_of)
            size = egress.size(place) if form == WHOLE else None
            for ingredient, verdict in judge.denials(content, target, size):
                subject = subject_of(self._places.get(place), place, form, ingredient)
                untyped = "it has no known type, and " if lacks_type(verdict) else ""
                why = _said(verdict, judge.policies[ingredient.site])
                yield subject, f"{ingredient.site}: {untyped}{why}"

    def _read(self, sent: Sent, moved: Step, to: Candidate) -> Iterator[tuple[str, str]]:
        """Yield the places from which something is read at the target, and in which form.

        A link does not tell its place, only the step that it comes from and those that want it.
        """
        link, target = self._stated.problem.links[sent.link], self._stated.sites[sent.target]
        source = self._stated.placed[link.source].name
        comes_from = costs_of(self._plan).sizes.comes_from
        readers = (self._stated.placed[number] for number in link.readers)
        at = self._at | {moved.name: to.site}
        lines: list[AnyLine] = [line for line in readers if at[line.name] == target]
        if sent.target in link.wanted_at:
            lines += self._plan.deliveries
        for line in lines:
            gate = () if line.when is None else (line.when,)
            loops = self._places.loops_between(line.scope, "")
            counts = (self._places.maker(loop).outputs[1] for loop in loops)
            for place in dict.fromkeys((*(ref.place for ref in line.refs), *gate, *counts)):
                if comes_from(place, source):
                    for form in forms_read(line, place):
                        yield place, form

    @cached_property
    def _places(self) -> Places:
        return Places(self._plan)

    @cached_property
    def _at(self) -> dict[str, str]:
        return {line.name: line.site for line in self._plan.placed}


def _said(verdict: Verdict, policy: Policy) -> str:
    """Say why a policy does not allow something, and where that is written."""
    at = policy.at if verdict.nearest is None else verdict.nearest.at
    return said_why(verdict) + (f" ({at})" if at else "")


def _longer(chains: Chains, step: int, candidate: int) -> str:
    """Say by how much the longest chain would be longer; '' if it would not."""
    longer = chains.through(step, candidate) - chains.longest
    return f"{_signed(longer)}, as the longest chain" if longer > 0 else ""


@lru_cache(maxsize=4096)
def _dearer(work: int, transfers: int) -> str:
    """Say by how much a plan would be dearer, and what of; '' if it would not."""
    named = [
        (amount, what) for amount, what in ((work, "work"), (transfers, "transfers")) if amount
    ]
    if not work + transfers:
        return ""
    total = _signed(work + transfers)
    if len(named) == 1:
        return f"{total} of {named[0][1]}"
    return f"{total} ({', '.join(f'{_signed(amount)} {what}' for amount, what in named)})"


def _signed(nanoseconds: int) -> str:
    sign = "+" if nanoseconds > 0 else "-"
    if abs(nanoseconds) < _LITTLE:
        return f"{sign}0.01 ms at most"
    return sign + format_seconds(abs(nanoseconds) / 1e9)
