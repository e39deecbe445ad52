"""A prepared pipeline knows what it needs and what it gives."""

from __future__ import annotations

import pytest

from dfm.errors import ParameterSetError
from dfm.net import Frame, PlannedTransfer, PlanReport, PreparedPipeline, parse_net

PREPARED = PreparedPipeline(
    "warming",
    "climate",
    "1.0.0",
    "desk",
    {
        "a": parse_net("""
            net "warming" at a
            params $, $first, $last
            node0 = m.Load(first=$first, last=$last)
            send node0 to b
            yield yield0 "raw" = node0 of 0
        """),
        "b": parse_net("""
            net "warming" at b
            params $, $first
            receive node0 from a
            yield yield1 "mean" = [node0, $first] of 0
            yield yield2 "raw" = 1
        """),
    },
)

CALLS = [(Frame([0]), {"first": 1, "last": 2}), (Frame([1]), {"first": 3, "last": 4})]


def test_it_lists_sites_places_and_parameters_each_once() -> None:
    assert PREPARED.get_participating_sites() == ["a", "b"]
    assert PREPARED.yield_places == ("raw", "mean")
    assert PREPARED.param_places == ("first", "last")
    assert PREPARED.has_param_places()
    assert PREPARED.net_irs() == PREPARED.nets


def test_it_knows_the_site_of_each_yield() -> None:
    assert {name: site for name, (site, _) in PREPARED.yields.items()} == {
        "yield0": "a",
        "yield1": "b",
        "yield2": "b",
    }


def test_complete_parameter_sets_are_accepted() -> None:
    PREPARED.check_input_params([*CALLS, (Frame.stop_frame(), {})])


def test_a_missing_parameter_is_named_with_its_set() -> None:
    with pytest.raises(ParameterSetError, match="parameter set 1 has no value for 'last'"):
        PREPARED.check_input_params([CALLS[0], (Frame([1]), {"first": 3})])


def test_a_superfluous_parameter_is_named_with_the_nearest_one() -> None:
    with pytest.raises(ParameterSetError, match=r"has 'firsd'.*\n.*\n.*'first', which is there"):
        PREPARED.check_input_params([(Frame([0]), {"first": 1, "last": 2, "firsd": 3})])


def test_each_site_is_sent_what_it_reads_and_no_more() -> None:
    bound = PREPARED.bind_net_irs([*CALLS, (Frame.stop_frame(), {})])

    assert bound["a"].parameter_sets == (
        (0, {"$first": 1, "$last": 2}),
        (1, {"$first": 3, "$last": 4}),
    )
    assert bound["b"].parameter_sets == ((0, {"$first": 1}), (1, {"$first": 3}))
    assert bound["b"].site == "b"


def test_a_report_sums_bytes_by_link() -> None:
    report = PlanReport(
        transfers=(
            PlannedTransfer("x", "a", "b", 10),
            PlannedTransfer("y", "a", "b", 5),
            PlannedTransfer("z", "b", "a", 1),
        )
    )

    assert report.bytes_per_link() == {("a", "b"): 15, ("b", "a"): 1}
    assert report.bytes_moved == 16
