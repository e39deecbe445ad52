"""Values that programs written for nv-dfm-core make: prepared pipelines, pickles, settings."""

from __future__ import annotations

import logging
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dfm import Federation, Pipeline, PlaceParam, Yield
from dfm.api import PickledObject, PreparedPipeline
from dfm.errors import AdapterUnavailable
from dfm.exec import DfmContext, Frame, FsspecConfig, SecretsVault, SecretsVaultConfig, Site
from dfm.exec.adapters import AdapterTable
from dfm.federation.models import Construct, SiteSpec


def prepared() -> PreparedPipeline:
    federation = Federation("arithmetic", api_version="1.2.0")
    federation.site("desk")

    @federation.site("hub").operation("math.Double")
    def double(a: int) -> int:
        return 2 * a

    with Pipeline(name="doubled") as pipeline:
        Yield(value=federation.operations.math.Double(a=PlaceParam(place="a")), place="twice")
    return federation.session("desk", target="inline").prepare(pipeline)


def test_a_prepared_pipeline_says_what_it_is() -> None:
    pipeline = prepared()

    assert pipeline.api_version == "1.2.0"
    assert pipeline.federation_module == "arithmetic"
    assert pipeline.homesite == "desk"
    assert pipeline.pipeline_name == "doubled"
    assert set(pipeline.get_participating_sites()) == set(pipeline.net_irs()) == {"hub"}
    assert pipeline.has_param_places() is True


@pytest.mark.parametrize("given", [{}, {"a": 1, "b": 2}])
def test_a_prepared_pipeline_refuses_parameter_sets_with_wrong_names(given: Any) -> None:
    with pytest.raises(ValueError, match="parameter set 1"):
        prepared().check_input_params(
            [(Frame.start_frame(0), {"a": 1}), (Frame.start_frame(1), given)]
        )


def test_a_prepared_pipeline_binds_parameters_to_its_sites() -> None:
    pipeline = prepared()
    sets = [(Frame.start_frame(0), {"a": 1}), (Frame.stop_frame(), {})]

    assert pipeline.bind_net_irs(sets) == {"hub": pipeline.bind_net_ir("hub", sets)}


@pytest.mark.parametrize(
    ("places", "warned"),
    [
        (["twice", "_dfm_status_"], []),
        ([], ["nothing is called for what is yielded to 'twice'"]),
        (["twice", "thrice"], ["nothing is yielded to 'thrice', which has a callback"]),
    ],
)
def test_a_prepared_pipeline_warns_of_callbacks_that_do_not_fit(
    places: list[str], warned: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    prepared().check_callbacks(places, logging.getLogger("tests.compat"))

    assert [record.getMessage() for record in caplog.records] == warned


@pytest.mark.parametrize(
    "value", [None, {"a": [1, 2.5]}, ((1, 2), {3, 4}), "x" * 10_000, Frame.start_frame(3)]
)
def test_a_pickled_object_goes_through_json(value: Any) -> None:
    text = PickledObject(value=value).model_dump_json()

    assert PickledObject.model_validate_json(text).value == value
    assert '"tag":"__dfm__pickled__"' in text


def test_a_pickled_array_keeps_its_type_and_shape() -> None:
    array = np.zeros((2, 3), dtype=[("x", "<f4"), ("n", "<i8")])

    again = PickledObject.model_validate(PickledObject(value=array).model_dump()).value

    assert again.dtype == array.dtype
    assert again.shape == (2, 3)


def test_what_is_no_dict_with_a_value_is_wrapped() -> None:
    assert PickledObject.model_validate([1, 2]).value == [1, 2]


def test_a_lambda_can_not_be_pickled() -> None:
    with pytest.raises(ValueError, match="Value cannot be pickled"):
        PickledObject(value=lambda: None)


@pytest.mark.parametrize(("text", "told"), [("%%%", "decode"), ("aGVsbG8=", "unpickle")])
def test_a_pickle_that_is_none_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"Failed to {told}"):
        PickledObject.model_validate({"tag": "__dfm__pickled__", "value": text})


def test_settings_of_a_site_have_their_fields_and_defaults() -> None:
    storage = FsspecConfig(protocol="memory")
    vault = SecretsVaultConfig()

    assert (storage.protocol, storage.storage_options, storage.base_path) == ("memory", {}, None)
    assert (vault.path, vault.args) == (None, {})


def test_settings_of_a_vault_can_be_pickled_and_replaced() -> None:
    vault = SecretsVaultConfig("pkg.Vault", {"root": "/etc"})

    assert pickle.loads(pickle.dumps(vault)) == vault
    assert replace(vault, path=None).args == {"root": "/etc"}


def test_a_site_that_is_made_in_a_program_reads_secrets_and_keeps_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MY_KEY", "open sesame")
    site = Site(
        DfmContext("arithmetic", "hub", homesite="desk"),
        FsspecConfig(protocol="memory", base_path="/compat-values"),
        SecretsVaultConfig(args={"prefix": "MY_", "other": 1}),
    )

    with site.telemetry_span("read", {"size": 1}) as span:
        secret = site.secret_for_key("key")

    assert (secret, span) == ("open sesame", None)
    assert site.cache_storage("sub").name == "sub"


def test_a_secret_that_is_not_there_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="there is no secret 'compat_absent'"):
        SecretsVault.from_config(SecretsVaultConfig()).secret_for_key("compat_absent")


class LockedVault(SecretsVault):
    """A vault that can not be opened."""

    def __init__(self, root: str) -> None:
        raise PermissionError("locked")


def test_a_vault_that_can_not_be_made_is_an_error_and_its_settings_are_not_told() -> None:
    """A28, W48: the environment took its place without a word, and the settings were logged."""
    context = DfmContext("x", "hub", "desk", callables={"owner.LockedVault": LockedVault})

    with pytest.raises(AdapterUnavailable, match=r"secrets vault .* locked") as told:
        Site(context, None, SecretsVaultConfig("owner.LockedVault", {"root": "s3cret"}))

    assert "s3cret" not in str(told.value)


class Greedy(Site):
    """Passes on what it does not know."""

    def __init__(self, dfm_context: DfmContext, *args: Any, **kwargs: Any) -> None:
        super().__init__(dfm_context, *args, **kwargs)


def test_a_site_class_that_passes_its_arguments_on_gets_them_all() -> None:
    storage = FsspecConfig("memory", base_path="/compat-greedy")
    spec = SiteSpec("hub", implementation=Construct("owner.Greedy"), cache=storage)
    context = DfmContext("x", "hub", "desk", callables={"owner.Greedy": Greedy})

    site = AdapterTable(spec, context).site()

    assert type(site) is Greedy
    assert str(site.cache_storage()).endswith("/compat-greedy")
