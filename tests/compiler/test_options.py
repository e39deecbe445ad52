"""How a call is made: the author's word, else the site's, else the operation's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.compiler.plans import FEDERATION, Make, compiled, plan_after, written

from dfm.api import ForEach, operation_class
from dfm.errors import StructureError
from dfm.federation.models import FederationSpec
from dfm.net.transitions import ONCE, Call, Options

NO_OPTIONS: Mapping[str, Any] = {}


def federation(at_a: Mapping[str, Any] = NO_OPTIONS, **said: Any) -> FederationSpec:
    """The federation in which the operation says this, and its adapter at `a` that."""
    operations = dict(FEDERATION.operations)
    operations["m.Make"] = replace(operations["m.Make"], **said)
    site = FEDERATION.sites["a"]
    interface = dict(site.interface)
    interface["m.Make"] = replace(interface["m.Make"], options=at_a)
    sites = dict(FEDERATION.sites) | {"a": replace(site, interface=interface)}
    return replace(FEDERATION, operations=operations, sites=sites)


def options(spec: FederationSpec, site: str = "a", **given: Any) -> Options:
    with written() as p:
        Make(site=site, **given)
    [step] = plan_after("settle_options", p, spec).steps
    return step.options


def test_without_options_a_call_is_made_once() -> None:
    assert options(federation()) == ONCE


def test_the_call_beats_the_site_and_the_site_the_operation() -> None:
    spec = federation({"retries": 2, "timeout": 5.0}, retries=1, backoff=0.5, timeout=9.0)

    assert options(spec, site="b") == Options(retries=1, backoff=0.5, timeout=9.0)
    assert options(spec) == Options(retries=2, backoff=0.5, timeout=5.0)
    assert options(spec, retries=0, cache=True, retry_on=(TimeoutError, "x.Busy")) == Options(
        cache=True, retries=0, retry_on=("TimeoutError", "x.Busy"), backoff=0.5, timeout=5.0
    )


def test_options_stand_in_the_net_in_loops_too() -> None:
    with written() as p, ForEach(seq=[1]):
        Make(site="a", timeout=1.0)

    [call] = [t for t in compiled(p).nets["a"].walk() if isinstance(t, Call)]

    assert call.options == Options(timeout=1.0)


@pytest.mark.parametrize("said", [{"retries": 1}, {"cache": True}])
def test_what_must_not_be_done_twice_is_neither_repeated_nor_cached(said: dict[str, Any]) -> None:
    with written() as p:  # when this was written, it could be
        Make(site="a", **said)

    with pytest.raises(StructureError, match=r"m\.Make is not idempotent") as refusal:
        compiled(p, federation(idempotent=False))

    assert "test_options.py:" in refusal.value.at


def test_what_a_site_says_of_an_operation_that_must_not_be_done_twice_is_refused_too() -> None:
    spec = federation({"retries": 3}, idempotent=False)
    make = operation_class(spec.operations["m.Make"], spec)
    with written() as p:
        make(site="a")
    with written() as q:
        make(site="a", retries=0)

    with pytest.raises(StructureError, match="can not be repeated, as site 'a' says"):
        compiled(p, spec)
    assert plan_after("settle_options", q, spec).steps[0].options == ONCE
