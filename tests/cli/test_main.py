"""The command as a whole: its help, its version, and what becomes of errors."""

import subprocess
import sys

import pytest

import dfm as package


def test_help_names_every_command(dfm) -> None:
    ended = dfm("--help")

    assert ended.code == 0
    assert "check" in ended.out
    assert "run" in ended.out


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["check", "--help"], ["fed", "--help"]]
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = "import sys; from dfm.cli.main import main; main(sys.argv[1:]); print(*sys.modules)"

    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )

    loaded = set(run.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert (
        loaded & {"pydantic", "rich", "numpy", "yaml", "ruamel.yaml", "dfm.api", "dfm.session"}
        == set()
    )


def test_version_is_that_of_the_package(dfm) -> None:
    assert dfm("--version").out == f"dfm {package.__version__}\n"


def test_an_unknown_command_is_a_usage_error(dfm) -> None:
    ended = dfm("chek")

    assert ended.code == 2
    assert "No such command 'chek'" in ended.err


def test_a_file_that_is_not_there_is_a_usage_error(dfm) -> None:
    ended = dfm("run", "nowhere.py")

    assert ended.code == 2
    assert "'nowhere.py' does not exist" in ended.err
    assert ended.out == ""


def test_a_bug_of_ours_says_so_and_keeps_its_traceback(dfm, monkeypatch) -> None:
    monkeypatch.setattr("dfm.federation.load.load_federation", lambda path, **_: 1 / 0)

    ended = dfm("check", __file__)

    assert ended.code == 70
    assert ended.err.startswith("error: ZeroDivisionError: division by zero [dfm-900]")
    assert "Traceback" in ended.err
