"""Every name that `dfm migrate` writes can be imported from here."""

from importlib import import_module

import pytest
from tests.compat.earlier_names import GONE, NAMES

from dfm.migrate.names import HOMELESS, HOMES, resolve

TARGETS = [(module, name) for module, names in HOMES.items() for name in ["", *names.split()]]


@pytest.mark.parametrize(("module", "name"), TARGETS)
def test_a_name_with_a_home_can_be_imported_there(module: str, name: str) -> None:
    old = ".".join(filter(None, ("nv_dfm_core", module, name)))

    new = resolve(old).name

    assert new == old.replace("nv_dfm_core", "dfm", 1)
    found = import_module(".".join(filter(None, ("dfm", module))))
    assert not name or hasattr(found, name)


@pytest.mark.parametrize("name", HOMELESS)
def test_a_name_without_a_home_says_what_to_use_and_so_do_its_parts(name: str) -> None:
    home, part = resolve(f"nv_dfm_core.{name}"), resolve(f"nv_dfm_core.{name}.part")

    assert home.name == part.name == ""
    assert home.use == part.use != ""


@pytest.mark.parametrize("module", ["gen.modgen", "targets.flare", "telemetry", "poc"])
def test_a_module_without_a_home_is_really_not_there(module: str) -> None:
    with pytest.raises(ImportError):
        import_module(f"dfm.{module}")


def test_the_private_name_in_saved_pipelines_gets_its_public_one() -> None:
    assert resolve("nv_dfm_core.api._WriteToCache").name == "dfm.api.WriteToCache"


@pytest.mark.parametrize("module", NAMES)
def test_every_earlier_name_that_is_here_is_rewritten(module: str) -> None:
    here = import_module(module)
    old = module.replace("dfm", "nv_dfm_core", 1)

    homeless = {name for name in NAMES[module].split() if not resolve(f"{old}.{name}").name}

    assert {name for name in homeless if hasattr(here, name)} == set()


@pytest.mark.parametrize(("module", "name"), [(m, name) for m in GONE for name in GONE[m]])
def test_every_earlier_name_that_is_gone_says_what_to_use(module: str, name: str) -> None:
    home = resolve(f"{module.replace('dfm', 'nv_dfm_core', 1)}.{name}")

    assert home.name == ""
    assert "no counterpart" in home.why
