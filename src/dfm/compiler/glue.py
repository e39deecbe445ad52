"""Choose the sites of what is no operation: near what it reads, else near who reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from dfm.compiler.cost import costs_of
from dfm.compiler.leaders import leaders_of
from dfm.compiler.lines import AnyLine, Delivery, Line, Step
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
    it asks of is; if no step made that, where the first step in the loop or branch is. A list is
    gathered where its values are. Values of several sites are joined where the result is read. If
    policies do not let the others go there, it is the next such site to which they do, at last the
    homesite. A cache is asked for the site where the value is made that it keeps, unless the author
    names one. What reads nothing is where its first reader is; in the end there is the homesite.

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
            line if isinstance(line, Step) else line.replace(site=sites.of[line.key])
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
        self._plan = plan
        self.of = {step.name: step.site for step in plan.steps}
        self._places = Places(plan)
        self._home = plan.homesite if plan.homesite in plan.allowed else plan.default_site
        self._sizes = costs_of(plan).bytes_out
        self._readers: defaultdict[str, list[AnyLine]] = defaultdict(list)
        self._leaders = leaders_of(plan)
        for line in plan.all_lines:
            gate = () if line.when is None else (line.when,)
            for place in (*(ref.place for ref in line.refs), *line.after, *gate):
                self._readers[place].append(line)

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
        return self._largest(ref.place for ref in line.refs) or self._site_of_leader(line)

    def _site_of_leader(self, line: Line) -> str:
        """Return the site of the first step of a loop or branch that no value decides."""
        return self.of.get(self._leaders.get(line.key, ""), "")

    def _at(self, place: str) -> str:
        """Return the site of a place, '' if it has none yet, or none of its own."""
        line = self._places.get(place)
        return "" if line is None else self.of.get(line.key, "")

    def _largest(self, places: Iterable[str]) -> str:
        """Return the site where the largest of some values is, to which the others may go."""
        held = self._held(places)
        if not held:
            return ""
        largest = sorted(held, key=lambda place: -self._sizes.get(place, 0))
        return self._plan.first_allowed((*(held[p] for p in largest), self._home), held)

    def _held(self, places: Iterable[str]) -> dict[str, str]:
        """Return the sites of those of some places that have one."""
        return {place: site for place in places if (site := self._at(place))}

    def _site_of_readers(self, line: Line) -> str:
        """Return the site of who reads a line's places, through what must be where it is."""
        sites = []
        for reader in (reader for place in line.outputs for reader in self._readers[place]):
            if isinstance(reader, Glue) and reader.near in line.outputs:
                sites.append(self._site_of_readers(reader))
            else:
                sites.append(self._at_line(reader))
        sites = [site for site in sites if site]
        held = self._held(ref.place for ref in line.refs)
        if held and isinstance(line, Glue) and isinstance(line.does, Join):
            sites.append(self._home)  # where yields of several sites meet, too
        return self._plan.first_allowed(sites, held) if sites else ""

    def _at_line(self, line: AnyLine) -> str:
        return line.site if isinstance(line, (Step, Delivery)) else self.of.get(line.key, "")
