"""A prepared pipeline knows what it needs and what it gives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dfm.errors import ParameterSetError
from dfm.net import (
    Frame,
    ParamUse,
    PreparedPipeline,
    parse_net,
)

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


class Even:
    """What a value must be, for these tests."""

    def refusal(self, value: object) -> str:
        return "" if value in (0, 2, 4) else f"expected an even number, got {value!r}"

    def __str__(self) -> str:
        return "an even number"


USE = ParamUse(Even(), "m.Load", "last", "plan.py:3")


def test_a_wrong_value_is_named_with_its_set_and_what_it_is_for() -> None:
    checked = replace(PREPARED, param_checks={"last": (USE,)})

    checked.check_input_params([*CALLS, (Frame.stop_frame(), {})])
    with pytest.raises(ParameterSetError) as refusal:
        checked.check_input_params([CALLS[0], (Frame([1]), {"first": 3, "last": 5})])

    assert refusal.value.message == (
        "parameter set 1, 'last': argument 'last' of m.Load: expected an even number, got 5"
    )
    assert refusal.value.at == "plan.py:3"
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("may_be_none", [True, False])
def test_none_is_a_value_only_where_the_argument_may_be_left_out(may_be_none: bool) -> None:
    use = replace(USE, may_be_none=may_be_none)
    checked = replace(PREPARED, param_checks={"last": (use,)})

    def check() -> None:
        checked.check_input_params([(Frame([0]), {"first": 1, "last": None})])

    if may_be_none:
        check()
    else:
        with pytest.raises(ParameterSetError, match="got None"):
            check()


def test_yields_come_in_the_order_in_which_they_were_written() -> None:
    nets = {
        "a": parse_net("""
            net "p" at a
            params $
            yield yield10 "z" = 1
            yield yield2 "b" = 1
            yield other "o" = 1
        """),
        "b": parse_net("""
            net "p" at b
            params $
            yield yield1 "y" = 1
            yield yield0 "x" = 1
        """),
    }

    prepared = replace(PREPARED, nets=nets)

    assert list(prepared.yields) == ["yield0", "yield1", "yield2", "yield10", "other"]
    assert prepared.yield_places == ("x", "y", "b", "z", "o")
