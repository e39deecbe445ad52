"""Advisors: found on adapters and functions, asked in their order, called on any thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from dfm.errors import AdapterUnavailable, ArgumentError
from dfm.exec.discovery import (
    AdviceBuilder,
    AdviceContext,
    AdvisedLiteral,
    AdvisedOneOf,
    AdvisedValue,
    BranchFieldAdvice,
    ErrorFieldAdvice,
    Okay,
    SingleFieldAdvice,
    field_advisor,
)
from dfm.exec.discovery.advisors import advisors_of


def okay(self: Any, value: Any, context: AdviceContext) -> AdvisedValue:
    return Okay()


class Ordered:
    """One advisor for each kind of order."""

    last = field_advisor("a", order=-1)(lambda self, value, context: Okay())
    early_z = field_advisor("b", order=0)(lambda self, value, context: Okay())
    early_a = field_advisor("c", order=0)(lambda self, value, context: Okay())
    last_but_one = field_advisor("d", order=-2)(lambda self, value, context: Okay())
    later = field_advisor("e", order=7)(lambda self, value, context: Okay())

    @property
    def dangerous(self) -> None:
        raise AssertionError("nobody should look at this")

    def body(self, a: int, b: int, c: int, d: int, e: int) -> None: ...


class Archive:
    """Advisors of both kinds, one of which builds on the other."""

    @field_advisor("scenario", order=0)
    async def scenarios(self, value: Any, context: AdviceContext) -> AdvisedValue:
        await asyncio.sleep(0)
        return AdvisedOneOf(["A1B", "E1"], split_on_advice=True)

    @field_advisor("year", order=1)
    def years(self, value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedLiteral(f"2000 {context.get('scenario')} {value}")

    def body(self, scenario: str, year: int) -> None: ...


class Older(Archive):
    """Overrides one advisor, and loses the other."""

    years = None  # type: ignore[assignment]

    @field_advisor("scenario")
    def scenarios(self, value: Any, context: AdviceContext) -> AdvisedValue:  # type: ignore[override]
        return AdvisedLiteral("20C3M")


def test_orders_from_zero_come_first_and_negative_ones_last() -> None:
    found = [advisor.name for advisor in advisors_of(Ordered().body)]

    assert found == ["early_a", "early_z", "later", "last_but_one", "last"]


def test_an_advisor_without_an_order_is_asked_last() -> None:
    class Adapter:
        early = field_advisor("a")(lambda self, value, context: Okay())
        later = field_advisor("b", order=1)(lambda self, value, context: Okay())
        last_but_one = field_advisor("c", order=-2)(lambda self, value, context: Okay())

        def body(self, a: int, b: int, c: int) -> None: ...

    found = [advisor.field for advisor in advisors_of(Adapter().body)]

    assert found == ["b", "c", "a"]


async def advice(adapter: Any, **params: Any) -> Any:
    return await AdviceBuilder.build_advice(adapter=adapter, **params)


def test_plain_and_async_advisors_work_together() -> None:
    assert asyncio.run(advice(Archive())) == BranchFieldAdvice(
        "scenario",
        [
            ("A1B", SingleFieldAdvice("year", "2000 A1B None")),
            ("E1", SingleFieldAdvice("year", "2000 E1 None")),
        ],
    )


def test_an_advisor_is_given_what_the_author_wrote() -> None:
    tree = asyncio.run(advice(Archive(), scenario="E1", year=5))

    assert tree == SingleFieldAdvice("year", 5, ErrorFieldAdvice("5 is not '2000 E1 5'"))


def test_a_subclass_may_change_and_drop_advisors() -> None:
    assert asyncio.run(advice(Older())) == SingleFieldAdvice("scenario", "20C3M")


def test_an_adapter_without_advisors_has_nothing_to_say() -> None:
    assert asyncio.run(advice(len, obj=3)) is None


def test_a_function_has_advisors_of_its_own() -> None:
    def load(scenario: str, year: int) -> None: ...

    @field_advisor("year", of=load)
    def years(value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedLiteral(1990)

    @field_advisor("scenario", of=load)
    async def scenarios(value: Any, context: AdviceContext) -> AdvisedValue:
        return AdvisedLiteral("A1B")

    field_advisor("scenario", of=load)(scenarios)  # a notebook's cell that was run again

    tree = asyncio.run(advice(load))

    assert tree == SingleFieldAdvice("scenario", "A1B", SingleFieldAdvice("year", 1990))


def test_an_advisor_may_be_static() -> None:
    class Adapter:
        @staticmethod
        @field_advisor("x")
        def on_x(value: Any, context: AdviceContext) -> AdvisedValue:
            return AdvisedLiteral(1)

        def body(self, x: int) -> None: ...

    assert asyncio.run(advice(Adapter())) == SingleFieldAdvice("x", 1)


def test_an_advisor_on_no_argument_is_refused_with_the_nearest() -> None:
    class Adapter:
        on_scenrio = field_advisor("scenrio")(okay)

        def body(self, scenario: str) -> None: ...

    with pytest.raises(AdapterUnavailable, match="'scenrio', which is no argument") as raised:
        advisors_of(Adapter().body)

    assert "'scenario'" in raised.value.hint


def test_an_adapter_that_takes_everything_may_be_advised_on_anything() -> None:
    class Adapter:
        on_x = field_advisor("x")(okay)

        def body(self, **arguments: Any) -> None: ...

    assert [a.field for a in advisors_of(Adapter().body)] == ["x"]


def test_two_advisors_on_one_argument_are_refused() -> None:
    class Adapter:
        one = field_advisor("x", order=0)(lambda self, value, context: Okay())
        two = field_advisor("x", order=1)(lambda self, value, context: Okay())

        def body(self, x: int) -> None: ...

    with pytest.raises(AdapterUnavailable, match="'one' and 'two' are both advisors on 'x'"):
        advisors_of(Adapter().body)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [((len,), {}), (("not a name",), {}), (("x",), {"timeout": 0}), (("x",), {"of": Archive}),
     (("x",), {"timeout": float("nan")})],
)  # fmt: skip
def test_a_decorator_that_can_not_be_meant_is_refused(arguments: Any, options: Any) -> None:
    with pytest.raises(ArgumentError):
        field_advisor(*arguments, **options)


# -- time -----------------------------------------------------------------------------------------


class Slow:
    """Advisors that never answer, of both kinds."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.cancelled = False

    @field_advisor("plain", timeout=0.02)
    def on_plain(self, value: Any, context: AdviceContext) -> AdvisedValue:
        self.gate.wait()
        return Okay()

    def body(self, plain: int) -> None: ...


class SlowAsync:
    """A coroutine that never answers."""

    def __init__(self) -> None:
        self.cancelled = False

    @field_advisor("waits", timeout=0.02)
    async def on_waits(self, value: Any, context: AdviceContext) -> AdvisedValue:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return Okay()

    def body(self, waits: int) -> None: ...


def test_a_plain_advisor_that_never_answers_is_left_alone() -> None:
    adapter = Slow()

    async def ask() -> Any:
        try:
            return await advice(adapter)
        finally:
            adapter.gate.set()

    assert asyncio.run(ask()) == ErrorFieldAdvice("Slow.on_plain() took more than 0.02 s", "plain")


def test_a_coroutine_that_never_answers_is_cancelled() -> None:
    adapter = SlowAsync()

    tree = asyncio.run(advice(adapter))

    assert tree == ErrorFieldAdvice("SlowAsync.on_waits() took more than 0.02 s", "waits")
    assert adapter.cancelled
