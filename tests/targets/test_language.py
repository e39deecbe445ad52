"""Loops, branches, caches and options mean the same on every target."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from dfm import (
    And,
    Else,
    Equal,
    Federation,
    ForEach,
    GreaterThan,
    If,
    LessThan,
    Not,
    Or,
    Pipeline,
    PlaceParam,
    Session,
    TryFromCache,
    WriteToCache,
    Yield,
)
from dfm.errors import JobCancelled, OperationFailed, OperationTimedOut
from dfm.federation.models import CacheConfig

LIMIT = 20.0


def run(session: Session, pipeline: Pipeline, **params: Any) -> dict[str, Any]:
    result: dict[str, Any] = session.execute(pipeline, input_params=params).result(LIMIT)
    return result


# -- loops -----------------------------------------------------------------------------------------


SEQUENCES = [
    ([3, 1, 2], [3, 1, 2]),
    ((1, 2), [1, 2]),
    ([], []),
    ({"a": 1, "b": 2}, [("a", 1), ("b", 2)]),
    (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
    (xr.DataArray([5.0, 6.0], dims="t"), [5.0, 6.0]),
    (xr.Dataset({"v": ("t", [5.0, 6.0])}), [5.0, 6.0]),
]


def plain(value: Any) -> Any:
    value = value["v"] if isinstance(value, xr.Dataset) else value
    value = getattr(value, "values", value)
    return value.tolist() if hasattr(value, "tolist") else value


@pytest.mark.parametrize(("sequence", "items"), SEQUENCES, ids=lambda v: type(v).__name__)
def test_a_loop_goes_through_what_has_items(
    session: Session, federation: Federation, sequence: Any, items: list[Any]
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="items") as pipeline:
        with ForEach(seq=PlaceParam("seq")) as item:
            Yield(value=ops.Echo(value=item, site="b"))

    result = run(session, pipeline, seq=sequence)

    assert [plain(value) for value in result["yield"]] == items


@pytest.mark.parametrize("operation", ["Items", "ItemsAsync"])
def test_a_loop_goes_through_what_a_generator_gives_at_another_site(
    session: Session, federation: Federation, operation: str
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="generated") as pipeline:
        numbers = getattr(ops, operation)(n=300, site="a")
        with ForEach(seq=numbers, max_in_flight=10) as number:
            Yield(value=ops.Add(a=number, b=1, site="b"))

    result = run(session, pipeline)

    assert result == {"yield": list(range(1, 301))}


def test_what_is_yielded_inside_loops_says_in_its_frame_in_which_iteration(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="nested") as pipeline:
        base = ops.Echo(value=100, site="c")
        with ForEach(seq=[1, 2]) as outer:
            with ForEach(seq=ops.Items(n=outer, site="a")) as inner:
                Yield(value=ops.Add(a=base, b=inner, site="b"), place="sums")
            Yield(value=ops.Add(a=base, b=outer, site="a"), place="outer")

    job = session.execute(pipeline, input_params=[{}, {}])
    tokens = [(t.place, tuple(t.frame.frame), t.value) for t in job]

    per_call = [
        ("outer", (0,), 101), ("outer", (1,), 102),
        ("sums", (0, 0), 100), ("sums", (1, 0), 100), ("sums", (1, 1), 101),
    ]  # fmt: skip
    assert sorted(tokens) == sorted(
        (place, (call, *frame), value) for call in (0, 1) for place, frame, value in per_call
    )


def test_ordered_iterations_are_delivered_in_order_though_they_end_in_another(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="ordered") as pipeline:
        with ForEach(seq=list(range(40)), ordered=True) as number:
            with If(cond=Equal(left=number, right=3)):
                detour = ops.Add(a=ops.Add(a=number, b=0, site="b"), b=0, site="c")
            Yield(value=If.join(detour, number))

    tokens = [token.value for token in session.execute(pipeline)]

    assert tokens == list(range(40))


def test_values_of_iterations_are_collected_and_reduced_in_order_across_sites(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="afterwards") as pipeline:
        loop = ForEach(seq=list(range(20)))
        with loop as number:
            doubled = ops.Add(a=number, b=number, site="a")
            with If(cond=GreaterThan(left=number, right=16)):
                large = ops.Echo(value=number, site="b")
        Yield(value=ops.Echo(value=loop.collect(doubled), site="b"), place="all")
        Yield(value=loop.collect({"n": number, "large": large}), place="large")
        Yield(value=loop.reduce(ops.Pair, doubled, initial="start", site="c"), place="pairs")
        Yield(value=loop.reduce(ops.Add, doubled, initial=0), place="sum")

    result = run(session, pipeline)

    pairs: Any = "start"
    for number in range(20):
        pairs = (pairs, 2 * number)
    assert result["all"] == [2 * number for number in range(20)]
    assert result["large"] == [{"n": n, "large": n} for n in (17, 18, 19)]
    assert result["pairs"] == pairs
    assert result["sum"] == 380


def test_after_an_empty_sequence_there_is_an_empty_list_and_what_a_reduction_began_with(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="empty") as pipeline:
        loop = ForEach(seq=PlaceParam("seq"))
        with loop as number:
            one = ops.Add(a=number, b=1, site="a")
            Yield(value=one, place="ones")
        Yield(value=loop.collect(one), place="all")
        Yield(value=loop.reduce(ops.Add, one, initial=7), place="sum")

    result = run(session, pipeline, seq=[])

    assert result == {"ones": [], "all": [], "sum": 7}


def test_a_sequence_that_breaks_keeps_what_came_before_and_says_why(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    got = []
    with Pipeline(name="broken") as pipeline:
        with ForEach(seq=ops.ItemsThenFail(n=3, site="a")) as number:
            Yield(value=ops.Add(a=number, b=1, site="b"))

    job = session.execute(pipeline)
    with pytest.raises(OperationFailed, match="no more") as caught:
        got.extend(token.value for token in job)

    assert sorted(got) == [1, 2, 3]
    assert caught.value.site == "a"


def test_an_iteration_that_fails_leaves_the_others_alone(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    got = []
    with Pipeline(name="one bad") as pipeline:
        with ForEach(seq=[1, 2, 3]) as number:
            with If(cond=Equal(left=number, right=2)):
                Yield(value=ops.Fail(message="two", site="b"), place="bad")
            with Else():
                Yield(value=number, place="good")

    job = session.execute(pipeline)
    with pytest.raises(OperationFailed, match="two"):
        got.extend(token.value for token in job)

    assert sorted(got) == [1, 3]


def test_a_stream_from_outside_can_not_be_read_in_every_iteration(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="again and again") as pipeline:
        numbers = ops.Items(n=1000, site="a")
        with ForEach(seq=[1, 2]):
            Yield(value=ops.Total(values=numbers, site="b"))

    with pytest.raises(Exception, match="a stream is read once"):
        run(session, pipeline)


def test_a_long_loop_can_be_cancelled(session: Session, federation: Federation) -> None:
    ops = federation.operations.ops
    with Pipeline(name="long") as pipeline:
        with ForEach(seq=ops.Items(n=1_000_000, site="a")) as number:
            Yield(value=ops.Add(a=number, b=1, site="b"))

    job = session.execute(pipeline)
    next(iter(job))
    job.cancel()

    with pytest.raises(JobCancelled):
        job.result(LIMIT)
    assert run(session, _echo(federation)) == {"yield": "here"}


def _echo(federation: Federation) -> Pipeline:
    with Pipeline(name="echo") as pipeline:
        Yield(value=federation.operations.ops.Echo(value="here", site="a"))
    return pipeline


# -- branches --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("x", "y"), [(1, 5), (5, 1), (3, 3), (0, 0)])
def test_only_the_branch_is_taken_that_the_condition_says(
    session: Session, federation: Federation, x: int, y: int
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="branches") as pipeline:
        a = ops.Echo(value=PlaceParam("x"), site="a")
        b = ops.Echo(value=PlaceParam("y"), site="b")
        with If(
            cond=Or(
                exp=[
                    And(exp=[LessThan(left=a, right=b), Not(exp=Equal(left=a, right=0))]),
                    Equal(left=a, right=3),
                ]
            )
        ):
            less = ops.Echo(value="then", site="b")
            Yield(value="then", place="then")
        with Else():
            Yield(value="else", place="else")
            with If(cond=a):
                more = ops.Echo(value="truthy", site="c")
        Yield(value=If.join(less, more, "neither"), place="joined")
        Yield(value=ops.Echo(value=less, site="a"), place="only_then")

    result = run(session, pipeline, x=x, y=y)

    if (x < y and x != 0) or x == 3:
        assert result == {"then": "then", "joined": "then", "only_then": "then"}
    else:
        assert result == {"else": "else", "joined": "truthy" if x else "neither"}


def test_a_condition_that_can_not_be_evaluated_is_the_error_of_both_branches(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="no condition") as pipeline:
        with If(cond=LessThan(left=ops.Echo(value="text", site="a"), right=1)):
            Yield(value=1, place="then")
        with Else():
            Yield(value=2, place="else")

    with pytest.raises(OperationFailed, match="'<' not supported"):
        run(session, pipeline)


def test_what_is_ordered_after_a_branch_not_taken_is_done(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="after") as pipeline:
        branch = If(cond=PlaceParam("x"))
        with branch:
            ops.Echo(value=1, site="a")
        loop = ForEach(seq=[1, 2])
        with loop as n:
            ops.Add(a=n, b=n, site="c")
        Yield(value=ops.Echo(value="done", site="b", dfm_after=[branch, loop]))

    assert run(session, pipeline, x=False) == {"yield": "done"}
    assert run(session, pipeline, x=True) == {"yield": "done"}


def test_what_is_ordered_after_a_branch_not_taken_does_not_wait_for_what_is_joined_in_it(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="after a join") as pipeline:
        failed = ops.Fail(message="no", site="a")
        branch = If(cond=PlaceParam("x"))
        with branch:
            If.join(failed, 1)
        Yield(value="done", dfm_after=branch)

    came = []
    with pytest.raises(OperationFailed, match="no"):
        for token in session.execute(pipeline, {"x": False}):
            came.append(token.value)  # noqa: PERF401  (what came before it raises counts)

    assert came == ["done"]


# -- caches ----------------------------------------------------------------------------------------


@pytest.fixture
def sites_that_keep(tmp_path: Path) -> Federation:
    """Sites with a cache each, whose operations write down what they compute."""
    log = tmp_path / "log"
    log.touch()
    federation = Federation("keeping")
    federation.site("home")

    def compute(x: int) -> list[int]:
        with log.open("a") as file:
            file.write(f"{x}\n")
        return [x, x]

    def fail_first(x: int) -> int:
        with log.open("a") as file:
            file.write("try\n")
        if log.read_text().count("try") < 3:
            raise TimeoutError("not yet")
        return x

    async def wait(x: int) -> int:
        import asyncio

        await asyncio.Event().wait()
        return x

    def echo(x: Any) -> Any:
        return x

    for name in ("a", "b"):
        site = federation.site(name, cache=CacheConfig(base_path=str(tmp_path / name)))
        site.operation("k.Compute")(compute)
        site.operation("k.FailFirst")(fail_first)
        site.operation("k.Wait")(wait)
        site.operation("k.Echo")(echo)
    return federation


@pytest.fixture
def keeping(sites_that_keep: Federation, tmp_path: Path, target: str) -> Any:
    """A session over these sites, their operations, and what they have computed."""
    log, operations = tmp_path / "log", sites_that_keep.operations.k
    with sites_that_keep.session(homesite="home", target=target) as session:
        yield session, operations, lambda: log.read_text().split()


def test_a_block_is_left_out_when_its_value_is_found(keeping: Any) -> None:
    session, k, computed = keeping
    with Pipeline(name="cached") as pipeline:
        with TryFromCache(key=["sum", PlaceParam("x", multiuse=True)]) as cached:
            cached.cache(k.Compute(x=PlaceParam("x", multiuse=True), site="a"))
            Yield(value="computed", place="news")
        Yield(value=k.Echo(x=cached, site="b"), place="out")

    first = run(session, pipeline, x=1)
    second = run(session, pipeline, x=1)
    other = run(session, pipeline, x=2)

    assert first == {"news": "computed", "out": [1, 1]}
    assert second == {"out": [1, 1]}
    assert other == {"news": "computed", "out": [2, 2]}
    assert computed() == ["1", "2"]


def test_what_is_cached_outlives_the_sites(
    keeping: Any, sites_that_keep: Federation, target: str
) -> None:
    session, k, computed = keeping
    with Pipeline(name="cached") as pipeline:
        with TryFromCache(key="forty-two") as cached:
            cached.cache(k.Compute(x=42, site="a"))
        Yield(value=cached)
    run(session, pipeline)

    session.close()
    with sites_that_keep.session(homesite="home", target=target) as another:
        result = run(another, pipeline)

    assert result == {"yield": [42, 42]}
    assert computed() == ["42"]


def test_concurrent_misses_of_one_key_compute_once(keeping: Any) -> None:
    session, k, computed = keeping
    with Pipeline(name="many") as pipeline:
        with ForEach(seq=list(range(10))) as n:
            with TryFromCache(key="the same") as cached:
                cached.cache(k.Compute(x=7, site="a"))
            Yield(value=[cached, n])

    jobs = [session.execute(pipeline) for _ in range(4)]
    results = [job.result(LIMIT) for job in jobs]

    assert results == [{"yield": [[[7, 7], n] for n in range(10)]}] * 4
    assert computed() == ["7"]


def test_a_corrupt_entry_is_a_miss(keeping: Any, tmp_path: Path) -> None:
    session, k, computed = keeping
    with Pipeline(name="cached") as pipeline:
        with TryFromCache(key="k") as cached:
            cached.cache(k.Compute(x=1, site="a"))
        Yield(value=cached)
    run(session, pipeline)

    for entry in (path for path in (tmp_path / "a").rglob("*") if path.is_file()):
        entry.write_bytes(entry.read_bytes()[:-1])
    result = run(session, pipeline)

    assert result == {"yield": [1, 1]}
    assert computed() == ["1", "1"]


def test_a_block_that_fails_stores_nothing_and_is_tried_again(keeping: Any) -> None:
    session, k, _ = keeping
    with Pipeline(name="cached") as pipeline:
        with TryFromCache(key="k") as cached:
            cached.cache(k.FailFirst(x=5, site="a"))
        Yield(value=cached)

    for _ in range(2):
        with pytest.raises(OperationFailed, match="not yet"):
            run(session, pipeline)
    result = run(session, pipeline)

    assert result == {"yield": 5}


def test_what_one_job_writes_another_finds(keeping: Any) -> None:
    session, k, computed = keeping
    with Pipeline(name="write") as write:
        Yield(value=WriteToCache(key="shared", value=k.Echo(x="kept", site="b"), site="b"))
    with Pipeline(name="read") as read:
        with TryFromCache(key="shared", site="b") as cached:
            cached.cache(k.Compute(x=1, site="a"))
        Yield(value=cached)

    written = run(session, write)
    found = run(session, read)

    assert written == {"yield": "kept"}
    assert found == {"yield": "kept"}
    assert computed() == []


def test_a_call_may_be_remembered_by_its_arguments(keeping: Any) -> None:
    session, k, computed = keeping
    with Pipeline(name="memo") as pipeline:
        with ForEach(seq=[1, 2, 1, 2, 1]) as n:
            Yield(value=k.Compute(x=n, site="a", cache=True))

    results = [run(session, pipeline) for _ in range(2)]

    assert results == [{"yield": [[1, 1], [2, 2], [1, 1], [2, 2], [1, 1]]}] * 2
    assert sorted(computed()) == ["1", "2"]


# -- options ---------------------------------------------------------------------------------------


def test_a_call_is_repeated_as_often_as_it_says(keeping: Any) -> None:
    session, k, computed = keeping
    with Pipeline(name="retries") as pipeline:
        Yield(value=k.FailFirst(x=5, site="a", retries=2, retry_on=["TimeoutError"], backoff=0.01))

    result = run(session, pipeline)

    assert result == {"yield": 5}
    assert computed() == ["try"] * 3


def test_the_error_after_the_last_attempt_says_how_many_there_were(keeping: Any) -> None:
    session, k, _ = keeping
    with Pipeline(name="retries") as pipeline:
        Yield(value=k.FailFirst(x=5, site="a", retries=1))

    with pytest.raises(OperationFailed, match=r"not yet.*2 attempts"):
        run(session, pipeline)


def test_a_call_that_takes_too_long_is_given_up(keeping: Any) -> None:
    session, k, _ = keeping
    with Pipeline(name="limit") as pipeline:
        Yield(value=k.Wait(x=5, site="a", timeout=0.05))

    with pytest.raises(OperationTimedOut):
        run(session, pipeline)


def test_calls_of_many_threads_leave_no_flight_behind(keeping: Any) -> None:
    session, k, computed = keeping
    with Pipeline(name="memo") as pipeline:
        Yield(value=k.Compute(x=3, site="b", cache=True))
    results: list[Any] = []
    threads = [
        threading.Thread(target=lambda: results.append(run(session, pipeline))) for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)

    assert results == [{"yield": [3, 3]}] * 8
    assert computed() == ["3"]
