"""The test kit: adapters are called as a site would call them, and nothing else is needed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from dfm import Federation
from dfm.errors import (
    AdapterUnavailable,
    ArgumentError,
    DeclarationError,
    OperationFailed,
    SecretUnavailable,
    UnknownName,
)
from dfm.exec import Provider, Site
from dfm.exec.discovery import AdvisedOneOf, field_advisor
from dfm.testing import (
    advice_of,
    call_adapter,
    call_operation,
    make_provider,
    make_site,
    one_operation,
    run_operation,
)

FILE = """
dfm: 1.0.0
info: { api-version: 0.1.0, code-package: harbour }
operations:
  sea.Read:
    parameters: { depth: { type: integer, default: 3 } }
    returns: string
sites:
  buoy:
    interface:
      "#/operations/sea.Read":
        adapter: dfm_testing_adapters.read
        args:
          depth: { from-param: depth }
          key: { from-secrets: token }
  desk: {}
"""


class Reader:
    def __init__(self, site: Site, provider: Provider | None, *, unit: str = "m") -> None:
        self.site, self.provider, self.unit = site, provider, unit

    @field_advisor("depth")
    def depths(self, value: Any, context: Any) -> AdvisedOneOf:
        return AdvisedOneOf([context.get("least", 1), 2])

    def body(self, depth: int, least: int = 0) -> str:
        return f"{depth} {self.unit} {self.site.secret_for_key('token')}"


async def later(n: int) -> int:
    return n + 1


def counted(n: int) -> Iterator[int]:
    yield from range(n)


async def counted_later(n: int) -> AsyncIterator[int]:
    for i in range(n):
        yield i


def divided(n: int) -> float:
    return 1 / n


class Harbour(Site):
    @property
    def town(self) -> str:
        return "Bergen"


class Buoys(Provider):
    def __init__(self, site: Site, *, fleet: str) -> None:
        super().__init__(site)
        self.fleet = fleet


@pytest.mark.parametrize(
    ("adapter", "expected"), [(later, 4), (counted, [0, 1, 2]), (counted_later, [0, 1, 2])]
)
def test_what_is_awaited_or_yielded_is_whole(adapter: Any, expected: object) -> None:
    assert call_adapter(adapter, {"n": 3}) == expected


def test_a_class_is_made_with_its_settings_and_its_site() -> None:
    site = make_site(secrets={"token": "abc"})

    assert call_adapter(Reader, {"depth": 5}, site=site, settings={"unit": "ft"}) == "5 ft abc"


def test_a_secret_that_the_test_does_not_give_is_not_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DFM_SECRET_TOKEN", "real")

    with pytest.raises(SecretUnavailable, match="no secret 'token'"):
        call_adapter(Reader, {"depth": 5})


def test_what_an_adapter_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        call_adapter(divided, {"n": 0})


def test_a_setting_that_the_constructor_does_not_take_is_an_error_of_ours() -> None:
    with pytest.raises(AdapterUnavailable, match="units"):
        call_adapter(Reader, {"depth": 5}, settings={"units": "ft"})


def test_a_function_has_no_settings() -> None:
    with pytest.raises(DeclarationError, match="is a function"):
        call_adapter(divided, {"n": 1}, settings={"unit": "ft"})


def test_a_class_without_body_is_refused() -> None:
    with pytest.raises(DeclarationError, match="no method 'body'"):
        call_adapter(dict)


def test_an_async_test_is_told_to_be_plain() -> None:
    async def test() -> None:
        call_adapter(later, {"n": 1})

    with pytest.raises(DeclarationError, match="event loop"):
        call_adapter(test)


def test_sites_and_providers_may_be_of_the_owners_classes() -> None:
    site = make_site(Harbour, name="bergen")

    provider = make_provider(Buoys, site=site, settings={"fleet": "blue"})

    assert isinstance(site, Harbour)
    assert (site.town, site.dfm_context.this_site) == ("Bergen", "bergen")
    assert isinstance(provider, Buoys)
    assert (provider.fleet, provider.site) == ("blue", site)


def test_cached_data_of_one_site_is_not_seen_by_another() -> None:
    first, second = make_site(), make_site()

    (first.cache_storage("fields") / "a").write_text("1")

    assert (first.cache_storage("fields") / "a").read_text() == "1"
    assert not (second.cache_storage("fields") / "a").exists()


def test_a_cache_folder_is_used_if_it_is_given(tmp_path: Path) -> None:
    site = make_site(cache_folder=str(tmp_path))

    (site.cache_storage() / "a").write_text("1")

    assert (tmp_path / "a").read_text() == "1"


def test_advice_is_what_the_advisor_says() -> None:
    assert advice_of(Reader, "depth", given={"least": 7}) == AdvisedOneOf([7, 2])


def test_asking_for_advice_on_an_argument_without_advisor_names_those_that_have_one() -> None:
    with pytest.raises(UnknownName, match="least"):
        advice_of(Reader, "least")


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Federation:
    (tmp_path / "harbour.dfm.yaml").write_text(FILE)
    module = "def read(depth, key):\n    return f'{depth} {key}'\n"
    (tmp_path / "dfm_testing_adapters.py").write_text(module)
    monkeypatch.syspath_prepend(str(tmp_path))
    return Federation.load(tmp_path / "harbour.dfm.yaml")


def test_an_operation_is_called_with_the_bindings_and_defaults_of_the_file(
    harbour: Federation,
) -> None:
    found = call_operation(harbour, "sea.Read", site="buoy", secrets={"token": "abc"})

    assert found == "3 abc"


def test_a_binding_to_a_secret_that_is_not_given_is_told(harbour: Federation) -> None:
    with pytest.raises(SecretUnavailable, match="token"):
        call_operation(harbour, "sea.Read", site="buoy")


def test_a_required_argument_that_is_not_given_is_told() -> None:
    with pytest.raises(ArgumentError, match="requires n"):
        call_operation(one_operation(divided), "testing.Operation", site="site")


def test_an_argument_of_another_type_is_refused(harbour: Federation) -> None:
    with pytest.raises(ArgumentError, match=r"argument .depth. of sea\.Read"):
        call_operation(harbour, "sea.Read", {"depth": "deep"}, site="buoy", secrets={"token": ""})


def test_an_argument_that_there_is_not_is_refused_with_the_nearest(harbour: Federation) -> None:
    with pytest.raises(ArgumentError, match="takes no argument 'dept'") as refused:
        call_operation(harbour, "sea.Read", {"dept": 3}, site="buoy", secrets={"token": ""})

    assert "depth" in str(refused.value.hint)


@pytest.mark.parametrize(
    ("operation", "site", "provider"),
    [
        ("sea.Read", "bouy", None),
        ("sea.Reed", "buoy", None),
        ("sea.Read", "desk", None),
        ("sea.Read", "buoy", "fleet"),
    ],
)
def test_what_is_not_there_is_an_unknown_name(
    harbour: Federation, operation: str, site: str, provider: str | None
) -> None:
    with pytest.raises(UnknownName):
        call_operation(harbour, operation, site=site, provider=provider)


def test_one_operation_runs_in_a_pipeline_without_processes() -> None:
    federation = one_operation(divided, "math.Inverse")

    assert run_operation(federation, "math.Inverse", {"n": 4}) == 0.25


def test_an_operation_that_fails_in_a_pipeline_says_so() -> None:
    with pytest.raises(OperationFailed, match="ZeroDivisionError"):
        run_operation(one_operation(divided), "testing.Operation", {"n": 0})


def test_an_operation_of_a_provider_has_the_secrets_of_the_test() -> None:
    federation = one_operation(Reader, "sea.Read", provider="fleet", secrets={"token": "abc"})

    assert run_operation(federation, "sea.Read", {"depth": 1}, provider="fleet") == "1 m abc"
