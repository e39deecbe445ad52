"""Choose the sites of what is no operation: near what it reads, else near who reads it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace

from dfm.compiler.cost import costs_of
from dfm.compiler.lines import AnyLine, Delivery, Line, Scope, Step
from dfm.compiler.made import Glue
from dfm.compiler.mistakes import Mistakes
from dfm.compiler.places import Places
from dfm.compiler.plan import Plan
from dfm.errors import PlacementError, UnknownName
from dfm.net.template import references
from dfm.net.transitions import Join, Lookup, Store


def place_glue(plan: Plan) -> Plan:
    """Give each loop, branch, join and look into a cache its site.

    A loop goes through its sequence where that is, a condition is evaluated where most of what
    it asks of is, a list is gathered where its values are. Values of several sites are joined
    where the result is read. A cache is asked for the site where the value is made that it keeps,
    unless the author names one. What reads nothing is where its first reader is; in the end
    there is the homesite.

    Needs: each step has a site (`choose_sites` has run).
    Leaves: each line but the yields has a site.

    Raises:
        UnknownName: for the site of a cache that is not there.
        PlacementError: for one that is left out by a restriction.
    """
    mistakes = Mistakes(plan.pipeline_name)
    for line in plan.lines:
        # The stores of a lookup are where that is.
        is_own = isinstance(line, Glue) and getattr(line.does, "lookup", None) is None
        if isinstance(line, Glue) and is_own and line.asked is not None:
            with mistakes.noted():
                _check_site(line, line.asked, plan)
    mistakes.raise_any()
    sites = _Sites(plan)
    for line in plan.lines:
        sites.place(line)
    for line in reversed(plan.lines):
        sites.place_near_readers(line)
    default = plan.default_site
    for line in plan.lines:
        sites.place(line, default)
    return replace(
        plan,
        lines=tuple(
            line if isinstance(line, Step) else replace(line, site=sites.of[line.key])
            for line in plan.lines
        ),
    )


def _check_site(line: Glue, site: str, plan: Plan) -> None:
    if site not in plan.federation.sites:
        raise UnknownName("site", site, plan.federation.sites, at=line.at)
    if site not in plan.allowed:
        raise PlacementError(
            f"{line.title} is at {site!r}, but the pipeline is restricted to"
            f" {', '.join(map(repr, plan.allowed))}",
            at=line.at,
            hint=f"restrict_to_sites with {site!r} in it",
        )


class _Sites:
    """The sites found so far, by the keys of lines."""

    def __init__(self, plan: Plan) -> None:
        self.of = {step.name: step.site for step in plan.steps}
        self._places = Places(plan)
        self._home = plan.homesite if plan.homesite in plan.allowed else plan.default_site
        self._sizes = costs_of(plan).bytes_out
        self._readers: defaultdict[str, list[AnyLine]] = defaultdict(list)
        self._gated: defaultdict[str, list[AnyLine]] = defaultdict(list)
        self._inside: defaultdict[str, list[Line]] = defaultdict(list)
        for line in plan.all_lines:
            for place in (*(ref.place for ref in line.refs), *line.after):
                self._readers[place].append(line)
            if line.when is not None:
                self._gated[line.when].append(line)
        for step in plan.steps:
            for loop in self._places.loops_between(step.scope, ""):
                if self._inside[loop]:
                    break
                self._inside[loop].append(step)

    def place(self, line: Line, default: str = "") -> None:
        """Give a line its site if what it goes by has one; else the default, if there is one."""
        if line.key in self.of:
            return
        site = self._site(line) or default
        if site:
            self.of[line.key] = site

    def place_near_readers(self, line: Line) -> None:
        """Give a line that has no site yet the one of what it is for."""
        self.place(line)
        is_near = isinstance(line, Glue) and bool(line.near)
        if line.key not in self.of and not is_near and (site := self._site_of_readers(line)):
            self.of[line.key] = site

    def _site(self, line: Line) -> str:
        if isinstance(line, Glue):
            if line.asked is not None:
                return line.asked
            if line.near:
                return self._at(line.near)
            if isinstance(line.does, Join):
                sites = {self._at(ref.place) for ref in line.refs} - {""}
                return sites.pop() if len(sites) == 1 else ""
            if isinstance(line.does, Lookup):
                return self._home
            if isinstance(line.does, Store):
                stored = references(line.does.value)
                return self._largest(r.place for r in stored) if stored else self._home
        site = self._largest(ref.place for ref in line.refs)
        if isinstance(line, Scope) and not site:
            return next((step.site for step in self._inside[line.item]), "")
        return site

    def _at(self, place: str) -> str:
        """Return the site of a place, '' if it has none yet, or none of its own."""
        line = self._places.get(place)
        return "" if line is None else self.of.get(line.key, "")

    def _largest(self, places: Iterable[str]) -> str:
        """Return the site where the largest of some values is."""
        located = [place for place in places if self._at(place)]
        return self._at(max(located, key=lambda p: self._sizes.get(p, 0))) if located else ""

    def _site_of_readers(self, line: Line) -> str:
        if isinstance(line, Glue) and line.is_bare:
            gated = [self._at_line(reader) for gate in line.outputs for reader in self._gated[gate]]
            [[site, _], *_] = Counter(filter(None, gated)).most_common(1) or [("", 0)]
            if site:
                return site
        readers = (reader for place in line.outputs for reader in self._readers[place])
        return next(filter(None, map(self._at_line, readers)), "")

    def _at_line(self, line: AnyLine) -> str:
        return line.site if isinstance(line, (Step, Delivery)) else self.of.get(line.key, "")
