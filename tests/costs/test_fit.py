"""Lines through measurements: what they show, what they ignore and what they follow."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm.costs.fit import LEVEL, TYPICAL, Line, fitted, level_of, shape_of, weighted_median

MB = 1e6
seconds = st.floats(1e-4, 1e4)
slopes = st.floats(0.1, 10).map(lambda per_megabyte: per_megabyte / MB)
SIZES = (1 * MB, 2 * MB, 4 * MB, 8 * MB, 16 * MB, 32 * MB)


def one_each(points: list[tuple[float, float]]) -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple((point,) for point in points)


def about(value: float, tolerance: float = 1e-6) -> object:
    return pytest.approx(value, rel=tolerance, abs=1e-12)


@given(seconds, slopes)
def test_a_line_is_found_again(fixed: float, slope: float) -> None:
    truth = Line(fixed * slope * MB, slope)

    found = fitted(one_each([(size, truth.at(size)) for size in SIZES]))

    far = 32 * MB
    if truth.at(far) > 1.25 * truth.at(1 * MB):
        assert [found.at(size) for size in SIZES] == [about(truth.at(size)) for size in SIZES]
    else:  # it hardly rises: then it is about level
        assert found.at(far) == about(truth.at(far), 0.3)


@given(slopes, st.integers(0, 5), st.floats(5, 1000))
def test_one_slow_run_of_six_does_not_bend_a_line(slope: float, which: int, factor: float) -> None:
    truth = Line(slope * MB, slope)
    points = [(size, truth.at(size)) for size in SIZES]
    points[which] = (points[which][0], points[which][1] * factor)

    found = fitted(one_each(points))

    assert [found.at(size) for size in SIZES] == [about(truth.at(size), 0.3) for size in SIZES]


@given(st.lists(st.tuples(st.floats(0, 1e9), seconds), min_size=1, max_size=12), seconds)
def test_what_takes_so_much_longer_is_fitted_by_so_much_more(
    points: list[tuple[float, float]], factor: float
) -> None:
    slower = [(size, value * factor) for size, value in points]

    line, scaled = fitted(one_each(points)), fitted(one_each(slower))

    for size, _ in points:
        assert scaled.at(size) == about(factor * line.at(size), 1e-3)


@given(st.lists(st.tuples(st.integers(0, 10**12), st.floats(0, 1e9)), max_size=20))
def test_no_measurement_makes_a_line_negative_or_infinite(
    points: list[tuple[int, float]],
) -> None:
    for is_sure in (False, True):
        line = fitted(one_each(points), is_sure=is_sure)

        assert line.fixed >= 0
        assert line.slope >= 0
        assert math.isfinite(line.at(1e12))


def test_where_all_sizes_are_alike_the_shape_is_the_usual_one() -> None:
    runs = one_each([(1 * MB, 3.0), (1.1 * MB, 3.0), (1 * MB, 3.0)])

    line = fitted(runs, Line(0.5, 0.5 / MB))

    assert line.at(1 * MB) == about(3.0, 0.1)
    assert line.at(9 * MB) == about(5 * line.at(1 * MB))


def test_a_rise_that_noise_may_hide_is_no_slope() -> None:
    runs = one_each([(0.0, 1.0), (30_000.0, 1.1), (0.0, 1.05), (30_000.0, 0.98)])

    line = fitted(runs)

    assert line.at(1000 * MB) < 2 * 1.0 * 1000  # as TYPICAL has it, not as the noise
    assert line.at(0) == about(1.0, 0.2)


def test_few_bytes_tell_nothing_of_many() -> None:
    runs = one_each([(0.0, 0.010), (1_000.0, 0.030), (0.0, 0.011), (1_000.0, 0.031)])

    assert fitted(runs).at(10 * MB) < 1.0


def test_a_single_slow_run_of_a_new_size_has_to_be_seen_twice() -> None:
    known = [(1 * MB, 1.0), (1 * MB, 1.0), (2 * MB, 2.0), (2 * MB, 2.0)]

    once = fitted(one_each([*known, (8 * MB, 80.0)]))
    twice = fitted(one_each([*known, (8 * MB, 80.0), (8 * MB, 80.0)]))

    assert once.at(8 * MB) == about(8.0, 0.01)
    assert twice.at(8 * MB) > 40


@pytest.mark.parametrize(
    ("levels", "now"),
    [
        ([4.0], 4.0),
        ([4.0, 20.0], 4.0),  # of two the quicker
        ([20.0, 4.0], 4.0),
        ([4.0, 4.0, 4.0, 20.0], 4.0),  # one slow run
        ([4.0, 4.0, 4.0, 20.0, 20.0], 20.0),  # two: it has changed
        ([20.0, 20.0, 20.0, 20.0, 4.0], 20.0),  # one quick run, when the level is old
        ([20.0, 20.0, 20.0, 20.0, 4.0, 4.0], 4.0),
        ([4.0, 4.0, 4.0, 20.0, 4.0, 20.0, 4.0], 4.0),  # slow runs now and then
        ([4.0, 4.0, 4.0, 20.0, 20.0, 4.0], 4.0),  # two of them, and it was nothing
        ([4.0] * 10 + [20.0] * 10 + [4.0], 20.0),  # it has changed long ago
        ([4.0] * 10 + [20.0] * 10 + [200.0], 20.0),
    ],
)
def test_a_level_follows_two_runs_and_no_single_one(levels: list[float], now: float) -> None:
    assert level_of(levels) == now


@given(st.lists(st.floats(0.9, 1.1), min_size=3, max_size=30), st.integers(0, 29))
def test_no_single_slow_run_changes_a_level(levels: list[float], which: int) -> None:
    disturbed = [*levels[: which + 1], 10.0, *levels[which + 1 :]]

    assert 0.9 <= level_of(disturbed) <= 1.1


@given(st.lists(st.floats(0.9, 1.1), min_size=1, max_size=30), st.floats(2, 100))
def test_two_runs_at_a_new_level_are_enough(levels: list[float], factor: float) -> None:
    changed = level_of([*levels, factor, factor])

    assert changed == factor


def test_sizes_are_sure_and_none_is_doubted() -> None:
    runs = one_each([(1_000.0, 8_000.0), (1 * MB, 8 * MB)])

    assert fitted(runs, LEVEL, is_sure=True).at(2 * MB) == about(16 * MB)


def test_the_bytes_of_a_number_tell_nothing_of_the_size_of_a_result() -> None:
    runs = one_each([(3.0, 8_000.0), (5.0, 800_000.0), (3.0, 8_000.0), (5.0, 800_000.0)])

    assert 8_000 <= fitted(runs, LEVEL, is_sure=True).at(1_000) <= 800_000


@given(st.permutations([(size, 1 + size / MB) for size in SIZES]))
def test_a_shape_does_not_depend_on_the_order_of_its_points(
    points: list[tuple[float, float]],
) -> None:
    assert shape_of(tuple(points)) == shape_of(tuple(sorted(points)))


def test_nothing_measured_is_nothing_expected() -> None:
    assert fitted(()) == Line(0.0)
    assert fitted((((1 * MB, 0.0),),)).at(1 * MB) == 0
    assert shape_of(()) == TYPICAL


def test_a_weighted_median_is_the_median_where_weights_are_equal() -> None:
    values = [Random(1).random() for _ in range(9)]

    assert weighted_median((value, 1.0) for value in values) == sorted(values)[4]
