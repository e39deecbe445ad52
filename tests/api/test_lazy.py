"""What Python must not do with values that are not known yet."""

import copy
import math
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from tests.api.climate import Anything, Handmade, LoadField

from dfm.api import Equal, ForEach, Pipeline, PipelineBuildHelper, PlaceParam, TryFromCache, Yield
from dfm.errors import StructureError

MISUSES: dict[str, tuple[Callable[[Any], object], str]] = {
    "if": (lambda v: 1 if v else 2, "`with If(cond=...):` and `with Else():`"),
    "not": (lambda v: not v, "`with If(cond=...):` and `with Else():`"),
    "and": (lambda v: v and 1, "`with If(cond=...):` and `with Else():`"),
    "bool": (bool, "`with If(cond=...):` and `with Else():`"),
    "len": (len, "returns the length"),
    "for": (lambda v: [x + 1 for x in v], "`with ForEach(seq=...) as item:`"),
    "list": (list, "`with ForEach(seq=...) as item:`"),
    "unpack": (lambda v: (lambda *a: a)(*v), "`with ForEach(seq=...) as item:`"),
    "in": (lambda v: 3 in v, "an operation that returns whether it is in it"),
    "<": (lambda v: v < 3, "LessThan(left=..., right=...) inside If(cond=...)"),
    "<=": (lambda v: v <= 3, "LessThanOrEqual(left=..., right=...) inside If(cond=...)"),
    ">": (lambda v: v > 3, "GreaterThan(left=..., right=...) inside If(cond=...)"),
    ">=": (lambda v: v >= 3, "GreaterThanOrEqual(left=..., right=...) inside If(cond=...)"),
    "3 <": (lambda v: 3 < v, "GreaterThan(left=..., right=...) inside If(cond=...)"),  # noqa: SIM300
    "chain": (lambda v: 1 < v < 3, "GreaterThan(left=..., right=...) inside If(cond=...)"),
    "== 3": (lambda v: v == 3, "Equal(left=..., right=...) inside If(cond=...)"),
    "== list": (lambda v: v == [1], "Equal(left=..., right=...) inside If(cond=...)"),
    "!= text": (lambda v: v != "x", "NotEqual(left=..., right=...) inside If(cond=...)"),
    "or": (lambda v: v or 1, "Or(...)"),
    "f-string": (lambda v: f"mean {v}", "make the text inside an operation"),
    "format": (lambda v: f"{v:>8}", "make the text inside an operation"),
    "+": (lambda v: v + 1, "calculate inside an operation"),
    "+ on the right": (lambda v: 1 + v, "calculate inside an operation"),
    "text +": (lambda v: "mean " + v, "calculate inside an operation"),
    "list +": (lambda v: [1] + v, "calculate inside an operation"),  # noqa: RUF005
    "text *": (lambda v: "-" * v, "calculate inside an operation"),
    "/": (lambda v: v / 2, "calculate inside an operation"),
    "-": (lambda v: -v, "calculate inside an operation"),
    "**": (lambda v: 2**v, "calculate inside an operation"),
    "&": (lambda v: v & v, "calculate inside an operation"),
    "abs": (abs, "calculate inside an operation"),
    "int": (int, "calculate inside an operation"),
    "float": (float, "calculate inside an operation"),
    "round": (round, "calculate inside an operation"),
    "floor": (math.floor, "calculate inside an operation"),
    "index": (lambda v: [1, 2][v], "calculate inside an operation"),
    "range": (range, "calculate inside an operation"),
    "numpy.mean": (np.mean, "calculate inside an operation"),
    "numpy.sum": (np.sum, "calculate inside an operation"),
    "numpy.add": (lambda v: np.add(v, 1), "calculate inside an operation"),
    "numpy scalar +": (lambda v: np.float64(1) + v, "calculate inside an operation"),
    "numpy array *": (lambda v: np.arange(3) * v, "calculate inside an operation"),
    "call": (lambda v: v(1), "the operation's class"),
    "item assignment": (lambda v: v.__setitem__(0, 1), "inside an operation"),
    "await": (lambda v: v.__await__(), "once the pipeline runs"),
}
MAKERS: dict[str, Callable[[], Any]] = {
    "operation": lambda: LoadField(scenario="E1", first=1900),
    "reference": lambda: LoadField(scenario="E1", first=1900)[0],
    "loop": lambda: ForEach(seq=[1, 2]),
    "cache": lambda: TryFromCache(key="k"),
    "parameter": lambda: PlaceParam("first"),
}


@contextmanager
def draft() -> Iterator[None]:
    """Open a pipeline that is never finished, so that its blocks may be empty."""
    PipelineBuildHelper.enter_pipeline(Pipeline())
    try:
        yield
    finally:
        PipelineBuildHelper.abandon_pipeline()


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize(("misuse", "instead"), MISUSES.values(), ids=MISUSES)
def test_a_misuse_fails_and_says_what_to_write(
    make: Callable[[], Any], misuse: Callable[[Any], object], instead: str
) -> None:
    with draft(), pytest.raises(StructureError) as refusal:
        misuse(make())

    assert "not known yet" in refusal.value.message
    assert instead in refusal.value.hint
    assert "test_lazy.py:" in refusal.value.at


@pytest.mark.parametrize(
    ("made", "called"),
    [
        ("operation", "the value of climate.LoadField is"),
        ("reference", "a part of a result is"),
        ("loop", "the item of ForEach ("),
        ("parameter", "the parameter 'first' is"),
    ],
)
def test_what_is_not_known_is_called_as_its_author_does(made: str, called: str) -> None:
    with draft(), pytest.raises(StructureError) as refusal:
        MAKERS[made]() + 1

    assert refusal.value.message.startswith(called)


@pytest.mark.parametrize("made", ["operation", "reference", "parameter"])
def test_what_is_no_block_can_not_be_entered(made: str) -> None:
    with Pipeline():
        value = MAKERS[made]()

        with pytest.raises(StructureError, match="in: with") as refusal, value:
            pass

    assert "inside an operation" in refusal.value.hint


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_value_can_be_looked_at_copied_and_pickled(make: Callable[[], Any]) -> None:
    with draft():
        value = make()

        assert str(value)
        assert f"{value!r}" == repr(value)
    assert copy.copy(value) == value
    assert copy.deepcopy(value) == value
    assert len({value, copy.copy(value)}) == 1


@pytest.mark.parametrize("make", [*MAKERS.values(), lambda: Handmade(count=1)][1:])
def test_a_value_of_a_class_that_can_be_imported_can_be_pickled(make: Callable[[], Any]) -> None:
    with draft():
        value = make()

    assert pickle.loads(pickle.dumps(value)) == value


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
    assert not hasattr(value, "__dataframe__")
