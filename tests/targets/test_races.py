"""Moments at which a job must neither hang nor lose what it was given."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from dfm import Federation, Frame, JobStatus, Pipeline, PlaceParam, Session, Yield
from dfm.errors import (
    CallbackFailed,
    CorruptMessage,
    DeclarationError,
    JobCancelled,
    NoCodec,
    SessionClosed,
    SiteLost,
    WaitTimeout,
)
from dfm.targets.hub import Hub
from dfm.wire import Codecs

LIMIT = 20.0


def echo_of(federation: Federation, value: Any) -> Pipeline:
    with Pipeline(name="echo") as pipeline:
        Yield(value=federation.operations.ops.Echo(value=value, site="a"))
    return pipeline


def items_of(federation: Federation, n: int) -> Pipeline:
    with Pipeline(name="items") as pipeline:
        Yield(value=federation.operations.ops.Items(n=n, site="a"))
    return pipeline


def hub_of(session: Session) -> Hub:
    target: Any = session._target
    hub: Hub = target._runner._hub if hasattr(target, "_runner") else target._hub
    return hub


def in_threads(*functions: Callable[[], None]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)


# -- streams -------------------------------------------------------------------------------------


def test_more_calls_may_read_streams_at_once_than_there_are_threads_for_bodies(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="many") as pipeline:
        items = ops.Items(n=PlaceParam(place="n"), site="a")
        Yield(value=ops.Total(values=items, site="a"))

    results = session.execute(pipeline, [{"n": 600}] * 300).result(LIMIT)

    assert results == [{"yield": sum(range(600))}] * 300


def test_a_reader_far_away_that_needs_another_readers_result_does_not_block_it(
    session: Session, federation: Federation
) -> None:
    ops = federation.operations.ops
    with Pipeline(name="normalise") as pipeline:
        items = ops.Items(n=300_000, site="a")
        total = ops.Total(values=items, site="a")
        Yield(value=ops.Total(values=items, site="b", dfm_after=total))

    assert session.execute(pipeline).result(LIMIT) == {"yield": sum(range(300_000))}


def test_a_part_of_an_undeclared_stream_is_an_error_and_not_a_wait_for_ever(
    session: Session, federation: Federation
) -> None:
    @federation.site("a").operation("ops.Undeclared")
    def undeclared() -> Any:
        return (number for number in range(2000))

    ops = federation.operations.ops
    with Pipeline(name="part") as pipeline:
        items = ops.Undeclared()
        ops.Echo(value=items[0], site="b")
        Yield(value=items[0])

    with pytest.raises(NoCodec, match="stream"):
        session.execute(pipeline).result(LIMIT)


def test_what_a_reader_leaves_when_it_stops_early_is_there_for_the_next(
    session: Session, federation: Federation
) -> None:
    job = session.execute(items_of(federation, 2000))

    first = next(iter(job)).value
    second = next(iter(job)).value
    rest = job.result(LIMIT)

    assert [first, second, *rest["yield"]] == list(range(2000))


# -- several threads -----------------------------------------------------------------------------


def test_parameter_sets_may_be_sent_from_several_threads(
    session: Session, federation: Federation
) -> None:
    job = session.execute(echo_of(federation, PlaceParam(place="x")), [], autostop=False)

    def send() -> None:
        for n in range(100):
            job.send_input_params({"x": n})

    in_threads(send, send, send, send)
    job.send_stop_frame()

    values = sorted(result["yield"] for result in job.result(LIMIT))
    assert values == sorted([*range(100)] * 4)


def test_several_threads_get_the_same_result(session: Session, federation: Federation) -> None:
    pipeline = echo_of(federation, PlaceParam(place="x"))
    got: list[Any] = []

    for _ in range(20):
        job = session.execute(pipeline, [{"x": n} for n in range(20)])
        ask = [lambda job=job: got.append(job.result(LIMIT))] * 3
        in_threads(*ask)

    assert got == [[{"yield": n} for n in range(20)]] * 60


def test_a_timeout_holds_while_another_thread_waits_too(
    session: Session, federation: Federation
) -> None:
    with Pipeline(name="waits") as pipeline:
        Yield(value=federation.operations.ops.WaitForEver(value=1, site="a"))
    job = session.execute(pipeline)
    other: list[type[BaseException]] = []

    def wait() -> None:
        try:
            job.result()
        except JobCancelled as error:
            other.append(type(error))

    waiter = threading.Thread(target=wait)
    waiter.start()
    with pytest.raises(WaitTimeout):
        job.result(0.05)
    job.cancel()
    waiter.join(LIMIT)

    assert other == [JobCancelled]


def test_parameter_sets_for_a_job_that_has_ended_are_refused(
    session: Session, federation: Federation
) -> None:
    job = session.execute(echo_of(federation, PlaceParam(place="x")), [], autostop=False)

    job.cancel()

    with pytest.raises(JobCancelled):
        job.send_input_params({"x": 1})


# -- values that can not be read at home ---------------------------------------------------------


class Unreadable:
    def __reduce__(self) -> Any:
        return (divmod, (1, 0))


@pytest.mark.parametrize("with_callback", [False, True])
def test_a_result_that_can_not_be_read_fails_the_job_each_time_it_is_asked(
    target: str, with_callback: bool
) -> None:
    federation = Federation("unreadable")
    federation.site("home")
    federation.site("a").operation("ops.Make")(_make_unreadable())
    with Pipeline(name="unreadable") as pipeline:
        Yield(value=federation.operations.ops.Make(site="a"))
    callback = (lambda *_: None) if with_callback else None

    with federation.session("home", target=target) as session:
        job = session.execute(pipeline, default_callback=callback)
        for _ in range(2):
            with pytest.raises(CorruptMessage, match="ZeroDivisionError"):
                job.result(LIMIT)

        assert job.get_status() is JobStatus.FAILED


def _make_unreadable() -> Callable[[], object]:
    def make() -> object:
        return Unreadable()

    return make


# -- callbacks -----------------------------------------------------------------------------------


def test_a_callback_that_exits_fails_the_job_and_hears_the_rest(
    session: Session, federation: Federation
) -> None:
    heard = []

    def leave(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        heard.append(place)
        raise SystemExit(3)

    job = session.execute(echo_of(federation, 5), default_callback=leave)

    with pytest.raises(CallbackFailed, match="SystemExit"):
        job.wait_until_finished(LIMIT)
    assert heard == ["yield", "_dfm_status_", "_dfm_status_"]


def test_waiting_on_the_event_loop_that_the_callbacks_need_is_refused(
    session: Session, federation: Federation
) -> None:
    heard = []

    async def listen(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        heard.append(place)

    async def run() -> bool:
        job = session.execute(echo_of(federation, 5), default_callback=listen)
        with pytest.raises(DeclarationError, match="would block the event loop"):
            job.wait_until_finished(LIMIT)
        return await asyncio.to_thread(job.wait_until_finished, LIMIT)

    assert asyncio.run(run())
    assert heard[0] == "yield"


def test_a_callback_whose_event_loop_has_stopped_fails_the_job(
    session: Session, federation: Federation
) -> None:
    async def listen(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        pass

    async def start() -> Any:
        return session.execute(
            echo_of(federation, PlaceParam(place="x")), [], False, default_callback=listen
        )

    loop = asyncio.new_event_loop()
    job = loop.run_until_complete(start())
    job.send_input_params({"x": 1})
    job.send_stop_frame()

    with pytest.raises(CallbackFailed, match="has stopped"):
        job.wait_until_finished(LIMIT)
    loop.close()


def test_ctrl_c_while_waiting_leaves_a_job_that_can_be_waited_for(
    session: Session, federation: Federation
) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def interrupt(site: str, node: Any, frame: Frame, place: str, data: Any) -> None:
        waiting.wait(LIMIT)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        go_on.wait(LIMIT)

    job = session.execute(echo_of(federation, 5), place_callbacks={"yield": interrupt})
    with pytest.raises(KeyboardInterrupt):
        waiting.set()
        job.result(LIMIT)
    with pytest.raises(WaitTimeout):
        job.result(0.01)
    go_on.set()

    assert job.wait_until_finished(LIMIT)


# -- the end of a session ------------------------------------------------------------------------


def test_a_job_given_to_a_closed_hub_is_refused() -> None:
    hub = Hub(Codecs(), lambda site: None)  # type: ignore[arg-type,return-value]
    hub.close_jobs()

    with pytest.raises(SessionClosed):
        hub.submit("job", None, None)  # type: ignore[arg-type]

    hub.lane.stop()
    hub.lane.thread.join(LIMIT)


def test_a_session_can_be_closed_on_the_thread_of_its_hub(
    session: Session, federation: Federation
) -> None:
    session.execute(echo_of(federation, 1)).result(LIMIT)
    hub, closed = hub_of(session), threading.Event()

    hub.lane.post(lambda: (session.close(), closed.set()))

    assert closed.wait(1.5)
    hub.lane.thread.join(LIMIT)
    assert not hub.lane.thread.is_alive()


def test_sessions_closed_while_jobs_start_leave_nothing_behind(federation: Federation) -> None:
    with Pipeline(name="waits") as waits:
        Yield(value=federation.operations.ops.WaitForEver(value=1, site="a"))

    for _ in range(30):
        with federation.session("home", target="inline") as session:
            session.execute(waits)
            session.execute(echo_of(federation, 1))


def test_a_worker_that_dies_is_noticed_although_it_has_forked() -> None:
    federation = Federation("forks")
    federation.site("home")

    @federation.site("a").operation("ops.Fork")
    def fork() -> int:
        if os.fork() == 0:
            time.sleep(5)
        os._exit(3)

    with Pipeline(name="forks") as pipeline:
        Yield(value=federation.operations.ops.Fork(site="a"))

    with (
        federation.session("home", target="local") as session,
        pytest.raises(SiteLost, match="exit code 3"),
    ):
        session.execute(pipeline).result(3)
