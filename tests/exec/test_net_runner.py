"""The runner of a net: one token per place and frame, and an end that is counted."""

from __future__ import annotations

from typing import Any

import pytest

from dfm.errors import InternalError
from dfm.exec.net_runner import NetRunner
from dfm.exec.program import program_of
from dfm.net.model import START, Call, NetIR, Receive, Select, Send, Signal, Yield
from dfm.net.template import Item, Ref
from dfm.net.token import ABSENT, ErrorRecord, Failure

BROKEN = Failure((ErrorRecord("ValueError", "broken"),))
ALSO_BROKEN = Failure((ErrorRecord("KeyError", "also"),))


class Recorder:
    """Remembers what a runner asked for; answers nothing by itself."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.sent: list[tuple[Any, ...]] = []
        self.handed: list[tuple[Any, ...]] = []
        self.done: list[tuple[Any, ...]] = []
        self.runner: NetRunner | None = None

    def call(self, frame: Any, number: int, call: Call, inputs: dict[str, Any]) -> None:
        self.calls.append((frame, number, call.operation, inputs))

    def select(self, frame: Any, number: int, select: Select, value: Any) -> None:
        assert self.runner is not None
        self.runner.filled(frame, number, select.source.of(value))

    def send(self, frame: Any, send: Send, token: Any) -> None:
        assert self.runner is not None
        self.sent.append((frame, send.place, send.to, token))
        self.runner.fired(frame)

    def hand_over(self, frame: Any, hand_over: Yield, inputs: dict[str, Any]) -> None:
        assert self.runner is not None
        self.handed.append((frame, hand_over.place, inputs))
        self.runner.fired(frame)

    def hand_over_failure(self, frame: Any, hand_over: Yield, failure: Failure) -> None:
        self.handed.append((frame, hand_over.place, failure))

    def frame_done(self, frame: Any, failures: list[Failure]) -> None:
        self.done.append((frame, failures))


def running(
    *transitions: Any, params: tuple[str, ...] = (START,), **more: Any
) -> tuple[NetRunner, Recorder]:
    recorder = Recorder()
    net = NetIR("p", "here", params=params, transitions=transitions, **more)
    recorder.runner = NetRunner(program_of(net), recorder)
    return recorder.runner, recorder


def test_a_call_runs_once_all_its_inputs_have_a_token() -> None:
    runner, seen = running(
        Call("a", "ops.A", arguments=(("x", Ref("$x")), ("y", Ref("$y")))),
        params=(START, "$x", "$y"),
    )

    runner.put((0,), "$x", 1)
    before = list(seen.calls)
    runner.put((0,), "$y", 2)

    assert before == []
    assert seen.calls == [((0,), 0, "ops.A", {"$x": 1, "$y": 2})]


def test_frames_do_not_see_each_other() -> None:
    runner, seen = running(
        Call("a", "ops.A", arguments=(("x", Ref("$x")), ("y", Ref("$y")))),
        params=(START, "$x", "$y"),
    )

    runner.put((0,), "$x", 1)
    runner.put((1,), "$y", 2)

    assert seen.calls == []
    assert runner.frames_in_flight == 2


def test_a_frame_is_done_when_each_transition_has_fired_once_and_its_start_has_come() -> None:
    runner, seen = running(
        Call("a", "ops.A", arguments=(("x", Ref("$x")),)),
        Yield("y0", "out", Ref("a")),
        params=(START, "$x"),
    )

    runner.put((0,), "$x", 1)
    runner.filled((0,), 0, "value")
    before_start = list(seen.done)
    runner.put((0,), START, None)

    assert before_start == []
    assert seen.done == [((0,), [])]
    assert runner.frames_in_flight == 0


def test_an_error_passes_through_operations_without_running_them_and_reaches_the_yield() -> None:
    runner, seen = running(
        Call("a", "ops.A", after=(START,)),
        Call("b", "ops.B", arguments=(("x", Ref("a")),)),
        Send("b", "there"),
        Yield("y0", "out", Ref("b")),
    )

    runner.put((0,), START, None)
    runner.filled((0,), 0, BROKEN)

    assert [c[2] for c in seen.calls] == ["ops.A"]
    assert seen.sent == [((0,), "b", "there", BROKEN)]
    assert seen.handed == [((0,), "out", BROKEN)]
    assert seen.done == [((0,), [BROKEN])]


def test_errors_of_several_inputs_become_one_error_that_holds_them_all() -> None:
    runner, seen = running(
        Yield("y0", "out", [Ref("a"), Ref("b")]),
        receives=(Receive("a", "there"), Receive("b", "there")),
    )

    runner.put((0,), "b", ALSO_BROKEN)
    runner.put((0,), "a", BROKEN)

    assert seen.handed == [((0,), "out", Failure((*BROKEN.errors, *ALSO_BROKEN.errors)))]


def test_absence_skips_operations_and_yields_nothing() -> None:
    runner, seen = running(
        Call("b", "ops.B", arguments=(("x", Ref("a")),)),
        Yield("y0", "out", Ref("b")),
        receives=(Receive("a", "there"),),
    )

    runner.put((0,), START, None)
    runner.put((0,), "a", ABSENT)

    assert seen.calls == []
    assert seen.handed == []
    assert seen.done == [((0,), [])]


def test_an_error_wins_over_an_absence() -> None:
    runner, seen = running(
        Send("c", "there"),
        Call("c", "ops.C", arguments=(("x", Ref("a")), ("y", Ref("b")))),
        receives=(Receive("a", "there"), Receive("b", "there")),
    )

    runner.put((0,), "a", ABSENT)
    runner.put((0,), "b", BROKEN)

    assert seen.sent == [((0,), "c", "there", BROKEN)]


def test_what_waits_without_reading_is_not_given_the_value() -> None:
    runner, seen = running(
        Call("b", "ops.B", after=("a",)),
        Signal("s", "a"),
        Send("s", "there"),
        receives=(Receive("a", "there"),),
    )

    runner.put((0,), "a", "big value")

    assert seen.calls == [((0,), 0, "ops.B", {})]
    assert seen.sent == [((0,), "s", "there", None)]


def test_a_second_token_for_a_place_is_refused() -> None:
    runner, _ = running(
        Call("a", "ops.A", arguments=(("x", Ref("$x")), ("y", Ref("$y")))),
        params=(START, "$x", "$y"),
    )
    runner.put((0,), "$x", 1)

    with pytest.raises(InternalError, match=r"'\$x' got a second token"):
        runner.put((0,), "$x", 2)


def test_an_unknown_place_is_refused() -> None:
    runner, _ = running(Call("a", "ops.A", after=(START,)))

    with pytest.raises(InternalError, match="no place 'z'"):
        runner.put((0,), "z", 1)


def test_an_error_passes_through_ten_thousand_steps() -> None:
    steps = [Call(f"n{i + 1}", "ops.Step", arguments=(("x", Ref(f"n{i}")),)) for i in range(10_000)]
    runner, seen = running(
        *steps, Yield("y0", "out", Ref("n10000")), receives=(Receive("n0", "there"),)
    )

    runner.put((0,), START, None)
    runner.put((0,), "n0", BROKEN)

    assert seen.handed == [((0,), "out", BROKEN)]
    assert seen.done == [((0,), [])]


def test_a_value_is_let_go_when_its_last_reader_has_it() -> None:
    import gc
    import weakref

    class Big:
        pass

    runner, seen = running(
        Call("b", "ops.B", arguments=(("x", Ref("a")),)),
        receives=(Receive("a", "there"),),
    )
    value = Big()
    ghost = weakref.ref(value)

    runner.put((0,), "a", value)
    del value
    seen.calls.clear()
    gc.collect()

    assert ghost() is None
    assert runner.frames_in_flight == 1


def test_a_selection_has_a_place_of_its_own() -> None:
    runner, seen = running(
        Select("a_0", Ref("a", (Item(0),))),
        Send("a_0", "there"),
        receives=(Receive("a", "there"),),
    )

    runner.put((0,), "a", ["first", "second"])

    assert seen.sent == [((0,), "a_0", "there", "first")]
