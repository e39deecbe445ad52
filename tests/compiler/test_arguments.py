"""Arguments become templates, whatever they are made of."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from pydantic import BaseModel

from dfm.api import NodeRef, PlaceParam, make_auto_id
from dfm.compiler.arguments import seal, to_template
from dfm.net import Ref, Sealed, fill, references
from dfm.wire import Codecs


@dataclass(frozen=True)
class Box:
    content: Any
    label: str = "box"


class Model(BaseModel):
    count: int
    more: list[Any] = []


class Span(NamedTuple):
    first: Any
    last: Any


NODE: NodeRef = make_auto_id(0).to_ref()
PLACE = Ref("node0")
PARAM = PlaceParam("x")


@pytest.mark.parametrize(
    ("written", "template"),
    [
        (NODE, PLACE),
        (PARAM, Ref("$x")),
        ([1, (NODE, "x"), {PARAM}], [1, (PLACE, "x"), {Ref("$x")}]),
        ({1: NODE, None: [PARAM]}, {1: PLACE, None: [Ref("$x")]}),
        (OrderedDict(k=NODE), {"k": PLACE}),
        (frozenset([NODE]), frozenset([PLACE])),
        (Span(NODE, 1), Span(PLACE, 1)),
        (Box([NODE], "b"), Box([PLACE], "b")),
        (Model(count=1, more=[NODE]), Model(count=1, more=[PLACE])),
        (Box(Box(PARAM)), Box(Box(Ref("$x")))),
    ],
)
def test_references_are_found_in_anything(written: Any, template: Any) -> None:
    found = to_template(written)

    assert found == template
    assert type(found) is type(template)


@pytest.mark.parametrize("literal", [OrderedDict(k=1), Box([1]), Model(count=1), Box, object()])
def test_a_literal_stays_itself(literal: Any) -> None:
    assert to_template(literal) is literal


@pytest.mark.parametrize(
    "template",
    [(PLACE, 1), {1: PLACE}, Box([PLACE]), Span(1, PLACE), Model(count=1, more=[PLACE])],
    ids=str,
)
def test_what_is_sealed_is_filled_at_the_site_as_it_was_written(template: Any) -> None:
    codecs = Codecs(types=[Box, Model, Span])

    sealed = seal(template, codecs, title="it", at="")

    assert isinstance(sealed, Sealed)
    assert sealed.references == references(template) == (PLACE,)
    assert fill(sealed, {PLACE: 7}.__getitem__, codecs.unseal) == fill(template, {PLACE: 7}.get)


def test_plain_json_is_not_sealed() -> None:
    template = {"k": [1, None, {"deep": PLACE}]}

    assert seal(template, Codecs(), title="it", at="") is template
