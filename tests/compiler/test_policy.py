"""What policies forbid and let go, in each kind of flow, and what is said of it.

The clinic lets nothing of `m.Load` go anywhere but to the hub. It releases `m.Mean`, and lets that
go anywhere. Nobody else has a policy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import adapter, compiled, plan_after, written

from dfm.api import (
    Else,
    ForEach,
    If,
    Pipeline,
    PlaceParam,
    TryFromCache,
    WriteToCache,
    Yield,
    operation_class,
)
from dfm.compiler.limits import egress_limits
from dfm.compiler.values import Value
from dfm.errors import PlacementError, PolicyError
from dfm.federation.models import ComputeCost, FederationSpec, OperationSpec, Parameter, SiteSpec
from dfm.federation.policies import CallRule, EgressRule, Policy
from dfm.net import PreparedPipeline
from dfm.types import Type

ONE, TWO = (Parameter("v"),), (Parameter("v"), Parameter("w", required=False))
SIGNATURES = {
    "m.Load": OperationSpec("m.Load", (Parameter("v", required=False),), Type.of("array")),
    "m.Mean": OperationSpec("m.Mean", TWO, Type.of("number")),
    "m.Use": OperationSpec("m.Use", TWO),
    "m.Only": OperationSpec("m.Only", ONE),
}
OFFERS = {
    "desk": ("m.Use",),
    "clinic": ("m.Load", "m.Mean", "m.Use"),
    "hub": ("m.Mean", "m.Use"),
    "lab": ("m.Mean", "m.Only", "m.Use"),
}
TO_HUB = EgressRule("to the hub", ("m.Load",), to=("hub",), at="c.yaml:5:9")
MEANS = EgressRule("means", ("m.Mean",), at="c.yaml:9:9")
CLINIC = Policy((TO_HUB, MEANS), releases=("m.Mean",), at="c.yaml:4:7")


def federation_of(**policies: Policy | None) -> FederationSpec:
    """The federation with these policies."""
    sites = {
        name: SiteSpec(name, {op: adapter() for op in operations}, policy=policies.get(name))
        for name, operations in OFFERS.items()
    }
    return FederationSpec("clinics", "1.0.0", operations=SIGNATURES, sites=sites)


FEDERATION = federation_of(clinic=CLINIC)
Load, Mean, Use, Only = (operation_class(spec, FEDERATION) for spec in SIGNATURES.values())

Written = Callable[[], Any]
"""Writes a pipeline, and may return what it yields."""


def pipeline_of(write: Written) -> Pipeline:
    with written() as pipeline:
        found = write()
        if found is not None:
            Yield(place="out", value=found)
    return pipeline


def compiled_of(
    write: Written, federation: FederationSpec = FEDERATION, **options: Any
) -> PreparedPipeline:
    return compiled(pipeline_of(write), federation, **{"homesite": "desk", **options})


def refusal(write: Written, federation: FederationSpec = FEDERATION, **options: Any) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        compiled_of(write, federation, **options)
    return caught.value


def sites_of(prepared: PreparedPipeline) -> dict[str, str]:
    return {step.operation: step.site for step in prepared.report.steps}


# -- each kind of flow -------------------------------------------------------------------------


def joined() -> Any:
    with If(cond=PlaceParam(place="ask")):
        first = Load(site="clinic")
    with Else():
        second = Only(v=1)
    return If.join(first, second)


def kept() -> Any:
    with TryFromCache(key="k", site="clinic") as cache:
        cache.cache(Load(site="clinic"))
    return cache


def looped() -> Any:
    with ForEach(seq=Load(site="clinic")) as item:
        Yield(place="out", value=item)


def reduced() -> Any:
    with ForEach(seq=[1, 2]) as item:
        loaded = Load(v=item, site="clinic")
    return item.reduce(Use, loaded, initial=0, site="clinic")


def counted_by_adding() -> Any:
    item = ForEach(seq=Load(site="clinic"))
    with item:
        Use(v=1, site="hub")
    return item.reduce(Use, 1, initial=0, site="hub")


def collected() -> Any:
    with ForEach(seq=[1, 2]) as item:
        loaded = Load(v=item, site="clinic")
    return item.collect(loaded)


def asked() -> Any:
    with If(cond=Load(site="clinic")):
        Yield(place="out", value=Only(v=1))


FORBIDDEN: dict[str, Written] = {
    "what is loaded": lambda: Load(site="clinic"),
    "what is made of it there": lambda: Use(v=Load(site="clinic"), site="clinic"),
    "what is made of it at a site it may go to": lambda: Use(v=Load(), site="hub"),
    "what is made of that": lambda: Use(v=Use(v=Load(), site="hub"), site="desk"),
    "what goes back and comes again": lambda: Use(v=Use(v=Load(), site="hub"), site="clinic"),
    "a part of it": lambda: Load(site="clinic")["x"],
    "a part of what is made of it": lambda: Use(v=Load(), site="hub")["x"],
    "a list with it": lambda: [1, Load(site="clinic")],
    "an item of it": looped,
    "a list of what is made in a loop": collected,
    "what is reduced of it": reduced,
    "what tells how many there are of it": counted_by_adding,
    "what may be it": joined,
    "what is kept of it": kept,
    "the answer to what is asked of it": asked,
    "what it is an argument of, beside others": lambda: Use(v=1, w=Load(), site="desk"),
}


@pytest.mark.parametrize("write", FORBIDDEN.values(), ids=FORBIDDEN)
def test_what_is_made_of_something_may_not_go_where_that_may_not(write: Written) -> None:
    error = refusal(write)

    assert "m.Load" in str(error)
    assert "c.yaml:5:9" in str(error)


def after() -> Any:
    Yield(place="out", value=Only(v=1, dfm_after=[Load(site="clinic")]))


def counted() -> Any:
    with ForEach(seq=Load(site="clinic")) as item:
        loaded = Mean(v=item, site="clinic")
        Yield(place="out", value=loaded)


ALLOWED: dict[str, Written] = {
    "what is released": lambda: Mean(v=Load()),
    "what is made of that": lambda: Only(v=Use(v=Mean(v=Load()))),
    "what is released at another site": lambda: Mean(v=Load(), site="hub"),
    "a literal": lambda: 7,
    "what only waits for it": after,
    "what is released in a loop over it": counted,
    "what other sites make": lambda: Only(v=1),
    "what goes back": lambda: Mean(v=Use(v=Use(v=Load(), site="hub"), site="clinic")),
}


@pytest.mark.parametrize("write", ALLOWED.values(), ids=ALLOWED)
def test_all_else_may_go(write: Written) -> None:
    assert compiled_of(write).nets


def test_without_a_policy_everything_may_go() -> None:
    for write in FORBIDDEN.values():
        assert compiled_of(write, federation_of()).nets


def test_a_policy_may_be_left_to_the_sites() -> None:
    for write in FORBIDDEN.values():
        prepared = compiled_of(write, enforce_policy=False)
        assert not any(transfer.allowed_by for transfer in prepared.report.transfers)


def test_a_branch_at_another_site_needs_a_rule_for_what_decides() -> None:
    def branched() -> Any:
        with If(cond=Load(site="clinic")):
            Yield(place="out", value=Use(v=1, site="hub"))

    error = refusal(branched)

    assert "what m.Use returns, made of what m.Load returns at 'clinic'" in str(error)
    assert "to 'desk'" in str(error)


def test_how_many_items_there_are_is_made_of_the_sequence() -> None:
    def spread() -> Any:
        with ForEach(seq=Load(site="clinic")) as item:
            Yield(place="out", value=Only(v=Mean(v=item, site="clinic")))

    error = refusal(spread)

    assert "how many items a loop has" in str(error)
    assert "to 'lab'" in str(error)


# -- types and sizes ---------------------------------------------------------------------------


def with_rule(rule: EgressRule, cost: ComputeCost | None = None) -> FederationSpec:
    """The federation in which the clinic has one rule; what it loads costs that."""
    found = federation_of(clinic=Policy((rule,)))
    clinic = found.sites["clinic"]
    interface = {**clinic.interface, "m.Load": adapter(cost)}
    return replace(found, sites={**found.sites, "clinic": replace(clinic, interface=interface)})


def test_a_rule_for_types_is_for_what_an_operation_is_declared_to_return() -> None:
    arrays = with_rule(EgressRule("arrays", types=(Type.of("array"),)))
    numbers = with_rule(EgressRule("numbers", types=(Type.of("number"),)))

    assert compiled_of(lambda: Load(), arrays).nets
    assert "'numbers' is for number, this is array" in str(refusal(lambda: Load(), numbers))


def test_a_part_of_a_value_is_of_no_known_type() -> None:
    arrays = with_rule(EgressRule("arrays", types=(Type.of("array"),)))

    for write in (lambda: Load()[0], lambda: Use(v=Load()[0], site="desk")):
        message = refusal(write, arrays).message
        assert message.startswith("a part of what m.Load returns may not be sent")
        assert "it has no known type, and by the policy of 'clinic', 'arrays' is for" in message


NUMBERS = EgressRule("numbers", ("m.Mean",), (Type.of("number"),), at="c.yaml:9:9")
AVERAGES = federation_of(clinic=Policy((NUMBERS,), releases=("m.Mean",), at="c.yaml:4:7"))
"""Averages may go anywhere, as numbers."""


def test_a_list_is_not_called_what_an_operation_returns() -> None:
    error = refusal(lambda: [Mean(v=Load(), site="clinic"), 1], AVERAGES)

    assert error.message == (
        "a list, made of what m.Mean returns at 'clinic', may not be sent from 'clinic' to 'desk',"
        " where it is yielded as 'out': it has no known type, and"
        " by the policy of 'clinic', 'numbers' is for number (c.yaml:9:9)"
    )


def test_an_answer_to_a_condition_is_not_called_what_an_operation_returns() -> None:
    def decided() -> Any:
        with If(cond=Mean(v=Load(), site="clinic")):
            Use(v=1, site="desk")

    error = refusal(decided, AVERAGES)

    assert error.message.startswith("the answer to a condition, made of what m.Mean returns at")
    assert "it has no known type, and by the policy of 'clinic', 'numbers'" in error.message


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_a_declared_size_is_held_against_a_rule(size: int, fits: bool) -> None:
    small = with_rule(EgressRule("small", at_most=100), ComputeCost(fixed_size=size))

    if fits:
        assert compiled_of(lambda: Load(), small).nets
    else:
        said = "'small' is for at most 100 bytes, this has 101"
        assert said in str(refusal(lambda: Load(), small))


def test_a_guessed_size_is_left_to_the_site_that_sends() -> None:
    assert compiled_of(lambda: Load(), with_rule(EgressRule("small", at_most=1))).nets


# -- choosing ----------------------------------------------------------------------------------


def test_a_step_goes_where_its_argument_may_go() -> None:
    found = sites_of(compiled_of(lambda: Mean(v=Use(v=Load()))))

    assert found["m.Use"] in ("clinic", "hub")
    assert found["m.Mean"] in ("clinic", "hub")


def test_a_step_that_may_run_here_or_there_bars_what_is_made_of_it_only_here() -> None:
    both = federation_of(clinic=CLINIC)
    loads = {"m.Load": adapter(), **both.sites["lab"].interface}
    lab = replace(both.sites["lab"], interface=loads)
    federation = replace(both, sites={**both.sites, "lab": lab})

    found = sites_of(compiled_of(lambda: Use(v=Load(), site="hub"), federation))

    assert found["m.Load"] == "lab"


def kept_at_the_lab() -> Any:
    return WriteToCache(key="k", value=Mean(v=1), site="lab")


def looked_up_at_the_lab() -> Any:
    with TryFromCache(key="k", site="lab") as cache:
        cache.cache(Mean(v=1))
    return cache


@pytest.mark.parametrize("write", [kept_at_the_lab, looked_up_at_the_lab])
def test_what_is_kept_in_a_cache_is_made_where_it_may_be_sent_there_from(write: Written) -> None:
    closed = federation_of(lab=Policy(leaves=(), releases=("m.*",)), clinic=Policy(leaves=()))
    to_desk = EgressRule("to the desk", to=("desk",))
    opened = federation_of(clinic=Policy(leaves=(to_desk,)))

    assert sites_of(compiled_of(write, opened))["m.Mean"] in ("hub", "lab")
    assert sites_of(compiled_of(write, closed))["m.Mean"] == "hub"


def test_what_may_not_be_sent_to_a_cache_is_refused_where_it_is_kept() -> None:
    error = refusal(
        lambda: WriteToCache(key="k", value=Load(v=1), site="lab"), federation_of(clinic=CLINIC)
    )

    assert "what m.Load returns may not be sent from 'clinic' to 'lab'" in error.message


def test_limits_are_nothing_without_policies() -> None:
    plan = plan_after("expand_candidates", pipeline_of(Load), federation_of(), homesite="desk")

    assert egress_limits(plan, ()).forbidden == {}
    assert egress_limits(plan, ()).bars == ()


def chain_of(length: int) -> Written:
    def write() -> Any:
        value = Load()
        for _ in range(length):
            value = Use(v=value)
        return value

    return write


def values_of_chain(length: int) -> list[Value]:
    names = [f"node{n}" for n in range(length + 1)]
    return [
        Value(name, name, tuple(names[n + 1 : n + 2]), n == length, 8)
        for n, name in enumerate(names)
    ]


def bars_of_chain(length: int, policy: Policy) -> int:
    plan = plan_after(
        "expand_candidates",
        pipeline_of(chain_of(length)),
        federation_of(clinic=policy),
        homesite="desk",
    )
    return len(egress_limits(plan, values_of_chain(length)).bars)


def test_where_nothing_may_leave_each_step_bars_its_own_value_only() -> None:
    assert bars_of_chain(50, Policy(leaves=())) == 0


def test_the_bars_of_a_long_chain_grow_with_its_length_and_no_faster() -> None:
    some = Policy((EgressRule("hub", to=("hub",)),))

    short, long = bars_of_chain(100, some), bars_of_chain(200, some)

    assert 0 < short < long < 2.5 * short


# -- what is said ------------------------------------------------------------------------------


def test_an_error_names_what_crosses_where_it_is_written_the_rule_and_the_ways_out() -> None:
    error = refusal(lambda: Mean(v=Load(), site="lab"))

    assert error.message.startswith("what m.Load returns may not be sent from 'clinic' to 'lab'")
    assert "for m.Mean (" in error.message
    assert "by the policy of 'clinic', 'to the hub' lets it go to hub only" in error.message
    assert "(c.yaml:5:9)" in error.message
    assert "test_policy.py:" in error.at
    assert "m.Mean at 'clinic', which the policy of 'clinic' releases" in error.hint
    asked = "asking the owner of 'clinic' for a rule that allows more than 'to the hub'"
    assert f"{asked} (c.yaml:5:9)" in error.hint
    assert error.exit_code == 3


def test_the_ways_out_name_the_policy_where_no_rule_comes_near() -> None:
    error = refusal(Load, federation_of(clinic=Policy((), at="c.yaml:4:7")))

    assert error.hint == "asking the owner of 'clinic' for a rule, in c.yaml:4:7"


def test_of_a_list_the_ways_out_are_its_values_or_a_rule_for_all_types() -> None:
    error = refusal(lambda: [Mean(v=Load(), site="clinic"), 1], AVERAGES)

    assert error.hint == (
        "yielding what m.Mean returns by itself; or"
        " asking the owner of 'clinic' for a rule without `types`, unlike 'numbers' (c.yaml:9:9)"
    )


def test_of_a_condition_the_ways_out_are_deciding_at_home_or_elsewhere_or_a_rule() -> None:
    def decided() -> Any:
        with If(cond=Mean(v=Load(), site="clinic")):
            Use(v=1, site="desk")

    assert refusal(decided, AVERAGES).hint == (
        "yielding what m.Mean returns, and deciding in the application; or m.Use at 'clinic'; or"
        " asking the owner of 'clinic' for a rule without `types`, unlike 'numbers' (c.yaml:9:9)"
    )


def test_of_a_part_the_whole_is_a_way_out_if_it_may_be_sent() -> None:
    arrays = with_rule(EgressRule("arrays", types=(Type.of("array"),)))
    desks = with_rule(EgressRule("hub", types=(Type.of("array"),), to=("hub",)))

    assert "the whole of what m.Load returns" in refusal(lambda: Load()[0], arrays).hint
    assert "the whole of" not in refusal(lambda: Load()[0], desks).hint


def test_operations_for_other_types_and_the_refused_reader_are_no_ways_out() -> None:
    array, number = Type.of("array"), Type.of("number")
    federation = federation_of(clinic=Policy((EgressRule("x", types=(number,)),), ("*",)))
    taking = {"m.Mean": array, "m.Use": number, "m.Only": array}
    operations = {
        name: replace(spec, parameters=(Parameter("v", taking.get(name, number)),))
        for name, spec in SIGNATURES.items()
    }

    error = refusal(lambda: Only(v=Load()), replace(federation, operations=operations))

    assert error.hint == (
        "m.Mean at 'clinic', which the policy of 'clinic' releases; or"
        " asking the owner of 'clinic' for a rule that allows more than 'x'"
    )


def test_the_ways_out_name_the_sites_at_which_something_could_be_read() -> None:
    error = refusal(lambda: Mean(v=Use(v=Load(), site="lab")))

    assert "m.Use at 'clinic' or m.Use at 'hub'" in error.hint


def test_the_ways_out_name_the_homesites_of_those_who_may_have_it() -> None:
    assert "an application at 'hub'" in refusal(Load).hint


def test_all_that_may_not_be_sent_is_told() -> None:
    def twice() -> Any:
        Yield(place="x", value=Load(site="clinic"))
        Yield(place="y", value=Load(site="clinic"))

    error = refusal(twice)

    assert "2 mistakes" in error.message
    assert error.at.count("may not be sent") == 2


def test_when_no_choice_obeys_it_is_told_what_can_not_go_where() -> None:
    loads = federation_of(clinic=Policy(leaves=(), at="c.yaml:4:7"))

    error = refusal(lambda: Only(v=Load()), loads)

    assert "what m.Load returns may not be sent from 'clinic' to 'lab'" in str(error)
    assert "no rule lets m.Load leave (c.yaml:4:7)" in str(error)


def test_each_owner_of_what_is_in_a_value_is_asked() -> None:
    federation = federation_of(clinic=CLINIC, lab=Policy(leaves=()))

    error = refusal(lambda: Use(v=Load(), w=Only(v=1), site="desk"), federation)

    assert "by the policy of 'clinic'" in str(error)
    assert "by the policy of 'lab'" in str(error)


# -- what is noted -----------------------------------------------------------------------------


def test_what_crosses_says_which_rules_let_it() -> None:
    plan = plan_after(
        "check_policy",
        pipeline_of(lambda: Mean(v=Load(), site="hub")),
        FEDERATION,
        homesite="desk",
    )

    assert dict(plan.allowances) == {("node0", "hub"): ("rule 'to the hub' (c.yaml:5:9)",)}


def test_a_report_says_so_too() -> None:
    report = compiled_of(lambda: Mean(v=Load(), site="hub")).report

    assert {t.target: t.allowed_by for t in report.transfers} == {
        "hub": ("rule 'to the hub' (c.yaml:5:9)",),
        "desk": (),
    }


def test_what_is_handed_over_elsewhere_says_so_by_its_yield() -> None:
    report = compiled_of(lambda: Mean(v=Load(), site="clinic")).report

    assert [t.allowed_by for t in report.transfers if t.is_yield] == [
        ("rule 'means' (c.yaml:9:9)",)
    ]


# -- callers -----------------------------------------------------------------------------------

DESK_ONLY = Policy(
    callers=(CallRule("the desk", ("m.Load", "m.M*"), by=("desk",), at="c.yaml:7:9"),)
)


def test_a_site_that_does_not_let_the_application_call_it_is_left_out() -> None:
    closed = federation_of(hub=Policy(callers=()), clinic=Policy(callers=()))

    assert sites_of(compiled_of(lambda: Use(v=Only(v=1)), closed))["m.Use"] in ("desk", "lab")


def test_who_may_call_may_call() -> None:
    assert compiled_of(Load, federation_of(clinic=DESK_ONLY)).nets


def test_when_only_closed_sites_offer_it_the_rule_is_named() -> None:
    error = refusal(Load, federation_of(clinic=DESK_ONLY), homesite="hub")

    assert error.message == (
        "an application at 'hub' may not call m.Load: by the policy of 'clinic',"
        " 'the desk' is not for 'hub' (c.yaml:7:9)"
    )
    assert "an application at 'desk'" in error.hint
    assert "test_policy.py:" in error.at


def test_what_is_not_offered_at_all_is_no_matter_of_policy() -> None:
    with pytest.raises(PlacementError) as caught:
        compiled_of(Load, federation_of(clinic=DESK_ONLY), restrict_to_sites=["lab"])

    assert not isinstance(caught.value, PolicyError)


def kept_at_the_clinic() -> Any:
    return WriteToCache(key="k", value=1, site="clinic")


def looked_up_at_the_clinic() -> Any:
    with TryFromCache(key="k", site="clinic") as cache:
        cache.cache(Only(v=1))
    return cache


@pytest.mark.parametrize("write", [kept_at_the_clinic, looked_up_at_the_clinic])
def test_who_may_call_nothing_at_a_site_may_not_use_its_cache(write: Written) -> None:
    error = refusal(write, federation_of(clinic=DESK_ONLY, hub=Policy(callers=())), homesite="lab")

    assert (
        "an application at 'lab' may not use the cache of 'clinic': by the policy of 'clinic',"
        " no rule lets 'lab' call anything" in error.message
    )
    assert error.hint.startswith("site='desk', for the cache of that site; or asking the owner")
    assert "test_policy.py:" in error.at
    assert len(error.each) == 1


def test_who_may_call_something_at_a_site_may_use_its_cache() -> None:
    assert compiled_of(looked_up_at_the_clinic, federation_of(clinic=DESK_ONLY)).nets


@pytest.mark.parametrize("write", [Load, looked_up_at_the_clinic])
def test_callers_may_be_left_to_the_sites(write: Written) -> None:
    closed = federation_of(clinic=Policy(callers=()))

    assert compiled_of(write, closed, enforce_policy=False).nets
