"""How an operation is called: cache, retries, retry_on, backoff, timeout."""

import inspect
import pydoc
from typing import Any, Literal

import pytest
from tests.api.climate import FEDERATION, Announce, Anything, Handmade, LoadField, Pair

from dfm.api import Operation, Pipeline, PlaceParam, operation_class
from dfm.errors import ArgumentError
from dfm.federation.models import FederationSpec, OperationSpec, Parameter
from dfm.federation.options import LONGEST_SECONDS, MOST_RETRIES

ALL = {
    "cache": True,
    "retries": 3,
    "retry_on": ("TimeoutError", "mylib.Busy"),
    "backoff": 0.5,
    "timeout": 30.0,
}


class Busy(Exception):
    """An error of a library."""


class Waiting(Operation):
    """An operation written by hand that has a parameter called like an option."""

    dfm_class_name: Literal["tests.api.Waiting"] = "tests.api.Waiting"
    timeout: Any


@pytest.mark.parametrize("prefix", ["", "dfm_"])
@pytest.mark.parametrize("make", [Anything, lambda **o: Handmade(count=1, **o)])
def test_options_are_given_with_and_without_prefix(make: Any, prefix: str) -> None:
    with Pipeline() as p:
        made = make(**{prefix + name: value for name, value in ALL.items()})

    assert made.dfm_options == ALL
    assert (made.dfm_retries, made.dfm_cache) == (3, True)
    assert not set(made.dfm_arguments()) & set(ALL)
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


def test_what_is_not_given_is_as_the_federation_says() -> None:
    with Pipeline() as p:
        made = Anything()
        explicit = Anything(retries=0, cache=False, backoff=0)

    assert made.dfm_options == {}
    assert explicit.dfm_options == {"retries": 0, "cache": False, "backoff": 0}
    assert "dfm_retries" not in p.model_dump()["dfm_body"][0]


def test_a_parameter_of_that_name_is_the_parameter() -> None:
    with Pipeline() as p:
        pair = Pair(left=1, right=2, timeout=PlaceParam("t"), retries=1)
        both = Pair(left=1, right=2, timeout=5, dfm_timeout=7)
        waiting = Waiting(timeout="soon", dfm_timeout=2, cache=True)

    assert pair.dfm_arguments()["timeout"] == PlaceParam("t")
    assert pair.dfm_options == {"retries": 1}
    assert (both.dfm_arguments()["timeout"], both.dfm_options) == (5, {"timeout": 7})
    assert (waiting.timeout, waiting.dfm_options) == ("soon", {"timeout": 2, "cache": True})
    assert Pipeline.model_validate_json(p.model_dump_json()) == p


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (TimeoutError, ("TimeoutError",)),
        ("mylib.Busy", ("mylib.Busy",)),
        ([TimeoutError, Busy], ("TimeoutError", f"{__name__}.Busy")),
        ((OSError, "mylib.errors.Busy"), ("OSError", "mylib.errors.Busy")),
        ({ValueError, KeyError}, ("KeyError", "ValueError")),
        ((), ()),
    ],
)
def test_errors_are_kept_by_name(given: Any, names: tuple[str, ...]) -> None:
    with Pipeline():
        assert Anything(retry_on=given).dfm_options == {"retry_on": names}


WRONG: list[tuple[str, Any]] = [
    *(("cache", v) for v in (1, 0, "yes", "true", PlaceParam("p"))),
    *(("retries", v) for v in (-1, 1.0, True, "2", float("nan"), MOST_RETRIES + 1, 10**30)),
    *(("retry_on", v) for v in (3, "", "a b", "a..b", int, [3], ["x", ""], {"a": 1})),
    *(("backoff", v) for v in (-1, -0.1, float("nan"), float("inf"), "1", True, 1e300, 10**400)),
    *(("timeout", v) for v in (0, -1, 0.0, float("nan"), float("inf"), "1", True)),
    ("timeout", LONGEST_SECONDS + 1),
    ("timeout", PlaceParam("p")),
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize("prefix", ["", "dfm_"])
def test_a_wrong_option_is_named(name: str, value: Any, prefix: str) -> None:
    with Pipeline(), pytest.raises(ArgumentError) as refusal:
        Anything(**{prefix + name: value})

    assert repr(name) in refusal.value.message
    assert refusal.value.hint
    assert "test_options.py:" in refusal.value.at


@pytest.mark.parametrize(("name", "value"), [("retries", -1), ("timeout", 0), ("cache", 3)])
def test_a_wrong_option_is_refused_when_read(name: str, value: Any) -> None:
    with Pipeline() as p:
        Anything()
    data = p.model_dump()
    data["dfm_body"][0][f"dfm_{name}"] = value

    with pytest.raises(ArgumentError, match=repr(name)):
        Pipeline.model_validate(data)


def test_a_wrong_option_of_a_call_comes_with_one_that_can_be_written_there() -> None:
    with Pipeline(), pytest.raises(ArgumentError) as refusal:
        Anything(retries=-1)

    assert refusal.value.hint == "retries=2"


def test_an_option_that_is_given_twice_is_refused() -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="given twice"):
        Anything(retries=1, dfm_retries=1)


def test_a_misspelt_option_comes_with_the_right_name() -> None:
    with Pipeline(), pytest.raises(ArgumentError, match="takes no argument 'retires'") as refusal:
        Anything(retires=3)

    assert "'retries'" in refusal.value.hint


@pytest.mark.parametrize("options", [{"retries": 1}, {"cache": True}, {"dfm_cache": True}])
def test_what_does_harm_twice_is_not_repeated_or_remembered(options: dict[str, Any]) -> None:
    with Pipeline(), pytest.raises(ArgumentError) as refusal:
        Announce(text="x", **options)

    name = next(iter(options)).removeprefix("dfm_")
    assert refusal.value.message.startswith(f"lab.Announce can not be called with {name!r}")
    assert f"leaving out {name!r} here" in refusal.value.hint
    assert "idempotent: false" in refusal.value.hint
    assert "test_options.py:" in refusal.value.at


def test_what_does_harm_twice_may_have_a_time_limit() -> None:
    with Pipeline():
        made = Announce(text="x", retries=0, cache=False, timeout=3, backoff=1)

    assert made.dfm_options == {"retries": 0, "cache": False, "timeout": 3, "backoff": 1}


def test_what_does_harm_twice_is_not_repeated_by_a_file_either() -> None:
    with Pipeline() as p:
        Announce(text="x")
    data = p.model_dump()
    data["dfm_body"][0]["dfm_retries"] = 2

    with pytest.raises(ArgumentError, match="not idempotent"):
        Pipeline.model_validate(data)


def test_calls_with_other_options_are_other_calls() -> None:
    written = []
    for options in ({}, {"retries": 1}):
        with Pipeline() as p:
            Anything(**options)
        written.append(p)

    assert written[0] != written[1]


def test_classes_of_two_snapshots_compare_options_too() -> None:
    later = FederationSpec("warming", operations=FEDERATION.operations, sites=FEDERATION.sites)
    other = operation_class(FEDERATION.operations["lab.Anything"], later)
    written = []
    for cls, retries in ((Anything, 1), (other, 1), (other, 2)):
        with Pipeline() as p:
            cls(retries=retries)
        written.append(p)

    assert written[0] == written[1] != written[2]


def test_help_shows_the_options_in_one_line() -> None:
    text = pydoc.plain(pydoc.render_doc(LoadField))
    shadowed = pydoc.plain(pydoc.render_doc(Pair))

    assert "Options: cache, retries, retry_on, backoff, timeout\n" in text
    assert "Options: cache, retries, retry_on, backoff, dfm_timeout\n" in shadowed
    assert str(inspect.signature(LoadField)).endswith("**options)")


def test_help_shows_what_the_federation_says() -> None:
    spec = OperationSpec("odd.Slow", (Parameter("cache"),), retries=2, timeout=9.0)
    slow = operation_class(spec, FederationSpec("odd", operations={spec.name: spec}))

    assert "Options: dfm_cache, retries (= 2), retry_on, backoff, timeout (= 9.0)" in slow.__doc__
    assert "because it is not idempotent" in str(Announce.__doc__)


@pytest.mark.parametrize("name", list(ALL))
def test_an_operation_may_have_a_parameter_called_like_an_option(name: str) -> None:
    spec = OperationSpec("odd.Named", (Parameter(name),))
    cls = operation_class(spec, FederationSpec("odd", operations={spec.name: spec}))

    with Pipeline() as p:
        made = cls(**{name: "x", f"dfm_{name}": ALL[name]})

    assert made.dfm_arguments() == {name: "x"}
    assert made.dfm_options == {name: ALL[name]}
    assert Pipeline.model_validate_json(p.model_dump_json()) == p
