"""Place names: which are allowed, and how often each may be used."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.climate import Anything

from dfm.api import Block, Equal, ForEach, If, Pipeline, PlaceParam, Yield, check_places
from dfm.errors import StructureError


@pytest.mark.parametrize("make", [lambda n: Yield(value=1, place=n), PlaceParam])
@pytest.mark.parametrize(
    "name",
    [
        "",
        "1st",
        "two words",
        "a-b",
        "$x",
        "_dfm_status_",
        "_dfm_discovery_",
        "_dfm_own",
        "__telemetry__",
        "__start_place__",
        "__local_completion__",
    ],
)
def test_a_bad_place_name_is_refused_where_it_is_written(
    make: Callable[[str], object], name: str
) -> None:
    with Pipeline(), pytest.raises(StructureError) as refusal:
        make(name)

    assert "test_places.py:" in refusal.value.at
    assert refusal.value.hint


@pytest.mark.parametrize("name", ["mean", "Mean", "größe", "_own", "node0", "x1"])
def test_other_identifiers_name_places(name: str) -> None:
    with Pipeline() as p:
        Yield(value=1, place=name)

    assert p.dfm_body[0].place == name  # type: ignore[attr-defined]


def write(*uses: Callable[[], Any]) -> Pipeline:
    with Pipeline() as p:
        for use in uses:
            use()
    return p


def filled(block: Block) -> None:
    with block:
        Anything()


def yields(name: str = "p", **more: Any) -> Callable[[], Any]:
    return lambda: Yield(value=1, place=name, **more)


def params(name: str = "p", **more: Any) -> Callable[[], Any]:
    return lambda: Anything(value=[{"deep": PlaceParam(name, **more)}])


@pytest.mark.parametrize(
    "uses",
    [
        [yields(), yields()],
        [yields(multiuse=True), yields()],
        [yields(), yields(multiuse=True)],
        [yields(multiuse=True), yields(multiuse=True), yields()],
    ],
)
def test_a_yield_place_used_twice_must_say_so_every_time(uses: list[Callable[[], Any]]) -> None:
    with pytest.raises(StructureError, match=r"yield place 'p' is used at .* again at") as refusal:
        write(*uses)

    assert refusal.value.message.count("test_places.py:") == 2
    assert "multiuse=True" in refusal.value.hint


@pytest.mark.parametrize(
    "uses",
    [[params(), params()], [params(multiuse=True), params()], [params(), params(multiuse=True)]],
)
def test_a_parameter_used_twice_must_say_so_every_time(uses: list[Callable[[], Any]]) -> None:
    with pytest.raises(StructureError, match=r"parameter 'p' is used at .* again at"):
        write(*uses)


def test_places_that_say_multiuse_may_be_used_often() -> None:
    p = write(*[yields("out", multiuse=True)] * 3, *[params("in_", multiuse=True)] * 3)

    assert len(p.dfm_body) == 6


def test_results_and_parameters_have_different_names() -> None:
    with pytest.raises(StructureError) as refusal:
        write(params("x"), yields("x"))

    assert refusal.value.message.startswith("'x' is the name of a parameter at ")
    assert refusal.value.message.count("test_places.py:") == 2


@pytest.mark.parametrize(
    "first",
    [
        lambda: Yield(value=PlaceParam("p"), place="out"),
        lambda: Yield(value=[(PlaceParam("p"),)], place="out"),
        lambda: filled(If(cond=Equal(left=PlaceParam("p"), right=1))),
        lambda: filled(ForEach(seq=PlaceParam("p"))),
    ],
    ids=["yield", "nested yield", "condition", "loop"],
)
def test_parameters_are_found_wherever_they_stand(first: Callable[[], Any]) -> None:
    with pytest.raises(StructureError, match="the parameter 'p' is used"):
        write(first, params())


def test_places_are_found_inside_blocks() -> None:
    with pytest.raises(StructureError, match="the yield place 'p' is used"), Pipeline():
        with If(cond=True):
            Yield(value=1, place="p")
        Yield(value=2, place="p")


def test_the_rules_can_be_asked_again() -> None:
    p = write(yields("a"), params("b"))
    p.dfm_body.append(p.dfm_body[0].model_copy())

    with pytest.raises(StructureError, match="the yield place 'a' is used"):
        check_places(p)


def test_an_error_in_the_block_is_not_hidden_by_the_place_rules() -> None:
    with pytest.raises(ZeroDivisionError), Pipeline():
        Yield(value=1)
        Yield(value=2)
        _ = 1 / 0
