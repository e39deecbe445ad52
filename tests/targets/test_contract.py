"""What every target promises. Each test runs on each target."""

from __future__ import annotations

import signal
import threading
from typing import Any

import numpy as np
import pytest

from dfm import (
    Federation,
    Frame,
    JobStatus,
    Pipeline,
    PlaceParam,
    Session,
    StopToken,
    Yield,
)
from dfm.api import ErrorToken
from dfm.errors import (
    CallbackFailed,
    JobCancelled,
    NoCodec,
    OperationFailed,
    ParameterSetError,
    SessionClosed,
    SiteLost,
    StructureError,
    WaitTimeout,
)

LIMIT = 20.0


class Listener:
    """A callback that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def __call__(self, site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        self.heard.append((place, frame.frame, data))

    def data(self, place: str) -> list[tuple[Any, Any]]:
        return [(frame, data) for at, frame, data in self.heard if at == place]


def echo_of(federation: Federation, value: Any, site: str = "a") -> Pipeline:
    with Pipeline(name="echo") as pipeline:
        Yield(value=federation.operations.ops.Echo(value=value, site=site))
    return pipeline


def still_usable(session: Session, federation: Federation) -> bool:
    result: dict[str, Any] = session.execute(echo_of(federation, "still here")).result(LIMIT)
    return result == {"yield": "still here"}


# -- values ------------------------------------------------------------------------------------


def test_a_value_goes_through_three_sites_and_comes_home(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="chain") as pipeline:
        first = ops.Add(a=1, b=2, site="a")
        second = ops.Add(a=first, b=10, site="b")
        Yield(value=ops.Add(a=second, b=100, site="c"))

    result = session.execute(pipeline).result(LIMIT)

    assert result == {"yield": 113}


def test_two_sites_that_need_each_others_values_do_not_wait_for_ever(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="exchange") as pipeline:
        at_a, at_b = ops.Add(a=1, b=1, site="a"), ops.Add(a=2, b=2, site="b")
        Yield(value=ops.Add(a=at_a, b=at_b, site="a"), place="left")
        Yield(value=ops.Add(a=at_b, b=at_a, site="b"), place="right")

    result = session.execute(pipeline).result(LIMIT)

    assert result == {"left": 6, "right": 6}


def test_references_may_be_nested_and_selected(session: Session, federation: Federation) -> None:
    ops = federation.operations.ops
    with Pipeline(name="nested") as pipeline:
        pair = ops.Pair(a=[1, 2], b={"k": "v"}, site="a")
        inner = ops.Echo(value={"deep": [pair[0], (pair[1], 5)]}, site="b")
        Yield(value=[inner, pair[0], "literal"])

    result = session.execute(pipeline).result(LIMIT)

    assert result == {"yield": [{"deep": [[1, 2], ({"k": "v"}, 5)]}, [1, 2], "literal"]}


def test_constants_and_parameters_can_be_yielded(session: Session, federation: Federation) -> None:
    with Pipeline(name="constants") as pipeline:
        federation.operations.ops.Add(a=1, b=1, site="b")
        Yield(value=42, place="answer")
        Yield(value=PlaceParam(place="given"), place="echoed")

    result = session.execute(pipeline, {"given": (1, {2})}).result(LIMIT)

    assert result == {"answer": 42, "echoed": (1, {2})}


def test_arrays_arrive_equal_and_writable(session: Session, federation: Federation) -> None:
    array = np.arange(200_000, dtype=np.float32).reshape(400, 500)
    with Pipeline(name="array") as pipeline:
        here = federation.operations.ops.Echo(value=PlaceParam(place="array"), site="a")
        Yield(value=federation.operations.ops.Echo(value=here, site="b"))

    result = session.execute(pipeline, {"array": array}).result(LIMIT)["yield"]
    result[0, 0] = -1

    assert result.dtype == array.dtype
    assert np.array_equal(result.ravel()[1:], array.ravel()[1:])
    assert array[0, 0] == 0


def test_an_optional_parameter_that_is_not_given_leaves_the_functions_default_alone(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="greet") as pipeline:
        Yield(value=federation.operations.ops.Greet(name="you", site="a"))

    assert session.execute(pipeline).result(LIMIT) == {"yield": "hello, you"}


def test_what_is_ordered_across_sites_runs_in_order(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="after") as pipeline:
        first = ops.Fail(message="first", site="a")
        Yield(value=ops.Echo(value="second", site="b", dfm_after=first))

    job = session.execute(pipeline)

    with pytest.raises(OperationFailed, match="ValueError: first"):
        job.result(LIMIT)


# -- parameter sets ------------------------------------------------------------------------------


def added(federation: Federation) -> Pipeline:
    with Pipeline(name="added") as pipeline:
        x = PlaceParam(place="x", multiuse=True)
        one = federation.operations.ops.Add(a=x, b=1, site="a")
        Yield(value=federation.operations.ops.Add(a=one, b=x, site="b"))
    return pipeline


def test_a_list_of_parameter_sets_gives_a_list_of_results(
    session: Session, federation: Federation
) -> None:
    job = session.execute(added(federation), [{"x": n} for n in range(1000)])

    results = job.result(LIMIT)

    assert results == [{"yield": 2 * n + 1} for n in range(1000)]


def test_parameter_sets_may_be_sent_while_the_job_runs(
    session: Session, federation: Federation
) -> None:
    job = session.execute(added(federation), [], autostop=False)
    job.send_input_params({"x": 1})
    job.send_input_params([{"x": 2}, {"x": 3}])
    job.send_stop_frame()

    tokens = sorted((token.frame.frame, token.value) for token in job)

    assert tokens == [([0], 3), ([1], 5), ([2], 7)]
    assert job.get_status() is JobStatus.FINISHED


def test_a_parameter_set_after_the_stop_is_refused(
    session: Session, federation: Federation
) -> None:
    job = session.execute(added(federation), {"x": 1})

    with pytest.raises(ParameterSetError, match="takes no more parameter sets"):
        job.send_input_params({"x": 2})
    assert job.result(LIMIT) == {"yield": 3}


def test_no_parameter_sets_at_all_is_a_finished_job(
    session: Session, federation: Federation
) -> None:
    assert session.execute(added(federation), []).result(LIMIT) == []


def test_an_error_in_one_call_leaves_the_others_alone(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="some fail") as pipeline:
        total = federation.operations.ops.Total(values=PlaceParam(place="values"), site="a")
        Yield(value=total)
    got = {}

    job = session.execute(pipeline, [{"values": [1]}, {"values": ["x"]}, {"values": [3]}])
    with pytest.raises(OperationFailed, match="TypeError") as caught:
        for token in job:
            got[token.frame.input_paramset_index()] = token.value

    assert got == {0: 1, 2: 3}
    assert "call 1" in caught.value.at
    assert job.get_status() is JobStatus.FAILED


# -- streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["Items", "ItemsAsync"])
def test_a_generator_is_yielded_item_by_item(
    session: Session, federation: Federation, operation: str
) -> None:
    with Pipeline(name="items") as pipeline:
        Yield(value=getattr(federation.operations.ops, operation)(n=2000, site="a"))

    tokens = [(t.frame.frame, t.value) for t in session.execute(pipeline)]

    assert tokens == [([0, n], n) for n in range(2000)]


def test_the_result_of_a_stream_is_a_list_even_when_it_is_empty(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="empty") as pipeline:
        Yield(value=federation.operations.ops.Items(n=0, site="a"))

    assert session.execute(pipeline).result(LIMIT) == {"yield": []}


@pytest.mark.parametrize("reader", ["Total", "TotalAsync"])
@pytest.mark.parametrize("site", ["a", "b"])
def test_a_stream_is_read_by_operations_here_and_elsewhere(
    session: Session, federation: Federation, reader: str, site: str
) -> None:
    ops = federation.operations.ops
    make = ops.Items if reader == "Total" else ops.ItemsAsync
    with Pipeline(name="stream") as pipeline:
        items = make(n=3000, site="a")
        Yield(value=getattr(ops, reader)(values=items, site=site), place="total")
        Yield(value=items, place="items")

    result = session.execute(pipeline).result(LIMIT)

    assert result == {"total": sum(range(3000)), "items": list(range(3000))}


def test_a_stream_that_breaks_gives_its_items_and_then_the_error(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="breaks") as pipeline:
        Yield(value=federation.operations.ops.ItemsThenFail(n=3, site="a"))
    got = []

    job = session.execute(pipeline)
    with pytest.raises(OperationFailed, match="ValueError: no more"):
        for token in job:
            got.append(token.value)  # noqa: PERF401

    assert got == [0, 1, 2]


def test_a_reader_of_a_broken_stream_fails_with_the_error_of_its_maker(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="breaks") as pipeline:
        items = ops.ItemsThenFail(n=3, site="a")
        Yield(value=ops.Total(values=items, site="b"))

    with pytest.raises(OperationFailed, match="ValueError: no more"):
        session.execute(pipeline).result(LIMIT)


@pytest.mark.parametrize("site", ["a", "b"])
def test_an_endless_stream_stops_when_its_reader_has_enough(
    session: Session, federation: Federation, site: str
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="enough") as pipeline:
        Yield(value=ops.First(values=ops.Items(n=10**12, site="a"), n=3, site=site))

    assert session.execute(pipeline).result(LIMIT) == {"yield": [0, 1, 2]}


def test_a_yield_after_another_of_a_stream_that_breaks_gives_nothing(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="after what breaks") as pipeline:
        items = federation.operations.ops.ItemsThenFail(n=2, site="a")
        first = Yield(value=items, place="first")
        Yield(value=items, place="second", dfm_after=first)

    came = []
    with pytest.raises(OperationFailed, match="no more"):
        came.extend(token.place for token in session.execute(pipeline))

    assert set(came) <= {"first"}


def test_a_stream_nobody_reads_runs_to_its_end_and_its_failure_counts(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="unread") as pipeline:
        unread = ops.ItemsThenFail(n=1000, site="a")
        Yield(value=ops.Echo(value="after", site="b", dfm_after=unread))

    with pytest.raises(OperationFailed, match="ValueError: no more"):
        session.execute(pipeline).result(LIMIT)


def test_an_undeclared_stream_can_not_be_a_part_of_a_yielded_value(
    session: Session, federation: Federation
) -> None:
    @federation.site("a").operation("ops.Undeclared")
    def undeclared() -> Any:
        return (number for number in range(3))

    with Pipeline(name="part") as pipeline:
        Yield(value=[federation.operations.ops.Undeclared(), 1])

    with pytest.raises(NoCodec, match="a stream can not be a part of a yielded value"):
        session.execute(pipeline).result(LIMIT)


def test_a_stream_that_nobody_takes_waits_and_can_be_cancelled(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="endless") as pipeline:
        Yield(value=federation.operations.ops.Items(n=10**9, site="a"))
    job = session.execute(pipeline)
    next(iter(job))

    job.cancel()

    assert job.get_status() is JobStatus.CANCELLED
    assert still_usable(session, federation)


# -- callbacks and status ------------------------------------------------------------------------


def test_callbacks_hear_values_then_the_end_of_each_call_then_the_end_of_the_job(
    session: Session, federation: Federation
) -> None:
    listener = Listener()

    job = session.execute(added(federation), [{"x": 1}, {"x": 2}], default_callback=listener)
    job.wait_until_finished(LIMIT)

    assert sorted(listener.data("yield")) == [([0], 3), ([1], 5)]
    assert [f for f, _ in listener.data("_dfm_status_")][-1] == "stop"
    assert listener.heard[-1] == ("_dfm_status_", "stop", StopToken())
    for call in ([0], [1]):
        order = [place for place, frame, _ in listener.heard if frame == call]
        assert order == ["yield", "_dfm_status_"]


def test_a_callback_of_a_place_comes_before_the_default_one(
    session: Session, federation: Federation
) -> None:
    everything, one_place = Listener(), Listener()

    job = session.execute(
        echo_of(federation, 5),
        default_callback=everything,
        place_callbacks={"yield": one_place},
    )
    job.wait_until_finished(LIMIT)

    assert one_place.heard == [("yield", [0], 5)]
    assert everything.data("yield") == []


def test_what_no_callback_takes_is_in_the_result(session: Session, federation: Federation) -> None:
    ops = federation.operations.ops
    heard = Listener()
    with Pipeline(name="two") as pipeline:
        Yield(value=ops.Echo(value=1, site="a"), place="heard")
        Yield(value=ops.Echo(value=2, site="a"), place="kept")

    job = session.execute(pipeline, place_callbacks={"heard": heard})

    assert job.result(LIMIT) == {"kept": 2}
    assert heard.data("heard") == [([0], 1)]


def test_an_async_callback_is_awaited(session: Session, federation: Federation) -> None:
    heard = []

    async def listen(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        heard.append((place, data))

    session.execute(echo_of(federation, 5), default_callback=listen).wait_until_finished(LIMIT)

    assert heard == [("yield", 5), ("_dfm_status_", StopToken()), ("_dfm_status_", StopToken())]


def test_an_error_is_heard_at_the_place_and_at_the_end_of_its_call(
    session: Session, federation: Federation
) -> None:
    listener = Listener()
    with Pipeline(name="fails") as pipeline:
        Yield(value=federation.operations.ops.Fail(message="oh", site="a"))

    job = session.execute(pipeline, default_callback=listener)
    with pytest.raises(OperationFailed):
        job.wait_until_finished(LIMIT)

    (_, at_place), (_, at_status), last = [
        *listener.data("yield"), *listener.data("_dfm_status_")
    ]  # fmt: skip
    assert isinstance(at_place, ErrorToken)
    assert at_place.errors[0].message == "oh"
    assert at_status == at_place
    assert last == ("stop", StopToken())


def test_a_callback_that_raises_fails_the_job_and_hears_the_rest(
    session: Session, federation: Federation
) -> None:
    heard = []

    def listen(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        heard.append(place)
        raise KeyError("mine")

    job = session.execute(echo_of(federation, 5), default_callback=listen)

    with pytest.raises(CallbackFailed, match="KeyError") as caught:
        job.wait_until_finished(LIMIT)
    assert heard == ["yield", "_dfm_status_", "_dfm_status_"]
    assert isinstance(caught.value.__cause__, KeyError)
    assert job.get_status() is JobStatus.FAILED
    assert still_usable(session, federation)


def test_waiting_gives_up_in_time_and_the_job_goes_on(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="waits") as pipeline:
        Yield(value=federation.operations.ops.WaitForEver(value=1, site="a"))
    job = session.execute(pipeline)

    finished = job.wait_until_finished(timeout=0.05)

    assert finished is False
    assert not job.get_status().is_end
    with pytest.raises(WaitTimeout):
        job.result(timeout=0.05)
    job.cancel()


def test_values_nobody_took_while_waiting_are_there_afterwards(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="items") as pipeline:
        Yield(value=federation.operations.ops.Items(n=100_000, site="a"))
    job = session.execute(pipeline)

    assert job.wait_until_finished(LIMIT)
    assert sum(t.value for t in job) == sum(range(100_000))


def test_a_cancelled_job_says_so_and_leaves_others_alone(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="waits") as pipeline:
        Yield(value=federation.operations.ops.WaitForEver(value=1, site="a"))
    job = session.execute(pipeline)
    other = session.execute(echo_of(federation, "other"))

    job.cancel()

    with pytest.raises(JobCancelled):
        job.result(LIMIT)
    assert other.result(LIMIT) == {"yield": "other"}


def test_a_hundred_jobs_at_once_do_not_mix(session: Session, federation: Federation) -> None:
    jobs = [session.execute(echo_of(federation, n, site="abc"[n % 3])) for n in range(100)]

    results = [job.result(LIMIT)["yield"] for job in jobs]

    assert results == list(range(100))


# -- what goes wrong -----------------------------------------------------------------------------


def test_an_adapter_that_raises_is_named_with_site_operation_line_and_traceback(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="fails") as pipeline:
        Yield(value=federation.operations.ops.Fail(message="the reason", site="b"))

    with pytest.raises(OperationFailed) as caught:
        session.execute(pipeline).result(LIMIT)

    error = caught.value
    assert "ops.Fail failed at site 'b': ValueError: the reason" in str(error)
    assert "test_contract.py:" in error.at
    assert "raise ValueError(message)" in error.stack_trace
    assert "exec/calls.py" not in error.stack_trace
    assert still_usable(session, federation)


def test_an_adapter_that_exits_is_a_failed_operation(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="leaves") as pipeline:
        Yield(value=federation.operations.ops.Leave(code=3, site="a"))

    with pytest.raises(OperationFailed, match="SystemExit: 3"):
        session.execute(pipeline).result(LIMIT)
    assert still_usable(session, federation)


def test_a_failure_without_a_yield_fails_the_job_too(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="no yield") as pipeline:
        federation.operations.ops.Fail(message="unseen", site="a")

    with pytest.raises(OperationFailed, match="unseen"):
        session.execute(pipeline).result(LIMIT)


def test_an_operation_that_fails_does_not_keep_others_from_yielding(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="half") as pipeline:
        Yield(value=ops.Fail(message="bad", site="a"), place="bad")
        Yield(value=ops.Echo(value="good", site="a"), place="good")
    got = []

    with pytest.raises(OperationFailed):
        for token in session.execute(pipeline):
            got.append((token.place, token.value))  # noqa: PERF401

    assert got == [("good", "good")]


def test_a_result_without_a_codec_fails_at_the_operation_that_made_it(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="lock") as pipeline:
        Yield(value=federation.operations.ops.Lock(value=1, site="a"))

    with pytest.raises(NoCodec, match="lock") as caught:
        session.execute(pipeline).result(LIMIT)

    assert caught.value.operation == "ops.Lock"
    assert caught.value.site == "a"
    assert still_usable(session, federation)


def test_a_value_without_a_codec_is_fine_as_long_as_it_stays_at_its_site(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="stays") as pipeline:
        pair = ops.Pair(a=ops.Lock(value=1, site="a"), b=2, site="a")
        ops.Echo(value=pair, site="a")
        Yield(value="done")

    assert session.execute(pipeline).result(LIMIT) == {"yield": "done"}


def test_a_missing_or_superfluous_parameter_is_refused_before_anything_runs(
    session: Session, federation: Federation
) -> None:
    with pytest.raises(ParameterSetError, match="no value for 'x'"):
        session.execute(added(federation), [{"x": 1}, {}])
    with pytest.raises(ParameterSetError, match="'y', which the pipeline does not ask for"):
        session.execute(added(federation), {"x": 1, "y": 2})
    assert still_usable(session, federation)


def test_nothing_runs_before_connect_or_after_close(federation: Federation, target: str) -> None:
    session = federation.session(homesite="home", target=target)

    with pytest.raises(SessionClosed, match="not connected"):
        session.execute(echo_of(federation, 1))
    session.connect()
    session.close()
    session.close()
    with pytest.raises(SessionClosed):
        session.execute(echo_of(federation, 1))


def test_a_pipeline_prepared_for_another_federation_is_refused(
    session: Session, federation: Federation
) -> None:
    other = Federation("other")
    other.site("elsewhere").operation("ops.Echo")(lambda value: value)
    with Pipeline(name="foreign") as pipeline:
        Yield(value=other.operations.ops.Echo(value=1))
    prepared = other.session(homesite="elsewhere", target="inline").prepare(pipeline)

    with pytest.raises(StructureError, match="prepared for the federation 'other'"):
        session.execute(prepared)


def test_closing_a_session_ends_what_runs(federation: Federation, target: str) -> None:
    session = federation.session(homesite="home", target=target)
    session.connect()
    with Pipeline(name="waits") as pipeline:
        Yield(value=federation.operations.ops.WaitForEver(value=1, site="a"))
    job = session.execute(pipeline)
    errors: list[BaseException] = []

    def wait() -> None:
        try:
            job.result(LIMIT)
        except JobCancelled as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    session.close()
    waiter.join(LIMIT)

    assert len(errors) == 1


def test_only_sites_that_take_part_are_started(
    session: Session, federation: Federation, target: str
) -> None:
    session.execute(echo_of(federation, 1, site="b")).result(LIMIT)

    assert session.started_sites == ("b",)


# -- workers (the local target has some) ---------------------------------------------------------


@pytest.fixture
def local(federation: Federation) -> Any:
    with federation.session(homesite="home", target="local") as session:
        yield session


@pytest.mark.parametrize(
    ("operation", "argument", "how"),
    [
        ("Die", {"code": 3}, "ended with exit code 3"),
        ("Kill", {"number": int(signal.SIGKILL)}, "was killed by SIGKILL"),
        ("Kill", {"number": int(signal.SIGSEGV)}, "was killed by SIGSEGV"),
    ],
)
def test_a_dead_worker_ends_the_job_naming_site_operation_and_signal(
    local: Session, federation: Federation, operation: str, argument: dict[str, int], how: str
) -> None:
    with Pipeline(name="dies") as pipeline:
        Yield(value=getattr(federation.operations.ops, operation)(**argument, site="a"))

    job = local.execute(pipeline)
    with pytest.raises(SiteLost) as caught:
        job.result(LIMIT)

    assert how in str(caught.value)
    assert caught.value.site == "a"
    assert caught.value.operation == f"ops.{operation}"
    assert job.get_status() is JobStatus.LOST
    assert still_usable(local, federation)


def test_a_dead_worker_leaves_jobs_at_other_sites_alone(
    local: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="dies") as dies:
        Yield(value=ops.Die(code=1, site="a"))
    with Pipeline(name="lives") as lives:
        Yield(value=ops.Total(values=ops.Items(n=100_000, site="b"), site="c"))

    alive = local.execute(lives)
    with pytest.raises(SiteLost):
        local.execute(dies).result(LIMIT)

    assert alive.result(LIMIT) == {"yield": sum(range(100_000))}


def test_each_site_is_a_process_of_its_own(local: Session, federation: Federation) -> None:
    ops = federation.operations.ops
    with Pipeline(name="pids") as pipeline:
        Yield(value=[ops.Pid(site="a"), ops.Pid(site="b"), ops.Pid(site="c")])

    pids = local.execute(pipeline).result(LIMIT)["yield"]

    assert len(set(pids)) == 3


def test_a_thousand_small_jobs_in_a_row_all_finish(local: Session, federation: Federation) -> None:
    prepared = local.prepare(echo_of(federation, 7))

    results = [local.execute(prepared).result(LIMIT)["yield"] for _ in range(1000)]

    assert results == [7] * 1000
