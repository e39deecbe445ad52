"""Programs that must neither hang nor lose what they are given, whoever is slow or late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dfm import Federation, ForEach, JobStatus, Pipeline, PlaceParam, Session, Yield
from dfm.errors import CorruptMessage, JobCancelled, OperationFailed
from dfm.exec.router import WINDOW_BYTES

LIMIT = 20.0


def racing() -> Federation:
    """Three sites with operations that read streams in awkward ways."""
    federation = Federation("racing")
    federation.site("home")

    def texts(n: int, size: int) -> Iterator[str]:
        for _ in range(n):
            yield "x" * size

    def one_then_other(a: Any, b: Any) -> list[int]:
        return [sum(1 for _ in a), sum(1 for _ in b)]

    def count(values: Any) -> int:
        return sum(1 for _ in values)

    def length(text: str) -> int:
        return len(text)

    class Leaves:
        def __iter__(self) -> Iterator[int]:
            yield 1
            raise SystemExit(3)

    def leaves() -> Any:
        return Leaves()

    def unreadable() -> Any:
        raise ValueError("not to be made again")

    class Unreadable:
        def __reduce__(self) -> Any:
            return unreadable, ()

    def sometimes_unreadable(bad: bool) -> Iterator[Any]:
        yield "good"
        yield Unreadable() if bad else "as well"
        yield "the rest"

    operations: dict[str, Callable[..., Any]] = {
        "ops.Texts": texts, "ops.OneThenOther": one_then_other, "ops.Count": count,
        "ops.Length": length, "ops.Leaves": leaves,
        "ops.SometimesUnreadable": sometimes_unreadable,
    }  # fmt: skip
    for name in ("a", "b", "c"):
        site = federation.site(name)
        for operation, function in operations.items():
            site.operation(operation)(function)
    return federation


@pytest.fixture
def federation() -> Federation:
    """The federation above."""
    return racing()


def test_streams_from_one_site_may_be_read_one_after_the_other(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    size = 2000
    many = 8 * WINDOW_BYTES // size
    with Pipeline(name="one after the other") as pipeline:
        first, second = (ops.Texts(n=many, size=size, site="a") for _ in range(2))
        Yield(value=ops.OneThenOther(a=first, b=second, site="b"))

    result = session.execute(pipeline).result(LIMIT)

    assert result == {"yield": [many, many]}


def test_a_yield_that_waits_for_another_of_the_same_long_stream_gets_all_of_it(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    size = 2000
    many = 8 * WINDOW_BYTES // size
    with Pipeline(name="one yield after the other") as pipeline:
        texts = ops.Texts(n=many, size=size, site="a")
        first = Yield(value=texts, place="first")
        Yield(value=texts, place="second", dfm_after=first)

    result = session.execute(pipeline).result(LIMIT)

    assert {place: len(texts) for place, texts in result.items()} == {"first": many, "second": many}


@pytest.mark.parametrize("reader", ["a", "b"])
def test_an_operation_may_be_given_a_stream_twice(
    session: Session, federation: Federation, reader: str
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="twice") as pipeline:
        texts = ops.Texts(n=600, size=1, site="a")
        Yield(value=ops.OneThenOther(a=texts, b=texts, site=reader))

    result = session.execute(pipeline).result(LIMIT)

    assert result == {"yield": [600, 600]}


def test_going_through_a_value_may_raise_anything(session: Session, federation: Federation) -> None:
    ops = federation.operations.ops
    with Pipeline(name="leaves") as pipeline:
        with ForEach(seq=ops.Leaves(site="a")) as item:
            Yield(value=item)

    with pytest.raises(OperationFailed, match="SystemExit"):
        session.execute(pipeline).result(LIMIT)


def test_items_that_can_not_be_unpacked_are_an_error_of_their_call_alone(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="unreadable") as pipeline:
        texts = ops.SometimesUnreadable(bad=PlaceParam("bad"), site="a")
        Yield(value=ops.Count(values=texts, site="b"))

    job = session.execute(pipeline, [{"bad": n == 0} for n in range(3)])
    got: list[Any] = []
    with pytest.raises(CorruptMessage, match="not to be made again"):
        got.extend((token.frame.frame, token.value) for token in job)

    assert job.get_status() is JobStatus.FAILED
    assert sorted(got) == [([1], 3), ([2], 3)]


def test_items_larger_than_a_window_pass_in_loops_and_streams_one_at_a_time(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    size = 2 * WINDOW_BYTES
    with Pipeline(name="large") as pipeline:
        sequence = ops.Texts(n=4, size=size, site="a")
        with ForEach(seq=sequence, max_in_flight=1, ordered=True) as text:
            Yield(value=text, place="texts")
            Yield(value=ops.Texts(n=2, size=size, site="c"), place="streams")
            Yield(value=ops.Count(values=ops.Texts(n=2, size=size, site="c"), site="b"))

    result = session.execute(pipeline).result(LIMIT)

    assert {place: len(values) for place, values in result.items()} == {
        "texts": 4, "streams": 8, "yield": 4,
    }  # fmt: skip


def test_a_job_that_is_cancelled_while_it_is_held_back_leaves_room_for_the_next(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="held back") as pipeline:
        with ForEach(seq=ops.Texts(n=3000, size=3000, site="a")) as text:
            Yield(value=text, place="texts")
            Yield(value=ops.Texts(n=3, size=3000, site="b"), place="streams")
    with Pipeline(name="next") as following:
        with ForEach(seq=ops.Texts(n=20, size=3000, site="a")) as text:
            Yield(value=ops.Length(text=text, site="b"))

    for _ in range(3):
        job = session.execute(pipeline)
        next(iter(job))
        job.cancel()
        with pytest.raises(JobCancelled):
            job.result(LIMIT)
    result = session.execute(following).result(LIMIT)

    assert result == {"yield": [3000] * 20}
