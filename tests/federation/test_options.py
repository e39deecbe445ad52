"""How operations are called means the same in a file and in Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfm import Federation
from dfm.errors import FederationError
from dfm.federation import FederationSpec, parse_federation
from dfm.federation.options import LONGEST_SECONDS, MOST_RETRIES, given_options, option_refusals

TEXT = """\
dfm: 1.0.0
info: {api-version: 0.1.0, code-package: fields}
operations:
  field.Load:
    returns: object
    cache: true
    retries: 3
    retry-on: [TimeoutError, mylib.Busy]
    backoff: 0.5
    timeout: 30
  field.Send:
    returns: object
    idempotent: false
sites:
  pier:
    interface:
      "#/operations/field.Load": {adapter: a.b, args: from-operation}
      "#/operations/field.Send": {adapter: a.c, args: from-operation, timeout: 5}
    providers:
      radar:
        interface:
          "#/operations/field.Load":
            adapter: a.b
            args: from-operation
            retries: 0
            retry-on: [OSError]
            backoff: 0
            timeout:
            cache: no
"""


class Busy(Exception):
    """An error of the owner's own."""


def load() -> object:
    return {}


def send() -> object:
    return {}


def in_python() -> FederationSpec:
    fed = Federation("fields")
    pier = fed.site("pier")
    pier.operation(
        "field.Load",
        cache=True,
        retries=3,
        retry_on=(TimeoutError, "mylib.Busy"),
        backoff=0.5,
        timeout=30,
    )(load)
    pier.operation("field.Send", idempotent=False)(send)
    pier.operation(
        "field.Load", provider="radar", cache=False, retries=0, retry_on=OSError, backoff=0
    )(load)
    return fed.spec


OPTIONS = {
    "cache": True,
    "retries": 3,
    "retry_on": ("TimeoutError", "mylib.Busy"),
    "backoff": 0.5,
    "timeout": 30,
}


def of(spec: Any) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in OPTIONS}


def test_an_operation_says_how_it_is_called() -> None:
    spec = parse_federation(TEXT)

    assert of(spec.operations["field.Load"]) == OPTIONS
    assert spec.operations["field.Load"].idempotent
    assert not spec.operations["field.Send"].idempotent


def test_an_operation_that_says_nothing_is_called_once() -> None:
    spec = parse_federation(TEXT).operations["field.Send"]

    assert of(spec) == {
        "cache": False, "retries": 0, "retry_on": (), "backoff": 0.0, "timeout": None
    }  # fmt: skip


def test_an_offer_says_only_what_differs_there() -> None:
    site = parse_federation(TEXT).sites["pier"]

    assert site.interface["field.Load"].options == {}
    assert site.interface["field.Send"].options == {"timeout": 5.0}
    assert site.providers["radar"].interface["field.Load"].options == {
        "cache": False, "retries": 0, "retry_on": ("OSError",), "backoff": 0.0, "timeout": None
    }  # fmt: skip


def test_both_ways_give_the_same_options() -> None:
    from_file, written = parse_federation(TEXT), in_python()

    for name in written.operations:
        assert of(written.operations[name]) == of(from_file.operations[name])
    here = written.sites["pier"].providers["radar"].interface["field.Load"].options
    there = dict(from_file.sites["pier"].providers["radar"].interface["field.Load"].options)
    assert there.pop("timeout", "") is None
    assert here == there


def test_a_site_is_told_what_its_operations_return() -> None:
    text = TEXT.replace("returns: object\n    cache", "returns: integer\n    cache")

    told = parse_federation(text).introduced("pier")

    assert {name: str(kind) for name, kind in told.returns.items()} == {"field.Load": "integer"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"retries": -1}, "retries must be a whole number from 0 to 1000, not -1"),
        ({"retries": True}, "retries must be a whole number from 0 to 1000, not True"),
        ({"retries": 2.0}, "retries must be a whole number"),
        ({"retries": 10**6}, "retries must be a whole number from 0 to 1000"),
        ({"retry_on": [3]}, "retry-on must be the names of exception classes"),
        ({"retry_on": [int]}, "retry-on must be the names of exception classes"),
        ({"retry_on": "not a name"}, "retry-on must be the names of exception classes"),
        ({"backoff": float("nan")}, "backoff must be seconds from 0 to"),
        ({"backoff": "1"}, "backoff must be seconds from 0 to"),
        ({"timeout": 0}, "timeout must be seconds above 0"),
        ({"timeout": float("inf")}, "timeout must be seconds above 0"),
        ({"timeout": 1e300}, "timeout must be seconds above 0"),
        ({"cache": "yes"}, "cache must be true or false, not 'yes'"),
        ({"idempotent": 0}, "idempotent must be true or false, not 0"),
        ({"idempotent": False, "retries": 1}, "an operation that is not idempotent is never rep"),
        ({"idempotent": False, "cache": True}, "an operation that is not idempotent is never cac"),
    ],
)
def test_a_mistake_in_python_is_refused_where_it_is_made(options: Any, said: str) -> None:
    fed = Federation("fields")

    with pytest.raises(FederationError) as caught:
        fed.site("pier").operation("field.Load", **options)(load)

    (problem,) = caught.value.problems
    assert problem.message.startswith(f"field.Load: {said}")
    assert __file__ in problem.at
    assert fed.spec.operations == {}


@pytest.mark.parametrize("options", [{"retries": 2}, {"cache": True}])
def test_no_offer_repeats_what_must_not_run_twice(options: Any) -> None:
    fed = Federation("fields")
    fed.site("pier").operation("field.Load", idempotent=False)(load)

    with pytest.raises(FederationError, match="not idempotent is never"):
        fed.site("quay").operation("field.Load", **options)(load)


def test_an_operation_is_idempotent_everywhere_or_nowhere() -> None:
    fed = Federation("fields")
    fed.site("pier").operation("field.Load")(load)

    with pytest.raises(FederationError, match=r"is not as declared .* it is not idempotent"):
        fed.site("quay").operation("field.Load", idempotent=False)(load)


def test_a_cell_that_is_run_again_has_the_options_of_the_last_time() -> None:
    fed = Federation("fields")

    fed.site("pier").operation("field.Load", retries=1)(load)
    fed.site("pier").operation("field.Load", retries=2)(load)

    assert fed.spec.operations["field.Load"].retries == 2
    assert fed.spec.sites["pier"].interface["field.Load"].options == {}


def test_an_exception_class_is_known_by_its_name() -> None:
    named = given_options(retry_on=(Busy, ConnectionError, "Other"))

    assert named == {"retry_on": (f"{__name__}.Busy", "ConnectionError", "Other")}


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "cache": st.booleans(),
            "retries": st.integers(0, MOST_RETRIES),
            "retry_on": st.lists(st.sampled_from(["OSError", "a.B"])).map(tuple),
            "backoff": st.floats(0, LONGEST_SECONDS) | st.integers(0, 1000),
            "timeout": st.floats(0, LONGEST_SECONDS, exclude_min=True) | st.none(),
        },
    )
)
def test_what_is_within_the_limits_is_not_refused(options: dict[str, Any]) -> None:
    assert list(option_refusals(options)) == []
