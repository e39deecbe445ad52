"""A net made ready to run: names resolved to numbers, once per net, shared by all its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dfm.net.model import START, Call, NetIR, Select, Send, Signal, Transition, Yield
from dfm.net.template import Ref, references


@dataclass(frozen=True, slots=True)
class Program:
    """What `NetRunner` needs of a net. Places and transitions are numbered in net order.

    `readers[p]` are the transitions that read the value of place p, `followers[p]` those that
    only wait for it. `needs[t]` is how many tokens t waits for; `packs[p]` says that the value
    of p leaves the site whole, so it is packed where it is made.
    """

    net: NetIR
    place: dict[str, int]
    place_names: tuple[str, ...]
    readers: tuple[tuple[int, ...], ...]
    followers: tuple[tuple[int, ...], ...]
    needs: tuple[int, ...]
    inputs: tuple[tuple[int, ...], ...]
    values: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]
    packs: tuple[bool, ...]

    @property
    def transitions(self) -> Sequence[Transition]:
        """The transitions, by number."""
        return self.net.transitions

    def keeps(self, number: int) -> bool:
        """Whether a transition reads the value itself, not only its packed form."""
        transition = self.net.transitions[number]
        if isinstance(transition, Yield):
            return not _is_whole(transition.value)
        return not isinstance(transition, Send)


@lru_cache(maxsize=256)
def load_program(text: str) -> Program:
    """Return the program of a net's text form."""
    from dfm.net.text import parse_net

    return program_of(parse_net(text))


def program_of(net: NetIR) -> Program:
    """Return the program of a net that `verify` has accepted."""
    place = {name: number for number, name in enumerate((START, *_others(net)))}
    readers: list[list[int]] = [[] for _ in place]
    followers: list[list[int]] = [[] for _ in place]
    inputs, values = [], []
    packs = [False] * len(place)
    for number, transition in enumerate(net.transitions):
        read = {place[name] for name in value_places(transition)}
        waits = [place[name] for name in transition.inputs]
        for p in waits:
            (readers if p in read else followers)[p].append(number)
        inputs.append(tuple(waits))
        values.append(tuple(p for p in waits if p in read))
        if isinstance(transition, Send):
            packs[place[transition.place]] = True
        if isinstance(transition, Yield) and _is_whole(transition.value):
            packs[place[transition.value.place]] = True
    return Program(
        net=net,
        place=place,
        place_names=tuple(place),
        readers=tuple(map(tuple, readers)),
        followers=tuple(map(tuple, followers)),
        needs=tuple(len(i) for i in inputs),
        inputs=tuple(inputs),
        values=tuple(values),
        outputs=tuple(_output(t, place) for t in net.transitions),
        packs=tuple(packs),
    )


def value_places(transition: Transition) -> tuple[str, ...]:
    """Return the places whose values a transition reads (it may wait for more)."""
    match transition:
        case Call():
            refs = (r for _, template in transition.arguments for r in references(template))
            return tuple(dict.fromkeys(r.place for r in refs))
        case Select():
            return (transition.source.place,)
        case Send():
            return (transition.place,)
        case Signal():
            return ()
        case Yield():
            return tuple(dict.fromkeys(r.place for r in references(transition.value)))


def _others(net: NetIR) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p for p in net.places if p != START))


def _is_whole(template: object) -> bool:
    return isinstance(template, Ref) and not template.path


def _output(transition: Transition, place: dict[str, int]) -> int:
    match transition:
        case Call() | Select() | Signal():
            return place[transition.output]
        case Send() | Yield():
            return -1
