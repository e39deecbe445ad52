"""What is on its way, for whom, how large and how often; and the problem made of it."""

from __future__ import annotations

from tests.compiler.plans import FEDERATION, Join, Make, Use, federation_of, plan_after, written

from dfm.api import Else, ForEach, If, Pipeline, PlaceParam, Yield
from dfm.compiler.cost import Costs
from dfm.compiler.lines import Candidate
from dfm.compiler.placing.problem import FORBIDDEN, Bar
from dfm.compiler.plan import Plan
from dfm.compiler.stating import Stated, state_problem
from dfm.compiler.values import Bars, Limits, Value
from dfm.compiler.wants import values_of
from dfm.federation.models import SendCost


def planned(pipeline: Pipeline) -> Plan:
    return plan_after("expand_candidates", pipeline, federation_of())


def values(pipeline: Pipeline, *, has_policies: bool = False) -> list[Value]:
    plan = planned(pipeline)
    return list(values_of(plan, Costs(plan), has_policies=has_policies))


def stated(pipeline: Pipeline, limits: Limits | None = None) -> Stated:
    plan = planned(pipeline)
    costs = Costs(plan)
    found = values_of(plan, costs, has_policies=limits is not None)
    return state_problem(plan, costs, found, limits or Limits())


# -- values -------------------------------------------------------------------------------------


def test_a_value_is_wanted_by_who_reads_it_and_at_home_if_it_is_yielded() -> None:
    with written() as p:
        made = Make()
        Use(v=made)
        Join(x=made["k"], y=made)
        Yield(value=made)

    [value] = values(p)

    assert value == Value("node0", "node0", ("node1", "node2"), True, 1_000_000)


def test_who_only_waits_wants_a_signal() -> None:
    with written() as p:
        made = Make()
        Use(v=1, dfm_after=made)

    assert values(p) == [Value("node0", "node0", ("node1",), False, 1, is_signal=True)]


def test_who_is_behind_a_gate_wants_its_token() -> None:
    with written() as p:
        made = Make()
        with If(cond=made, likelihood=0.25):
            Make()
        with Else():
            Make()

    assert values(p) == [
        Value("node0", "node1", ("node2",), False, 1),
        Value("node0", "node1_else", ("node4",), False, 1),
    ]


def test_a_loop_over_a_list_is_where_its_first_step_is_and_others_want_its_items() -> None:
    with written() as p:
        with ForEach(seq=[b"x" * 1000, b"y" * 1000]) as loop:
            Use(v=loop)
            Use(v=loop)
            Make()

    assert [v for v in values(p) if v.readers] == [
        Value("node1", "node0", ("node2",), False, 1000, 2.0, is_signal=True),
        Value("node1", "node0", ("node3",), False, 1, 2.0, is_signal=True),
        Value("node1", "node0_count", ("node2", "node3"), False, 1, is_signal=True),
    ]


def test_many_that_wait_for_a_byte_do_not_count_unless_there_are_policies() -> None:
    with written() as p:
        with If(cond=Make()):
            for _ in range(5):
                Make()

    assert values(p) == []
    [gate, _] = [v for v in values(p, has_policies=True) if v.place.startswith("node1")]
    assert len(gate.readers) == 5


def test_with_policies_it_counts_what_only_glue_reads() -> None:
    with written() as p:
        If.join([Make(), Make()], 0)

    assert values(p) == []
    assert {v.place for v in values(p, has_policies=True)} >= {"node0", "node1"}


# -- problems -----------------------------------------------------------------------------------


def test_sites_are_numbered_home_first_and_links_of_equal_bytes_share_their_costs() -> None:
    with written() as p:
        Use(v=Use(v=Make(site="b")))

    found = stated(p)

    first, second = found.problem.links
    assert found.sites == ("home", "a", "b", "c")
    assert found.problem.variables[0].sites == (2,)
    assert found.problem.variables[1].sites == (0, 1, 2, 3)
    assert first.cost is second.cost
    assert first.cost[0] == (0, 20_000_000, 20_000_000, 20_000_000)


def test_what_is_forbidden_is_so_in_the_costs() -> None:
    with written() as p:
        Use(v=Make())
        Make()
    bar = Bars("node2", frozenset({Candidate("b")}), 0, frozenset({"a", "nowhere"}))

    problem = stated(p, Limits({0: frozenset({("a", "c")})}, (bar,))).problem

    cost = problem.links[0].cost
    assert cost[1][3] == FORBIDDEN
    assert sum(amount == FORBIDDEN for row in cost for amount in row) == 1
    assert problem.bars == (Bar(2, frozenset({2}), 0, frozenset({1})),)


def test_all_costs_together_stay_below_what_is_forbidden() -> None:
    slow = {(a, b): SendCost(1e300) for a in FEDERATION.sites for b in FEDERATION.sites if a != b}
    with written() as p:
        made = Make(v=PlaceParam("x"))
        for _ in range(10):
            Use(v=made)
    plan = plan_after("expand_candidates", p, federation_of(links=slow))
    costs = Costs(plan)

    problem = state_problem(plan, costs, values_of(plan, costs), Limits()).problem

    assert max(map(max, problem.links[0].cost)) * 21 < FORBIDDEN
