"""`dfm completion`: what the shell is told, and where."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

SHELLS = ["bash", "zsh", "fish"]
STARTUP = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "my home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("SHELL", "/usr/bin/zsh")
    return folder


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_is_printed_or_written(dfm, tmp_path: Path, shell: str) -> None:
    printed = dfm("completion", "generate", "--shell", shell)
    dfm("completion", "generate", "--shell", shell, "--output", tmp_path / "script")

    assert f"_DFM_COMPLETE={shell}_complete" in printed.out
    assert (tmp_path / "script").read_text("utf-8").strip() == printed.out.strip()


def test_bash_can_read_its_script(dfm) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")

    script = dfm("completion", "generate").out

    run = subprocess.run(
        [bash, "-c", f"{script}\ncomplete -p dfm"], capture_output=True, text=True, check=True
    )
    assert "_dfm_completion" in run.stdout


def test_a_script_that_can_not_be_written_is_an_error(dfm) -> None:
    ended = dfm("completion", "generate", "--output", "/nowhere/at/all")

    assert ended.code == 2
    assert "cannot write" in ended.err


@pytest.mark.parametrize("shell", SHELLS)
def test_setting_up_writes_a_script_and_a_line_that_reads_it(dfm, home: Path, shell: str) -> None:
    startup = home / STARTUP[shell]
    startup.parent.mkdir(parents=True, exist_ok=True)
    startup.write_bytes(b"# caf\xe9, no newline at the end")

    ended = dfm("completion", "setup", "--shell", shell)

    script = home / f".dfm-complete.{shell}"
    assert ended.code == 0
    assert startup.read_bytes() == (
        b"# caf\xe9, no newline at the end\n" + f"source '{script}'\n".encode()
    )
    assert script.is_file()
    assert json.loads(dfm("completion", "status", "--json").out) == {
        name: name == shell for name in SHELLS
    }


def test_setting_up_twice_changes_nothing(dfm, home: Path) -> None:
    dfm("completion", "setup")
    before = {path: path.read_bytes() for path in home.iterdir()}

    again = dfm("completion", "setup")

    assert "set up already" in again.out
    assert {path: path.read_bytes() for path in home.iterdir()} == before


def test_setting_up_by_force_writes_the_script_again_and_no_second_line(dfm, home: Path) -> None:
    dfm("completion", "setup")
    (home / ".dfm-complete.zsh").write_text("old", "utf-8")

    dfm("completion", "setup", "--force")

    assert (home / ".dfm-complete.zsh").read_text("utf-8") != "old"
    assert len((home / ".zshrc").read_text("utf-8").splitlines()) == 1


def test_the_shell_is_the_one_that_one_uses(dfm, home: Path) -> None:
    dfm("completion", "setup")

    assert [path.name for path in sorted(home.iterdir())] == [".dfm-complete.zsh", ".zshrc"]


@pytest.mark.parametrize("shell", ["/bin/tcsh", ""])
def test_an_unknown_shell_is_an_error(
    dfm, home: Path, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("SHELL", shell)

    ended = dfm("completion", "setup")

    assert ended.code == 2
    assert "one of bash, zsh, fish" in ended.err
    assert list(home.iterdir()) == []


def test_another_home_can_be_given(dfm, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()

    dfm("completion", "setup", "--shell", "fish", "--home-dir", other)

    assert (other / STARTUP["fish"]).is_file()
    assert list(home.iterdir()) == []
    assert dfm("completion", "status", "--shell", "fish").out == "fish: not set up\n"
    ended = dfm("completion", "status", "--shell", "fish", "--home-dir", other)
    assert ended.out == "fish: set up\n"


def test_a_start_up_file_that_can_not_be_read_is_an_error(dfm, home: Path) -> None:
    (home / ".zshrc").mkdir()

    ended = dfm("completion", "setup")

    assert ended.code == 2
    assert f"at   {home}/.zshrc" in ended.err


def test_information_names_the_files_as_they_are(dfm) -> None:
    ended = dfm("completion", "info")

    assert ended.code == 0
    assert all(file in ended.out for file in STARTUP.values())
