"""Adapters: made once with what they ask for, and their arguments filled from bindings."""

from __future__ import annotations

from typing import Any

import pytest

from dfm.errors import AdapterUnavailable, SecretUnavailable
from dfm.exec import DfmContext, Provider, Site
from dfm.exec.adapters import AdapterTable
from dfm.federation.models import (
    AdapterSpec,
    Binding,
    Const,
    Construct,
    Exposed,
    FromParam,
    FromProvider,
    FromSecrets,
    FromSite,
    ProviderSpec,
    SecretsConfig,
    SiteSpec,
)


class Plain:
    def body(self, **given: Any) -> dict[str, Any]:
        return given


class Greeter:
    def body(self, name: str, greeting: str = "hello") -> str:
        return f"{greeting}, {name}"


class Curious:
    """Asks for all its constructor may have."""

    made = 0

    def __init__(self, site: Site, provider: Provider | None, retries: int = 0) -> None:
        type(self).made += 1
        self.site, self.provider, self.retries = site, provider, retries

    def body(self) -> tuple[str, str, int]:
        return (type(self.site).__name__, type(self.provider).__name__, self.retries)


class Harbour(Site):
    """A site of the owner's own, with a constructor argument and a property."""

    def __init__(self, *arguments: Any, depth: int, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.depth = depth


class Radar(Provider):
    """A provider of the owner's own."""

    def __init__(self, site: Site, base_url: str) -> None:
        super().__init__(site)
        self.base_url = base_url


class LeakyVault:
    """A vault whose error would give the secret away."""

    def secret_for_key(self, key: str) -> str:
        raise LookupError("the value is hunter2")


class BodyLess:
    pass


class Stubborn:
    def __init__(self) -> None:
        raise RuntimeError("not today")


def shout(text: str) -> str:
    return text.upper()


def spec_of(
    implementation: Any,
    arguments: dict[str, Binding] | None = None,
    **site: Any,
) -> SiteSpec:
    wanted = implementation if isinstance(implementation, Construct) else here(implementation)
    return SiteSpec("pier", {"ops.Op": AdapterSpec(wanted, arguments)}, **site)


def here(cls: Any, **arguments: Any) -> Construct:
    return Construct(f"{cls.__module__}.{cls.__qualname__}", arguments)


def call(spec: SiteSpec, given: dict[str, Any], provider: str | None = None) -> Any:
    table = AdapterTable(spec, context())
    adapter = table.adapter("ops.Op", provider)
    return adapter.body(**table.arguments(adapter, given))


def context() -> DfmContext:
    names = ["Plain", "Greeter", "Curious", "Harbour", "Radar", "LeakyVault", "BodyLess"]
    mine = [globals()[n] for n in [*names, "Stubborn", "shout"]]
    return DfmContext(
        "fed", "pier", "desk", "1.2.3", {f"{c.__module__}.{c.__qualname__}": c for c in mine}
    )


def test_without_bindings_every_given_parameter_is_passed_through() -> None:
    assert call(spec_of(Plain), {"a": 1, "b": None}) == {"a": 1, "b": None}


def test_an_adapter_may_be_a_plain_function() -> None:
    assert call(spec_of(shout), {"text": "ahoy"}) == "AHOY"


def test_a_parameter_may_be_renamed_and_one_that_is_not_given_leaves_the_default_alone() -> None:
    bindings: dict[str, Binding] = {
        "name": FromParam("who"),
        "greeting": FromParam("words"),
    }

    assert call(spec_of(Greeter, bindings), {"who": "you"}) == "hello, you"
    assert call(spec_of(Greeter, bindings), {"who": "you", "words": "hi"}) == "hi, you"


def test_a_parameter_that_is_not_given_is_none_for_a_body_without_a_default() -> None:
    assert call(spec_of(Greeter, {"name": FromParam("who")}), {}) == "hello, None"
    assert call(spec_of(Greeter), {}) == "hello, None"


@pytest.mark.parametrize("value", [0, False, "", None, [], {}, [1, "deep", None], {"k": [True]}])
def test_a_constant_of_any_json_value_arrives_as_it_is(value: Any) -> None:
    got = call(spec_of(Plain, {"x": Const(value)}), {})

    assert got == {"x": value}
    assert type(got["x"]) is type(value)


def test_a_constant_that_an_adapter_changes_is_whole_again_at_the_next_call() -> None:
    table = AdapterTable(spec_of(Plain, {"x": Const([1])}), context())
    adapter = table.adapter("ops.Op", None)

    table.arguments(adapter, {})["x"].append(2)

    assert table.arguments(adapter, {}) == {"x": [1]}


def test_a_secret_is_looked_up_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    table = AdapterTable(spec_of(Plain, {"token": FromSecrets("scan-token")}), context())
    adapter = table.adapter("ops.Op", None)
    monkeypatch.setenv("DFM_SECRET_SCAN-TOKEN", "one")

    first = table.arguments(adapter, {})
    monkeypatch.setenv("DFM_SECRET_SCAN-TOKEN", "two")

    assert (first, table.arguments(adapter, {})) == ({"token": "one"}, {"token": "two"})


def test_a_missing_secret_is_an_error_that_names_the_variable() -> None:
    with pytest.raises(SecretUnavailable, match="DFM_SECRET_NOWHERE"):
        call(spec_of(Plain, {"token": FromSecrets("nowhere")}), {})


def test_what_a_vault_says_in_its_error_does_not_get_out() -> None:
    spec = spec_of(Plain, {"token": FromSecrets("k")}, secrets=SecretsConfig(here(LeakyVault).path))

    with pytest.raises(SecretUnavailable) as caught:
        call(spec, {})

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_vault_that_can_not_be_made_is_an_error_and_not_another_vault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DFM_SECRET_K", "from the environment")
    spec = spec_of(Plain, {"token": FromSecrets("k")}, secrets=SecretsConfig("no.such.Vault"))

    with pytest.raises(AdapterUnavailable, match=r"no\.such\.Vault"):
        call(spec, {})


def test_attributes_of_site_and_provider_are_bound() -> None:
    spec = SiteSpec(
        "pier",
        implementation=here(Harbour, depth=7),
        providers={
            "radar": ProviderSpec(
                "radar",
                {
                    "ops.Op": AdapterSpec(
                        here(Plain),
                        {
                            "url": FromProvider("radar", "base_url"),
                            "depth": FromSite("depth"),
                            "federation": FromSite("federation_name"),
                        },
                    )
                },
                here(Radar, base_url="http://radar.local"),
            )
        },
    )

    assert call(spec, {}, provider="radar") == {
        "url": "http://radar.local",
        "depth": 7,
        "federation": "fed",
    }


def test_an_attribute_that_is_not_there_is_an_error() -> None:
    with pytest.raises(AdapterUnavailable, match="no attribute 'draught'"):
        call(spec_of(Plain, {"x": FromSite("draught")}), {})


@pytest.mark.parametrize("value", [0, False, "", []])
def test_an_exposed_field_overrides_the_configured_value_even_when_it_is_falsy(value: Any) -> None:
    spec = spec_of(Plain, {"unit": Const("metres", Exposed("unit"))})

    assert call(spec, {"unit": value}) == {"unit": value}
    assert call(spec, {"unit": None}) == {"unit": "metres"}
    assert call(spec, {}) == {"unit": "metres"}


def test_what_is_not_exposed_can_not_be_overridden() -> None:
    assert call(spec_of(Plain, {"unit": Const("metres")}), {"unit": "feet"}) == {"unit": "metres"}


def test_a_constructor_gets_what_it_asks_for_and_its_configured_arguments() -> None:
    assert call(spec_of(here(Curious, retries=3)), {}) == ("Site", "NoneType", 3)


def test_an_adapter_is_made_once() -> None:
    table = AdapterTable(spec_of(Curious), context())
    before = Curious.made

    first, second = table.adapter("ops.Op", None), table.adapter("ops.Op", None)

    assert first is second
    assert Curious.made == before + 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nosuchpackage.module.Class", "there is no module 'nosuchpackage'"),
        ("dfm.exec.site.Siite", "module 'dfm.exec.site' has no 'Siite'"),
        (here(BodyLess).path, "has no method 'body'"),
        (here(Stubborn).path, "its constructor raised RuntimeError: not today"),
    ],
)
def test_an_adapter_that_can_not_be_made_says_why(path: str, said: str) -> None:
    with pytest.raises(AdapterUnavailable, match=said):
        call(spec_of(Construct(path)), {})


def test_an_operation_the_site_does_not_offer_is_refused() -> None:
    with pytest.raises(AdapterUnavailable, match=r"site 'pier' does not offer 'ops.Other'"):
        AdapterTable(spec_of(Plain), context()).adapter("ops.Other", None)
