"""Few samples are kept of many, and speak for all."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.report.samples import Message, Samples, thinned

numbers = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=16))
def test_of_few_rows_the_medians_are_exact(rows: list[tuple[float, float]]) -> None:
    samples = Samples(most=16)

    for row in rows:
        samples.add(row)

    columns = [median(column) for column in zip(*rows, strict=True)]
    assert list(samples.medians()) == pytest.approx(columns)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=16))
def test_a_row_of_some_weight_is_as_good_as_so_many_rows(rows: list[tuple[int, int]]) -> None:
    samples = Samples(most=16)

    for value, weight in rows:
        samples.add((value,), weight)

    each = [value for value, weight in rows for _ in range(weight)]
    assert samples.medians() == (median(each),)
    assert samples.count == len(each)


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=300), st.integers(1, 16))
def test_never_more_are_kept_than_may_be(weights: list[int], most: int) -> None:
    samples, kept = Samples(most), []

    for weight in weights:
        samples.add((1.0,), weight)
        kept.append(len(samples))

    assert max(kept) <= most
    assert samples.count == sum(weights)


@pytest.mark.parametrize("weight", [1, 7, 64])
def test_the_first_rows_do_not_speak_for_those_that_come_later(weight: int) -> None:
    samples = Samples(most=64)

    for _ in range(1000):
        samples.add((100.0,), weight)
    for _ in range(1100):
        samples.add((1.0,), weight)

    assert samples.medians() == (1.0,)


messages = st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 10)), max_size=100)


@given(messages, st.integers(2, 32))
def test_of_the_messages_the_largest_half_and_some_others_are_kept(
    came: list[Message], most: int
) -> None:
    kept = thinned(came, most)

    largest = sorted(came)[-(most - most // 2) :]
    assert len(kept) == min(most, len(came))
    assert kept[-len(largest) :] == largest
    assert set(kept) <= set(came)
