"""The runner of a net: one token per place and frame, and an end that is counted."""

from __future__ import annotations

from typing import Any, cast

import pytest

from dfm.errors import InternalError
from dfm.exec.net_runner import NetRunner
from dfm.exec.program import program_of
from dfm.net.loops import Ended, Gather, Last, Loop, Previous
from dfm.net.model import START, NetIR, Receive
from dfm.net.template import Item, Ref, fill
from dfm.net.token import ABSENT, Count, ErrorRecord, Failure
from dfm.net.token import Stream as StreamMark
from dfm.net.transitions import Call, Join, Let, Send, Signal, Store, Yield

BROKEN = Failure((ErrorRecord("ValueError", "broken"),))
ALSO_BROKEN = Failure((ErrorRecord("KeyError", "also"),))


class Recorder:
    """Remembers what a runner asked for; answers nothing by itself."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.sent: list[tuple[Any, ...]] = []
        self.handed: list[tuple[Any, ...]] = []
        self.done: list[tuple[Any, ...]] = []
        self.sequences: list[tuple[Any, ...]] = []
        self.granted: list[tuple[Any, ...]] = []
        self.progress: list[tuple[Any, ...]] = []
        self.not_kept: list[tuple[Any, ...]] = []
        self.runner: NetRunner | None = None

    def call(self, frame: Any, number: int, call: Call, inputs: dict[str, Any]) -> None:
        self.calls.append((frame, number, call.operation, inputs))

    def answer(self, frame: Any, token: Any) -> None:
        """Let the call of a frame return."""
        assert self.runner is not None
        self.runner.filled(frame, next(c[1] for c in self.calls if c[0] == frame), token)

    def compose(self, frame: Any, number: int, let: Let, inputs: dict[str, Any]) -> None:
        assert self.runner is not None
        self.runner.filled(frame, number, fill(let.value, lambda ref: ref.of(inputs[ref.place])))

    def gather(self, frame: Any, number: int, tokens: list[Any]) -> None:
        assert self.runner is not None
        self.runner.filled(frame, number, tokens)

    def send(self, frame: Any, number: int, send: Send, token: Any) -> None:
        assert self.runner is not None
        self.sent.append((frame, send.place, send.to, token))
        self.runner.fired(frame, number)

    def hand_over(self, frame: Any, number: int, hand_over: Yield, inputs: Any) -> None:
        assert self.runner is not None
        if inputs is not ABSENT:  # there is nothing to hand over
            self.handed.append((frame, hand_over.place, inputs))
        self.runner.fired(frame, number)

    def hand_over_failure(self, frame: Any, hand_over: Yield, failure: Failure) -> None:
        self.handed.append((frame, hand_over.place, failure))

    def go_through(self, frame: Any, number: int, loop: Loop, token: Any) -> None:
        self.sequences.append((frame, number, token))

    def grant(self, frame: Any, number: int, count: int) -> None:
        self.granted.append((frame, count))

    def iterations_done(self, frame: Any, loop: Loop, count: int) -> None:
        self.progress.append((frame, loop.leader, loop.item, count))

    def not_stored(self, frame: Any, store: Store) -> None:
        self.not_kept.append((frame, store.output))

    def frame_done(self, frame: Any, failures: list[Failure]) -> None:
        self.done.append((frame, failures))


def running(
    *transitions: Any, params: tuple[str, ...] = (START,), **more: Any
) -> tuple[NetRunner, Recorder]:
    recorder = Recorder()
    net = NetIR("p", "here", params=params, transitions=transitions, **more)
    recorder.runner = NetRunner(program_of(net), cast("Any", recorder))
    return recorder.runner, cast("Any", recorder)


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
        Let("a_0", Ref("a", (Item(0),))),
        Send("a_0", "there"),
        receives=(Receive("a", "there"),),
    )

    runner.put((0,), "a", ["first", "second"])

    assert seen.sent == [((0,), "a_0", "there", "first")]


# -- gates and joins -------------------------------------------------------------------------------


def test_behind_a_gate_that_is_absent_nothing_is_done_whatever_else_went_wrong() -> None:
    runner, seen = running(
        Call("b", "ops.B", arguments=(("x", Ref("a")),), when="gate"),
        Yield("y0", "out", Ref("b")),
        receives=(Receive("a", "there"), Receive("gate", "there")),
    )

    runner.put((0,), START, None)
    runner.put((0,), "a", BROKEN)
    runner.put((0,), "gate", ABSENT)

    assert seen.calls == []
    assert seen.handed == []
    assert seen.done == [((0,), [])]


def test_what_is_absent_is_no_reason_not_to_run_after_it() -> None:
    runner, seen = running(
        Call("b", "ops.B", after=("a",)),
        receives=(Receive("a", "there"),),
    )

    runner.put((0,), "a", ABSENT)

    assert [call[2] for call in seen.calls] == ["ops.B"]


def test_a_join_takes_the_first_that_is_there_even_if_it_is_an_error() -> None:
    runner, seen = running(
        Join("c", ("a", "b")),
        Yield("y0", "out", Ref("c")),
        receives=(Receive("a", "there"), Receive("b", "there")),
    )

    for number, (a, b) in enumerate([(1, 2), (ABSENT, 2), (ABSENT, BROKEN), (ABSENT, ABSENT)]):
        runner.put((number,), "b", b)
        runner.put((number,), "a", a)

    assert [entry[2] for entry in seen.handed] == [{"c": 1}, {"c": 2}, BROKEN]


def test_a_join_lets_a_stream_go_once_that_it_does_not_take() -> None:
    class Counted(StreamMark):
        gone = 0

        def abandon(self) -> None:
            self.gone += 1

    runner, seen = running(
        Join("c", ("a", "b", "b")),
        Yield("y0", "out", Ref("c")),
        receives=(Receive("a", "there"), Receive("b", "there")),
    )
    stream = Counted()

    runner.put((0,), "b", stream)
    runner.put((0,), "a", 1)

    assert seen.handed == [((0,), "out", {"c": 1})]
    assert stream.gone == 1


def test_others_may_look_for_a_key_once_there_is_nothing_to_store() -> None:
    runner, seen = running(
        Store("c", "key", Ref("a"), lookup="hit", when="miss"),
        receives=(Receive("a", "there"), Receive("miss", "there")),
    )

    runner.put((0,), "miss", None)
    runner.put((0,), "a", BROKEN)

    assert seen.not_kept == [((0,), "c")]


# -- loops -----------------------------------------------------------------------------------------


ARGUMENTS = (("x", Ref("f")), ("y", Ref("a")))


def looping(*body: Any, gives: tuple[Any, ...] = (), **more: Any) -> Loop:
    """A loop over the value of `s`, which this site goes through."""
    return Loop("e", "n", "here", Ref("s"), body=body, gives=gives, **more)


def test_an_iteration_reads_its_item_and_what_is_around_the_loop_whenever_that_comes() -> None:
    runner, seen = running(
        looping(Call("b", "ops.B", arguments=(("x", Ref("e")), ("y", Ref("a"))))),
        receives=(Receive("s", "there"), Receive("a", "there")),
    )

    runner.put((0,), "s", ["p", "q"])
    runner.items((0,), 0, ["p"])
    before = list(seen.calls)
    runner.put((0,), "a", "outer")
    runner.items((0,), 0, ["q"])

    assert before == []
    assert seen.calls == [
        ((0, 0), 1, "ops.B", {"e": "p", "a": "outer"}),
        ((0, 1), 1, "ops.B", {"e": "q", "a": "outer"}),
    ]


def test_a_call_is_done_when_all_iterations_of_its_loop_are() -> None:
    runner, seen = running(
        looping(Call("b", "ops.B", arguments=(("x", Ref("e")),))),
        receives=(Receive("s", "there"),),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", [1, 2])
    runner.items((0,), 0, [1, 2])
    seen.answer((0, 1), "second")
    runner.items_over((0,), 0, None)
    before = list(seen.done)
    seen.answer((0, 0), BROKEN)

    assert before == []
    assert seen.done == [((0,), [BROKEN])]
    assert runner.frames_in_flight == 0


def test_a_sequence_without_items_is_no_error() -> None:
    runner, seen = running(
        looping(
            Call("b", "ops.B", arguments=(("x", Ref("e")),)),
            gives=(Gather("all", "b"), Last("last", "b", "$")),
        ),
        Yield("y0", "out", [Ref("all"), Ref("last")]),
        receives=(Receive("s", "there"),),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", [])
    runner.items_over((0,), 0, None)

    assert seen.handed == [((0,), "out", {"all": [], "last": None})]


def test_a_list_of_what_iterations_made_is_in_their_order_without_what_is_absent() -> None:
    runner, seen = running(
        looping(Call("b", "ops.B", arguments=(("x", Ref("e")),)), gives=(Gather("all", "b"),)),
        Yield("y0", "out", Ref("all")),
        receives=(Receive("s", "there"),),
    )

    runner.put((0,), "s", "abc")
    runner.items((0,), 0, ["a", "b", "c"])
    runner.items_over((0,), 0, None)
    seen.answer((0, 2), "third")
    seen.answer((0, 1), ABSENT)
    seen.answer((0, 0), "first")

    assert seen.handed == [((0,), "out", {"all": ["first", "third"]})]


def test_no_more_iterations_are_in_flight_than_allowed_at_any_site() -> None:
    runner, seen = running(
        looping(Send("e", "there"), at_most=2, followers=("there",)),
        Send("n", "there"),
        receives=(Receive("s", "there"),),
    )

    runner.put((0,), "s", range(9))
    runner.items((0,), 0, [0, 1])
    done_here = list(seen.granted)
    runner.progress((0,), "e", "there", 1)

    assert done_here == [((0,), 2)]
    assert seen.granted == [((0,), 2), ((0,), 1)]


def test_a_follower_tells_its_leader_of_each_iteration_and_ends_by_counting() -> None:
    runner, seen = running(
        Loop(
            "e",
            "n",
            "there",
            at_most=3,
            receives=(Receive("e", "there"),),
            body=(Call("b", "ops.B", arguments=(("x", Ref("e")),)),),
            gives=(Ended("over", ("b",)),),
        ),
        Call("c", "ops.C", after=("over",)),
        receives=(Receive("n", "there"),),
    )

    runner.put((0, 1), "e", "second")
    seen.answer((0, 1), 2)
    runner.put((0,), "n", Count(2))
    runner.put((0, 0), "e", "first")
    before = [call[2] for call in seen.calls]
    seen.answer((0, 0), 1)

    assert seen.progress == [((0,), "there", "e", 1)] * 2
    assert before == ["ops.B", "ops.B"]
    assert [call[2] for call in seen.calls] == ["ops.B", "ops.B", "ops.C"]


def test_a_value_goes_from_iteration_to_iteration_in_their_order() -> None:
    runner, seen = running(
        looping(
            Previous("before", "sum", "$"),
            Call("sum", "ops.Add", arguments=(("x", Ref("before")), ("y", Ref("e")))),
            gives=(Last("total", "sum", "$"),),
        ),
        Yield("y0", "out", Ref("total")),
        receives=(Receive("s", "there"),),
    )

    runner.put((0,), START, 0)
    runner.put((0,), "s", [5, 6])
    runner.items((0,), 0, [5, 6])
    first = list(seen.calls)
    seen.answer((0, 0), 5)
    seen.answer((0, 1), 11)
    runner.items_over((0,), 0, None)

    assert [call[3] for call in first] == [{"before": 0, "e": 5}]
    assert seen.calls[1][3] == {"before": 5, "e": 6}
    assert seen.handed == [((0,), "out", {"total": 11})]


def test_a_sequence_that_breaks_is_told_once_by_each_yield_of_the_body() -> None:
    runner, seen = running(
        looping(Yield("y0", "out", Ref("e")), gives=(Gather("all", "e"),)),
        Yield("y1", "all", Ref("all")),
        receives=(Receive("s", "there"),),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", "a broken one")
    runner.items((0,), 0, ["item"])
    runner.items_over((0,), 0, BROKEN)

    assert seen.handed == [
        ((0, 0), "out", {"e": "item"}),
        ((0,), "out", BROKEN),
        ((0,), "all", BROKEN),
    ]
    assert seen.done == [((0,), [BROKEN])]


def test_a_loop_that_is_not_entered_leaves_nothing_behind() -> None:
    runner, seen = running(
        looping(Yield("y0", "out", Ref("e")), gives=(Gather("all", "e"),), when="gate"),
        Yield("y1", "all", Ref("all")),
        receives=(Receive("s", "there"), Receive("gate", "there")),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", [1])
    runner.put((0,), "gate", ABSENT)

    assert seen.handed == []
    assert seen.done == [((0,), [])]


def test_the_frame_waits_for_a_captured_value_that_no_iteration_needed() -> None:
    runner, seen = running(
        looping(Call("b", "ops.B", arguments=(("x", Ref("e")), ("y", Ref("a"))))),
        receives=(Receive("s", "there"), Receive("a", "there")),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", [])
    runner.items_over((0,), 0, None)
    before = list(seen.done)
    runner.put((0,), "a", "late")

    assert before == []
    assert seen.done == [((0,), [])]


def test_an_outer_value_is_let_go_when_the_loop_is_over() -> None:
    import gc
    import weakref

    class Big:
        pass

    runner, seen = running(
        looping(Call("b", "ops.B", arguments=(("x", Ref("e")), ("y", Ref("a"))))),
        receives=(Receive("s", "there"), Receive("a", "there")),
    )
    value = Big()
    ghost = weakref.ref(value)

    runner.put((0,), "a", value)
    del value
    runner.put((0,), "s", [1])
    runner.items((0,), 0, [1])
    runner.items_over((0,), 0, None)
    kept = ghost() is not None
    seen.answer((0, 0), None)
    seen.calls.clear()
    gc.collect()

    assert kept
    assert ghost() is None
    assert runner.frames_in_flight == 1


def test_a_loop_inside_another_ends_once_though_both_end_with_the_same_token() -> None:
    inner = Loop("f", "m", "here", Ref("t"), body=(Call("b", "ops.B", arguments=ARGUMENTS),))
    runner, seen = running(
        looping(Let("t", [], after=("e",)), inner),
        Call("c", "ops.C", arguments=(("x", Ref("a")),), after=("s",)),
        receives=(Receive("s", "there"), Receive("a", "there")),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", [1])
    runner.items((0,), 0, [1])
    runner.items_over((0,), 0, None)
    runner.items_over((0, 0), seen.sequences[-1][1], None)
    runner.put((0,), "a", "outer")
    seen.answer((0,), None)

    assert seen.calls == [((0,), 1, "ops.C", {"a": "outer"})]
    assert seen.done == [((0,), [])]


def test_what_only_waits_for_a_stream_from_outside_may_do_so_beside_what_reads_it() -> None:
    runner, seen = running(
        looping(
            Call("b", "ops.B", arguments=(("x", Ref("e")), ("y", Ref("a")))),
            Call("c", "ops.C", arguments=(("x", Ref("e")),), after=("a",)),
        ),
        receives=(Receive("s", "there"), Receive("a", "there")),
    )

    runner.put((0,), START, None)
    runner.put((0,), "s", [1])
    runner.items((0,), 0, [1])
    runner.items_over((0,), 0, None)
    runner.put((0,), "a", StreamMark())
    before = [call[2] for call in seen.calls]
    runner.stream_ended((0,), "a", None)

    assert before == []
    assert [call[2] for call in seen.calls] == ["ops.C"]
