"""The report says what was decided, what it is expected to cost, and on whose word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import (
    FEDERATION,
    OFFERS,
    Join,
    Links,
    Make,
    Rare,
    Use,
    compiled,
    federation_of,
    written,
)

from dfm.api import (
    BestOf,
    Else,
    ForEach,
    GreaterThan,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    Yield,
)
from dfm.compiler.learned import Estimate, LearnedLink
from dfm.federation.models import ComputeCost, FederationSpec, SendCost
from dfm.federation.policies import CallRule, EgressRule, Policy
from dfm.report import Alternative, PlannedStep, PlannedTransfer, PlanReport
from dfm.report.model import ANSWER, COUNT, END, FOUND, ITEMS, VALUE
from dfm.types import Type

FAST: Links = {(a, b): SendCost(bandwidth=1e9) for a in OFFERS for b in OFFERS if a != b}


def report_of(
    pipeline: Pipeline, federation: FederationSpec = FEDERATION, **options: Any
) -> PlanReport:
    return compiled(pipeline, federation, **options).report


def make_costs(**sizes: int) -> dict[tuple[str, str], ComputeCost]:
    """What `m.Make` costs by site: a second, and that many bytes."""
    return {(site, "m.Make"): ComputeCost(1.0, fixed_size=size) for site, size in sizes.items()}


# -- steps --------------------------------------------------------------------------------------


def test_a_planned_step_says_all_about_it() -> None:
    with written() as p:
        made = Make(site="b")
        Use(v=If.join(made["k"], 0), w=made["l"], provider="fast")

    _, step = report_of(p).steps

    assert step == PlannedStep(
        node=2,
        operation="m.Use",
        site="c",
        provider="fast",
        seconds=0.01,
        bytes_out=step.bytes_out,
        reason="only site that offers it",
        at=step.at,
        name="node2",
        reads=("node0",),
        time_from="guess",
        size_from="guess",
    )
    assert "test_report.py:" in step.at
    assert step.assumed


def test_a_step_in_a_loop_or_branch_says_how_often_it_is_done() -> None:
    with written() as p:
        with ForEach(seq=[1, 2, 3]) as loop:
            Use(v=loop)
            with If(cond=GreaterThan(left=loop, right=2), likelihood=0.25):
                Use(v=loop)
            with Else():
                Use(v=loop)

    assert [step.times for step in report_of(p).steps] == [3.0, 0.75, 2.25]


# -- on whose word ------------------------------------------------------------------------------


class Told:
    """Everything as earlier jobs have told it, of which there were four."""

    def work(
        self, operation: str, site: str, provider: str | None, bytes_in: float
    ) -> Estimate | None:
        return Estimate(0.5 if site == "a" else 0.25, 4) if operation == "m.Make" else None

    def size(self, operation: str, bytes_in: float) -> Estimate | None:
        return Estimate(40.4, 1) if operation == "m.Make" else None

    def link(self, source: str, target: str) -> LearnedLink | None:
        return LearnedLink(SendCost(2.0), 14) if source == "a" else None


def test_a_guess_is_told_from_what_is_declared() -> None:
    costs = {
        ("a", "m.Make"): ComputeCost(fixed_time=0.5, fixed_size=1000),
        ("b", "m.Use"): ComputeCost(output_factor=0.5),
    }
    with written() as p:
        declared, guessed = Make(site="a"), Make(site="b")
        halved, quarter = Use(v=declared, site="b"), Use(v=guessed, site="b")
        Yield(value=declared, place="declared")
        Yield(value=guessed, place="guessed")
        Yield(value=halved["k"], place="halved")
        Yield(value=quarter, place="quarter")
        Use(v=1, site="a", dfm_after=guessed)

    report = report_of(p, federation_of(costs=costs, links=FAST))

    assert [s.assumed for s in report.steps] == [False, True, False, True, True]
    assert {(t.value, t.target): t.assumed for t in report.transfers} == {
        ("node0", "b"): False,
        ("node1_done", "a"): False,
        ("declared", "home"): False,
        ("guessed", "home"): True,
        ("halved", "home"): True,
        ("quarter", "home"): True,
    }


@pytest.mark.parametrize(
    ("sequence", "said"),
    [(PlaceParam(place="years"), "~x10"), ([1, 2, 3], "x3")],
    ids=["a parameter", "a list"],
)
def test_how_often_a_loop_goes_round_is_a_guess_if_nobody_says(sequence: Any, said: str) -> None:
    with written() as p, ForEach(seq=sequence):
        Make(site="home")

    report = report_of(p, federation_of(costs={("home", "m.Make"): ComputeCost(1.0, None, 8)}))

    assert report.assumed == said.startswith("~")
    assert said in str(report).split()


@pytest.mark.parametrize("likelihood", [None, 0.5])
def test_how_likely_a_branch_is_is_a_guess_if_nobody_says(likelihood: float | None) -> None:
    with (
        written() as p,
        If(cond=GreaterThan(left=PlaceParam(place="a"), right=1), likelihood=likelihood),
    ):
        Make(site="home")

    report = report_of(p, federation_of(costs={("home", "m.Make"): ComputeCost(1.0, None, 8)}))

    assert [step.times for step in report.steps] == [0.5]
    assert report.assumed == (likelihood is None)


def test_a_link_of_which_nothing_is_declared_is_a_guess() -> None:
    with written() as p:
        Yield(value=Make(site="a"), place="one")
        Yield(value=Make(site="b"), place="other")

    costs = make_costs(a=1000, b=1000)
    one, other = report_of(
        p, federation_of(costs=costs, links={("a", "home"): SendCost()})
    ).transfers

    assert (one.link_from, one.assumed) == ("declared", False)
    assert (other.link_from, other.size_from, other.assumed) == ("guess", "declared", True)


def test_a_link_class_is_declared() -> None:
    federation = federation_of()
    classes = {"wan": SendCost(0.5, 1e6), "lan": SendCost(0.001, 1e9)}
    sites = {s.name: replace(s, link_class="wan") for s in federation.sites.values()}
    sites["home"] = replace(sites["home"], link_class="lan")
    with written() as p:
        Yield(value=Make(site="a"))

    [sent] = report_of(p, replace(federation, sites=sites, link_classes=classes)).transfers

    assert (sent.seconds, sent.link_from) == (pytest.approx(0.5 + 1.0), "declared")


def test_what_jobs_have_told_goes_before_what_is_declared() -> None:
    costs = make_costs(a=1000, b=1000)
    with written() as p:
        Yield(value=Make(site="a"), place="one")
        Yield(value=Use(v=Make(site="b"), site="b"), place="other")

    report = report_of(p, federation_of(costs=costs, links=FAST), learned=Told())

    assert [(s.seconds, s.time_from, s.bytes_out, s.size_from) for s in report.steps] == [
        (0.5, "from 4 runs", 40, "from 1 run"),
        (0.25, "from 4 runs", 40, "from 1 run"),
        (0.01, "guess", 40, "guess"),
    ]
    assert [(t.seconds, t.link_from) for t in report.transfers] == [
        (2.0, "from 14 runs"),
        (pytest.approx(40 / 1e9), "declared"),
    ]


def test_a_size_that_a_type_tells_is_of_the_type() -> None:
    from dfm.types import Type

    federation = federation_of(links=FAST)
    operations = dict(federation.operations)
    operations["m.Make"] = replace(operations["m.Make"], returns=Type.of("integer"))
    with written() as p:
        Yield(value=Make(site="a"))

    report = report_of(p, replace(federation, operations=operations))

    assert (report.steps[0].bytes_out, report.steps[0].size_from) == (8, "type")
    assert [(t.bytes, t.size_from) for t in report.transfers] == [(8, "type")]


def made_of_type(type_: Type) -> tuple[int, str]:
    """The size of what m.Make returns, and who told it, after jobs have told something else."""
    federation = federation_of(links=FAST)
    operations = dict(federation.operations)
    operations["m.Make"] = replace(operations["m.Make"], returns=type_)
    with written() as p:
        Yield(value=Make(site="a"))

    report = report_of(p, replace(federation, operations=operations), learned=Told())

    return report.steps[0].bytes_out, report.steps[0].size_from


def test_jobs_do_not_know_better_how_large_the_values_of_a_type_are() -> None:
    field = Type.of("numpy.ndarray", dtype="float32", shape=[64, 128])

    assert made_of_type(Type.of("number"))[1] == "type"
    assert made_of_type(field) == (4 * 64 * 128, "type")


def test_jobs_know_better_what_a_type_only_says() -> None:
    assert made_of_type(Type.of("object", size=4000)) == (40, "from 1 run")
    assert made_of_type(Type.of("array")) == (40, "from 1 run")


# -- transfers ----------------------------------------------------------------------------------


def test_a_transfer_says_who_made_and_who_reads_it() -> None:
    with written() as p:
        first, second = Make(site="a"), Make(site="b")
        Join(x=first["k"], y=If.join(second, first), site="c")
        Use(v=second, site="c")
        Use(v=1, site="a", dfm_after=second)

    report = report_of(p)

    told = {(t.value, t.target): (t.made_by, t.readers, t.is_yield) for t in report.transfers}
    assert told == {
        ("node0", "c"): (("node0",), ("node3",), False),
        ("node1", "c"): (("node1",), ("node3", "node4"), False),
        ("node1_done", "a"): (("node1",), ("node5",), False),
    }


def test_a_transfer_says_whether_it_is_a_value() -> None:
    with written() as p:
        sequence = Make(site="a")
        with (loop := ForEach(seq=sequence)) as item:
            Use(v=item, site="b")
        Use(v=1, site="c", dfm_after=loop)
        Use(v=2, site="b", dfm_after=Make(site="a"))
        with If(cond=Make(site="a")):
            Use(v=3, site="b")
        with TryFromCache(key="k", site="a") as cached:
            cached.cache(Use(v=4, site="b"))
        Yield(value=cached)

    kinds = {(t.kind, t.source, t.target) for t in report_of(p).transfers}

    assert kinds == {
        (ITEMS, "a", "b"),
        (COUNT, "a", "b"),
        (END, "a", "c"),
        (END, "b", "c"),
        (END, "a", "b"),
        (ANSWER, "a", "b"),
        (FOUND, "a", "b"),
        (VALUE, "b", "a"),
        (VALUE, "a", "home"),
    }


def test_a_yield_away_from_home_is_a_transfer() -> None:
    with written() as p:
        made = Make(site="b")
        Yield(value=[made["k"], made], place="out")

    report = report_of(p, federation_of(costs=make_costs(b=400), links=FAST))

    assert report.transfers == (
        PlannedTransfer(
            "out",
            "b",
            "home",
            400,
            seconds=pytest.approx(400 / 1e9),
            size_from="guess",
            made_by=("node0",),
            is_yield=True,
        ),
    )


def test_what_comes_home_to_be_handed_over_there_is_a_yield() -> None:
    with written() as p:
        Yield(value=[Make(site="a"), Make(site="b")])

    assert [(t.value, t.is_yield, t.readers) for t in report_of(p).transfers] == [
        ("node0", True, ()),
        ("node1", True, ()),
    ]


@pytest.mark.parametrize("at_home", [False, True], ids=["handed over there", "read at home"])
def test_parts_that_go_together_are_the_whole(at_home: bool) -> None:
    with written() as p:
        made = Make(site="a")
        if at_home:
            Use(v=[made["k"], made["l"]], site="home")
        else:
            Yield(value=made["k"], place="k")
            Yield(value=made["l"], place="l")

    links = {("a", "home"): SendCost(0.5, 1000.0)}
    report = report_of(p, federation_of(costs=make_costs(a=1000), links=links))

    assert [(t.bytes, t.seconds) for t in report.transfers] == [(500, 0.75), (500, 0.75)]


def test_what_crosses_in_a_loop_or_a_branch_counts_as_often() -> None:
    with written() as p:
        condition = Make(site="a")
        with ForEach(seq=[1, 2, 3, 4]) as loop:
            made = Use(v=loop, site="a")
            Use(v=made, site="b")
        with If(cond=condition, likelihood=0.25):
            Use(v=Make(site="a"), site="b")

    report = report_of(p, federation_of(costs=make_costs(a=1000), links=FAST))

    sent = {t.value: t for t in report.transfers}
    assert sent["node2"].bytes == 4 * 1_000_000
    assert sent["node2"].seconds == pytest.approx(4 * 1_000_000 / 1e9)
    assert sent["node5"].bytes == 250
    assert not sent["node5"].assumed


def test_how_often_a_branch_is_taken_is_a_guess_if_nobody_says() -> None:
    with written() as p:
        with If(cond=PlaceParam("x")):
            Use(v=Make(site="a"), site="b")

    [sent] = [t for t in report_of(p, federation_of(costs=make_costs(a=1000), links=FAST)).transfers
              if t.value == "node1"]  # fmt: skip

    assert (sent.bytes, sent.size_from) == (500, "guess")


# -- the whole ----------------------------------------------------------------------------------


def test_the_report_says_what_was_minimised() -> None:
    links = {("a", "home"): SendCost(0.5, 1000.0)}
    with written() as p:
        Yield(value=Make(site="a"))
        Make(site="b")

    report = report_of(p, federation_of(costs=make_costs(a=1000, b=8), links=links))

    assert (report.pipeline, report.homesite, report.objective) == ("p", "home", "total")
    assert report.seconds == report.bound == 1.0 + 1.5 + 1.0
    assert report.proven
    assert report.method


def test_the_makespan_is_the_longest_chain() -> None:
    links = {("a", "home"): SendCost(0.5, 1000.0)}
    with written() as p:
        Yield(value=Make(site="a"))
        Make(site="b")

    federation = federation_of(costs=make_costs(a=1000, b=8), links=links)
    report = report_of(p, federation, objective="makespan")

    assert (report.objective, report.seconds) == ("makespan", 1.0 + 1.5)


def test_an_empty_pipeline_costs_nothing() -> None:
    with written() as p:
        Yield(value=1)

    report = report_of(p)

    assert (report.seconds, report.proven, report.all_at_home) == (0.0, True, Alternative())


# -- moving all source data home ------------------------------------------------------------------


def test_source_data_is_what_is_made_of_nothing_away_from_home() -> None:
    links = {("a", "home"): SendCost(0.5, 1000.0), ("b", "home"): SendCost(1.0)}
    with written() as p:
        here, there = Make(site="a"), Make(site="b")
        Make(site="home")
        Use(v=Join(x=here["k"], y=there, site="b"), site="a")

    federation = federation_of(costs=make_costs(a=1000, b=400, home=7), links=links)

    assert report_of(p, federation).all_at_home == Alternative(1400, 1.5 + 1.0)


def test_data_loaded_for_each_item_is_source_data_and_what_is_made_of_items_is_none() -> None:
    costs = make_costs(a=100, b=5000) | {
        ("b", "m.Use"): ComputeCost(fixed_size=5000),
        ("a", "m.Use"): ComputeCost(fixed_size=2),
    }
    with written() as p:
        with ForEach(seq=Make(site="a")) as name:
            Use(v=name, site="b")
        with ForEach(seq=Make(site="b")) as field:
            Use(v=field, site="a")

    report = report_of(p, federation_of(costs=costs, links=FAST))

    assert report.all_at_home.bytes == 100 + 10 * 5000 + 5000


# -- what was rejected ----------------------------------------------------------------------------


def reasons(report: PlanReport, step: int = 0) -> dict[str, str]:
    return {r.site: r.reason for r in report.steps[step].rejected}


def test_without_being_asked_nothing_is_said_of_other_sites() -> None:
    with written() as p:
        Make()

    assert reasons(report_of(p)) == {}


def test_every_other_site_and_provider_has_one_reason() -> None:
    with written() as p:
        Rare()
        Make(site="b")
        Use(v=1, site=BestOf(["a", "c"]))
        Make(site=BestOf(["home", "b"]))

    report = report_of(p, explain=True, restrict_to_sites=["a", "b", "c"])

    assert reasons(report, 0) == {
        "b": "as cheap; a comes first",
        "c": "not offered there",
        "home": "not offered there",
    }
    assert reasons(report, 1) == dict.fromkeys(["a", "c", "home"], "not asked for by the author")
    assert reasons(report, 2) == {
        "b": "not asked for by the author",
        "c": "as cheap; a comes first",
        "c.fast": "not asked for by the author",
        "home": "not asked for by the author",
    }
    assert reasons(report, 3)["home"] == "left out by restrict_to_sites"


def test_a_dearer_site_says_by_how_much_and_what_of() -> None:
    costs = make_costs(home=1000, a=1000, b=1000, c=1000)
    costs["c", "m.Make"] = ComputeCost(1.04, fixed_size=1000)
    costs["a", "m.Make"] = ComputeCost(1.2, fixed_size=1000)
    links = {
        ("c", "home"): SendCost(0.08),
        ("b", "home"): SendCost(0.25),
        ("a", "home"): SendCost(),
    }
    with written() as p:
        Yield(value=Make())

    assert reasons(report_of(p, federation_of(costs=costs, links=links), explain=True)) == {
        "a": "+200 ms of work",
        "b": "+250 ms of transfers",
        "c": "+120 ms (+40 ms work, +80 ms transfers)",
    }


def test_for_the_makespan_a_longer_chain_is_a_reason_and_a_shorter_one_is_none() -> None:
    costs = make_costs(home=10, a=10) | {("a", "m.Rare"): ComputeCost(9.0)}
    costs["b", "m.Make"] = ComputeCost(8.5, fixed_size=10)
    costs["c", "m.Make"] = ComputeCost(11.0, fixed_size=10)
    with written() as p:
        Rare(site="a")
        Make()

    report = report_of(p, federation_of(costs=costs), explain=True, objective="makespan")

    assert reasons(report, 1) == {
        "a": "as quick; home comes first",
        "b": "as quick; home comes first",
        "c": "+2 s, as the longest chain",
    }


def with_policy(policy: Policy, site: str = "a") -> FederationSpec:
    federation = federation_of()
    sites = {**federation.sites, site: replace(federation.sites[site], policy=policy)}
    return replace(federation, sites=sites)


def test_a_site_where_a_value_may_not_go_says_what_would_have_to_go_there() -> None:
    means = EgressRule("means", operations=("m.Use",), at="f:4:7")
    policy = Policy(leaves=(means,), releases=("m.Use",), at="f:2:5")
    with written() as p:
        Yield(value=Use(v=Make(site="a")))

    report = report_of(p, with_policy(policy), explain=True)

    assert [step.site for step in report.steps] == ["a", "a"]
    assert reasons(report, 1)["home"] == (
        "policy: what m.Make returns would have to go from a to home;"
        " a: no rule lets m.Make leave (f:2:5)"
    )
    [sent] = report.transfers
    assert len(sent.allowed_by) == 1
    assert "means" in sent.allowed_by[0]


def untyped_use(cond: Any) -> str:
    """Why a use of what `a` made is not at home, if `a` lets only numbers go and that depends."""
    numbers = EgressRule("numbers", types=(Type.of("number"),), at="f:4:7")
    federation = with_policy(Policy(leaves=(numbers,), at="f:2:5"))
    returning = replace(federation.operations["m.Make"], returns=Type.of("number"))
    federation = replace(federation, operations={**federation.operations, "m.Make": returning})
    with written() as p:
        made = Make(site="a")
        with If(cond=cond(made)):
            Use(v=made)

    return reasons(report_of(p, federation, explain=True), 1)["home"]


def test_the_answer_to_a_condition_is_not_called_what_an_operation_returns() -> None:
    assert untyped_use(lambda made: GreaterThan(left=made, right=3)) == (
        "policy: the answer to a condition, made of what m.Make returns at 'a',"
        " would have to go from a to home;"
        " a: it has no known type, and 'numbers' is for number (f:4:7)"
    )


def test_a_part_is_not_called_what_an_operation_returns() -> None:
    numbers = EgressRule("numbers", operations=("m.Make",), types=(Type.of("array"),), at="f:4:7")
    every = EgressRule("every", operations=("m.Use",))
    federation = with_policy(Policy(leaves=(numbers, every), releases=("m.Use",)))
    returning = replace(federation.operations["m.Make"], returns=Type.of("array"))
    federation = replace(federation, operations={**federation.operations, "m.Make": returning})
    with written() as p:
        Use(v=Make(site="a")["k"])

    assert reasons(report_of(p, federation, explain=True), 1)["home"] == (
        "policy: a part of what m.Make returns would have to go from a to home;"
        " a: it has no known type, and 'numbers' is for array (f:4:7)"
    )


STAYS = Policy(leaves=(EgressRule("uses", operations=("m.Use",)),), releases=("m.Use",))
CHEAP_AT_HOME = {("a", "m.Use"): ComputeCost(5.0), ("home", "m.Use"): ComputeCost(0.1)}


def policed(*sites: str) -> FederationSpec:
    """What these sites make stays there, though it would be used for less at home."""
    federation = federation_of(costs=CHEAP_AT_HOME)
    policed = {name: replace(federation.sites[name], policy=STAYS) for name in sites}
    return replace(federation, sites={**federation.sites, **policed})


@pytest.mark.parametrize("explain", [False, True])
def test_a_site_that_policies_rule_out_does_not_count_among_the_cheapest(explain: bool) -> None:
    with written() as p:
        Yield(value=Use(v=Make(site="a")))

    report = report_of(p, policed("a"), explain=explain)

    assert [(step.site, step.reason) for step in report.steps] == [
        ("a", "fixed by the author"),
        ("a", "only site that may run it"),
    ]


def test_news_of_sites_that_are_ruled_out_go_along_a_chain() -> None:
    stays = Policy(leaves=(EgressRule("rare", operations=("m.Rare",)),), releases=("m.Rare",))
    with written() as p:
        value = Make(site="a")
        for _ in range(3):
            value = Use(v=value)
        Yield(value=Rare(v=value))

    steps = report_of(p, with_policy(stays)).steps

    assert {step.reason for step in steps[1:]} == {"only site that may run it"}


def test_of_several_sites_that_are_left_the_cheapest_that_policies_allow_is_meant() -> None:
    to_b = EgressRule("to b", operations=("m.Make",), to=("b",))
    policy = replace(STAYS, leaves=(*(STAYS.leaves or ()), to_b))
    with written() as p:
        Yield(value=Use(v=Make(site="a")))

    step = report_of(p, with_policy(policy)).steps[1]

    assert step.reason == "cheapest that policies allow of a, b"


def test_sites_that_are_only_ruled_out_together_are_told_as_such() -> None:
    with written() as p:
        Yield(value=Use(v=Make(site=BestOf(["a", "b"])), site=BestOf(["a", "b"])))

    steps = report_of(p, policed("a", "b")).steps

    assert {step.reason for step in steps} == {"cheapest that policies allow of a, b"}


def test_policies_that_rule_out_nothing_are_not_mentioned() -> None:
    everything = Policy(leaves=(EgressRule("everything"),))
    with written() as p:
        Yield(value=Use(v=Make(site="a"), site=BestOf(["a", "b"])))

    assert report_of(p, with_policy(everything)).steps[1].reason == "cheapest of a, b"


def test_a_site_that_may_not_be_called_says_which_rule_comes_near() -> None:
    policy = Policy(callers=(CallRule("friends", by=("b",), at="fed.dfm.yaml:7:9"),), at="f:1:1")
    with written() as p:
        Make()

    report = report_of(p, with_policy(policy), explain=True)

    assert reasons(report)["a"] == "policy: 'friends' is not for 'home' (fed.dfm.yaml:7:9)"
