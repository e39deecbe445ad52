"""A project is moved file by file, each whole, with a way back."""

import codecs
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dfm.cli.migrate import command
from dfm.errors import DeclarationError
from dfm.migrate import carry_out, plan

OLD = "from nv_dfm_core.api import Pipeline\n"
NEW = "from dfm.api import Pipeline\n"


def migrate(path: Path, *options: str) -> Result:
    return CliRunner().invoke(command, [str(path), *options], catch_exceptions=False)


def git(folder: Path, *arguments: str) -> None:
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


def contents(folder: Path) -> dict[str, bytes]:
    files = (f for f in folder.rglob("*") if f.is_file() and ".git" not in f.parts)
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in files}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text(OLD, "utf-8")
    (folder / "b.yaml").write_text("impl: nv_dfm_core.exec.Site\n", "utf-8")
    (folder / "c.py").write_text("x = 1\n", "utf-8")
    return folder


# -- what is written -----------------------------------------------------------------------


def test_names_change_and_the_old_files_are_kept(project: Path) -> None:
    result = migrate(project)

    assert result.exit_code == 0
    assert contents(project) == {
        "a.py": NEW.encode(),
        "a.py.bak": OLD.encode(),
        "b.yaml": b"impl: dfm.exec.Site\n",
        "b.yaml.bak": b"impl: nv_dfm_core.exec.Site\n",
        "c.py": b"x = 1\n",
    }
    assert "2 files changed" in result.stderr


def test_doing_it_twice_changes_nothing_more(project: Path) -> None:
    migrate(project)
    once = contents(project)

    result = migrate(project)

    assert contents(project) == once
    assert "0 files changed" in result.stderr


def test_a_backup_never_replaces_another(project: Path) -> None:
    (project / "a.py.bak").write_text("mine", "utf-8")

    migrate(project)

    assert (project / "a.py.bak").read_text("utf-8") == "mine"
    assert (project / "a.py.bak.1").read_text("utf-8") == OLD


def test_without_backup_there_is_none(project: Path) -> None:
    migrate(project, "--no-backup")

    assert sorted(contents(project)) == ["a.py", "b.yaml", "c.py"]
    assert (project / "a.py").read_text("utf-8") == NEW


def test_what_git_has_needs_no_backup_and_what_it_has_not_does(project: Path) -> None:
    (project / "sub").mkdir()
    (project / "sub" / "d.py").write_text(OLD, "utf-8")
    git(project, "init", "-q")
    git(project, "add", "a.py", "sub/d.py")
    git(project, "commit", "-q", "-m", "all")
    (project / "sub" / "d.py").write_text(f"{OLD}# more\n", "utf-8")

    migrate(project)

    backups = [name for name in contents(project) if name.endswith(".bak")]
    assert sorted(backups) == ["b.yaml.bak", "sub/d.py.bak"]


def test_a_variable_of_git_does_not_make_another_repository_be_asked(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "all")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))

    migrate(project)

    assert sorted(contents(project)) == ["a.py", "b.yaml", "c.py"]


@pytest.mark.parametrize(
    "raw",
    [
        codecs.BOM_UTF8 + b"import nv_dfm_core.api\r\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe4'\nimport nv_dfm_core.api",
        b"import nv_dfm_core.api\n\n\n\t\n",
    ],
)
def test_every_other_byte_of_a_file_stays(project: Path, raw: bytes) -> None:
    (project / "a.py").write_bytes(raw)

    migrate(project)

    assert (project / "a.py").read_bytes() == raw.replace(b"nv_dfm_core", b"dfm")


def test_the_mode_of_a_file_stays(project: Path) -> None:
    os.chmod(project / "a.py", 0o750)

    migrate(project)

    assert stat.S_IMODE((project / "a.py").stat().st_mode) == 0o750
    assert stat.S_IMODE((project / "a.py.bak").stat().st_mode) == 0o750


def test_one_file_can_be_named(project: Path) -> None:
    migrate(project / "a.py", "--no-backup")

    assert (project / "a.py").read_text("utf-8") == NEW
    assert "nv_dfm_core" in (project / "b.yaml").read_text("utf-8")


# -- what is left alone --------------------------------------------------------------------


@pytest.mark.parametrize("folder", [".git", ".venv", "node_modules", "__pycache__"])
def test_what_others_made_is_not_looked_at(project: Path, folder: str) -> None:
    (project / folder).mkdir()
    (project / folder / "x.py").write_text(OLD, "utf-8")

    migrate(project)

    assert (project / folder / "x.py").read_text("utf-8") == OLD


def test_an_environment_of_any_name_is_not_looked_at(project: Path) -> None:
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").write_text("", "utf-8")
    (project / "env" / "x.py").write_text(OLD, "utf-8")

    assert [one.file.path.name for one in plan(project).changes] == ["a.py", "b.yaml"]


def test_nothing_behind_a_symbolic_link_changes(project: Path, tmp_path: Path) -> None:
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "x.py").write_text(OLD, "utf-8")
    (project / "x.py").symlink_to(tmp_path / "away" / "x.py")
    (project / "away").symlink_to(tmp_path / "away")

    migrate(project)

    assert (tmp_path / "away" / "x.py").read_text("utf-8") == OLD
    assert (project / "x.py").is_symlink()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"nv_dfm_core\0", "is binary"),
        (b"# \xff nv_dfm_core", "can not be decoded"),
        (b"# coding: nonsense\nimport nv_dfm_core", "can not be decoded"),
    ],
)
def test_a_file_that_is_no_text_is_told_and_others_change(
    project: Path, raw: bytes, told: str
) -> None:
    (project / "d.py").write_bytes(raw)

    result = migrate(project)

    assert f"d.py: not looked at: it {told}" in result.stdout
    assert (project / "d.py").read_bytes() == raw
    assert (project / "a.py").read_text("utf-8") == NEW


def test_a_file_that_does_not_concern_us_is_not_talked_of(project: Path) -> None:
    (project / "d.py").write_bytes(b"# \xff")
    (project / "e.json").write_text("{", "utf-8")

    assert [one.file.path.name for one in plan(project).files] == ["a.py", "b.yaml"]
    assert plan(project).skipped == ()


def test_a_huge_file_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfm.migrate.reading.LARGEST", 30)

    result = migrate(project)

    assert "a.py: not looked at: it has 37 bytes, which is too large" in result.stdout
    assert (project / "a.py").read_text("utf-8") == OLD


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("requirements.txt", "numpy\nnv-dfm-core>=3\n", ":2:1: nv-dfm-core is named as a package"),
        ("requirements.txt", "nv_dfm_core[x]>=1\n", ":1:1: nv_dfm_core is named as a package"),
        ("requirements.txt", "nv_dfm_core\n", ":1:1: nv_dfm_core is named as a package"),
        ("a.toml", 'd = ["nv_dfm_core >= 3"]\n', ":1:7: nv_dfm_core is named as a package"),
        (
            "saved.jsonl",
            '{"a": "nv_dfm_core.api.Yield"}\n',
            ":1:8: nv_dfm_core.api.Yield is mentioned",
        ),
        ("pyproject.toml", 'dependencies = ["nv-dfm-core"]\n', ":1:18: nv-dfm-core is named"),
        ("run.sh", "python -m nv_dfm_core.cli x\n", ":1:8: '-m nv_dfm_core.cli' runs a module"),
        ("Dockerfile", "RUN pip install nv-dfm-core\n", ":1:17: nv-dfm-core is named"),
        ("README.md", "Uses `nv_dfm_core.api`.\n", ":1:7: nv_dfm_core.api is mentioned"),
    ],
)
def test_other_files_are_reported_and_stay(project: Path, name: str, text: str, told: str) -> None:
    (project / name).write_text(text, "utf-8")

    result = migrate(project)

    assert f"{name}{told}" in result.stdout
    assert (project / name).read_text("utf-8") == text


def test_a_generated_package_is_told_once(project: Path) -> None:
    for folder in ("fed/runtime/hub", "fed/api"):
        (project / folder).mkdir(parents=True)
        (project / folder / "__init__.py").write_text(OLD, "utf-8")

    result = migrate(project)

    assert result.stdout.count("fed/ was generated from the federation") == 1


# -- when it can not be written ------------------------------------------------------------


def test_a_file_that_somebody_else_changed_meanwhile_stays(project: Path) -> None:
    found = plan(project)
    (project / "a.py").write_text("theirs", "utf-8")

    written, failed = carry_out(found.changes, project, backup=True)

    assert [one.path.name for one in written] == ["b.yaml"]
    assert "somebody else changed it" in str(failed[0])
    assert (project / "a.py").read_text("utf-8") == "theirs"


def test_a_write_that_fails_leaves_the_file_and_nothing_else(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(project)
    room = [1, 0, 1, 0]  # for the backup, and not for the file

    def sync(handle: int) -> None:
        if not room.pop(0):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", sync)
    result = migrate(project)

    assert result.exit_code == 4
    assert "cannot write: no space left on device" in result.stderr
    assert contents(project) == before


@pytest.mark.parametrize("name", ["nothing", "picture.png"])
def test_a_path_that_is_not_for_us_is_one_clear_error(project: Path, name: str) -> None:
    (project / "picture.png").write_bytes(b"\0")

    with pytest.raises(DeclarationError, match=r"there is no|not known how") as error:
        plan(project / name)

    assert error.value.hint


# -- what is printed -----------------------------------------------------------------------


@pytest.mark.parametrize("options", [("--check",), ("--diff",), ("--check", "--json")])
def test_to_ask_changes_nothing(project: Path, options: tuple[str, ...]) -> None:
    before = contents(project)

    migrate(project, *options)

    assert contents(project) == before


def test_check_is_1_before_and_0_after(project: Path) -> None:
    before = migrate(project, "--check")
    migrate(project)
    after = migrate(project, "--check")

    assert (before.exit_code, after.exit_code) == (1, 0)
    assert f"would change {project / 'a.py'}: 1 place" in before.stdout


def test_the_diff_is_a_patch_that_does_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "b.yaml").write_bytes(b"a: 1\r\nimpl: nv_dfm_core.exec.Site")
    monkeypatch.chdir(project)

    patch = migrate(Path(), "--diff").stdout_bytes
    subprocess.run(["git", "apply", "-p0"], cwd=project, input=patch, check=True)

    assert (project / "a.py").read_text("utf-8") == NEW
    assert (project / "b.yaml").read_bytes() == b"a: 1\r\nimpl: dfm.exec.Site"


@pytest.mark.parametrize("options", [("--check",), ("--diff",), ("--json", "--check"), ()])
def test_a_file_name_of_any_bytes_can_be_told(project: Path, options: tuple[str, ...]) -> None:
    Path(os.fsdecode(bytes(project) + b"/\xff.py")).write_text(f"{OLD}# nv_dfm_core\n", "utf-8")

    result = migrate(project, *options)

    assert "xff.py" in result.stdout or "udcff.py" in result.stdout
    assert result.exit_code == ("--check" in options)


def test_json_has_all_that_is_told(project: Path) -> None:
    (project / "c.py").write_text("import nv_dfm_core.api, nv_dfm_core.telemetry\n", "utf-8")

    told = json.loads(migrate(project, "--json").stdout)

    assert told["written"] is True
    assert [Path(c["file"]).name for c in told["changes"]] == ["a.py", "b.yaml", "c.py"]
    assert told["changes"][0]["edits"][0]["new"] == "dfm.api"
    assert told["changes"][0]["backup"] == str(project / "a.py.bak")
    assert [note["at"] for note in told["notes"]] == [f"{project / 'c.py'}:1:17"]
    assert told["failed"] == told["skipped"] == []
