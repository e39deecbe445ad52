"""A federation written in Python grows by declarations, each refused where it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dfm.errors import FederationError, Problem
from dfm.federation import ComputeCost, Construct, SendCost
from dfm.federation.build import FederationBuilder, SiteBuilder
from dfm.types import Type


@pytest.fixture
def fed() -> FederationBuilder:
    return FederationBuilder.empty("warming", "0.1.0", "")


@pytest.fixture
def hub(fed: FederationBuilder) -> SiteBuilder:
    return fed.site("hub")


def refusal(declare: Callable[[], object]) -> Problem:
    with pytest.raises(FederationError) as caught:
        declare()
    (problem,) = caught.value.problems
    return problem


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def test_the_function_stays_a_function(hub: SiteBuilder) -> None:
    @hub.operation("math.Double")
    def double(a: int) -> int:
        return 2 * a

    @hub.operation("math.Later")
    async def later(a: int) -> int:
        return a

    assert double(4) == 8
    assert asyncio.run(later(4)) == 4


def test_an_offer_declares_operation_and_adapter(fed: FederationBuilder, hub: SiteBuilder) -> None:
    hub.operation("math.Add", cost=ComputeCost(2.0, 0))(add)

    operation, adapter = fed.spec.operations["math.Add"], fed.spec.sites["hub"].adapter("math.Add")
    assert [p.name for p in operation.parameters] == ["a", "b"]
    assert operation.returns == Type.of("integer")
    assert operation.description == "Add two numbers."
    assert adapter is not None
    assert adapter.implementation == Construct(f"{__name__}.add")
    assert adapter.arguments is None
    assert adapter.cost == ComputeCost(2.0, None)
    assert fed.spec.callables[f"{__name__}.add"] is add


def test_a_spec_handed_out_never_changes(fed: FederationBuilder, hub: SiteBuilder) -> None:
    before = fed.spec

    hub.operation("math.Add")(add)
    fed.site("desk")

    assert before.operations == {}
    assert list(before.sites) == ["hub"]
    assert before.callables == {}


def test_a_site_is_one_builder_however_often_it_is_asked_for(fed: FederationBuilder) -> None:
    assert fed.site("hub") is fed.site("hub")
    assert fed.site("hub").provider("gpu") is fed.site("hub").provider("gpu")


def test_what_is_given_again_replaces_and_the_rest_stays(fed: FederationBuilder) -> None:
    fed.site("hub", send_costs={"desk": SendCost(1, 0)}, implementation="lib.Hub")
    fed.site("hub", send_costs={"desk": SendCost(2)})
    fed.site("hub")

    assert fed.spec.sites["hub"].send_costs == {"desk": SendCost(2, None)}
    assert fed.spec.sites["hub"].implementation == Construct("lib.Hub")


def test_a_link_class_is_named_for_a_site_or_for_one_of_its_links(fed: FederationBuilder) -> None:
    fed.link_class("lan", fixed_time=0.5, bandwidth=0)
    fed.link_class("wan", bandwidth=10)
    fed.site("hub", send_costs={"desk": "wan", "x": SendCost(3)}, link_class="lan")
    fed.site("desk", link_class="lan")

    hub = fed.spec.sites["hub"]
    assert fed.spec.link_classes == {"lan": SendCost(0.5), "wan": SendCost(0, 10)}
    assert (hub.link_class, hub.send_costs) == (
        "lan",
        {"desk": SendCost(0, 10), "x": SendCost(3)},
    )
    assert fed.spec.link("desk", "hub") == SendCost(0.5)


def test_of_a_link_class_that_is_misspelt_the_nearest_is_named(fed: FederationBuilder) -> None:
    fed.link_class("continental")

    assert "'continental'" in refusal(lambda: fed.site("hub", link_class="continetal")).hint


def test_a_class_given_as_implementation_can_be_found(fed: FederationBuilder) -> None:
    class Hub: ...

    fed.site("hub", implementation=Hub)

    implementation = fed.spec.sites["hub"].implementation
    assert implementation is not None
    assert fed.spec.callables[implementation.path] is Hub


@pytest.mark.parametrize("way", ["argument", "provider"])
def test_an_operation_can_be_a_providers(
    fed: FederationBuilder, hub: SiteBuilder, way: str
) -> None:
    if way == "argument":
        hub.operation("math.Add", provider="gpu")(add)
    else:
        hub.provider("gpu").operation("math.Add")(add)

    assert fed.spec.sites_offering("math.Add") == ()
    assert fed.spec.sites_offering("math.Add", "gpu") == ("hub",)


def test_functions_of_one_name_do_not_collide(fed: FederationBuilder) -> None:
    def made(n: int) -> Callable[..., Any]:
        def run() -> int:
            return n

        return run

    for n, site in enumerate(["one", "two", "three"]):
        fed.site(site).operation("a.Run")(made(n))

    paths = [fed.spec.sites[s].interface["a.Run"].implementation.path for s in fed.spec.sites]
    assert [fed.spec.callables[path]() for path in paths] == [0, 1, 2]
    assert paths[1].endswith(".run#2")
    assert paths[2].endswith(".run#3")


def test_one_function_at_two_sites_has_one_path(fed: FederationBuilder) -> None:
    fed.site("one").operation("math.Add")(add)
    fed.site("two").operation("math.Add")(add)

    assert list(fed.spec.callables) == [f"{__name__}.add"]


def test_a_second_adapters_docstring_describes_that_adapter(fed: FederationBuilder) -> None:
    def fast(a: int, b: int) -> int:
        """Add quickly."""
        return a + b

    fed.site("one").operation("math.Add")(add)
    fed.site("two").operation("math.Add")(fast)

    assert fed.spec.operations["math.Add"].description == "Add two numbers."
    assert fed.spec.sites["one"].interface["math.Add"].description == ""
    assert fed.spec.sites["two"].interface["math.Add"].description == "Add quickly."


# -- a declaration that is run again, as in a notebook ---------------------------------------


def declare(hub: SiteBuilder, result: int) -> None:
    @hub.operation("a.Run")
    def run() -> int:
        return result


def test_a_function_declared_again_replaces_itself(
    fed: FederationBuilder, hub: SiteBuilder
) -> None:
    declare(hub, 1)
    declare(hub, 2)

    assert [c() for c in fed.spec.callables.values()] == [2]


def test_a_function_declared_again_may_have_another_signature(
    fed: FederationBuilder, hub: SiteBuilder
) -> None:
    def first(a: int): ...

    def second(a: str): ...

    second.__qualname__ = first.__qualname__
    hub.operation("a.Run")(first)
    hub.operation("a.Run")(second)

    assert fed.spec.operations["a.Run"].parameters[0].type == Type.of("string")


def test_functions_declared_again_at_several_sites_replace_each_other(
    fed: FederationBuilder,
) -> None:
    for round_ in (1, 2):
        for site in ("one", "two"):
            declare(fed.site(site), 10 * round_ + len(site))

    assert sorted(c() for c in fed.spec.callables.values()) == [23, 23]
    assert fed.spec.sites_offering("a.Run") == ("one", "two")


def test_another_function_for_an_operation_a_site_has_is_refused(hub: SiteBuilder) -> None:
    declare(hub, 1)

    problem = refusal(lambda: hub.operation("a.Run")(lambda: 2))

    assert "hub offers a.Run already, by" in problem.message


# -- refusals --------------------------------------------------------------------------------


def base(a: int, b: str = "x") -> int: ...


def fewer(a: int) -> int: ...


def more(a: int, b: str = "x", c: int = 0) -> int: ...


def other_type(a: str, b: str = "x") -> int: ...


def now_required(a: int, b: str) -> int: ...


def other_default(a: int, b: str = "y") -> int: ...


def other_result(a: int, b: str = "x") -> str: ...


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (fewer, "it has no parameter 'b'"),
        (more, "it has a parameter 'c' of its own"),
        (other_type, "the parameter 'a' is string, not integer"),
        (now_required, "the parameter 'b' is required"),
        (other_default, "the parameter 'b' has the default 'y', not 'x'"),
        (other_result, "it returns string, not integer"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_one_operation_has_one_signature_everywhere(
    fed: FederationBuilder, other: Callable[..., Any], said: str
) -> None:
    fed.site("one").operation("a.Run")(base)

    problem = refusal(lambda: fed.site("two").operation("a.Run")(other))

    assert said in problem.message
    assert problem.at == f"{__file__}:{other.__code__.co_firstlineno}"
    assert fed.spec.sites["two"].interface == {}


def test_the_order_of_parameters_is_no_difference(fed: FederationBuilder) -> None:
    def turned(b: int, a: int) -> int: ...

    fed.site("one").operation("math.Add")(add)
    fed.site("two").operation("math.Add")(turned)

    assert fed.spec.sites_offering("math.Add") == ("one", "two")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda site: 0, "the parameter name 'site' is reserved"),
        (lambda provider: 0, "the parameter name 'provider' is reserved"),
        (lambda _a: 0, "begins with an underscore"),
        (lambda *a: 0, "takes any arguments"),
    ],
)
def test_a_parameter_that_no_operation_can_have_is_refused(
    hub: SiteBuilder, function: Callable[..., Any], said: str
) -> None:
    problem = refusal(lambda: hub.operation("a.Run")(function))

    assert said in problem.message
    assert problem.at.startswith(__file__)


def test_a_default_of_another_type_is_refused(hub: SiteBuilder) -> None:
    def f(a: int = "x"): ...  # type: ignore[assignment]

    problem = refusal(lambda: hub.operation("a.Run")(f))

    assert "the default of 'a': expected integer, got str ('x')" in problem.message


def test_none_is_a_default_of_any_type(fed: FederationBuilder, hub: SiteBuilder) -> None:
    def f(a: int = None): ...  # type: ignore[assignment]  # noqa: RUF013

    hub.operation("a.Run")(f)

    assert fed.spec.operations["a.Run"].parameters[0].default is None


@pytest.mark.parametrize("name", ["", "a-b", "a..B", "a.class", "a._B", "1a", "größe"])
def test_a_name_that_can_not_be_one_is_refused(hub: SiteBuilder, name: str) -> None:
    assert "name" in refusal(lambda: hub.operation(name)(add)).message


def test_a_decorator_without_a_name_is_refused(hub: SiteBuilder) -> None:
    problem = refusal(lambda: hub.operation(add))  # type: ignore[arg-type]

    assert "needs the operation's name" in problem.message
    assert problem.at == f"{__file__}:{add.__code__.co_firstlineno}"


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda fed: fed.site("pier-1"), "'pier-1' is not an identifier"),
        (lambda fed: fed.site("hub").provider("site"), "reserved"),
        (lambda fed: fed.site("hub", send_costs={"x": SendCost(-1)}), "fixed_time must be 0"),
        (lambda fed: fed.site("hub", send_costs={"x": "wan"}), "there is no link class 'wan'"),
        (lambda fed: fed.site("hub", link_class="wan"), "there is no link class 'wan'"),
        (lambda fed: fed.link_class("wan", bandwidth=-1), "the link class wan: bandwidth must be"),
        (lambda fed: fed.link_class("wan", fixed_time="1"), "fixed_time must be a number, not str"),
        (lambda fed: fed.site("hub", send_costs={"x": 3}), "must be a ComputeCost or a SendCost"),
        (lambda fed: fed.site("hub", send_costs=SendCost()), "must be a mapping from sites"),
        (lambda fed: fed.site("hub", send_costs=["x"]), "must be a mapping from sites"),
        (lambda fed: fed.site("hub").operation("a.B", cost=0.5)(add), "not float (0.5)"),
        (lambda fed: fed.site("hub", implementation="Hub"), "a class or its dotted path"),
        (
            lambda fed: fed.site("hub").operation("a.B", cost=ComputeCost(float("nan")))(add),
            "fixed_time must be 0 or more and finite",
        ),
        (lambda fed: FederationBuilder.empty("my fed", "0.1.0", ""), "not an identifier"),
        (lambda fed: FederationBuilder.empty("fed", "1.0", ""), "three numbers with dots"),
    ],
)
def test_a_wrong_declaration_is_refused_where_it_is_made(
    fed: FederationBuilder, declare: Callable[[FederationBuilder], object], said: str
) -> None:
    before = fed.spec

    problem = refusal(lambda: declare(fed))

    assert said in problem.message
    assert fed.spec.operations == before.operations


def test_what_can_be_known_only_at_the_end_is_checked_then(fed: FederationBuilder) -> None:
    fed.site("hub", send_costs={"desk": SendCost(1)})
    fed.site("hub").operation("a.b")(add)
    fed.site("hub").operation("a.b.C")(add)

    with pytest.raises(FederationError) as caught:
        fed.check()

    assert [p.message for p in caught.value.problems] == [
        "the operation 'a.b' is also the namespace of 'a.b.C'",
        "send_cost names 'desk', which is not a site",
    ]
    assert caught.value.problems[0].at == f"{__file__}:{add.__code__.co_firstlineno}"

    fed.site("desk")
    with pytest.raises(FederationError, match="1 problem "):
        fed.check()
