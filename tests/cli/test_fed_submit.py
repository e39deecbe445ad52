"""`dfm fed submit`: scripts and pipelines for a federation by name."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from dfm.cli.main import main

FEDERATION = """\
dfm: 1.0.0
info: { api-version: 0.1.0, code-package: sums }
operations:
  sums.Add:
    parameters: { left: { type: integer }, right: { type: integer } }
    required: [left, right]
    returns: integer
sites:
  desk: {}
  adder:
    interface:
      "#/operations/sums.Add": { adapter: sums.lib.add, args: from-operation }
"""

ADAPTERS = """\
from time import sleep

def add(left: int, right: int) -> int:
    while left < 0:
        sleep(0.01)
    return left + right
"""

PIPELINE = """
    from dfm import Pipeline, PlaceParam, Yield

    def get_pipeline(federation):
        with Pipeline(name="sums") as pipeline:
            total = federation.operations.sums.Add(left=PlaceParam(place="left"), right=2)
            Yield(place="yield", value=total)
        return pipeline

    def get_pipeline_parameters():
        return {"left": 1}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with the federation `adding`, and be in it."""
    folder = tmp_path / "repo"
    package = folder / "projects/sums"
    (package / "conf").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "lib.py").write_text(ADAPTERS, encoding="utf-8")
    (package / "conf/sums.dfm.yaml").write_text(FEDERATION, encoding="utf-8")
    entry = "{federation_dir: projects/sums, config_path: conf/sums.dfm.yaml}"
    (folder / "federations.yaml").write_text(f"federations: {{adding: {entry}}}\n", "utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("DFM_CLI_CONFIG", "DFM_CLI_DEBUG"):
        monkeypatch.delenv(variable, raising=False)
    return folder


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `dfm ARGUMENTS`; what scripts print counts too."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return (code, *capfd.readouterr())

    return run


def script(folder: Path, source: str, name: str = "job.sh", mode: int = 0o755) -> str:
    path = folder / name
    path.write_text(dedent(source).lstrip(), encoding="utf-8")
    path.chmod(mode)
    return name


def submit_script(*arguments: str) -> list[str]:
    return ["fed", "submit", "adding", "script", *arguments]


WAITS_TO_BE_TOLD = """
    import signal, sys
    asked = [signal.SIGTERM, signal.SIGINT]
    signal.pthread_sigmask(signal.SIG_BLOCK, asked)
    print("ready", flush=True)
    signal.sigwait(asked)
    print("told", flush=True)
    sys.exit(3)
"""

# -- scripts -------------------------------------------------------------------------------


def test_a_script_gets_its_arguments_and_is_told_of_the_federation(run: Run, repo: Path) -> None:
    job = script(repo, "#!/bin/sh\necho \"$@\"; env | grep '^DFM_FED\\|^DFM_TARGET' | sort\n")

    code, out, _ = run(*submit_script(job, "--target", "inline", "--", "--year", "2024", "a b"))

    assert code == 0
    assert out.splitlines() == [
        "--year 2024 a b",
        "DFM_FEDERATION=adding",
        f"DFM_FEDERATION_CONFIG={repo}/projects/sums/conf/sums.dfm.yaml",
        f"DFM_FEDERATION_WORKSPACE_PATH={repo}/workspace/adding",
        "DFM_TARGET=inline",
    ]
    assert (repo / "workspace/adding").is_dir()


def test_a_script_without_a_slash_is_the_one_where_one_stands(run: Run, repo: Path) -> None:
    assert run(*submit_script(script(repo, "#!/bin/sh\necho here\n", "ls")))[1] == "here\n"


@pytest.mark.parametrize(("ending", "code"), [("exit 7", 7), ("kill -TERM $$", 128 + 15)])
def test_the_exit_code_of_a_script_is_ours(run: Run, repo: Path, ending: str, code: int) -> None:
    assert run(*submit_script(script(repo, f"#!/bin/sh\n{ending}\n")))[0] == code


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda repo: "nowhere.sh", "there is no such script"),
        (lambda repo: "projects", "no regular file"),
        (lambda repo: script(repo, "#!/bin/sh\n", mode=0o644), "chmod +x job.sh"),
        (lambda repo: script(repo, "#!/no/such/program\n"), "can not be run"),
        (lambda repo: script(repo, "echo no first line\n"), "#!/usr/bin/env python3"),
    ],
)
def test_a_script_that_can_not_be_run_is_an_error(
    run: Run, repo: Path, make: Callable[[Path], str], said: str
) -> None:
    code, out, err = run(*submit_script(make(repo)))

    assert (code, out) == (2, "")
    assert said in err


def test_a_script_that_takes_too_long_is_stopped_with_all_it_started(run: Run, repo: Path) -> None:
    job = script(repo, "#!/bin/sh\nsleep 600 &\necho $!\nwait\n")

    code, out, err = run(*submit_script(job, "--timeout", "0.3"))

    assert code == 4
    assert "took longer than 0.3 s" in err
    assert ends(int(out))


@pytest.mark.parametrize(("number", "ended"), [(signal.SIGTERM, 3), (signal.SIGINT, 130)])
def test_a_script_is_told_when_we_are_to_end(repo: Path, number: int, ended: int) -> None:
    source = f"#!{sys.executable}\n" + dedent(WAITS_TO_BE_TOLD)
    code = "import sys; from dfm.cli.main import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *submit_script(script(repo, source))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )

    with process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        process.send_signal(number)
        said = process.stdout.read()

    assert (ready, said, process.returncode) == ("ready\n", "told\n", ended)


def ends(pid: int, within: float = 20.0) -> bool:
    """Whether a process is over, or will be: those that are killed need a moment."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], within)[0])
    finally:
        os.close(process)


# -- pipelines -----------------------------------------------------------------------------


def written(repo: Path, source: str = PIPELINE) -> str:
    (repo / "scan.py").write_text(dedent(source), encoding="utf-8")
    return "scan.py"


@pytest.mark.parametrize("target", ["inline", "local"])
def test_a_pipeline_runs_and_its_results_are_printed(dfm, repo: Path, target: str) -> None:
    file = written(repo)

    ended = dfm("fed", "submit", "adding", "pipeline", file, "--target", target, "--json")

    assert ended.code == 0
    assert [(line["place"], line["value"]) for line in ended.objects] == [("yield", 3)]


@pytest.mark.parametrize(
    "arguments", [["left", "40"], ["--left", "40"]], ids=["names", "with dashes"]
)
def test_job_arguments_go_over_the_parameters(dfm, repo: Path, arguments: list[str]) -> None:
    file = written(repo)

    ended = dfm(
        *("fed", "submit", "adding", "pipeline", file, "--target", "inline", "--json"),
        "--",
        *arguments,
    )

    assert [line["value"] for line in ended.objects] == [42]


def test_a_pipeline_that_asks_for_args_gets_the_job_arguments(dfm, repo: Path) -> None:
    file = written(
        repo,
        """
        from dfm import Federation, Pipeline, Yield

        def get_pipeline(args):
            with Pipeline() as pipeline:
                fed = Federation.load("projects/sums/conf/sums.dfm.yaml")
                Yield(value=fed.operations.sums.Add(left=len(args), right=0))
            return pipeline
        """,
    )

    ended = dfm("fed", "submit", "adding", "pipeline", file, "--target", "inline", "--json")

    assert ended.code == 0
    assert [line["value"] for line in ended.objects] == [0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["left"], "parameter 'left' has no value"),
        (["left", "1", "left", "2"], "'left' is given twice"),
        (["3", "4"], "'3' is not the name of a parameter"),
        (["leftt", "4"], "leftt"),
    ],
)
def test_job_arguments_that_are_no_parameters_are_refused(
    dfm, repo: Path, arguments: list[str], said: str
) -> None:
    file = written(repo)

    ended = dfm("fed", "submit", "adding", "pipeline", file, "--target", "inline", "--", *arguments)

    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


@pytest.mark.parametrize("target", ["inline", "local"])
def test_a_pipeline_that_takes_too_long_is_cancelled(dfm, repo: Path, target: str) -> None:
    file = written(repo, PIPELINE.replace('{"left": 1}', '{"left": -1}'))
    if target == "inline":
        lib = repo / "projects/sums/lib.py"
        lib.write_text(ADAPTERS.replace("while left < 0", "for _ in range(100)"), "utf-8")

    ended = dfm(
        *("fed", "submit", "adding", "pipeline", file, "--target", target, "--timeout", "0.2")
    )

    assert ended.code == 4
    assert "took longer than 0.2 s" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pipeline", "nowhere.py"], "there is no such file"),
        (["pipeline", "projects"], "no regular file"),
        (["pipeline", "scan.py", "--target", "flare"], "there is no target 'flare'"),
        (["script", "scan.py", "--target", "flare"], "there is no target 'flare'"),
        (["pipelines", "scan.py"], "'pipelines' is not one of"),
        (["pipeline", "scan.py", "--timeout", "0"], "--timeout"),
        (["pipeline", "scan.py", "--homesite", "dsk"], "'desk'"),
    ],
)
def test_what_can_not_be_submitted_is_an_error(
    dfm, repo: Path, arguments: list[str], said: str
) -> None:
    written(repo)

    ended = dfm("fed", "submit", "adding", *arguments)

    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_federation_without_its_file_is_an_error_that_says_where(dfm, repo: Path) -> None:
    (repo / "projects/sums/conf/sums.dfm.yaml").unlink()

    ended = dfm("fed", "submit", "adding", "pipeline", written(repo))

    assert ended.code == 2
    assert f"at   {repo}/projects/sums/conf/sums.dfm.yaml" in ended.err


def test_the_shell_completes_names_of_federations(repo: Path) -> None:
    (repo / "federations.yaml").write_text("federations: {adding: {}, added: {}, b: {}}\n", "utf-8")

    offered = completed("dfm fed submit ad", 3)

    assert offered == {"adding", "added"}


def test_the_shell_completes_names_of_another_list(repo: Path) -> None:
    (repo / "other.yaml").write_text("federations: {far: {}}\n", "utf-8")

    assert completed("dfm fed -c other.yaml config show ", 6) == {"far"}


def test_a_broken_list_completes_nothing_and_says_nothing(repo: Path) -> None:
    (repo / "federations.yaml").write_text("federations: [\n", "utf-8")

    assert completed("dfm fed submit ad", 3) == set()


def completed(words: str, position: int) -> set[str]:
    """Return what bash would be offered."""
    code = "import sys; from dfm.cli.main import main; sys.exit(main([]))"
    asked = {"_DFM_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(position)}
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.stderr == ""
    return {line.partition(",")[2] for line in process.stdout.split()}


def test_the_results_of_a_pipeline_are_lines_for_people(dfm, repo: Path) -> None:
    ended = dfm("fed", "submit", "adding", "pipeline", written(repo), "--target", "inline")

    assert ended.out.startswith("yield [0] 3")
    with pytest.raises(json.JSONDecodeError):
        json.loads(ended.out)
