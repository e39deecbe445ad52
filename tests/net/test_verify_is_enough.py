"""Nets that keep the laws fill every place once, whatever they say; each law is needed for that.

The nets are a tour of the language over two sites, with a few lines or names changed at random.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from textwrap import dedent

from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.net.law_nets import DESK, HUB, TOUR, nets_of

from dfm.errors import InternalError, StructureError
from dfm.net import Ended, Loop, NetIR, Transition, Yield, simulate, verify


def watched(net: NetIR) -> NetIR:
    """The net with a yield for each place, and one for the end of each loop."""
    transitions = with_ends(net.transitions)
    places = replace(net, transitions=transitions).places
    probes = (Yield(f"{place} at {net.site}", "probe", 1, after=(place,)) for place in places)
    return replace(net, transitions=(*transitions, *probes))


def with_ends(transitions: tuple[Transition, ...]) -> tuple[Transition, ...]:
    return tuple(
        replace(t, body=with_ends(t.body), gives=(*t.gives, Ended(f"{t.item} is over")))
        if isinstance(t, Loop)
        else t
        for t in transitions
    )


def stuck(nets: dict[str, NetIR]) -> list[str]:
    """The places that get no token, or more than one, when nets run."""
    observed = {site: watched(net) for site, net in nets.items()}
    found = simulate(observed, [{"xs": 3}], lambda site, call, given: [given["of"], [1, 2], 3])
    counts = Counter(y.name for y in found if y.place == "probe")
    probes = [y.name for net in observed.values() for y in net.yields if y.place == "probe"]
    return [name for name in probes if counts[name] != 1]


def test_nets_that_keep_the_laws_fill_every_place_once() -> None:
    assert stuck(TOUR) == []


def test_nets_that_wait_for_each_other_get_stuck() -> None:
    text = 'net "p" at a\nparams $\nx = signal y\ny = signal x\nz = let 1'

    assert stuck(nets_of(text)) == ["x at a", "y at a"]


NAME = re.compile(r"node\d+\w*|before|said|turn|hub|desk|\$\w*")


@st.composite
def mutants(draw: st.DrawFn) -> dict[str, str]:
    """The texts of the tour with a line lost, doubled or moved, or with other names in them."""
    texts = {"hub": dedent(HUB).strip(), "desk": dedent(DESK).strip()}
    for _ in range(draw(st.integers(1, 3))):
        site = draw(st.sampled_from(list(texts)))
        head, *lines = texts[site].splitlines()
        here = st.integers(0, len(lines) - 1)
        change = draw(st.sampled_from(["name", "name", "name", "lose", "double", "move"]))
        number = draw(here)
        if change == "name":
            found = list(NAME.finditer(lines[number]))
            if not found:
                continue
            name = draw(st.sampled_from(found))
            other = draw(st.sampled_from(sorted(set(NAME.findall(HUB + DESK)))))
            lines[number] = lines[number][: name.start()] + other + lines[number][name.end() :]
        elif change == "double":
            lines.insert(draw(here), lines[number])
        else:
            line = lines.pop(number)
            if change == "move":
                lines.insert(draw(here), line)
        texts[site] = "\n".join([head, *lines])
    return texts


@settings(max_examples=200)
@given(mutants())
def test_what_keeps_the_laws_never_gets_stuck(texts: dict[str, str]) -> None:
    try:
        nets = nets_of(*texts.values())
        verify(nets)
    except (StructureError, InternalError) as refusal:
        event(type(refusal).__name__)
        return

    assert stuck(nets) == []
