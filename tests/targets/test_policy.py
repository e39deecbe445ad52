"""What every target promises about policies, whatever the compiler let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.exec.governed import governed

import dfm
from dfm import (
    Federation,
    ForEach,
    If,
    Pipeline,
    Session,
    TryFromCache,
    WriteToCache,
    Yield,
)
from dfm.api import Else, GreaterThan
from dfm.compiler import compile_pipeline
from dfm.errors import CallDenied, DfmError, EgressDenied, OperationFailed
from dfm.federation.models import CacheConfig
from dfm.federation.policies import CallRule, EgressRule, Policy

LIMIT = 20.0
CLOSED = Policy(leaves=(), at="lab.dfm.yaml:4:5")
SUMS = Policy(
    leaves=(EgressRule("sums", ("ops.Total",), to=("home",), at="lab.dfm.yaml:6:9"),),
    releases=("ops.Total",),
)


class Careless:
    """A session whose compiler looks at no policy; what it has told so far is in `values`."""

    def __init__(self, session: Session, federation: Federation) -> None:
        self.session = session
        self.ops = federation.operations.ops
        self.values: list[tuple[str, Any]] = []

    def run(self, write: Callable[[], None]) -> DfmError | None:
        """Write a pipeline and run it; return the error it ends with."""
        session: Any = self.session
        with Pipeline(name="careless") as pipeline:
            write()
        prepared = compile_pipeline(
            pipeline,
            session._federation,
            homesite="home",
            codecs=session._target.codecs,
            enforce_policy=False,
        )
        try:
            self.values = []
            self.session.execute(prepared, default_callback=self._listen).result(LIMIT)
        except DfmError as error:
            return error
        return None

    def _listen(self, site: str, node: Any, frame: Any, place: str, data: Any) -> None:
        is_error = isinstance(data, dfm.api.ErrorToken)
        if place != "_dfm_status_" and not is_error:
            self.values.append((place, data))


@contextmanager
def careless(federation: Federation, target: str, **policies: Policy) -> Iterator[Careless]:
    spec = governed(federation.spec, policies)
    with Session(spec, "home", target=target) as session:
        yield Careless(session, federation)


def test_a_refused_yield_is_an_error_and_others_still_come(
    federation: Federation, target: str
) -> None:
    with careless(federation, target, a=CLOSED) as session:

        def write() -> None:
            Yield(value=session.ops.Echo(value="secret", site="a"), place="refused")
            Yield(value=session.ops.Echo(value="known", site="b"), place="out")

        error = session.run(write)

        assert isinstance(error, EgressDenied)
        assert (error.site, error.operation) == ("a", "ops.Echo")
        assert "no rule lets ops.Echo leave (lab.dfm.yaml:4:5)" in error.message
        assert "test_policy.py:" in error.at
        assert session.values == [("out", "known")]


def test_after_a_refusal_the_session_goes_on(federation: Federation, target: str) -> None:
    with careless(federation, target, a=SUMS) as session:
        ops = session.ops

        first = session.run(lambda: Yield(value=ops.Echo(value=[1, 2], site="a")))
        total = session.run(
            lambda: Yield(value=ops.Total(values=ops.Echo(value=[1, 2], site="a"), site="a"))
        )

        assert isinstance(first, EgressDenied)
        assert (total, session.values) == (None, [("yield", 3)])


def test_a_refused_value_between_two_sites_is_an_error(federation: Federation, target: str) -> None:
    with careless(federation, target, a=SUMS) as session:
        ops = session.ops

        error = session.run(
            lambda: Yield(value=ops.Echo(value=ops.Echo(value="secret", site="a"), site="b"))
        )

        assert isinstance(error, EgressDenied)
        assert "from 'a' to 'b'" in error.message
        assert session.values == []


def test_a_value_is_refused_two_sites_further_on(federation: Federation, target: str) -> None:
    only_to_b = Policy(leaves=(EgressRule("to b", to=("b",)),))
    with careless(federation, target, a=only_to_b) as session:
        ops = session.ops

        error = session.run(
            lambda: Yield(value=ops.Pair(a=ops.Echo(value="secret", site="a"), b=1, site="b"))
        )

        assert isinstance(error, EgressDenied)
        assert "ops.Echo at site 'a' may not be sent from 'b' to 'home'" in error.message


@pytest.mark.parametrize("operation", ["Items", "ItemsAsync"])
@pytest.mark.parametrize("reader", ["b", None])
def test_a_stream_ends_with_an_error_where_it_becomes_too_much(
    federation: Federation, target: str, operation: str, reader: str | None
) -> None:
    small = Policy(leaves=(EgressRule("small", at_most=20_000),))
    with careless(federation, target, a=small) as session:
        ops = session.ops

        def write() -> None:
            items = getattr(ops, operation)(n=100_000, site="a")
            Yield(value=items if reader is None else ops.Total(values=items, site=reader))

        error = session.run(write)

        assert isinstance(error, EgressDenied)
        assert "'small' is for at most 20,000 bytes" in error.message
        assert len(session.values) < 20_000


def test_a_stream_that_may_not_leave_does_not_begin(federation: Federation, target: str) -> None:
    with careless(federation, target, a=CLOSED) as session:
        ops = session.ops

        error = session.run(
            lambda: Yield(value=ops.Total(values=ops.Items(n=100_000, site="a"), site="b"))
        )

        assert isinstance(error, EgressDenied)
        assert session.values == []


@pytest.mark.parametrize("at", ["a", "b"])
def test_what_loops_yield_is_refused_each_time(
    federation: Federation, target: str, at: str
) -> None:
    with careless(federation, target, a=CLOSED) as session:

        def write() -> None:
            with ForEach(seq=session.ops.Echo(value=[1, 2, 3], site="a")) as item:
                Yield(value=session.ops.Echo(value=item, site=at), place="each")
            Yield(value=session.ops.Echo(value=4, site="c"), place="other")

        error = session.run(write)

        assert isinstance(error, EgressDenied)
        assert session.values == [("other", 4)]


@pytest.mark.parametrize("at", ["a", "b"])
def test_a_number_that_counts_the_items_is_refused_like_the_items(
    federation: Federation, target: str, at: str
) -> None:
    rules = EgressRule("to b", to=("b",)), EgressRule("sums", ("ops.Add",))
    with careless(federation, target, a=Policy(leaves=rules)) as session:

        def write() -> None:
            item = ForEach(seq=session.ops.Echo(value=[1, 2, 3], site="a"))
            with item:
                session.ops.Echo(value="of no item", site=at)
            counted = item.reduce(session.ops.Add, 1, initial=0, site=at)
            Yield(value=counted, place="number")

        error = session.run(write)

        assert isinstance(error, EgressDenied)
        assert "what is made of ops.Echo at site 'a' may not be sent" in error.message
        assert session.values == []


def test_an_answer_about_a_value_is_refused_like_the_value(
    federation: Federation, target: str
) -> None:
    with careless(federation, target, a=CLOSED) as session:

        def write() -> None:
            secret = session.ops.Echo(value=4, site="a")
            with If(cond=GreaterThan(left=secret, right=3)):
                Yield(value=session.ops.Echo(value="more", site="a"), place="answer")
            with Else():
                Yield(value="less", place="other_answer")

        error = session.run(write)

        assert isinstance(error, EgressDenied)
        assert session.values == []


def test_an_error_that_tells_of_a_value_comes_without_its_details(
    federation: Federation, target: str
) -> None:
    with careless(federation, target, a=SUMS) as session:
        error = session.run(lambda: Yield(value=session.ops.Fail(message="secret", site="a")))

        assert isinstance(error, OperationFailed)
        assert error.operation == "ops.Fail"
        assert "ValueError: the details stay at site 'a', by the policy of 'a'" in str(error)
        assert "secret" not in str(error)


def test_calls_that_an_owner_does_not_allow_are_refused(
    federation: Federation, target: str
) -> None:
    echoes = CallRule("echoes", ("ops.Echo",), by=("home",), at="lab.dfm.yaml:6:9")
    with careless(federation, target, a=Policy(callers=(echoes,))) as session:
        ops = session.ops

        allowed = session.run(lambda: Yield(value=ops.Echo(value=1, site="a")))
        error = session.run(lambda: Yield(value=ops.Add(a=1, b=1, site="a")))

        assert allowed is None
        assert isinstance(error, CallDenied)
        assert (error.site, error.operation) == ("a", "ops.Add")


def test_who_may_call_nothing_at_a_site_may_not_use_its_cache(
    federation: Federation, target: str
) -> None:
    closed = Policy(callers=(CallRule("b", by=("b",)),), at="lab.dfm.yaml:6:9")
    with careless(federation, target, a=closed) as session:
        error = session.run(lambda: Yield(value=WriteToCache(key="k", value=1, site="a")))

        assert isinstance(error, CallDenied)
        assert error.site == "a"
        assert "may not use the cache of site 'a'" in error.message
        assert "no rule lets 'home' call anything (lab.dfm.yaml:6:9)" in error.message


def test_applications_that_may_call_different_things_do_not_share_what_they_keep(
    tmp_path: Path, target: str
) -> None:
    own = Federation("lab")
    rules = CallRule("all", by=("home",)), CallRule("nothing much", ("ops.Other",), by=("b",))
    own.site("home")
    own.site("b")
    cache = CacheConfig(base_path=str(tmp_path))
    keeper = own.site("a", policy=Policy(callers=rules), cache=cache)
    keeper.operation("ops.Secret")(lambda: 42)
    keeper.operation("ops.Other")(lambda: 0)
    with Pipeline(name="keeps") as keeps:
        with TryFromCache(key="k", site="a") as cached:
            cached.cache(own.operations.ops.Secret())
        Yield(value=cached)
    with Pipeline(name="looks") as looks:
        with TryFromCache(key="k", site="a") as cached:
            cached.cache("nothing")
        Yield(value=cached)

    found = []
    for homesite, pipeline in (("home", keeps), ("b", looks), ("home", looks)):
        with own.session(homesite=homesite, target=target) as session:
            found.append(session.execute(pipeline).result(LIMIT))

    assert found == [{"yield": 42}, {"yield": "nothing"}, {"yield": 42}]


def test_policies_that_allow_everything_change_nothing(federation: Federation, target: str) -> None:
    with careless(federation, target, a=Policy(leaves=(EgressRule("all"),))) as session:
        ops = session.ops

        def write() -> None:
            with ForEach(seq=ops.Items(n=3, site="a")) as item:
                Yield(value=ops.Add(a=item, b=1, site="b"), place="each")
            Yield(value=ops.Total(values=ops.ItemsAsync(n=4, site="a"), site="b"), place="total")

        error = session.run(write)

        assert error is None
        assert sorted(session.values) == [("each", 1), ("each", 2), ("each", 3), ("total", 6)]
