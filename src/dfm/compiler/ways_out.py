"""What to say of something that may not be sent: what, why, by whose rule, and the ways out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dfm.compiler.contents import Content, Contents
from dfm.compiler.egress import Judge
from dfm.compiler.lines import AnyLine, Delivery, Step
from dfm.compiler.made import Glue
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.compiler.subjects import PART, WHOLE, lacks_type, said_why, subject_of
from dfm.errors import PolicyError
from dfm.federation.models import OperationSpec
from dfm.federation.policies import Ingredient, Verdict
from dfm.net.transitions import Branch
from dfm.types import Type


class Refused(NamedTuple):
    """Something that may not be sent: what is in a place, read at the target by a line.

    `source` is '' when it may not be sent from anywhere. `form` says that it is a part of what is
    in the place, or a list with it, say.
    """

    place: str
    content: Content
    size: int | None
    source: str
    to: str
    reader: AnyLine | None
    form: str = WHOLE


class _Returned(NamedTuple):
    """What an operation returned that what is refused is, or is made of directly."""

    place: str
    operation: str
    content: Content


class WaysOut:
    """The errors about what may not be sent in a plan; each of them is made once."""

    def __init__(self, plan: Plan, judge: Judge, contents: Contents) -> None:
        self._plan = plan
        self._judge = judge
        self._contents = contents
        self._places = Places(plan)
        self._told: set[tuple[object, ...]] = set()

    def refusals(self, refused: Refused) -> Iterator[PolicyError]:
        """Yield an error for each site whose policy does not let something be sent."""
        owners: set[str] = set()
        for ingredient, verdict in self._judge.denials(refused.content, refused.to, refused.size):
            told = (_place_of(refused), ingredient, refused.source, refused.to)
            if ingredient.site not in owners and told not in self._told:
                self._told.add(told)
                yield self._refusal(refused, ingredient, verdict)
            owners.add(ingredient.site)

    def _refusal(self, refused: Refused, ingredient: Ingredient, verdict: Verdict) -> PolicyError:
        line, reader = self._places.get(refused.place), refused.reader
        where = f" from {refused.source!r}" if refused.source else ""
        subject = subject_of(line, refused.place, refused.form, ingredient)
        message = (
            f"{subject} may not be sent{where} to {refused.to!r}{_purpose(refused)}:"
            f" {self._reason(ingredient.site, verdict)}"
        )
        written = reader if reader is not None and refused.form not in (WHOLE, PART) else line
        at = written.at if written is not None else ""
        return PolicyError(message, at=at, hint=self._ways(refused, ingredient, verdict))

    def _reason(self, owner: str, verdict: Verdict) -> str:
        """Return why a site's policy does not allow something, and where it says so."""
        at = verdict.nearest.at if verdict.nearest is not None else self._judge.policies[owner].at
        untyped = "it has no known type, and " if lacks_type(verdict) else ""
        reason = f"{untyped}by the policy of {owner!r}, {said_why(verdict)}"
        return reason + (f" ({at})" if at else "")

    # -- ways out ----------------------------------------------------------------------------

    def _ways(self, refused: Refused, ingredient: Ingredient, verdict: Verdict) -> str:
        owner = ingredient.site
        ways, released = [], list[str]()
        if way := self._undone(refused):
            ways.append(way)
        elif released := list(self._releasing(refused, ingredient)):
            ways.append(f"{' or '.join(released[:3])}, which the policy of {owner!r} releases")
        if isinstance(refused.reader, Step):
            reader = refused.reader
            read = (f"{reader.operation} at {s!r}" for s in self._sites_for(refused, reader))
            if others := [way for way in read if way not in released]:
                ways.append(" or ".join(others[:3]))
        elif homes := list(self._allowed(refused)):
            ways.append(f"an application at {' or '.join(map(repr, homes))}")
        return "; or ".join((*ways, self._asking(owner, verdict)))

    def _asking(self, owner: str, verdict: Verdict) -> str:
        """Return whom to ask for which rule, and where that would be written."""
        asking = f"asking the owner of {owner!r} for a rule"
        rule = verdict.nearest
        if rule is None:
            at = self._judge.policies[owner].at
            return asking + (f", in {at}" if at else "")
        wider = "without `types`, unlike" if lacks_type(verdict) else "that allows more than"
        return f"{asking} {wider} {rule.name!r}" + (f" ({rule.at})" if rule.at else "")

    def _read(self, refused: Refused) -> list[str]:
        """Return the places of the values that something is, is a part of, or is made with."""
        line = self._places.get(refused.place)
        if refused.form not in (WHOLE, PART):
            line = refused.reader
        if line is None or isinstance(line, Step):
            return [refused.place]
        return list(dict.fromkeys(ref.place for ref in line.refs if ref.place in self._places))

    def _returned(self, places: Iterable[str]) -> list[_Returned]:
        """Return what operations returned, of what is in places."""
        makers = ((place, self._places.get(place)) for place in places)
        return [
            _Returned(place, maker.operation, self._contents[place])
            for place, maker in makers
            if isinstance(maker, Step)
        ]

    def _undone(self, refused: Refused) -> str:
        """Return how to use values as they were returned, if they may be sent like that."""
        line, read = self._places.get(refused.place), self._read(refused)
        is_asked = isinstance(line, Glue) and isinstance(line.does, Branch)
        to = self._plan.homesite if is_asked else refused.to
        returned = self._returned(read)
        is_barred = any(to in self._judge.barred(each.content, None) for each in returned)
        if is_barred or not returned or len(returned) < len(read):
            return ""
        names = " and ".join(dict.fromkeys(f"what {each.operation} returns" for each in returned))
        if is_asked:
            return f"yielding {names}, and deciding in the application"
        if refused.form == PART:
            return f"the whole of {names}"
        if refused.form == WHOLE:
            return ""
        return f"yielding {names} {'by itself' if len(returned) == 1 else 'one by one'}"

    def _releasing(self, refused: Refused, ingredient: Ingredient) -> Iterator[str]:
        """Yield operations whose result may be sent, each at a site that may make it.

        Those that were done already are left out, and those for values of other types.
        """
        federation, judge = self._plan.federation, self._judge
        returned, there = self._returned(self._read(refused)), refused.source or ingredient.site
        done = {each.operation for each in (*refused.content.made_of, *returned)}
        values = [each.content for each in returned]
        if not values or refused.form == PART:
            values.append(Content(refused.content.made_of))
        for spec in federation.operations.values():
            if spec.name in done or not judge.releases(ingredient.site, spec.name):
                continue
            taken = [value for value in values if _takes(spec, value.type)]
            for site in federation.sites_offering(spec.name):
                made = Content(judge.adds(spec.name, site), spec.returns)
                may_be_there = site == there or any(
                    site not in judge.barred(value, None) for value in taken
                )
                if taken and may_be_there and refused.to not in judge.barred(made, None):
                    yield f"{spec.name} at {site!r}"
                    break

    def _sites_for(self, refused: Refused, reader: Step) -> Iterator[str]:
        """Yield the sites at which the operation that reads it could do so."""
        sites = self._plan.federation.sites
        for site in (refused.source, *self._allowed(refused)):
            if site and sites[site].adapter(reader.operation) is not None:
                yield site

    def _allowed(self, refused: Refused) -> Iterator[str]:
        barred = self._judge.barred(refused.content, refused.size)
        return (s for s in self._judge.sites if s not in barred and s != refused.source)


def _takes(spec: OperationSpec, given: Type) -> bool:
    """Whether an operation has a parameter that something may be."""
    return any(p.accepts_node and given.may_feed(p.type) for p in spec.parameters)


def _place_of(refused: Refused) -> str:
    """Return what is refused once: a place, but each yield of something made with it."""
    if refused.form in (WHOLE, PART) or refused.reader is None:
        return refused.place
    return refused.reader.key


def _purpose(refused: Refused) -> str:
    """Return what something would be sent for."""
    match refused.reader:
        case Step(operation=operation, at=at):
            return f" for {operation}" + (f" ({at})" if at else "")
        case Delivery(place=place):
            return f", where it is yielded as {place!r}"
        case Glue(title=title) if title:
            return f" for {title}"
    return ""
