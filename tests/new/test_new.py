"""`dfm new`: what it makes runs at once, and what it can not make leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dfm.cli.main import dfm
from dfm.errors import ArgumentError, DeclarationError, UnknownName
from dfm.federation import Federation
from dfm.new import TEMPLATES, create_project

EXAMPLE = Path(__file__).parents[2] / "examples" / "warming"


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.deadline(180)
@pytest.mark.parametrize("template", TEMPLATES)
def test_the_tests_of_a_new_project_are_green(template: str, tmp_path: Path) -> None:
    project = create_project("harbour", template, parent=tmp_path)

    done = run("pytest", "-q", "-p", "no:cacheprovider", folder=project.folder)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


@pytest.mark.deadline(180)
@pytest.mark.parametrize(
    ("template", "results"), [("minimal", 2), ("python", 2), ("weather", 7), ("warming", 72)]
)
def test_a_new_project_runs(template: str, results: int, tmp_path: Path) -> None:
    project = create_project("harbour", template, parent=tmp_path)
    call = "import sys; from dfm.cli.main import main; sys.exit(main(sys.argv[1:]))"

    done = subprocess.run(
        [sys.executable, "-c", call, "run", project.template.run, "--json"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == results


@pytest.mark.parametrize("template", ["minimal", "weather", "warming"])
def test_the_federation_of_a_new_project_has_its_name(template: str, tmp_path: Path) -> None:
    create_project("harbour", template, parent=tmp_path)

    assert Federation.load(tmp_path / "harbour" / "harbour.dfm.yaml").name == "harbour"


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_placeholder_is_left(template: str, tmp_path: Path) -> None:
    project = create_project("harbour", template, parent=tmp_path)

    texts = [(project.folder / name).read_text("utf-8") for name in project.files]

    assert not [text for text in texts if "@NAME@" in text]
    assert not [name for name in project.files if "NAME" in name or name.endswith(".txt")]


def test_the_template_warming_is_the_example() -> None:
    files = TEMPLATES["warming"].files("warming")

    for name in ("climate.py", "decades.py", "warming.dfm.yaml"):
        example = (EXAMPLE / name).read_text("utf-8").replace("examples/warming/", "")
        assert files[name] == example


@pytest.mark.parametrize(
    "name", ["", "a b", "My-Mesh", "../up", "a/b", "class", "json", "dfm", "9lives", "ä", "x" * 65]
)
def test_a_bad_name_is_refused_with_one_that_would_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError) as caught:
        create_project(name, parent=tmp_path)

    assert caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["pipeline", "adapters", "test_pipeline"])
def test_a_name_of_a_file_of_the_template_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="file of the template"):
        create_project(name, parent=tmp_path)


def test_an_unknown_template_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="wether") as caught:
        create_project("harbour", "wether", parent=tmp_path)

    assert "weather" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "empty folder", "broken link"])
def test_what_exists_is_not_touched(kind: str, tmp_path: Path) -> None:
    there = tmp_path / "harbour"
    match kind:
        case "file":
            there.write_text("mine")
        case "empty folder":
            there.mkdir()
        case _:
            there.symlink_to("nowhere")

    with pytest.raises(DeclarationError, match="exists already"):
        create_project("harbour", parent=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["harbour"]
    assert not there.is_dir() or list(there.iterdir()) == []


def test_a_parent_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="can not be written"):
        create_project("harbour", parent=tmp_path / "missing")


def test_a_failure_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)

    with pytest.raises(DeclarationError, match="no space left"):
        create_project("harbour", parent=tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_said_before_anything_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dfm.new.templates.find_spec", lambda module: None)

    done = CliRunner().invoke(dfm, ["new", "harbour", "--template", "weather"])

    assert "needs what is not installed here: numpy, xarray" in done.output
    assert "pip install 'data-federation-mesh[array]'" in done.output


def test_the_next_steps_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(dfm, ["new", "harbour"])

    assert done.output.splitlines()[-3:] == ["  cd harbour", "  dfm run pipeline.py", "  pytest"]


def test_a_missing_pytest_is_a_step_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dfm.cli.new.find_spec", lambda module: None)

    done = CliRunner().invoke(dfm, ["new", "harbour"])

    assert done.output.splitlines()[-1] == "  pip install pytest && pytest"


def test_a_script_reads_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    made = json.loads(CliRunner().invoke(dfm, ["new", "harbour", "--json"]).output)

    assert {path.name for path in Path(made["folder"]).iterdir()} == set(made["files"])
    assert (made["template"], made["missing"]) == ("minimal", [])


def test_help_lists_the_templates_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(dfm, ["new", "--help"])

    assert all(t.name in done.output and t.summary in done.output for t in TEMPLATES.values())
    assert list(tmp_path.iterdir()) == []


def test_the_code_of_the_smallest_templates_is_short() -> None:
    files = TEMPLATES["python"].files("harbour")

    assert len(files["pipeline.py"].splitlines()) <= 30
