"""The generated modules of a federation, found by its name, and a site's own view of them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.compat import greeter, workshop
from tests.compat.projects import generate, run, write_project

from dfm.errors import StructureError, UnknownName
from dfm.exec import (
    assert_valid_runtime_module,
    load_fed_runtime_module,
    load_site_runtime_module,
    site_name_to_identifier,
)

PROGRAM = """
import json

from dfm.exec import (
    DfmContext,
    assert_valid_runtime_module,
    load_fed_runtime_module,
    load_site_runtime_module,
)

shed = load_site_runtime_module("workshop", "shed@example.com")
assert_valid_runtime_module(shed)
context = DfmContext("workshop", "shed", homesite="office", api_version=shed.API_VERSION)
site = shed.ThisSite(context)
print(json.dumps({
    "names": [load_fed_runtime_module("workshop").__name__, shed.__name__],
    "same": context.this_site_runtime_module is shed,
    "version": shed.API_VERSION,
    "port": site.serial_port,
    "url": site.paintshop.base_url,
    "secret": site.secret_for_key("SAW_TOKEN"),
}))
"""

BROKEN = """
import json

from dfm.exec import load_site_runtime_module

try:
    load_site_runtime_module("greeter", "server")
except ModuleNotFoundError as error:
    print(json.dumps(error.name))
"""


def test_the_modules_of_a_generated_package_are_found_and_its_site_can_be_made(
    tmp_path: Path,
) -> None:
    generate(write_project(tmp_path, workshop.FEDERATION, workshop.FILES, workshop.PACKAGE))

    told = run(PROGRAM, tmp_path)

    assert told == {
        "names": ["workshop.fed.runtime", "workshop.fed.runtime.shed"],
        "same": True,
        "version": "2.1.0",
        "port": "/dev/ttyS0 debug=False ['book']",
        "url": "http://paint.local",
        "secret": "s3cret",
    }


def test_a_module_that_is_there_and_can_not_be_imported_tells_what_it_misses(
    tmp_path: Path,
) -> None:
    generate(write_project(tmp_path, greeter.FEDERATION, greeter.FILES, greeter.PACKAGE))
    module = tmp_path / "greeter/fed/runtime/server/__init__.py"
    module.write_text(module.read_text("utf-8") + "\nimport not_installed_anywhere\n", "utf-8")

    told = run(BROKEN, tmp_path)

    assert told == "not_installed_anywhere"


def test_a_federation_that_was_not_generated_has_no_module() -> None:
    with pytest.raises(UnknownName, match="no_such_federation") as told:
        load_fed_runtime_module("no_such_federation")

    assert "dfm fed gen code" in told.value.hint


def test_a_site_of_it_has_none_either() -> None:
    with pytest.raises(ValueError, match=r"no_such_federation\.fed\.runtime\.hub"):
        load_site_runtime_module("no_such_federation", "hub")


@pytest.mark.parametrize("missing", ["API_VERSION", "ThisSite"])
def test_a_module_of_another_kind_is_refused(missing: str) -> None:
    module: Any = ModuleType("other")
    module.API_VERSION, module.ThisSite = "1.0.0", object
    delattr(module, missing)

    with pytest.raises(StructureError, match=f"not a valid federation runtime .* {missing}"):
        assert_valid_runtime_module(module)


def test_a_site_is_named_by_what_stands_before_the_at() -> None:
    assert site_name_to_identifier("boss@example.com") == "boss"
    assert site_name_to_identifier("edge_2") == "edge_2"


@pytest.mark.parametrize("name", ["", "@example.com", "edge-2", "2edge"])
def test_a_site_whose_name_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a valid identifier"):
        site_name_to_identifier(name)
