"""Templates: which places they read, and what they are once these are known."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from pydantic import BaseModel
from tests.strategies import literals

from dfm.net import Attribute, Item, Ref, Sealed, fill, references

A, B = Ref("a"), Ref("b")
VALUES = {A: 1, B: [2]}.__getitem__


@dataclass(frozen=True)
class Box:
    content: Any
    label: str = "box"


class Model(BaseModel):
    content: Any


Pair = namedtuple("Pair", "left right")


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        (A, 1),
        ([A, B, A], [1, [2], 1]),
        ({"k": (B, {"deep": A})}, {"k": ([2], {"deep": 1})}),
        ({1: A, None: "x"}, {1: 1, None: "x"}),
        ({A, "x"}, {1, "x"}),
        (frozenset({A}), frozenset({1})),
        (Pair(A, B), Pair(1, [2])),
        (Box([A]), Box([1])),
        (Model(content=[Model(content=A)]), Model(content=[Model(content=1)])),
        (Box, Box),
        (Model, Model),
        (b"x", b"x"),
    ],
)
def test_every_reference_is_replaced_at_any_depth(template: Any, filled: Any) -> None:
    found = fill(template, VALUES)

    assert found == filled
    assert type(found) is type(filled)


def test_places_are_read_in_order_of_first_sight() -> None:
    template = {"x": [B, Box((A, Model(content=B)))], "y": Sealed(b"", (Ref("c"), A))}

    assert references(template) == (B, A, Ref("c"))


@given(literals())
def test_a_literal_reads_nothing_and_stays_equal(literal: Any) -> None:
    assert references(literal) == ()
    assert fill(literal, VALUES) == literal


def test_no_two_fillings_share_a_container() -> None:
    template = {"k": [1]}

    assert fill(template, VALUES)["k"] is not template["k"]


def test_a_value_without_references_is_not_copied() -> None:
    box = Box([1])

    assert fill(box, VALUES) is box


@pytest.mark.parametrize("special", [OrderedDict(a=1), defaultdict(list, a=[1]), Counter("aab")])
def test_a_container_of_a_class_of_its_own_keeps_it(special: Any) -> None:
    [filled] = fill([special], VALUES)

    assert type(filled) is type(special)
    assert filled == special


def test_sealed_literals_are_opened_and_filled() -> None:
    opened = {b"1": (A, "x")}.__getitem__

    assert fill([Sealed(b"1", (A,))], VALUES, opened) == [(1, "x")]


def test_sealed_literals_need_a_key() -> None:
    with pytest.raises(ValueError, match="sealed literal"):
        fill([Sealed(b"1")], VALUES)


def test_what_a_sealed_literal_shows_is_no_part_of_it() -> None:
    assert Sealed(b"1", shows="one") == Sealed(b"1", shows="uno")


def test_selectors_are_followed_from_left_to_right() -> None:
    ref = Ref("a", (Item("k"), Item(-1), Attribute("content")))

    assert ref.of({"k": [0, Box(7)]}) == 7


@pytest.mark.parametrize("name", ["_private", "__class__", "", "two words", "1st"])
def test_only_public_attributes_can_be_selected(name: str) -> None:
    with pytest.raises(ValueError, match="no public attribute"):
        Attribute(name)


def test_places_read_inside_a_set_have_an_order_of_their_own() -> None:
    refs = [Ref(name) for name in "dacb"]

    assert [ref.place for ref in references(set(refs))] == ["a", "b", "c", "d"]
