"""The project's own files: what a newcomer reads and runs first."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
README = (ROOT / "README.md").read_text("utf-8")
TARGETS = ("help", "demo", "test", "check", "bench", "fix")

APACHE_2 = "ddacef491153f45022f5619519bb2016374a8c36e75153768493f45fb38d7992"
"""The text of the licence as published, its spaces aside."""


def make(*arguments: str, folder: Path = ROOT, path: str | None = None) -> tuple[int, str]:
    """Run make and return its exit code and all it said."""
    environment = {**os.environ, "PATH": path} if path is not None else dict(os.environ)
    environment.pop("MAKEFLAGS", None)
    run = subprocess.run(
        [str(shutil.which("make")), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def project_files() -> list[Path]:
    """Return the text files that belong to the project."""
    here = [ROOT / name for name in ("Makefile", "README.md", "CHANGELOG.md", "pyproject.toml")]
    folders = ("src", "tests", "examples", "docs", "benchmarks", ".ci")
    found = [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]
    return [f for f in [*here, *found] if f.suffix not in {".pyc", ".png"}]


def test_the_licence_is_apache_2_in_full() -> None:
    words = "".join((ROOT / "LICENSE").read_text("utf-8").split())

    assert sha256(words.encode()).hexdigest() == APACHE_2
    assert PROJECT["license"] == "Apache-2.0"


def test_type_checkers_are_told_that_the_package_is_typed() -> None:
    assert (ROOT / "src/dfm/py.typed").is_file()


def test_help_lists_every_target_with_what_it_does() -> None:
    code, said = make()

    assert code == 0
    assert [t for t in TARGETS if not re.search(rf"make {t} +\w", said)] == []


def test_set_up_is_not_repeated_while_nothing_has_changed(tmp_path: Path) -> None:
    installed = project_with_a_fake_environment(tmp_path)
    for stamp in (".installed-dev", ".installed-examples"):
        (tmp_path / ".venv" / stamp).touch()

    code, said = make("test", folder=tmp_path)

    assert code == 0, said
    assert not installed.exists()


def test_set_up_is_repeated_when_the_dependencies_change(tmp_path: Path) -> None:
    installed = project_with_a_fake_environment(tmp_path)
    stamp = tmp_path / ".venv/.installed-dev"
    stamp.touch()
    os.utime(stamp, (0, 0))

    code, said = make("test", folder=tmp_path)

    assert code == 0, said
    assert installed.read_text("utf-8").split()[-1] == ".[dev]"


def test_the_demo_installs_only_what_it_needs(tmp_path: Path) -> None:
    installed = project_with_a_fake_environment(tmp_path)

    code, said = make("demo", folder=tmp_path)

    assert code == 0, said
    assert installed.read_text("utf-8").split()[-1] == ".[examples]"


def project_with_a_fake_environment(folder: Path) -> Path:
    """Copy the Makefile beside a .venv whose python only notes what pip is asked to install."""
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    installed = folder / "installed"
    python = folder / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\ncase "$*" in *"pip install"*) echo "$*" >>{installed};; esac\n')
    python.chmod(0o755)
    return installed


@pytest.mark.parametrize("python", ["missing", "too old"])
def test_without_a_python_that_is_new_enough_set_up_says_so(tmp_path: Path, python: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "echo", "awk", "touch", "sort"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    if python == "too old":
        (tools / "python3").write_text("#!/bin/sh\nexit 1\n", "utf-8")
        (tools / "python3").chmod(0o755)

    code, said = make("test", folder=tmp_path, path=str(tools))

    assert code != 0
    assert "dfm needs Python 3.11 or newer, and none was found here" in said
    assert "try  installing one, or: make PYTHON=/path/to/python3.11 test" in said


def test_continuous_integration_runs_the_checks_and_the_tests() -> None:
    script = ROOT / ".ci/run"

    commands = script.read_text("utf-8").splitlines()
    assert os.access(script, os.X_OK)
    assert {"make check", "make test"} <= set(commands)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_the_oldest_python_promised_is_the_oldest_one_tested_and_typed() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert PROJECT["requires-python"] == ">=3.11"
    assert "sys.version_info < (3, 11)" in makefile


def test_the_readme_shows_the_two_commands() -> None:
    assert re.search(r"^make demo\b", README, re.MULTILINE)
    assert re.search(r"^make test\b", README, re.MULTILINE)


def test_the_example_in_the_readme_is_short_and_prints_what_it_says(tmp_path: Path) -> None:
    source, output = re.findall(r"```(?:python|text)\n(.*?)```", README, re.DOTALL)[:2]
    script = tmp_path / "readme.py"
    script.write_text(source, "utf-8")

    run = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert run.returncode == 0, run.stderr
    assert sorted(run.stdout.splitlines()) == sorted(output.splitlines())
    assert len([line for line in source.splitlines() if line.strip()]) <= 22


@pytest.mark.parametrize("page", sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]))
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", page.read_text("utf-8"))
    targets = [a or b for a, b in links if not (a or b).startswith(("http:", "https:"))]

    assert [t for t in targets if not (page.parent / t).exists()] == []


def test_the_changelog_has_a_place_for_what_is_not_released() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_no_file_names_a_place_on_the_machine_it_was_written_on() -> None:
    home = re.compile(r"/home/\w+|/root/|/Users/\w+")
    here = Path(__file__)

    found = [
        f"{file.relative_to(ROOT)}: {match[0]}"
        for file in project_files()
        if file != here and (match := home.search(file.read_text("utf-8", "replace")))
    ]

    assert found == []
