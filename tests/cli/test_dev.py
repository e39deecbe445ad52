"""`dfm dev`: the scripts of a project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dfm.cli.main import main

CONFIG = """\
dev:
  testing: {script: ci/tell.sh}
  linting: {script: ci/tell.sh, fix: false}
  formatting: {script: ci/tell.sh}
  type_checking: {script: ci/tell.sh}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repo"
    (folder / "ci").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "ci/tell.sh").write_text('#!/bin/sh\necho "$(pwd): $*"\nexit 5\n', "utf-8")
    (folder / "ci/tell.sh").chmod(0o755)
    (folder / ".dfm-cli.conf.yaml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(folder / "src")
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("DFM_CLI_CONFIG", "DFM_CLI_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return (code, *capfd.readouterr())

    return run


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["test"], ""),
        (["test", "all"], ""),
        (["test", "harbour"], "harbour"),
        (["test", "--list"], "--list"),
        (["lint"], ""),
        (["lint", "--fix"], "--fix"),
        (["format"], ""),
        (["type-check"], ""),
        (["type-check", "--path", "."], "{repo}/src"),
    ],
)
def test_a_script_runs_in_the_project_and_its_exit_code_is_ours(
    run: Run, repo: Path, arguments: list[str], given: str
) -> None:
    code, out, _ = run("dev", *arguments)

    assert code == 5
    assert out == f"{repo}: {given.format(repo=repo)}\n"


def test_the_configuration_can_ask_for_repairs(run: Run, repo: Path) -> None:
    (repo / ".dfm-cli.conf.yaml").write_text(CONFIG.replace("false", "true"), "utf-8")

    assert run("dev", "lint")[1].endswith(": --fix\n")


def test_a_script_that_is_not_set_is_an_error_with_the_key_to_set(run: Run, repo: Path) -> None:
    (repo / ".dfm-cli.conf.yaml").write_text("workspace: {path: w}\n", "utf-8")

    code, out, err = run("dev", "type-check")

    assert (code, out) == (2, "")
    assert "dev.type_checking.script is not set" in err
    assert f"at   {repo}/.dfm-cli.conf.yaml" in err


def test_a_script_that_is_not_there_is_an_error(run: Run, repo: Path) -> None:
    (repo / "ci/tell.sh").unlink()

    code, _, err = run("dev", "test")

    assert code == 2
    assert f"at   {repo}/ci/tell.sh" in err


def test_the_version_is_that_of_the_project(run: Run, repo: Path) -> None:
    (repo / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1.2.3"\n', "utf-8")

    assert run("dev", "version") == (0, "1.2.3\n", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no pyproject.toml"),
        ("[project]\nname = 'x'\n", "no version that is written down"),
        ("[project\n", "this can not be read"),
    ],
)
def test_a_project_without_a_version_is_an_error(
    run: Run, repo: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (repo / "pyproject.toml").write_text(text, "utf-8")

    code, out, err = run("dev", "version")

    assert (code, out) == (2, "")
    assert said in err
