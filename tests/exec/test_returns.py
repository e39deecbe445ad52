"""What an adapter returns is held against what its operation declares."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tests.exec.calling import Job, bench

from dfm.exec.streams import StreamBroken
from dfm.types import Type


def body_of(value: Any) -> Any:
    def body() -> Any:
        return value

    return body


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (Type.of("integer"), 3),
        (Type.of("number"), 3),
        (Type.of("null"), None),
        (Type.of("string", "null"), None),
        (Type.of("integer", minimum=1), 1),
        (Type.of("object"), {"a": 1}),
        (Type(), "anything"),
    ],
)
def test_what_is_as_declared_goes_on(declared: Type, value: Any) -> None:
    job = Job()

    with bench(body_of(value), returns={"ops.F": declared}) as site:
        site.call(job)

        assert job.token() == value


def test_an_operation_that_declares_nothing_may_return_nothing() -> None:
    job = Job()

    with bench(body_of(None)) as site:
        site.call(job)

        assert job.token() is None


@pytest.mark.parametrize(
    ("declared", "value", "said"),
    [
        (Type.of("integer"), "three", "expected integer, got str"),
        (Type.of("integer"), None, "expected integer, got None"),
        (Type.of("null"), 3, "expected null, got int"),
        (Type.of("integer", minimum=1), 0, "0"),
    ],
)
def test_what_is_not_as_declared_is_a_failure_that_says_so(
    declared: Type, value: Any, said: str
) -> None:
    job = Job()

    with bench(body_of(value), returns={"ops.F": declared}) as site:
        site.call(job)
        error = job.error()

    assert (error.type, error.code, error.operation) == ("WrongReturn", "dfm-314", "ops.F")
    assert error.message.startswith("ops.F at site 'here' returned what it does not declare: ")
    assert said in error.message
    assert error.hint


def test_a_wrong_value_is_not_asked_for_again() -> None:
    job = Job()

    with bench(body_of("three"), returns={"ops.F": Type.of("integer")}) as site:
        site.call(job, retries=5)

        assert job.error().attempts == 1


@pytest.mark.parametrize(
    "declared", [Type.of("integer"), Type.of("array", items={"type": "integer"})]
)
@pytest.mark.parametrize("way", ["plain", "async"])
def test_a_stream_breaks_at_the_first_item_that_is_not_as_declared(
    way: str, declared: Type
) -> None:
    closed: list[bool] = []

    def plain() -> Iterator[Any]:
        try:
            yield from (1, 2, "three", 4)
        finally:
            closed.append(True)

    async def coroutines() -> AsyncIterator[Any]:
        for item in plain():
            yield item

    got: list[Any] = []
    job = Job()

    with bench(plain if way == "plain" else coroutines, returns={"ops.F": declared}) as site:
        site.call(job)
        _, stream = job.hears()
        with pytest.raises(StreamBroken, match="gave an item that it does not declare"):
            got.extend(stream.claim())
        assert got == [1, 2]
        _, failure = job.hears()

    assert failure.errors[0].code == "dfm-314"
    assert closed == [True]


def test_limits_hold_for_every_item() -> None:
    def body() -> Iterator[int]:
        yield from (3, 2, 1, 0)

    job = Job()

    with bench(body, returns={"ops.F": Type.of("integer", minimum=1)}) as site:
        site.call(job)
        _, stream = job.hears()
        _, failure = job.hears()

    assert stream.failure == failure
    assert failure is not None


def test_a_site_that_checks_limits_does_not_load_pydantic() -> None:
    script = """
import sys
from dfm.exec.returns import check_returned
from dfm.types import Type
check_returned(Type.of("integer", minimum=1), "here", "ops.F", 3)
print("pydantic" in sys.modules)
"""

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
