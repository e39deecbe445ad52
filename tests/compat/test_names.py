"""The names that programs written for nv-dfm-core import are here, under the prefix `dfm`."""

from __future__ import annotations

import dataclasses
import inspect
from importlib import import_module
from typing import Any

import pytest
from tests.compat.earlier_names import ATTRIBUTES, FIELDS, GONE, NAMES, PARAMETERS

from dfm.migrate.names import resolve

EVERY_NAME = [(module, name) for module, names in NAMES.items() for name in names.split()]
EVERY_GONE = [(module, name) for module, names in GONE.items() for name in names]
EVERY_ATTRIBUTE = [(owner, name) for owner, names in ATTRIBUTES.items() for name in names.split()]


def found(path: str) -> Any:
    """Return what `package.module:Class.name` is."""
    module, _, names = path.partition(":")
    thing: Any = import_module(module)
    for name in names.split("."):
        thing = getattr(thing, name)
    return thing


@pytest.mark.parametrize(("module", "name"), EVERY_NAME)
def test_the_name_can_be_imported_from_its_module(module: str, name: str) -> None:
    assert getattr(import_module(module), name) is not None


@pytest.mark.parametrize(("module", "name"), EVERY_NAME)
def test_the_name_is_among_those_the_module_exports(module: str, name: str) -> None:
    assert name in found(f"{module}:__all__")


@pytest.mark.parametrize(("module", "name"), EVERY_GONE)
def test_a_name_without_a_home_is_not_here_and_the_reason_is_told(module: str, name: str) -> None:
    assert not hasattr(import_module(module), name)
    assert GONE[module][name]


@pytest.mark.parametrize("path", PARAMETERS)
def test_the_parameters_have_their_names_and_order(path: str) -> None:
    names = list(inspect.signature(found(path)).parameters)

    assert names[: len(PARAMETERS[path])] == PARAMETERS[path]


@pytest.mark.parametrize("path", FIELDS)
def test_the_fields_of_a_model_have_their_defaults(path: str) -> None:
    fields = found(path).model_fields

    defaults = {name: fields[name].get_default(call_default_factory=True) for name in FIELDS[path]}

    assert defaults == FIELDS[path]


@pytest.mark.parametrize(("owner", "name"), EVERY_ATTRIBUTE)
def test_the_class_has_the_attribute(owner: str, name: str) -> None:
    cls = found(owner)
    fields = {f.name for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else set()

    assert name in fields or hasattr(cls, name)


@pytest.mark.parametrize(("module", "name"), EVERY_NAME)
def test_dfm_migrate_keeps_the_name_in_its_module(module: str, name: str) -> None:
    assert resolve(f"nv_{module.replace('dfm', 'dfm_core', 1)}.{name}").name == f"{module}.{name}"


@pytest.mark.parametrize(("module", "name"), EVERY_GONE)
def test_dfm_migrate_tells_of_a_name_without_a_home(module: str, name: str) -> None:
    home = resolve(f"nv_{module.replace('dfm', 'dfm_core', 1)}.{name}")

    assert home.name == ""
    assert home.why
