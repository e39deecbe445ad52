"""A session by the name of its federation: where federations are found, and what is told if not."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import pytest

from dfm import Federation, Session
from dfm.codegen import generate_package
from dfm.errors import ArgumentError, DeclarationError, FederationError, UnknownName
from dfm.registry import Registry
from dfm.session.federations import find_federation

TEXT = """\
dfm: 1.0.0
info:
  api-version: {version}
  code-package: quayside
sites:
  desk: {{}}
  hub: {{}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which is the working directory and on the Python path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT.format(version=version), "utf-8")
    return path


def package(project: Path) -> Path:
    """Write a package that fails when it is imported: finding a federation runs nothing of it."""
    folder = project / "quayside"
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')\n", "utf-8")
    return folder


def generate(project: Path, version: str) -> None:
    package(project)
    source = write(project / "elsewhere" / "source.dfm.yaml", version)
    generate_package(source, project)


def register(path: Path, name: str = "quayside") -> None:
    registry = Registry.load()
    registry.set(name, federation_dir=str(path.parent), config_path=str(path))
    registry.save()


def test_the_generated_package_comes_first(project: Path) -> None:
    generate(project, "1.0.0")
    register(write(project / "listed" / "x.dfm.yaml", "2.0.0"))
    write(project / "quayside.dfm.yaml", "3.0.0")

    found = find_federation("quayside")

    assert found.api_version == "1.0.0"
    assert found.folder == str(project)
    assert "quayside" not in sys.modules


def test_the_list_of_federations_comes_second(project: Path) -> None:
    package(project)
    register(write(project / "listed" / "x.dfm.yaml", "2.0.0"))
    write(project / "quayside.dfm.yaml", "3.0.0")

    found = find_federation("quayside")

    assert found.api_version == "2.0.0"
    assert found.folder == str(project / "listed")


def test_a_federation_is_listed_under_another_name_than_its_package(project: Path) -> None:
    register(project / "gone" / "x.dfm.yaml", "another")
    register(write(project / "listed" / "x.dfm.yaml", "2.0.0"), "the-quay")

    assert find_federation("quayside").api_version == "2.0.0"
    assert find_federation("the-quay").api_version == "2.0.0"


@pytest.mark.parametrize("place", ["quayside", "quayside/configs", ".", "configs"])
def test_then_the_files_of_the_package_the_working_directory_and_configs(
    project: Path, place: str
) -> None:
    package(project)
    write(project / place / "anything.dfm.yaml", "3.0.0")

    found = find_federation("quayside")

    assert (found.api_version, found.folder) == ("3.0.0", str(project))


def test_a_file_in_the_package_comes_before_one_in_the_working_directory(project: Path) -> None:
    write(package(project) / "one.dfm.yaml", "3.0.0")
    write(project / "other.dfm.yaml", "4.0.0")

    assert find_federation("quayside").api_version == "3.0.0"


def test_files_of_other_federations_do_not_matter_even_if_broken(project: Path) -> None:
    (project / "a.dfm.yaml").write_text("{{ not: yaml", "utf-8")
    (project / "b.dfm.yaml").write_bytes(b"\xff\xfe\x00")
    write(project / "c.dfm.yaml", "1.0.0").write_text(
        TEXT.format(version="9.9.9").replace("quayside", "quaysides"), "utf-8"
    )
    write(project / "d.dfm.yaml", "3.0.0")

    assert find_federation("quayside").api_version == "3.0.0"


@pytest.mark.parametrize("said", ["code_package: quayside", '"code-package": "quayside"'])
def test_the_code_package_may_be_written_in_each_way_of_the_grammar(
    project: Path, said: str
) -> None:
    text = TEXT.format(version="3.0.0").replace("code-package: quayside", said)
    (project / "a.dfm.yaml").write_text(text, "utf-8")

    assert find_federation("quayside").api_version == "3.0.0"


def test_of_two_files_the_one_with_the_name_is_taken(project: Path) -> None:
    write(project / "quayside.dfm.yaml", "3.0.0")
    write(project / "copy.dfm.yaml", "4.0.0")

    assert find_federation("quayside").api_version == "3.0.0"


def test_two_files_without_the_name_are_a_question(project: Path) -> None:
    write(project / "one.dfm.yaml", "3.0.0")
    write(project / "copy.dfm.yaml", "4.0.0")

    with pytest.raises(ArgumentError, match=r"copy\.dfm\.yaml, one\.dfm\.yaml"):
        find_federation("quayside")


def test_a_federation_that_is_found_and_wrong_is_told_so(project: Path) -> None:
    file = write(project / "quayside.dfm.yaml", "3.0.0")
    file.write_text(file.read_text("utf-8") + "  third: 5\n", "utf-8")

    with pytest.raises(FederationError, match="the federation has 1 problem"):
        find_federation("quayside")


def test_a_federation_that_is_nowhere_is_told_with_all_places(project: Path) -> None:
    package(project)

    with pytest.raises(UnknownName) as told:
        find_federation("quayside")

    for place in (
        "quayside.fed.runtime",
        "federations.yaml",
        str(project / "configs"),
        "dfm fed gen code",
    ):
        assert place in str(told.value)


def test_a_name_on_the_list_that_is_almost_the_same_is_offered(project: Path) -> None:
    register(write(project / "listed" / "x.dfm.yaml", "2.0.0"))

    with pytest.raises(UnknownName, match="spelled almost the same"):
        find_federation("quaysite")


@pytest.mark.parametrize("name", ["..", "a b", "quayside.dfm.yaml/x", ".quayside", "a..b"])
def test_what_can_be_no_name_is_refused(project: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="can not be the name"):
        find_federation(name)


# -- sessions --------------------------------------------------------------------------------------


def test_a_session_takes_the_name_of_a_federation(project: Path) -> None:
    write(project / "quayside.dfm.yaml", "3.0.0")
    logger = logging.getLogger("quay")

    by_keyword = Session(federation_name="quayside", homesite="desk", target="inline")
    by_place = Session("quayside", "hub", "inline", logger)

    assert (by_keyword.federation_name, by_keyword.homesite) == ("quayside", "desk")
    assert (by_place.homesite, by_place.logger) == ("hub", logger)
    assert by_keyword.federation.api_version == "3.0.0"


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"federation_name": "", "homesite": "desk"},
        {"federation": "", "homesite": "desk"},
        {"federation": Federation("quayside"), "federation_name": "quayside", "homesite": "desk"},
        {"federation_name": "quayside"},
        {"federation_name": "quayside", "homesite": ""},
    ],
)
def test_a_session_without_a_federation_or_a_homesite_is_refused(
    project: Path, arguments: dict[str, Any]
) -> None:
    write(project / "quayside.dfm.yaml", "3.0.0")

    with pytest.raises(ValueError, match="a session") as told:
        Session(**arguments)

    assert isinstance(told.value, DeclarationError)


def test_an_unknown_target_is_told_with_those_there_are(project: Path) -> None:
    write(project / "quayside.dfm.yaml", "3.0.0")

    with pytest.raises(UnknownName, match="'local'"):
        Session("quayside", "desk", target="lokal")
