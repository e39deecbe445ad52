"""Dispatchers: on which thread callbacks are called, and what becomes of what they raise."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from dfm import Federation, Pipeline, PlaceParam, Session, Yield
from dfm.errors import ArgumentError, CallbackFailed, DeclarationError
from dfm.net.frame import Frame
from dfm.session import (
    AsyncioDispatcher,
    CallbackDispatcher,
    CallbackRunner,
    DirectDispatcher,
    JobStatus,
    ManualCallbackRunner,
    ManualDispatcher,
    Token,
    call_callbacks,
    call_callbacks_async,
    callbacks_kind,
)

STATUS = "_dfm_status_"
TOKEN = Token("out", Frame((0,)), 7, "hub", 3)


def twice(x: int) -> int:
    if x < 0:
        raise ValueError("negative")
    return 2 * x


def doubling() -> Federation:
    federation = Federation("doubling")
    federation.site("desk")
    federation.site("hub").operation("math.Twice")(twice)
    return federation


FEDERATION = doubling()


def doubled() -> Pipeline:
    with Pipeline() as pipeline:
        Yield(value=FEDERATION.operations.math.Twice(x=PlaceParam(place="x")), place="out")
    return pipeline


def session(dispatcher: CallbackDispatcher | None) -> Session:
    return Session(FEDERATION, "desk", "inline", callback_dispatcher=dispatcher)


class Seen:
    """Callbacks of both kinds that note what they are called with, and on which thread."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.threads: set[int] = set()

    def plain(self, site: str, node: object, frame: Frame, place: str, data: Any) -> None:
        self.threads.add(threading.get_ident())
        if place != STATUS:
            self.values.append(data)

    async def coroutine(self, site: str, node: object, frame: Frame, place: str, data: Any) -> None:
        await asyncio.sleep(0)
        self.plain(site, node, frame, place, data)


def failing(site: str, node: object, frame: Frame, place: str, data: Any) -> None:
    if data == 2:
        raise KeyError("no such thing")


# -- the functions ---------------------------------------------------------------------------------


def test_the_kind_of_callbacks_is_that_of_all_of_them() -> None:
    seen = Seen()

    assert callbacks_kind(None, None) == "none"
    assert callbacks_kind(None, {}) == "none"
    assert callbacks_kind(seen.plain, {"out": seen.plain}) == "sync"
    assert callbacks_kind(None, {"out": seen.coroutine}) == "async"


def test_callbacks_of_two_kinds_are_refused() -> None:
    seen = Seen()

    with pytest.raises(ArgumentError, match="some are async"):
        callbacks_kind(seen.plain, {"out": seen.coroutine})


def test_an_object_that_is_called_like_a_coroutine_is_async() -> None:
    class Called:
        async def __call__(self, *arguments: object) -> None:
            return None

    assert callbacks_kind(Called(), None) == "async"


def test_the_callback_of_a_place_comes_before_the_default_one() -> None:
    default, place = Seen(), Seen()

    call_callbacks(TOKEN, default.plain, {"out": place.plain})

    assert (default.values, place.values) == ([], [7])


@pytest.mark.parametrize(("tokens", "values"), [(None, []), (TOKEN, [7]), ([TOKEN, TOKEN], [7, 7])])
def test_callbacks_are_called_for_one_token_for_several_and_for_none(
    tokens: Any, values: list[int]
) -> None:
    plain, coroutine = Seen(), Seen()

    call_callbacks(tokens, plain.plain, None)
    asyncio.run(call_callbacks_async(tokens, coroutine.coroutine, None))

    assert (plain.values, coroutine.values) == (values, values)


def test_a_token_without_a_callback_is_passed_over() -> None:
    seen = Seen()

    call_callbacks(TOKEN, None, {"other": seen.plain})
    asyncio.run(call_callbacks_async(TOKEN, None, {"other": seen.coroutine}))

    assert seen.values == []


# -- direct ----------------------------------------------------------------------------------------


def test_a_direct_dispatcher_has_called_everything_when_the_job_is_over() -> None:
    seen = Seen()
    with session(DirectDispatcher()) as opened:
        job = opened.execute(doubled(), [{"x": 1}, {"x": 2}], default_callback=seen.plain)

        assert job.wait_until_finished()

    assert sorted(seen.values) == [2, 4]
    assert threading.get_ident() not in seen.threads


def test_a_direct_dispatcher_takes_callbacks_of_both_kinds() -> None:
    seen = Seen()
    places = {"out": seen.coroutine}
    with session(DirectDispatcher()) as opened:
        job = opened.execute(
            doubled(), {"x": 1}, default_callback=seen.plain, place_callbacks=places
        )
        job.wait_until_finished()

    assert seen.values == [2]


def test_what_a_directly_called_callback_raises_is_not_lost() -> None:
    with session(DirectDispatcher()) as opened:
        job = opened.execute(doubled(), {"x": 1}, default_callback=failing)

        with pytest.raises(CallbackFailed, match="no such thing"):
            job.wait_until_finished()

    assert job.get_status() is JobStatus.FAILED


def test_without_callbacks_a_job_is_read_as_ever() -> None:
    with session(DirectDispatcher()) as opened:
        job = opened.execute(doubled(), {"x": 4})

        assert job.result() == {"out": 8}


# -- manual ----------------------------------------------------------------------------------------


def runner_of(job: Any) -> ManualCallbackRunner:
    assert isinstance(job.callback_runner, ManualCallbackRunner)
    return job.callback_runner


def test_a_manual_dispatcher_calls_nothing_until_it_is_asked_and_then_on_that_thread() -> None:
    seen = Seen()
    with session(ManualDispatcher()) as opened:
        job = opened.execute(doubled(), {"x": 3}, default_callback=seen.plain)
        job.wait_until_finished()
        before, pending = list(seen.values), runner_of(job).has_pending()
        runner_of(job).process_pending()

    assert (before, pending) == ([], True)
    assert (seen.values, seen.threads) == ([6], {threading.get_ident()})
    assert not runner_of(job).has_pending()


def test_processing_when_nothing_is_pending_does_nothing() -> None:
    seen = Seen()
    runner = ManualDispatcher().create_runner(seen.plain, None)

    runner.process_pending()
    runner.dispatch(None)

    assert (seen.values, runner.has_pending()) == ([], False)


def test_a_manual_runner_awaits_coroutines() -> None:
    seen = Seen()
    with session(ManualDispatcher()) as opened:
        job = opened.execute(doubled(), {"x": 3}, place_callbacks={"out": seen.coroutine})
        job.wait_until_finished()
        asyncio.run(runner_of(job).process_pending_async())

    assert seen.values == [6]


def test_a_manual_runner_is_asked_in_the_way_of_its_callbacks() -> None:
    plain = ManualDispatcher().create_runner(Seen().plain, None)
    coroutine = ManualDispatcher().create_runner(Seen().coroutine, None)

    with pytest.raises(ArgumentError, match="plain functions"):
        asyncio.run(plain.process_pending_async())
    with pytest.raises(ArgumentError, match="are coroutines"):
        coroutine.process_pending()


def test_a_manual_runner_without_callbacks_is_asked_in_either_way() -> None:
    runner = ManualDispatcher().create_runner(None, None)
    runner.dispatch([TOKEN, TOKEN])

    runner.process_pending()
    asyncio.run(runner.process_pending_async())

    assert not runner.has_pending()


def test_what_a_manual_callback_raises_is_raised_there_and_later_tokens_stay() -> None:
    runner = ManualDispatcher().create_runner(failing, None)
    runner.dispatch([Token("out", Frame((0,)), 2, "hub"), TOKEN])

    with pytest.raises(KeyError):
        runner.process_pending()

    assert runner.has_pending()


# -- asyncio ---------------------------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_coroutines_run_on_the_loop_that_is_given(elsewhere: asyncio.AbstractEventLoop) -> None:
    loops = set()

    async def callback(site: str, node: object, frame: Frame, place: str, data: Any) -> None:
        loops.add(asyncio.get_running_loop())

    with session(AsyncioDispatcher(elsewhere)) as opened:
        job = opened.execute(doubled(), {"x": 1}, default_callback=callback)
        job.wait_until_finished()

    assert loops == {elsewhere}


def test_coroutines_run_on_the_loop_that_runs_where_the_job_starts() -> None:
    seen = Seen()
    dispatcher = AsyncioDispatcher()

    async def main() -> int:
        with session(dispatcher) as opened:
            job = opened.execute(doubled(), [{"x": 1}, {"x": 2}], default_callback=seen.coroutine)
            await asyncio.to_thread(job.wait_until_finished)
        return threading.get_ident()

    threads = {asyncio.run(main()), asyncio.run(main())}

    assert sorted(seen.values) == [2, 2, 4, 4]
    assert seen.threads == threads


def test_waiting_on_the_loop_of_the_callbacks_is_refused_and_does_not_hang() -> None:
    async def main() -> None:
        with session(AsyncioDispatcher()) as opened:
            job = opened.execute(doubled(), {"x": 1}, default_callback=Seen().coroutine)
            with pytest.raises(DeclarationError, match="to_thread"):
                job.wait_until_finished()
            await asyncio.to_thread(job.wait_until_finished)

    asyncio.run(main())


def test_what_a_coroutine_raises_is_not_lost(elsewhere: asyncio.AbstractEventLoop) -> None:
    async def callback(site: str, node: object, frame: Frame, place: str, data: Any) -> None:
        failing(site, node, frame, place, data)

    with session(AsyncioDispatcher(elsewhere)) as opened:
        job = opened.execute(doubled(), {"x": 1}, default_callback=callback)

        with pytest.raises(CallbackFailed, match="no such thing"):
            job.wait_until_finished()


def test_an_asyncio_dispatcher_refuses_plain_functions_and_a_missing_loop() -> None:
    with pytest.raises(ArgumentError, match="must be a coroutine"):
        AsyncioDispatcher().create_runner(Seen().plain, None)
    with pytest.raises(ArgumentError, match="no event loop is running"):
        AsyncioDispatcher().create_runner(Seen().coroutine, None)


def test_a_loop_that_is_closed_fails_the_job() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with session(AsyncioDispatcher(loop)) as opened:
        job = opened.execute(doubled(), {"x": 1}, default_callback=Seen().coroutine)

        with pytest.raises(CallbackFailed, match="is closed"):
            job.wait_until_finished()


# -- one's own -------------------------------------------------------------------------------------


class Noting(CallbackRunner):
    """A runner as an application writes one."""

    def __init__(self, *callbacks: Any) -> None:
        super().__init__(*callbacks)
        self.events: list[Any] = []

    def dispatch(self, token: Any) -> None:
        self.events.append(token.value if token.place != STATUS else token.place)
        call_callbacks(token, self.default_callback, self.place_callbacks)

    def takes(self, place: str) -> bool:
        return True

    def start(self) -> None:
        self.events.append("start")

    def stop(self) -> None:
        self.events.append("stop")


class NotingDispatcher(CallbackDispatcher):
    def create_runner(
        self, default_callback: Any = None, place_callbacks: Any = None
    ) -> CallbackRunner:
        return Noting(default_callback, place_callbacks)


def test_a_runner_of_ones_own_is_given_every_token_between_start_and_stop() -> None:
    seen = Seen()
    with session(NotingDispatcher()) as opened:
        job = opened.execute(doubled(), {"x": 5}, place_callbacks={"out": seen.plain})
        job.wait_until_finished()

    assert isinstance(job.callback_runner, Noting)
    assert job.callback_runner.events == ["start", 10, STATUS, STATUS, "stop"]
    assert seen.values == [10]


def test_each_job_has_a_runner_of_its_own() -> None:
    with session(NotingDispatcher()) as opened:
        one, other = (opened.execute(doubled(), {"x": 5}) for _ in range(2))
        one.wait_until_finished()
        other.wait_until_finished()

    assert one.callback_runner is not other.callback_runner


class Broken(Noting):
    """A runner with a hook that raises."""

    hook = "start"

    def start(self) -> None:
        if self.hook == "start":
            raise OSError("no door")

    def stop(self) -> None:
        if self.hook == "stop":
            raise OSError("no door")


@pytest.mark.parametrize("hook", ["start", "stop"])
def test_what_a_hook_of_a_runner_raises_is_the_error_of_the_job(hook: str) -> None:
    class Dispatcher(CallbackDispatcher):
        def create_runner(
            self, default_callback: Any = None, place_callbacks: Any = None
        ) -> CallbackRunner:
            runner = Broken(default_callback, place_callbacks)
            runner.hook = hook
            return runner

    with session(Dispatcher()) as opened:
        job = opened.execute(doubled(), {"x": 5})

        with pytest.raises(CallbackFailed, match=f"Broken.{hook} raised OSError: no door"):
            job.wait_until_finished()


def test_a_dispatcher_that_makes_no_runner_is_told_so() -> None:
    class Wrong(CallbackDispatcher):
        def create_runner(self, default_callback: Any = None, place_callbacks: Any = None) -> Any:
            return 5

    with session(Wrong()) as opened, pytest.raises(ArgumentError, match="must return"):
        opened.execute(doubled(), {"x": 5})


def test_what_is_no_dispatcher_is_refused() -> None:
    with pytest.raises(ArgumentError, match="callback_dispatcher must be"):
        session(5)  # type: ignore[arg-type]


def test_without_a_dispatcher_callbacks_are_called_directly() -> None:
    with session(None) as opened:
        job = opened.execute(doubled(), {"x": 5}, default_callback=Seen().plain)
        job.wait_until_finished()

    assert isinstance(opened.callback_dispatcher, DirectDispatcher)
    assert isinstance(job.callback_runner, CallbackRunner)
