"""What Python must not do with values that are not known yet."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.climate import Anything, LoadField

from dfm.api import Equal, ForEach, Pipeline, TryFromCache, Yield
from dfm.errors import StructureError

MISUSES: dict[str, tuple[Callable[[Any], object], str]] = {
    "if": (lambda v: 1 if v else 2, "If(cond="),
    "not": (lambda v: not v, "If(cond="),
    "and": (lambda v: v and 1, "If(cond="),
    "bool": (bool, "If(cond="),
    "len": (len, "returns the length"),
    "for": (lambda v: [x + 1 for x in v], "ForEach(seq="),
    "list": (list, "ForEach(seq="),
    "unpack": (lambda v: (lambda *a: a)(*v), "ForEach(seq="),
    "in": (lambda v: 3 in v, "ForEach(seq="),
    "<": (lambda v: v < 3, "LessThan("),
    "<=": (lambda v: v <= 3, "LessThanOrEqual("),
    ">": (lambda v: v > 3, "GreaterThan("),
    ">=": (lambda v: v >= 3, "GreaterThanOrEqual("),
    "== 3": (lambda v: v == 3, "Equal("),
    "!= text": (lambda v: v != "x", "Equal("),
}
MAKERS: dict[str, Callable[[], Any]] = {
    "operation": lambda: LoadField(scenario="E1", first=1900),
    "reference": lambda: LoadField(scenario="E1", first=1900)[0],
    "loop": lambda: ForEach(seq=[1, 2]),
    "cache": lambda: TryFromCache(key="k"),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("misuse", "instead"), MISUSES.values(), ids=MISUSES)
def test_a_misuse_fails_and_says_what_to_write(
    make: Callable[[], Any], misuse: Callable[[Any], object], instead: str
) -> None:
    with Pipeline():
        value = make()

        with pytest.raises(StructureError) as refusal:
            misuse(value)

    assert "not known yet" in refusal.value.message
    assert instead in refusal.value.hint
    assert "test_lazy.py:" in refusal.value.at


def test_a_condition_has_no_truth_either() -> None:
    with pytest.raises(StructureError, match="not known yet"):
        bool(Equal(left=1, right=1))


def test_statements_are_compared_with_each_other_as_values() -> None:
    with Pipeline():
        one, two = Anything(value=1), Anything(value=1)

        assert one == one
        assert one != two
        assert one[0] == one[0]
        assert one != None  # noqa: E711


def test_once_written_a_value_is_comparable_with_anything() -> None:
    with Pipeline():
        value = Anything(value=1)

    assert value != 3
    assert value.fieldref("x") != "x"


def test_pipelines_that_differ_in_a_reference_and_a_literal_are_just_unequal() -> None:
    pipelines = []
    for literal in (True, False):
        with Pipeline() as p:
            first = Anything(value=1)
            Yield(value=3 if literal else first)
        pipelines.append(p)

    assert pipelines[0] != pipelines[1]


def test_an_unknown_attribute_says_how_to_select_it() -> None:
    with Pipeline():
        value = Anything()

        with pytest.raises(AttributeError, match=r"\.fieldref\('temperature'\)"):
            _ = value.temperature


def test_what_is_not_there_can_still_be_asked_for() -> None:
    with Pipeline():
        value = Anything()

    assert not hasattr(value, "temperature")
    assert not hasattr(value, "__array__")
