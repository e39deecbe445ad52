"""Programs: nets in numbers."""

from __future__ import annotations

from typing import Any

from dfm.exec.program import program_of
from dfm.net import Call, NetIR, Ref, Send


class Name(str):
    """A place whose comparisons are counted; that of a name with itself is none."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def comparisons(width: int) -> int:
    """How many names are compared while a net is loaded in which one call reads many places."""
    calls: list[Any] = [Call(Name(f"made{n}"), "m.Make") for n in range(width)]
    refs = [Ref(Name(f"made{n}")) for n in range(width)]
    awaited = tuple(Name(f"made{n}") for n in range(width))
    calls.append(Call(Name("all"), "m.Use", arguments=(("v", refs),), after=awaited))
    net = NetIR("p", "a", ("$",), (), (*calls, Send(Name("all"), "home")))
    Name.compared = 0
    program_of(net)
    return Name.compared


def test_a_call_that_reads_twice_as_much_is_twice_the_work() -> None:
    once, twice = comparisons(200), comparisons(400)

    assert 0 < twice < 2.4 * once
