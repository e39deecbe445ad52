"""Standard output has results and nothing else, and may refuse to take them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CODE = "import sys; from dfm.cli.main import main; sys.exit(main(sys.argv[1:]))"
FULL = Path("/dev/full")

needs_a_full_disk = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
buffering = pytest.mark.parametrize("unbuffered", ["", "1"])

CHATTY = """
    print("said by the file")

    @adder.operation("sums.Talk")
    def talk(left: int) -> int:
        print("said by the adapter")
        return left

    def get_pipeline(given):
        print("said by get_pipeline")
        with Pipeline(name="chatty") as pipeline:
            Yield(place="total", value=given.operations.sums.Talk(left=42))
        return pipeline

    def get_pipeline_parameters():
        print("said by get_pipeline_parameters")
        return {}
"""

Process = subprocess.CompletedProcess[str]


@pytest.fixture
def sized_sums(sums: Callable[..., Path]) -> Path:
    """A pipeline with more output than a pipe holds."""
    return sums("def get_pipeline_parameters(): return [{'right': n} for n in range(5000)]")


def run(*arguments: str | Path, out: object, unbuffered: str = "", err: object = None) -> Process:
    """Run the command in a process of its own, its standard output open on `out`."""
    return subprocess.run(
        [sys.executable, "-c", CODE, *map(str, arguments)],
        stdout=out,
        stderr=err or subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        check=False,
    )


def closed_pipe() -> int:
    """Return the writing end of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("options", [["--json"], []])
def test_what_the_file_and_its_adapters_print_goes_to_standard_error(dfm, sums, options) -> None:
    ended = dfm("run", sums(CHATTY), "--target", "inline", *options)

    assert ended.code == 0
    assert len(ended.out.splitlines()) == 1
    if options:
        assert json.loads(ended.out)["value"] == 42
    for who in ("the file", "get_pipeline", "get_pipeline_parameters", "the adapter"):
        assert f"said by {who}\n" in ended.err


def test_standard_output_is_everybodys_again_afterwards(dfm, sums, capsys) -> None:
    dfm("run", sums("def get_pipeline(): raise ValueError"), "--target", "inline")

    print("to standard output")

    assert capsys.readouterr().out == "to standard output\n"


@needs_a_full_disk
@buffering
@pytest.mark.parametrize("what", ["run", "check", "help", "run help"])
def test_a_full_disk_is_one_line_and_the_operators_turn(sums, unbuffered: str, what: str) -> None:
    harbor = Path(__file__).parents[1] / "federation/files/harbor.dfm.yaml"
    arguments: dict[str, list[str | Path]] = {
        "run": ["run", sums(), "--target", "inline", "--json"],
        "check": ["check", harbor],
        "help": ["--help"],
        "run help": ["run", "--help"],
    }

    with FULL.open("w") as out:
        ended = run(*arguments[what], out=out, unbuffered=unbuffered)

    errors = [line for line in ended.stderr.splitlines() if not line.startswith("running")]
    assert ended.returncode == 4
    assert errors == [
        "error: cannot write to standard output: no space left on device [dfm-312]",
    ]


@buffering
def test_a_reader_that_goes_ends_it_quietly(sized_sums: Path, unbuffered: str) -> None:
    reader, writer = os.pipe()
    command = [sys.executable, "-c", CODE, "run", str(sized_sums), "--target", "inline"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}

    with subprocess.Popen(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        os.close(writer)
        first = os.read(reader, 5)
        os.close(reader)
        _, err = process.communicate(timeout=50)

    assert first == b"total"
    assert process.returncode == 141
    assert [line for line in err.splitlines() if not line.startswith("running")] == []


@buffering
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "nowhere.py"]])
def test_nobody_reading_either_stream_ends_it_quietly(unbuffered: str, arguments) -> None:
    writer = closed_pipe()

    ended = run(*arguments, out=writer, err=writer, unbuffered=unbuffered)

    os.close(writer)
    assert ended.returncode == 141


def test_without_a_standard_output_it_says_so(sums) -> None:
    command = [sys.executable, "-c", CODE, "run", str(sums()), "--target", "inline"]

    ended = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )

    assert ended.returncode == 4
    assert "cannot write to standard output: it is closed" in ended.stderr


def test_an_error_of_ours_is_not_taken_for_one_of_the_output(dfm, monkeypatch) -> None:
    def failing(path: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dfm.federation.load.load_federation", failing)

    ended = dfm("check", __file__)

    assert ended.code == 70
    assert "Traceback" in ended.err
