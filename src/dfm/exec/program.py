"""A net made ready to run: names resolved to numbers, once per net, shared by all its jobs.

Each scope of the net (the net itself, and the body of each loop) has its own table of places. A
place of a scope around that a body captures is in the body's table too, for it gets a token there
in each iteration like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dfm.exec.outline import Entry, Outline, given_of, outlines_of, outputs_of, reads_of, waits_of
from dfm.exec.packing import Node, packed_and_kept
from dfm.net.loops import Ended, Gather, Last, Previous
from dfm.net.model import START, NetIR
from dfm.net.transitions import gate_of


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope. Places and entries are numbered within it, entries from `first` in the program.

    For each place: `readers` are the entries that read its value, `followers` those that only
    wait for it, `captured_by` the places of inner scopes that get the same token, `carries` the
    `Previous` that read it one iteration later, and `gathers` the entries of the scope around that
    give something of it. `packs` says that its value leaves the site whole, so it is packed where
    it is made, and `keeps` that something here reads the value itself. `previous` are all entries
    that read an iteration before.

    For each entry: `inputs` are the places it waits for, `values` those it reads, `gate` its gate
    or -1, and `needs` how many tokens it waits for.

    `captures` are the places around, those here, and whether any of the body reads the value.
    `loop` is the entry around whose body this is; `body[e]` is the scope of the loop that e is,
    or that gives e, and -1 for other entries.
    """

    index: int
    around: int
    first: int
    loop: int
    place: Mapping[str, int]
    names: tuple[str, ...]
    entries: tuple[Entry, ...]
    inner: tuple[int, ...]
    readers: tuple[tuple[int, ...], ...]
    followers: tuple[tuple[int, ...], ...]
    captured_by: tuple[tuple[tuple[int, int], ...], ...]
    carries: tuple[tuple[int, ...], ...]
    gathers: tuple[tuple[int, ...], ...]
    captures: tuple[tuple[int, int, bool], ...]
    unread: tuple[int, ...]
    packs: tuple[bool, ...]
    keeps: tuple[bool, ...]
    inputs: tuple[tuple[int, ...], ...]
    values: tuple[tuple[int, ...], ...]
    outputs: tuple[tuple[int, ...], ...]
    gate: tuple[int, ...]
    needs: tuple[int, ...]
    body: tuple[int, ...]
    previous: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """What `NetRunner` needs of a net.

    `home[name]` is the scope and the number of a place that this site makes or receives, and
    `loops[item]` the scope of a loop's body. Entries are numbered through all scopes:
    `scope_of[number]` is an entry's scope.
    """

    net: NetIR
    scopes: tuple[Scope, ...]
    home: Mapping[str, tuple[int, int]]
    loops: Mapping[str, int]
    scope_of: tuple[int, ...]
    counts: frozenset[str]

    @property
    def site(self) -> str:
        """The site that runs it."""
        return self.net.site

    def wanted(self, place: str) -> tuple[int, bool]:
        """Return how many entries read a place, and whether any only waits for it."""
        index, number = self.home[place]
        scope = self.scopes[index]
        followed = bool(scope.followers[number]) or bool(scope.captured_by[number])
        return len(scope.readers[number]), followed

    def carried(self, number: int) -> tuple[bool, bool]:
        """Return whether the first output of an entry is to be packed, and whether to be kept."""
        scope = self.scopes[self.scope_of[number]]
        place = scope.outputs[number - scope.first][0]
        return scope.packs[place], scope.keeps[place]

    def output(self, number: int) -> str:
        """Return the name of the first place that an entry fills."""
        scope = self.scopes[self.scope_of[number]]
        return scope.names[scope.outputs[number - scope.first][0]]


@lru_cache(maxsize=256)
def load_program(text: str) -> Program:
    """Return the program of a net's text form; what comes from outside is verified, once.

    Raises:
        InternalError: when the net breaks a law that one site can see.
    """
    from dfm.net.text import parse_net
    from dfm.net.verify import verify_net

    net = parse_net(text)
    verify_net(net)
    return program_of(net)


def program_of(net: NetIR) -> Program:
    """Return the program of a net that `verify` has accepted."""
    received = (r.place for r in net.receives)
    outlines = outlines_of(net.transitions, tuple(dict.fromkeys((START, *net.params, *received))))
    packs, keeps = packed_and_kept(outlines)
    scopes = tuple(_scope(o, outlines[o.around], packs, keeps) for o in outlines)
    return Program(
        net=net,
        scopes=scopes,
        home={
            name: (scope.index, scope.place[name])
            for scope in scopes
            for name in scope.names[len(scope.captures) :]
        },
        loops={o.loop.item: o.index for o in outlines if o.loop is not None},
        scope_of=tuple(scope.index for scope in scopes for _ in scope.entries),
        counts=frozenset(o.loop.count for o in outlines if o.loop is not None),
    )


# -- names to numbers ------------------------------------------------------------------------------


def _scope(outline: Outline, around: Outline, packs: set[Node], keeps: set[Node]) -> Scope:
    inner = outline.inner
    place = {name: outline.number_of(name, is_read=True) for name in outline.own}
    names = (*(name for name, _ in outline.captured), *outline.own)
    captured_by: list[list[tuple[int, int]]] = [[] for _ in names]
    for other in inner:
        for number, (name, is_read) in enumerate(other.captured):
            place_of_it = outline.number_of(name, is_read=is_read)
            captured_by[place_of_it].append((other.index, number))
    inputs = tuple(_inputs(outline, entry) for entry in outline.entries)
    values = tuple(_values(outline, entry) for entry in outline.entries)
    readers: list[list[int]] = [[] for _ in names]
    followers: list[list[int]] = [[] for _ in names]
    carries: list[list[int]] = [[] for _ in names]
    for number, entry in enumerate(outline.entries):
        read = set(values[number])
        for waited in inputs[number]:
            (readers if waited in read else followers)[waited].append(number)
        if isinstance(entry, Previous):
            carries[place[entry.place]].append(number)
    gathers: list[list[int]] = [[] for _ in names]
    for number, give in outline.gives:
        for name in given_of(give):
            gathers[place[name]].append(number)
    return Scope(
        index=outline.index,
        around=outline.around,
        first=outline.first,
        loop=outline.number,
        place=place,
        names=names,
        entries=outline.entries,
        inner=tuple(o.index for o in inner),
        readers=tuple(map(tuple, readers)),
        followers=tuple(map(tuple, followers)),
        captured_by=tuple(map(tuple, captured_by)),
        carries=tuple(map(tuple, carries)),
        gathers=tuple(map(tuple, gathers)),
        captures=tuple(
            (around.number_of(name, is_read=is_read), number, is_read)
            for number, (name, is_read) in enumerate(outline.captured)
        ),
        unread=tuple(map(_count, readers, followers, captured_by)),
        packs=tuple((outline.index, name) in packs for name in names),
        keeps=tuple((outline.index, name) in keeps for name in names),
        inputs=inputs,
        values=values,
        outputs=tuple(tuple(place[n] for n in outputs_of(e)) for e in outline.entries),
        gate=tuple(_gate(outline, entry) for entry in outline.entries),
        needs=tuple(len(waits_of(e)) + _waits_elsewhere(e) for e in outline.entries),
        body=_bodies(outline, inner),
        previous=tuple(n for n, e in enumerate(outline.entries) if isinstance(e, Previous)),
    )


def _inputs(outline: Outline, entry: Entry) -> tuple[int, ...]:
    reads = set(reads_of(entry))
    return tuple(outline.number_of(name, is_read=name in reads) for name in waits_of(entry))


def _values(outline: Outline, entry: Entry) -> tuple[int, ...]:
    return tuple(outline.number_of(name, is_read=True) for name in reads_of(entry))


def _gate(outline: Outline, entry: Entry) -> int:
    gate = gate_of(entry)
    return -1 if gate is None else outline.number_of(gate, is_read=gate in reads_of(entry))


def _waits_elsewhere(entry: Entry) -> bool:
    """Whether an entry waits for one more thing: another iteration, or the end of the loop."""
    return isinstance(entry, (Previous, Gather, Last, Ended))


def _bodies(outline: Outline, inner: list[Outline]) -> tuple[int, ...]:
    bodies = [-1] * len(outline.entries)
    for body in inner:
        for entry in (body.number, *(number for number, _ in body.gives)):
            bodies[entry] = body.index
    return tuple(bodies)


def _count(*groups: list[int] | list[tuple[int, int]]) -> int:
    return sum(map(len, groups))
