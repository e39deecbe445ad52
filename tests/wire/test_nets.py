"""Nets, frames and error tokens travel, and are made by their own constructors."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from tests.wire.exactness import same, travelled

from dfm.errors import CorruptMessage
from dfm.net.condition import And, Compare, Not, Or
from dfm.net.frame import Frame
from dfm.net.model import (
    Ask,
    BoundNetIR,
    Branch,
    Call,
    Ended,
    Gather,
    Join,
    Last,
    Let,
    Lookup,
    Loop,
    NetIR,
    Options,
    Previous,
    Receive,
    Send,
    Signal,
    Store,
    Transition,
    Yield,
)
from dfm.net.prepared import PreparedPipeline
from dfm.net.template import Attribute, Item, Ref, Sealed
from dfm.net.token import ABSENT, Count, ErrorRecord, Failure
from dfm.wire import Codecs

REF = Ref("node1", (Item(0), Attribute("name"), Item("k")))
NET = NetIR(
    "p",
    "hub",
    ("$", "$first"),
    (Receive("node1", "a"),),
    (
        Call("node2", "x.Y", None, (("a", [REF, {"k": [Ref("$first")]}]),), ("node1",), 2),
        Call("node5", "x.Z", options=Options(True, 2, ("TimeoutError",), 0.5, 2.0), when="then"),
        Ask("advice", "x.Y", "radar", (("a", 1),), 2),
        Let("node3", [REF, {"k": 1}], ("node2",), "then"),
        Signal("done", "node2"),
        Branch("then", "else", And((Compare("<", REF, 1), Or((Not(REF), True)))), node=3),
        Join("either", ("node3", "node5")),
        Lookup("hit", "miss", ["k", REF], when="then"),
        Store("stored", ["k", REF], REF, "hit", (), "miss", 4),
        Loop(
            "item",
            "count",
            "hub",
            REF,
            ("desk",),
            16,
            "time",
            (Receive("far", "desk"),),
            (
                Previous("before", "item", "node3"),
                Loop("inner", "inner_count", "desk", body=(Send("item", "desk"),)),
            ),
            (Gather("all", "item"), Last("last", "item", "node3"), Ended("over", ("before",))),
            ("node2",),
            "then",
            5,
        ),
        Send("node2", "desk"),
        Yield("y", "y", Sealed(b"\x01", (REF,), "1"), 4),
    ),
)

VALUES: list[Any] = [
    REF,
    Sealed(b"x", (REF,), "shown"),
    Failure((ErrorRecord("ValueError", "no", "trace", site="hub", node=3),)),
    Count(3, Failure((ErrorRecord("ValueError", "no"),))),
    Frame([2, 7]),
    Frame("stop"),
    NET,
    BoundNetIR(NET, ((0, {"$first": {1, 2}}),)),
    PreparedPipeline("p", "f", "1", "desk", {"hub": NET}, {1: "a.py:3"}),
]


@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_it_comes_back_as_it_was(value: Any, trusted: bool) -> None:
    back = travelled(value, Codecs(trusted=trusted))

    assert same(back, value)


def test_a_net_travels_without_its_fingerprint_and_has_the_same() -> None:
    fingerprint = NET.fingerprint

    assert "fingerprint" not in vars(travelled(NET))
    assert travelled(NET).fingerprint == fingerprint


def test_every_kind_of_transition_is_in_the_net_that_travels() -> None:
    assert {type(t) for t in NET.walk()} == set(get_args(Transition))


def test_a_comparison_that_is_none_does_not_arrive() -> None:
    condition = Compare("<", 1, 2)
    object.__setattr__(condition, "operator", "in")
    packed = Codecs().pack(condition)

    with pytest.raises(CorruptMessage, match="is no comparison"):
        Codecs().unpack(packed)


def test_there_is_one_absence() -> None:
    assert travelled([ABSENT])[0] is ABSENT


def test_a_selector_of_a_private_name_does_not_arrive() -> None:
    selector = Attribute("name")
    object.__setattr__(selector, "name", "__class__")
    packed = Codecs().pack(Ref("a", (selector,)))

    with pytest.raises(CorruptMessage, match="__class__"):
        Codecs().unpack(packed)
