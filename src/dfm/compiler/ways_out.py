"""What to say of something that may not be sent: what, why, by whose rule, and the ways out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dfm.compiler.contents import Content
from dfm.compiler.egress import Judge
from dfm.compiler.lines import AnyLine, Delivery, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.errors import PolicyError
from dfm.federation.policies import Ingredient, Verdict
from dfm.net.transitions import Branch, Lookup


class Refused(NamedTuple):
    """Something that may not be sent: what is in a place, read at the target by a line.

    `source` is '' when it may not be sent from anywhere.
    """

    place: str
    content: Content
    size: int | None
    source: str
    to: str
    reader: AnyLine | None


class WaysOut:
    """The errors about what may not be sent in a plan; each of them is made once."""

    def __init__(self, plan: Plan, judge: Judge) -> None:
        self._plan = plan
        self._judge = judge
        self._places = Places(plan)
        self._told: set[tuple[object, ...]] = set()

    def refusals(self, refused: Refused) -> Iterator[PolicyError]:
        """Yield an error for each site whose policy does not let something be sent."""
        owners: set[str] = set()
        for ingredient, verdict in self._judge.denials(refused.content, refused.to, refused.size):
            told = (refused.place, ingredient, refused.source, refused.to)
            if ingredient.site not in owners and told not in self._told:
                self._told.add(told)
                yield self._refusal(refused, ingredient, verdict)
            owners.add(ingredient.site)

    def _refusal(self, refused: Refused, ingredient: Ingredient, verdict: Verdict) -> PolicyError:
        line = self._places.get(refused.place)
        where = f" from {refused.source!r}" if refused.source else ""
        made = _subject(line, refused.place)
        if not isinstance(line, Step) or line.operation != ingredient.operation:
            made += f", made of what {ingredient.operation} returns at {ingredient.site!r},"
        message = (
            f"{made} may not be sent{where} to {refused.to!r}{_purpose(refused)}:"
            f" {self._reason(ingredient.site, verdict)}"
        )
        at = line.at if line is not None else ""
        return PolicyError(message, at=at, hint=self._ways(refused, ingredient))

    def _reason(self, owner: str, verdict: Verdict) -> str:
        """Return why a site's policy does not allow something, and where it says so."""
        at = verdict.nearest.at if verdict.nearest is not None else self._judge.policies[owner].at
        return f"by the policy of {owner!r}, {verdict.why}" + (f" ({at})" if at else "")

    # -- ways out ----------------------------------------------------------------------------

    def _ways(self, refused: Refused, ingredient: Ingredient) -> str:
        owner = ingredient.site
        ways = []
        if released := list(self._releasing(ingredient, refused.to)):
            ways.append(f"{' or '.join(released[:3])}, which the policy of {owner!r} releases")
        if isinstance(refused.reader, Step):
            reader = refused.reader
            read = (f"{reader.operation} at {s!r}" for s in self._sites_for(refused, reader))
            if others := [way for way in read if way not in released]:
                ways.append(" or ".join(others[:3]))
        elif homes := list(self._allowed(refused)):
            ways.append(f"an application at {' or '.join(map(repr, homes))}")
        at = self._judge.policies[owner].at
        ways.append(f"asking the owner of {owner!r} for a rule" + (f", in {at}" if at else ""))
        return "; or ".join(ways)

    def _releasing(self, ingredient: Ingredient, to: str) -> Iterator[str]:
        """Yield operations whose result may be sent, each at a site that may make it."""
        federation, judge = self._plan.federation, self._judge
        for spec in federation.operations.values():
            if not judge.releases(ingredient.site, spec.name):
                continue
            for site in federation.sites_offering(spec.name):
                made = Content(judge.adds(spec.name, site), spec.returns)
                may_be_there = site not in judge.never(*ingredient)
                if may_be_there and to not in judge.barred(made, None):
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


def _subject(line: AnyLine | None, place: str) -> str:
    """Return what people call what is in a place."""
    match line:
        case Step(operation=operation):
            return f"what {operation} returns"
        case Scope(count=count):
            return "how many items a loop has" if place == count else "an item of a loop"
        case Glue(does=Branch()):
            return "the answer to a condition"
        case Glue(does=Lookup(hit=hit)) if place != hit:
            return "whether a cache has something"
        case Glue(title=title) if title:
            return title
    return "a value"


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
