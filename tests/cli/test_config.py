"""`dfm config`: what the command line goes by."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("DFM_CLI_CONFIG", "DFM_CLI_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    return folder


def test_without_a_file_the_defaults_are_used(dfm) -> None:
    assert dfm("config", "show").out == "No config file found, using defaults\n"


def test_the_file_that_holds_is_shown_with_its_path(dfm, here: Path) -> None:
    (here / ".dfm-cli.conf.yaml").write_text("debug: false  # quiet\n", encoding="utf-8")

    assert dfm("config", "show").out == f"{here}/.dfm-cli.conf.yaml\n\ndebug: false  # quiet\n"


def test_as_json_it_is_what_holds_with_the_defaults(dfm, here: Path) -> None:
    (shown,) = dfm("config", "show", "--json").objects

    assert shown["path"] is None
    assert shown["federations_config_path"] == str(here / "federations.yaml")
    assert shown["workspace"] == {"path": str(here / "workspace")}
    assert shown["dev"]["linting"] == {"script": None, "fix": False}


def test_a_key_that_nobody_reads_is_told(dfm, here: Path) -> None:
    (here / ".dfm-cli.conf.yaml").write_text("debugg: true\n", encoding="utf-8")

    ended = dfm("config", "show")

    assert ended.code == 0
    assert ":1:1: nobody reads debugg (try 'debug'" in ended.err


@pytest.mark.parametrize("path", [None, ".", "sub", "sub/mine.yaml"])
def test_a_default_file_is_written_and_means_the_defaults(
    dfm, here: Path, monkeypatch: pytest.MonkeyPatch, path: str | None
) -> None:
    (here / "sub").mkdir()
    wanted = {None: ".dfm-cli.conf.yaml", ".": ".dfm-cli.conf.yaml"}
    wanted |= {"sub": "sub/.dfm-cli.conf.yaml", "sub/mine.yaml": "sub/mine.yaml"}

    ended = dfm("config", "create-default", *([] if path is None else ["--path", path]))

    file = here / wanted[path]
    assert ended.code == 0
    monkeypatch.setenv("DFM_CLI_CONFIG", str(file))
    (shown,) = dfm("config", "show", "--json").objects
    assert shown["federations_config_path"] == str(file.parent / "federations.yaml")
    assert shown["unknown"] == []


def test_a_file_that_is_there_stays_as_it_is(dfm, here: Path) -> None:
    (here / ".dfm-cli.conf.yaml").write_text("debug: false\n", encoding="utf-8")

    ended = dfm("config", "create-default")

    assert ended.code == 0
    assert "stays as it is" in ended.err
    assert (here / ".dfm-cli.conf.yaml").read_text("utf-8") == "debug: false\n"


def test_a_folder_that_is_not_there_is_an_error(dfm) -> None:
    ended = dfm("config", "create-default", "--path", "nowhere/x.yaml")

    assert ended.code == 2
    assert "no such file or directory" in ended.err


def test_a_variable_that_names_no_file_is_an_error(dfm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFM_CLI_CONFIG", "/nowhere.yaml")

    ended = dfm("config", "show")

    assert ended.code == 2
    assert "DFM_CLI_CONFIG names a file that is not there" in ended.err


def test_errors_show_where_they_came_from_when_that_is_asked_for(
    dfm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Traceback" not in dfm("fed", "config", "show", "x").err
    monkeypatch.setenv("DFM_CLI_DEBUG", "yes")

    assert "Traceback" in dfm("fed", "config", "show", "x").err
