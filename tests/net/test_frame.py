"""Frames say which call and which iteration, and do not change."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.net import Frame

STOP = Frame.stop_frame()
INDICES = st.lists(st.integers(0, 5), min_size=1, max_size=4)


def test_a_call_is_one_index() -> None:
    assert Frame.start_frame(3) == Frame([3])
    assert Frame([3]).frame == [3]
    assert Frame([3]).input_paramset_index() == 3


def test_the_stop_frame_is_no_list() -> None:
    assert STOP.frame == "stop"
    assert STOP.is_stop_frame()
    assert not Frame([0]).is_stop_frame()


@given(INDICES)
def test_iterations_count_up_inside_their_call(indices: list[int]) -> None:
    frame = Frame(indices)

    third = frame.with_pushed_scope().with_loop_inc().with_loop_inc()

    assert third == Frame([*indices, 2])
    assert third.parent() == third.with_popped_scope() == frame
    assert frame.is_ancestor_of(third)
    assert not third.is_ancestor_of(frame)


def test_scopes_pop_down_to_the_empty_frame() -> None:
    assert Frame([1]).with_popped_scope().frame == []


@pytest.mark.parametrize("frame", [Frame([0, 1]), STOP])
def test_frames_are_values(frame: Frame) -> None:
    twin = pickle.loads(pickle.dumps(frame))

    assert {frame: 1}[twin] == 1
    assert frame != frame.frame
    assert repr(frame) == f"Frame({frame.frame!r})"


def test_frames_do_not_change() -> None:
    with pytest.raises(AttributeError, match="do not change"):
        Frame([0]).path = (1,)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: STOP.with_loop_inc(),
        lambda: STOP.with_pushed_scope(),
        lambda: STOP.with_popped_scope(),
        lambda: STOP.parent(),
        lambda: STOP.input_paramset_index(),
        lambda: STOP.is_ancestor_of(Frame([0])),
        lambda: Frame([0]).is_ancestor_of(STOP),
        lambda: Frame([0]).parent(),
        lambda: Frame([]).with_loop_inc(),
        lambda: Frame([]).input_paramset_index(),
    ],
)
def test_what_a_frame_does_not_have_is_refused(ask: object) -> None:
    with pytest.raises(ValueError, match="has no such frame"):
        ask()  # type: ignore[operator]
