"""The options that programs written for nv-dfm-core give to the target `local`, on any target."""

from __future__ import annotations

import pytest

from dfm import Federation, Pipeline, Yield
from dfm.errors import ArgumentError, UnknownName

TARGETS = ["inline", "local"]


def add(a: int, b: int) -> int:
    return a + b


def arithmetic() -> Federation:
    federation = Federation("arithmetic")
    federation.site("desk")
    federation.site("hub").operation("math.Add")(add)
    return federation


def a_sum(federation: Federation) -> Pipeline:
    with Pipeline() as pipeline:
        Yield(value=federation.operations.math.Add(a=1, b=2))
    return pipeline


@pytest.mark.parametrize("target", TARGETS)
def test_max_concurrent_jobs_is_taken_and_limits_nothing(target: str) -> None:
    federation = arithmetic()
    with federation.session("desk", target=target, max_concurrent_jobs=1) as session:
        jobs = [session.execute(a_sum(federation)) for _ in range(3)]

        results = [job.result()["yield"] for job in jobs]

    assert results == [3, 3, 3]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("number", [0, -1])
def test_max_concurrent_jobs_must_be_positive(number: int, target: str) -> None:
    with pytest.raises(ArgumentError, match="more than 0"):
        arithmetic().session("desk", target=target, max_concurrent_jobs=number)


@pytest.mark.parametrize("target", TARGETS)
def test_sites_that_are_named_run(target: str) -> None:
    federation = arithmetic()
    with federation.session("desk", target=target, sites=["desk", "hub"]) as session:
        result = session.execute(a_sum(federation)).result()

    assert result == {"yield": 3}


@pytest.mark.parametrize("target", TARGETS)
def test_a_site_that_is_not_named_does_not_run(target: str) -> None:
    federation = arithmetic()
    with federation.session("desk", target=target, sites=["desk"]) as session:
        with pytest.raises(ArgumentError, match="'hub' is not among the `sites`"):
            session.execute(a_sum(federation))

        assert session.started_sites == ()


@pytest.mark.parametrize("target", TARGETS)
def test_an_unknown_site_is_told_at_once(target: str) -> None:
    with pytest.raises(UnknownName, match="'hab'"):
        arithmetic().session("desk", target=target, sites=["hab"])
