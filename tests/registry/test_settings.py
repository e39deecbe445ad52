"""`.dfm-cli.conf.yaml`: which file holds, and what it says."""

from pathlib import Path

import pytest

from dfm.errors import DeclarationError
from dfm.registry import Settings, find_config, find_settings

NAME = ".dfm-cli.conf.yaml"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repo" / "deep"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for variable in ("DFM_CLI_CONFIG", "DFM_CLI_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def written(path: Path, text: str = "debug: false\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_hold_and_nothing_is_made(here: Path) -> None:
    settings = Settings.load()

    assert settings.path is None
    assert settings.federations == find_config() == here / "federations.yaml"
    assert settings.workspace == here / "workspace"
    assert list(here.iterdir()) == []


def test_the_nearest_file_upwards_holds_and_its_folder_is_what_paths_are_relative_to(
    tmp_path: Path,
) -> None:
    written(tmp_path / NAME)
    nearest = written(tmp_path / "repo" / NAME, "workspace: {path: ../w}\n")

    settings = Settings.load()

    assert settings.path == nearest
    assert settings.folder == tmp_path / "repo"
    assert settings.workspace == tmp_path / "w"
    assert settings.federations == tmp_path / "repo/federations.yaml"


def test_the_variable_goes_before_the_nearest_file(
    tmp_path: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(here / NAME)
    other = written(tmp_path / "other.yaml", "federations_config_path: list.yaml\n")
    monkeypatch.setenv("DFM_CLI_CONFIG", str(other))

    assert find_settings() == other
    assert find_config() == tmp_path / "list.yaml"


def test_a_variable_that_names_no_file_is_an_error_and_not_the_defaults(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(here / NAME)
    monkeypatch.setenv("DFM_CLI_CONFIG", "/nowhere/conf.yaml")

    with pytest.raises(DeclarationError, match="DFM_CLI_CONFIG names a file that is not there"):
        Settings.load()


def test_the_file_in_the_home_folder_holds_last_and_means_where_one_is(
    tmp_path: Path, here: Path
) -> None:
    home = written(tmp_path / "home/.dfm" / NAME, "workspace: {path: w}\n")

    settings = Settings.load()

    assert settings.path == home
    assert settings.workspace == here / "w"


def test_an_empty_file_means_the_defaults(here: Path) -> None:
    written(here / NAME, "")

    settings = Settings.load()

    assert settings.workspace == here / "workspace"
    assert settings.federations == here / "federations.yaml"


@pytest.mark.parametrize("text", ["workspace:\ndev:\n", "dev: {testing:, linting: {}}\n"])
def test_sections_may_be_empty_or_missing(here: Path, text: str) -> None:
    written(here / NAME, text)

    assert Settings.load().scripts.testing is None


def test_no_path_of_federations_means_one_in_the_workspace(here: Path) -> None:
    written(here / NAME, "federations_config_path: null\nworkspace: {path: w}\n")

    assert find_config() == here / "w/fed_config.yaml"


def test_scripts_are_paths_in_the_project(here: Path) -> None:
    written(here / NAME, "dev:\n  linting: {script: ci/lint.sh, fix: true}\n")

    scripts = Settings.load().scripts

    assert scripts.linting == here / "ci/lint.sh"
    assert scripts.fix
    assert scripts.formatting is None


@pytest.mark.parametrize(
    ("text", "said", "at"),
    [
        ("debug: 3\n", "debug must be true or false, not a number", ":1:1"),
        ("workspace: w\n", "workspace must be a mapping, not text", ":1:1"),
        ("workspace:\n  path: [w]\n", "path must be a path, not a list", ":2:3"),
        ("dev:\n  testing: ci/test.sh\n", "testing must be a mapping, not text", ":2:3"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_with_its_place(
    here: Path, text: str, said: str, at: str
) -> None:
    file = written(here / NAME, text)

    with pytest.raises(DeclarationError, match=said) as caught:
        Settings.load()

    assert caught.value.at == f"{file}{at}"


def test_keys_that_nobody_knows_are_told_and_do_no_harm(here: Path) -> None:
    file = written(here / NAME, "workspase: {path: w}\n3: x\n")

    told, other = Settings.load().unknown

    assert told.startswith(f"{file}:1:1: nobody reads workspase (try 'workspace'")
    assert "nobody reads 3" in other


@pytest.mark.parametrize(("value", "wanted"), [("1", True), ("Yes", True), ("0", False)])
def test_a_variable_asks_for_tracebacks(
    monkeypatch: pytest.MonkeyPatch, value: str, wanted: bool
) -> None:
    monkeypatch.setenv("DFM_CLI_DEBUG", value)

    assert Settings.load().debug is wanted
