"""An operation with `cache` runs once for the same arguments, across jobs and processes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from tests.exec.calling import SECONDS, Bench, Job, bench

from dfm.exec.streams import Stream
from dfm.exec.values import value_of
from dfm.federation.models import CacheConfig
from dfm.types import Type


class Counted:
    """A body that counts how often it ran."""

    def __init__(self) -> None:
        self.runs: list[tuple[Any, ...]] = []

    def double(self, **numbers: Any) -> Any:
        self.runs.append(tuple(numbers.items()))
        return {name: 2 * number for name, number in numbers.items()}


@pytest.fixture
def counted() -> Counted:
    return Counted()


@pytest.fixture
def double(counted: Counted) -> Callable[..., Any]:
    def double(a: Any = 0, b: Any = 0) -> Any:
        return counted.double(a=a, b=b)

    return double


def result(site: Bench, job: Job | None = None, **given: Any) -> Any:
    """Call and wait for the value."""
    job = job or Job()
    site.call(job, cache=True, **given)
    return value_of(job.token(), site.codecs)


def test_the_same_arguments_are_computed_once(
    tmp_path: Path, double: Callable[..., Any], counted: Counted
) -> None:
    with bench(double, folder=tmp_path) as site:
        results = [result(site, Job(f"job{n}"), inputs={"a": 4}) for n in range(3)]

    assert results == [{"a": 8, "b": 0}] * 3
    assert len(counted.runs) == 1


def test_another_process_finds_what_one_computed(
    tmp_path: Path, double: Callable[..., Any], counted: Counted
) -> None:
    for _ in range(2):
        with bench(double, folder=tmp_path) as site:
            assert result(site, literals={"a": b"\x91\xa14"[2:]}) is not None

    assert len(counted.runs) == 1


def test_a_storage_of_another_protocol_does_as_well(
    double: Callable[..., Any], counted: Counted
) -> None:
    config = CacheConfig("memory", {}, "/memo")

    for _ in range(2):
        with bench(double, cache=config) as site:
            result(site, inputs={"a": 4})
    fsspec.filesystem("memory").rm("/memo", recursive=True)

    assert len(counted.runs) == 1


@pytest.mark.parametrize(
    "other", [{"a": 5}, {"a": 4.0}, {"b": 4}, {"a": 4, "b": 1}, {"a": True}, {"a": "4"}]
)
def test_other_arguments_are_another_call(
    tmp_path: Path, double: Callable[..., Any], counted: Counted, other: dict[str, Any]
) -> None:
    with bench(double, folder=tmp_path) as site:
        result(site, inputs={"a": 4})
        result(site, inputs=other)

    assert len(counted.runs) == 2


@pytest.mark.parametrize("other", [{"api_version": "2.0.0"}, {"site": "there"}])
def test_another_version_or_site_is_another_call(
    tmp_path: Path, double: Callable[..., Any], counted: Counted, other: dict[str, Any]
) -> None:
    for more in ({}, other):
        with bench(double, folder=tmp_path, **more) as site:
            result(site, inputs={"a": 4})

    assert len(counted.runs) == 2


def test_another_operation_is_another_call(
    tmp_path: Path, double: Callable[..., Any], counted: Counted
) -> None:
    def other(a: int) -> int:
        return -a

    with bench(double, other, folder=tmp_path) as site:
        first, second = (
            result(site, inputs={"a": 4}),
            result(site, operation="ops.G", inputs={"a": 4}),
        )

    assert (first, second) == ({"a": 8, "b": 0}, -4)


@pytest.mark.parametrize("packs", [False, True])
def test_arrays_are_remembered_as_they_are(tmp_path: Path, packs: bool) -> None:
    def make(n: int) -> Any:
        return {"field": np.arange(n) / 3}

    with bench(make, folder=tmp_path) as site:
        first = result(site, inputs={"n": 5000}, packs=packs)
        second = result(site, inputs={"n": 5000}, packs=packs)

    assert np.array_equal(first["field"], second["field"])
    assert second["field"].flags.writeable


def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    tries = iter(range(2))

    def body() -> int:
        if next(tries) == 0:
            raise ValueError("not yet")
        return 7

    job = Job()

    with bench(body, folder=tmp_path) as site:
        site.call(job, cache=True)
        error = job.error()

        assert error.type == "ValueError"
        assert result(site) == 7


def test_a_call_is_repeated_before_it_is_remembered(tmp_path: Path) -> None:
    tries = iter(range(2))

    def body() -> int:
        if next(tries) == 0:
            raise ValueError("not yet")
        return 7

    with bench(body, folder=tmp_path) as site:
        results = [result(site, retries=1) for _ in range(2)]

    assert results == [7, 7]


@pytest.mark.parametrize("frames", [[(0, n) for n in range(5)], [(n,) for n in range(5)]])
def test_equal_calls_at_once_run_the_body_once(
    tmp_path: Path, frames: list[tuple[int, ...]]
) -> None:
    began, go = threading.Semaphore(0), threading.Event()

    def slow(a: int) -> int:
        began.release()
        go.wait(SECONDS)
        return a

    jobs = [Job("one"), Job("two")]

    with bench(slow, folder=tmp_path) as site:
        for job in jobs:
            for frame in frames:
                site.call(job, cache=True, frame=frame, inputs={"a": 3})
        assert began.acquire(timeout=SECONDS)
        go.set()
        results = [job.token() for job in jobs for _ in frames]

    assert results == [3] * 10
    assert not began.acquire(blocking=False)


def test_two_processes_at_once_run_the_body_once(tmp_path: Path) -> None:
    began, go = threading.Semaphore(0), threading.Event()

    def slow(a: int) -> int:
        began.release()
        go.wait(SECONDS)
        return a

    first, second = Job(), Job()

    with bench(slow, folder=tmp_path) as here, bench(slow, folder=tmp_path) as there:
        here.call(first, cache=True, inputs={"a": 3})
        assert began.acquire(timeout=SECONDS)
        there.call(second, cache=True, inputs={"a": 3})
        there.clock.wait_until_armed()
        go.set()

        assert (first.token(), second.token()) == (3, 3)
    assert not began.acquire(blocking=False)


def test_a_cancelled_job_lets_those_go_on_who_wait_for_it(tmp_path: Path) -> None:
    began, go = threading.Semaphore(0), threading.Event()

    def slow(a: int) -> int:
        began.release()
        go.wait(SECONDS)
        return a

    cancelled, waiting, other = Job("one"), Job("two"), Job("three")

    with bench(slow, folder=tmp_path) as site:
        site.call(cancelled, cache=True, inputs={"a": 3})
        assert began.acquire(timeout=SECONDS)
        site.call(waiting, cache=True, inputs={"a": 3})
        site.clock.wait_until_armed()
        cancelled.closed = True
        site.runner.cancel("one")
        assert began.acquire(timeout=SECONDS)
        site.call(other, cache=True, inputs={"a": 3})
        site.clock.wait_until_armed()
        other.closed = True
        site.runner.cancel("three")
        go.set()

        assert waiting.token() == 3
        assert site.clock.armed == 0
    assert other.heard_nothing_more


# -- what is not remembered --------------------------------------------------------------------


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


def test_streams_are_not_remembered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def body() -> Iterator[int]:
        yield from (1, 2)

    job = Job()

    with bench(body, folder=tmp_path) as site:
        for _ in range(2):
            site.call(job, cache=True)
            _, stream = job.hears()
            assert list(stream.claim()) == [1, 2]
            job.hears()

    assert warned(caplog) == ["ops.F returned a stream, which is not kept"]


def test_calls_that_read_a_stream_are_not_remembered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def total(numbers: Any) -> int:
        return sum(numbers)

    results = []

    with bench(total, folder=tmp_path) as site:
        for number in (1, 2):
            stream = Stream(1)
            stream.feed([number])
            stream.end()
            results.append(result(site, inputs={"numbers": stream}))

    assert results == [1, 2]
    assert warned(caplog) == ["ops.F reads a stream, so what it returns is not kept"]


def test_what_no_key_can_be_made_of_is_computed_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def body(lock: Any) -> bool:
        return lock.acquire(blocking=False)

    lock = threading.Lock()

    with bench(body, folder=tmp_path) as site:
        results = [result(site, inputs={"lock": lock}) for _ in range(2)]

    assert results == [True, False]
    assert len(warned(caplog)) == 1


def test_what_can_not_be_packed_is_given_and_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def body() -> Any:
        return threading.Lock()

    with bench(body, folder=tmp_path) as site:
        first, second = result(site), result(site)

    assert first is not second
    assert len(warned(caplog)) == 1


def test_damage_is_computed_anew(
    tmp_path: Path,
    double: Callable[..., Any],
    counted: Counted,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with bench(double, folder=tmp_path) as site:
        result(site, inputs={"a": 4})
    (entry,) = (p for p in tmp_path.rglob("*") if p.is_file())
    entry.write_bytes(entry.read_bytes()[:-1])
    with bench(double, folder=tmp_path) as site:
        assert result(site, inputs={"a": 4}) == {"a": 8, "b": 0}

    assert len(counted.runs) == 2
    assert len(warned(caplog)) == 1


def test_a_cache_that_is_not_there_changes_nothing(
    tmp_path: Path,
    double: Callable[..., Any],
    counted: Counted,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("in the way")

    with bench(double, folder=tmp_path / "file") as site:
        results = [result(site, inputs={"a": 4}) for _ in range(2)]

    assert results == [{"a": 8, "b": 0}] * 2
    assert len(warned(caplog)) == 1


def test_what_is_remembered_must_still_be_as_declared(tmp_path: Path) -> None:
    def body() -> Any:
        return "seven"

    job = Job()

    with bench(body, folder=tmp_path) as site:
        result(site)
    with bench(body, folder=tmp_path, returns={"ops.F": Type.of("integer")}) as site:
        site.call(job, cache=True)

        assert job.error().code == "dfm-314"


def test_no_argument_can_be_read_from_what_is_kept(tmp_path: Path) -> None:
    def body(token: str) -> int:
        return 7

    with bench(body, folder=tmp_path) as site:
        result(site, inputs={"token": "hunter2"})

    kept = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert kept
    assert all(b"hunter2" not in p.read_bytes() and "hunter2" not in p.name for p in kept)


def test_a_job_that_ends_while_its_key_is_made_holds_up_nobody(tmp_path: Path) -> None:
    began, go_on = threading.Event(), threading.Event()

    @dataclass
    class Slow:
        number: int

        def __getattribute__(self, name: str) -> Any:
            if name == "number":
                began.set()
                assert go_on.wait(SECONDS)
            return object.__getattribute__(self, name)

    def number_of(a: Any) -> Any:
        return a.number

    with bench(number_of, folder=tmp_path) as site:
        over = Job("over")
        site.call(over, cache=True, inputs={"a": Slow(3)})
        assert began.wait(SECONDS)
        over.closed = True
        site.runner.cancel(over.job_id)
        go_on.set()

        assert result(site, Job("next"), inputs={"a": Slow(3)}) == 3
