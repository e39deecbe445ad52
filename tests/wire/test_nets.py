"""Nets, frames and error tokens travel, and are made by their own constructors."""

from __future__ import annotations

from typing import Any

import pytest
from tests.wire.exactness import same, travelled

from dfm.errors import CorruptMessage
from dfm.net.frame import Frame
from dfm.net.model import BoundNetIR, Call, NetIR, Receive, Select, Send, Yield
from dfm.net.prepared import PreparedPipeline
from dfm.net.template import Attribute, Item, Ref, Sealed
from dfm.net.token import ABSENT, ErrorRecord, Failure
from dfm.wire import Codecs

REF = Ref("node1", (Item(0), Attribute("name"), Item("k")))
NET = NetIR(
    "p",
    "hub",
    ("$", "$first"),
    (Receive("node1", "a"),),
    (
        Call("node2", "x.Y", None, (("a", [REF, {"k": [Ref("$first")]}]),), ("node1",), 2),
        Select("node3", REF),
        Send("node2", "desk"),
        Yield("y", "y", Sealed(b"\x01", (REF,), "1"), 4),
    ),
)

VALUES: list[Any] = [
    REF,
    Sealed(b"x", (REF,), "shown"),
    Failure((ErrorRecord("ValueError", "no", "trace", site="hub", node=3),)),
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


def test_there_is_one_absence() -> None:
    assert travelled([ABSENT])[0] is ABSENT


def test_a_selector_of_a_private_name_does_not_arrive() -> None:
    selector = Attribute("name")
    object.__setattr__(selector, "name", "__class__")
    packed = Codecs().pack(Ref("a", (selector,)))

    with pytest.raises(CorruptMessage, match="__class__"):
        Codecs().unpack(packed)
