"""Errors are data, merged without repetition."""

from __future__ import annotations

from dfm.net import ABSENT, ErrorRecord, Failure, Stream

A, B, C = (ErrorRecord("ValueError", name, stack_trace="line 1") for name in "abc")


def test_merging_keeps_each_error_once_in_order_of_first_sight() -> None:
    merged = Failure.merged([Failure((B,)), Failure((A, B)), Failure((C, A))])

    assert merged == Failure((B, A, C))


def test_errors_can_be_compared_without_their_traces() -> None:
    elsewhere = Failure((ErrorRecord("ValueError", "a", stack_trace="line 2"),))

    assert Failure((A,)) != elsewhere
    assert Failure((A,)).without_traces() == elsewhere.without_traces()


def test_an_absence_says_what_it_is() -> None:
    assert repr(ABSENT) == "ABSENT"


def test_a_stream_is_whole_unless_it_says_otherwise() -> None:
    assert Stream().failure is None
