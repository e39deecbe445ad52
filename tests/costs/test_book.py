"""What the compiler is told: as measured, inferred from what is known, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costs.jobs import MB, OPERATIONS, SITES, federation, history, link, step

from dfm.costs.book import CostBook
from dfm.costs.export import as_yaml
from dfm.costs.history import History
from dfm.costs.runs import JobRun
from dfm.costs.summary import summary_of
from dfm.federation.models import ComputeCost, SendCost

seconds = st.floats(0.001, 1000)


def book(*jobs: JobRun, **declared: dict) -> CostBook:
    return CostBook(history(*jobs), federation(**declared))


def work(costs: CostBook, operation: str, site: str, read: float = 0.0) -> float:
    told = costs.work(operation, site, None, read)
    assert told is not None
    return told.value


def test_nothing_is_known_of_what_never_ran_and_is_not_declared() -> None:
    costs = book()

    assert costs.work("m.A", "oslo", None, 0) is None
    assert costs.size("m.A", 0) is None
    assert costs.link("oslo", "desk") is None


def test_what_ran_is_told_with_the_number_of_its_jobs() -> None:
    costs = book(*(step("m.A", "oslo", 2.0, when=when, made=100) for when in (1, 2, 3)))

    assert costs.work("m.A", "oslo", None, 0) == (pytest.approx(2.0), 3)
    assert costs.size("m.A", 0) == (pytest.approx(100), 3)


def test_a_provider_is_known_apart_from_its_site() -> None:
    costs = book(step("m.A", "rome", 1.0), step("m.A", "rome", 9.0, provider="era5"))

    own, by_provider = (costs.work("m.A", "rome", p, 0) for p in (None, "era5"))

    assert own is not None
    assert by_provider is not None
    assert (own.runs, by_provider.runs) == (1, 1)
    assert own.value == pytest.approx(1.0)


def test_elsewhere_an_operation_takes_as_much_longer_as_that_site_is_slower() -> None:
    jobs = [
        step(operation, site, slow, when=when)
        for operation in ("m.A", "m.B")
        for site, slow in (("oslo", 1.0), ("rome", 4.0))
        for when in (1, 2)
    ]

    costs = book(*jobs, step("m.C", "oslo", 10.0), step("m.C", "oslo", 10.0, when=2.0))

    assert 10 < work(costs, "m.C", "rome") < 40
    assert costs.work("m.C", "rome", None, 0).runs == 0


def test_a_site_that_never_ran_anything_is_hoped_to_be_fast() -> None:
    costs = book(step("m.A", "oslo", 10.0))

    assert work(costs, "m.A", "bern") < work(costs, "m.A", "oslo")


def test_a_site_that_is_known_to_be_slow_is_not_hoped_to_be_fast() -> None:
    known = [
        step(operation, site, slow, when=when)
        for operation in ("m.A", "m.B")
        for site, slow in (("oslo", 1.0), ("rome", 9.0))
        for when in (1, 2)
    ]

    costs = book(*known, step("m.C", "oslo", 1.0))

    assert work(costs, "m.C", "rome") > work(costs, "m.C", "oslo")
    assert work(costs, "m.C", "bern") < work(costs, "m.C", "oslo")


def test_what_is_declared_of_two_sites_tells_how_they_differ() -> None:
    declared = {("m.A", "oslo"): ComputeCost(1.0), ("m.A", "rome"): ComputeCost(8.0)}

    costs = book(step("m.A", "oslo", 2.0), costs=declared)

    assert work(costs, "m.A", "rome") == pytest.approx(16 * 0.5)  # with hope


def test_what_never_ran_is_scaled_as_its_site_differs_from_what_it_declares() -> None:
    declared = {(op, site): ComputeCost(1.0) for op in ("m.A", "m.B") for site in ("oslo", "rome")}

    costs = book(step("m.A", "oslo", 5.0), costs=declared)

    assert 2 < work(costs, "m.B", "oslo") <= 5
    assert costs.work("m.C", "oslo", None, 0) is None


def test_declared_costs_that_proved_false_are_believed_less() -> None:
    declared = {(op, "oslo"): ComputeCost(1.0) for op in OPERATIONS}
    declared |= {("m.A", "rome"): ComputeCost(100.0)}
    false = [step(op, "oslo", s) for op, s in (("m.A", 1.0), ("m.B", 50.0), ("m.C", 0.01))]
    true = [step(op, "oslo", 1.0) for op in OPERATIONS]

    assert work(book(*false, costs=declared), "m.A", "rome") < 10
    assert work(book(*true, costs=declared), "m.A", "rome") > 40


def test_a_single_slow_run_is_not_believed_where_others_tell_otherwise() -> None:
    fast = [step("m.A", site, 1.0, when=when) for site in ("oslo", "bern") for when in (1, 2, 3)]

    once = book(*fast, step("m.A", "rome", 10.0, when=1))
    twice = book(*fast, step("m.A", "rome", 10.0, when=1), step("m.A", "rome", 10.0, when=2))

    assert work(once, "m.A", "rome") == pytest.approx(1.0)
    assert work(twice, "m.A", "rome") == pytest.approx(10.0)


@pytest.mark.parametrize("took", [0.1, 1.0, 1000.0])
def test_a_first_run_is_believed_however_fast_other_operations_are(took: float) -> None:
    declared = {(op, site): ComputeCost(0.1) for op in OPERATIONS for site in ("oslo", "rome")}
    fast = [step("m.A", site, 1e-6) for site in ("oslo", "rome")]

    costs = book(*fast, step("m.B", "oslo", took), costs=declared)

    assert costs.work("m.B", "oslo", None, 0) == (pytest.approx(took), 1)


def test_a_first_run_of_a_provider_is_believed_however_fast_the_site_itself_is() -> None:
    costs = book(step("m.A", "rome", 0.01), step("m.A", "rome", 9.0, provider="era5"))

    assert costs.work("m.A", "rome", "era5", 0) == (pytest.approx(9.0), 1)


def test_a_doubted_run_is_taken_to_be_nearly_as_slow_as_elsewhere() -> None:
    fast_at_rome = [
        step(operation, site, seconds, when=when)
        for operation in ("m.A", "m.B")
        for site, seconds in (("oslo", 1.0), ("rome", 0.001))
        for when in (1, 2)
    ]

    costs = book(*fast_at_rome, step("m.C", "oslo", 1.0), step("m.C", "rome", 5.0))

    assert work(costs, "m.C", "rome") == pytest.approx(1.0 / 3)


def test_operations_that_take_no_time_do_not_tell_how_slow_a_site_is() -> None:
    instant = [step("m.A", "oslo", 1e-6), step("m.A", "rome", 5e-4)]

    costs = book(*instant, step("m.B", "oslo", 1.0))

    assert work(costs, "m.B", "rome") == pytest.approx(0.8)  # with hope


def test_what_never_ran_there_is_told_by_no_run() -> None:
    declared = {(op, "oslo"): ComputeCost(1.0) for op in OPERATIONS}
    links = {("bern", "rome"): SendCost(2.0)}

    costs = book(
        step("m.A", "oslo", 0.2),
        link("oslo", "desk", (8, 0.1)),
        costs=declared,
        links=links,
    )

    assert costs.work("m.A", "oslo", None, 0).runs == 1
    assert costs.work("m.A", "rome", None, 0).runs == 0
    assert costs.work("m.B", "oslo", None, 0).runs == 0
    assert costs.link("oslo", "desk").runs == 1
    assert costs.link("desk", "oslo").runs == 0
    assert costs.link("rome", "desk").runs == 0


@pytest.mark.parametrize(("read", "runs"), [(1e6, 2), (2e6, 2), (4e6, 0), (1e5, 0), (0.0, 0)])
def test_what_ran_with_far_more_or_less_to_read_is_told_by_no_run(read: float, runs: int) -> None:
    costs = book(*(step("m.A", "oslo", 1.0, read=1e6, when=when) for when in (1, 2)))

    assert costs.work("m.A", "oslo", None, read).runs == runs


def test_what_is_believed_in_place_of_a_single_run_is_told_by_no_run() -> None:
    fast = [step("m.A", "oslo", 1.0, when=when) for when in (1, 2)]
    quick = [link("oslo", "desk", (8, 0.01), when=when) for when in (1, 2)]

    once = book(*fast, *quick, step("m.A", "rome", 10.0), link("desk", "oslo", (8, 10.0)))

    assert once.work("m.A", "rome", None, 0).runs == 0
    assert once.link("desk", "oslo").runs == 0
    assert once.link("desk", "oslo").cost.fixed_time == pytest.approx(2.0, rel=0.001)


def test_people_are_shown_what_was_measured_and_not_what_plans_believe() -> None:
    fast = [step("m.A", "oslo", 1.0, when=when) for when in (1, 2)]
    quick = [link("oslo", "desk", (8, 0.01), when=when) for when in (1, 2)]
    doubted = [step("m.A", "rome", 10.0), link("desk", "oslo", (8, 10.0))]

    summary = summary_of("inline", history(*fast, *quick, *doubted), federation())

    steps = {known.key.site: known.time.measured.at(0) for known in summary.steps}
    links = {known.key.source: known.time.measured.at(8) for known in summary.links}
    assert steps == {"oslo": pytest.approx(1.0), "rome": pytest.approx(10.0)}
    assert links == {"oslo": pytest.approx(0.01), "desk": pytest.approx(10.0)}
    assert "fixed_time: 10" in as_yaml(summary)


def test_a_declared_cost_is_the_shape_of_few_measurements() -> None:
    declared = {("m.A", "oslo"): ComputeCost(fixed_time=1.0, compute_throughput=1 * MB)}

    costs = book(step("m.A", "oslo", 22.0, read=10 * MB), costs=declared)

    assert work(costs, "m.A", "oslo", 10 * MB) == pytest.approx(22.0)
    assert work(costs, "m.A", "oslo", 100 * MB) == pytest.approx(202.0)


def test_sizes_follow_what_is_read() -> None:
    grows = book(step("m.A", "oslo", 1.0, read=2 * MB, made=1 * MB))
    mean = book(step("m.A", "oslo", 1.0, read=2 * MB, made=8))

    assert grows.size("m.A", 20 * MB) == (pytest.approx(10 * MB), 1)
    assert mean.size("m.A", 20 * MB) == (pytest.approx(8), 1)


def test_a_value_is_as_large_wherever_it_is_made() -> None:
    costs = book(step("m.A", "oslo", 1.0, made=50), step("m.A", "rome", 1.0, when=2, made=50))

    assert costs.size("m.A", 0) == (pytest.approx(50), 2)


def test_a_link_has_latency_and_bandwidth() -> None:
    samples = [(size, 0.1 + size / MB) for size in (10_000.0, 1 * MB, 4 * MB)]

    costs = book(link("oslo", "desk", *samples), link("oslo", "desk", *samples, when=2))

    told = costs.link("oslo", "desk")
    assert told is not None
    assert told.runs == 2
    assert told.cost.fixed_time == pytest.approx(0.1, rel=0.1)
    assert told.cost.bandwidth == pytest.approx(MB, rel=0.1)


@pytest.mark.parametrize(
    ("declared", "bandwidth"), [({("oslo", "desk"): SendCost(0.05, 1e6)}, 1e6), ({}, 100e6)]
)
def test_small_messages_tell_of_latency_and_nothing_of_bandwidth(declared, bandwidth) -> None:
    small = [link("oslo", "desk", (189, 0.0005), when=when) for when in (1, 2)]

    cost = book(*small, links=declared).link("oslo", "desk").cost

    assert cost.bandwidth == pytest.approx(bandwidth)
    assert cost.fixed_time + 189 / cost.bandwidth == pytest.approx(0.0005)


def test_a_small_message_that_was_too_quick_for_what_is_declared_tells_of_bandwidth() -> None:
    links = {("oslo", "desk"): SendCost(0.05, 1000.0)}
    small = [link("oslo", "desk", (9, 0.0001), when=when) for when in (1, 2)]

    cost = book(*small, links=links).link("oslo", "desk").cost

    assert cost.fixed_time + 9 / cost.bandwidth == pytest.approx(0.0001)


def test_a_link_that_was_never_used_is_like_its_opposite() -> None:
    slow = [link("oslo", "desk", (1 * MB, 2.0), when=when) for when in (1, 2)]
    costs = book(*slow, link("oslo", "rome", (1 * MB, 0.01)))

    forth, back = costs.link("oslo", "desk"), costs.link("desk", "oslo")

    assert forth is not None
    assert back is not None
    assert 0 < back.cost.fixed_time < forth.cost.fixed_time
    assert back.cost.fixed_time > forth.cost.fixed_time / 3


def test_a_link_that_was_never_used_is_as_slow_as_the_slower_of_its_ends() -> None:
    costs = book(
        link("oslo", "desk", (1 * MB, 10.0)),
        link("rome", "desk", (1 * MB, 0.1)),
        link("rome", "bern", (1 * MB, 0.1)),
    )

    slow, fast = costs.link("oslo", "rome"), costs.link("bern", "desk")

    assert slow is not None
    assert fast is not None
    assert slow.cost.fixed_time > 10 * fast.cost.fixed_time


def test_a_declared_link_is_scaled_as_others_differ_from_what_they_declare() -> None:
    links = {("oslo", "desk"): SendCost(1.0), ("bern", "rome"): SendCost(2.0)}

    costs = book(link("oslo", "desk", (8, 3.0)), links=links)

    told = costs.link("bern", "rome")
    assert told is not None
    assert told.cost.fixed_time == pytest.approx(6.0 * 0.7)


@given(
    st.lists(
        st.tuples(st.sampled_from(OPERATIONS), st.sampled_from(SITES), seconds, st.floats(0, 1e9)),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_answers_depend_on_what_was_measured_and_on_nothing_else(runs, random) -> None:
    jobs = [
        step(op, site, took, when=float(when), read=read)
        for when, (op, site, took, read) in enumerate(runs)
    ]
    shuffled = list(jobs)
    random.shuffle(shuffled)

    first, second = book(*jobs), book(*shuffled)

    for operation in OPERATIONS:
        for site in SITES:
            told = first.work(operation, site, None, 1000.0)
            assert told == second.work(operation, site, None, 1000.0)
            assert told is None or (told.value >= 0 and told.runs >= 0)
        assert first.size(operation, 1000.0) == second.size(operation, 1000.0)


@given(st.lists(st.floats(0.95, 1.05), min_size=3, max_size=8), st.integers(0, 7))
def test_one_outlier_changes_no_answer_by_more_than_noise(times: list[float], which: int) -> None:
    calm = [step("m.A", "oslo", took, when=float(n)) for n, took in enumerate(times)]
    outlier = step("m.A", "oslo", 10.0, when=which + 0.5)

    assert 0.9 < work(book(*calm, outlier), "m.A", "oslo") < 1.1


def test_an_empty_history_is_false() -> None:
    assert not History()
    assert history(step("m.A", "oslo", 1.0))
